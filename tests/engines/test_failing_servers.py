"""The client against servers at their worst, over real sockets.

1. Every failure is one typed error that names the place: down, slow to connect, to begin, to go on,
   a web page, no protocol, broken off (by FIN and by RST), refused, busy, too long.
2. A stream of nothing but broken lines is no protocol.
3. A wait of the consumer is no silence of the engine.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from contextlib import aclosing
from dataclasses import replace
from typing import Any

import pytest

from helicon.engines.openai_client import OpenAIEngine
from helicon.engines.protocol import Delta
from helicon.engines.timeouts import Timeouts
from helicon.errors import (
    EngineBusy,
    EngineDied,
    EngineProtocol,
    EngineRefused,
    EngineTimeout,
    EngineUnavailable,
    HeliconError,
    PromptTooLong,
)
from tests.engines.clients import ASK, KEY, PATIENT, QUICK, answer, both, collect, engine_at, good
from tests.engines.upstream import Asked, Handler, Wire, said, upstream


async def fails(handler: Handler, kind: type[HeliconError], *, timeouts: Timeouts = PATIENT) -> HeliconError:
    async with both(handler, timeouts=timeouts) as (engine, seen):
        with pytest.raises(kind) as raised:
            await collect(engine)
    assert type(raised.value) is kind
    assert seen.url in str(raised.value) or kind is PromptTooLong
    assert KEY not in str(raised.value)
    return raised.value


async def test_nobody_there() -> None:
    async with upstream(good) as seen:
        pass
    async with engine_at(seen.url) as engine:
        with pytest.raises(EngineUnavailable, match="nobody answers") as raised:
            await collect(engine)
        assert raised.value.retryable
        health = await engine.health()
        assert not health.ready
        assert seen.url in health.detail


async def test_slow_to_connect() -> None:
    with socket.socket() as full:  # nobody accepts, and the queue of those who wait is full
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(4)]
        for other in waiting:
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        try:
            async with engine_at(url, timeouts=replace(QUICK, connect=0.3)) as engine:
                with pytest.raises(EngineTimeout) as raised:
                    await collect(engine)
        finally:
            for other in waiting:
                other.close()
    assert "0.3 seconds" in str(raised.value) or sys.platform != "linux", "elsewhere queues may be longer"


async def test_slow_to_begin() -> None:
    async def silent(_: Asked, wire: Wire) -> None:
        await asyncio.sleep(60)

    error = await fails(silent, EngineTimeout, timeouts=QUICK)
    assert "0.4 seconds" in str(error)
    assert "first_byte" in error.hint


async def test_slow_after_the_head() -> None:
    async def headed(_: Asked, wire: Wire) -> None:
        await wire.head()
        await asyncio.sleep(60)

    assert "first_byte" in (await fails(headed, EngineTimeout, timeouts=QUICK)).hint


async def test_slow_to_go_on() -> None:
    async def stuck(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4"))
        await asyncio.sleep(60)

    assert "idle" in (await fails(stuck, EngineTimeout, timeouts=QUICK)).hint


async def test_slow_but_alive_is_fine() -> None:
    async def slow(_: Asked, wire: Wire) -> None:
        await wire.head()
        for _tick in range(8):
            await wire.send(b":\n\n")
            await asyncio.sleep(0.1)
        await wire.sse(said("4", finish="stop"), "[DONE]")
        await wire.end()

    async with both(slow, timeouts=QUICK) as (engine, _):
        assert answer(await collect(engine)) == "4"


async def test_a_web_page() -> None:
    async def page(_: Asked, wire: Wire) -> None:
        await wire.reply("<!doctype html><h1>Welcome</h1>", kind="text/html")

    assert "web page" in str(await fails(page, EngineProtocol))


async def test_no_http_at_all() -> None:
    async def ssh(_: Asked, wire: Wire) -> None:
        await wire.raw(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")

    await fails(ssh, EngineProtocol)


@pytest.mark.parametrize("reset", [False, True], ids=["fin", "rst"])
async def test_broken_off_in_the_middle(reset: bool) -> None:
    async def dies(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4"), said("2"))
        await asyncio.sleep(0.05)
        if reset:
            wire.reset()

    heard: list[Delta] = []
    async with both(dies) as (engine, seen):
        with pytest.raises(EngineDied, match="after 2 tokens") as raised:
            await listen(engine, heard)
        assert len(seen.requests) == 1, "never sent again once something was said"
    assert raised.value.retryable
    assert answer(heard) == "42", "what was said was passed on"


async def listen(engine: OpenAIEngine, heard: list[Delta]) -> None:
    async for delta in engine.stream(ASK):
        heard.append(delta)


async def test_a_clean_end_without_finish_reason_is_a_break() -> None:
    async def cut(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4"), "[DONE]")
        await wire.end()

    await fails(cut, EngineDied)


async def test_nothing_but_broken_lines_is_no_protocol() -> None:
    async def noise(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse("one", "two", "[DONE]")
        await wire.end()

    await fails(noise, EngineProtocol)


@pytest.mark.parametrize(
    ("status", "body", "kind", "word"),
    [
        (401, {"error": {"message": f"bad key {KEY}"}}, EngineRefused, "[keys]"),
        (429, {"error": {"message": "slow down"}}, EngineBusy, "7 seconds"),
        (400, {"error": {"message": "x", "type": "exceed_context_size_error", "n_prompt_tokens": 9000, "n_ctx": 4096}},
         PromptTooLong, "9000 tokens; the model's context has 4096"),
        (302, {}, EngineProtocol, "another address"),
    ],
)  # fmt: skip
async def test_refusals(status: int, body: Any, kind: type[HeliconError], word: str) -> None:
    async def refuses(_: Asked, wire: Wire) -> None:
        await wire.reply(body, status, Retry_After="7", Location="http://127.0.0.1:1/elsewhere")

    assert word in str(await fails(refuses, kind))


async def test_an_error_inside_the_stream() -> None:
    async def errs(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4"), {"error": {"message": "out of luck", "code": 500}})
        await asyncio.sleep(60)

    assert "out of luck" in str(await fails(errs, EngineRefused))


async def test_a_slow_consumer_is_no_silent_engine() -> None:
    async def brisk(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4"))
        await asyncio.sleep(0.2)
        await wire.sse(said("2", finish="stop"), "[DONE]")
        await wire.end()

    heard: list[Delta] = []
    async with both(brisk, timeouts=QUICK) as (engine, _), aclosing(engine.stream(ASK)) as deltas:
        async for delta in deltas:
            heard.append(delta)
            if len(heard) == 1:
                await asyncio.sleep(3 * QUICK.idle)
    assert answer(heard) == "42"
