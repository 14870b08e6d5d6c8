"""Which of an engine's slots a request sits on, and who waits for one.

A slot remembers the last prompt it read. A request that begins with the same words is read faster
there, so each is seated where it shares most. Waiting is first come, first served.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from helicon.engines.protocol import Request
from helicon.messages import Message, Text

REMEMBERED_LETTERS = 400_000
"""Longer prompts are compared by their beginning."""


def prompt_text(request: Request) -> str:
    """What decides how much of a prompt two requests share; not the prompt itself, which a template makes."""
    parts = [repr(sorted(tool.items(), key=str)) for tool in request.tools]
    parts.extend(_turn(message) for message in request.messages)
    opened = (request.prefill_thinking or "") + (request.prefill_answer or "")
    return "\x1e".join((*parts, opened))[:REMEMBERED_LETTERS]


def _turn(message: Message) -> str:
    parts = (part.text if isinstance(part, Text) else hashlib.sha256(part.data).hexdigest() for part in message.parts)
    calls = (f"{call.name}{call.arguments}" for call in message.tool_calls)
    return "\x1f".join((message.role, *parts, *calls))


def shared_length(one: str, other: str) -> int:
    """Letters that both begin with."""
    low, high = 0, min(len(one), len(other))
    if one[:high] == other[:high]:
        return high
    while low < high:
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


class Slots:
    """Who sits where: the decision, without any waiting.

    ``cells`` are the tokens that all slots together can hold; ``None`` = enough for all. A request that
    says what it needs is seated only when that is left: an engine that runs out fails all that run.
    """

    def __init__(self, count: int, cells: int | None = None) -> None:
        self._cells = cells
        self._needs: dict[int, int] = {}
        self._held = [""] * count
        self._used = [0] * count
        self._turn = 0
        self.free = set(range(count))

    def take(self, text: str, need: int = 0) -> int | None:
        """Seat a prompt on the free slot that shares its longest beginning, else on the one longest unused.

        A beginning counts when it is half of the prompt or half of what the slot holds: for a few common
        words nobody's conversation is overwritten. ``None`` when no slot is free, or cells are lacking.
        """
        reserved = sum(self._needs.values())
        if not self.free or (self._cells is not None and reserved and reserved + need > self._cells):
            return None

        def worth(slot: int) -> tuple[int, int, int]:
            held = self._held[slot]
            shared = shared_length(text, held)
            pays = 2 * shared >= min(len(text), len(held))
            return (shared if pays else 0, -self._used[slot], -slot)

        slot = max(self.free, key=worth)
        self.free.remove(slot)
        self._needs[slot] = need
        return slot

    def leave(self, slot: int, held: str) -> None:
        """Free a slot that now remembers ``held``."""
        assert slot not in self.free, "a slot is left once"
        del self._needs[slot]
        self._turn += 1
        self._used[slot] = self._turn
        self._held[slot] = held[:REMEMBERED_LETTERS]
        self.free.add(slot)

    def forget(self) -> None:
        """No slot remembers anything any more: the engine was started again."""
        self._held = [""] * len(self._held)


class SlotQueue:
    """``Slots`` with a queue in front."""

    def __init__(self, count: int, cells: int | None = None) -> None:
        self.count = count
        self._slots = Slots(count, cells)
        self._waiting: deque[tuple[str, int, asyncio.Future[int]]] = deque()

    @property
    def running(self) -> int:
        """Slots taken now."""
        return self.count - len(self._slots.free)

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._waiting)

    def take_now(self, text: str, need: int = 0) -> int | None:
        """A free slot, unless somebody waits for one or none is free."""
        return None if self._waiting else self._slots.take(text, need)

    async def take(self, text: str, need: int = 0) -> int:
        """A slot, after everybody who came before."""
        slot = self.take_now(text, need)
        if slot is not None:
            return slot
        place: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        entry = (text, need, place)
        self._waiting.append(entry)
        try:
            return await place
        except asyncio.CancelledError:
            if entry in self._waiting:
                self._waiting.remove(entry)
                self._seat_waiting()  # the next may need less
            elif place.done() and not place.cancelled():
                self.leave(place.result(), "")  # given to somebody who had just left
            raise

    def leave(self, slot: int, held: str) -> None:
        """Free a slot and seat those who waited longest."""
        self._slots.leave(slot, held)
        self._seat_waiting()

    def _seat_waiting(self) -> None:
        while self._waiting:
            text, need, place = self._waiting[0]
            if not place.done():
                seat = self._slots.take(text, need)
                if seat is None:
                    return
                place.set_result(seat)
            self._waiting.popleft()

    def forget(self) -> None:
        """See ``Slots.forget``."""
        self._slots.forget()

    @asynccontextmanager
    async def seat(self, request: Request, need: int = 0) -> AsyncIterator[Seat]:
        """A slot for the time of one request."""
        text = prompt_text(request)
        seat = Seat(await self.take(text, need), text)
        try:
            yield seat
        finally:
            self.leave(seat.slot, seat.held)


class Seat:
    """A slot taken by a request, and what it will remember."""

    def __init__(self, slot: int, text: str) -> None:
        self.slot = slot
        self._text = text
        self._parts = [text]

    def is_for(self, text: str) -> bool:
        """Whether it was taken for that prompt."""
        return self._text == text

    def said(self, text: str) -> None:
        """The model generated ``text`` here: a later request may go on from it."""
        self._parts.append(text)

    @property
    def held(self) -> str:
        """The prompt and what was generated."""
        return "".join(self._parts)
