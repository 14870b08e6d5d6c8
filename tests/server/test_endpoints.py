"""An endpoint at its worst behind the server: what a client of Helicon is told.

1. Down, slow, a web page, an error of its own, broken off before the first word: a typed error with its status.
2. Broken off in the middle: an error event after the words that came, never a clean end.
3. A client that leaves Helicon closes the connection to the endpoint, in prefill too.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from helicon.engines import Capabilities, Engine, ModelInfo, OpenAIEngine, Timeouts
from helicon.families import UNKNOWN
from tests.engines.upstream import Asked, Upstream, Wire, said, upstream
from tests.server.live import LiveServer, Reply, serving, wait_until
from tests.server.test_leaving import STOP_SECONDS, chat_bytes


async def misbehave(asked: Asked, wire: Wire) -> None:
    """Do what the question says."""
    words = asked.body["messages"][-1]["content"]
    if words == "page":
        await wire.reply("<html>Welcome to nginx</html>", kind="text/html")
    elif words == "refuse":
        await wire.reply({"error": {"message": "no such thing"}}, status=422)
    elif words == "busy":
        await wire.reply({"error": {"message": "later"}}, status=429)
    elif words == "cut":
        wire.reset()
    elif words in ("silent", "prefill"):
        await asyncio.sleep(60)
    else:
        await wire.head()
        await wire.sse(said("It "), said("is "))
        if words == "reset":
            wire.reset()
        elif words == "close":
            await wire.end(keep=False)
        else:
            await asyncio.sleep(60)


PREFILL = [{"role": "user", "content": "prefill"}]


@asynccontextmanager
async def behind(url: str | None = None) -> AsyncIterator[tuple[LiveServer, Upstream]]:
    async with upstream(misbehave) as seen:

        async def opened() -> list[Engine]:
            info = ModelInfo(name="m", family=UNKNOWN, engine="openai", place=url or seen.url)
            quick = Timeouts(connect=5, first_byte=1.0, idle=1.0)
            return [OpenAIEngine(info, url or seen.url, timeouts=quick, capabilities=Capabilities(context=8192))]

        manager = serving(opened)
        live = await asyncio.to_thread(manager.__enter__)
        try:
            yield live, seen
        finally:
            await asyncio.to_thread(manager.__exit__, None, None, None)


async def ask(live: LiveServer, words: str, *, stream: bool) -> Reply:
    body: dict[str, Any] = {"model": "m@instant", "messages": [{"role": "user", "content": words}], "stream": stream}
    return await asyncio.to_thread(live.chat, body)


@pytest.mark.parametrize("stream", [False, True])
async def test_an_endpoint_that_fails_before_its_first_word_gives_a_status(stream: bool) -> None:
    async with behind() as (live, _):
        for words, status, code in (
            ("page", 502, "engine_protocol"),
            ("refuse", 502, "engine_refused"),
            ("busy", 503, "engine_busy"),
            ("silent", 504, "engine_timeout"),
        ):
            reply = await ask(live, words, stream=stream)
            assert (reply.status, reply.error["code"]) == (status, code), reply.raw
        cut = await ask(live, "cut", stream=stream)
        assert cut.error["code"] in ("engine_died", "engine_unavailable")


@pytest.mark.parametrize("stream", [False, True])
async def test_an_endpoint_that_is_down_gives_503(stream: bool) -> None:
    async with behind("http://127.0.0.1:1/v1") as (live, _):
        reply = await ask(live, "hi", stream=stream)
    assert (reply.status, reply.error["code"]) == (503, "engine_unavailable")
    assert "127.0.0.1:1" in reply.error["message"]
    assert "retry-after" in reply.headers


@pytest.mark.parametrize(
    ("words", "code"), [("reset", "engine_died"), ("close", "engine_died"), ("stall", "engine_timeout")]
)
async def test_an_endpoint_that_ends_in_the_middle_ends_the_stream_with_an_error(words: str, code: str) -> None:
    async with behind() as (live, _):
        streamed = await ask(live, words, stream=True)
        whole = await ask(live, words, stream=False)
    *chunks, last = streamed.chunks
    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == "It is "
    assert last["error"]["code"] == code
    assert "[DONE]" not in streamed.chunks
    assert (whole.status >= 500, whole.error["code"]) == (True, code)


@pytest.mark.parametrize("stream", [False, True])
async def test_a_client_that_leaves_closes_the_endpoints_connection(stream: bool) -> None:
    async with behind() as (live, seen):
        sock = await asyncio.to_thread(live.connect)
        sock.sendall(chat_bytes("instant", stream=stream, model="m@instant", messages=PREFILL))
        await asyncio.to_thread(wait_until, lambda: bool(seen.requests))
        began = asyncio.get_running_loop().time()
        sock.close()
        await asyncio.wait_for(seen.gone.wait(), 30)
        assert asyncio.get_running_loop().time() - began < STOP_SECONDS * 3
        await asyncio.to_thread(wait_until, lambda: not live.app.core.live)
