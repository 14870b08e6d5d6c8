"""One reply as server-sent events.

The status line waits for the first sign of life from the engine, so that a request the engine refuses
still gets its proper status; after ``HOLD_SECONDS`` of silence (a long prompt) it is sent anyway and
comment lines keep the connection alive. A failure after that ends in an error event, never in a clean end.
Chunks of events that came together are sent together: a write costs more than a chunk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from helicon.events import AgentEnded, AnswerDelta, DraftDelta, Event, Result, ThinkingDelta, ToolCalled
from helicon.server import replies
from helicon.server.errors import reply_for
from helicon.server.http import NOSNIFF, Send
from helicon.server.transcript import Call, Content, Piece, Reasoning, Withdrawn

HOLD_SECONDS = 5.0
PING_SECONDS = 15.0
FULL_BYTES = 16 * 1024
"""So much is sent at once at most."""
_SIGNS = (ThinkingDelta, AnswerDelta, DraftDelta, ToolCalled)


class Stream:
    """``show`` every event, ``flush`` when no more waits, then ``finish`` or ``fail``; ``close`` in any case."""

    def __init__(
        self, send: Send, chunks: replies.Chunks, run_id: str, first_byte: Callable[[], None], *, with_events: bool
    ) -> None:
        self._send = send
        self._chunks = chunks
        self._run_id = run_id
        self._first_byte = first_byte
        self._with_events = with_events
        self._held = bytearray()
        self._spoken = False
        """The engine gave a sign of life."""
        self._heart: asyncio.Task[None] | None = None
        self._timer = asyncio.get_running_loop().call_later(HOLD_SECONDS, self._start_heart)
        self.started = False

    @property
    def begun(self) -> bool:
        """Something was sent, or is about to be: an error can have no status of its own any more."""
        return self.started or self._spoken

    @property
    def full(self) -> bool:
        """Enough waits to be sent now."""
        return len(self._held) >= FULL_BYTES

    def show(self, event: Event, pieces: tuple[Piece, ...]) -> None:
        """Take the pieces of one event, to be sent by the next ``flush``."""
        if self._with_events:
            self._held += self._with(event, pieces)
        else:
            for piece in pieces:
                self._held += self._render(piece)
        if not self._spoken and (isinstance(event, _SIGNS) or (isinstance(event, AgentEnded) and not event.error)):
            self._spoken = True
            if not self.started:
                self._first_byte()

    async def flush(self) -> None:
        """Send what was shown, unless the status line still waits for the engine."""
        if self.started:
            await self._send_held()
        elif self._spoken:
            await self._start()

    async def _send_held(self) -> None:
        if self._held:
            data, self._held = bytes(self._held), bytearray()
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    def _with(self, event: Event, pieces: tuple[Piece, ...]) -> bytes:
        """The event in one chunk with its plain text; what is more than text follows in chunks of its own."""
        reasoning = "".join([piece.text for piece in pieces if isinstance(piece, Reasoning)])
        plain = [piece.text for piece in pieces if isinstance(piece, Content) and not piece.logprobs]
        rest = [p for p in pieces if isinstance(p, Call | Withdrawn) or (isinstance(p, Content) and p.logprobs)]
        chunk = self._chunks.with_event(event, reasoning, "".join(plain))
        return b"".join([chunk, *map(self._render, rest)])

    def _render(self, piece: Piece) -> bytes:
        match piece:
            case Content(text=text, logprobs=logprobs):
                return self._chunks.content(text, logprobs)
            case Reasoning(text=text):
                return self._chunks.reasoning(text)
            case Call(call=call):
                return self._chunks.call(call)
            case _:
                return self._chunks.withdrawn(piece.reason)

    async def _start(self) -> None:
        self.started = True
        self._held[:0] = self._chunks.role()
        await self._send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", b"text/event-stream; charset=utf-8"),
                    (b"cache-control", b"no-cache"),
                    (b"x-accel-buffering", b"no"),
                    (b"x-request-id", self._run_id.encode()),
                    NOSNIFF,
                ],
            }
        )
        await self._send_held()

    async def finish(self, result: Result) -> None:
        """The last chunks and the end."""
        if not self.started:
            await self._start()
        self._held += self._chunks.finish(result)
        if self._chunks.include_usage:
            self._held += self._chunks.usage(result)
        await self._end(replies.DONE)

    async def fail(self, error: BaseException, result: Result) -> None:
        """An error event and the end."""
        if not self.started:
            await self._start()
        await self._end(replies.error_event(reply_for(error), result))

    async def _end(self, last: bytes) -> None:
        await self._stop_heart()
        data, self._held = bytes(self._held) + last, bytearray()
        await self._send({"type": "http.response.body", "body": data, "more_body": False})

    def _start_heart(self) -> None:
        self._heart = asyncio.get_running_loop().create_task(self._beat())

    async def _beat(self) -> None:
        if not self.started:
            await self._start()
        while True:
            await asyncio.sleep(PING_SECONDS)
            await self._send({"type": "http.response.body", "body": replies.PING, "more_body": True})

    async def _stop_heart(self) -> None:
        self._timer.cancel()
        if self._heart is not None:
            self._heart.cancel()
            await asyncio.wait((self._heart,))
            self._heart = None

    async def close(self) -> None:
        """Stop keeping the connection alive."""
        await self._stop_heart()
