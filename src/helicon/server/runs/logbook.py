"""The logs of runs, written behind them: batches, one thread, and patience with a database that does not take them.

A run never waits for its log and never fails with it. What cannot be written stays in memory, is tried again, and
the shelf says why it waits.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helicon.errors import StoreError

if TYPE_CHECKING:
    from helicon.server.runs.runlog import RunLog
    from helicon.server.shelf import Shelf
    from helicon.store import StoredMessage

log = logging.getLogger("helicon.server")

BATCH_SECONDS = 0.1
RETRY_SECONDS = 2.0
MOST_UNWRITTEN = 256
"""Ended runs that may wait for the database; the oldest are given up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What is written when a run has ended."""

    message: StoredMessage
    row: dict[str, Any]
    """The arguments of ``Library.end_run`` beside the id."""


@dataclass(eq=False, slots=True)
class Entry:
    """One log on its way to the database."""

    log: RunLog
    written: int = 0
    """Lines that are there."""
    ending: Ending | None = None
    done: bool = False
    """Everything is written, or the run was deleted meanwhile."""
    failures: int = 0


class Logbook:
    """The writer of one shelf; made inside a running event loop."""

    def __init__(self, shelf: Shelf) -> None:
        self._shelf = shelf
        self._entries: dict[str, Entry] = {}
        self._wake = asyncio.Event()
        self._closing = asyncio.Event()
        self._task = asyncio.create_task(self._work())
        self.lost = 0
        """Runs that were given up."""

    def begin(self, run: RunLog) -> None:
        """A run whose row is in the database begins its log."""
        self._entries[run.run_id] = Entry(run)

    def touch(self) -> None:
        """Some log has grown."""
        self._wake.set()

    def end(self, run: RunLog, ending: Ending) -> None:
        """A log has its last line."""
        if (entry := self._entries.get(run.run_id)) is not None:
            entry.ending = ending
            self._give_up()
            self._wake.set()

    def holds(self, run_id: str) -> bool:
        """Whether something of that run is not yet written."""
        return run_id in self._entries

    async def _work(self) -> None:
        while not self._closing.is_set():
            await self._wake.wait()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._closing.wait(), BATCH_SECONDS)
            self._wake.clear()
            if not await self._write() and not self._closing.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._closing.wait(), RETRY_SECONDS)
                self._wake.set()

    async def _write(self) -> bool:
        """Write what is new; false where something could not be written."""
        entries = sorted(self._entries.values(), key=lambda entry: entry.failures)
        try:
            await self._shelf.write(self._save, entries)
        except StoreError as error:
            log.warning("the log of a run waits for the database: %s", error)
            return False
        except Exception:  # the boundary: one bad log must not end the writer
            log.exception("the log of a run could not be written")
            return False
        finally:
            for entry in entries:
                if entry.done and self._entries.get(entry.log.run_id) is entry:
                    del self._entries[entry.log.run_id]
        return True

    def _save(self, entries: list[Entry]) -> None:
        """In the writer's thread."""
        library = self._shelf.library
        for entry in entries:
            ending = entry.ending  # read first: once it is there, the lines are complete
            lines = entry.log.lines[entry.written :]
            entry.failures += 1
            if lines:
                entry.done = not library.append_events(entry.log.run_id, entry.written, lines)
                entry.written += len(lines)
            if ending is not None:
                message = ending.message
                changes = {name: getattr(message, name) for name in ("text", "state", "error", "summary")}
                library.end_run(entry.log.run_id, **ending.row, message=changes)
                entry.done = True
            entry.failures = 0

    def _give_up(self) -> None:
        ended = [entry for entry in self._entries.values() if entry.ending is not None]
        for entry in ended[: max(0, len(ended) - MOST_UNWRITTEN)]:
            self.lost += 1
            log.error("run %s is not kept: the database did not take it", entry.log.run_id)
            del self._entries[entry.log.run_id]

    async def close(self) -> None:
        """Write what is left, once, and end."""
        self._closing.set()
        self._wake.set()
        await self._task
        if self._entries and not await self._write():
            log.error("%d runs were not kept whole: the database did not take them", len(self._entries))
