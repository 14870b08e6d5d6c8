"""The table of settings: every option once, with its name, kind, default, help and places.

A setting called ``budget_tokens`` is the option ``--budget-tokens``, the environment variable
``HELICON_BUDGET_TOKENS`` and the key ``budget_tokens`` in ``helicon.toml``. ``helicon.cli.kinds`` checks
values; ``helicon.cli.sources`` finds out which place wins.
"""

from __future__ import annotations

from helicon.budgets import DEFAULT_AGENTS, DEFAULT_ROUNDS, DEFAULT_THINKING_TOKENS, MAX_AGENTS, MAX_ROUNDS
from helicon.cli.kinds import Setting
from helicon.messages import MODES

ASK = ("ask",)
SERVE = ("serve",)

SETTINGS: tuple[Setting, ...] = (
    Setting(
        name="model",
        kind="text",
        default="nano",
        metavar="SPEC",
        commands=ASK,
        help="The model: nano, FILE.gguf, URL#NAME, or hf:ORG/NAME.",
    ),
    Setting(name="mode", kind="choice", default="auto", choices=MODES, commands=ASK, help="How to think."),
    Setting(
        name="thinking",
        kind="flag",
        default=True,
        switch="--thinking/--no-thinking",
        commands=ASK,
        help="Show the thinking in the terminal. To switch thinking itself off, use --mode instant.",
    ),
    Setting(
        name="budget_tokens",
        kind="whole",
        least=0,
        most=10_000_000,
        metavar="N",
        commands=ASK,
        unset=f"{DEFAULT_THINKING_TOKENS:,} where the context has room",
        help="At most N thinking tokens for each agent.",
    ),
    Setting(
        name="max_tokens",
        kind="whole",
        least=1,
        most=10_000_000,
        metavar="N",
        commands=ASK,
        unset="what the context has room for",
        help="At most N tokens for each agent, thinking and answer together.",
    ),
    Setting(
        name="total_tokens",
        kind="whole",
        least=1,
        most=1_000_000_000,
        metavar="N",
        commands=ASK,
        unset="no bound",
        help="At most N generated tokens for the whole run, all agents and rounds together.",
    ),
    Setting(
        name="agents",
        kind="whole",
        least=1,
        most=MAX_AGENTS,
        metavar="N",
        commands=ASK,
        unset=f"{DEFAULT_AGENTS} in contemplating mode",
        help="How many agents contemplate.",
    ),
    Setting(
        name="rounds",
        kind="whole",
        least=1,
        most=MAX_ROUNDS,
        metavar="N",
        commands=ASK,
        unset=f"at most {DEFAULT_ROUNDS} in contemplating mode",
        help="At most N rounds of all agents.",
    ),
    Setting(
        name="deadline",
        kind="number",
        least=0.001,
        most=999_999_999,
        metavar="SECONDS",
        commands=ASK,
        unset="no bound",
        help="Give the best answer so far after SECONDS.",
    ),
    Setting(
        name="seed",
        kind="whole",
        least=0,
        most=2**63 - 1,
        metavar="N",
        commands=ASK,
        unset="drawn anew for each run",
        help="Draw the same tokens again: every agent's seed comes from N.",
    ),
    Setting(
        name="image",
        kind="files",
        default=(),
        metavar="FILE",
        commands=ASK,
        help="Show the model a PNG, JPEG, GIF or WebP picture. May be repeated.",
    ),
    Setting(
        name="system",
        kind="text",
        metavar="TEXT",
        commands=ASK,
        unset="no system message",
        help="A system message before the question.",
    ),
    Setting(
        name="json",
        kind="flag",
        default=False,
        switch="--json",
        commands=("ask", "models", "config"),
        help="Print one JSON value instead of words.",
    ),
    Setting(
        name="models",
        kind="texts",
        default=(),
        metavar="SPEC",
        switch="--model",
        commands=("serve", "models"),
        unset="nano, and every engine found on this machine",
        help="A model: nano, FILE.gguf, URL#NAME, or hf:ORG/NAME. May be repeated.",
    ),
    Setting(
        name="host",
        kind="text",
        default="127.0.0.1",
        metavar="ADDRESS",
        commands=SERVE,
        help="Listen on this address. Any other than loopback needs keys.",
    ),
    Setting(
        name="port",
        kind="whole",
        default=8400,
        least=0,
        most=65535,
        metavar="N",
        commands=SERVE,
        help="Listen on this port; 0 takes a free one.",
    ),
    Setting(
        name="database",
        kind="text",
        metavar="URL",
        commands=SERVE,
        unset="nothing is stored",
        help="Store runs here, for example sqlite:///helicon.db.",
    ),
    Setting(
        name="api_key_file",
        kind="file",
        metavar="FILE",
        commands=SERVE,
        unset="no keys, loopback only",
        help="Ask for one of the keys in FILE, one a line.",
    ),
    Setting(
        name="max_running",
        kind="whole",
        default=16,
        least=1,
        most=10_000,
        metavar="N",
        commands=SERVE,
        help="Answer at most N questions at once.",
    ),
    Setting(
        name="queue",
        kind="whole",
        default=64,
        least=0,
        most=100_000,
        metavar="N",
        commands=SERVE,
        help="Let at most N more questions wait; refuse the rest with status 429.",
    ),
    Setting(
        name="allow_host",
        kind="texts",
        default=(),
        metavar="NAME",
        commands=SERVE,
        unset="this machine's own names",
        help="A name by which clients may call this server. May be repeated.",
    ),
    Setting(
        name="allow_origin",
        kind="texts",
        default=(),
        metavar="ORIGIN",
        commands=SERVE,
        unset="the server's own",
        help="A web origin whose pages may call this server. May be repeated.",
    ),
    Setting(
        name="image_urls",
        kind="flag",
        default=True,
        switch="--image-urls/--no-image-urls",
        commands=SERVE,
        help="Fetch pictures that requests name by a public http(s) address.",
    ),
    Setting(
        name="probe",
        kind="flag",
        default=False,
        switch="--probe",
        commands=("models",),
        help="Start or ask each model, and show what it can do.",
    ),
    Setting(
        name="keys",
        kind="table",
        default={},
        commands=(),
        secret=True,
        unset="no keys",
        help='Keys for endpoints by host, for example api.example.org = "env:EXAMPLE_KEY".',
    ),
)
BY_NAME: dict[str, Setting] = {setting.name: setting for setting in SETTINGS}


def of_command(command: str) -> tuple[Setting, ...]:
    """The settings that are options of ``command``, in the table's order."""
    return tuple(setting for setting in SETTINGS if command in setting.commands)
