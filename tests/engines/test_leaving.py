"""A consumer that leaves: by closing or by cancellation, in prefill, before the head or in the middle.

1. The connection ends at once.
2. Nothing is left running, at whatever step it was cancelled.
3. What was generated until then stays counted.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing

import pytest

from helicon.engines.dialects import DIALECTS
from helicon.engines.protocol import AnswerText, Prefill
from helicon.ledger import Tokens
from tests.engines.clients import ASK, both, collect, forever
from tests.engines.upstream import Asked, Handler, Wire


async def progress(_: Asked, wire: Wire) -> None:
    await wire.head()
    for read in range(10_000):
        await wire.sse(
            {"choices": [{"delta": {}}], "prompt_progress": {"total": 10_000, "cache": 0, "processed": read}}
        )
        await asyncio.sleep(0.01)


@pytest.mark.parametrize("handler", [forever, progress], ids=["decode", "prefill"])
async def test_closing_the_stream_ends_the_connection(handler: Handler) -> None:
    async with both(handler, dialect=DIALECTS["llama.cpp"]) as (engine, seen):
        async with aclosing(engine.stream(ASK)) as deltas:
            async for delta in deltas:
                if isinstance(delta, AnswerText | Prefill):
                    break
        left = time.monotonic()
        async with asyncio.timeout(10):
            await seen.gone.wait()
        assert time.monotonic() - left < 0.5


async def silent_for_long(_: Asked, wire: Wire) -> None:
    await asyncio.sleep(60)


@pytest.mark.parametrize("handler", [forever, progress, silent_for_long], ids=["decode", "prefill", "no head"])
async def test_cancelling_the_consumer_ends_the_connection(handler: Handler) -> None:
    async with both(handler) as (engine, seen):
        task = asyncio.create_task(collect(engine))
        async with asyncio.timeout(10):
            while not seen.requests:  # noqa: ASYNC110 - the server is no event
                await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        task.cancel()
        left = time.monotonic()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with asyncio.timeout(10):
            await seen.gone.wait()
        assert time.monotonic() - left < 0.5


async def test_cancelled_at_any_step_nothing_is_left() -> None:
    async with both(forever) as (engine, seen):
        for step in range(1, 60):
            task = asyncio.create_task(collect(engine))
            for _ in range(step):
                await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        async with asyncio.timeout(10):
            while seen.busy:  # noqa: ASYNC110 - the server is no event
                await asyncio.sleep(0.01)


async def test_cancelled_streams_keep_their_counts() -> None:
    async with both(forever) as (engine, _):
        counts, heard = Tokens(), 0
        async with aclosing(engine.stream(ASK)) as deltas:
            async for delta in deltas:
                counts = getattr(delta, "tokens", counts)
                heard += len(delta.text) if isinstance(delta, AnswerText) else 0
                if counts.generated >= 3:
                    break
        assert counts == Tokens(answer=heard), "one letter is one token here"
