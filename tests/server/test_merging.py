"""Merged deltas.

1. Whatever the events and wherever the windows end, the merged list folds to the same result.
2. What is not a delta keeps its place; times never go back where they did not before.
3. Deltas of one agent and type in one window become one.
"""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from helicon.events import (
    AgentStarted,
    AnswerDelta,
    AnswerReset,
    DraftDelta,
    Event,
    RunStarted,
    ThinkingDelta,
    TokenLogprob,
    replay,
)
from helicon.server.runs.merging import Merger

WORD = st.text(max_size=4)
AGENT = st.integers(0, 3)
LOGPROBS = st.lists(st.builds(TokenLogprob, token=WORD, logprob=st.floats(-9, 0)), max_size=2).map(tuple)
DELTAS = st.one_of(
    st.builds(ThinkingDelta, agent=AGENT, text=WORD),
    st.builds(DraftDelta, agent=AGENT, text=WORD),
    st.builds(AnswerDelta, text=WORD, logprobs=LOGPROBS),
)
OTHERS = st.one_of(
    st.builds(AgentStarted, agent=AGENT, round=st.integers(1, 2), seed=st.just(1)),
    st.builds(AnswerReset, reason=WORD),
    st.builds(RunStarted, run_id=st.just("r"), mode=st.just("auto"), model=WORD, seed=st.just(1), created=st.just(1.0)),
)
STEPS = st.lists(st.one_of(DELTAS, DELTAS, OTHERS, st.none()), max_size=60)


def merged(steps: list[Event | None]) -> tuple[list[Event], list[Event]]:
    """The events as they are, and as they are numbered; ``None`` is the end of a window."""
    merger, plain, numbered = Merger(), list[Event](), list[Event]()
    for at, step in enumerate(steps):
        if step is None:
            numbered += merger.flush()
            assert not merger.waiting
        else:
            event = replace(step, at=float(at))
            plain.append(event)
            numbered += merger.feed(event)
    return plain, numbered + merger.flush()


@given(STEPS)
def test_the_merged_list_folds_to_the_same(steps: list[Event | None]) -> None:
    plain, numbered = merged(steps)
    assert replay(numbered) == replay(plain)
    assert len(numbered) <= len(plain)
    deltas = (ThinkingDelta, DraftDelta, AnswerDelta)
    assert [one for one in numbered if not isinstance(one, deltas)] == [o for o in plain if not isinstance(o, deltas)]


def test_one_window_is_one_event_for_each_agent() -> None:
    steps: list[Event | None] = [ThinkingDelta(agent=n % 4, text=f"{n} ") for n in range(40)]
    _, numbered = merged(steps)
    thoughts = [one for one in numbered if isinstance(one, ThinkingDelta)]
    assert [(one.agent, one.at) for one in thoughts] == [(n, 36.0 + n) for n in range(4)]
    assert isinstance(numbered[0], ThinkingDelta)
    assert numbered[0].text == "0 4 8 12 16 20 24 28 32 36 "


def test_a_thought_and_a_draft_of_one_agent_stay_in_order() -> None:
    thought, draft = ThinkingDelta(agent=0, text="a"), DraftDelta(agent=0, text="b")
    _, numbered = merged([thought, draft, thought])
    assert [type(one) for one in numbered] == [ThinkingDelta, DraftDelta, ThinkingDelta]
