"""The timeline of a run and its drawing as SVG.

1. Whatever the events hold, in whatever order: the segments of a lane never overlap, none is empty, and all
   lie within the run.
2. The decision is the first ``ConsensusChanged`` that decided after which no new round began, at its time.
3. A contemplation shows who waited, read, thought, answered, was stopped and failed, over all its rounds.
4. Calls of nobody have a lane of their own; a trace that was cut says so and counts what was seen.
5. Axis marks are round, few, and within the run.
6. The SVG is well-formed, holds every lane, and no model text can become markup in it.
"""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.events import (
    AgentEnded,
    AgentStarted,
    AnswerDelta,
    AnswerReset,
    CallEnded,
    ConsensusChanged,
    DraftDelta,
    Event,
    ModeChosen,
    PlanMade,
    RoundStarted,
    RunEnded,
    RunStarted,
    ThinkingDelta,
    ThoughtProbed,
)
from helicon.ledger import CallKind, Entry, Ledger, StopReason, Tokens
from helicon.messages import SubQuestion
from helicon.svg_text import escaped, fitting, measured, wrapped
from helicon.timeline import NOBODY, Timeline, duration, ticks
from helicon.timeline_fold import timeline
from helicon.timeline_svg import svg

SPACE = "{http://www.w3.org/2000/svg}"


def entry(agent: int, reason: StopReason = "stop", *, kind: CallKind = "agent", seconds: float = 1.0) -> Entry:
    tokens = Tokens(prompt=10, thinking=30, answer=4 if reason == "stop" else 0)
    return Entry(kind=kind, agent=agent, round=1, tokens=tokens, seconds=seconds, stop_reason=reason)


def started(mode: str = "contemplating", question: str = "Is 221 prime?") -> RunStarted:
    return RunStarted(run_id="run_1", mode=mode, model="m", seed=1, created=9.0, question=question)  # type: ignore[arg-type]


def ended(agent: int, at: float, reason: StopReason = "stop", answer: str = "no", *, round: int = 1) -> AgentEnded:
    shown = answer if reason == "stop" else ""
    return AgentEnded(
        agent=agent, round=round, answer=shown, text=shown, confidence=None, entry=entry(agent, reason), at=at
    )


def vote(at: float, *, decided: bool, leader: str = "no", round: int = 1) -> ConsensusChanged:
    return ConsensusChanged(
        round=round,
        leader=leader,
        votes=((leader, 2.0),),
        finished=2,
        running=1,
        probability=0.9,
        decided=decided,
        rule="beta" if decided else "",
        at=at,
    )


CONTEMPLATION: tuple[Event, ...] = (
    started(),
    RoundStarted(round=1, agents=4, at=0.1),
    AgentStarted(agent=0, round=1, seed=1, at=0.1),
    AgentStarted(agent=1, round=1, seed=2, at=0.1),
    ThinkingDelta(agent=0, text="13", at=0.5),
    ThinkingDelta(agent=1, text="17", at=0.6),
    DraftDelta(agent=0, text="no", at=2.0),
    ended(0, 2.5),
    AgentStarted(agent=2, round=1, seed=3, at=2.5),
    DraftDelta(agent=1, text="no", at=3.0),
    ended(1, 3.5),
    vote(3.5, decided=True),
    ended(2, 3.6, "consensus"),
    AnswerDelta(text="no", at=3.7),
    RunEnded(answer="no", stop_reason="stop", ledger=Ledger((entry(0), entry(1))), mode="contemplating", at=4.0),
)

