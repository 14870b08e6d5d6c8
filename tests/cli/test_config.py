"""``helicon config``.

1. It lists every setting with its value and its source, in words and as JSON.
2. Keys are never printed.
3. A variable with our prefix that is no setting is named on stderr, with the nearest right one.
"""

import json

from helicon.cli.settings import SETTINGS
from tests.cli.conftest import Shell


def test_every_setting_has_its_line(shell: Shell) -> None:
    (shell.folder / "helicon.toml").write_text('port = 9000\nmode = "instant"\n')
    shown = shell.run("config", more={"HELICON_PORT": "9001"})
    lines = {line.split()[0]: line.split() for line in shown.stdout.decode().splitlines() if line}
    assert lines["port"] == ["port", "9001", "HELICON_PORT"]
    assert lines["mode"] == ["mode", "instant", "helicon.toml"]
    assert lines["model"] == ["model", "nano", "default"]
    assert {setting.name for setting in SETTINGS} <= lines.keys()
    assert shown.stderr == b""


def test_the_json_form_has_the_same(shell: Shell) -> None:
    shown = shell.run("config", "--json", more={"HELICON_AGENTS": "3"})
    records = {record["name"]: record for record in json.loads(shown.stdout)}
    assert records["agents"]["value"] == 3
    assert records["agents"]["source"] == "HELICON_AGENTS"
    assert records["json"] == {
        "name": "json",
        "value": True,
        "source": "option",
        "option": "--json",
        "variable": "HELICON_JSON",
        "default": False,
        "help": "Print one JSON value instead of words.",
    }
    assert records["models"]["value"] == []
    assert len(records) == len(SETTINGS)


def test_keys_are_never_printed(shell: Shell) -> None:
    secret = {"HELICON_KEYS": "api.example.org=sk-secret", "HELICON_API_KEYS": "hk-secret"}
    for arguments in (["config"], ["config", "--json"]):
        shown = shell.run(*arguments, more=secret)
        assert b"secret" not in shown.stdout + shown.stderr
        assert b"api.example.org" in shown.stdout


def test_a_strange_variable_is_named(shell: Shell) -> None:
    shown = shell.run("config", more={"HELICON_PROT": "1"})
    assert shown.stderr.decode() == "Note: HELICON_PROT is set but is no setting. Did you mean HELICON_PORT?\n"
    assert shown.returncode == 0


def test_a_wrong_file_ends_every_command(shell: Shell) -> None:
    (shell.folder / "helicon.toml").write_text("prot = 1\n")
    for arguments in (["config"], ["ask", "Hi"], ["models"], ["serve"]):
        shown = shell.run(*arguments)
        assert shown.stderr.decode() == "Error: helicon.toml has an unknown key 'prot'.\nDid you mean 'port'?\n"
        assert (shown.returncode, shown.stdout) == (1, b"")
