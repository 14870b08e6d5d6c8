"""The client of OpenAI-compatible servers, over real sockets.

1. A good stream comes out whole, over one kept connection for many requests where the engine keeps it.
2. A broken line is skipped; what the dialect cannot say is not sent.
3. Deltas that came together are read together; nothing is lost or counted otherwise.
4. Health, counts and addresses follow the dialect.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from helicon.engines.dialects import DIALECTS, GENERIC
from helicon.engines.http import split_url
from helicon.engines.protocol import AnswerText, Engine, Finish, Request, ThinkingText
from helicon.errors import BadOption, Unsupported
from helicon.ledger import Tokens
from helicon.messages import user
from tests.engines.clients import ASK, KEY, answer, both, collect, good
from tests.engines.upstream import Asked, Wire, said


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


async def test_tokens_that_came_together_are_one_delta_and_all_are_counted() -> None:
    async def burst(_: Asked, wire: Wire) -> None:
        await wire.head()
        chunks = [said(thought="a"), said(thought="b"), said("4"), said("2", finish="stop")]
        await wire.send(b"".join(f"data: {json.dumps(chunk)}\n\n".encode() for chunk in chunks))
        await wire.sse("[DONE]")
        await wire.end()

    async with both(burst) as (engine, _):
        deltas = await collect(engine)
    texts = [delta for delta in deltas if isinstance(delta, ThinkingText | AnswerText)]
    assert texts == [ThinkingText("ab"), AnswerText("42")]
    assert deltas[-1] == Finish("stop", Tokens(thinking=2, answer=2), estimated=True)


async def test_a_broken_line_is_skipped() -> None:
    async def hiccup(_: Asked, wire: Wire) -> None:
        await wire.head()
        await wire.sse(said("4"), '{"choices": [{"del', said("2"), {"choices": 3}, said(finish="stop"), "[DONE]")
        await wire.end()

    async with both(hiccup) as (engine, _):
        assert answer(await collect(engine)) == "42"


async def test_what_the_dialect_cannot_say_is_not_sent() -> None:
    async with both(good) as (engine, seen):
        with pytest.raises(Unsupported, match="go on from text"):
            await collect(engine, replace(ASK, prefill_answer="So"))
        assert not seen.requests


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
