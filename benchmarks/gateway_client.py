"""A small HTTP/1.1 client for load: one kept-alive connection, one request at a time, no parsing beyond the end.

It costs a fraction of what it measures: the reply's bytes are only searched for their end and marks.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import struct
import time
from dataclasses import dataclass, field

from upstream import QUESTION

STAMP = re.compile(rb"t(\d{12,}) ")
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.I)


@dataclass(slots=True)
class Reply:
    """One reply as it arrived; seconds since the request was sent."""

    status: int = 0
    first: float = 0.0
    """Until the first content."""
    whole: float = 0.0
    delays: list[float] = field(default_factory=list)
    """Milliseconds from the upstream's stamp on each chunk to its arrival."""
    refusal: str = ""
    """What came with another status than 200."""


class Connection(asyncio.Protocol):
    """``await ask(payload)`` again and again."""

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._end = 0
        """Of the reply, where its length is told."""
        self._reply = Reply()
        self._done: asyncio.Future[Reply] | None = None
        self._began = 0.0
        self._stamped = 0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            self._done.set_exception(exc or ConnectionResetError(bytes(self._buffer[:200])))

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        buffer, reply = self._buffer, self._reply
        buffer += data
        if not reply.status:
            head = buffer.find(b"\r\n\r\n")
            if head < 0:
                return
            reply.status = int(buffer[9:12])
            found = _LENGTH.search(buffer, 0, head + 2)
            self._end = head + 4 + int(found[1]) if found else 0
            self._stamped = head
        if not reply.first and (b"word0" in buffer or b'content":"t' in buffer):
            reply.first = now - self._began
        if b'content":"t' in data or b'content": "t' in data:
            stamp = time.monotonic_ns()
            for match in STAMP.finditer(buffer, self._stamped):
                reply.delays.append((stamp - int(match[1])) / 1e6)
                self._stamped = match.end()
        ended = len(buffer) >= self._end if self._end else buffer.endswith(b"0\r\n\r\n")
        if ended and self._done is not None and not self._done.done():
            reply.whole = now - self._began
            if reply.status != 200:
                reply.refusal = buffer[-400:].decode("utf-8", "replace")
            self._done.set_result(reply)

    async def ask(self, payload: bytes) -> Reply:
        """Send one request, and wait for its whole reply."""
        assert self.transport is not None
        self._buffer.clear()
        self._reply, self._end = Reply(), 0
        self._done = asyncio.get_running_loop().create_future()
        self._began = time.perf_counter()
        self.transport.write(payload)
        return await self._done

    def leave(self, *, reset: bool) -> None:
        """Go at once, by FIN or by RST."""
        assert self.transport is not None
        if reset:
            sock = self.transport.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.transport.abort()
        else:
            self.transport.close()


async def connect(port: int) -> Connection:
    """A connection to this machine's ``port``."""
    _, protocol = await asyncio.get_running_loop().create_connection(Connection, "127.0.0.1", port)
    return protocol


def payload(port: int, model: str, *, stream: bool) -> bytes:
    """A chat request as bytes."""
    messages = [{"role": "user", "content": QUESTION}]
    body = json.dumps({"model": model, "messages": messages, "stream": stream}).encode()
    head = f"POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    return f"{head}Authorization: Bearer none\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
