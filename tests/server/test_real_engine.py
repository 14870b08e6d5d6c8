"""The server on a real model in a real engine.

1. Every mode answers, streamed and whole, and the ledger of the reply is the usage of the reply.
2. A prompt past the model's context is a 400 that names it; pictures a model cannot see are a 400.
3. A client that leaves stops the engine's slots, in prefill too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helicon.engines import Engine, open_engine
from tests.server.live import LiveServer, serving, wait_until
from tests.server.test_bad_input import PNG
from tests.server.test_leaving import chat_bytes


@pytest.fixture(scope="module")
def live(nano: Path) -> Iterator[LiveServer]:
    async def opened() -> list[Engine]:
        return [await open_engine(str(nano))]

    with serving(opened) as server:
        yield server


def name_of(live: LiveServer) -> str:
    name: str = live.request("GET", "/v1/models").json()["data"][0]["id"]
    return name


def ask(live: LiveServer, mode: str, content: Any = "What is 17 + 25?", **more: Any) -> dict[str, Any]:
    body = {"model": f"{name_of(live)}@{mode}", "messages": [{"role": "user", "content": content}], "seed": 1}
    return {**body, "max_completion_tokens": 60, **more}


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
def test_every_mode_answers(live: LiveServer, mode: str) -> None:
    agents = {"helicon": {"agents": 3, "rounds": 1}} if mode == "contemplating" else {}
    reply = live.chat(ask(live, mode, **agents))
    assert reply.status == 200, reply.raw
    found = reply.json()
    tokens = found["helicon"]["tokens"]
    assert found["choices"][0]["finish_reason"] in ("stop", "length")
    assert found["usage"]["completion_tokens"] == tokens["thinking"] + tokens["answer"] > 0
    assert found["usage"]["prompt_tokens"] == tokens["prompt"] > 0
    chunks = live.chat(ask(live, mode, stream=True, **agents)).chunks
    assert chunks[-1] == "[DONE]"
    assert chunks[-2]["helicon"]["asked_mode"] == mode


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_past_the_context_is_a_400(live: LiveServer, stream: bool) -> None:
    context = live.request("GET", "/v1/models").json()["data"][0]["helicon"]["context"]
    reply = live.chat(ask(live, "thinking", "seven apples " * context, stream=stream))
    assert reply.status == 400
    assert reply.error["code"] == "context_length_exceeded"
    assert str(context) in reply.error["message"]


def test_a_picture_it_cannot_see_is_a_400(live: LiveServer) -> None:
    parts = [{"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PNG}"}}]
    reply = live.chat(ask(live, "instant", parts))
    assert (reply.status, reply.error["code"]) == (400, "unsupported")


@pytest.mark.parametrize("words", ["What is 17 + 25?", "seven apples " * 300], ids=["short", "prefill"])
@pytest.mark.parametrize("stream", [False, True])
def test_a_client_that_leaves_stops_the_engine(live: LiveServer, words: str, stream: bool) -> None:
    data = chat_bytes(
        "thinking",
        stream=stream,
        max_completion_tokens=4000,
        model=f"{name_of(live)}@thinking",
        messages=[{"role": "user", "content": words}],
    )
    sock = live.connect()
    sock.sendall(data)
    wait_until(lambda: bool(live.app.core.live))
    sock.close()
    wait_until(lambda: not live.app.core.live)
    wait_until(lambda: running(live) == 0)


def running(live: LiveServer) -> int:
    """Requests generating at the engine now."""
    [served] = live.app.core.registry
    health = asyncio.run_coroutine_threadsafe(served.engine.health(), live.loop).result(30)
    assert health.ready, health
    return health.running or 0
