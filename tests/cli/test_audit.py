"""``helicon audit`` on a made-up tree, in this process.

1. It finds models in every kind of file, and says where, under which licence and what that asks.
2. A situation decides what was a question; the exit code is 0, 1 or 2.
3. The report fits narrow terminals and tells what was not read; JSON holds everything.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helicon.cli import run

FILES = {
    "compose.yaml": "services:\n  llm:\n    command: --model ${M:-meta-llama/Llama-3.2-11B-Vision-Instruct}\n",
    "app.py": 'import openai\nMODEL = "Qwen/Qwen2.5-3B-Instruct"\nask(model="gpt-3.5-turbo")\n',
    "pull.sh": "ollama pull llama3.2\n",
    "tests/test_app.py": 'model = "mistralai/Codestral-22B-v0.1"\n',
    "README.md": "We like grok-4.\n",
    "requirements.txt": "faster-whisper==1.1.0\n",
    "broken.yaml": "model: [\n",
    "env.ts": "const model = process.env.MODEL || 'acme/own-model-7b';\n",
}
SITUATION = 'kind = "company"\nprincipal_place = "DE"\npurpose = "commercial"\n[users]\nnow = 5000\n'


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        place = tmp_path / "tree" / name
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    (tmp_path / "situation.toml").write_text(SITUATION)
    return tmp_path / "tree"


def audit(*arguments: str | Path) -> int:
    return run(["audit", *map(str, arguments)])


def test_json(tree: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tree, "--format", "json", "--situation", tree.parent / "situation.toml") == 1
    report = json.loads(capsys.readouterr().out)
    models = {one["id"]: one for one in report["models"]}
    assert {
        "meta-llama/Llama-3.2-11B-Vision-Instruct",
        "meta-llama/Llama-3.2-3B-Instruct",
        "Qwen/Qwen2.5-3B-Instruct",
        "openai:gpt-3.5-turbo",
        "mistralai/Codestral-22B-v0.1",
        "acme/own-model-7b",
    } <= models.keys()
    assert models["acme/own-model-7b"]["known"] is False
    place = models["meta-llama/Llama-3.2-11B-Vision-Instruct"]["mentions"][0]
    assert (place["path"], place["line"], place["column"], place["role"]) == ("compose.yaml", 3, 27, "active")
    triggered = {(one["rule"], one["model"]) for one in report["findings"] if one["state"] == "triggered"}
    assert ("licence/non-commercial", "Qwen/Qwen2.5-3B-Instruct") in triggered
    assert ("lifecycle/retired", "openai:gpt-3.5-turbo") in triggered
    assert ("licence/territory-excluded", "meta-llama/Llama-3.2-11B-Vision-Instruct") in triggered
    assert ("licence/territory-excluded", "meta-llama/Llama-3.2-3B-Instruct") not in triggered
    assert [one["path"] for one in report["unread"]] == ["broken.yaml"]
    assert report["situation"]["principal_place"] == "DE"


@pytest.mark.parametrize("width", ["40", "120"])
def test_text(tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: str) -> None:
    monkeypatch.setenv("COLUMNS", width)
    assert audit(tree) == 1
    shown = capsys.readouterr().out
    words = " ".join(shown.split())
    assert words.index("error lifecycle/retired") < words.index("meta-llama/Llama-3.2-3B-Instruct")
    assert "pull.sh:1 active" in words
    assert "broken.yaml: no valid YAML" in words
    assert "no legal advice" in words
    assert "Not active or option, so without findings here: mistralai/Codestral-22B-v0.1" in words
    assert max(len(line) for line in shown.splitlines() if "http" not in line and "/" not in line) <= int(width)


def test_exit_codes(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "no.toml").write_text("kindd = 1\n")
    (tmp_path / "clean").mkdir()
    assert audit(tmp_path / "clean") == 0
    assert audit(tree / "pull.sh") == 0
    assert audit(tree / "pull.sh", "--fail-on", "warning") == 1
    assert audit(tree / "README.md", "--fail-on", "warning") == 0
    assert audit(tree, "--roles", "unresolved") == 0
    assert audit(tree / "nothing") == 2
    assert audit(tree, "--situation", tmp_path / "no.toml") == 2
    assert audit(tree, "--roles", "actve") == 2
    assert audit(tree, "--output", tmp_path / "no" / "report.txt") == 2
    told = capsys.readouterr().err
    assert "There is nothing at" in told
    assert "line 1" in told
    assert "'actve'; expected some of active" in told


def test_output(tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit(tree, "--output", tmp_path / "report.txt") == 1
    assert capsys.readouterr().out == ""
    assert "gpt-3.5-turbo" in (tmp_path / "report.txt").read_text()


def test_names_cannot_command_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a\x1b[31m.py").write_text('model = "gpt-4o"\n')
    audit(tmp_path)
    assert "\x1b" not in capsys.readouterr().out
