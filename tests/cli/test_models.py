"""``helicon models``.

1. Without --model it lists nano and what is found running; a given model is looked at by its file.
2. ``--probe`` adds a table of abilities; ``--json`` gives both as records.
3. A model that cannot be used is listed with the reason, and a given one makes the exit code 1.
"""

import json
from pathlib import Path

import pytest

import helicon.engines
from helicon.cli.models import columns, survey
from helicon.cli.sources import load
from helicon.engines import discover
from tests.cli.conftest import Llama, Shell


def test_nano_is_always_there(shell: Shell) -> None:
    ended = shell.run("models")
    lines = ended.stdout.decode().splitlines()
    assert lines[0].split() == ["MODEL", "ENGINE", "FAMILY", "LICENCE"]
    assert lines[1].split()[0] == "nano"
    assert ended.returncode == 0


def test_a_given_file_with_its_abilities(shell: Shell, toy_gguf: Path) -> None:
    ended = shell.run("models", "--model", str(toy_gguf), "--probe")
    said = ended.stdout.decode()
    assert "apache-2.0" in said
    assert "\nthinking          kwarg (enable_thinking)\n" in said
    assert "\nimages            no\n" in said
    assert ended.returncode == 0


def test_the_json_form_has_every_ability(shell: Shell, toy_gguf: Path) -> None:
    ended = shell.run("models", "--model", str(toy_gguf), "--probe", "--json")
    (record,) = json.loads(ended.stdout)
    assert record["capabilities"]["thinking_kwarg"] == "enable_thinking"
    assert record["capabilities"]["context"] == 8192
    assert (record["origin"], record["engine"], record["error"]) == ("given", "embedded", "")


def test_a_model_that_cannot_be_used(shell: Shell) -> None:
    ended = shell.run("models", "--model", "./missing.gguf", "--model", "gpt-99")
    said = ended.stdout.decode()
    assert said.count("cannot be used: ") == 2
    assert ended.returncode == 1
    assert shell.run("models", more={"HELICON_MODELS": "gpt-99"}).returncode == 1


async def test_an_engine_that_is_found_is_listed(llama: Llama, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(llama.url.rpartition(":")[2])

    async def found_there() -> object:
        return await discover(timeout_seconds=5, ports=[port])

    monkeypatch.setattr(helicon.engines, "discover", found_there, raising=False)
    rows = await survey(load(environment={}, folder=Path("/nowhere"), user_folder=Path("/nowhere")))
    assert [row["origin"] for row in rows] == ["package", "found"]
    assert rows[1]["engine"] == "llama.cpp"
    assert rows[1]["spec"].startswith(f"http://127.0.0.1:{port}/v1#")


def test_columns_stand_in_line_with_wide_letters() -> None:
    assert columns([("模型", "a"), ("xyz", "b")]) == ["模型  a", "xyz   b"]
