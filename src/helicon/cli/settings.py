"""The table of settings: every option once, with its name, kind, default, help and places.

A setting called ``budget_tokens`` is the option ``--budget-tokens``, the environment variable
``HELICON_BUDGET_TOKENS`` and the key ``budget_tokens`` in ``helicon.toml``. This module holds the
table and the checks of single values; ``helicon.cli.sources`` finds out which place wins.
It imports neither click nor anything that waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from helicon.budgets import DEFAULT_AGENTS, DEFAULT_ROUNDS, DEFAULT_THINKING_TOKENS, MAX_AGENTS, MAX_ROUNDS
from helicon.errors import BadOption
from helicon.messages import MODES

Kind: TypeAlias = Literal["text", "texts", "choice", "whole", "number", "flag", "file", "files", "table"]
PREFIX = "HELICON_"
SEPARATOR = ";"
"""Between the members of a list in an environment variable (model specs hold commas, paths hold colons)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting and everything that is known of it."""

    name: str
    kind: Kind
    help: str
    commands: tuple[str, ...]
    """Commands that have it as an option; empty when it lives in the environment and the file only."""
    default: Any = None
    """``None`` = not set: the program decides, as ``unset`` says."""
    unset: str = ""
    """What happens when nobody sets it, in a few words."""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    switch: str = ""
    """The option's spelling where it differs from the name, for example ``--thinking/--no-thinking``."""
    secret: bool = False
    """Shown as ``***``, and taken from no command line."""

    @property
    def option(self) -> str:
        """As it is written on a command line; empty where it is no option."""
        return (self.switch or "--" + self.name.replace("_", "-")) if self.commands else ""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper()

    @property
    def many(self) -> bool:
        """Whether it may be given several times."""
        return self.kind in ("texts", "files")

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.kind in ("whole", "number"):
            noun = "a whole number" if self.kind == "whole" else "a number"
            if self.least is not None and self.most is not None:
                return f"{noun} from {self.least:,} to {self.most:,}"
            return noun
        return {
            "text": "text",
            "texts": "a list of texts",
            "choice": "one of " + ", ".join(self.choices),
            "flag": "true or false",
            "file": "a path",
            "files": "a list of paths",
            "table": "a table of texts",
        }[self.kind]


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


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of ``names`` most like ``name``; empty when none is."""
    from difflib import get_close_matches

    plain = name.lower().replace("-", "_")
    found = [n for n in names if n.lower() == plain] or get_close_matches(plain, names, n=1, cutoff=0.7)
    return found[0] if found else ""


def from_words(setting: Setting, words: str, place: str) -> Any:
    """A value written as text, on a command line or in the environment.

    Raises:
        BadOption: it is not what the setting expects; the message names ``place``.
    """
    if setting.many:
        return from_value(setting, [part for part in words.split(SEPARATOR) if part.strip()], place)
    match setting.kind:
        case "whole":
            return from_value(setting, _number(int, words), place)
        case "number":
            return from_value(setting, _number(float, words), place)
        case "flag":
            return from_value(setting, FLAG_WORDS.get(words.strip().lower(), words), place)
        case "table":
            return from_value(setting, _pairs(words, place), place)
        case _:
            return from_value(setting, words, place)


FLAG_WORDS = {
    word: value for value, said in ((True, "1 true yes on"), (False, "0 false no off")) for word in said.split()
}


def _number(kind: type[int] | type[float], words: str) -> int | float | str:
    try:
        return kind(words.strip().replace("_", ""))
    except ValueError:
        return words


def _pairs(words: str, place: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for number, part in enumerate(filter(None, words.split(SEPARATOR)), start=1):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise BadOption(f"{place}: part {number} has no NAME=VALUE form; expected NAME=VALUE{SEPARATOR}NAME=VALUE.")
        pairs[name.strip()] = value.strip()
    return pairs


def from_value(setting: Setting, value: Any, place: str, folder: Path | None = None) -> Any:
    """A value with a type, as a TOML file gives it; relative paths start at ``folder``.

    Raises:
        BadOption: it is not what the setting expects; the message names ``place``.
    """
    kind = setting.kind
    if kind in ("texts", "files") and isinstance(value, str):
        value = [value]
    if not _fits(setting, value):
        shown = "a value that is not shown" if setting.secret else repr(value)
        raise BadOption(f"{place} is {shown}; expected {setting.expected}.")
    match kind:
        case "file":
            return _path(value, folder)
        case "files":
            return tuple(_path(item, folder) for item in value)
        case "texts":
            return tuple(value)
        case "number":
            return float(value)
        case "table":
            return dict(value)
        case _:
            return value


def _fits(setting: Setting, value: Any) -> bool:
    match setting.kind:
        case "flag":
            return isinstance(value, bool)
        case "whole" | "number":
            kinds = int if setting.kind == "whole" else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds):
                return False
            least = setting.least if setting.least is not None else float("-inf")
            most = setting.most if setting.most is not None else float("inf")
            return least <= value <= most
        case "choice":
            return value in setting.choices
        case "text" | "file":
            return isinstance(value, str) and bool(value)
        case "texts" | "files":
            return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        case "table":
            return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _path(value: str, folder: Path | None) -> Path:
    path = Path(value).expanduser()
    return path if folder is None or path.is_absolute() else folder / path
