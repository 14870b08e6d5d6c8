"""A run.

1. Events come in order: ``RunStarted`` first, ``RunEnded`` last, clocks never going back.
2. The ledger equals what the engine counted, cancelled calls included.
3. What was asked wrongly raises from the iteration; a failing engine ends the run with its error, then raises.
4. Cancelling at any event leaves no task and no stream, and ``RunEnded`` still comes last.
5. A deadline, a token bound and a money bound hold in every mode, and the best answer so far is returned.
6. Leaving the block stops everything.
7. A consumer that does not read holds the engine's stream back, loses nothing, and can still be stopped.
8. ``play`` gives the same events in the caller's own task, and can be stopped and cancelled all the same.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from helicon.budgets import Budget
from helicon.engines.protocol import Capabilities, Request
from helicon.engines.scripted import ABLE, INFO, Script, ScriptedEngine, script
from helicon.errors import (
    BadMessages,
    BadOption,
    EngineDied,
    EngineUnavailable,
    HeliconError,
    PromptTooLong,
    Unsupported,
)
from helicon.events import AgentEnded, AgentStarted, AnswerDelta, Event, RunEnded, RunStarted, ThinkingDelta, replay
from helicon.messages import Image, Mode, Question, assistant, user
from helicon.modes import Run
from helicon.modes.run import MAX_BACKLOG
from tests.modes.playing import engine_of, long_thought, of, play, question

MODES: tuple[Mode, ...] = ("instant", "thinking", "contemplating", "auto")
GOOD = script("17 + 25 = 42.", "The answer is 42.", logprob=-0.01)


async def collect(run: Run, into: list[Event]) -> None:
    """Every event, kept when the run raises."""
    async for event in run:
        into.append(event)


@pytest.mark.parametrize("mode", MODES)
async def test_every_mode_answers(mode: Mode) -> None:
    engine = engine_of([GOOD])
    events, result = await play(question(mode=mode), engine)
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunEnded)
    assert len(of(RunEnded, events)) == 1
    assert result.answer == "The answer is 42."
    assert result.stop_reason == "stop"
    assert result.answer == "".join(event.text for event in of(AnswerDelta, events))
    assert [event.at for event in events] == sorted(event.at for event in events)
    assert replay(events) == result


@pytest.mark.parametrize("mode", MODES)
async def test_the_ledger_is_what_the_engine_counted(mode: Mode) -> None:
    engine = engine_of(lambda request: script("one two three " * 5, "It is 42." if request.seed == 1 else "It is 17."))
    _, result = await play(question("Explain 3 + 4 and 5", mode=mode), engine)
    assert result.ledger.tokens == engine.counts.tokens
    assert sum(agent.tokens.generated for agent in result.agents) <= result.ledger.tokens.generated
    assert engine.counts.running == 0


async def test_the_first_seed_is_the_questions_own_and_a_missing_one_is_drawn() -> None:
    engine = engine_of([GOOD])
    events, _ = await play(question(mode="instant", seed=77), engine)
    assert engine.requests[0].seed == 77
    assert of(RunStarted, events)[0].seed == 77
    drawn = {of(RunStarted, (await play(question(mode="instant", seed=None), engine))[0])[0].seed for _ in range(3)}
    assert len(drawn) == 3


async def test_a_run_keeps_the_id_it_is_given() -> None:
    async with Run(question(), engine_of([GOOD]), run_id="run_mine") as run:
        result = await run.finish()
    assert result.run_id == "run_mine"


@pytest.mark.parametrize(
    ("asked", "error"),
    [
        (Question(messages=()), BadMessages),
        (Question(messages=(user("Hi"), assistant("Hello"))), BadMessages),
        (Question(messages=(user("Hi"),), mode="contemplating", tools=({"type": "function"},)), Unsupported),
        (
            Question(messages=(user("Hi"),), mode="contemplating", response_format={"type": "json_object"}),
            Unsupported,
        ),
        (Question(messages=(user("Hi"),), budget=Budget(money=1.0)), BadOption),
    ],
)
async def test_what_cannot_be_asked_raises_before_any_event(asked: Question, error: type[HeliconError]) -> None:
    engine = engine_of([GOOD])
    seen: list[Event] = []
    async with Run(asked, engine) as run:
        with pytest.raises(error):
            await collect(run, seen)
    assert seen == []
    assert engine.requests == []


async def test_pictures_need_an_engine_that_sees() -> None:
    picture = Image(data=b"\x89PNG", media_type="image/png")
    asked = Question(messages=(user("What is this?", picture),), mode="instant")
    blind = engine_of([GOOD], capabilities=replace(ABLE, images=False))
    with pytest.raises(Unsupported, match="cannot see images"):
        await play(asked, blind)
    assert blind.requests == []
    _, result = await play(asked, engine_of([GOOD]))
    assert result.answer


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("fault", "error"), [("down", EngineUnavailable), ("too_long", PromptTooLong)])
async def test_a_failing_engine_ends_the_run_and_then_raises(mode: Mode, fault: Any, error: type[HeliconError]) -> None:
    engine = engine_of([script("Hm.", "42", fault=fault)])
    seen: list[Event] = []
    async with Run(question(mode=mode), engine) as run:
        with pytest.raises(error):
            await collect(run, seen)
        assert run.result.stop_reason == "error"
        with pytest.raises(StopAsyncIteration):
            await anext(run)
    end = seen[-1]
    assert isinstance(end, RunEnded)
    assert "scripted" in end.error
    assert engine.counts.running == 0


async def test_an_engine_that_dies_in_the_middle_of_an_answer() -> None:
    engine = engine_of([script("", "The answer is 42.", fault="die", fault_after=2)])
    async with Run(question(mode="instant"), engine) as run:
        with pytest.raises(EngineDied):
            await run.finish()
        assert run.result.answer == "The answer"
        assert run.result.stop_reason == "error"
        assert run.result.ledger.tokens.answer == 2


class Broken(ScriptedEngine):
    async def probe(self) -> Capabilities:
        raise RuntimeError("a bug")


async def test_a_bug_is_not_swallowed() -> None:
    async with Run(question(), Broken([GOOD])) as run:
        with pytest.raises(RuntimeError, match="a bug"):
            await run.finish()
        assert run.result.error == "RuntimeError: a bug"


# Cancelling


def open_ended(request: Request) -> Script:
    """Drafts that differ and cannot be compared, so that every part of a contemplation runs."""
    words = f"{request.seed} is one way to see it. " + "x" * 300
    return script("Let me think about it. ", words + "It rests on [1].", delay_seconds=0.0)


def deciding(request: Request) -> Script:
    return script("one two three four", "It is 42.", delay_seconds=0.0 if (request.seed or 0) % 2 else 0.001)


async def cancelled_at(number: int, mode: Mode, scripts: Callable[[Request], Script]) -> tuple[bool, ScriptedEngine]:
    """Cancel at that event; whether the run had ended before."""
    engine = engine_of(scripts)
    before = asyncio.all_tasks()
    events: list[Event] = []
    async with Run(question(mode=mode, agents=3, rounds=2), engine) as run:
        async for event in run:
            events.append(event)
            if len(events) == number:
                run.cancel()
    assert isinstance(events[-1], RunEnded)
    assert engine.counts.running == 0
    assert asyncio.all_tasks() == before
    started = {(event.agent, event.round) for event in of(AgentStarted, events)}
    assert {(event.agent, event.round) for event in of(AgentEnded, events)} == started
    assert run.result.ledger.tokens.generated == engine.counts.tokens.generated
    assert replay(events) == run.result
    return len(events) <= number, engine


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("scripts", [open_ended, deciding])
async def test_cancelled_at_every_event(mode: Mode, scripts: Callable[[Request], Script]) -> None:
    number, over = 0, False
    while not over:
        number += 1 if number < 30 else 5
        over, _ = await cancelled_at(number, mode, scripts)
        assert number < 2000


async def test_cancelled_before_it_began() -> None:
    engine = engine_of([GOOD])
    run = Run(question(), engine)
    run.cancel()
    async with run:
        result = await run.finish()
    assert result.stop_reason == "cancelled"
    assert engine.requests == []


async def test_leaving_the_block_stops_a_stalled_engine() -> None:
    engine = engine_of([script("Hm.", "42", fault="stall", fault_after=1)])
    async with Run(question(), engine) as run:
        async for event in run:
            if isinstance(event, ThinkingDelta):
                break
    assert engine.counts.running == 0
    assert run.result.stop_reason == "cancelled"
    assert run.result.ledger.tokens.thinking == 1
    assert run.result.ledger.cancelled.thinking == 1


async def _until_the_engine_waits(engine: ScriptedEngine) -> int:
    """What it has generated when no more comes."""
    seen = -1
    while seen != engine.counts.tokens.generated:
        seen = engine.counts.tokens.generated
        for _ in range(200):
            await asyncio.sleep(0)
    return seen


async def test_a_consumer_that_does_not_read_holds_the_engine_back() -> None:
    engine = engine_of([script(long_thought(5000), "42")])
    async with Run(question(max_tokens=10_000), engine) as run:
        assert await _until_the_engine_waits(engine) <= MAX_BACKLOG + 8
        result = await run.finish()
    assert result.answer == "42"
    assert result.ledger.tokens.thinking == 5000


async def test_a_run_that_waits_for_its_consumer_can_be_stopped() -> None:
    engine = engine_of([script(long_thought(5000), "42")])
    async with Run(question(max_tokens=10_000), engine) as run:
        assert await _until_the_engine_waits(engine) <= MAX_BACKLOG + 8
        run.cancel()
        result = await run.finish()
    assert result.stop_reason == "cancelled"
    assert engine.counts.running == 0


@pytest.mark.parametrize("mode", MODES)
async def test_a_consumer_that_is_cancelled_takes_the_run_with_it(mode: Mode) -> None:
    engine = engine_of([script("Hm.", "42", fault="stall", fault_after=0)])
    before = asyncio.all_tasks()

    async def consume() -> None:
        async with Run(question(mode=mode), engine) as run:
            await run.finish()

    consumer = asyncio.create_task(consume())
    while not engine.counts.running:
        assert not consumer.done()
        await asyncio.sleep(0.001)
    consumer.cancel()
    with pytest.raises(asyncio.CancelledError):
        await consumer
    assert engine.counts.running == 0
    assert asyncio.all_tasks() == before


@pytest.mark.parametrize("mode", MODES)
async def test_a_consumer_cancelled_at_its_nth_event(mode: Mode) -> None:
    before = asyncio.all_tasks()
    number, over = 0, False
    while not over:
        number += 1 if number < 20 else 11
        engine = engine_of(open_ended)
        over = await consumed_until(number, engine, question(mode=mode, agents=3, rounds=2))
        assert engine.counts.running == 0
        assert asyncio.all_tasks() == before


async def consumed_until(number: int, engine: ScriptedEngine, asked: Question) -> bool:
    """Cancel the consuming task at that event; whether the run had ended before."""

    async def consume() -> None:
        seen = 0
        async with Run(asked, engine) as run:
            async for _ in run:
                seen += 1
                if seen == number:
                    consumer.cancel()

    consumer = asyncio.create_task(consume())
    await asyncio.wait({consumer})
    return not consumer.cancelled()


class SlowProbe(ScriptedEngine):
    async def probe(self) -> Capabilities:
        await asyncio.sleep(60)
        return ABLE


async def test_a_slow_probe_can_be_cancelled() -> None:
    async with Run(question(), SlowProbe([GOOD])) as run:
        assert isinstance(await anext(run), RunStarted)
        run.cancel()
        result = await run.finish()
    assert result.stop_reason == "cancelled"


# Bounds


@pytest.mark.parametrize("mode", MODES)
async def test_a_deadline_holds_against_a_stalled_engine(mode: Mode) -> None:
    engine = engine_of([script("Hm.", "42", fault="stall")])
    began = time.monotonic()
    _, result = await play(question(mode=mode, deadline_seconds=0.3), engine)
    assert time.monotonic() - began < 2.0
    assert result.stop_reason == "deadline"
    assert result.answer == ""
    assert engine.counts.running == 0


async def test_a_deadline_in_thinking_still_answers() -> None:
    def slow(request: Request) -> Script:
        return script(long_thought(1000), "It is 42.", delay_seconds=0.0 if request.prefill_thinking else 0.01)

    engine = engine_of(slow)
    _, result = await play(question(deadline_seconds=2.0), engine)
    assert result.answer == "It is 42."
    assert result.stop_reason == "deadline"
    assert [entry.kind for entry in result.ledger.entries] == ["agent", "close"]
    assert result.ledger.tokens == engine.counts.tokens


async def test_a_deadline_in_a_contemplation_takes_the_votes_that_are_in() -> None:
    def some(request: Request) -> Script:
        return (
            script("a", "It is 42.")
            if request.seed == 1
            else script(long_thought(900), "It is 17.", delay_seconds=0.02)
        )

    engine = engine_of(some)
    events, result = await play(question(mode="contemplating", deadline_seconds=1.5), engine)
    assert result.answer == "It is 42."
    assert result.stop_reason == "deadline"
    assert result.consensus is not None
    assert result.consensus.rule == "deadline"
    reasons = {event.entry.stop_reason for event in of(AgentEnded, events)}
    assert reasons == {"stop", "deadline"}


async def test_a_deadline_in_a_contemplation_without_votes_closes_the_thoughts() -> None:
    def slow(request: Request) -> Script:
        return script(long_thought(900), "It is 42.", delay_seconds=0.0 if request.prefill_thinking else 0.02)

    engine = engine_of(slow)
    _, result = await play(question(mode="contemplating", agents=3, deadline_seconds=2.0), engine)
    assert result.answer == "It is 42."
    assert result.stop_reason == "deadline"


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("total", [1, 60, 400, 1500])
async def test_the_runs_token_bound_holds(mode: Mode, total: int) -> None:
    def long(request: Request) -> Script:
        return script(long_thought(600), f"{request.seed} is the answer. " * 40)

    engine = engine_of(long)
    _, result = await play(question("Explain it.", mode=mode, total_tokens=total), engine)
    assert result.ledger.tokens.generated <= total
    assert result.ledger.tokens == engine.counts.tokens
    assert result.stop_reason in ("length", "budget", "stop")
    if total >= 400:
        assert result.answer


@pytest.mark.parametrize("mode", MODES)
async def test_one_agents_token_bound_holds(mode: Mode) -> None:
    engine = engine_of([script(long_thought(600), "word " * 600)])
    _, result = await play(question(mode=mode, max_tokens=100), engine)
    assert all(agent.tokens.generated <= 100 for agent in result.agents)
    assert result.answer
    assert result.stop_reason == "length"


@pytest.mark.parametrize("mode", ["thinking", "contemplating"])
async def test_a_bound_in_money_holds(mode: Mode) -> None:
    priced = replace(INFO, price_generated=1_000_000.0)  # 1 per token
    engine = ScriptedEngine([script(long_thought(600), "It is 42. " * 9)], info=priced)
    asked = replace(question(mode=mode), budget=Budget(money=500.0))
    _, result = await play(asked, engine)
    assert 0 < result.ledger.money <= 500
    assert result.ledger.money == result.ledger.tokens.generated


async def test_money_is_counted_by_the_engines_prices() -> None:
    priced = replace(INFO, price_prompt=2.0, price_generated=10.0)
    _, result = await play(
        question(mode="instant"), ScriptedEngine([script("", "a b c", prompt_tokens=7)], info=priced)
    )
    assert result.ledger.money == pytest.approx((7 * 2 + 3 * 10) / 1e6)


@pytest.mark.parametrize("mode", MODES)
async def test_play_gives_the_same_run(mode: Mode) -> None:
    events: list[Event] = []
    run = Run(question(mode=mode, agents=3), engine_of([GOOD]))
    result = await run.play(events.append)
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunEnded)
    assert result == replay(events) == run.result
    with pytest.raises(RuntimeError):
        await run.play(events.append)


async def test_play_raises_after_the_last_event() -> None:
    events: list[Event] = []
    with pytest.raises(EngineDied):
        await Run(question(mode="instant"), engine_of([script("Hm.", fault="die", fault_after=1)])).play(events.append)
    assert isinstance(events[-1], RunEnded)
    assert events[-1].stop_reason == "error"


@pytest.mark.parametrize("how", ["stopped", "stopped before", "cancelled"])
async def test_play_ends_at_once(how: str) -> None:
    engine = engine_of([script(long_thought(500), "42", delay_seconds=0.01)])
    run = Run(question(), engine)
    if how == "stopped before":
        run.cancel()
    begun = asyncio.Event()
    playing = asyncio.create_task(run.play(lambda event: begun.set() if isinstance(event, ThinkingDelta) else None))
    if how != "stopped before":
        await begun.wait()
        run.cancel() if how == "stopped" else playing.cancel()
    if how == "cancelled":
        with pytest.raises(asyncio.CancelledError):
            await playing
    else:
        assert (await playing).stop_reason == "cancelled"
    assert engine.counts.running == 0
