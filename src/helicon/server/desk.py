"""What the routes of the page's API share: the libraries, the runs, the logins, the models, the windows."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helicon.errors import HeliconError, SetupError, StoreError
from helicon.server.changes import Changes, change
from helicon.server.core import Core
from helicon.server.fleet import Fleet
from helicon.server.runs.hub import Hub
from helicon.server.sessions import Sessions
from helicon.server.shelf import Shelf, Shelves
from helicon.server.shown import show_message

if TYPE_CHECKING:
    from helicon.engines.protocol import Engine
    from helicon.server.api.sse import Wire
    from helicon.server.settings import Settings
    from helicon.store import Conversation, StoredMessage

log = logging.getLogger("helicon.server")

Opener = Callable[[str], Awaitable["Engine"]]
FILE = "helicon.sqlite3"
UNDO_SECONDS = 7 * 86400
"""What was thrown away can be taken back for so long."""
INCOGNITO_SECONDS = 86400
"""An incognito conversation that nothing was said in for so long is forgotten."""
TIDY_SECONDS = 3600


@dataclass(eq=False, slots=True, kw_only=True)
class Desk:
    """See the module's text."""

    core: Core
    shelves: Shelves
    hub: Hub
    changes: Changes
    sessions: Sessions
    fleet: Fleet
    languages: list[str]
    wires: set[Wire] = field(default_factory=set)
    """The streams that are open now."""
    _tidying: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Mark what an earlier process left behind, and open the models that were added."""
        for shelf in self.shelves:
            shelf.on_change = self._tell_storage
        await self.hub.open()
        await self.fleet.open()
        self._tidying = asyncio.create_task(self._tidy())

    def storage(self) -> dict[str, Any]:
        """Where conversations are kept, and whether that works."""
        disk = self.shelves.disk
        if disk is None:
            return {"place": "", "ok": False, "message": self.shelves.reason}
        return {"place": disk.place, "ok": not disk.problem, "message": disk.problem}

    def _tell_storage(self) -> None:
        self.changes.tell_everybody(change("storage") | {"storage": self.storage()})

    def tell(self, shelf_owner: str, kind: str, conversation: str | None = None) -> None:
        """Tell all windows of an owner."""
        self.changes.tell(shelf_owner, change(kind, conversation=conversation))

    def tell_message(self, owner: str, message: StoredMessage, *, blind: bool) -> None:
        """Tell all windows of an owner of a message that is new or has changed."""
        shown = show_message(message, blind=blind)
        told = change("message", conversation=message.conversation, run=message.run, message=shown)
        self.changes.tell(owner, told)

    async def _tidy(self) -> None:
        """Empty bins, forget old logins and what nobody shows any more."""
        while True:
            now = time.time()
            for shelf in self.shelves:
                library = shelf.library
                try:
                    await shelf.ask(library.purge_deleted, now - UNDO_SECONDS)
                    await shelf.ask(library.drop_expired_sessions, now)
                    await shelf.ask(library.drop_unused_files, now - TIDY_SECONDS)
                except StoreError as error:
                    log.warning("the database could not be tidied: %s", error)
            await asyncio.sleep(TIDY_SECONDS)

    def hang_up(self) -> None:
        """End every window's stream; it comes back once a server is there again."""
        for wire in list(self.wires):
            wire.hang_up()

    async def close(self) -> None:
        """End and write everything; the engines that were added are closed, the others are the caller's."""
        if self._tidying is not None:
            self._tidying.cancel()
            await asyncio.wait((self._tidying,))
        await self.hub.close()
        await self.fleet.close()
        await self.shelves.close()


async def open_desk(core: Core, opener: Opener, languages: list[str]) -> Desk:
    """A desk over the database of the settings, or over memory alone where that cannot be opened.

    Raises:
        HeliconError: a database that was named (not the data folder's own) cannot be opened.
    """
    from helicon.store import open_memory_library

    disk, reason = await _open_disk(core.settings)
    memory = Shelf(await asyncio.to_thread(open_memory_library), incognito=True)
    shelves = Shelves(memory, disk, reason=reason)
    changes = Changes()
    desk = Desk(
        core=core,
        shelves=shelves,
        hub=Hub(core, shelves, changes),
        changes=changes,
        sessions=Sessions(core.settings.keys, shelves.main),
        fleet=Fleet(core, shelves.main, opener, on_change=lambda: changes.tell_everybody(change("models"))),
        languages=languages,
    )
    await desk.open()
    return desk


async def _open_disk(settings: Settings) -> tuple[Shelf | None, str]:
    """The library on disk, or why there is none."""
    from helicon.store import open_library

    if settings.database is not None:
        return Shelf(await asyncio.to_thread(open_library, settings.database), incognito=False), ""
    if settings.data is None:
        return None, "This server keeps conversations in memory only, and forgets them when it ends."
    try:
        library = await asyncio.to_thread(_open_folder, Path(settings.data))
    except HeliconError as error:
        log.warning("conversations are not kept: %s", error)
        return None, f"Conversations are not kept: {error}"
    return Shelf(library, incognito=False), ""


def _open_folder(folder: Path) -> Any:
    from helicon.store import open_library

    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with contextlib.suppress(OSError):
            (folder / FILE).touch(mode=0o600)
    except OSError as error:
        raise SetupError(
            f"the data folder {str(folder)!r} cannot be made: {error.strerror}.", hint="Choose another one with --data."
        ) from error
    return open_library(str(folder / FILE))


def kept_in_blind(conversation: Conversation) -> bool:
    """Whether who answered is still to be hidden."""
    return conversation.kind == "comparison" and conversation.blind


def languages_of(folder: Path) -> list[str]:
    """The page's languages, one file each, English first."""
    found = sorted(file.stem for file in folder.glob("*.js")) if folder.is_dir() else []
    return sorted(found, key=lambda tag: (tag != "en", tag)) or ["en"]
