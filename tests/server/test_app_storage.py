"""A database that does not work never fails a run, never stops the server, and loses nothing.

1. Locked by another program: a run goes on and is read from memory; the page is told; once the lock is gone all of it
   is written.
2. Full: the same; what was stored before stays.
3. Of a newer version, damaged, or in a place that cannot be written: the server starts, says why, and works in memory
   only; the file is as it was.
4. A database that was named with ``database`` must open.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from helicon.engines.protocol import Request
from helicon.engines.scripted import Script, ScriptedEngine, script
from helicon.errors import StoreError
from helicon.server.desk import FILE
from helicon.store import open_library
from tests.server.app_client import App
from tests.server.live import serving, wait_until


def answer(request: Request) -> Script:
    return script(" ".join(f"w{n}" for n in range(60)), "It is 42.", delay_seconds=0.02)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locks are waited for only shortly, so that a test is short too."""
    monkeypatch.setattr("helicon.store.journal.BUSY_MILLISECONDS", 200)
    monkeypatch.setattr("helicon.server.runs.logbook.RETRY_SECONDS", 0.2)


def storage_changes(events: Iterator[tuple[str, Any, str]]) -> Iterator[Any]:
    return (data["storage"] for name, data, _ in events if name == "change" and data["kind"] == "storage")


@pytest.mark.usefixtures("quick")
def test_a_locked_database(tmp_path: Path) -> None:
    with serving([ScriptedEngine(answer)], data=str(tmp_path)) as server:
        app = App(server)
        conversation = app.conversation()
        asked = app.say("Hello", conversation, mode="thinking")
        with app.window() as window, closing(sqlite3.connect(tmp_path / FILE, timeout=20)) as other:
            changes = storage_changes(window.events())
            other.execute("BEGIN EXCLUSIVE")
            with app.window(f"{asked['run']}:0") as reading:
                events, end = reading.follow()
            assert end is not None
            assert (end["state"], end["message"]["text"]) == ("done", "It is 42.")
            assert app.get(f"/api/runs/{asked['run']}")["events"] == events
            told = next(changes)
            assert (told["ok"], "locked" in told["message"]) == (False, True)
            assert app.get("/api/session")["storage"] == told
            refused = app.ask("POST", f"/api/conversations/{conversation}/messages", {"text": "More"})
            assert (refused.status, refused.error["code"]) == (503, "store_error")
            assert "locked" in refused.error["message"]
            assert server.app.core.gate.running == 0
            incognito = app.say("Hello", app.conversation(incognito=True))
            assert app.ended(incognito["run"])["run"]["state"] == "done"
            other.rollback()
            assert next(changes)["ok"]
            disk = server.app.desk.shelves.disk
            assert disk is not None
            wait_until(lambda: not server.app.desk.hub._books[disk].holds(asked["run"]))
    with closing(open_library(str(tmp_path / FILE))) as library:
        assert len(library.events(asked["run"])) == len(events)
        kept = library.message("local", asked["assistant"]["id"])
        assert kept is not None
        assert (kept.text, kept.state) == ("It is 42.", "done")


@pytest.mark.usefixtures("quick")
def test_a_full_database(tmp_path: Path) -> None:
    with serving([ScriptedEngine(answer)], data=str(tmp_path)) as server:
        app = App(server)
        before = app.say("Kept before")
        app.ended(before["run"])
        asked = app.say("Hello", mode="contemplating", options={"agents": 8})
        disk = server.app.desk.shelves.disk
        assert disk is not None
        full = [True]

        @sa.event.listens_for(disk.library._engine, "begin")
        def limit(connection: sa.Connection) -> None:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count={pages if full[0] else 1_000_000}")

        assert app.ended(asked["run"])["run"]["state"] == "done"
        wait_until(lambda: not app.get("/api/session")["storage"]["ok"])
        assert "full" in app.get("/api/session")["storage"]["message"]
        whole = app.get(f"/api/runs/{asked['run']}")["events"]
        assert app.message(asked["assistant"]["id"], asked["user"]["conversation"])["text"] == "It is 42."
        assert app.get("/api/conversations?query=kept")["items"][0]["id"] == before["user"]["conversation"]
        full[0] = False
        wait_until(lambda: not server.app.desk.hub._books[disk].holds(asked["run"]))
        assert app.get("/api/session")["storage"]["ok"]
        assert len(disk.library.events(asked["run"])) == len(whole)


def test_a_database_of_a_newer_version(tmp_path: Path) -> None:
    open_library(str(tmp_path / FILE)).close()
    with closing(sqlite3.connect(tmp_path / FILE)) as made:
        made.execute(
            "UPDATE schema_version SET version = 999 WHERE version = (SELECT max(version) FROM schema_version)"
        )
        made.commit()
    check_memory_only(tmp_path, "newer")


def test_a_damaged_database(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"these are notes and no database, and they are long enough to be read\n" * 100)
    check_memory_only(tmp_path, "not a database")


def test_a_data_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "notes").write_text("notes")
    with serving([ScriptedEngine(answer)], data=str(tmp_path / "notes" / "data")) as server:
        told = App(server).get("/api/session")["storage"]
    assert (told["ok"], told["place"]) == (False, "")
    assert "cannot be made" in told["message"]
    assert "--data" in told["message"]


def check_memory_only(folder: Path, words: str) -> None:
    bytes_before = (folder / FILE).read_bytes()
    with serving([ScriptedEngine(answer)], data=str(folder)) as server:
        app = App(server)
        told = app.get("/api/session")["storage"]
        assert not told["ok"]
        assert words in told["message"], told
        conversation = app.post("/api/conversations", {})
        assert conversation["incognito"]
        asked = app.say("Hello", conversation["id"], mode="instant")
        assert app.ended(asked["run"])["run"]["state"] == "done"
        app.do("PUT", "/api/preferences", {"theme": "dark"})
        assert app.get("/api/preferences")["theme"] == "dark"
    assert (folder / FILE).read_bytes() == bytes_before


def test_a_database_that_was_named_must_open(tmp_path: Path) -> None:
    (tmp_path / "notes.db").write_bytes(b"these are notes and no database, and they are long enough to be read\n" * 100)
    with pytest.raises(StoreError), serving([ScriptedEngine(answer)], database=str(tmp_path / "notes.db")):
        raise AssertionError("it was served")


def test_a_named_database_keeps_the_pages_runs_and_those_of_the_api(tmp_path: Path) -> None:
    database = str(tmp_path / "all.db")
    with serving([ScriptedEngine(answer)], database=database, data=str(tmp_path / "unused")) as server:
        app = App(server)
        app.ended(app.say("Hello")["run"])
        body = {"model": "scripted@instant", "messages": [{"role": "user", "content": "Hi"}]}
        assert server.chat(body).status == 200
        time.sleep(0.1)
    assert not (tmp_path / "unused").exists()
    with closing(sqlite3.connect(database)) as kept:
        assert kept.execute("SELECT count(*) FROM runs").fetchone() == (2,)
        assert kept.execute("SELECT count(*) FROM page_runs").fetchone() == (1,)
