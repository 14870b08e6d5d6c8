"""How a database is opened: brought up to date, or refused with the next step.

1. The steps make the tables that the code uses; a database of release 0.1 keeps its runs.
2. Several processes may open an old database at the same moment.
3. A failing step leaves the database as it was.
4. A newer database is refused by both versions' names, and not a byte of it changes.
5. A damaged, locked, full or read-only database is an error in words that names it and the next step.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from helicon.errors import StoreError
from helicon.store import Conversation, StoredMessage, migrations, open_archive, open_library, open_store
from helicon.store import journal as journal_module
from helicon.store.database import database_url
from helicon.store.migrations import LATEST, STEPS
from helicon.store.tables import METADATA
from tests.store.postgres import Postgres
from tests.store.test_store import stored

ROOT = Path(__file__).parents[2]
OLD = """
CREATE TABLE runs (
    id VARCHAR(64) NOT NULL, created BIGINT NOT NULL, model TEXT NOT NULL, mode VARCHAR(16) NOT NULL,
    status VARCHAR(16) NOT NULL, ledger TEXT NOT NULL, PRIMARY KEY (id));
CREATE INDEX ix_runs_created ON runs (created);
CREATE TABLE events (
    run_id VARCHAR(64) NOT NULL, n INTEGER NOT NULL, json TEXT NOT NULL, PRIMARY KEY (run_id, n),
    FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE);
INSERT INTO runs VALUES ('old', 7, 'nano', 'thinking', 'stop', '{"entries":[]}');
INSERT INTO events VALUES ('old', 0, '{"type":"answer_delta","text":"42","logprobs":[],"at":0.0}');
"""
"""What release 0.1 made, word by word."""


def execute(database: str, script: str) -> None:
    engine = sa.create_engine(database_url(database))
    with engine.begin() as connection:
        for statement in script.split(";\n"):
            if statement.strip():
                connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture
def old(database: str) -> str:
    Path(database.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
    execute(database, OLD)
    return database


def test_the_steps_make_the_tables_that_the_code_uses(database: str) -> None:
    open_library(database).close()
    engine = sa.create_engine(database_url(database))
    inspector = sa.inspect(engine)
    for table in METADATA.sorted_tables:
        columns = {column["name"]: column for column in inspector.get_columns(table.name)}
        assert list(columns) == [column.name for column in table.columns], table.name
        for column in table.columns:
            assert columns[column.name]["nullable"] == column.nullable, (table.name, column.name)
        key = inspector.get_pk_constraint(table.name)["constrained_columns"]
        assert key == [column.name for column in table.primary_key.columns], table.name
    with engine.connect() as connection:
        rows = connection.exec_driver_sql("SELECT version, name FROM schema_version ORDER BY version").all()
    engine.dispose()
    assert [tuple(row) for row in rows] == list(enumerate(STEPS, start=1))


def test_a_database_of_release_0_1_keeps_its_runs(old: str) -> None:
    archive = open_archive(old)  # read before it is brought up to date
    assert [row.id for row in archive.summaries()] == ["old"]
    archive.close()
    library = open_library(old)
    library.create(Conversation(id="c", owner="ana"))
    library.close()
    store = open_store(old)
    run = store.load("old")
    assert run is not None
    assert (run.created, run.model, len(run.events)) == (7, "nano", 1)
    store.save([stored("new")])
    assert store.count() == 2
    store.close()
    archive = open_archive(old)
    assert {row.id for row in archive.summaries()} == {"old", "new"}
    archive.close()


OPENER = """
import sys
from helicon.store import Conversation, open_library
library = open_library(sys.argv[1])
library.create(Conversation(id=sys.argv[2], owner="ana"))
library.close()
"""


def test_several_processes_open_an_old_database_at_once(old: str) -> None:
    children = [
        subprocess.Popen([sys.executable, "-c", OPENER, old, f"c{n}"], cwd=ROOT, stderr=subprocess.PIPE, text=True)
        for n in range(4)
    ]
    for child in children:
        _, errors = child.communicate(timeout=180)
        assert child.returncode == 0, errors
    library = open_library(old)
    assert len(library.conversations("ana").items) == 4
    library.close()


@pytest.mark.parametrize("failing", range(1, LATEST + 1))
def test_a_failing_step_leaves_the_database_as_it_was(old: str, failing: int, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules.get(f"{migrations.__name__}.{STEPS[failing - 1]}")
    if module is None:
        module = __import__(f"{migrations.__name__}.{STEPS[failing - 1]}", fromlist=["up"])
    real = module.up

    def up(connection: sa.Connection) -> None:
        real(connection)
        connection.exec_driver_sql("SELECT no_such_column FROM runs")

    monkeypatch.setattr(module, "up", up)
    with pytest.raises(StoreError, match="no_such_column"):
        open_library(old)
    engine = sa.create_engine(database_url(old))
    assert set(sa.inspect(engine).get_table_names()) == {"runs", "events"}
    engine.dispose()
    monkeypatch.undo()
    library = open_library(old)
    library.create(Conversation(id="c", owner="ana"))
    library.close()


def test_a_newer_database_is_refused_and_not_changed(database: str) -> None:
    library = open_library(database)
    library.create(Conversation(id="c", owner="ana", title="kept"))
    library.close()
    newer = f"INSERT INTO schema_version VALUES ({LATEST + 3}, 'm008_future', '9.7.0', 1.0)"
    execute(database, newer)
    file = Path(database.removeprefix("sqlite:///"))
    before = file.read_bytes() if file.exists() else b""
    for opening in (open_library, open_store):
        with pytest.raises(StoreError) as caught:
            opening(database)
        for words in (
            f"Helicon 9.7.0 (schema {LATEST + 3})",
            f"knows schema {LATEST}",
            "Nothing in it was changed",
            "Use Helicon 9.7.0",
        ):
            assert words in str(caught.value)
    assert (file.read_bytes() if file.exists() else b"") == before
    execute(database, f"DELETE FROM schema_version WHERE version = {LATEST + 3}")
    library = open_library(database)
    assert library.conversation("ana", "c") is not None
    library.close()


def filled(file: Path) -> None:
    library = open_library(str(file))
    library.create(Conversation(id="c", owner="ana", title="kept"))
    library.add_messages("ana", "c", [StoredMessage(id=f"m{n}", conversation="c", text="x" * 500) for n in range(500)])
    library.close()


def use(file: Path) -> None:
    library = open_library(str(file))
    try:
        library.messages("ana", "c")
        library.conversations("ana", query="kept")
        library.add_messages("ana", "c", [StoredMessage(id="new", conversation="c", text="words")])
    finally:
        library.close()


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("These are my notes.\n" * 100)
    with pytest.raises(StoreError) as caught:
        open_library(str(file))
    assert "not a database" in str(caught.value)
    assert str(file) in str(caught.value)
    assert file.read_text() == "These are my notes.\n" * 100


@pytest.mark.parametrize("damage", ["cut", "zeroed", "schema"])
def test_a_damaged_file_is_told(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "library.sqlite3"
    filled(file)
    data = bytearray(file.read_bytes())
    if damage == "cut":
        data = data[: len(data) // 2]
    else:
        start, end = (4096 * 8, len(data) - 4096) if damage == "zeroed" else (100, 4096)
        data[start:end] = bytes(end - start)
    file.write_bytes(data)
    with pytest.raises(StoreError) as caught:
        use(file)
    assert str(file) in str(caught.value)
    assert any(words in str(caught.value) for words in ("malformed", "not a database", "no such table"))


def test_a_locked_database_is_told_and_works_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "library.sqlite3"
    filled(file)
    monkeypatch.setattr(journal_module, "BUSY_MILLISECONDS", 200)
    library = open_library(str(file))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    with pytest.raises(StoreError, match=r"database is locked.*Another program holds it"):
        library.create(Conversation(id="d", owner="ana"))
    assert time.monotonic() - start < 60
    assert len(library.messages("ana", "c")) == 500  # a writer elsewhere stops no reader
    other.execute("ROLLBACK")
    other.close()
    library.create(Conversation(id="d", owner="ana"))
    library.close()


FULL = """
import resource, signal, sys
from helicon.errors import StoreError
from helicon.store import Conversation, StoredMessage, open_library
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
library = open_library(sys.argv[1])
library.create(Conversation(id="c", owner="ana"))
size = __import__("os").path.getsize(sys.argv[1])
resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, size + 200_000))
kept = 0
try:
    for n in range(1000):
        library.add_messages("ana", "c", [StoredMessage(id=f"m{n}", conversation="c", text="y" * 5000)])
        kept += 1
