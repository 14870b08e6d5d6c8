"""Failing writes, killed processes, killed backends: what was acknowledged is there, the rest is absent or whole.

1. Each statement and each commit of a day's work fails once, and from then on: a ``StoreError``, nothing half.
2. A process that is killed while it writes loses nothing it had acknowledged.
3. A PostgreSQL whose backend is killed in the middle keeps what was committed and takes the next call.
"""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from helicon.errors import StoreError
from helicon.store import Conversation, Imported, Library, RunRow, StoredMessage, open_archive, open_library
from tests.store.postgres import Postgres

ROOT = Path(__file__).parents[2]
ANA = "ana"


def say(id: str, text: str, parent: str | None = None, **fields: str) -> StoredMessage:
    return StoredMessage(id=id, conversation="", text=text, parent=parent, **fields)  # type: ignore[arg-type]


def steps(library: Library) -> list[tuple[Callable[[], object], Callable[[], bool]]]:
    """A day's work, step by step, each with the question whether it was done."""
    run = RunRow(id="r", owner=ANA, conversation="c", message="a", worker="w")
    talk = [say("q", "the question"), say("a", "", "q", state="running")]
    foreign = Conversation(id="x", owner="", source="chatgpt:x", title="imported")
    imported = [Imported(conversation=foreign, messages=(say("1", "foreign words"), say("2", "more", "1")))]

    def text(id: str) -> str:
        message = library.message(ANA, id)
        return message.text if message else ""

    def title(id: str) -> str:
        conversation = library.conversation(ANA, id)
        return conversation.title if conversation else ""

    def finds(query: str) -> bool:
        return bool(library.conversations(ANA, query=query).items)

    def ended() -> bool:
        row = library.run(ANA, "r")
        done = row is not None and row.state == "done"
        assert (text("a") == "the answer") == finds("answer") == done
        return done

    def begun() -> bool:
        both = text("q") == "the question"
        assert (
            (library.run(ANA, "r") is not None) == (library.message(ANA, "a") is not None) == finds("question") == both
        )
        return both

    def arrived() -> bool:
        there = finds("foreign")
        assert len([f for f in library.conversations(ANA).items if f.conversation.source]) == int(there)
        return there

    return [
        (lambda: library.create(Conversation(id="c", owner=ANA, title="one", tags=("t",))), lambda: title("c") != ""),
        (lambda: library.add_messages(ANA, "c", talk, current="a", run=run), begun),
        (lambda: library.append_events("r", 0, ["{0}", "{1}"]), lambda: library.events("r") == ["{0}", "{1}"]),
        (
            lambda: library.end_run("r", state="done", message={"text": "the answer", "state": "done"}),
            ended,
        ),
        (lambda: library.update(ANA, "c", title="two", tags=("u",)), lambda: title("c") == "two" and finds("two")),
        (lambda: library.add_file(ANA, "f", b"x", "image/png"), lambda: library.file(ANA, "f") is not None),
        (lambda: library.set_preferences(ANA, {"a": 1}), lambda: library.preferences(ANA) == {"a": 1}),
        (lambda: library.import_conversations(ANA, imported), arrived),
        (lambda: library.create(Conversation(id="d", owner=ANA, title="thrown")), lambda: title("d") != ""),
        (lambda: library.purge(ANA, "d"), lambda: title("d") == ""),
    ]


@contextmanager
def fault(engine: sa.Engine, number: int, *, lasting: bool, kind: str) -> Iterator[Callable[[], int]]:
    """The ``number``-th statement or commit fails, or all from there on; yields how many there were."""
    seen = 0

    def maybe_fail() -> None:
        nonlocal seen
        seen += 1
        if seen == number or (lasting and seen > number):
            raise sa.exc.OperationalError("statement", {}, sqlite3.OperationalError(kind))

    def on_execute(*_: object) -> None:
        maybe_fail()

    def on_commit(_connection: object) -> None:
        maybe_fail()

    sa.event.listen(engine, "before_cursor_execute", on_execute)
    sa.event.listen(engine, "commit", on_commit)
    try:
        yield lambda: seen
    finally:
        sa.event.remove(engine, "before_cursor_execute", on_execute)
        sa.event.remove(engine, "commit", on_commit)