times = st.floats(-5, 100, allow_nan=False)
agents = st.integers(-1, 3)
reasons = st.sampled_from(["stop", "length", "consensus", "cancelled", "deadline", "error", "content_filter"])
words = st.text(max_size=8)
any_event = st.one_of(
    st.builds(lambda at: RoundStarted(round=1, agents=3, at=at), times),
    st.builds(lambda at: ModeChosen(mode="contemplating", reason="hard", at=at), times),
    st.builds(lambda agent, at: AgentStarted(agent=agent, round=1, seed=0, at=at), agents, times),
    st.builds(lambda agent, text, at: ThinkingDelta(agent=agent, text=text, at=at), agents, words, times),
    st.builds(lambda agent, text, at: DraftDelta(agent=agent, text=text, at=at), agents, words, times),
    st.builds(lambda text, at: AnswerDelta(text=text, at=at), words, times),
    st.builds(lambda at: AnswerReset(reason="unsure", at=at), times),
    st.builds(lambda agent, reason, text, at: ended(agent, at, reason, text), agents, reasons, words, times),
    st.builds(
        lambda agent, seconds, at: CallEnded(entry=entry(agent, kind="synthesis", seconds=seconds), at=at),
        agents,
        st.floats(0, 50),
        times,
    ),
    st.builds(lambda at, decided: vote(at, decided=decided), times, st.booleans()),
)


def check(run: Timeline) -> None:
    for lane in run.lanes:
        assert lane.turns
        last = 0.0
        for segment in lane.segments:
            assert last <= segment.start < segment.end <= run.seconds
            last = segment.end
        for turn in lane.turns:
            assert 0 <= turn.start <= turn.end <= run.seconds
    assert run.decision is None or 0 <= run.decision.at <= run.seconds


@settings(max_examples=300)
@given(st.lists(any_event, max_size=30))
def test_lanes_hold_together_whatever_happened(events: list[Event]) -> None:
    check(timeline([started(), *events]))
    check(timeline([*events, CONTEMPLATION[-1]]))


@settings(max_examples=100)
@given(st.lists(any_event, max_size=25))
def test_the_decision_is_the_first_that_stood(events: list[Event]) -> None:
    now, standing = 0.0, None
    for event in events:
        now = max(now, event.at)
        if isinstance(event, RoundStarted | ModeChosen):
            standing = None
        if isinstance(event, ConsensusChanged) and event.decided and standing is None:
            standing = now
    found = timeline(events).decision
    assert (found.at if found else None) == standing


def test_a_contemplation_lane_by_lane() -> None:
    run = timeline(CONTEMPLATION)
    phases = [[(s.phase, s.start, s.end) for s in lane.segments] for lane in run.lanes]
    assert phases == [
        [("reading", 0.1, 0.5), ("thinking", 0.5, 2.0), ("answering", 2.0, 2.5)],
        [("reading", 0.1, 0.6), ("thinking", 0.6, 3.0), ("answering", 3.0, 3.5)],
        [("waiting", 0.1, 2.5), ("reading", 2.5, 3.6)],
    ]
    assert [lane.last.state for lane in run.lanes] == ["finished", "finished", "stopped"]
    assert [lane.last.note for lane in run.lanes] == ["", "", "no longer needed"]
    assert run.decision is not None
    assert (run.decision.at, run.decision.leader, run.decision.reason) == (3.5, "no", "its lead is safe enough")
    assert (run.question, run.answer, run.seconds, run.tokens.generated) == ("Is 221 prime?", "no", 4.0, 68)


def test_a_second_round_takes_the_first_decision_back() -> None:
    run = timeline(
        [
            *CONTEMPLATION[:-1],
            RoundStarted(round=2, agents=1, reason="no agreement", at=4.0),
            AgentStarted(agent=0, round=2, seed=1, at=4.5),
            ended(0, 6.0, round=2),
            vote(6.0, decided=True, round=2),
        ]
    )
    assert run.decision is not None
    assert run.decision.at == 6.0
    assert [(turn.round, turn.start, turn.end) for turn in run.lanes[0].turns] == [(1, 0.1, 2.5), (2, 4.5, 6.0)]
    assert [s.phase for s in run.lanes[0].segments][3:] == ["waiting", "answering"]
    assert run.rounds == 2


def test_the_synthesis_has_a_lane_of_its_own() -> None:
    call = CallEnded(entry=entry(NOBODY, kind="synthesis", seconds=2.0), at=6.0)
    run = timeline([*CONTEMPLATION[:-2], AnswerDelta(text="no", at=5.0), call])
    lane = run.lanes[-1]
    assert lane.agent == NOBODY
    assert [(s.phase, s.start, s.end) for s in lane.segments] == [("reading", 4.0, 5.0), ("answering", 5.0, 6.0)]
    assert len(run.agents) == 3


