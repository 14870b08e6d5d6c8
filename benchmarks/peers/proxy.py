"""The counting proxy between every row and the engine.

Chat completions are always streamed from the engine with its own running counts, whatever the
client asked for: so tokens of calls that are given up are known too, and a call that the client
leaves ends at the engine. ``n`` choices become ``n`` calls. Everything else passes unchanged.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

HOP = {"transfer-encoding", "content-length", "connection", "keep-alive", "content-encoding", "host"}


@dataclass(slots=True)
class Call:
    """One generation at the engine."""

    began: float
    ended: float = 0.0
    prompt: int = 0
    generated: int = 0
    finished: bool = False
    """It came to its end; otherwise somebody left."""


def longest_path(calls: list[Call]) -> int:
    """Tokens on the longest chain of calls in which each began after the one before had ended."""
    ordered = sorted(calls, key=lambda call: call.began)
    best: list[int] = []
    for index, call in enumerate(ordered):
        before = [best[other] for other in range(index) if ordered[other].ended <= call.began]
        best.append(call.generated + max(before, default=0))
    return max(best, default=0)


@dataclass(slots=True)
class Message:
    """One choice, put together from its deltas."""

    content: list[str] = field(default_factory=list)
    reasoning: list[str] = field(default_factory=list)
    finish: str | None = None

    def feed(self, chunk: dict[str, Any]) -> None:
        for choice in chunk.get("choices") or []:
            delta = choice.get("delta") or {}
            self.content.append(delta.get("content") or "")
            self.reasoning.append(delta.get("reasoning_content") or "")
            self.finish = choice.get("finish_reason") or self.finish

    def as_choice(self, index: int) -> dict[str, Any]:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(self.content)}
        if thought := "".join(self.reasoning):
            message["reasoning_content"] = thought
        return {"index": index, "message": message, "finish_reason": self.finish or "stop", "logprobs": None}


class Proxy:
    """Counts what passes. ``take`` hands over what was counted since the last time."""

    def __init__(self, engine: str) -> None:
        self.engine = engine.rstrip("/")
        self.calls: list[Call] = []
        self.running = 0
        self.session: aiohttp.ClientSession | None = None
        self.runner: web.AppRunner | None = None
        self.address = ""

    async def start(self) -> None:
        # llama.cpp closes idle connections at about the moment when they would be used again.
        self.session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=None), connector=aiohttp.TCPConnector(limit=0, force_close=True)
        )
        app = web.Application(client_max_size=64 * 2**20)
        app.router.add_post("/v1/chat/completions", self.chat)
        app.router.add_route("*", "/{path:.*}", self.other)
        self.runner = web.AppRunner(app, handler_cancellation=True, access_log=None)
        await self.runner.setup()
        site = web.TCPSite(self.runner, "127.0.0.1", 0)
        await site.start()
        port = self.runner.addresses[0][1]
        self.address = f"http://127.0.0.1:{port}"

    async def close(self) -> None:
        if self.runner:
            await self.runner.cleanup()
        if self.session:
            await self.session.close()

    async def take(self) -> list[Call]:
        """All calls so far, once nothing runs any more."""
        for _ in range(6000):
            if not self.running:
                break
            await asyncio.sleep(0.01)
        calls, self.calls = self.calls, []
        return calls

    async def chat(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        body.pop("user", None)
        count = int(body.pop("n", 1) or 1)
        if body.get("stream") and count == 1:
            return await self._streamed(request, body)
        streamed = bool(body.get("stream"))
        seeds = [body.get("seed")] * count
        if count > 1:
            seeds = [None if seed is None else seed + index for index, seed in enumerate(seeds)]
        made = await asyncio.gather(*(self._whole({**body, "seed": seed}) for seed in seeds))
        choices = [message.as_choice(index) for index, (message, _) in enumerate(made)]
        calls = [call for _, call in made]
        prompt, generated = calls[0].prompt, sum(call.generated for call in calls)
        reply = {
            "id": "chatcmpl-0",
            "object": "chat.completion",
            "created": int(time.time()),
            "model": body.get("model", ""),
            "choices": choices,
            "usage": {"prompt_tokens": prompt, "completion_tokens": generated, "total_tokens": prompt + generated},
        }
        if streamed:
            raise web.HTTPNotImplemented(text="n > 1 is not streamed here")
        return web.json_response(reply)

    async def _whole(self, body: dict[str, Any]) -> tuple[Message, Call]:
        message, call = Message(), Call(time.monotonic())
        if body.get("seed") is None:
            body.pop("seed", None)
        async with aclosing(self._lines(body, call)) as lines:
            async for line in lines:
                if line.startswith(b"data: ") and not line.startswith(b"data: [DONE]"):
                    message.feed(json.loads(line[6:]))
        return message, call

    async def _streamed(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        call = Call(time.monotonic())
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        with suppress(ConnectionResetError):  # the client left: that ends the call at the engine
            async with aclosing(self._lines(body, call)) as lines:
                async for line in lines:
                    await response.write(line + b"\n")
            await response.write_eof()
        return response

    async def _lines(self, body: dict[str, Any], call: Call) -> AsyncGenerator[bytes, None]:
        """The engine's lines, counted; the call is written down however it ends."""
        assert self.session is not None
        options = {**(body.get("stream_options") or {}), "include_usage": True}
        sent = {**body, "stream": True, "stream_options": options, "timings_per_token": True}
        self.running += 1
        try:
            url = f"{self.engine}/v1/chat/completions"
            async with self.session.post(url, json=sent) as upstream:
                if upstream.status != 200:
                    raise web.HTTPException(text=await upstream.text(), reason="engine")
                async for raw in upstream.content:
                    line = raw.rstrip(b"\n")
                    self._count(line, call)
                    yield line
            call.finished = True
        finally:
            call.ended = time.monotonic()
            self.calls.append(call)
            self.running -= 1

    @staticmethod
    def _count(line: bytes, call: Call) -> None:
        if not line.startswith(b"data: {"):
            return
        chunk = json.loads(line[6:])
        usage, timings = chunk.get("usage"), chunk.get("timings")
        if usage:
            call.prompt, call.generated = usage["prompt_tokens"], usage["completion_tokens"]
        elif timings:
            call.generated = max(call.generated, int(timings.get("predicted_n") or 0))

    async def other(self, request: web.Request) -> web.StreamResponse:
        assert self.session is not None
        headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
        data = await request.read()
        async with self.session.request(
            request.method, self.engine + request.path_qs, headers=headers, data=data or None
        ) as upstream:
            kept = {name: value for name, value in upstream.headers.items() if name.lower() not in HOP}
            return web.Response(status=upstream.status, body=await upstream.read(), headers=kept)
