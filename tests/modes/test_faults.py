"""Faults inside a contemplation.

1. An agent that times out, is refused, dies or says nothing sensible is data: the others' votes count.
2. An engine that dies under all running agents is asked again by the agents that had not begun.
3. A busy engine gets fewer agents at once.
4. Garbage (empty, blank, huge, repeated, another type, not a number) neither votes a run down nor breaks it.
5. A prompt that cannot be shared, in any way it fails, is read by each agent.
6. A synthesis that fails, or says nothing, leaves the best draft.
7. An engine call that fails while everything is being stopped changes nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from helicon.engines.protocol import Request, Shared
from helicon.engines.scripted import ABLE, Fault, Script, ScriptedEngine, script
from helicon.errors import EngineBusy, EngineRefused, EngineTimeout, EngineUnavailable, HeliconError
from helicon.events import AgentEnded, AgentStarted, AnswerReset, replay
from helicon.modes import Run, prompts
from helicon.modes.speed import Speed, pace_of
from tests.modes.playing import engine_of, long_thought, of, play, question


def number_of(request: Request) -> int:
    """Which agent asks, read from its hint."""
    text = request.messages[-1].text
    return next((n for n, hint in enumerate(prompts.HINTS) if n and text.endswith(hint)), 0)


@pytest.mark.parametrize("fault", ["time_out", "die", "refuse", "protocol", "busy", "down"])
@pytest.mark.parametrize("after", [0, 2])
async def test_one_failing_agent_never_loses_the_run(fault: Fault, after: int) -> None:
    def some(request: Request) -> Script:
        failing = number_of(request) == 1
        return script("Well now.", "It is 42.", fault=fault if failing else None, fault_after=after)

    engine = engine_of(some)
    events, result = await play(question(mode="contemplating"), engine)
    assert result.answer == "It is 42."
    assert (result.stop_reason, result.error) == ("stop", "")
    failed = [event for event in of(AgentEnded, events) if event.error]
    assert [event.agent for event in failed] == [1]
    assert result.consensus is not None
    assert result.consensus.decided
    assert result.ledger.tokens.generated == engine.counts.tokens.generated
    assert engine.counts.running == 0


async def test_an_agent_that_fails_is_replaced_by_one_that_had_not_begun() -> None:
    def some(request: Request) -> Script:
        return script("Hm.", "It is 42.", fault="die" if number_of(request) < 3 else None, fault_after=1)

    events, result = await play(question(mode="contemplating", agents=8), engine_of(some))
    assert len(of(AgentStarted, events)) > 3
    assert result.consensus is not None
    assert result.consensus.decided
    assert result.consensus.finished >= 2


async def test_an_engine_that_dies_under_all_agents_is_asked_again() -> None:
    asked = 0

    def dying(request: Request) -> Script:
        nonlocal asked
        asked += 1
        return script("Hm.", "It is 42.", fault="die" if asked <= 5 else None, fault_after=1)

    events, result = await play(question(mode="contemplating"), engine_of(dying))
    assert [event.agent for event in of(AgentEnded, events) if event.error] == [0, 1, 2, 3, 4]
    assert result.answer == "It is 42."
    assert result.rests_on == (5, 6, 7)


async def test_a_busy_engine_gets_fewer_agents_at_once() -> None:
    class Narrow(ScriptedEngine):
        """Refuses the third request at the same time, as an engine with a bounded queue does."""

        def _choose(self, request: Request) -> Script:
            if self.counts.running >= 2:
                raise EngineBusy("no room.")
            return super()._choose(request)

    engine = Narrow(lambda request: script(long_thought(20), f"It is {number_of(request)}."))
    asked = replace(question(mode="contemplating", rounds=1, agents=8), effort="high")
    events, result = await play(asked, engine)
    failed = [event for event in of(AgentEnded, events) if event.error]
    assert len(failed) == 6, "only those that began with the first two"
    assert engine.counts.finished == 2
    assert result.error == ""


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "  \n\n ",
        "x" * 200_000,
        "9" * 50_000,
        "7 " * 20_000,
        "Answer: " + "ab" * 30_000,
        r"\boxed{" * 2_000,
        r"\boxed{\frac{1}{0}}",
        "Answer: 9**9**9**9",
        "Answer: NaN",
        '{"a": [1, 2',
        "Answer: a banana\0\ud800",
    ],
)
async def test_garbage_changes_nothing(garbage: str) -> None:
    def some(request: Request) -> Script:
        return script("Hm.", garbage if number_of(request) == 0 else "It is 42.")

    asked = question(mode="contemplating")
    events, result = await asyncio.wait_for(play(asked, engine_of(some)), 60)
    assert result.answer.startswith("It is 42.")
    assert result.consensus is not None
    assert result.consensus.leader == "42"
    assert replay(events) == result


async def test_only_garbage_still_ends() -> None:
    events, result = await play(question(mode="contemplating"), engine_of([script("Hm.", " \n ")]))
    assert result.answer.strip() == ""
    assert result.stop_reason is not None
    assert all(not event.answer for event in of(AgentEnded, events))


@pytest.mark.parametrize(
    "failure",
    [
        EngineRefused("no slots to save."),
        EngineUnavailable("nobody is there."),
        EngineTimeout("it takes too long."),
        OSError("no space left on device"),
    ],
)
@pytest.mark.parametrize("leaving", [False, True])
async def test_a_prompt_that_cannot_be_shared_is_read_by_each(failure: Exception, leaving: bool) -> None:
    class Unwilling(ScriptedEngine):
        def share_prefix(self, requests: Sequence[Request]) -> AbstractAsyncContextManager[Shared]:
            return self._share(requests)

        @asynccontextmanager
        async def _share(self, requests: Sequence[Request]) -> AsyncIterator[Shared]:
            if not leaving:
                raise failure
            yield Shared(requests=tuple(requests))
            raise failure

    engine = Unwilling([script("Hm.", "It is 42.")], capabilities=replace(ABLE, share_prefix=True))
    _, result = await play(question(mode="contemplating"), engine)
    assert (result.answer, result.error) == ("It is 42.", "")


ESSAY = "There is much to say about rivers, about how they rise and where they end, and about the people on them. " * 4


@pytest.mark.parametrize("fault", ["die", "time_out", "refuse", "busy", "too_long"])
@pytest.mark.parametrize("after", [0, 3])
async def test_a_synthesis_that_fails_leaves_the_best_draft(fault: Fault, after: int) -> None:
    def essays(request: Request) -> Script:
        if request.messages[-1].text.endswith(prompts.SYNTHESIS_CLOSING):
            return script("", "Rivers rise and end [2].", fault=fault, fault_after=after)
        return script("Hm.", f"{request.seed}: {ESSAY}")

    asked = question("Tell me of rivers", mode="contemplating", agents=2, rounds=1)
    events, result = await play(asked, engine_of(essays))
    assert result.answer.endswith(ESSAY)
    assert len(of(AnswerReset, events)) == (1 if after else 0)
    assert (result.stop_reason, result.error) == ("stop", "")


async def test_a_refinement_that_fails_leaves_the_first_rounds_vote() -> None:
    def first_only(request: Request) -> Script:
        later = request.messages[-1].text.endswith(prompts.REFINE_CLOSING)
        return script("Hm.", f"It is {number_of(request) // 2}.", fault="die" if later else None)

    _, result = await play(question(mode="contemplating"), engine_of(first_only))
    assert result.answer.startswith("It is 0.")
    assert result.error == ""


async def test_a_digest_that_does_not_fit_leaves_the_first_rounds_vote() -> None:
    def first_only(request: Request) -> Script:
        later = request.messages[-1].text.endswith(prompts.REFINE_CLOSING)
        return script("Hm.", f"It is {number_of(request) // 2}.", fault="too_long" if later else None)

    _, result = await play(question(mode="contemplating"), engine_of(first_only))
    assert result.answer.startswith("It is 0.")


async def test_an_engine_that_cannot_count_any_more_leaves_what_it_said() -> None:
    class Forgetful(ScriptedEngine):
        async def count(self, request: Request) -> int | None:
            if prompts.DIGEST_OPENING in request.messages[-1].text:
                raise EngineTimeout("it is silent.")
            return await super().count(request)

    able = replace(ABLE, context=1200)
    for words in ("", ESSAY):
        engine = Forgetful(lambda request: script("Hm.", f"It is {request.seed}. {words}"), capabilities=able)  # noqa: B023
        _, result = await play(question(mode="contemplating", agents=4), engine)
        assert result.answer.startswith("It is ")
        assert result.error == ""


async def test_a_silent_agent_does_not_outlive_the_deadline() -> None:
    def some(request: Request) -> Script:
        silent = number_of(request) in (1, 2, 3, 4)
        return script("Hm.", "It is 42.", fault="stall" if silent else None)

    engine = engine_of(some, capabilities=replace(ABLE, slots=5))
    async with asyncio.timeout(20):
        _, result = await play(question(mode="contemplating", deadline_seconds=1.0), engine)
    assert result.answer == "It is 42."
    assert engine.counts.running == 0


async def test_a_comparison_that_takes_long_does_not_outlive_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    release = threading.Event()

    def slow(answers: Sequence[str]) -> list[int]:
        release.wait(20)
        return list(range(len(answers)))

    monkeypatch.setattr("helicon.modes.answers.group", slow)
    engine = engine_of(lambda request: script("Hm.", f"It is {number_of(request)}."))
    pace_of(engine).speed = Speed(calls=1, first_mean=0.01)
    try:
        async with Run(question(mode="contemplating", deadline_seconds=1.0), engine) as run:
            result = await run.finish()
    finally:
        release.set()
    assert result.seconds < 5
    assert result.answer.startswith("It is ")
    assert result.stop_reason == "deadline"


async def test_cancelling_while_agents_fail_ends_once() -> None:
    def some(request: Request) -> Script:
        return script(long_thought(30), "It is 42.", fault="die", fault_after=number_of(request) * 3)

    engine = engine_of(some)
    async with Run(question(mode="contemplating"), engine) as run:
        seen = 0
        async for event in run:
            seen += isinstance(event, AgentEnded)
            if seen == 2:
                run.cancel()
        result = run.result
    assert result.stop_reason == "cancelled"
    assert engine.counts.running == 0


async def test_when_nobody_can_speak_the_run_fails_with_the_engines_error() -> None:
    with pytest.raises(HeliconError, match="silent"):
        await play(question(mode="contemplating"), engine_of([script("Hm.", "42", fault="time_out")]))
