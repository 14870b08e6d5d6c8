"""The contract of every engine, shown on llama.cpp itself with a model of noise.

1. The probe finds what this engine and template can do.
2. Counts are the engine's own: prompt, thinking and answer add up, for cut streams too.
3. A budget ends the thought; text to go on from lands where it should; a thought can be ended from outside.
4. A reader that leaves, in prefill or in the middle, ends generation within half a second.
5. Prompts past the context and pictures without eyes are typed errors, and the engine goes on.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from helicon.engines.protocol import AnswerText, Delta, Finish, Prefill, Request, Running, ThinkingText
from helicon.errors import PromptTooLong, Unsupported
from helicon.ledger import Tokens
from helicon.messages import Image, Sampling, user

if TYPE_CHECKING:
    from helicon.engines import EmbeddedEngine

NOISE = Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0)
ASK = Request(messages=(user("hi"),), max_tokens=40, sampling=NOISE, seed=3)
LONG = replace(ASK, max_tokens=4000)


async def collect(engine: EmbeddedEngine, request: Request = ASK) -> list[Delta]:
    async with aclosing(engine.stream(request)) as deltas:
        return [delta async for delta in deltas]


def finish(deltas: list[Delta]) -> Finish:
    last = deltas[-1]
    assert isinstance(last, Finish)
    return last


_steady: list[Request] = []


async def steady(engine: EmbeddedEngine) -> Request:
    """A request whose thought runs in circles for long (greedy noise does); the same one for all tests."""
    for letter in "" if _steady else "abcdefghijklmnopqrstuvwxyz":
        request = Request(messages=(user(letter),), max_tokens=1500, sampling=Sampling(temperature=0.0), seed=1)
        if finish(await collect(engine, request)).tokens.thinking == 1500:
            _steady.append(replace(request, max_tokens=6000))
            break
    return _steady[0]


async def idle(engine: EmbeddedEngine, seconds: float) -> bool:
    """Whether nothing generates any more within ``seconds``."""
    try:
        async with asyncio.timeout(seconds):
            while (await engine.health()).running != 0:  # noqa: ASYNC110 - only the engine knows
                await asyncio.sleep(0.01)
    except TimeoutError:
        return False
    return True


async def test_the_probe(toy_engine: EmbeddedEngine) -> None:
    found = await toy_engine.probe()
    assert (found.thinking, found.thinking_kwarg) == ("kwarg", "enable_thinking")
    assert found.budget_field == "reasoning_budget_tokens", found.notes
    assert found.prefill_answer
    assert found.prefill_thinking
    assert found.logprobs
    assert found.json_schema
    assert found.end_thinking
    assert not found.images
    assert not found.tools
    assert found.context is not None
    assert found.slots is not None


async def test_counts_add_up(toy_engine: EmbeddedEngine) -> None:
    prompt = await toy_engine.count(ASK)
    deltas = await collect(toy_engine, replace(ASK, thinking_budget=8))
    end = finish(deltas)
    assert end.tokens.prompt == prompt
    assert not end.estimated
    running = [delta.tokens for delta in deltas if isinstance(delta, Running)]
    assert running[-1] == end.tokens
    assert running == sorted(running, key=lambda tokens: (tokens.prompt, tokens.generated))
    assert any(isinstance(delta, Prefill) for delta in deltas)


async def test_a_budget_ends_the_thought(toy_engine: EmbeddedEngine) -> None:
    request = replace(await steady(toy_engine), thinking_budget=8, max_tokens=40)
    deltas = await collect(toy_engine, request)
    assert 1 <= finish(deltas).tokens.thinking <= 10
    assert finish(deltas).tokens.answer > 0 or finish(deltas).reason == "stop"
    assert finish(deltas).budget_hit or finish(deltas).tokens.thinking < 8


async def test_thinking_off_gives_answers_only(toy_engine: EmbeddedEngine) -> None:
    deltas = await collect(toy_engine, replace(ASK, thinking=False))
    assert not any(isinstance(delta, ThinkingText) for delta in deltas)
    assert finish(deltas).tokens.thinking == 0


@pytest.mark.parametrize(
    ("thought", "begun", "kind"),
    [("A thought", None, ThinkingText), ("A thought", "", AnswerText), ("A thought", "So", AnswerText),
     (None, "So", AnswerText)],
)  # fmt: skip
async def test_going_on_from_text(
    toy_engine: EmbeddedEngine, thought: str | None, begun: str | None, kind: type[Delta]
) -> None:
    deltas = await collect(toy_engine, replace(ASK, prefill_thinking=thought, prefill_answer=begun, max_tokens=3))
    spoken = [delta for delta in deltas if isinstance(delta, ThinkingText | AnswerText)]
    assert all(isinstance(delta, kind) for delta in spoken[:1])
    assert thought is None or thought not in "".join(delta.text for delta in spoken)


async def test_a_thought_is_ended_from_outside(toy_engine: EmbeddedEngine) -> None:
    request = await steady(toy_engine)
    thoughts, ended = 0, False
    async with aclosing(toy_engine.stream(request)) as deltas:
        async for delta in deltas:
            thoughts += isinstance(delta, ThinkingText)
            if thoughts == 5 and not ended:
                ended = await toy_engine.end_thinking(request)
            if isinstance(delta, AnswerText | Finish):
                break
    assert ended
    assert not await toy_engine.end_thinking(request), "it does not run any more"


async def test_logprobs_have_alternatives(toy_engine: EmbeddedEngine) -> None:
    deltas = await collect(toy_engine, replace(ASK, top_logprobs=3, thinking=False, max_tokens=4))
    (first, *_) = [delta for delta in deltas if isinstance(delta, AnswerText)]
    assert len(first.logprobs[0].top) == 3
    assert first.logprobs[0].logprob < 0


async def test_leaving_ends_generation(toy_engine: EmbeddedEngine) -> None:
    request = await steady(toy_engine)
    counts = Tokens()
    async with aclosing(toy_engine.stream(request)) as deltas:
        async for delta in deltas:
            counts = delta.tokens if isinstance(delta, Running) else counts
            if counts.generated >= 20:
                break
    assert counts.generated >= 20
    assert await idle(toy_engine, 5)


async def test_leaving_in_prefill_ends_it(toy_engine: EmbeddedEngine) -> None:
    context = (await toy_engine.probe()).context or 8192
    long = replace(LONG, messages=(user("x" * (context * 3 // 4)),))
    async with aclosing(toy_engine.stream(long)) as deltas:
        async for delta in deltas:
            assert isinstance(delta, Prefill | Running)
            break
    assert await idle(toy_engine, 5)


async def test_cancelling_the_task_ends_generation(toy_engine: EmbeddedEngine) -> None:
    task = asyncio.create_task(collect(toy_engine, await steady(toy_engine)))
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await idle(toy_engine, 5)


async def test_a_prompt_past_the_context(toy_engine: EmbeddedEngine) -> None:
    context = (await toy_engine.probe()).context
    with pytest.raises(PromptTooLong, match=str(context)):
        await collect(toy_engine, replace(ASK, messages=(user("x" * 20_000),)))
    assert finish(await collect(toy_engine))


async def test_pictures_without_eyes(toy_engine: EmbeddedEngine) -> None:
    seeing = replace(ASK, messages=(user("What is this?", Image(data=b"\x89PNG", media_type="image/png")),))
    for _probed in (False, True):
        with pytest.raises(Unsupported, match="images"):
            await collect(toy_engine, seeing)
        await toy_engine.probe()
    assert finish(await collect(toy_engine))


async def test_sixteen_at_once(toy_engine: EmbeddedEngine) -> None:
    ends = await asyncio.gather(*(collect(toy_engine, replace(ASK, seed=seed)) for seed in range(16)))
    assert all(finish(deltas).tokens.generated for deltas in ends)
    assert await idle(toy_engine, 5)
