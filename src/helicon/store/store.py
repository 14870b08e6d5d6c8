"""Runs of the API in a database, written in batches when they have ended, read back as events.

Synchronous, one connection per call, safe for several processes on one database. ``Recorder`` calls it
from a thread. Nothing here keeps API keys or who asked.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from helicon.events import Event, from_dict, to_dict
from helicon.store.database import Database, open_engine
from helicon.store.tables import EVENTS, RUNS, dumps


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRun:
    """One run as it is kept."""

    id: str
    created: int
    """Seconds since 1970, UTC."""
    model: str
    mode: str
    status: str
    """The run's stop reason."""
    ledger: dict[str, Any]
    events: tuple[Event, ...] = ()


class Store(Database):
    """An open database; make one with ``open_store``."""

    def save(self, runs: Sequence[StoredRun]) -> None:
        """Write all of ``runs`` or none of them; a run that is there already stays as it is.

        Raises:
            StoreError: the database is full, locked for too long, or gone.
        """
        with self._transaction() as connection:
            known = set(connection.scalars(sa.select(RUNS.c.id).where(RUNS.c.id.in_([run.id for run in runs]))).all())
            fresh = [run for run in runs if run.id not in known]
            if not fresh:
                return
            rows = [
                {
                    "id": run.id,
                    "created": run.created,
                    "model": run.model,
                    "mode": run.mode,
                    "status": run.status,
                    "ledger": dumps(run.ledger),
                }
                for run in fresh
            ]
            connection.execute(RUNS.insert(), rows)
            events = [
                {"run_id": run.id, "n": n, "json": dumps(to_dict(event))}
                for run in fresh
                for n, event in enumerate(run.events)
            ]
            if events:
                connection.execute(EVENTS.insert(), events)

    def load(self, run_id: str) -> StoredRun | None:
        """The run of that id, or ``None``.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            row = connection.execute(sa.select(RUNS).where(RUNS.c.id == run_id)).one_or_none()
            if row is None:
                return None
            stored = connection.scalars(sa.select(EVENTS.c.json).where(EVENTS.c.run_id == run_id).order_by(EVENTS.c.n))
            events = tuple(from_dict(json.loads(text)) for text in stored)
        return StoredRun(
            id=row.id,
            created=row.created,
            model=row.model,
            mode=row.mode,
            status=row.status,
            ledger=json.loads(row.ledger),
            events=events,
        )

    def delete(self, run_id: str) -> bool:
        """Remove a run with its events; false when there is none of that id.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            connection.execute(EVENTS.delete().where(EVENTS.c.run_id == run_id))
            return connection.execute(RUNS.delete().where(RUNS.c.id == run_id)).rowcount > 0

    def count(self) -> int:
        """How many runs there are.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(RUNS)) or 0)


def open_store(database: str) -> Store:
    """Open ``database``: a path for SQLite, or an SQLAlchemy URL; it is made, or brought to the newest schema.

    Raises:
        SetupError: the URL is wrong, its driver is not installed, or the folder cannot be written.
        StoreError: the database does not answer, is none, is damaged, or was written by a newer version.
    """
    return Store(*open_engine(database))
