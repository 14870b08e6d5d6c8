"""The pages of the command line, kept equal to the program.

``python -m helicon.cli.reference docs/cli.md docs/configuration.md`` rewrites every block between
``<!-- help NAME -->`` or ``<!-- settings -->`` and ``<!-- end -->``; a test checks that nothing is stale.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import click

from helicon.cli.commands import helicon
from helicon.cli.kinds import Setting
from helicon.cli.settings import SETTINGS

BLOCK = re.compile(r"<!-- (help|settings) ?([a-z ]*?) -->\n.*?<!-- end -->", re.DOTALL)


def help_of(name: str) -> str:
    """What ``helicon NAME --help`` prints; an empty name is the program itself."""
    group = click.Context(helicon, info_name="helicon", terminal_width=78, **helicon.context_settings)
    if not name:
        return helicon.get_help(group)
    command: click.Command = helicon
    context = group
    for part in name.split():
        found = command.get_command(context, part) if isinstance(command, click.Group) else None
        assert found is not None, name
        command = found
        context = click.Context(command, info_name=part, parent=context, terminal_width=78)
    return command.get_help(context)


def settings_table() -> str:
    """The table of settings as Markdown."""
    rows = ["| key | option | variable | value | default | what it does |", "|---|---|---|---|---|---|"]
    rows += [_row(setting) for setting in SETTINGS]
    return "\n".join(rows)


def _row(setting: Setting) -> str:
    option = f"`{setting.option}` of {', '.join(setting.commands)}" if setting.option else "none"
    if setting.default in (None, (), {}):
        default = setting.unset or "none"
    else:
        default = f"`{str(setting.default).lower() if setting.kind == 'flag' else setting.default}`"
    cells = (f"`{setting.name}`", option, f"`{setting.variable}`", setting.expected, default, setting.help)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def rewritten(page: str) -> str:
    """The page with every block as the program says it now."""

    def block(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind == "settings":
            return f"<!-- settings -->\n{settings_table()}\n<!-- end -->"
        command = f"helicon {name} --help".replace("  ", " ")
        return f"<!-- help {name} -->\n```console\n$ {command}\n{help_of(name).rstrip()}\n```\n<!-- end -->"

    return BLOCK.sub(block, page)


if __name__ == "__main__":
    for path in map(Path, sys.argv[1:]):
        path.write_text(rewritten(path.read_text("utf-8")), "utf-8")
