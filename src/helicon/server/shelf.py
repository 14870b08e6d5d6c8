"""The libraries of conversations and the threads they are called in, so that a slow disk never stops the event loop.

Reading and writing have threads of their own: a log that is being written does not wait behind somebody's search.
A library in memory has one thread for both, because it has one connection.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from helicon.errors import StoreError
from helicon.server.errors import HttpRefusal

if TYPE_CHECKING:
    from helicon.store import Conversation, Library, RunRow, StoredFile, StoredMessage

P = ParamSpec("P")
T = TypeVar("T")
READERS = 4
INCOGNITO = "inc-"
"""What the ids of things begin with that are never written to disk."""


class Shelf:
    """Call the library through ``ask``; the writer of logs through ``write``."""

    def __init__(self, library: Library, *, incognito: bool) -> None:
        self.library = library
        self.incognito = incognito
        """It forgets everything with the process."""
        self.problem = ""
        """What went wrong last, in words; empty while it works."""
        self.on_change: Callable[[], None] = lambda: None
        """Told when ``problem`` comes or goes."""
        threads = 1 if incognito else READERS
        self._readers = ThreadPoolExecutor(threads, "helicon-library")
        self._writer = self._readers if incognito else ThreadPoolExecutor(1, "helicon-log")

    @property
    def place(self) -> str:
        """Where it is, without passwords."""
        return self.library.place

    async def ask(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """``function(*arguments, **named)`` in a thread of the readers.

        Raises:
            StoreError: the database does not answer, is locked, full or damaged.
        """
        return await self._call(self._readers, partial(function, *arguments, **named))

    async def write(self, function: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """The same in the writer's thread."""
        return await self._call(self._writer, partial(function, *arguments, **named))

    async def _call(self, threads: ThreadPoolExecutor, call: Callable[[], T]) -> T:
        try:
            result = await asyncio.get_running_loop().run_in_executor(threads, call)
        except StoreError as error:
            self._tell(str(error))
            raise
        self._tell("")
        return result

    def _tell(self, problem: str) -> None:
        if problem != self.problem:
            self.problem = problem
            self.on_change()

    async def close(self) -> None:
        """Wait for the calls under way, and close the database."""
        for threads in (self._readers, self._writer):
            await asyncio.to_thread(threads.shutdown)
        await asyncio.to_thread(self.library.close)


class Shelves:
    """The library on disk and the one in memory, and on which of them a thing is."""

    def __init__(self, memory: Shelf, disk: Shelf | None, *, reason: str = "") -> None:
        self.memory = memory
        self.disk = disk
        """``None``: nothing is kept."""
        self.reason = reason
        """Why nothing is kept, in words."""

    def __iter__(self) -> Iterator[Shelf]:
        return iter((self.memory,) if self.disk is None else (self.disk, self.memory))

    @property
    def main(self) -> Shelf:
        """Where things go that are not incognito: preferences, sessions, conversations."""
        return self.disk or self.memory

    def of(self, *, incognito: bool) -> Shelf:
        """Where a new conversation goes."""
        return self.memory if incognito else self.main

    def new_id(self, kind: str, *, incognito: bool) -> str:
        """An id that nobody guesses, and that says where its thing is."""
        return f"{INCOGNITO if incognito else ''}{kind}_{secrets.token_hex(12)}"

    async def find(self, name: str, id: str, look: Callable[[Library], T | None]) -> tuple[Shelf, T]:
        """The thing ``look`` finds, and where.

        Raises:
            HttpRefusal: 404, it is on no shelf, or another owner's, which is the same.
            StoreError: the database does not answer.
        """
        for shelf in (self.memory,) if id.startswith(INCOGNITO) else self:
            if (found := await shelf.ask(look, shelf.library)) is not None:
                return shelf, found
        raise missing(name, id)

    async def conversation(self, owner: str, id: str) -> tuple[Shelf, Conversation]:
        """See ``find``."""
        return await self.find("conversation", id, lambda library: library.conversation(owner, id))

    async def message(self, owner: str, id: str) -> tuple[Shelf, StoredMessage]:
        """See ``find``."""
        return await self.find("message", id, lambda library: library.message(owner, id))

    async def run(self, owner: str, id: str) -> tuple[Shelf, RunRow]:
        """See ``find``; of a run whose conversation was removed only what it cost is left."""
        shelf, row = await self.find("run", id, lambda library: library.run(owner, id))
        if not row.conversation:
            raise missing("run", id)
        return shelf, row

    async def file(self, owner: str, id: str) -> tuple[Shelf, StoredFile]:
        """See ``find``."""
        return await self.find("file", id, lambda library: library.file(owner, id))

    async def close(self) -> None:
        """Close both."""
        for shelf in self:
            await shelf.close()


def missing(name: str, id: str) -> HttpRefusal:
    """The 404 of a thing that is not there, or not this owner's."""
    return HttpRefusal(
        f"there is no {name} {id[:80]!r} here.", hint="It may have been deleted.", status=404, code="not_found"
    )
