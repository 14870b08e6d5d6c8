"""The runs of the page: owned by the server, each in a task of its own, tied to no connection.

Closing a tab ends nothing, and any window reads along from any place. A run lives in the process that began it;
windows of another process on the same database read its log there, and their stop reaches it through the database.
At the start, runs whose process is gone are marked interrupted with what they had.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Iterable
from functools import partial
from typing import TYPE_CHECKING

from helicon.errors import StoreError
from helicon.server.changes import Changes, change
from helicon.server.core import Core
from helicon.server.errors import HttpRefusal
from helicon.server.runs.driving import Job, drive, failed
from helicon.server.runs.endings import end_as_found
from helicon.server.runs.logbook import Logbook
from helicon.server.runs.runlog import RunLog
from helicon.server.runs.tails import Tails
from helicon.server.runs.worker import is_dead, worker_name
from helicon.server.shelf import Shelf, Shelves
from helicon.server.shown import show_message

if TYPE_CHECKING:
    from helicon.modes import Run
    from helicon.store import RunState, StoredMessage

log = logging.getLogger("helicon.server")

KEEP_SECONDS = 60.0
"""A log that ended, is written and is read by nobody leaves memory after this."""
POLL_SECONDS = 0.2
"""Between two looks at the database for a stop from elsewhere."""
BEAT_SECONDS = 5.0
SWEEP_SECONDS = 15.0
SETTLE_SECONDS = 2.0
CATCH_UP_SECONDS = 2.0


class Hub:
    """Made inside a running event loop; ``open`` is to be awaited once before use, ``close`` at the end."""

    def __init__(self, core: Core, shelves: Shelves, changes: Changes) -> None:
        self.worker = worker_name()
        self._core = core
        self._shelves = shelves
        self._changes = changes
        self._books = {shelf: Logbook(shelf) for shelf in shelves}
        self._logs: dict[str, RunLog] = {}
        self._jobs: dict[str, Job] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        """Of the jobs, by run id."""
        self._tails = Tails(shelves, self._logs)
        self._begun = asyncio.Event()
        """A run has begun."""
        self._upkeep: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Mark what a dead process left behind, and begin to keep house."""
        await self._sweep()
        self._upkeep = asyncio.create_task(self._keep_house())

    # runs of this process

    def start(self, job: Job) -> None:
        """Let a job run whose message and row are in the database; returns at once."""
        run_id = job.log.run_id
        self._logs[run_id] = job.log
        self._jobs[run_id] = job
        self._begun.set()
        self._books[job.log.shelf].begin(job.log)
        self._tasks[run_id] = asyncio.create_task(self._drive(job), name=f"run {run_id}")

    async def _drive(self, job: Job) -> None:
        run, book = job.log, self._books[job.log.shelf]
        try:
            try:
                ending = await drive(self._core, job, book.touch)
            except Exception:  # the boundary: a message must not stay without an end
                log.exception("run %s failed", run.run_id)
                ending = failed(job)
            run.end(ending.message.state, ending.message)
            book.end(run, ending)
            shown = show_message(ending.message, blind=run.blind)
            self._changes.tell(
                run.owner, change("message", conversation=run.conversation, run=run.run_id, message=shown)
            )
        finally:
            if not run.ended:
                run.end("interrupted", None)
            self._jobs.pop(run.run_id, None)
            if run.deleted:
                self._logs.pop(run.run_id, None)
            self._tasks.pop(run.run_id, None)

    def job(self, owner: str, run_id: str) -> Job | None:
        """The job of a run that this process drives now."""
        job = self._jobs.get(run_id)
        return job if job is not None and job.log.owner == owner else None

    def log(self, owner: str, run_id: str) -> RunLog | None:
        """A run's log where it is in memory."""
        run = self._logs.get(run_id)
        return run if run is not None and run.owner == owner and not run.deleted else None

    async def stop(self, owner: str, run_id: str) -> RunState:
        """Stop a run wherever it is; doing so again changes nothing.

        Raises:
            HttpRefusal: 404, there is no such run.
            StoreError: it is another process's, and the database does not answer.
        """
        if (job := self.job(owner, run_id)) is not None:
            job.stop("client")
            return "running"
        if (run := self.log(owner, run_id)) is not None and run.ended:
            return run.state
        shelf, row = await self._shelves.run(owner, run_id)
        if row.state == "running":
            await shelf.ask(shelf.library.request_stop, owner, run_id)
        return row.state

    async def running_here(self, owner: str, run_id: str) -> Run | None:
        """The run itself, for what can be asked of it while it runs; ``None`` when it has ended, or not yet begun.

        Raises:
            HttpRefusal: 404, there is no such run; 409, another process drives it.
            StoreError: the database does not answer.
        """
        if (job := self.job(owner, run_id)) is not None:
            return job.live.run
        if (run := self.log(owner, run_id)) is not None and run.ended:
            return None
        _, row = await self._shelves.run(owner, run_id)
        if row.state != "running":
            return None
        raise HttpRefusal(
            "another process of this server drives this run; only a whole stop reaches it there.",
            hint="Stop the run.",
            status=409,
            code="elsewhere",
        )

    def stop_all(self, owner: str, conversation: str | None = None) -> None:
        """Stop the runs of a conversation, or all of an owner, that this process drives."""
        for job in list(self._jobs.values()):
            if job.log.owner == owner and conversation in (None, job.log.conversation):
                job.stop("client")

    def drop(self, owner: str, conversation: str | None = None) -> None:
        """Stop them and show them no more, because they are being deleted; the database takes nothing of them then."""
        self.stop_all(owner, conversation)
        for run_id, run in list(self._logs.items()):
            if run.owner == owner and conversation in (None, run.conversation):
                run.deleted = True
                if run_id not in self._jobs:
                    del self._logs[run_id]

    def unveil(self, owner: str, conversation: str) -> None:
        """A comparison is blind no more."""
        for run in self._logs.values():
            if run.owner == owner and run.conversation == conversation:
                run.blind = False

    async def caught_up(self, owner: str, conversation: str | None = None) -> None:
        """Wait until the ends of runs are in the database, which is a moment behind; not for long if it is ill."""
        until = time.monotonic() + CATCH_UP_SECONDS
        while time.monotonic() < until and self._behind(owner, conversation):  # noqa: ASYNC110 - it is asked for rarely
            await asyncio.sleep(0.02)

    def _behind(self, owner: str, conversation: str | None) -> bool:
        return any(
            run.ended and run.owner == owner and conversation in (None, run.conversation)
            for run_id, run in self._logs.items()
            if self._books[run.shelf].holds(run_id)
        )

    async def tree(self, shelf: Shelf, owner: str, conversation: str) -> list[StoredMessage]:
        """All messages of a conversation, those of runs in memory as they are now: the database is a moment behind."""
        kept = await shelf.ask(shelf.library.messages, owner, conversation)
        return [self._newest(owner, message) for message in kept]

    def _newest(self, owner: str, message: StoredMessage) -> StoredMessage:
        run = self.log(owner, message.run) if message.run is not None else None
        return message if run is None or run.message is None else run.message

    def running(self, owner: str) -> set[str]:
        """Conversations of ``owner`` in which a run of this process is on its way."""
        return {job.log.conversation for job in self._jobs.values() if job.log.owner == owner}

    # reading

    async def read(self, owner: str, run_id: str) -> RunLog:
        """A run's log: the one in memory, or as the database has it, followed while its run goes on elsewhere.

        Raises:
            HttpRefusal: 404, there is no such run.
            StoreError: the database does not answer.
        """
        return self.log(owner, run_id) or await self._tails.read(owner, run_id)

    # keeping house

    async def _keep_house(self) -> None:
        beat = sweep = time.monotonic()
        while True:
            await self._pause()
            now = time.monotonic()
            try:
                if self._shelves.disk is not None and any(job.log.shelf is self._shelves.disk for job in self.jobs):
                    await self._listen(self._shelves.disk)
                    if now - beat >= BEAT_SECONDS:
                        beat = now
                        await self._shelves.disk.ask(self._shelves.disk.library.beat, self.worker, time.time())
                if now - sweep >= SWEEP_SECONDS:
                    sweep = now
                    self._evict(now)
                    await self._sweep()
            except StoreError:
                continue  # the shelf tells it
            except Exception:  # the boundary: one bad moment must not end the upkeep
                log.exception("the upkeep of runs failed")

    async def _pause(self) -> None:
        """A moment while runs are on their way, else until one is."""
        if self._jobs:
            await asyncio.sleep(POLL_SECONDS)
            return
        self._begun.clear()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWEEP_SECONDS):
                await self._begun.wait()

    @property
    def jobs(self) -> Iterable[Job]:
        """The runs of this process."""
        return self._jobs.values()

    async def _listen(self, shelf: Shelf) -> None:
        """Stop what somebody asked another process to stop."""
        for run_id in await shelf.ask(shelf.library.stop_requests, self.worker):
            if (job := self._jobs.get(run_id)) is not None:
                job.stop("client")

    def _evict(self, now: float) -> None:
        for run_id, run in list(self._logs.items()):
            old = run.ended and now - run.ended_at > KEEP_SECONDS
            if old and not run.watched and not self._books[run.shelf].holds(run_id):
                del self._logs[run_id]

    async def _sweep(self) -> None:
        """Mark the runs of dead processes, and tell what they had come to."""
        shelf = self._shelves.disk
        if shelf is None:
            return
        dead = partial(_is_dead, now=time.time(), mine=self.worker)
        try:
            rows = await shelf.ask(shelf.library.interrupt_orphans, dead)
            for row in rows:
                if (found := await shelf.ask(end_as_found, shelf.library, row)) is not None:
                    shown = show_message(found[0], blind=found[1])
                    self._changes.tell(
                        row.owner, change("message", conversation=row.conversation, run=row.id, message=shown)
                    )
        except StoreError as error:
            log.warning("runs of an earlier process could not be looked at: %s", error)

    async def settle(self) -> None:
        """Stop what still runs as interrupted, and wait until its last event is in its log."""
        for job in list(self._jobs.values()):
            job.stop("shutdown")
        runs = [self._tasks[run_id] for run_id in self._jobs if run_id in self._tasks]
        if runs:
            await asyncio.wait(runs, timeout=SETTLE_SECONDS)

    async def close(self) -> None:
        """End every task, and write everything; the database stays open."""
        if self._upkeep is not None:
            self._upkeep.cancel()
            await asyncio.wait((self._upkeep,))
        await self.settle()
        left = [*self._tasks.values(), *self._tails.tasks]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)
        for book in self._books.values():
            await book.close()


def _is_dead(worker: str, beat: float, *, now: float, mine: str) -> bool:
    return is_dead(worker, beat, now=now, mine=mine)
