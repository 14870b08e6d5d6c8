"""Reading the runs that a database holds; a database that is not there is an error, and none is made.

``Store`` writes runs while a server works; an ``Archive`` is for looking at them later. It opens SQLite
files for reading only, except to delete.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from helicon.errors import InputError, SetupError, StoreError
from helicon.events import RunEnded, RunStarted
from helicon.ledger import Tokens
from helicon.store.database import database_url, read_only, reason_of
from helicon.store.store import Store, open_store
from helicon.store.tables import EVENTS, RUNS
from helicon.store.traces import Summary, Trace, read_event, read_object, trace_of

ROWS = 100
"""Rows fetched at once, so that a long list is not read whole for its first lines."""


class Archive:
    """A database's runs; make one with ``open_archive``."""

    def __init__(self, engine: sa.Engine, database: str, place: str) -> None:
        self._engine = engine
        self._database = database
        self.place = place
        """The URL without its password."""

    def summaries(self) -> Iterator[Summary]:
        """A row for each run, newest first.

        Raises:
            StoreError: the database cannot be read.
        """
        last = sa.select(sa.func.max(EVENTS.c.n)).where(EVENTS.c.run_id == RUNS.c.id).scalar_subquery()
        opening, ending = EVENTS.alias(), EVENTS.alias()
        query = (
            sa.select(RUNS, opening.c.json.label("opening"), ending.c.json.label("ending"))
            .outerjoin(opening, sa.and_(opening.c.run_id == RUNS.c.id, opening.c.n == 0))
            .outerjoin(ending, sa.and_(ending.c.run_id == RUNS.c.id, ending.c.n == last))
            .order_by(RUNS.c.created.desc(), RUNS.c.id.desc())
        )
        with self._reading() as connection:
            rows = connection.execution_options(yield_per=ROWS).execute(query)
            for row in rows:
                yield self._summary(row)

    def _summary(self, row: Any) -> Summary:
        first, last = (read_event(read_object(text or "") or {}) for text in (row.opening, row.ending))
        started = first if isinstance(first, RunStarted) else None
        ended = last if isinstance(last, RunEnded) else None
        entries = (read_object(row.ledger) or {}).get("entries")
        return Summary(
            id=row.id,
            place=self.place,
            created=started.created if started else float(row.created),
            model=row.model,
            mode=row.mode,
            asked_mode=started.mode if started else row.mode,
            question=started.question if started else "",
            answer=ended.answer if ended else "",
            stop_reason=row.status,
            seconds=ended.at if ended else 0.0,
            tokens=ended.ledger.tokens if ended else _tokens(entries),
        )

    def read(self, run_id: str = "") -> list[Trace]:
        """The trace of that id, in a list that is empty where there is none; without an id those of all runs.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            ids = sa.select(RUNS.c.id).order_by(RUNS.c.created, RUNS.c.id)
            known = connection.scalars(ids.where(RUNS.c.id == run_id) if run_id else ids).all()
            return [self._trace(connection, found) for found in known]

    def _trace(self, connection: sa.Connection, run_id: str) -> Trace:
        lines = connection.scalars(sa.select(EVENTS.c.json).where(EVENTS.c.run_id == run_id).order_by(EVENTS.c.n))
        return trace_of(lines.all(), place=self.place)

    def delete(self, run_id: str) -> str:
        """Remove that run with its events; returns the place.

        Raises:
            InputError: there is none.
            StoreError: the database cannot be written.
        """
        store: Store = open_store(self._database)
        try:
            if not store.delete(run_id):
                raise InputError(f"there is no run {run_id!r} in {self.place}.")
        finally:
            store.close()
        return self.place

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"the database {self.place} cannot be read: {reason_of(error)}.") from error


def open_archive(database: str) -> Archive:
    """Open ``database`` (as ``open_store`` names it) for reading.

    Raises:
        SetupError: the URL is wrong, its driver is not installed, or there is no such file.
        StoreError: the database does not answer, is none, or holds no runs.
    """
    url = database_url(database)
    place = url.render_as_string(hide_password=True)
    try:
        engine = _sqlite(url, place) if url.get_backend_name() == "sqlite" else sa.create_engine(url)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise SetupError(
            f"the driver for {place} is not installed: {error}.", hint="Install it: pip install 'helicon[postgres]'."
        ) from error
    try:
        tables = sa.inspect(engine).get_table_names()
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(
            f"the database {place} cannot be read: {reason_of(error)}.", hint="Check --database."
        ) from error
    if not {"runs", "events"} <= set(tables):
        engine.dispose()
        raise StoreError(
            f"the database {place} holds no runs; expected one that helicon wrote.", hint="Check --database."
        )
    return Archive(engine, database, place)


def _sqlite(url: sa.URL, place: str) -> sa.Engine:
    """An engine that cannot write, on a file that is there."""
    file = Path(url.database or ":memory:")
    if not file.is_file():
        raise SetupError(
            f"there is no database {str(file)!r} ({place}).",
            hint="Check --database; helicon serve --database makes one, and so does helicon ask.",
        )

    return sa.create_engine("sqlite://", creator=lambda: read_only(file))


def _tokens(entries: object) -> Tokens:
    """The sum of a stored ledger, as far as it can be read."""
    total = Tokens()
    for entry in entries if isinstance(entries, list) else []:
        counts = entry.get("tokens") if isinstance(entry, dict) else None
        if isinstance(counts, dict):
            kept = {name: count for name, count in counts.items() if name in COUNTS and isinstance(count, int)}
            total += Tokens(**kept)
    return total


COUNTS = ("prompt", "cached", "thinking", "answer")
