"""When a request is sent again: only when not one byte came back, and only once.

1. A kept connection that was just closed is replaced, for streams and for small requests.
2. Nothing is sent a third time.
3. An engine that closes after every stream is asked on a fresh connection at once.
"""

from __future__ import annotations

import asyncio

import pytest

from helicon.engines.dialects import DIALECTS
from helicon.errors import EngineDied
from tests.engines.clients import ASK, answer, both, collect, good
from tests.engines.upstream import Asked, Wire, said


async def test_a_kept_connection_that_just_closed_is_replaced() -> None:
    answered = 0

    async def tired(asked: Asked, wire: Wire) -> None:
        nonlocal answered
        if answered == 1:
            answered += 1
            return  # closes the kept connection without a byte
        answered += 1
        await good(asked, wire)

    async with both(tired) as (engine, seen):
        assert answer(await collect(engine)) == "4"
        assert answer(await collect(engine)) == "4"
        assert (seen.connections, len(seen.requests)) == (2, 3)


async def test_the_second_try_takes_no_kept_connection() -> None:
    together = asyncio.Event()
    silent = False

    async def restarts(asked: Asked, wire: Wire) -> None:
        if silent and len(seen.requests) == 4:
            return
        if len(seen.requests) == 3:
            together.set()
        await together.wait()
        await good(asked, wire)

    async with both(restarts) as (engine, seen):
        await asyncio.gather(*(collect(engine) for _ in range(3)))
        silent = True
        assert answer(await collect(engine)) == "4"
        assert (seen.connections, len(seen.requests)) == (4, 5), "two kept ones were left alone"


async def test_small_requests_are_sent_again_too() -> None:
    answered = 0

    async def tired(_: Asked, wire: Wire) -> None:
        nonlocal answered
        answered += 1
        if answered % 2 == 0:
            return
        await wire.reply({"count": answered})

    async with both(tired, dialect=DIALECTS["vllm"]) as (engine, seen):
        assert [await engine.count(ASK), await engine.count(ASK)] == [1, 3]
        assert len(seen.requests) == 3


async def test_only_once() -> None:
    async def mute(_: Asked, wire: Wire) -> None:
        wire.reset()

    async with both(mute) as (engine, seen):
        with pytest.raises(EngineDied, match="without an answer"):
            await collect(engine)
        assert len(seen.requests) == 2


async def test_an_engine_that_closes_after_every_stream() -> None:
    async def closes(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4", finish="stop"), "[DONE]")
        await wire.end(keep=False)

    async with both(closes, dialect=DIALECTS["llama.cpp"]) as (engine, seen):
        for _ in range(3):
            assert answer(await collect(engine)) == "4"
        assert (seen.connections, len(seen.requests)) == (3, 3), "no request was lost on a closing connection"
        assert all(asked.headers["connection"] == "close" for asked in seen.requests)
