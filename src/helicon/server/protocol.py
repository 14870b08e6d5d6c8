"""HTTP/1.1 with the bounds that uvicorn leaves open: headers, stalled readers, clients that leave.

What is added to uvicorn's httptools protocol, per connection:

* the headers of a request must be complete within ``header_seconds`` (408), have at most
  ``max_headers`` fields and ``max_header_bytes`` bytes (431);
* a client that takes no byte of a reply for ``stall_seconds`` is cut off;
* when the connection ends, the request that is running learns it even if another one was pipelined
  behind it;
* a reply's head goes out together with the first bytes of its body, in one write.

The time for a body is the application's (``helicon.server.limits``), because only it can answer there.
"""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from helicon.server.watching import LEAVING, Leaving

if TYPE_CHECKING:
    from asyncio import TimerHandle

    from uvicorn._types import ASGI3Application

    from helicon.server.settings import Settings

MAX_PIPELINED = 8
_STATUS = {400: b"400 Bad Request", 408: b"408 Request Timeout", 431: b"431 Request Header Fields Too Large"}


class Replying:
    """What one reply writes to: the connection's transport, less the write of the head alone."""

    __slots__ = ("_began", "_head", "_transport", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self._began = False
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Send ``data``; the head waits for what comes next."""
        if self._head:
            data, self._head = self._head + data, b""
        elif not self._began and not data.startswith(b"HTTP/1.1 1"):  # 100 Continue is no head
            self._began, self._head = True, data
            return
        self._transport.write(data)

    def flush(self) -> None:
        """Send a head that no body follows."""
        if self._head:
            self.write(b"")

    def close(self) -> None:
        """Close the connection after what was written."""
        self.flush()
        self._transport.close()


def protocol_class(settings: Settings) -> type[HttpToolsProtocol]:
    """A protocol class with these settings' bounds."""

    class Bounded(BoundedProtocol):
        bounds = settings

    return Bounded


class BoundedProtocol(HttpToolsProtocol):
    """See the module's text. Subclasses set ``bounds``."""

    bounds: Settings
    _header_timer: TimerHandle | None = None
    _stall_timer: TimerHandle | None = None
    _linger_timer: TimerHandle | None = None
    _stalled_at = 0
    _reading_headers = True
    _inside_head = False
    """The first byte of a request was read, the last of its headers was not."""
    _heads = 0
    """Requests whose headers are complete."""
    _fields = 0
    _header_bytes = 0
    _active: RequestResponseCycle | None = None
    _leaving: Leaving | None = None
    """Of the active request."""
    _replying: Replying | None = None
    """Of the active request."""
    _refusal: tuple[int, str, str] | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_headers()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_timers()
        active = self._active
        super().connection_lost(exc)
        if active is not None and active is not self.cycle and not active.response_complete:
            active.disconnected = True
            active.message_event.set()
        if self._leaving is not None and active is not None and not active.response_complete:
            self._leaving.happened()
        self._unset_keepalive_if_required()

    def data_received(self, data: bytes) -> None:
        before, heads = self._reading_headers, self._heads
        super().data_received(data)
        # Most requests come in one piece: only one that did not needs a timer.
        begun = self._inside_head or (before and heads == self._heads)
        if begun and self._header_timer is None and not self.transport.is_closing():
            self._await_headers()
        # A field that never ends is not given to ``on_header``, so whole chunks inside headers count too.
        if before and self._reading_headers and heads == self._heads and not self.transport.is_closing():
            self._header_bytes += len(data)
            if self._header_bytes > self.bounds.max_header_bytes:
                self._refuse(431, "headers_too_large", self._too_large())
                self.send_400_response("")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._fields = self._header_bytes = 0
        self._reading_headers = self._inside_head = True

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        self._fields += 1
        if self._fields > self.bounds.max_headers:
            message = f"the request has more than {self.bounds.max_headers} header fields."
            self._refuse(431, "too_many_headers", message)
            raise ValueError(message)
        self._count(len(name) + len(value) + 4)

    def on_headers_complete(self) -> None:
        self._reading_headers = self._inside_head = False
        self._heads += 1
        if self._header_timer is not None:
            self._header_timer.cancel()
            self._header_timer = None
        if len(self.pipeline) >= MAX_PIPELINED:
            self._refuse(400, "too_many_pipelined", f"more than {MAX_PIPELINED} requests are pipelined.")
            raise ValueError("too many pipelined requests")
        super().on_headers_complete()
        if self.pipeline:
            self.flow.resume_reading()  # else a client that leaves would go unseen until the reply ends

    def on_response_complete(self) -> None:
        if self._replying is not None:
            self._replying.flush()
        super().on_response_complete()
        if self._active is not None and self._active.more_body and not self.transport.is_closing():
            # Answered before its body came: read and drop the rest, else the client would see a reset, no answer.
            self._linger_timer = self.loop.call_later(self.bounds.body_seconds, self.transport.abort)

    def on_message_complete(self) -> None:
        super().on_message_complete()
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None
        self._reading_headers = True
        self._header_bytes = 0

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._active = cycle
        self._leaving = Leaving(self.flow.resume_reading)
        self._replying = Replying(self.transport)
        cycle.transport = cast("asyncio.Transport", self._replying)
        cycle.scope["extensions"] = {LEAVING: {"leaving": self._leaving}}
        if cycle.disconnected:
            self._leaving.happened()
        super()._start_asgi_task(cycle, app)

    def send_400_response(self, msg: str) -> None:
        status, code, message = self._refusal or (400, "bad_http", "this is no valid HTTP/1.1 request.")
        self._stop_timers()
        if self._active is not None and not self._active.response_complete:
            self.transport.abort()  # a reply is under way; nothing can be said in between
            return
        self.transport.write(refusal(status, code, message))
        self.transport.close()
        self._cut_later()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._cut_later()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stalled_at = self.transport.get_write_buffer_size()
        self._watch_stall()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall_timer is not None:
            self._stall_timer.cancel()
            self._stall_timer = None

    def _watch_stall(self) -> None:
        self._stall_timer = self.loop.call_later(self.bounds.stall_seconds, self._on_stall)

    def _on_stall(self) -> None:
        left = self.transport.get_write_buffer_size()
        if left >= self._stalled_at:
            self.transport.abort()
            return
        self._stalled_at = left
        self._watch_stall()

    def _cut_later(self) -> None:
        """Closing waits until the client has read; give it one more bound."""
        transport = self.transport
        if transport.get_write_buffer_size():
            self._stall_timer = self.loop.call_later(self.bounds.stall_seconds, transport.abort)

    def _await_headers(self) -> None:
        self._header_timer = self.loop.call_later(self.bounds.header_seconds, self._on_slow_headers)

    def _on_slow_headers(self) -> None:
        self._header_timer = None
        if self.transport.is_closing() or not self._reading_headers:
            return
        if self._active is not None and not self._active.response_complete:
            return
        message = f"the request's headers did not arrive within {self.bounds.header_seconds:g} s."
        self._refuse(408, "header_timeout", message)
        self.send_400_response("")

    def _stop_timers(self) -> None:
        for timer in (self._header_timer, self._stall_timer, self._linger_timer):
            if timer is not None:
                timer.cancel()
        self._header_timer = self._stall_timer = self._linger_timer = None

    def _count(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self.bounds.max_header_bytes:
            self._refuse(431, "headers_too_large", self._too_large())
            raise ValueError("headers too large")

    def _too_large(self) -> str:
        return f"the request's headers have more than {self.bounds.max_header_bytes} bytes."

    def _refuse(self, status: int, code: str, message: str) -> None:
        self._refusal = (status, code, message)


def refusal(status: int, code: str, message: str) -> bytes:
    """A whole reply with OpenAI's error object, for requests that reach no application."""
    error: dict[str, Any] = {"message": message, "type": "invalid_request_error", "param": None, "code": code}
    body = json.dumps({"error": error}).encode()
    head = b"HTTP/1.1 " + _STATUS[status] + b"\r\ncontent-type: application/json\r\nconnection: close\r\n"
    return head + b"content-length: " + str(len(body)).encode() + b"\r\n\r\n" + body
