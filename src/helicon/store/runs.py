"""Runs of the page: their events while they happen, their end, and those whose process died."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from helicon.errors import InputError, StoreError
from helicon.store.database import Database
from helicon.store.message_rows import change_message
from helicon.store.tables import EVENTS, MESSAGES, PAGE_RUNS, RUNS, batches, dumps
from helicon.store.values import RunRow, RunState

P = PAGE_RUNS.c


class Runs(Database):
    """The part of a ``Library`` that has to do with runs."""

    def begin_run(self, run: RunRow) -> None:
        """Keep a run that begins; its events follow.

        Raises:
            InputError: its id is taken.
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            insert_run(connection, run)

    def append_events(self, run_id: str, first: int, lines: Sequence[str]) -> bool:
        """Keep events, of which the first has the number ``first``; those that are there already stay.

        Returns:
            False when the run is gone: it was purged, and nothing of it is kept.

        Raises:
            StoreError: the database cannot be written, or events before ``first`` are missing.
        """
        with self._transaction() as connection:
            if connection.scalar(sa.select(RUNS.c.id).where(RUNS.c.id == run_id).with_for_update()) is None:
                return False
            insert_events(connection, run_id, first, lines)
        return True

    def end_run(
        self,
        run_id: str,
        *,
        state: RunState,
        stop_reason: str = "",
        mode: str | None = None,
        ledger: dict[str, Any] | None = None,
        prompt: int = 0,
        cached: int = 0,
        thinking: int = 0,
        answer: int = 0,
        cancelled: int = 0,
        seconds: float = 0.0,
        money: float = 0.0,
        message: dict[str, Any] | None = None,
    ) -> bool:
        """Write down how a run ended and what it cost; false when there is no such run.

        Args:
            message: Changes of the message that it wrote, kept together with the end.

        Raises:
            StoreError: the database cannot be written.
        """
        cost = {"prompt": prompt, "cached": cached, "thinking": thinking, "answer": answer, "cancelled": cancelled}
        cost |= {"seconds": seconds, "money": money}  # type: ignore[dict-item]
        chosen = {} if mode is None else {"mode": mode}
        values = {"state": state, "stop_reason": stop_reason, "ledger": ledger, **chosen, **cost}
        with self._transaction() as connection:
            row = connection.execute(sa.select(PAGE_RUNS).where(P.id == run_id).with_for_update()).one_or_none()
            if row is None:
                return False
            if not row.conversation:
                values["ledger"] = None  # purged meanwhile: only the figures are kept
            connection.execute(PAGE_RUNS.update().where(P.id == run_id).values(**values))
            trace = {"status": (stop_reason or state)[:16], "ledger": dumps(ledger or {})}
            trace |= {} if mode is None else {"mode": mode[:16]}
            connection.execute(RUNS.update().where(RUNS.c.id == run_id).values(**trace))
            if message is not None:
                _change_its_message(connection, row.message, message)
        return True

    def beat(self, worker: str, now: float) -> None:
        """Say that a process lives and drives its runs.

        Raises:
            StoreError: the database cannot be written.
        """
        mine = sa.and_(P.worker == worker, P.state == "running")
        with self._transaction() as connection:
            connection.execute(PAGE_RUNS.update().where(mine).values(beat=now))

    def request_stop(self, owner: str, run_id: str) -> RunState | None:
        """Ask the process that drives a run to stop it; returns the run's state, ``None`` when there is none.

        Raises:
            StoreError: the database cannot be written.
        """
        mine = sa.and_(P.id == run_id, P.owner == owner)
        with self._transaction() as connection:
            connection.execute(PAGE_RUNS.update().where(mine, P.state == "running").values(stop_requested=1))
            state: RunState | None = connection.scalar(sa.select(P.state).where(mine))
        return state

    def stop_requests(self, worker: str) -> list[str]:
        """The ids of a process's running runs that somebody wants stopped.

        Raises:
            StoreError: the database cannot be read.
        """
        wanted = sa.and_(P.worker == worker, P.state == "running", P.stop_requested == 1)
        with self._reading() as connection:
            return list(connection.scalars(sa.select(P.id).where(wanted).order_by(P.created, P.id)))

    def run(self, owner: str, id: str) -> RunRow | None:
        """The run of that id.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            row = connection.execute(sa.select(PAGE_RUNS).where(P.id == id, P.owner == owner)).one_or_none()
        return None if row is None else run_of(row)

    def runs(self, owner: str, conversation_id: str) -> list[tuple[RunRow, int]]:
        """The runs of a conversation in the order in which they began, each with its number of events.

        Raises:
            StoreError: the database cannot be read.
        """
        count = sa.select(sa.func.count()).where(EVENTS.c.run_id == P.id).scalar_subquery()
        query = (
            sa.select(PAGE_RUNS, count.label("events"))
            .where(P.owner == owner, P.conversation == conversation_id)
            .order_by(P.created, P.id)
        )
        with self._reading() as connection:
            return [(run_of(row), int(row.events)) for row in connection.execute(query)]

    def events(self, run_id: str, start: int = 0, limit: int | None = None) -> list[str]:
        """The events of a run as lines, from number ``start``; whose run it is, ``run`` tells.

        Raises:
            StoreError: the database cannot be read.
        """
        query = sa.select(EVENTS.c.json).where(EVENTS.c.run_id == run_id, EVENTS.c.n >= start).order_by(EVENTS.c.n)
        with self._reading() as connection:
            return list(connection.scalars(query.limit(limit)))

    def running(self, owner: str) -> list[RunRow]:
        """The runs of an owner that have not ended, in the order in which they began.

        Raises:
            StoreError: the database cannot be read.
        """
        query = sa.select(PAGE_RUNS).where(P.owner == owner, P.state == "running").order_by(P.created, P.id)
        with self._reading() as connection:
            return [run_of(row) for row in connection.execute(query)]

    def interrupt_orphans(self, worker_is_dead: Callable[[str, float], bool]) -> list[RunRow]:
        """Mark the running runs of dead processes, and their messages, as interrupted; returns these runs.

        Args:
            worker_is_dead: Told a process's name and when it last said that it lives.

        Raises:
            StoreError: the database cannot be written.
        """
        running = sa.select(PAGE_RUNS).where(P.state == "running").order_by(P.created, P.id)
        with self._reading() as connection:
            candidates = [run_of(row) for row in connection.execute(running)]
        orphans = []
        for run in candidates:
            if not worker_is_dead(run.worker, run.beat):
                continue
            as_seen = sa.and_(P.id == run.id, P.state == "running", P.worker == run.worker, P.beat == run.beat)
            with self._transaction() as connection:
                changed = connection.execute(PAGE_RUNS.update().where(as_seen).values(state="interrupted"))
                if not changed.rowcount:
                    continue  # it lives after all, or another process was quicker
                _change_its_message(connection, run.message, {"state": "interrupted"}, only="running")
            fresh = self.run(run.owner, run.id)
            orphans.append(fresh if fresh is not None else run)
        return orphans


def insert_run(connection: sa.Connection, run: RunRow, *, status: str = "") -> None:
    """A new run, in the page's table and in that of all runs."""
    values = {field.name: getattr(run, field.name) for field in fields(run)}
    trace = {
        "id": run.id,
        "created": int(run.created),
        "model": run.model,
        "mode": run.mode[:16],
        "status": status[:16],
        "ledger": dumps(run.ledger or {}),
    }
    try:
        connection.execute(RUNS.insert().values(**trace))
        connection.execute(PAGE_RUNS.insert().values(**values | {"stop_requested": int(run.stop_requested)}))
    except IntegrityError as error:
        raise InputError(f"the run's id {run.id[:80]!r} is taken; expected a new one.") from error


def insert_events(connection: sa.Connection, run_id: str, first: int, lines: Sequence[str]) -> None:
    """Put events behind those that are there; what is there already stays."""
    last = connection.scalar(sa.select(sa.func.max(EVENTS.c.n)).where(EVENTS.c.run_id == run_id))
    length = 0 if last is None else int(last) + 1
    if first > length:
        raise StoreError(
            f"the run {run_id!r} has {length} events, and one of number {first} was to follow; expected no gap."
        )
    rows = [{"run_id": run_id, "n": n, "json": line} for n, line in enumerate(lines, start=first) if n >= length]
    for some in batches(rows, 1000):
        connection.execute(EVENTS.insert(), some)


def _change_its_message(connection: sa.Connection, id: str, changes: dict[str, Any], only: str | None = None) -> None:
    row = connection.execute(sa.select(MESSAGES).where(MESSAGES.c.id == id)).one_or_none()
    if row is not None and (only is None or row.state == only):
        change_message(connection, row, changes)


def run_of(row: Any) -> RunRow:
    """A row as a value."""
    values = {field.name: getattr(row, field.name) for field in fields(RunRow)}
    return RunRow(**values | {"stop_requested": bool(row.stop_requested)})
