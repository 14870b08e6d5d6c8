"""What the live view knows and draws.

1. The board follows a run's events: each agent's state, newest words, tokens, and end.
2. A new round clears the agents' lines.
3. The table of agents never exceeds the terminal's width and height, wide characters included.
4. Model text reaches the terminal without control characters.
5. The ledger's line names tokens by kind, agents, seconds and an unusual end.
"""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from helicon.cli.board import Board, ledger_line
from helicon.cli.display import Answer, Terminal
from helicon.cli.drawing import Wrapper, agents_table
from helicon.events import (
    AgentEnded,
    AgentResult,
    AgentStarted,
    AnswerDelta,
    AnswerReset,
    ConsensusChanged,
    DraftDelta,
    Event,
    ModeChosen,
    Result,
    RoundStarted,
    RunStarted,
    ThinkingDelta,
    ThoughtProbed,
)
from helicon.ledger import Entry, Ledger, StopReason, Tokens


def entry(agent: int, reason: StopReason = "stop", thinking: int = 40, answer: int = 2) -> Entry:
    tokens = Tokens(prompt=20, thinking=thinking, answer=answer)
    return Entry(kind="agent", agent=agent, round=1, tokens=tokens, seconds=0.5, stop_reason=reason)


def ended(agent: int, answer: str, reason: StopReason = "stop", error: str = "") -> AgentEnded:
    return AgentEnded(
        agent=agent, round=1, answer=answer, text=answer, confidence=None, entry=entry(agent, reason), error=error
    )


def contemplation(agents: int = 4) -> list[Event]:
    return [
        RunStarted(run_id="r", mode="contemplating", model="nano", seed=1, created=0.0),
        RoundStarted(round=1, agents=agents),
        *(AgentStarted(agent=n, round=1, seed=n) for n in range(agents)),
        ThinkingDelta(agent=0, text="17*20 is 340,\nand"),
        ThinkingDelta(agent=0, text=" 3*17 is \x1b[31m51"),
        ThinkingDelta(agent=1, text="Let me see."),
        DraftDelta(agent=1, text="391"),
        ended(2, "391"),
        ended(3, "", "error", "the engine ended\x07 in the middle"),
        ConsensusChanged(
            round=1, leader="391", votes=(("391", 1.0),), finished=1, running=2, probability=0.75, decided=False
        ),
    ]


def board_of(events: list[Event]) -> Board:
    board = Board()
    for event in events:
        board.feed(event)
    return board


def drawn(board: Board, width: int = 80, height: int = 24, *, plain: bool = False, tails: bool = True) -> list[str]:
    out = io.StringIO()
    console = Console(file=out, width=width, height=height, force_terminal=False, highlight=False)
    console.print(agents_table(board, width, height, plain=plain, tails=tails))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_the_board_follows_the_agents() -> None:
    board = board_of(contemplation())
    first, second, third, fourth = board.lines
    assert (first.state, first.tail, first.tokens) == ("thinking", "17*20 is 340, and 3*17 is 51", 2)
    assert (second.state, second.tail, second.tokens) == ("answering", "391", 2)
    assert (third.state, third.answer, third.tokens, third.seconds) == ("done", "391", 42, 0.5)
    assert (fourth.state, fourth.note) == ("failed", "the engine ended in the middle")
    assert board.headline == "contemplating · 2 of 4 done · leading: 391"


@pytest.mark.parametrize(
    ("reason", "state", "note"),
    [
        ("consensus", "stopped", "no longer needed"),
        ("deadline", "stopped", "out of time"),
        ("cancelled", "stopped", "cancelled"),
        ("length", "done", "cut at its bound"),
        ("budget", "done", "thinking budget used up"),
        ("stop", "done", ""),
    ],
)
def test_why_an_agent_ended(reason: StopReason, state: str, note: str) -> None:
    board = board_of([*contemplation(), ended(0, "391", reason)])
    assert (board.lines[0].state, board.lines[0].note) == (state, note)


def test_a_new_round_begins_with_empty_lines() -> None:
    board = board_of([*contemplation(), RoundStarted(round=2, agents=2), AgentStarted(agent=0, round=2, seed=9)])
    assert [line.state for line in board.lines] == ["reading"]
    assert board.headline == "contemplating · round 2 · 0 of 2 done"


def test_the_table_shows_one_line_per_agent() -> None:
    lines = drawn(board_of(contemplation()), plain=True)
    assert lines[0] == "contemplating · 2 of 4 done · leading: 391"
    assert lines[1].startswith("  1 ")
    assert "thinking 17*20 is 340, and 3*17 is 51" in lines[1]
    assert lines[3].split() == ["3", "+", "391", "42", "tok"]
    assert lines[4].startswith("  4 x the engine ended in the middle")


def test_without_thinking_the_newest_words_are_not_shown() -> None:
    lines = drawn(board_of(contemplation()), tails=False)
    assert "340" not in "".join(lines)
    assert "thinking" in lines[1]


@pytest.mark.parametrize("width", [30, 50, 80, 200])
@pytest.mark.parametrize("words", ["word " * 100, "x" * 500, "数学" * 200, "👩‍🚀" * 100])
def test_the_table_stays_within_the_width(width: int, words: str) -> None:
    board = board_of([*contemplation(), ThinkingDelta(agent=0, text=words), ended(1, words)])
    lines = drawn(board, width=width)
    assert len(lines) == 5
    assert all(Console().render_str(line).cell_len <= width for line in lines)


