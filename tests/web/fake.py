"""A small stand-in for the wire: plays lists of events as the chunks that the page reads."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from helicon.events import AnswerDelta, Event, RunEnded, ThinkingDelta, to_dict
from helicon.web import HEADERS, assets

MODES = ("instant", "thinking", "contemplating", "auto")


@dataclass
class Wire:
    """What the stand-in replies, and what it saw."""

    script: Sequence[tuple[float, Event]] = ()
    """Seconds to wait, and the event."""
    status: int = 200
    error: str = ""
    key: str = ""
    breaks: bool = False
    """End the stream without its closing mark."""
    plain: bool = False
    """Reply as a server without structured events: thinking and answer in the standard fields only."""
    cut: int = 0
    """Send this many bytes at a time, wherever that splits a character or a line."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    left: int = 0
    """Clients that went away before the end."""

    def app(self) -> Starlette:
        """The routes of the page and of its two calls."""
        files = [Route(path, self._file(*found)) for path, found in assets().items()]
        calls = [
            Route("/v1/models", self.models),
            Route("/v1/chat/completions", self.chat, methods=["POST"]),
        ]
        return Starlette(routes=[*files, *calls])

    def _file(self, file: Any, media_type: str) -> Any:
        async def serve(_: Request) -> Response:
            return FileResponse(file, media_type=media_type, headers=HEADERS)

        return serve

    def refused(self, request: Request) -> Response | None:
        """401 without the key."""
        if not self.key or request.headers.get("authorization") == f"Bearer {self.key}":
            return None
        return JSONResponse({"error": {"message": "no API key was given."}}, 401)

    async def models(self, request: Request) -> Response:
        """``/v1/models``."""
        names = ["nano", *(f"nano@{mode}" for mode in MODES), "other"]
        return self.refused(request) or JSONResponse({"object": "list", "data": [{"id": name} for name in names]})

    async def chat(self, request: Request) -> Response:
        """``/v1/chat/completions``."""
        self.asked.append(json.loads(await request.body()))
        if self.status != 200:
            return JSONResponse({"error": {"message": self.error}}, self.status, headers={"retry-after": "7"})
        return self.refused(request) or StreamingResponse(self.chunks(), media_type="text/event-stream")

    async def chunks(self) -> AsyncIterator[bytes]:
        """The script as server-sent events."""
        whole = False
        try:
            for wait, event in self.script:
                await asyncio.sleep(wait)
                for piece in self.pieces({**self.chunk(event), "object": "chat.completion.chunk"}):
                    yield piece
            if self.error:
                yield sse({"error": {"message": self.error}})
            if not self.breaks:
                yield b"data: [DONE]\n\n"
            whole = True
        finally:
            self.left += not whole

    def chunk(self, event: Event) -> dict[str, Any]:
        """One event as a chunk."""
        if not self.plain:
            return {"choices": [{"index": 0, "delta": {}}], "helicon": {"events": [to_dict(event)]}}
        match event:
            case ThinkingDelta():
                return {"choices": [{"index": 0, "delta": {"reasoning_content": event.text}}]}
            case AnswerDelta():
                return {"choices": [{"index": 0, "delta": {"content": event.text}}]}
            case RunEnded():
                usage = {
                    "prompt_tokens": 9,
                    "completion_tokens": 7,
                    "completion_tokens_details": {"reasoning_tokens": 4},
                }
                return {"choices": [], "usage": usage}
            case _:
                return {"choices": [{"index": 0, "delta": {}}]}

    def pieces(self, body: dict[str, Any]) -> list[bytes]:
        """The bytes of a chunk, cut as asked."""
        data = sse(body)
        step = self.cut or len(data)
        return [data[start : start + step] for start in range(0, len(data), step)]


def sse(body: dict[str, Any]) -> bytes:
    """One server-sent event, with a comment before it and line ends as some proxies make them."""
    return f": hb\r\n\r\ndata: {json.dumps(body, ensure_ascii=False)}\r\n\r\n".encode()


@contextmanager
def serving(app: Any) -> Iterator[str]:
    """A live server in a thread; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        server = uvicorn.Server(uvicorn.Config(app, log_level="error", lifespan="off", timeout_graceful_shutdown=1))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(10)
