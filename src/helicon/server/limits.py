"""How much at once: the gate that lets runs in, and the reading of a body within size and time.

The gate is first come, first served, and bounded: a request beyond running and waiting places is
refused at once with the seconds after which it may try again, never kept in silence.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from helicon.errors import ServerBusy
from helicon.server.errors import HttpRefusal

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class Gate:
    """At most ``running`` runs at once and ``waiting`` behind them."""

    def __init__(self, running: int, waiting: int) -> None:
        self.places = running
        self.queue = waiting
        self.running = 0
        self._waiters: deque[asyncio.Future[None]] = deque()
        self._mean_seconds = 1.0

    @property
    def waiting(self) -> int:
        """Requests in the queue now."""
        return len(self._waiters)

    @property
    def retry_after_seconds(self) -> int:
        """When a refused request may find room: the queue's expected time, from 1 to 60."""
        expected = self._mean_seconds * (len(self._waiters) + 1) / self.places
        return max(1, min(60, math.ceil(expected)))

    def try_enter(self) -> bool:
        """Take a place if one is free and nobody waits."""
        if self.running < self.places and not self._waiters:
            self.running += 1
            return True
        return False

    def join(self) -> asyncio.Future[None]:
        """Stand in the queue. The future's result is the place; cancelling or failing it leaves the queue.

        Raises:
            ServerBusy: the queue is full.
        """
        if len(self._waiters) >= self.queue:
            raise ServerBusy(
                f"{self.running} requests are running and {len(self._waiters)} are waiting; there is room for "
                f"{self.places} and {self.queue}.",
                hint=f"Try again in {self.retry_after_seconds} s.",
            )
        place = asyncio.get_running_loop().create_future()
        self._waiters.append(place)
        place.add_done_callback(self._left)
        return place

    def leave(self, seconds: float | None = None) -> None:
        """Give a place back; ``seconds`` is how long the run took."""
        if seconds is not None:
            self._mean_seconds += 0.2 * (seconds - self._mean_seconds)
        while self._waiters:
            place = self._waiters.popleft()
            if not place.done():
                place.set_result(None)
                return
        self.running -= 1

    def fail_waiting(self, error: Exception) -> None:
        """Send everybody in the queue away with ``error``."""
        while self._waiters:
            place = self._waiters.popleft()
            if not place.done():
                place.set_exception(error)

    def _left(self, place: asyncio.Future[None]) -> None:
        if (place.cancelled() or place.exception() is not None) and place in self._waiters:
            self._waiters.remove(place)


class Shares:
    """How much of a gate each key has, so that no key can take all of it from the others."""

    def __init__(self, keys: int, room: int) -> None:
        self.most = room if keys < 2 else max(1, room // 2)
        """Requests of one key, running and waiting together: half of the room where there are several keys."""
        self._held: dict[int, int] = {}

    def take(self, key: int | None) -> None:
        """One more request of ``key``; give it back with ``give``.

        Raises:
            ServerBusy: the key has its share already.
        """
        if key is None:
            return
        held = self._held.get(key, 0)
        if held >= self.most:
            raise ServerBusy(
                f"this key has {held} requests running or waiting; expected at most {self.most}.",
                hint="Wait for one of them to end.",
            )
        self._held[key] = held + 1

    def give(self, key: int | None) -> None:
        """One request of ``key`` is over."""
        if key is not None:
            self._held[key] -= 1


def declared_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """The ``Content-Length``, where there is a readable one."""
    for name, value in headers:
        if name == b"content-length":
            return int(value) if value.isdigit() else None
    return None


async def read_body(scope: MutableMapping[str, Any], receive: Receive, *, limit: int, seconds: float) -> bytes:
    """The whole body, at most ``limit`` bytes, within ``seconds``.

    Raises:
        HttpRefusal: 413 too large (also when sent in chunks), 408 too slow.
        ConnectionError: the client left before its end.
    """
    declared = declared_length(scope["headers"])
    if declared is not None and declared > limit:
        raise _too_large(limit)
    try:
        async with asyncio.timeout(seconds):
            message = await _next(receive)
            if not message.get("more_body", False):
                body: bytes = message.get("body", b"")
                if len(body) > limit:
                    raise _too_large(limit)
                return body
            parts = bytearray(message.get("body", b""))
            while message.get("more_body", False):
                if len(parts) > limit:
                    raise _too_large(limit)
                message = await _next(receive)
                parts += message.get("body", b"")
    except TimeoutError as error:
        raise HttpRefusal(
            f"the request's body did not arrive within {seconds:g} s.", status=408, code="body_timeout"
        ) from error
    if len(parts) > limit:
        raise _too_large(limit)
    return bytes(parts)


async def _next(receive: Receive) -> MutableMapping[str, Any]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ConnectionResetError("the client left while it sent its request")
    return message


def _too_large(limit: int) -> HttpRefusal:
    return HttpRefusal(
        f"the request's body is larger than {limit} bytes.",
        hint="Send smaller pictures or a shorter conversation.",
        status=413,
        code="body_too_large",
    )
