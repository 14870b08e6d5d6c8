"""An open database: one connection per call, transactions, and errors in words.

SQLite files and PostgreSQL are shared by threads and processes. A library in memory is one connection behind a lock.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import StaticPool

from helicon.errors import SetupError, StoreError
from helicon.store.journal import BUSY_MILLISECONDS, pragmas
from helicon.store.migrations import check_version, migrate

CONNECTIONS = 16
"""Of one process, at the same time; further callers wait."""
READING = "helicon_reading"
"""The execution option of transactions that only read: they do not wait for a writer."""


class Database:
    """What ``Store`` and ``Library`` have in common."""

    def __init__(self, engine: sa.Engine, place: str) -> None:
        self._engine = engine
        self._sqlite = engine.dialect.name == "sqlite"
        alone = isinstance(engine.pool, StaticPool)
        self._turn: AbstractContextManager[Any] = threading.RLock() if alone else nullcontext()
        self.place = place
        """The URL without its password."""

    def close(self) -> None:
        """Close the connections."""
        with self._turn:
            self._engine.dispose()

    @contextmanager
    def _transaction(self) -> Iterator[sa.Connection]:
        """Everything inside is written, or nothing."""
        with self._turn, errors_of(self.place), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def _reading(self) -> Iterator[sa.Connection]:
        """One state of the database, for reading."""
        with self._turn, errors_of(self.place), self._engine.connect() as bare:
            connection = bare.execution_options(**{READING: True})
            with connection.begin():
                yield connection


@contextmanager
def errors_of(place: str) -> Iterator[None]:
    """What the database says becomes a ``StoreError`` with the next step."""
    try:
        yield
    except SQLAlchemyError as error:
        reason = reason_of(error)
        raise StoreError(f"the database {place} failed: {reason}.", hint=hint_for(reason)) from error


def hint_for(reason: str) -> str:
    """The next step for what a database said; empty where the error's own is right."""
    return next((hint for words, hint in HINTS.items() if words in reason.casefold()), "")


HINTS = {
    "locked": "Another program holds it; close that program or wait until it is done, then try again.",
    "full": "Make room on its disk, then try again; what was stored before is safe.",
    "no space left": "Make room on its disk, then try again; what was stored before is safe.",
    "disk i/o error": "Check its disk and the room on it; what was stored before is kept.",
    "malformed": "The file is damaged: stop Helicon, keep a copy, and repair it with: sqlite3 FILE .recover",
    "not a database": "Name another file, or restore this one from a copy.",
    "readonly": "Give yourself the right to write the file and its folder, or name another place.",
    "fts5": "This Python's SQLite lacks full-text search; use another build of Python, or PostgreSQL.",
}


def reason_of(error: SQLAlchemyError) -> str:
    """What the database said, on one short line."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    return " ".join(str(cause).split())[:200].rstrip(".")


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


def open_engine(database: str) -> tuple[sa.Engine, str]:
    """An engine on ``database``, brought to the newest schema, and the place's name without a password.

    Raises:
        SetupError: the URL is wrong, its driver is not installed, or the folder cannot be written.
        StoreError: the database does not answer, is none, is damaged, or was written by a newer version.
    """
    url = database_url(database)
    place = url.render_as_string(hide_password=True)
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite:
        _check_file(url.database or ":memory:", place)
    encoding = {"client_encoding": "utf8"} if url.drivername == "postgresql+psycopg" else {}
    try:
        engine = sa.create_engine(url, pool_size=CONNECTIONS, max_overflow=0, pool_pre_ping=not sqlite, **encoding)
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise SetupError(
            f"the driver for {place} is not installed: {error}.", hint="Install it: pip install 'helicon[postgres]'."
        ) from error
    if sqlite:
        _prepare_sqlite(engine)
    elif engine.dialect.name == "postgresql":
        _prepare_postgres(engine)
    _migrated(engine, place)
    return engine, place


def memory_engine() -> sa.Engine:
    """An empty database that is never on a disk."""
    engine = sa.create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    _prepare_sqlite(engine, ("foreign_keys=ON", "temp_store=MEMORY"))
    _migrated(engine, "memory")
    return engine


def _migrated(engine: sa.Engine, place: str) -> None:
    try:
        if engine.dialect.name == "postgresql":
            _check_encoding(engine, place)
        migrate(engine, place)
    except SQLAlchemyError as error:
        engine.dispose()
        reason = reason_of(error)
        hint = hint_for(reason) or "Check --database."
        raise StoreError(f"the database {place} cannot be opened: {reason}.", hint=hint) from error
    except StoreError:
        engine.dispose()
        raise


def _check_file(name: str, place: str) -> None:
    """That the file can be written; a file of a newer version is not even opened for writing."""
    file = Path(name)
    if name == ":memory:":
        raise SetupError("the database ':memory:' keeps nothing.", hint="Leave --database out, or name a file.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as opened:
            empty = opened.tell() == 0
    except OSError as error:
        raise SetupError(
            f"the database file {str(file)!r} cannot be written: {error.strerror}.",
            hint="Choose a folder of your own with --database.",
        ) from error
    if empty:
        return
    engine = sa.create_engine("sqlite://", creator=lambda: read_only(file))
    try:
        check_version(engine, place)
    except SQLAlchemyError as error:
        reason = reason_of(error)
        hint = hint_for(reason) or "Check --database."
        raise StoreError(f"the database {place} cannot be opened: {reason}.", hint=hint) from error
    finally:
        engine.dispose()


def read_only(file: Path) -> sqlite3.Connection:
    """A connection that cannot write, on a file that is there; what a killed process left half done is undone first."""
    place, seconds = file.resolve().as_uri(), BUSY_MILLISECONDS / 1000
    connection = sqlite3.connect(f"{place}?mode=ro", uri=True, timeout=seconds, check_same_thread=False)
    try:
        connection.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.OperationalError as error:
        if "readonly" in str(error):
            with closing(sqlite3.connect(f"{place}?mode=rw", uri=True, timeout=seconds)) as mending:
                mending.execute("SELECT count(*) FROM sqlite_master").fetchall()
    except sqlite3.DatabaseError:
        pass  # the caller's first question says it again
    return connection


def _prepare_sqlite(engine: sa.Engine, settings: tuple[str, ...] | None = None) -> None:
    """Own transactions (``BEGIN IMMEDIATE``: a later upgrade would fail at once when busy), and the pragmas."""

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in settings or pragmas(sqlite3.sqlite_version):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @sa.event.listens_for(engine, "begin")
    def on_begin(connection: sa.Connection) -> None:
        reading = connection.get_execution_options().get(READING)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _check_encoding(engine: sa.Engine, place: str) -> None:
    with engine.connect() as connection:
        encoding = connection.exec_driver_sql("SHOW server_encoding").scalar()
    if encoding not in ("UTF8", "SQL_ASCII"):  # the second keeps any bytes
        raise StoreError(
            f"the database {place} keeps texts as {encoding!r}; expected 'UTF8'.",
            hint="Make another one: createdb --encoding=UTF8 --template=template0 NAME",
        )


def _prepare_postgres(engine: sa.Engine) -> None:
    """No call waits for ever for a lock."""

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        cursor.execute(f"SET lock_timeout = {BUSY_MILLISECONDS}")
        cursor.close()
        connection.commit()
