"""The pages of the command line say what the program says.

1. Every command has its help in docs/cli.md, and the block equals the program's output.
2. The table in docs/configuration.md equals the table of settings.
3. Help fits into 80 columns.
"""

from pathlib import Path

import pytest

from helicon.cli import trace
from helicon.cli.commands import COMMANDS
from helicon.cli.reference import help_of, rewritten
from tests.cli.conftest import Shell

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["cli.md", "configuration.md"])
def test_no_block_is_stale(name: str) -> None:
    page = (DOCS / name).read_text("utf-8")
    assert rewritten(page) == page, f"run: python -m helicon.cli.reference docs/{name}"


@pytest.mark.parametrize("name", ["", *COMMANDS, *(f"trace {name}" for name in trace.command.commands)])
def test_every_command_is_documented_and_narrow(name: str) -> None:
    assert help_of(name) in (DOCS / "cli.md").read_text("utf-8")
    assert max(map(len, help_of(name).splitlines())) <= 80


@pytest.mark.parametrize("name", ["", "ask"])
def test_the_block_is_what_the_shell_shows(shell: Shell, name: str) -> None:
    shown = shell.run(*name.split(), "--help")
    assert shown.stdout.decode().strip() == help_of(name).strip()
    assert shown.returncode == 0


def test_the_version(shell: Shell) -> None:
    assert shell.run("--version").stdout.decode().startswith("helicon ")
