"""A run that is told from outside to decide now, or to end one of its agents.

1. ``decide_now``: who has finished decides, the others end as ``asked``; the rule and the stop reason say so.
2. Where nobody has finished, thoughts are closed and answered; where nobody has begun, one answers at once.
3. ``stop_agent`` ends one agent as ``cancelled``; the others go on, nobody takes its place, and when it was the last
   one, the run concludes with what is there.
4. Both can be called at any moment, before the beginning and after the end, and again: nothing else changes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, FAMILY, INFO, Script, ScriptedEngine, script
from helicon.events import AgentEnded, AgentStarted, ConsensusChanged, Event, ModeChosen, Result, RoundStarted, replay
from helicon.messages import Question
from helicon.modes import Run, prompts
from helicon.server.transcript import RULES as IN_TRANSCRIPTS
from helicon.timeline import RULES
from tests.modes.playing import engine_of, long_thought, of, question

Act = Callable[[Run], None]
When = Callable[[Event], bool]


def agent_of(request: Request) -> int:
    """The agent that asks, read from its hint."""
    text = request.messages[-1].text
    return next((n for n, hint in enumerate(prompts.HINTS) if n and text.endswith(hint)), 0)


def quick_and_slow(quick: set[int], *, answer: str = "It is 42.") -> ScriptedEngine:
    """An engine whose ``quick`` agents answer at once; the others think for long."""

    def choose(request: Request) -> Script:
        fast = agent_of(request) in quick
        return script(long_thought(4 if fast else 400), answer, delay_seconds=0.0 if fast else 0.005)

    return ScriptedEngine(choose)


async def act(asked: Question, engine: ScriptedEngine, when: When, do: Act) -> tuple[list[Event], Result]:
    """Play, and do something at the first event of a kind."""
    events: list[Event] = []
    acted = False
    async with Run(asked, engine) as run:
        async for event in run:
            events.append(event)
            if not acted and when(event):
                acted = True
                do(run)
        assert acted
        assert replay(events) == run.result
        assert engine.counts.running == 0
        assert run.result.ledger.tokens.generated == engine.counts.tokens.generated
        begun = sorted((event.agent, event.round) for event in of(AgentStarted, events))
        assert begun == sorted((event.agent, event.round) for event in of(AgentEnded, events))
        return events, run.result


def ends(events: list[Event]) -> dict[int, str]:
    """How each agent ended."""
    return {event.agent: event.entry.stop_reason for event in of(AgentEnded, events)}


def a_vote(event: Event) -> bool:
    return isinstance(event, ConsensusChanged)


def thoughts(number: int) -> When:
    """At a piece of thought, counted from 0."""
    seen = iter(range(10**6))
    return lambda event: event.type == "thinking_delta" and next(seen) == number


# 1, 2. Decide now


async def test_who_has_finished_decides() -> None:
    asked = question(mode="contemplating", agents=4)
    events, result = await act(asked, quick_and_slow({0}), a_vote, Run.decide_now)
    assert (result.answer, result.stop_reason, result.rests_on) == ("It is 42.", "asked", (0,))
    assert ends(events) == {0: "stop", 1: "asked", 2: "asked"}
    assert result.consensus is not None
    assert (result.consensus.rule, result.consensus.decided, result.consensus.finished) == ("asked", True, 1)
    assert len(result.rounds) == 1


async def test_nobody_has_finished() -> None:
    asked = question(mode="contemplating", agents=4)
    engine = quick_and_slow(set())
    events, result = await act(asked, engine, thoughts(12), Run.decide_now)
    assert (result.answer, result.stop_reason) == ("It is 42.", "asked")
    assert set(ends(events).values()) == {"asked"}
    assert len(of(AgentStarted, events)) == 3, "nobody else begins"
    assert all(event.finished for event in of(AgentEnded, events))
    assert result.consensus is not None
    assert result.consensus.rule in ("asked", "all_finished", "beta")
    assert result.ledger.tokens.thinking < 3 * 400


async def test_a_thought_is_closed_and_answered() -> None:
    slow = engine_of([script(long_thought(400), "It is 42.", delay_seconds=0.005)])
    _, result = await act(question(mode="thinking"), slow, thoughts(5), Run.decide_now)
    assert (result.answer, result.stop_reason) == ("It is 42.", "asked")
    assert [entry.kind for entry in result.ledger.entries] == ["agent", "close"]
    assert slow.requests[1].prefill_thinking


async def test_an_answer_is_said_to_its_end() -> None:
    engine = engine_of([script("", "one two three four five", delay_seconds=0.002)])
    _, result = await act(question(mode="instant"), engine, lambda event: event.type == "answer_delta", Run.decide_now)
    assert (result.answer, result.stop_reason) == ("one two three four five", "stop")


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
async def test_before_the_run_has_begun(mode: str) -> None:
    engine = engine_of([script(long_thought(400), "It is 42.", delay_seconds=0.002, logprob=-0.01)])
    run = Run(replace(question(), mode=mode), engine)  # type: ignore[arg-type]
    run.decide_now()
    async with run:
        events = [event async for event in run]
    assert run.result.answer == "It is 42."
    assert len(of(AgentEnded, events)) == 1
    assert engine.counts.tokens.thinking == 0


async def test_auto_goes_no_further() -> None:
    def choose(request: Request) -> Script:
        if request.thinking:
            return script(long_thought(400), "It is 42.", delay_seconds=0.005, logprob=-2.0)
        return script("", "It is 41.", logprob=-2.0)

    events, result = await act(question("Is it so?", mode="auto"), ScriptedEngine(choose), thoughts(3), Run.decide_now)
    assert [event.mode for event in of(ModeChosen, events)] == ["instant", "thinking"]
    assert (result.answer, result.mode, result.stop_reason) == ("It is 42.", "thinking", "asked")


async def test_a_divided_request_says_what_is_missing() -> None:
    def choose(request: Request) -> Script:
        fast = "17 + 25" in request.messages[-1].text
        return script(long_thought(400), "It is 42." if fast else "It is 7.", delay_seconds=0.005)

    asked = question("1. What is 17 + 25? 2. What is 3 + 4? 3. Double the answer to 1.", mode="contemplating")
    _, result = await act(asked, ScriptedEngine(choose), thoughts(8), Run.decide_now)
    assert result.stop_reason == "asked"
    assert "It is 42." in result.answer
    assert "asked for before it was ready" in result.answer


async def test_during_a_comparison() -> None:
    essay = "There is much to say about rivers, about how they rise and where they end, and about people. " * 4

    def choose(request: Request) -> Script:
        if prompts.JUDGEMENT_CLOSING in request.messages[-1].text:
            return script("", "word " * 200 + "Verdict: A", delay_seconds=0.005)
        return script("Hm.", f"{essay} {agent_of(request)}")

    engine = ScriptedEngine(choose, info=replace(INFO, family=replace(FAMILY, composes=True)))
    asked = question("Write about rivers.", mode="contemplating", agents=3, rounds=1)

    async with Run(asked, engine) as run:
        async for event in run:
            if isinstance(event, ConsensusChanged) and event.finished == 3:
                await asyncio.sleep(0.05)
                run.decide_now()
        assert run.result.stop_reason == "asked"
        assert run.result.answer.startswith("There is much")
        assert engine.counts.cancelled > 0


# 3. One agent


async def test_one_agent_ends_and_the_others_go_on() -> None:
    def choose(request: Request) -> Script:
        return script(long_thought(400 if agent_of(request) == 1 else 40), "It is 42.", delay_seconds=0.002)

    engine = ScriptedEngine(choose)
    events, result = await act(
        question(mode="contemplating", agents=4), engine, thoughts(9), lambda run: run.stop_agent(1)
    )
    assert ends(events) == {0: "stop", 1: "cancelled", 2: "stop"}
    assert (result.answer, result.stop_reason, result.rests_on) == ("It is 42.", "stop", (0, 2))


async def test_when_it_was_the_last_one_the_run_concludes() -> None:
    def stop_both(run: Run) -> None:
        run.stop_agent(1)
        run.stop_agent(2)
        run.stop_agent(2)

    asked = question(mode="contemplating", agents=8)
    events, result = await act(asked, quick_and_slow({0}), a_vote, stop_both)
    assert ends(events) == {0: "stop", 1: "cancelled", 2: "cancelled"}
    assert (result.answer, result.stop_reason, result.rests_on) == ("It is 42.", "stop", (0,))
    assert result.consensus is not None
    assert result.consensus.rule == "all_finished"
    assert len(of(RoundStarted, events)) == 1


async def test_when_nobody_is_left_there_is_no_answer() -> None:
    def stop_all(run: Run) -> None:
        for agent in range(16):
            run.stop_agent(agent)

    events, result = await act(question(mode="contemplating"), quick_and_slow(set()), thoughts(9), stop_all)
    assert set(ends(events).values()) == {"cancelled"}
    assert (result.answer, result.stop_reason) == ("", "cancelled")


@pytest.mark.parametrize("mode", ["instant", "thinking"])
async def test_the_only_agent(mode: str) -> None:
    engine = engine_of([script(long_thought(40), "one two three " * 30, delay_seconds=0.002)])
    kind = "answer_delta" if mode == "instant" else "thinking_delta"
    asked = replace(question(), mode=mode)  # type: ignore[arg-type]
    events, result = await act(asked, engine, lambda event: event.type == kind, lambda run: run.stop_agent(0))
    assert ends(events) == {0: "cancelled"}
    assert result.stop_reason == "cancelled"


async def test_a_part_of_a_divided_request() -> None:
    def stop(run: Run) -> None:
        run.stop_agent(0)
        run.stop_agent(2)  # the other agent of part 1

    asked = question("1. What is 17 + 25? 2. What is 3 + 4?", mode="contemplating")
    engine = engine_of([script(long_thought(40), "It is 7.", delay_seconds=0.002)])
    events, result = await act(asked, engine, thoughts(8), stop)
    assert ends(events) == {0: "cancelled", 1: "stop", 2: "cancelled", 3: "stop"}
    assert "Not answered (What is 17 + 25?): its agents gave none." in result.answer
    assert "2. It is 7." in result.answer
    assert result.stop_reason == "stop"


async def test_who_waits_does_not_begin_in_earnest() -> None:
    engine = engine_of(
        [script(long_thought(30), "It is 42.", delay_seconds=0.002)], capabilities=replace(ABLE, slots=1)
    )
    asked = question(mode="contemplating", agents=3)
    events, result = await act(asked, engine, thoughts(2), lambda run: run.stop_agent(1))
    assert ends(events)[1] == "cancelled"
    [struck] = [event for event in of(AgentEnded, events) if event.agent == 1]
    assert struck.entry.tokens.generated == 0
    assert result.answer == "It is 42."


# 4. At any moment


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
async def test_at_any_event(mode: str) -> None:
    asked = replace(question("What is 17 + 25?", agents=4), mode=mode)  # type: ignore[arg-type]

    def make() -> ScriptedEngine:
        return engine_of([script(long_thought(8), "It is 42.", logprob=-0.01)])

    async with Run(asked, make()) as run:
        total = len([event async for event in run])
    for number in range(0, total, 3):
        for do in (Run.decide_now, lambda run: run.stop_agent(0), lambda run: run.stop_agent(-1)):
            seen = iter(range(10**6))
            engine = make()
            async with Run(asked, engine) as run:
                async for _ in run:
                    if next(seen) >= number:
                        do(run)
                result = run.result
            assert result.stop_reason is not None
            assert result.answer == "It is 42." or result.stop_reason == "cancelled", (number, do)
            assert engine.counts.running == 0
            before = run.result
            run.decide_now()
            run.stop_agent(0)
            assert run.result == before


async def test_asking_again_changes_nothing() -> None:
    def twice(run: Run) -> None:
        run.decide_now()
        run.decide_now()

    asked = question(mode="contemplating", agents=4)
    events, result = await act(asked, quick_and_slow({0}), a_vote, twice)
    assert ends(events) == {0: "stop", 1: "asked", 2: "asked"}
    assert result.stop_reason == "asked"


async def test_a_resumed_run_remembers_that_it_was_asked() -> None:
    asked = question(mode="contemplating", agents=4)
    events, first = await act(asked, quick_and_slow({0}), a_vote, Run.decide_now)
    cut = next(n for n, event in enumerate(events) if isinstance(event, AgentEnded) and not event.finished)
    engine = quick_and_slow({0})
    async with Run(asked, engine, earlier=events[: cut + 1]) as run:
        await run.finish()
    assert engine.counts.started == 0
    assert (run.result.answer, run.result.stop_reason) == (first.answer, "asked")


def test_every_reader_has_words_for_it() -> None:
    assert "asked" in RULES
    assert "asked" in IN_TRANSCRIPTS
