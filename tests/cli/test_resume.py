"""``helicon ask --resume``: a trace that was cut becomes whole, on nano in processes of their own.

1. Agents that had ended are carried over as they were stored, and the answer is the same.
2. The file that is resumed may be the one that is written.
3. A trace that is whole, of another question, mode or model, or that cannot be read is refused with the next step.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from helicon.cli.trace_resuming import check_model
from helicon.errors import InputError
from helicon.events import AgentEnded, RunResumed, RunStarted
from helicon.store import Traces
from tests.cli.conftest import Shell

ASKED = ("What is 17 * 3?", "--mode", "contemplating", "--agents", "3", "--max-tokens", "300")


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory, nano: Path) -> Shell:
    """A folder with a whole trace and one that was cut after the first agent's end."""
    shell = Shell(tmp_path_factory.mktemp("resumed"))
    ended = shell.run("ask", *ASKED, "--model", str(nano), "--trace", "whole.jsonl", "--json")
    assert ended.returncode == 0, ended.stderr
    (shell.folder / "result.json").write_bytes(ended.stdout)
    lines = (shell.folder / "whole.jsonl").read_text().splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if '"agent_ended"' in line)
    (shell.folder / "cut.jsonl").write_text("".join(lines[: first + 1]) + lines[first + 1][:20])
    return shell


def test_a_cut_trace_becomes_whole(shell: Shell, nano: Path) -> None:
    cut = shell.folder / "mine.jsonl"
    cut.write_bytes((shell.folder / "cut.jsonl").read_bytes())
    [before] = Traces(cut).read()
    assert before.cut
    command = ("ask", *ASKED, "--model", str(nano), "--resume", "mine.jsonl", "--trace", "mine.jsonl", "--json")
    ended = shell.run(*command)
    assert (ended.returncode, ended.stderr) == (0, b"")
    result = json.loads(ended.stdout)
    assert (
        result["answer"].split("\n")[0]
        == json.loads((shell.folder / "result.json").read_text())["answer"].split("\n")[0]
    )
    [after] = Traces(cut).read()
    assert not after.cut
    assert next(event for event in after.events if isinstance(event, RunResumed)).run_id == before.id
    [carried] = [event for event in before.events if isinstance(event, AgentEnded)]
    assert carried in after.events


def test_refusals(shell: Shell, nano: Path) -> None:
    def refused(*arguments: str) -> str:
        ended = shell.run("ask", *arguments, "--model", str(nano))
        assert ended.returncode == 1
        assert ended.stdout == b""
        return ended.stderr.decode()

    assert "came to its end" in refused(*ASKED, "--resume", "whole.jsonl")
    assert "helicon trace replay whole.jsonl" in refused(*ASKED, "--resume", "whole.jsonl")
    assert "was asked" in refused("Another question?", *ASKED[1:], "--resume", "cut.jsonl")
    assert "of the mode 'contemplating'" in refused(ASKED[0], "--mode", "thinking", "--resume", "cut.jsonl")
    assert "there is no file" in refused(*ASKED, "--resume", "none.jsonl").lower()


def test_another_model_is_refused() -> None:
    started = RunStarted(run_id="run_1", mode="auto", model="one", seed=1, created=0.0)
    check_model([started], "one")
    with pytest.raises(InputError, match="the model 'one', this one is 'other'"):
        check_model([started], "other")
