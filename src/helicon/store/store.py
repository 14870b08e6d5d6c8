"""Runs in a database: two tables, written in batches, read back as events.

Synchronous, one connection per call, safe for several processes on one database. ``Recorder`` calls it
from a thread. Nothing here keeps API keys or who asked.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError

from helicon.errors import SetupError, StoreError
from helicon.events import Event, from_dict, to_dict
from helicon.store.journal import pragmas

METADATA = sa.MetaData()
RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("created", sa.BigInteger, nullable=False, index=True),
    sa.Column("model", sa.Text, nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("ledger", sa.Text, nullable=False),
)
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("run_id", sa.String(64), sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("json", sa.Text, nullable=False),
)


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


class Store:
    """An open database; make one with ``open_store``."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self._engine = engine
        self.place = place
        """The URL without its password."""

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
                    "model": _clean(run.model),
                    "mode": run.mode,
                    "status": run.status,
                    "ledger": _dumps(run.ledger),
                }
                for run in fresh
            ]
            connection.execute(RUNS.insert(), rows)
            events = [
                {"run_id": run.id, "n": n, "json": _dumps(to_dict(event))}
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
        with self._transaction() as connection:
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
        with self._transaction() as connection:
            return int(connection.scalar(sa.select(sa.func.count()).select_from(RUNS)) or 0)

    def close(self) -> None:
        """Close the connections."""
        self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except SQLAlchemyError as error:
            raise StoreError(f"the database {self.place} failed: {reason_of(error)}.") from error


def open_store(database: str) -> Store:
    """Open ``database``: a path for SQLite, or an SQLAlchemy URL; its tables are made where they are missing.

    Raises:
        SetupError: the URL is wrong, its driver is not installed, or the folder cannot be written.
        StoreError: the database does not answer, or is none.
    """
    url = database_url(database)
    place = url.render_as_string(hide_password=True)
    if url.get_backend_name() == "sqlite":
        _check_file(url.database or ":memory:")
    try:
        engine = sa.create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise SetupError(
            f"the driver for {place} is not installed: {error}.", hint="Install it: pip install 'helicon[postgres]'."
        ) from error
    if url.get_backend_name() == "sqlite":
        _prepare_sqlite(engine)
    try:
        _create(engine)
    except SQLAlchemyError as error:
        engine.dispose()
        raise StoreError(
            f"the database {place} cannot be opened: {reason_of(error)}.", hint="Check --database."
        ) from error
    return Store(engine, place)


def database_url(database: str) -> sa.URL:
    """A path or URL as SQLAlchemy takes it.

    Raises:
        SetupError: it cannot be read.
    """
    if "://" not in database:
        return sa.URL.create("sqlite", database=database)
    try:
        url = sa.make_url(database)
    except (ArgumentError, ValueError) as error:
        raise SetupError(
            "the database URL cannot be read.", hint="Expected for example sqlite:///runs.db or postgresql://host/name."
        ) from error
    return url.set(drivername="postgresql+psycopg") if url.drivername in ("postgresql", "postgres") else url


def _check_file(name: str) -> None:
    file = Path(name)
    if name == ":memory:":
        raise SetupError("the database ':memory:' keeps nothing.", hint="Leave --database out, or name a file.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab"):
            pass
    except OSError as error:
        raise SetupError(
            f"the database file {str(file)!r} cannot be written: {error.strerror}.",
            hint="Choose a folder of your own with --database.",
        ) from error


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Own transactions (``BEGIN IMMEDIATE``: a later upgrade would fail at once when busy), and the pragmas."""

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas(sqlite3.sqlite_version):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _create(engine: sa.Engine) -> None:
    """Make the tables; two servers may do so at the same moment, and then the second finds them."""
    try:
        with engine.begin() as connection:
            METADATA.create_all(connection)
    except DBAPIError:
        with engine.begin() as connection:
            METADATA.create_all(connection)


def _dumps(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _clean(text: str) -> str:
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def reason_of(error: SQLAlchemyError) -> str:
    """What the database said, on one short line."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(cause).split())[:200].rstrip(".")
