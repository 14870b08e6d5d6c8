"""How much at once, and how much of each key: the gate that lets runs in, the keys' accounts, and the reading
of a body within size and time.

The gate is first come, first served, and bounded: a request beyond running and waiting places is
refused at once with the seconds after which it may try again, never kept in silence. The accounts live in this
process: they begin anew when it does.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from dataclasses import replace
from typing import Any

from helicon.errors import ServerBusy
from helicon.ledger import Ledger
from helicon.messages import Question
from helicon.server.auth import KeyRing
from helicon.server.errors import HttpRefusal, KeyLimit
from helicon.server.keys import Rules

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


class Window:
    """A sum over the last ``seconds``, kept in sixtieths, so that its size does not grow with its use."""

    def __init__(self, most: float, seconds: float) -> None:
        self.most = most
        self._part_seconds = seconds / 60
        self._parts: deque[tuple[int, float]] = deque()
        self._sum = 0.0

    def room(self, now: float) -> float:
        """What may still come; below 0 where more came than was allowed."""
        oldest = int(now / self._part_seconds) - 61
        while self._parts and self._parts[0][0] <= oldest:
            self._sum -= self._parts.popleft()[1]
        if not self._parts:
            self._sum = 0.0  # no error of rounding outlives a quiet window
        return self.most - self._sum

    def add(self, amount: float, now: float) -> None:
        """``amount`` was used."""
        part = int(now / self._part_seconds)
        if self._parts and self._parts[-1][0] == part:
            amount_before = self._parts.pop()[1]
            self._parts.append((part, amount_before + amount))
        else:
            self._parts.append((part, amount))
        self._sum += amount

    def wait_seconds(self, now: float) -> int:
        """When there is room again, from 1."""
        left = self._sum
        for part, amount in self._parts:
            left -= amount
            if left < self.most:
                return max(1, math.ceil((part + 61) * self._part_seconds - now))
        return 1


class Account:
    """What one key uses, against its rules."""

    def __init__(self, rules: Rules, share: int) -> None:
        self.most = share if rules.running is None else rules.running
        self.held = 0
        given = (
            ("requests in a minute", rules.requests_per_minute, 60),
            ("tokens in a minute", rules.tokens_per_minute, 60),
            ("tokens in a day", rules.tokens_per_day, 86400),
            ("money in a day", rules.money_per_day, 86400),
        )
        self.windows = {words: Window(most, seconds) for words, most, seconds in given if most is not None}

    def take(self, now: float) -> None:
        """One more request; see ``Shares.take``."""
        if self.held >= self.most:
            raise ServerBusy(
                f"this key has {self.held} requests running or waiting; expected at most {self.most}.",
                hint="Wait for one of them to end.",
            )
        for words, window in self.windows.items():
            if window.room(now) <= 0:
                seconds = window.wait_seconds(now)
                raise KeyLimit(
                    f"this key has used its {window.most:g} {words}.",
                    hint=f"Try again in {seconds} s.",
                    retry_after_seconds=seconds,
                )
        if (requests := self.windows.get("requests in a minute")) is not None:
            requests.add(1, now)
        self.held += 1

    def tokens_left(self, now: float) -> int | None:
        """Tokens one run may still generate; ``None`` is no bound."""
        rooms = [window.room(now) for words, window in self.windows.items() if words.startswith("tokens")]
        return max(1, int(min(rooms))) if rooms else None

    def spend(self, ledger: Ledger, now: float) -> None:
        """A run is over, or was ended."""
        tokens = ledger.tokens
        for words, window in self.windows.items():
            if words.startswith("tokens"):
                window.add(tokens.prefilled + tokens.generated, now)
            elif words.startswith("money"):
                window.add(ledger.money, now)


class Shares:
    """How much each key has of the gate and of its own limits, so that no key can take what is the others'."""

    def __init__(self, keys: KeyRing, room: int) -> None:
        share = room if len(keys) < 2 else max(1, room // 2)
        self.accounts = [Account(key.rules, share) for key in keys.keys]
        """One for each key. Where there are several, each has half of the room unless its rules say otherwise."""

    def take(self, key: int | None) -> None:
        """One more request of ``key``; give it back with ``give``.

        Raises:
            ServerBusy: the key has its share of the places already.
            KeyLimit: it has used up what it may use in a minute or a day.
        """
        if key is not None:
            self.accounts[key].take(time.monotonic())

    def give(self, key: int | None) -> None:
        """One request of ``key`` is over."""
        if key is not None:
            self.accounts[key].held -= 1

    def bound(self, key: int | None, question: Question) -> Question:
        """``question`` with no more tokens than the key has left."""
        if key is None or (left := self.accounts[key].tokens_left(time.monotonic())) is None:
            return question
        asked = question.budget.total_tokens
        budget = replace(question.budget, total_tokens=left if asked is None else min(asked, left))
        return replace(question, budget=budget)

    def spend(self, key: int | None, ledger: Ledger) -> None:
        """What a run of ``key`` used, cancelled and failed ones included."""
        if key is not None:
            self.accounts[key].spend(ledger, time.monotonic())


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
            f"the request's body did not arrive within {seconds:g} s.",
            hint="Send less, or send it faster.",
            status=408,
            code="body_timeout",
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
