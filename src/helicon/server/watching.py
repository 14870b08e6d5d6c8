"""The client's presence, watched from the first byte of a reply to the last.

Under Helicon's own protocol class the connection itself tells the leaving, which costs nothing while the
client stays. Under any other ASGI server one task listens for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, MutableMapping
from types import TracebackType
from typing import Any, TypeVar

from helicon.server.limits import Gate, Receive

T = TypeVar("T")


class ClientGone(ConnectionError):
    """The client left; nobody is there to be answered."""


class Leaving:
    """How a connection tells a request that its client left; the connection's end calls ``happened``."""

    __slots__ = ("_resume", "_then", "left")

    def __init__(self, resume_reading: Callable[[], object]) -> None:
        self._resume = resume_reading
        self._then: Callable[[], object] | None = None
        self.left = False

    def watch(self, then: Callable[[], object] | None) -> None:
        """Call ``then`` when the client leaves, at once if it has; ``None`` watches no more."""
        self._then = then
        if then is None:
            return
        if self.left:
            then()
        else:
            self._resume()  # a connection that is not read would not see its end

    def happened(self) -> None:
        """The client left."""
        self.left = True
        if self._then is not None:
            self._then()


LEAVING = "helicon.leaving"
"""The scope's extension that holds a ``Leaving`` as its ``leaving``."""


def leaving_of(scope: MutableMapping[str, Any]) -> Leaving | None:
    """What the connection of a request has to tell its leaving; ``None`` under another server."""
    extension = scope.get("extensions", {}).get(LEAVING)
    return extension["leaving"] if extension else None


class Client:
    """``async with Client(receive) as client``: enter once the request's body is read."""

    def __init__(self, receive: Receive, leaving: Leaving | None = None) -> None:
        self._receive = receive
        self._leaving = leaving
        self._then: Callable[[], object] | None = None
        self._listener: asyncio.Task[None] | None = None
        self.gone = False

    async def __aenter__(self) -> Client:
        if self._leaving is not None:
            self._leaving.watch(self._left)
        else:
            self._listener = asyncio.create_task(self._listen())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._then = None
        if self._leaving is not None:
            self._leaving.watch(None)
        elif self._listener is not None:
            self._listener.cancel()
            await asyncio.wait((self._listener,))

    async def _listen(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self._left()

    def _left(self) -> None:
        self.gone = True
        if self._then is not None:
            self._then()

    def when_gone(self, then: Callable[[], object] | None) -> None:
        """Call ``then`` when the client leaves, at once if it has; replaces the one given before."""
        self._then = then
        if self.gone and then is not None:
            then()

    async def race(self, work: Coroutine[Any, Any, T]) -> T:
        """``work``'s result, unless the client leaves first.

        Raises:
            ClientGone: it left; ``work`` was cancelled and has ended.
        """
        task = asyncio.create_task(work)
        self.when_gone(task.cancel)
        try:
            await asyncio.wait((task,))
        except asyncio.CancelledError:
            task.cancel()
            await asyncio.wait((task,))
            raise
        finally:
            self.when_gone(None)
        if task.cancelled():
            raise ClientGone("the client left")
        return task.result()

    async def enter(self, gate: Gate) -> None:
        """Take a place of ``gate``, waiting in its queue; give it back with ``gate.leave``.

        Raises:
            ServerBusy: the queue is full.
            ClientGone: the client left while it waited; it has no place.
        """
        if gate.try_enter():
            return
        place = gate.join()

        def give_up() -> None:
            if not place.done():
                place.set_exception(ClientGone("the client left"))

        self.when_gone(give_up)
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled() and place.exception() is None:
                gate.leave()
            raise
        finally:
            self.when_gone(None)
