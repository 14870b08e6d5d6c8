"""Speed, plans, and the deadline they keep.

1. Speed is the line that the calls lie on; recent calls count more; no engine is slower with fewer streams.
2. A plan never has fewer than one agent nor more than the policy, and more time or speed never means fewer.
3. What fits by the plan ends in time when the engine is as fast as measured.
4. A thought gets what is left after its answer; where nothing is left, there is none.
5. Live: an engine that is not known yet is tried with one agent first; a known one is used at once, within its bounds.
"""

from __future__ import annotations

import asyncio
import gc
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, Script, script
from helicon.events import AgentEnded, AgentStarted
from helicon.messages import EFFORTS
from helicon.modes.planner import LEAST_THOUGHT, chain_seconds, closing_seconds, likely_seconds, narrowed, plan
from helicon.modes.policy import Policy, policy_of
from helicon.modes.speed import Pace, Speed, Timed, pace_of
from tests.modes.playing import engine_of, long_thought, of, play, question


def engine_like(*, first: float = 0.05, alone: float = 0.002, more: float = 0.001, chain: int = 80) -> Speed:
    """The speed of an engine that was measured at one and at six streams."""
    speed = Speed()
    for number in range(30):
        streams = 6 if number % 2 else 1
        seconds = first + 99 * (alone + more * streams)
        speed = speed.after(Timed(streams=streams, first_seconds=first, seconds=seconds, tokens=100))
        speed = speed.said(chain=chain, answer=chain // 8)
    return speed


def test_speed_is_the_line_through_its_calls() -> None:
    speed = engine_like()
    assert speed.step_seconds(1) == pytest.approx(0.003, rel=0.01)
    assert speed.step_seconds(6) == pytest.approx(0.008, rel=0.01)
    assert speed.step_seconds(12) == pytest.approx(0.014, rel=0.01)
    assert speed.first_seconds == pytest.approx(0.05, rel=0.3)
    assert (speed.chain_tokens, speed.answer_tokens) == (80, 10)


def test_a_load_seen_once_says_no_more_than_it_does() -> None:
    speed = Speed().after(Timed(streams=4, first_seconds=0.1, seconds=1.09, tokens=100))
    assert speed.step_seconds(4) == speed.step_seconds(1) == pytest.approx(0.01)
    assert speed.step_seconds(8) == pytest.approx(0.02)


def test_recent_calls_count_more() -> None:
    speed = engine_like(more=0.0)
    for _ in range(30):
        speed = speed.after(Timed(streams=1, first_seconds=0.1, seconds=1.09, tokens=100))
    assert speed.step_seconds(1) == pytest.approx(0.01, rel=0.2)


def test_calls_that_said_nothing_teach_nothing() -> None:
    assert Speed().after(Timed(streams=1, first_seconds=None, seconds=9.0, tokens=0)) == Speed()
    assert not Speed().measured


timed = st.builds(
    Timed,
    streams=st.floats(1, 16),
    first_seconds=st.floats(0, 5),
    seconds=st.floats(5, 50),
    tokens=st.integers(0, 5000),
)


@given(st.lists(timed, max_size=20))
def test_more_streams_are_never_quicker(calls: list[Timed]) -> None:
    speed = Speed()
    for call in calls:
        speed = speed.after(call)
    steps = [speed.step_seconds(n) for n in range(1, 20)]
    assert all(step >= 0 for step in steps)
    assert all(later >= earlier - 1e-12 for earlier, later in pairwise(steps))
    assert speed.first_seconds >= 0


async def test_a_pace_counts_what_runs_beside() -> None:
    pace = Pace()
    first = pace.begin()
    second = pace.begin()
    await asyncio.sleep(0.02)
    assert pace.running == 2
    pace.end(first, first_seconds=0.001, tokens=10)
    assert pace.speed.wn / pace.speed.w == pytest.approx(2, rel=0.2)
    pace.end(second, first_seconds=0.001, tokens=10)
    assert pace.running == 0


def test_a_pace_lives_as_long_as_its_engine() -> None:
    engine = engine_of([script("", "42")])
    pace = pace_of(engine)
    assert pace_of(engine) is pace
    assert pace_of(engine_of([script("", "42")])) is not pace
    del engine
    gc.collect()
    assert pace_of(1) is not pace_of(1)


speeds = st.builds(
    engine_like,
    first=st.floats(0.001, 2),
    alone=st.floats(0.0001, 0.2),
    more=st.floats(0, 0.1),
    chain=st.integers(8, 4000),
)
policies = st.builds(lambda effort, slots: policy_of(effort, slots), st.sampled_from(EFFORTS), st.integers(1, 16))


@given(policies, st.floats(0, 600), speeds)
def test_a_plan_stays_inside_the_policy(policy: Policy, seconds: float, speed: Speed) -> None:
    made = plan(policy, seconds=seconds, speed=speed)
    assert 1 <= made.in_flight <= policy.in_flight
    assert 1 <= made.agents <= policy.agents
    assert made.thinking_tokens == 0 or made.thinking_tokens >= LEAST_THOUGHT
    assert 0 <= made.closing_seconds <= seconds
    within = narrowed(policy, made, 2)
    assert within.in_flight <= policy.in_flight
    assert within.agents <= policy.agents


@given(policies, st.floats(0, 300), st.floats(0, 300), speeds)
def test_more_time_never_means_less(policy: Policy, seconds: float, more: float, speed: Speed) -> None:
    short = plan(policy, seconds=seconds, speed=speed)
    long = plan(policy, seconds=seconds + more, speed=speed)
    assert long.in_flight >= short.in_flight
    assert long.fits >= short.fits


@given(policies, st.floats(0, 300), speeds)
def test_what_fits_ends_in_time(policy: Policy, seconds: float, speed: Speed) -> None:
    made = plan(policy, seconds=seconds, speed=speed)
    if made.in_flight > 1:
        assert chain_seconds(speed, made.in_flight) <= seconds
    turns = -(-made.agents // made.in_flight)
    if made.fits:
        assert turns * likely_seconds(speed, made.in_flight) <= seconds * (1 + 1e-9)
    else:
        assert turns == 1


@given(policies, st.floats(0.05, 300), speeds)
def test_a_thought_leaves_room_for_its_answer(policy: Policy, seconds: float, speed: Speed) -> None:
    made = plan(policy, seconds=seconds, speed=speed)
    step = speed.step_seconds(made.in_flight)
    if made.thinking_tokens:
        spent = speed.first_mean + made.thinking_tokens * step
        assert spent + closing_seconds(speed, made.in_flight, seconds) <= seconds + 1e-6


def test_plans_by_the_seconds() -> None:
    policy, speed = policy_of("high", 8), engine_like()
    plans = [plan(policy, seconds=seconds, speed=speed) for seconds in (0.02, 0.3, 0.6, 2.0, 30.0)]
    assert [made.in_flight for made in plans] == [1, 1, 3, 8, 8]
    assert [made.fits for made in plans] == [False, True, True, True, True]
    assert plans[0].thinking_tokens == 0
    assert plans[1].thinking_tokens > 40
    assert plans[4].agents == 16


def slow(request: Request) -> Script:
    """About 30 tokens, 0.01 s each."""
    return script(long_thought(26), f"It is {request.seed}.", delay_seconds=0.01)


async def test_an_unknown_engine_is_tried_with_one_agent() -> None:
    engine = engine_of(slow, capabilities=replace(ABLE, slots=8))
    events, _ = await play(question(mode="contemplating", rounds=1, agents=8, deadline_seconds=20.0), engine)
    started = of(AgentStarted, events)
    assert started[1].at - started[0].at > 0.1, "the pilot says 16 tokens first"
    assert started[1].at < of(AgentEnded, events)[0].at, "and is not waited for"
    assert len(started) == 8


async def test_a_known_engine_is_used_at_once() -> None:
    engine = engine_of(slow, capabilities=replace(ABLE, slots=8))
    await play(question(mode="thinking"), engine)
    await play(question(mode="contemplating", rounds=1, agents=8), engine)
    events, result = await play(question(mode="contemplating", rounds=1, agents=8, deadline_seconds=30.0), engine)
    started = of(AgentStarted, events)
    ends = of(AgentEnded, events)
    assert sum(event.at < ends[0].at for event in started) == 3
    assert len(ends) == 8
    assert result.seconds < 30


async def test_a_thought_is_bounded_where_the_clock_would_close_it() -> None:
    engine = engine_of(
        [script(long_thought(400), "It is 42.", delay_seconds=0.01)], capabilities=replace(ABLE, slots=4)
    )
    pace_of(engine).speed = engine_like(first=0.01, alone=0.01, more=0.0, chain=400)
    events, result = await play(question(mode="contemplating", deadline_seconds=2.0), engine)
    assert len(of(AgentStarted, events)) == 1
    bound = engine.requests[0].thinking_budget
    assert bound is not None
    assert 50 < bound < 200
    assert result.answer == "It is 42."
    assert result.seconds <= 2.5


async def test_a_silent_pilot_gets_a_companion() -> None:
    def some(request: Request) -> Script:
        return script("Hm.", "It is 42.", fault="stall" if request.seed == 1 else None)

    _, result = await play(question(mode="contemplating", deadline_seconds=2.0), engine_of(some))
    assert result.answer == "It is 42."


async def test_without_a_deadline_nothing_is_planned() -> None:
    engine = engine_of([script(long_thought(30), "It is 42.")])
    pace_of(engine).speed = engine_like(first=100.0)
    await play(question(mode="contemplating"), engine)
    assert engine.counts.most_running == 3
    assert all((request.thinking_budget or 0) > 1000 for request in engine.requests)
