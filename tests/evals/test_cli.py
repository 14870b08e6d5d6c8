"""``helicon eval`` as people call it.

1. Every policy and every dial stands in the help.
2. The table fits a pipe whole and a narrow terminal without its last columns; the other forms parse.
3. What is wrong is said in one line with the next step, and ends with the code of its kind.
"""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from helicon.cli import run
from helicon.cli.reference import help_of
from helicon.evals.files import PoolWriter
from helicon.evals.policies import MAKERS
from helicon.evals.pool import Pool
from tests.evals.making import HEADER, entry

ENTRIES = [entry([("1", 20), ("2", 30), ("1", 25), ("1", 90)], id=f"q{number}") for number in range(12)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A pool of a dozen questions with four chains each."""
    path = tmp_path / "pool.jsonl.gz"
    with PoolWriter(path) as writer:
        writer.write(HEADER)
        for made in Pool(HEADER, tuple(ENTRIES)).entries:
            writer.write(made.asked)
            for chain in made.thinking:
                writer.write(chain)
    return path


def test_every_policy_stands_in_the_help() -> None:
    shown = help_of("eval replay")
    for name, (_, dials) in MAKERS.items():
        assert f"  {name}" in shown
        for dial in dials:
            assert f"{dial}=" in shown, (name, dial)
    assert max(map(len, shown.splitlines())) <= 80


def test_the_table_in_a_pipe(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", "replay", str(path)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["policy", "right,", "%", "against", "tokens", "sequential", "per", "right", "chains"]
    assert any(line.startswith("lossless@4 ") for line in lines)
    assert "…" not in "".join(lines)
    assert "scripted on 12 questions" in "".join(lines)


@pytest.mark.parametrize(("form", "first"), [("--csv", "policy,"), ("--markdown", "| policy |"), ("--json", "{")])
def test_other_forms(path: Path, capsys: pytest.CaptureFixture[str], form: str, first: str) -> None:
    assert run(["eval", "replay", str(path), form, "--policy", "majority@4", "--policy", "beta@4"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(first)
    if form == "--json":
        assert [row["policy"] for row in json.loads(out)["rows"]] == ["majority@4", "beta@4"]
    if form == "--csv":
        assert len(list(csv.DictReader(io.StringIO(out)))) == 2


def test_a_narrow_terminal(path: Path) -> None:
    parent, child = pty.openpty()
    environment = {**os.environ, "COLUMNS": "70", "TERM": "xterm"}
    command = [sys.executable, "-m", "helicon", "eval", "replay", str(path), "--policy", "majority@4"]
    with subprocess.Popen(command, stdout=child, stderr=child, env=environment) as process:
        os.close(child)
        shown = b""
        while chunk := _read(parent):
            shown += chunk
        assert process.wait(60) == 0
    os.close(parent)
    head = re.sub(r"\x1b\[[0-9;?]*[a-z]", "", shown.decode()).splitlines()[0]
    assert "sequential" in head
    assert "chains" not in head
    assert len(head.rstrip()) <= 70


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:
        return b""


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--policy", "best@4"], 1, "unknown policy 'best@4'"),
        (["--policy", "majority@64"], 1, "it needs 64 chains a question, and the pool has 4"),
        (["--set", "nano"], 1, "Its sets and families: own"),
        (["--json", "--csv"], 2, "exclude each other"),
        (["--half", "third"], 2, "'third' is not one of"),
    ],
)
def test_what_is_wrong(
    path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, words: str
) -> None:
    assert run(["eval", "replay", str(path), *arguments]) == code
    said = capsys.readouterr()
    assert words in said.err
    assert not said.out


def test_wrong_pools_and_questions(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["eval", "replay", str(tmp_path / "none.gz")]) == 1
    assert "helicon eval record" in capsys.readouterr().err
    assert run(["eval", "record", str(tmp_path / "new.gz"), "--questions", "nan"]) == 1
    assert "no question set and no file 'nan'" in capsys.readouterr().err
    assert not (tmp_path / "new.gz").exists()
