"""One run of the page in a task of its own: it waits for a place, runs, and leaves its message as it ended.

No connection is near: whoever watches reads the log. Stopping works at any moment, in the queue and before the
first token too.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from helicon.errors import HeliconError
from helicon.events import AgentEnded, CallEnded, Event, Result, RunResumed, to_dict
from helicon.ledger import Entry, Ledger
from helicon.messages import Question
from helicon.modes import Run
from helicon.server.admission import count, leave, release
from helicon.server.core import Core, Live, Stopped, shutting_down
from helicon.server.errors import FAULT_MESSAGE, ShuttingDown, kind_of
from helicon.server.models import Served
from helicon.server.replies import dumps
from helicon.server.runs.endings import row_of
from helicon.server.runs.logbook import Ending
from helicon.server.runs.merging import WINDOW_SECONDS, Merger
from helicon.server.runs.runlog import RunLog
from helicon.server.shown import ThinkingClock, summary_of
from helicon.server.watching import ClientGone

if TYPE_CHECKING:
    from helicon.store import RunState, StoredMessage

log = logging.getLogger("helicon.server")


@dataclass(eq=False, slots=True)
class Job:
    """One run on its way."""

    log: RunLog
    message: StoredMessage
    """The assistant's, as it is before the run."""
    question: Question
    served: Served
    key: int | None
    place: asyncio.Future[None] | None
    """At the gate; ``None`` where it was free at once."""
    earlier: Sequence[Event] = ()
    """What an interrupted run of the same question came to; its finished agents are not run again."""
    live: Live = field(default_factory=Live)

    def stop(self, by: Stopped) -> None:
        """End it now, wherever it is."""
        self.live.stop(by)
        if self.place is not None and not self.place.done():
            self.place.set_exception(ClientGone("the run was stopped while it waited"))


class Recorded:
    """The sink of a run's events: merged, numbered, appended to the log."""

    def __init__(self, run: RunLog, grown: Callable[[], None]) -> None:
        self._log = run
        self._grown = grown
        self._merger = Merger()
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._last = 0.0
        self.clock = ThinkingClock()
        self.fresh: list[Entry] = []
        """What was spent since a resumed run goes on; what it took over was booked before."""

    def take(self, event: Event) -> None:
        """One more event of the run."""
        self.clock.feed(event)
        if isinstance(event, RunResumed):
            self.fresh.clear()
        elif isinstance(event, AgentEnded | CallEnded) and event.entry.stop_reason != "interrupted":
            self.fresh.append(event.entry)
        self._append(self._merger.feed(event))
        if self._merger.waiting and self._timer is None:
            due = self._last + WINDOW_SECONDS
            if due <= self._loop.time():
                self.flush()  # the first after a pause is shown at once
            else:
                self._timer = self._loop.call_at(due, self.flush)

    def flush(self) -> None:
        """The end of a window."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._append(self._merger.flush())

    def _append(self, events: list[Event]) -> None:
        if events:
            self._last = self._loop.time()
            self._log.append([dumps(to_dict(event)).decode() for event in events])
            self._grown()


async def drive(core: Core, job: Job, grown: Callable[[], None]) -> Ending:
    """Run the job to its end, whatever that is."""
    result, recorded = Result(run_id=""), Recorded(job.log, grown)
    failure: Exception | None = None
    try:
        if job.place is not None:
            await job.place
    except (ClientGone, ShuttingDown) as error:
        core.shares.give(job.key)
        return ending_of(job, result, "stopped" if isinstance(error, ClientGone) else "interrupted", None, recorded)
    except asyncio.CancelledError:
        release(core, job.key, job.place)
        raise
    entered = time.perf_counter()
    core.begin(job.live)
    status = 200
    try:
        try:
            run = job.live.run = Run(
                core.shares.bound(job.key, job.question),
                job.served.engine,
                run_id=job.log.run_id,
                capabilities=job.served.capabilities,
                earlier=job.earlier,
            )
            if core.draining:
                job.live.stop("shutdown")
            if job.live.stopped:
                run.cancel()  # it came while the run had not begun
            await run.play(recorded.take)
        except HeliconError as error:
            failure = error
        except Exception as error:  # the boundary: it is the run's end, and told as such
            log.exception("run %s failed", job.log.run_id)
            failure = error
        finally:
            job.live.over = True
            recorded.flush()
            if job.live.run is not None:
                result = job.live.run.result
        status = 200 if failure is None else kind_of(failure).status
    finally:
        leave(core, job.key, job.live, entered)
        fresh = replace(result, ledger=Ledger(tuple(recorded.fresh))) if job.earlier else result
        count(core, job.live, job.key, fresh, job.question.mode, status)
    return ending_of(job, result, _state(job.live, result, failure), failure, recorded)


def _state(live: Live, result: Result, failure: Exception | None) -> RunState:
    if live.stopped == "client":
        return "stopped"
    if live.stopped == "shutdown":
        return "interrupted"
    return "failed" if failure is not None or result.stop_reason in (None, "error") else "done"


def ending_of(job: Job, result: Result, state: RunState, failure: Exception | None, recorded: Recorded) -> Ending:
    """What is kept of a run that ended so."""
    error = ""
    if state == "failed":
        error = str(failure) if isinstance(failure, HeliconError) else result.error or FAULT_MESSAGE
    elif state == "interrupted":
        error = str(shutting_down().message)
    message = replace(
        job.message,
        text=result.answer,
        state=state,
        error=error,
        summary=summary_of(result, recorded.clock.seconds) if result.run_id else None,
    )
    return Ending(message=message, row=row_of(result, state, job.question.mode))


def failed(job: Job) -> Ending:
    """The end of a run that a fault of ours took away."""
    message = replace(job.message, state="failed", error=FAULT_MESSAGE)
    return Ending(message=message, row=row_of(Result(run_id=""), "failed", job.question.mode))