def test_one_agent_answers_while_it_runs() -> None:
    run = timeline(
        [
            started("thinking"),
            AgentStarted(agent=0, round=1, seed=1, at=0.0),
            ThinkingDelta(agent=0, text="a", at=1.0),
            AnswerDelta(text="b", at=2.0),
            ended(0, 3.0),
        ]
    )
    assert [s.phase for s in run.lanes[0].segments] == ["reading", "thinking", "answering"]


def test_a_cut_trace_says_so_and_counts_what_was_seen() -> None:
    run = timeline(CONTEMPLATION[:8])
    assert run.stop_reason == ""
    assert [(lane.last.state, lane.last.note) for lane in run.lanes] == [
        ("finished", ""),
        ("running", "the trace ends here"),
    ]
    assert run.lanes[1].tokens == Tokens(thinking=1)


def test_nothing_is_a_timeline_too() -> None:
    assert timeline([]) == Timeline()
    assert "Nothing was drawn" in svg(timeline([]))


@given(st.floats(0, 1e9), st.integers(0, 40))
def test_axis_marks_are_few_and_within(seconds: float, most: int) -> None:
    marks = ticks(seconds, most)
    assert marks[0] == 0.0
    assert 1 <= len(marks) <= max(1, most)
    assert all(mark <= seconds * (1 + 1e-6) for mark in marks)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0.00 s"), (0.256, "0.26 s"), (4.14, "4.1 s"), (38.2, "38 s"), (99.6, "1 m 40 s"), (125, "2 m 05 s")],
)
def test_durations_for_people(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_the_svg_shows_every_lane_and_the_decision() -> None:
    run = timeline(CONTEMPLATION)
    root = ElementTree.fromstring(svg(run))
    texts = [node.text for node in root.iter(f"{SPACE}text")]
    assert {"1", "2", "3", "no longer needed", "Decided at 3.5 s: no", "Is 221 prime?"} <= set(texts)
    assert root.findtext(f"{SPACE}title") == "Is 221 prime?"
    assert "Agent 3: was stopped (no longer needed) from 2.5 s to 3.6 s" in (root.findtext(f"{SPACE}desc") or "")
    assert root.get("role") == "img"
    assert "prefers-color-scheme:dark" in svg(run)
    assert len([node for node in root.iter(f"{SPACE}path") if node.get("class") == "decided"]) == 1


@settings(max_examples=60)
@given(st.lists(any_event, max_size=12), st.text(max_size=40))
def test_no_text_becomes_markup(events: list[Event], question: str) -> None:
    payload = f'</text><script>alert(1)</script><a href="x">{question}\ud800\x00\u202e'
    drawn = svg(timeline([started(question=payload), *events, ended(0, 3.0, answer=payload)]))
    root = ElementTree.fromstring(drawn.encode())
    kinds = {node.tag.removeprefix(SPACE) for node in root.iter()}
    assert kinds <= {"svg", "title", "desc", "style", "rect", "text", "path", "g"}
    assert "\u202e" not in drawn


@given(st.text(max_size=200), st.integers(20, 500), st.integers(1, 4))
def test_text_fits_where_it_is_put(text: str, room: int, most: int) -> None:
    assert measured(fitting(text, room, 14), 14) <= room + 20
    assert len(wrapped(text, room, 14, most)) <= most
    escaped(text).encode()


def test_plans_and_trials_are_marked() -> None:
    parts = (SubQuestion(text="What is 2 + 2?"), SubQuestion(text="What is 3 + 3?"))
    trial = ThoughtProbed(agent=0, thinking=20, answer="no", probability=0.9, decision="exit", at=0.7)
    run = timeline([*CONTEMPLATION[:2], PlanMade(parts=parts, source="words", at=0.1), *CONTEMPLATION[2:7], trial])
    assert run.parts == "2 parts"
    assert [mark.text for mark in run.marks if mark.kind == "probe"] == ["agent 1: no, exit"]
    assert "2 parts" in svg(run)
