"""An OpenAI-compatible server that generates nothing: what a gateway adds is measured against it.

``python benchmarks/upstream.py PORT``. Raw ASGI, no framework. Its models: ``instant`` answers sixteen words at
once; ``paced`` sends a word every five milliseconds, each with the monotonic clock at its sending, in
nanoseconds; ``endless`` goes on for minutes. What a gateway asks by itself to know the engine is answered at
once: only the benchmark's own ``QUESTION`` is answered slowly. ``GET /running`` counts the generations under
way: one ends when its client leaves.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

WORDS = [f"word{number} " for number in range(16)]
USAGE = {"prompt_tokens": 8, "completion_tokens": len(WORDS), "total_tokens": 8 + len(WORDS)}
HEAD: dict[str, Any] = {"id": "chatcmpl-0", "created": 0, "model": "instant"}
MODELS = ("instant", "paced", "endless")
QUESTION = "Say sixteen words."
PACE_SECONDS = 0.005
PACED_WORDS = 200
ENDLESS_SECONDS = 0.05
ENDLESS_WORDS = 4000


def _chunk(delta: dict[str, str], finish: str | None = None) -> bytes:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return b"data: " + json.dumps({**HEAD, "object": "chat.completion.chunk", "choices": [choice]}).encode() + b"\n\n"


ROLE = _chunk({"role": "assistant", "content": ""})
END = [
    _chunk({}, "stop"),
    b"data: "
    + json.dumps({**HEAD, "object": "chat.completion.chunk", "choices": [], "usage": USAGE}).encode()
    + b"\n\n",
    b"data: [DONE]\n\n",
]
STREAM = [ROLE, *(_chunk({"content": word}) for word in WORDS), *END]
WHOLE = json.dumps(
    {
        **HEAD,
        "object": "chat.completion",
        "choices": [{"index": 0, "message": {"role": "assistant", "content": "".join(WORDS)}, "finish_reason": "stop"}],
        "usage": USAGE,
    }
).encode()
LISTING = json.dumps({"object": "list", "data": [{"id": name, "object": "model"} for name in MODELS]}).encode()

Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
running = 0


async def app(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """GET /v1/models and /running, POST /v1/chat/completions; everything else is 404."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    if scope["path"] == "/v1/models":
        await _reply(send, 200, LISTING)
    elif scope["path"] == "/running":
        await _reply(send, 200, str(running).encode())
    elif scope["path"] != "/v1/chat/completions":
        await _reply(send, 404, b'{"error": {"message": "not here"}}')
    else:
        asked = json.loads(body)
        if not asked.get("stream"):
            await _reply(send, 200, WHOLE)
        elif asked["model"] == "instant" or asked["messages"][-1]["content"] != QUESTION:
            await _start(send)
            for chunk in STREAM:
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            await _slowly(receive, send, endless=asked["model"] == "endless")


async def _slowly(receive: Receive, send: Send, *, endless: bool) -> None:
    """Words with pauses, until the end or until the client leaves."""
    global running
    running += 1
    leaving = asyncio.ensure_future(receive())
    try:
        await _start(send)
        await send({"type": "http.response.body", "body": ROLE, "more_body": True})
        for _ in range(ENDLESS_WORDS if endless else PACED_WORDS):
            await asyncio.sleep(ENDLESS_SECONDS if endless else PACE_SECONDS)
            if leaving.done():
                return
            chunk = _chunk({"content": f"t{time.monotonic_ns()} "})
            await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": b"".join(END), "more_body": False})
    finally:
        running -= 1
        leaving.cancel()


async def _start(send: Send) -> None:
    headers = [(b"content-type", b"text/event-stream")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})


async def _reply(send: Send, status: int, body: bytes) -> None:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


if __name__ == "__main__":
    import uvicorn

    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="error", access_log=False, backlog=4096)