@pytest.mark.parametrize("lasting", [False, True], ids=["once", "from then on"])
def test_every_statement_and_commit_may_fail(database: str, lasting: bool) -> None:
    kinds = ("database or disk is full", "disk I/O error", "database is locked")
    number = 0
    finished = False
    while not finished:
        number += (
            1 if database.startswith("sqlite") else 5
        )  # the statements are the same, and each costs a server's time
        library = open_library(database)
        done: list[int] = []
        failed: int | None = None
        words = kinds[number % 3]
        with fault(library._engine, number, lasting=lasting, kind=kinds[number % 3]) as count:
            for n, (step, _) in enumerate(steps(library)):
                try:
                    step()
                except StoreError as error:
                    failed, words = n, str(error)
                    break
                done.append(n)
        finished = count() < number
        assert (failed is None) == finished
        assert kinds[number % 3] in words
        library.close()
        library = open_library(database)
        questions = [question for _, question in steps(library)]
        for n in done:
            # Purging comes last: what it removed was there before.
            assert questions[n]() or (n == 8 and 9 in done), f"step {n} was acknowledged, fault {number}"
        if failed is not None:
            assert not questions[failed]() or failed == 9, f"step {failed} failed, fault {number}"
            steps(library)[failed][0]()  # the same call works now
            assert questions[failed]()
        if database.startswith("sqlite"):
            with library._engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
                connection.exec_driver_sql("INSERT INTO search (search, rank) VALUES ('integrity-check', 1)")
        library.erase(ANA)
        library.close()
    assert number > 60


WRITER = """
import sys
from helicon.store import Conversation, RunRow, StoredMessage, open_library
library = open_library(sys.argv[1])
name = sys.argv[2]
library.create(Conversation(id=name, owner="ana"))
library.begin_run(RunRow(id=f"r-{name}", owner="ana", conversation=name))
print("c", flush=True)
for n in range(10_000):
    message = StoredMessage(id=f"{name}-{n}", conversation=name, text=f"word{n} " * 50)
    library.add_messages("ana", name, [message])
    print("m", n, flush=True)
    library.append_events(f"r-{name}", n * 3, ["{0}", "{1}", "{2}"])
    print("e", n * 3 + 3, flush=True)
"""


def test_a_killed_writer_loses_nothing_acknowledged(database: str) -> None:
    randomness = random.Random(4)
    open_library(database).close()
    for attempt in range(20 if database.startswith("sqlite") else 6):
        name = f"k{attempt}"
        child = subprocess.Popen(
            [sys.executable, "-c", WRITER, database, name], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert child.stdout is not None
        lines = [child.stdout.readline()]
        time.sleep(randomness.uniform(0.0, 0.15))
        child.send_signal(signal.SIGKILL)
        lines += child.stdout.read().splitlines(keepends=True)
        child.wait(60)
        child.stdout.close()
        whole = [line.split() for line in lines if line.endswith("\n")]
        messages = max((int(n) + 1 for kind, *rest in whole if kind == "m" for n in rest), default=0)
        events = max((int(n) for kind, *rest in whole if kind == "e" for n in rest), default=0)
        if database.startswith("sqlite") and attempt % 3 == 0:
            open_archive(database).close()  # a reader may be the first to come
        library = open_library(database)
        ids = [message.id for message in library.messages(ANA, name)]
        assert ids == [f"{name}-{n}" for n in range(len(ids))]
        assert len(ids) in (messages, messages + 1)
        assert len(library.events(f"r-{name}")) in (events, events + 3)
        if ids:
            assert library.conversations(ANA, query=f"word{len(ids) - 1}").items
        library.add_messages(ANA, name, [say("after-" + name, "next")])
        if database.startswith("sqlite"):
            with library._engine.connect() as connection:
                assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        library.close()


def half_a_write(library: Library, signal_number: signal.Signals) -> None:
    """A transaction whose backend is killed before it commits."""
    with library._transaction() as connection:
        backend = connection.scalar(sa.text("SELECT pg_backend_pid()"))
        connection.exec_driver_sql("INSERT INTO shared VALUES ('half', '1')")
        os.kill(int(backend or 0), signal_number)
        time.sleep(0.5)
        connection.exec_driver_sql("SELECT 1")


def test_a_killed_backend_keeps_what_was_committed(postgres: Postgres) -> None:
    library = open_library(postgres.database())
    library.create(Conversation(id="c", owner=ANA))
    for signal_number in (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL):
        name = signal_number.name
        library.add_messages(ANA, "c", [say(f"before-{name}", "kept")])
        with pytest.raises(StoreError):
            half_a_write(library, signal_number)
        if signal_number != signal.SIGTERM:
            postgres.wait()  # the others are ended too, and the server recovers
        end = time.monotonic() + 60
        while True:
            try:
                ids = [message.id for message in library.messages(ANA, "c")]
                break
            except StoreError:
                assert time.monotonic() < end
                time.sleep(0.2)
        assert f"before-{name}" in ids
        assert library.shared("half") is None
        library.add_messages(ANA, "c", [say(f"after-{name}", "next")])
    assert len(library.messages(ANA, "c")) == 6
    library.close()
