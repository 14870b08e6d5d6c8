"""The scripted engine.

1. It replays its scripts in turn, the last one again and again, one token per word.
2. It obeys thinking, thinking_budget, max_tokens and prefills.
3. It raises the fault its script names, where it names it; a stall waits until it is cancelled.
4. Its counts show what runs, what was generated and what was cancelled.
5. No more streams than slots generate at once.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing

import pytest

from helicon.engines.protocol import AnswerText, Delta, Engine, Finish, Request, Running, ThinkingText
from helicon.engines.scripted import Fault, ScriptedEngine, script, words
from helicon.errors import EngineBusy, EngineDied, EngineRefused, EngineTimeout, EngineUnavailable, HeliconError
from helicon.ledger import Tokens
from helicon.messages import user

ASK = Request(messages=(user("What is 17 + 25?"),))


async def collect(engine: Engine, request: Request = ASK) -> list[Delta]:
    async with aclosing(engine.stream(request)) as deltas:
        return [delta async for delta in deltas]


def spoken(deltas: list[Delta]) -> tuple[str, str]:
    thinking = "".join(delta.text for delta in deltas if isinstance(delta, ThinkingText))
    answer = "".join(delta.text for delta in deltas if isinstance(delta, AnswerText))
    return thinking, answer


async def test_replays_and_counts() -> None:
    engine = ScriptedEngine([script("17 + 25 is 42.", "It is 42."), script("", "Again.")])
    assert isinstance(engine, Engine)
    deltas = await collect(engine)
    assert spoken(deltas) == ("17 + 25 is 42.", "It is 42.")
    assert deltas[-1] == Finish("stop", Tokens(prompt=5, thinking=5, answer=3))
    assert Running(Tokens(prompt=5, thinking=5, answer=1)) in deltas
    for _ in range(2):
        assert spoken(await collect(engine)) == ("", "Again.")
    assert engine.counts.finished == 3
    assert engine.counts.tokens == Tokens(prompt=15, thinking=5, answer=5)


async def test_obeys_the_request() -> None:
    engine = ScriptedEngine([script("one two three", "four five")])
    off = Request(messages=ASK.messages, thinking=False)
    assert spoken(await collect(engine, off)) == ("", "four five")
    cut = await collect(engine, Request(messages=ASK.messages, thinking_budget=2))
    assert spoken(cut) == ("one two", "four five")
    assert isinstance(cut[-1], Finish)
    assert cut[-1].budget_hit
    short = await collect(engine, Request(messages=ASK.messages, max_tokens=4))
    assert spoken(short) == ("one two three", "four")
    assert isinstance(short[-1], Finish)
    assert short[-1].reason == "length"
    went_on = await collect(engine, Request(messages=ASK.messages, prefill_thinking="one two"))
    assert spoken(went_on) == (" three", "four five")


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("down", EngineUnavailable),
        ("refuse", EngineRefused),
        ("busy", EngineBusy),
        ("time_out", EngineTimeout),
        ("die", EngineDied),
    ],
)
async def test_faults(fault: Fault, kind: type[HeliconError]) -> None:
    engine = ScriptedEngine([script("one two", "three", fault=fault, fault_after=2)])
    with pytest.raises(kind):
        await collect(engine)
    assert engine.counts.tokens.thinking == 2
    assert (engine.counts.running, engine.counts.failed) == (0, 1)


async def test_a_stall_is_cancelled() -> None:
    engine = ScriptedEngine([script("one", "two", fault="stall", fault_after=1)])
    task = asyncio.create_task(collect(engine))
    async with asyncio.timeout(10):
        while not engine.counts.tokens.thinking:  # noqa: ASYNC110 - counts are no event
            await asyncio.sleep(0)
    assert engine.counts.running == 1
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (engine.counts.running, engine.counts.cancelled) == (0, 1)


async def test_closing_early_stops_generation() -> None:
    engine = ScriptedEngine([script("a b c d", "e")])
    async with aclosing(engine.stream(ASK)) as deltas:
        async for delta in deltas:
            if isinstance(delta, Running):
                break
    assert engine.counts.cancelled == 1
    assert engine.counts.tokens.generated == 1


async def test_slots_bound_what_runs() -> None:
    engine = ScriptedEngine([script("a b c", "d")], slots=2)
    await asyncio.gather(*(collect(engine) for _ in range(6)))
    assert engine.counts.most_running == 2
    assert engine.counts.finished == 6


def test_words_join_again() -> None:
    for text in ("", " ", "one", " one  two\nthree \n"):
        assert "".join(words(text)) == text
