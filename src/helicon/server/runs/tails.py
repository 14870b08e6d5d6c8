"""The logs of runs that this process does not drive: read from the database, and followed there while they grow."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

from helicon.errors import StoreError
from helicon.server.runs.runlog import RunLog
from helicon.server.shelf import Shelves

if TYPE_CHECKING:
    from helicon.store import RunRow

POLL_SECONDS = 0.2
"""Between two looks at the database for new lines."""
UNWATCHED_SECONDS = 10.0
"""A growing log is read on for so long after its last reader left."""
BATCH_LINES = 500


class Tails:
    """Made inside a running event loop; ``logs`` are those in memory, by run id, and get what is read here."""

    def __init__(self, shelves: Shelves, logs: dict[str, RunLog]) -> None:
        self._shelves = shelves
        self._logs = logs
        self.tasks: set[asyncio.Task[None]] = set()
        """Each follows one log."""

    async def read(self, owner: str, run_id: str) -> RunLog:
        """A run's log as the database has it; followed while the run goes on elsewhere.

        Raises:
            HttpRefusal: 404, there is no such run.
            StoreError: the database does not answer.
        """
        shelf, row = await self._shelves.run(owner, run_id)
        conversation = await shelf.ask(shelf.library.conversation, owner, row.conversation)
        run = RunLog(
            run_id,
            owner,
            conversation=row.conversation,
            shelf=shelf,
            model=row.model,
            mode=row.mode,
            created=row.created,
            blind=conversation is not None and conversation.blind,
        )
        over = await self._follow(run, row)
        if (known := self._logs.get(run_id)) is not None:
            return known  # somebody else read it at the same moment
        self._logs[run_id] = run
        if not over:
            tail = asyncio.create_task(self._tail(run), name=f"tail {run_id}")
            self.tasks.add(tail)
            tail.add_done_callback(self.tasks.discard)
        return run

    async def _follow(self, run: RunLog, row: RunRow) -> bool:
        """Take what is new of a log in the database; whether it was the last. ``row`` was read before."""
        library = run.shelf.library
        while lines := await run.shelf.ask(library.events, run.run_id, start=len(run), limit=BATCH_LINES):
            run.append(lines)
        if row.state == "running":
            return False
        run.end(row.state, await run.shelf.ask(library.message, run.owner, row.message))
        return True

    async def _tail(self, run: RunLog) -> None:
        seen = time.monotonic()
        try:
            while not run.ended:
                await asyncio.sleep(POLL_SECONDS)
                seen = time.monotonic() if run.watched else seen
                if time.monotonic() - seen > UNWATCHED_SECONDS:
                    break
                with contextlib.suppress(StoreError):  # the shelf tells it; the next look may work
                    row = await run.shelf.ask(run.shelf.library.run, run.owner, run.run_id)
                    if row is None:
                        run.end("interrupted", None)
                    else:
                        await self._follow(run, row)
        finally:
            if not run.ended and self._logs.get(run.run_id) is run:
                del self._logs[run.run_id]
