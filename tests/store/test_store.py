"""The store.

1. A run comes back as it went in: its events, its ledger; a second save of it changes nothing.
2. WAL only where SQLite does not lose pages with it; a table of versions.
3. Several processes may open and write one database at the same moment; nothing is lost, nothing is locked out.
4. A failing write (full disk, I/O error, busy) is a StoreError, and none of its batch is there.
5. The recorder writes behind the answers, in batches, never raises, and counts what was lost.
6. The same on PostgreSQL.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from helicon.errors import SetupError, StoreError
from helicon.events import AnswerDelta, Event, RunEnded, RunStarted, ThinkingDelta, to_dict
from helicon.ledger import Entry, Ledger, Tokens
from helicon.store import Recorder, Store, StoredRun, open_store, safe_for_wal
from helicon.store import store as store_module

LEDGER = Ledger(
    (
        Entry(
            kind="agent",
            agent=0,
            round=1,
            tokens=Tokens(prompt=5, thinking=3, answer=2),
            seconds=0.5,
            stop_reason="stop",
        ),
    )
)
EVENTS: tuple[Event, ...] = (
    RunStarted(run_id="r", mode="thinking", model="m", seed=1, created=2.0),
    ThinkingDelta(agent=0, text="Hm \ud800 \x00 ü"),
    AnswerDelta(text="42"),
    RunEnded(answer="42", stop_reason="stop", ledger=LEDGER, mode="thinking"),
)


def stored(name: str) -> StoredRun:
    return StoredRun(
        id=name, created=1, model="m", mode="thinking", status="stop", ledger=to_dict(LEDGER), events=EVENTS
    )


@pytest.fixture
def opened(database: str) -> Iterator[Store]:
    store = open_store(database)
    yield store
    store.close()


def test_a_run_comes_back_as_it_went_in(opened: Store) -> None:
    opened.save([stored("a"), stored("b")])
    opened.save([stored("a"), stored("c")])
    assert opened.count() == 3
    assert opened.load("a") == stored("a")
    assert opened.load("none") is None


@pytest.mark.parametrize(
    ("version", "safe"),
    [
        ("3.6.23", False),
        ("3.7.0", False),
        ("3.40.1", False),
        ("3.44.5", False),
        ("3.44.6", True),
        ("3.45.1", False),
        ("3.50.4", False),
        ("3.50.7", True),
        ("3.51.0", False),
        ("3.51.2", False),
        ("3.51.3", True),
        ("3.53.1", True),
        ("4.0.0", True),
    ],
)
def test_wal_only_where_it_loses_nothing(version: str, safe: bool) -> None:
    assert safe_for_wal(version) is safe


def test_the_journal_follows_the_version(tmp_path: Path) -> None:
    file = tmp_path / "runs.db"
    open_store(str(file)).close()
    with sqlite3.connect(file) as connection:
        [(journal,)] = connection.execute("pragma journal_mode").fetchall()
    connection.close()
    assert journal == ("wal" if safe_for_wal(sqlite3.sqlite_version) else "delete")


WRITER = """
import sys
from helicon.store import open_store
from tests.store.test_store import stored
store = open_store(sys.argv[1])
for number in range(20):
    store.save([stored(f"{sys.argv[2]}-{number}")])
store.close()
"""


def test_several_processes_write_one_database(tmp_path: Path) -> None:
    file = str(tmp_path / "runs.db")
    root = Path(__file__).parents[2]
    children = [
        subprocess.Popen([sys.executable, "-c", WRITER, file, str(n)], cwd=root, stderr=subprocess.PIPE, text=True)
        for n in range(3)
    ]
    for child in children:
        _, errors = child.communicate(timeout=120)
        assert child.returncode == 0, errors
    store = open_store(file)
    assert store.count() == 60
    store.close()


def failing(number: int, kind: str) -> Callable[..., None]:
    """A hook that fails the ``number``-th statement."""
    seen = 0

    def hook(*_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise sqlite3.OperationalError(kind)

    return hook


@pytest.mark.parametrize("kind", ["database or disk is full", "disk I/O error", "database is locked"])
@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_a_failing_write_leaves_nothing_of_its_batch(tmp_path: Path, number: int, kind: str) -> None:
    store = open_store(str(tmp_path / "runs.db"))
    store.save([stored("before")])
    hook = failing(number, kind)

    def on_execute(*arguments: object) -> None:
        try:
            hook()
        except sqlite3.OperationalError as error:
            raise sa.exc.OperationalError("statement", {}, error) from error

    sa.event.listen(store._engine, "before_cursor_execute", on_execute)
    with pytest.raises(StoreError, match=kind):
        store.save([stored("a"), stored("b")])
    sa.event.remove(store._engine, "before_cursor_execute", on_execute)
    assert store.count() == 1
    store.save([stored("after")])
    assert store.count() == 2
    store.close()


def test_a_really_full_disk_is_a_store_error(tmp_path: Path) -> None:
    store = open_store(str(tmp_path / "runs.db"))

    @sa.event.listens_for(store._engine, "begin")
    def bound(connection: sa.Connection) -> None:
        connection.exec_driver_sql("PRAGMA max_page_count = 12")

    with pytest.raises(StoreError, match="full"):
        store.save([stored(f"run-{number}" * 3) for number in range(500)])
    assert store.count() == 0
    store.close()


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ("sqlite://", "keeps nothing"),
        (":memory:", "keeps nothing"),
        ("nothing://x", "driver"),
        ("://", "cannot be read"),
        ("/proc/nowhere/runs.db", "cannot be written"),
    ],
)
def test_a_database_that_cannot_be_is_a_setup_error(database: str, words: str) -> None:
    with pytest.raises(SetupError, match=words):
        open_store(database)


def test_a_password_is_not_shown() -> None:
    with pytest.raises((StoreError, SetupError)) as caught:
        open_store("postgresql://me:canary-secret@127.0.0.1:1/none")
    assert "canary-secret" not in str(caught.value)


async def test_the_recorder_writes_behind_and_closes_with_everything_written(tmp_path: Path) -> None:
    file = str(tmp_path / "runs.db")
    recorder = Recorder(open_store(file))
    assert all(recorder.put(stored(str(number))) for number in range(200))
    await recorder.close()
    store = open_store(file)
    assert store.count() == 200
    assert recorder.lost == 0
    store.close()


async def test_a_failing_database_loses_runs_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    opened = open_store(str(tmp_path / "runs.db"))

    def full(self: Store, runs: list[StoredRun]) -> None:
        raise StoreError("the database is full.")

    monkeypatch.setattr(store_module.Store, "save", full)
    recorder = Recorder(opened)
    assert recorder.put(stored("a"))
    assert recorder.put(stored("b"))
    await recorder.close()
    assert recorder.lost == 2
    assert "were not stored" in caplog.text
    assert not recorder.put(stored("c"))
