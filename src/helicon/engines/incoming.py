"""The events of one streamed reply as they arrive: every read gives all that is there, and never waits for more.

One timer watches a whole stream for silence. It is not set anew for every token: when it rings, it looks how long
the reader has really been waiting, and sleeps for the rest.
"""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp

from helicon.engines.http import Http
from helicon.engines.quick_json import parse_all
from helicon.engines.sse import EventDecoder, EventTooLong
from helicon.engines.timeouts import Timeouts, longer
from helicon.errors import EngineProtocol, EngineTimeout

_DRAIN_SECONDS = 0.1


class Silence(Exception):
    """Nothing came for too long; never leaves this module."""


class Incoming:
    """``read`` until it gives ``None``; ``close`` in any case."""

    def __init__(self, response: aiohttp.ClientResponse, *, place: str, timeouts: Timeouts, drain: bool) -> None:
        """
        Args:
            place: where the engine is, for messages.
            drain: read the end mark after ``[DONE]``, so that the connection can serve the next request.
        """
        self._content = response.content
        self._place = place
        self._idle = timeouts.idle
        self._drain = drain
        self._decoder = EventDecoder()
        self._ended = False
        self._loop = asyncio.get_running_loop()
        self._limit, self._option = timeouts.first_byte, "first_byte"
        self._waits_since: float | None = None
        self._timer = self._loop.call_later(self._limit, self._look)

    async def read(self) -> list[Any] | None:
        """The JSON values that came; ``None`` after ``[DONE]`` or at the end of the bytes.

        An event that is no JSON comes as ``None``. Ends silently when the connection breaks: whether the reply
        was complete is seen from its finish reason.

        Raises:
            EngineTimeout: nothing came for too long.
            EngineProtocol: an event is too long to be one.
        """
        if self._ended:
            return None
        self._waits_since = self._loop.time()
        try:
            data = await self._content.readany()
        except Silence as error:
            raise EngineTimeout(
                f"{self._place} was silent for {self._limit:g} seconds in the middle of its reply.",
                hint=f"The engine may be stuck or overloaded; wait longer with {longer(self._option)}.",
            ) from error
        except (aiohttp.ClientError, OSError):
            self._ended = True
            return None
        finally:
            self._waits_since = None
        if self._option == "first_byte":
            self._begun()
        try:
            events = self._decoder.decode(data) if data else self._decoder.flush()
        except EventTooLong as error:
            raise EngineProtocol(f"{self._place} sends {error}.") from error
        self._ended = not data
        for number, event in enumerate(events):
            if event.startswith("[DONE]"):
                self._ended = True
                if self._drain:
                    await self._read_end()
                del events[number:]
                break
        return parse_all(events)

    def _begun(self) -> None:
        """From now on the bound between two pieces holds."""
        self._limit, self._option = self._idle, "idle"
        self._timer.cancel()
        self._timer = self._loop.call_later(self._limit, self._look)

    def _look(self) -> None:
        """The timer: end the wait when it has lasted too long, else come back when it would have."""
        since, now = self._waits_since, self._loop.time()
        left = self._limit if since is None else since + self._limit - now
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._content.set_exception(Silence())

    async def _read_end(self) -> None:
        if self._content.at_eof():
            return
        try:
            async with asyncio.timeout(_DRAIN_SECONDS):
                await self._content.readany()
        except (TimeoutError, aiohttp.ClientError, OSError):
            pass  # the connection is closed instead

    def close(self) -> None:
        """Disarm the timer."""
        self._timer.cancel()


class Whole:
    """A reply that is not streamed although we asked for it, in the shape of ``Incoming``: one read gives all."""

    def __init__(self, http: Http, response: aiohttp.ClientResponse) -> None:
        self._http = http
        self._response = response
        self._ended = False

    async def read(self) -> list[Any] | None:
        """The one value, then ``None``; ``None`` at once where the reply broke off.

        Raises:
            EngineTimeout: it takes too long.
        """
        if self._ended:
            return None
        self._ended = True
        try:
            async with asyncio.timeout(self._http.timeouts.first_byte):
                reply = await self._http.whole(self._response)
        except TimeoutError as error:
            raise self._http.failure(error) from error
        except (aiohttp.ClientError, OSError):
            return None
        return [reply.json]

    def close(self) -> None:
        """Nothing to do: the reply is closed by whoever opened it."""
