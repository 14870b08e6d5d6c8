"""The client against servers at their worst, over real sockets.

1. A good stream comes out whole, over one kept connection for many requests.
2. Every failure is one typed error that names the place: down, slow to connect, to begin, to go on,
   a web page, no protocol, broken off (by FIN and by RST), refused, busy, too long.
3. A broken line is skipped; a stream of nothing else is no protocol.
4. A request is sent again only when not one byte came back, and only once.
5. A consumer that leaves, by closing or by cancellation, in prefill, before the head or in the middle,
   ends the connection at once.
6. The key reaches the engine and nothing else; redirects are not followed.
"""

from __future__ import annotations

import asyncio
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from helicon.engines.dialects import DIALECTS, GENERIC, Dialect
from helicon.engines.http import Http, split_url
from helicon.engines.openai_client import OpenAIEngine, Timeouts
from helicon.engines.protocol import AnswerText, Delta, Engine, Finish, ModelInfo, Prefill, Request, ThinkingText
from helicon.errors import (
    BadOption,
    EngineBusy,
    EngineDied,
    EngineProtocol,
    EngineRefused,
    EngineTimeout,
    EngineUnavailable,
    HeliconError,
    PromptTooLong,
    Unsupported,
)
from helicon.families import UNKNOWN
from helicon.ledger import Tokens
from helicon.messages import user
from tests.engines.upstream import Asked, Handler, Upstream, Wire, said, upstream

ASK = Request(messages=(user("2 + 2?"),))
KEY = "sk-canary-4711"
QUICK = Timeouts(connect=2, first_byte=0.4, idle=0.4)
PATIENT = Timeouts(connect=5, first_byte=30, idle=30)


@asynccontextmanager
async def engine_at(
    url: str, *, dialect: Dialect = GENERIC, timeouts: Timeouts = PATIENT
) -> AsyncIterator[OpenAIEngine]:
    info = ModelInfo(name="m", family=UNKNOWN, engine=dialect.name, place=url)
    engine = OpenAIEngine(info, url, key=KEY, dialect=dialect, timeouts=timeouts)
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def both(
    handler: Handler, *, dialect: Dialect = GENERIC, timeouts: Timeouts = PATIENT
) -> AsyncIterator[tuple[OpenAIEngine, Upstream]]:
    async with upstream(handler) as seen, engine_at(seen.url, dialect=dialect, timeouts=timeouts) as engine:
        yield engine, seen


async def collect(engine: OpenAIEngine, request: Request = ASK) -> list[Delta]:
    async with aclosing(engine.stream(request)) as deltas:
        return [delta async for delta in deltas]


def answer(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, AnswerText))


async def good(_: Asked, wire: Wire) -> None:
    await wire.head()
    await wire.send(b": ping\n\n")
    await wire.sse(said(thought="Hm"), said("4"), said(finish="stop"))
    await wire.sse({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}, "[DONE]")
    await wire.end()


async def forever(_: Asked, wire: Wire) -> None:
    await wire.head()
    while True:
        await wire.sse(said("x"))
        await asyncio.sleep(0.01)


async def test_a_good_stream() -> None:
    async with both(good) as (engine, seen):
        assert isinstance(engine, Engine)
        deltas = await collect(engine)
    assert [delta for delta in deltas if isinstance(delta, ThinkingText | AnswerText)] == [
        ThinkingText("Hm"),
        AnswerText("4"),
    ]
    assert deltas[-1] == Finish("stop", Tokens(prompt=7, thinking=1, answer=1))
    (asked,) = seen.requests
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["stream"] is True


async def test_one_connection_serves_many_requests() -> None:
    async with both(good) as (engine, seen):
        for _ in range(5):
            assert answer(await collect(engine)) == "4"
        assert (seen.connections, len(seen.requests)) == (1, 5)


async def test_ten_streams_at_once() -> None:
    async with both(good) as (engine, _):
        assert [answer(deltas) for deltas in await asyncio.gather(*(collect(engine) for _ in range(10)))] == ["4"] * 10


async def test_a_reply_that_is_not_streamed_is_read_all_the_same() -> None:
    async def whole(_: Asked, wire: Wire) -> None:
        await wire.reply({"choices": [{"message": {"content": "4"}, "finish_reason": "stop"}]})

    async with both(whole) as (engine, _):
        assert answer(await collect(engine)) == "4"


