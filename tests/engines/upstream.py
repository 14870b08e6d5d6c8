"""A small HTTP server that misbehaves byte by byte, to stand for engines at their worst.

Raw asyncio, because a proper server would never do what is asked here. A handler gets the request and
a ``Wire``; what it sends is exactly what goes out.
"""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Handler: TypeAlias = Callable[["Asked", "Wire"], Awaitable[None]]


@dataclass(frozen=True)
class Asked:
    """One request as it arrived."""

    method: str
    path: str
    headers: dict[str, str]
    raw: bytes

    @property
    def body(self) -> dict[str, Any]:
        told = json.loads(self.raw)
        assert isinstance(told, dict)
        return told


@dataclass
class Wire:
    """The way back to the client."""

    writer: asyncio.StreamWriter
    keep: bool = False
    """Whether the connection serves another request afterwards."""

    async def head(self, status: int = 200, kind: str = "text/event-stream", **headers: str) -> None:
        lines = [f"HTTP/1.1 {status} Said", f"Content-Type: {kind}", "Transfer-Encoding: chunked"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.raw("\r\n".join(lines).encode() + b"\r\n\r\n")

    async def raw(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def send(self, data: bytes) -> None:
        await self.raw(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    async def sse(self, *values: Any) -> None:
        for value in values:
            text = value if isinstance(value, str) else json.dumps(value)
            await self.send(f"data: {text}\n\n".encode())

    async def end(self, *, keep: bool = True) -> None:
        await self.raw(b"0\r\n\r\n")
        self.keep = keep

    async def reply(self, value: Any, status: int = 200, kind: str = "application/json", **headers: str) -> None:
        """A whole reply."""
        await self.head(status, kind, **headers)
        await self.send(value.encode() if isinstance(value, str) else json.dumps(value).encode())
        await self.end()

    def reset(self) -> None:
        """End the connection with RST."""
        sock: socket.socket = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


@dataclass
class Upstream:
    """The running server, and what it saw."""

    url: str = ""
    requests: list[Asked] = field(default_factory=list)
    connections: int = 0
    busy: int = 0
    """Handlers at work."""
    gone: asyncio.Event = field(default_factory=asyncio.Event)
    """A client left while a handler was running."""

    @property
    def chats(self) -> list[dict[str, Any]]:
        return [asked.body for asked in self.requests if asked.path.endswith("/chat/completions")]


@asynccontextmanager
async def upstream(handler: Handler) -> AsyncIterator[Upstream]:
    """Serve ``handler`` on a free loopback port."""
    seen = Upstream()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.connections += 1
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            while (asked := await _request(reader)) is not None:
                seen.requests.append(asked)
                wire = Wire(writer)
                seen.busy += 1
                try:
                    await _race(handler(asked, wire), reader, seen)
                finally:
                    seen.busy -= 1
                if not wire.keep:
                    break
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            running.discard(task)
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    seen.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield seen
    finally:
        server.close()
        for task in list(running):
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


async def _race(handled: Awaitable[None], reader: asyncio.StreamReader, seen: Upstream) -> None:
    """Run a handler, but stop and take note when the client leaves."""
    work = asyncio.ensure_future(handled)
    watch = asyncio.ensure_future(_watch(reader))
    done, _ = await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
    if work not in done:
        seen.gone.set()
    for task in (work, watch):
        task.cancel()
    results = await asyncio.gather(work, watch, return_exceptions=True)
    if isinstance(results[0], Exception) and not isinstance(results[0], ConnectionError):
        raise results[0]


async def _watch(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof():
        if reader._buffer:  # type: ignore[attr-defined]  # the next request already: not ours to eat
            await asyncio.Event().wait()
        try:
            await reader._wait_for_data("watch")  # type: ignore[attr-defined]
        except ConnectionError:
            return


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = head.split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.casefold(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, path, headers, body)


def said(content: str | None = None, thought: str | None = None, finish: str | None = None, **more: Any) -> Any:
    """A chunk as most engines send it."""
    delta = {name: text for name, text in (("content", content), ("reasoning_content", thought)) if text is not None}
    return {"id": "c1", "choices": [{"index": 0, "delta": delta, "finish_reason": finish}], **more}
