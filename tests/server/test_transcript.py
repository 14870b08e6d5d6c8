"""What a plain client sees of a run.

1. One agent's thinking passes as it is; its answer is the content.
2. In a contemplation one agent is heard at a time, and lines about the others never cut its line.
3. Whatever the order of events, every line about an agent begins at the start of a line, and nothing of an agent
   that is not heard is shown.
4. Text that is taken back is told.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helicon.events import (
    AgentEnded,
    AnswerDelta,
    AnswerReset,
    ConsensusChanged,
    Event,
    ModeChosen,
    RoundStarted,
    RunStarted,
    ThinkingDelta,
    ToolCalled,
)
from helicon.ledger import Entry, StopReason, Tokens
from helicon.messages import Mode, ToolCall
from helicon.server.transcript import Call, Content, Piece, Reasoning, Transcript, Withdrawn


def started(mode: Mode) -> RunStarted:
    return RunStarted(run_id="r", mode=mode, model="m", seed=1, created=0)


def ended(agent: int, answer: str = "42", *, stop: StopReason = "stop", error: str = "") -> AgentEnded:
    entry = Entry(kind="agent", agent=agent, round=1, tokens=Tokens(thinking=7), seconds=1, stop_reason=stop)
    return AgentEnded(agent=agent, round=1, answer=answer, text=answer, confidence=None, entry=entry, error=error)


def decided(leader: str) -> ConsensusChanged:
    return ConsensusChanged(
        round=1, leader=leader, votes=((leader, 2.0),), finished=2, running=1, probability=1, decided=True, rule="beta"
    )


def think(agent: int, text: str) -> ThinkingDelta:
    return ThinkingDelta(agent=agent, text=text)


def show(*events: Event) -> list[Piece]:
    transcript = Transcript()
    return [piece for event in events for piece in transcript.feed(event)]


def reasoning(*events: Event) -> str:
    return "".join(piece.text for piece in show(*events) if isinstance(piece, Reasoning))


def test_one_agent_passes_as_it_is() -> None:
    call = ToolCall("c", "f", "{}")
    pieces = show(
        started("thinking"),
        think(0, "Hm "),
        think(0, "so."),
        AnswerDelta(text="42"),
        ToolCalled(agent=0, call=call),
        ended(0),
    )
    assert pieces == [Reasoning("Hm "), Reasoning("so."), Content("42"), Call(call)]


def test_auto_says_why_it_thinks_harder_and_nothing_when_it_does_not() -> None:
    assert show(started("auto"), ModeChosen(mode="instant", reason="easy")) == []
    text = reasoning(started("auto"), think(0, "cut"), ModeChosen(mode="thinking", reason="unsure"), think(0, "on"))
    assert text == "cut\nMode thinking: unsure\non"


def test_a_contemplation_reads_as_one_text() -> None:
    text = reasoning(
        started("contemplating"),
        RoundStarted(round=1, agents=3),
        think(1, "First "),
        think(0, "unheard"),
        ended(0, "17"),
        think(1, "line.\nSecond"),
        think(1, " line."),
        ended(1),
        ended(2, stop="consensus"),
        decided("42"),
        RoundStarted(round=2, agents=3, reason="They differ."),
        think(0, "Again."),
        ended(0, "", stop="length"),
        ended(2, error="the engine died."),
    )
    assert text.splitlines() == [
        "Round 1: 3 agents.",
        "[agent 2] thinks aloud:",
        "First line.",
        "[agent 1] answers 17 after 7 tokens.",
        "Second line.",
        "[agent 2] answers 42 after 7 tokens.",
        "[agent 3] was stopped after 7 tokens: the outcome is decided.",
        "Decided: 42 (its lead is safe enough).",
        "Round 2: 3 agents. They differ.",
        "[agent 1] thinks aloud:",
        "Again.",
        "[agent 1] ended without a short answer after 7 tokens (length).",
        "[agent 3] failed: the engine died.",
    ]


def test_lines_that_wait_come_before_the_answer() -> None:
    pieces = show(started("contemplating"), think(0, "a"), ended(1), AnswerDelta(text="42"), AnswerDelta(text="."))
    assert pieces[-3:] == [Reasoning("\n[agent 2] answers 42 after 7 tokens.\n"), Content("42"), Content(".")]


def test_withdrawn_text_is_told() -> None:
    assert show(started("auto"), AnswerDelta(text="41"), AnswerReset(reason="unsure")) == [
        Content("41"),
        Withdrawn("unsure"),
    ]


@given(
    st.lists(
        st.builds(think, st.integers(0, 3), st.text("ab\n", max_size=4))
        | st.builds(ended, st.integers(0, 3))
        | st.builds(decided, st.just("42"))
        | st.builds(lambda n: RoundStarted(round=n, agents=4), st.integers(1, 3)),
        max_size=30,
    )
)
def test_lines_begin_at_the_start_of_a_line(events: list[Event]) -> None:
    last = AnswerDelta(text="x")
    text = reasoning(started("contemplating"), *events, last)
    for mark in ("[agent", "Round", "Decided"):
        for part in text.split(mark)[:-1]:
            assert not part or part.endswith("\n")
    assert text.count("answers 42") == sum(isinstance(event, AgentEnded) for event in events)