# Failures


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


async def test_a_broken_line_is_skipped() -> None:
    async def hiccup(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4"), '{"choices": [{"del', said("2"), {"choices": 3}, said(finish="stop"), "[DONE]")
        await wire.end()

    async with both(hiccup) as (engine, _):
        assert answer(await collect(engine)) == "42"


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


async def test_what_the_dialect_cannot_say_is_not_sent() -> None:
    async with both(good) as (engine, seen):
        with pytest.raises(Unsupported, match="go on from text"):
            await collect(engine, replace(ASK, prefill_answer="So"))
        assert not seen.requests


# Sending again


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


# Leaving


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
        counts = Tokens()
        async with aclosing(engine.stream(ASK)) as deltas:
            async for delta in deltas:
                counts = getattr(delta, "tokens", counts)
                if counts.generated == 3:
                    break
        assert counts == Tokens(answer=3)


# Around


async def test_keys_are_shown_nowhere() -> None:
    async with both(good) as (engine, seen):
        assert KEY not in repr(engine)
        assert KEY not in repr(engine._http)
        assert KEY not in repr(vars(engine))
    with_user = Http("http://me:secret@host:8000/v1?key=secret")
    assert with_user.place == "http://host:8000/v1"
    await with_user.close()
    assert seen.url


async def test_no_proxy_on_the_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    async with both(good) as (engine, _):
        assert answer(await collect(engine)) == "4"
    away = Http("http://engine.example:8000/v1")
    assert away.proxy == "http://127.0.0.1:1"
    await away.close()


async def test_closed_engines_say_so() -> None:
    async with both(good) as (engine, _):
        await engine.close()
        await engine.close()
        with pytest.raises(EngineUnavailable, match="closed"):
            await collect(engine)
        assert not (await engine.health()).ready


async def test_health_asks_the_dialects_route() -> None:
    async def route(asked: Asked, wire: Wire) -> None:
        if asked.path == "/health":
            await wire.reply({"status": "ok"})
        elif asked.path == "/slots":
            await wire.reply([{"is_processing": True}, {"is_processing": False}])
        else:
            await wire.reply({"error": {"message": "Loading model"}}, 503)

    async with both(route, dialect=DIALECTS["llama.cpp"]) as (engine, _):
        health = await engine.health()
        assert (health.ready, health.running) == (True, 1)
    async with both(route, dialect=GENERIC) as (engine, _):
        health = await engine.health()
        assert not health.ready
        assert "loading" in health.detail


async def test_count_where_the_engine_can() -> None:
    async def counts(asked: Asked, wire: Wire) -> None:
        await wire.reply({"input_tokens": 23} if asked.path.endswith("input_tokens") else {"count": 24})

    async with both(counts, dialect=DIALECTS["llama.cpp"]) as (engine, _):
        assert await engine.count(ASK) == 23
    async with both(counts, dialect=DIALECTS["vllm"]) as (engine, seen):
        assert await engine.count(ASK) == 24
        assert seen.requests[-1].path == "/tokenize"
    async with both(counts, dialect=GENERIC) as (engine, _):
        assert await engine.count(ASK) is None


async def test_a_prompt_of_two_megabytes_is_sent() -> None:
    async with both(good) as (engine, seen):
        assert answer(await collect(engine, Request(messages=(user("x" * 2_000_000),)))) == "4"
        assert len(seen.requests[-1].raw) > 2_000_000


@pytest.mark.parametrize(
    ("url", "root", "base"),
    [
        ("http://localhost:8080", "http://localhost:8080/", "http://localhost:8080/v1"),
        ("http://localhost:8080/v1/", "http://localhost:8080/", "http://localhost:8080/v1"),
        ("https://api.example.org/api/paas/v4", "https://api.example.org/api/paas/v4",
         "https://api.example.org/api/paas/v4"),
        ("http://host/proxy/v1#m", "http://host/proxy", "http://host/proxy/v1"),
    ],
)  # fmt: skip
def test_the_two_addresses_of_an_endpoint(url: str, root: str, base: str) -> None:
    assert tuple(map(str, split_url(url))) == (root, base)


@pytest.mark.parametrize("url", ["", "localhost:8080", "file:///etc/passwd", "http://", "http://host:99999"])
def test_no_addresses(url: str) -> None:
    with pytest.raises(BadOption):
        split_url(url)
