"""Writing runs behind the answers: a bounded queue, one task, batches in a thread.

An answer never waits for the database and never fails with it: what cannot be written is logged and
counted. ``close`` writes what is left.
"""

from __future__ import annotations

import asyncio
import logging

from helicon.errors import StoreError
from helicon.store.store import Store, StoredRun

log = logging.getLogger("helicon.store")

ROOM = 1000
"""Runs that may wait to be written."""
BATCH = 64


class Recorder:
    """Made inside a running event loop."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._queue: asyncio.Queue[StoredRun | None] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())
        self.lost = 0
        """Runs that the database did not take."""

    def put(self, run: StoredRun) -> bool:
        """Hand a run over; false when there is no room, because the database is slower than the runs."""
        if self._queue.qsize() >= ROOM or self._writer.done():
            return False
        self._queue.put_nowait(run)
        return True

    async def _write(self) -> None:
        last = False
        while not last:
            batch = [await self._queue.get()]
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            last = None in batch
            runs = [run for run in batch if run is not None]
            if runs:
                await self._save(runs)

    async def _save(self, runs: list[StoredRun]) -> None:
        try:
            await asyncio.to_thread(self._store.save, runs)
        except StoreError as error:
            self.lost += len(runs)
            log.error("%d runs were not stored: %s", len(runs), error)
        except Exception:  # the boundary: one bad batch must not end the writer
            self.lost += len(runs)
            log.exception("%d runs were not stored", len(runs))

    async def close(self) -> None:
        """Write what waits, then close the database. Nothing may be put later."""
        self._queue.put_nowait(None)
        await self._writer
        await asyncio.to_thread(self._store.close)
