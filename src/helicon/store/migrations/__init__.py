"""How the database came to be, step by step; each step is a file that says why.

A step is never changed once it was released. ``schema_version`` has one row for each step that was taken. Opening a
database takes the missing ones in one transaction, so a database is at one version or at another, never between;
where two processes open it at the same moment, the second waits and finds nothing left to do.
"""

from __future__ import annotations

import time
from importlib import import_module

import sqlalchemy as sa

from helicon.errors import StoreError

STEPS = ("m001_runs", "m002_conversations", "m003_page_runs", "m004_search", "m005_people")
LATEST = len(STEPS)
LOCK = 0x48454C49
"""The number of PostgreSQL's advisory lock that a migration holds."""


def schema_version(connection: sa.Connection) -> tuple[int, str]:
    """The newest step that was taken, and the release of Helicon that took it; (0, "") for a database without any."""
    if not sa.inspect(connection).has_table("schema_version"):
        return 0, ""
    row = connection.exec_driver_sql("SELECT version, helicon FROM schema_version ORDER BY version DESC").first()
    return (int(row[0]), str(row[1])) if row else (0, "")


def check_version(engine: sa.Engine, place: str) -> int:
    """The database's version.

    Raises:
        StoreError: it is newer than this Helicon knows.
    """
    with engine.connect() as connection:
        version, release = schema_version(connection)
    if version > LATEST:
        raise StoreError(
            f"the database {place} was written by Helicon {release} (schema {version}); this is Helicon {this()}, "
            f"which knows schema {LATEST}. Nothing in it was changed.",
            hint=f"Use Helicon {release} or newer, or name another database.",
        )
    return version


def migrate(engine: sa.Engine, place: str) -> None:
    """Take the steps that are missing.

    Raises:
        StoreError: the database is newer than this Helicon knows; nothing was changed.
        SQLAlchemyError: a step failed; nothing was changed.
    """
    if check_version(engine, place) == LATEST:
        return
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({LOCK})")
        version, _ = schema_version(connection)
        if version == 0:
            connection.exec_driver_sql(VERSIONS)
        for number, name in enumerate(STEPS, start=1):
            if number > version:
                import_module(f"{__name__}.{name}").up(connection)
                row = {"version": number, "name": name, "helicon": this(), "applied": time.time()}
                connection.execute(TAKEN, row)


VERSIONS = """
CREATE TABLE IF NOT EXISTS schema_version (
    version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, helicon TEXT NOT NULL, applied DOUBLE PRECISION NOT NULL
)"""
TAKEN = sa.text("INSERT INTO schema_version VALUES (:version, :name, :helicon, :applied)")


def this() -> str:
    """The release that runs."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("helicon")
    except PackageNotFoundError:
        return "(not installed)"
