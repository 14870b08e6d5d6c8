"""The databases that the store is tested on: files of SQLite and a PostgreSQL of the tests' own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from helicon.store import Library, open_library
from tests.store.postgres import Postgres, programs


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A running server, or a skip that says why there is none."""
    pytest.importorskip("psycopg", reason="no PostgreSQL driver: pip install 'helicon[postgres]'")
    folder = programs()
    if folder is None:
        pytest.skip("no PostgreSQL here: install Debian's package postgresql (make test does where it may)")
    server = Postgres(folder)
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A new database by its URL; the tests that use it run on both kinds."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'deep' / 'library.sqlite3'}"
    server: Postgres = request.getfixturevalue("postgres")
    return server.database()


@pytest.fixture
def library(database: str) -> Iterator[Library]:
    """An open, empty library."""
    opened = open_library(database)
    yield opened
    opened.close()
