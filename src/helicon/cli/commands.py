"""The group of commands, and options made from the table of settings.

Nothing here imports a command's module before it is needed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from importlib import import_module
from typing import Any, TypeVar

import click

from helicon.cli.kinds import Setting, from_words
from helicon.cli.settings import of_command
from helicon.errors import BadOption

COMMANDS = {
    "ask": "ask",
    "serve": "serve",
    "models": "models",
    "trace": "trace",
    "eval": "eval",
    "audit": "audit",
    "config": "config",
}
"""Command -> module in this package; the module's attribute ``command`` is the command."""

READER_GONE = 141
"""The exit code that a shell gives to a program killed by SIGPIPE."""
F = TypeVar("F", bound=Callable[..., Any])


class Commands(click.Group):
    """Imports a command's module when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people meet them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command, its module now imported; ``None`` when there is none of that name."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"helicon.cli.{COMMANDS[cmd_name]}").command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader of stdout that went away is no error to speak of."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            return READER_GONE

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """As click does, with a next step for a question that lacks its command."""
        if args and args[0] not in COMMANDS and " " in args[0].strip():
            ctx.fail(f"{args[0][:60]!r} is no command; to ask it, write: helicon ask {_quoted(args[0])}")
        return super().resolve_command(ctx, args)


def _quoted(words: str) -> str:
    from shlex import quote

    return quote(words[:60] + ("..." if len(words) > 60 else ""))


class Value(click.ParamType[Any]):
    """An option's value, checked by the table of settings."""

    name = "value"

    def __init__(self, setting: Setting) -> None:
        self.setting = setting

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The checked value; a usage error otherwise."""
        if not isinstance(value, str):
            return value
        setting = self.setting
        try:
            if not setting.many:
                return from_words(setting, value, "the value")
            if not value:
                self.fail(f"the value is empty; expected {setting.expected}.", param, ctx)
        except BadOption as error:
            self.fail(str(error), param, ctx)
        from pathlib import Path

        return Path(value).expanduser() if setting.kind == "files" else value


def settings_of(command: str, *, without: Collection[str] = ()) -> Callable[[F], F]:
    """Decorate a click command with the options of ``command``; absent ones arrive as ``None`` or ``()``."""

    def decorate(function: F) -> F:
        for setting in reversed(of_command(command)):
            if setting.name not in without:
                function = _option(setting)(function)
        return function

    return decorate


def _option(setting: Setting) -> Callable[[F], F]:
    words = setting.help
    if setting.kind == "flag":
        return click.option(setting.option, setting.name, is_flag=True, default=None, help=words)
    default = setting.unset if setting.default in (None, ()) else str(setting.default)
    if default and not default.startswith("no "):
        words = f"{words.removesuffix('.')}  [default: {default}]" if words else f"[default: {default}]"
    kind: click.ParamType[Any] = click.Choice(setting.choices) if setting.kind == "choice" else Value(setting)
    metavar = None if setting.kind == "choice" else setting.metavar
    return click.option(
        setting.option, setting.name, type=kind, metavar=metavar, multiple=setting.many, default=None, help=words
    )


def version() -> str:
    """The installed version of the package."""
    from importlib.metadata import PackageNotFoundError
    from importlib.metadata import version as installed

    try:
        return installed("helicon")
    except PackageNotFoundError:
        return "unknown"


def _print_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(f"helicon {version()}")
        ctx.exit()


EXAMPLES = """\
\b
Examples:
  helicon ask "What is 17 * 23?"
  helicon ask "Is 221 prime?" --mode contemplating
  helicon ask "Why is the sky blue?" --model ./Qwen3-4B-Q4_K_M.gguf
  helicon ask - --model http://localhost:11434/v1#gemma4:12b < question.txt
  helicon serve
  helicon models --probe
"""

NOTE = """\
Every option can also be set by an environment variable (--budget-tokens is
HELICON_BUDGET_TOKENS) or in helicon.toml (budget_tokens = 2000);
"helicon config" shows each value and where it comes from.
"""


@click.group(
    cls=Commands,
    epilog=f"{EXAMPLES}\n\n{NOTE}",
    context_settings={"max_content_width": 80, "help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_print_version, help="Print the version."
)
def helicon() -> None:
    """Ask any open-weight model in three modes: instant, thinking, contemplating.

    Answers go to stdout, thinking and progress to stderr.
    """