@pytest.mark.parametrize("height", [5, 10, 24])
def test_the_table_stays_within_the_height_and_prefers_running_agents(height: int) -> None:
    events = contemplation(40)
    lines = drawn(board_of([*events, *(ended(n, "5") for n in range(30))]), height=height)
    assert len(lines) < height
    assert lines[-1].strip().startswith("and ")
    assert any(line.startswith(" 31") for line in lines)


def result() -> Result:
    return Result(
        model="nano",
        mode="contemplating",
        asked_mode="contemplating",
        answer="391",
        agents=(AgentResult(agent=0, rounds=2), AgentResult(agent=1, rounds=1)),
        ledger=Ledger((entry(0, thinking=1200), entry(1))),
        stop_reason="stop",
        seconds=3.44,
    )


def test_the_ledger_on_one_line() -> None:
    assert ledger_line(result()) == (
        "nano · contemplating · 2 agents, 2 rounds · 40 prompt, 1,240 thinking, 4 answer tokens · 3.4 s"
    )
    assert ledger_line(result(), 50).splitlines() == [
        "nano · contemplating · 2 agents, 2 rounds",
        "  40 prompt, 1,240 thinking, 4 answer tokens · 3.4 s",
    ]
    assert ledger_line(replace(result(), asked_mode="auto")).startswith("nano · auto chose contemplating · ")
    assert ledger_line(replace(result(), stop_reason="deadline")).endswith(" · out of time")
    assert ledger_line(replace(result(), ledger=Ledger((replace(entry(0), estimated=True),)))).count("about 20 prompt")


class Tty(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_piped_answer_is_the_models_text_and_ends_in_one_newline() -> None:
    out = io.StringIO()
    answer = Answer(out, hold=False)
    for text in ("39", "1 \x1b[1mbold"):
        answer.feed(AnswerDelta(text=text))
    answer.finish("391 \x1b[1mbold")
    assert out.getvalue() == "391 \x1b[1mbold\n"


def test_in_auto_mode_a_pipe_gets_the_last_answer_alone() -> None:
    out = io.StringIO()
    answer = Answer(out, hold=True)
    answer.feed(AnswerDelta(text="wrong"))
    answer.feed(AnswerReset(reason="unsure"))
    answer.feed(AnswerDelta(text="right"))
    assert out.getvalue() == ""
    answer.finish("right\n")
    assert out.getvalue() == "right\n"


def test_an_answer_on_a_terminal_streams_clean() -> None:
    out = Tty()
    answer = Answer(out, hold=True)
    answer.feed(AnswerDelta(text="39\x1b"))
    answer.feed(AnswerDelta(text="[31m1"))
    assert out.getvalue() == "391"
    answer.finish("39\x1b[31m1, sure")
    assert out.getvalue() == "391, sure\n"


def test_an_answer_that_came_whole_at_the_end_is_written() -> None:
    out = io.StringIO()
    Answer(out, hold=False).finish("42")
    assert out.getvalue() == "42\n"
    silent = io.StringIO()
    Answer(silent, hold=False).finish("")
    assert silent.getvalue() == ""


def shown(events: list[Event], *, thinking: bool = True) -> str:
    out = Tty()
    console = Console(file=out, width=60, height=24, force_terminal=True, color_system=None, _environ={"TERM": "dumb"})
    view = Terminal(console, thinking=thinking, answer_here=True)
    view.opening("nano")
    for event in events:
        view.feed(event)
    view.ledger(result())
    view.close()
    return out.getvalue()


THOUGHT: list[Event] = [
    RunStarted(run_id="r", mode="auto", model="nano", seed=1, created=0.0),
    ModeChosen(mode="thinking", reason="looks hard"),
    ThinkingDelta(agent=0, text="\nFirst of all, let me multiply seventeen by twenty, which is"),
    ThinkingDelta(agent=0, text=" three hundred and for\x1b[5mty.\nThen more."),
    AnswerDelta(text="391"),
]


def test_thinking_is_shown_wrapped_and_clean() -> None:
    lines = shown(THOUGHT).splitlines()
    assert lines[0] == "thinking: looks hard"
    assert lines[1:4] == [
        "  First of all, let me multiply seventeen by twenty, which ",
        "  is three hundred and forty.",
        "  Then more.",
    ]
    assert lines[4] == ""
    assert lines[5].startswith("nano · contemplating")


def test_thinking_is_not_shown_when_not_wished() -> None:
    assert "First" not in shown(THOUGHT, thinking=False)


def test_a_thought_that_ends_early_says_why_once() -> None:
    tried = ThoughtProbed(agent=0, thinking=40, answer="391", probability=0.9, decision="go_on", reason="not settled")
    settled = replace(tried, decision="exit", reason="2 sure trial answers in a row mean the same")
    text = shown([*THOUGHT[:-1], tried, settled, THOUGHT[-1]])
    assert text.count("ended early: 2 sure trial answers in a row mean the same") == 1
    assert "not settled" not in text


def test_a_withdrawn_answer_is_named() -> None:
    assert "withdrawn: drafts differ" in shown([*THOUGHT, AnswerReset(reason="drafts differ")])


def test_long_words_do_not_wait_for_their_end() -> None:
    wrapper = Wrapper(20)
    out = wrapper.decode("y" * 50)
    assert out.count("y") == 40
    assert (out + wrapper.flush()).count("y") == 50
