"""Plans on the command line.

1. ``--plan-only`` prints the plan as lines or JSON, and answers nothing; without parts it says so and ends with 1.
2. What it prints can be given back with ``--plan``.
3. A file that holds no plan is refused by name.
4. The live view says how the request is divided and which part an agent answers.
"""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

from helicon.cli.board import Board, ledger_line
from helicon.cli.display import Terminal
from helicon.cli.drawing import agents_table
from helicon.events import (
    AgentStarted,
    DraftsCompared,
    Event,
    PlanMade,
    Result,
    RoundStarted,
    RunStarted,
    ThinkingDelta,
)
from helicon.messages import SubQuestion
from tests.cli.conftest import Shell

TWO = "1. What is 17 + 25? 2. Sort 5, 3, 9."
PLAN = PlanMade(parts=(SubQuestion("What is 2 + 2?"), SubQuestion("Double {1}.", (1,))), source="words", reason="so")


def test_a_plan_is_printed_and_followed(shell: Shell, nano: Path) -> None:
    made = shell.run("ask", TWO, "--plan-only", "--model", str(nano))
    assert made.stdout.decode() == "1. What is 17 + 25?\n2. Sort 5, 3, 9.\n"
    assert (made.returncode, made.stderr) == (0, b"")
    (shell.folder / "plan.txt").write_bytes(made.stdout)
    told = ["--plan", "plan.txt", "--model", str(nano), "--effort", "low", "--seed", "1", "--json"]
    followed = json.loads(shell.run("ask", "Both, please", *told).stdout)
    assert followed["plan"]["source"] == "given"
    assert [part["text"] for part in followed["plan"]["parts"]] == ["What is 17 + 25?", "Sort 5, 3, 9."]
    assert followed["answer"].startswith("1. ")


def test_a_plan_as_json(shell: Shell, nano: Path) -> None:
    made = shell.run(
        "ask", "1. What is 17 + 25? 2. Double the answer to 1.", "--plan-only", "--json", "--model", str(nano)
    )
    assert json.loads(made.stdout) == [
        {"text": "What is 17 + 25?", "needs": []},
        {"text": "Double {1}.", "needs": [1]},
    ]


def test_one_question_has_no_plan(shell: Shell, nano: Path) -> None:
    made = shell.run("ask", "What is 17 + 25?", "--plan-only", "--model", str(nano))
    assert (made.returncode, made.stdout) == (1, b"")
    assert "one question" in made.stderr.decode()


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (None, "the plan 'plan.txt' cannot be read: No such file or directory."),
        (b"\xff\xfe\xff", "the plan 'plan.txt' cannot be read: it is no valid UTF-8."),
        (b"Do it.", "the plan is neither a JSON array nor numbered lines."),
        (b'["Double {1}."]', "part 1 of the plan needs part 1"),
    ],
)
def test_no_plan_in_the_file(shell: Shell, content: bytes | None, named: str) -> None:
    if content is not None:
        (shell.folder / "plan.txt").write_bytes(content)
    ended = shell.run("ask", "Both", "--plan", "plan.txt")
    assert (ended.returncode, ended.stdout) == (1, b"")
    assert named in ended.stderr.decode()


DIVIDED: list[Event] = [
    RunStarted(run_id="r", mode="contemplating", model="nano", seed=1, created=0.0),
    PLAN,
    RoundStarted(round=1, agents=4),
    *(AgentStarted(agent=n, round=1, seed=n) for n in range(4)),
    ThinkingDelta(agent=3, text="2+2"),
]


def test_the_live_view_names_the_parts() -> None:
    board = Board()
    for event in DIVIDED:
        board.feed(event)
    assert [line.part for line in board.lines] == [1, 2, 1, 2]
    assert board.headline == "contemplating · 2 parts · 0 of 4 done"
    out = io.StringIO()
    Console(file=out, width=60).print(agents_table(board, 60, 24, plain=True))
    assert "part 2: thinking 2+2" in out.getvalue()


def test_the_terminal_says_how_the_request_is_divided() -> None:
    out = io.StringIO()
    view = Terminal(Console(file=out, width=80), thinking=True, answer_here=True)
    for event in DIVIDED[:2]:
        view.feed(event)
    view.close()
    assert "divided into 2 parts: so" in out.getvalue()
    assert "2. Double {1}." in out.getvalue()


def test_compared_drafts() -> None:
    compared = DraftsCompared(
        round=1, ranking=((2, 0.6), (0, 0.4)), pairs=3, flipped=1, first=1, unscored=0, clear=False
    )
    board = Board()
    board.feed(compared)
    assert board.headline.endswith("leading: agent 3")
    line = ledger_line(
        Result(model="m", mode="contemplating", asked_mode="contemplating", plan=PLAN, comparison=compared)
    )
    assert "2 parts" in line
    assert "1 of 3 comparisons turned with the order" in line
