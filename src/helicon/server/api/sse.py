"""A stream of server-sent events to one window: heartbeats, a bounded life, and notice of the window's leaving."""

from __future__ import annotations

import asyncio
import time
from types import TracebackType
from typing import TYPE_CHECKING

from helicon.server.api.operation import PRIVATE, Visit
from helicon.server.http import NOSNIFF
from helicon.server.watching import Client, leaving_of

if TYPE_CHECKING:
    from helicon.server.http import Send

BEAT_SECONDS = 10.0
LIFE_SECONDS = 300.0
"""Then the server closes the stream and the window comes back, so that no proxy on the way does it for us."""
BEAT = b": hb\n\n"


class Wire:
    """``async with Wire(visit) as wire``: ``start``, then ``write`` and ``wait`` while it is ``open``."""

    def __init__(self, visit: Visit) -> None:
        self._send: Send = visit.send
        self._desk = visit.desk
        self._client = Client(visit.exchange.receive, leaving_of(visit.exchange.scope))
        self._woken = asyncio.Event()
        self._until = time.monotonic() + LIFE_SECONDS
        self._beat = 0.0
        self._started = False
        self._ending = False

    async def __aenter__(self) -> Wire:
        await self._client.__aenter__()
        self._client.when_gone(self.wake)
        self._desk.wires.add(self)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._desk.wires.discard(self)
        await self._client.__aexit__(kind, error, trace)
        if self._started and not self._client.gone and kind is None:
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    @property
    def open(self) -> bool:
        """Whether more may be sent."""
        return not self._client.gone and time.monotonic() < self._until

    def wake(self) -> None:
        """There is something to do."""
        self._woken.set()

    def hang_up(self) -> None:
        """The server ends: what is there is still sent, then the stream is over."""
        self._ending = True
        self.wake()

    async def start(self) -> None:
        """Status and headers, and a first sign of life."""
        self._started = True
        headers = [
            (b"content-type", b"text/event-stream; charset=utf-8"),
            (b"x-accel-buffering", b"no"),
            NOSNIFF,
            (b"cache-control", b"no-store, no-transform"),
            *PRIVATE[1:],
        ]
        await self._send({"type": "http.response.start", "status": 200, "headers": headers})
        await self.write(BEAT)

    async def write(self, data: bytes) -> None:
        """Send now; waits while the window does not read."""
        self._beat = time.monotonic()
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def wait(self) -> None:
        """Until there is something to do, with a heartbeat when it lasts; called when nothing is left to send."""
        if self._ending:
            self._until = 0.0
            return
        now = time.monotonic()
        seconds = min(self._beat + BEAT_SECONDS, self._until) - now
        try:
            async with asyncio.timeout(max(0.0, seconds)):
                await self._woken.wait()
        except TimeoutError:
            if self.open:
                await self.write(BEAT)
            return
        self._woken.clear()