except StoreError as error:
    print(kept, error)
"""


def test_a_full_disk_is_told_and_loses_nothing(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite3"
    child = subprocess.run(
        [sys.executable, "-c", FULL, str(file)], cwd=ROOT, capture_output=True, text=True, timeout=180, check=True
    )
    kept, words = child.stdout.split(" ", 1)
    assert int(kept) > 3
    assert any(reason in words for reason in ("full", "disk I/O error"))
    assert "what was stored before" in words
    library = open_library(str(file))
    assert len(library.messages("ana", "c")) == int(kept)
    library.add_messages("ana", "c", [StoredMessage(id="after", conversation="c", text="z" * 500_000)])
    library.close()


def test_a_database_of_another_encoding_is_refused(postgres: Postgres) -> None:
    with pytest.raises(StoreError, match="keeps texts as 'LATIN1'; expected 'UTF8'"):
        open_library(postgres.database("LATIN1"))
    library = open_library(postgres.database("SQL_ASCII"))  # keeps any bytes
    library.create(Conversation(id="c", owner="ana", title="ação 北京 🎉"))
    assert [one.title_hits for one in library.conversations("ana", query="北京 aca").items] == [((0, 3), (5, 7))]
    library.close()


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everything")
def test_a_read_only_file_is_told(tmp_path: Path) -> None:
    file = tmp_path / "library.sqlite3"
    filled(file)
    file.chmod(0o400)
    with pytest.raises(Exception, match="cannot be written"):
        open_library(str(file))
