"""The library, the same on SQLite and PostgreSQL.

1. What is kept comes back as it was, whatever texts hold; another owner's things are as if absent.
2. Messages are added all or none, once for each id; a parent is in the same conversation.
3. A list has the pinned ones first, then the newest; its pages join without a gap or a repetition.
4. A run's events are numbered without a gap; what was sent again is kept once; its end and its message are one.
5. Runs of a dead process are interrupted with their messages, once, and nobody else's.
6. The bin can be emptied; what runs cost stays in the ledger, their words do not.
7. Erasing an owner leaves no byte of theirs in the file.
8. In memory nothing touches the disk, and threads may share it.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helicon.errors import InputError, StoreError
from helicon.events import RunStarted
from helicon.store import (
    Conversation,
    ImageRef,
    Library,
    RunRow,
    RunState,
    StoredMessage,
    Vote,
    VoteEntry,
    open_archive,
    open_library,
    open_memory_library,
)
from helicon.store.traces import line_of

ODD = "ação 'quoted' \"double\" \\ % _ 🎉 \u202e \ue000 \U0010ffff\n\t; DROP TABLE messages; --"


def chat(id: str = "c", owner: str = "ana", **fields: Any) -> Conversation:
    return Conversation(id=id, owner=owner, **fields)


def say(id: str, text: str = "", parent: str | None = None, **fields: Any) -> StoredMessage:
    return StoredMessage(id=id, conversation="c", text=text, parent=parent, **fields)


def full_chat() -> Conversation:
    return chat(
        title=ODD,
        created=1.5,
        updated=2.25,
        pinned=True,
        folder=ODD,
        tags=("a", ODD),
        kind="comparison",
        blind=True,
        system=ODD,
        model=ODD,
        mode="auto",
        options={"agents": 4, "nested": [ODD, None, 1.5, True]},
        current="m",
        source="chatgpt:1",
    )


def test_everything_comes_back(library: Library) -> None:
    assert library.create(full_chat()) == full_chat()
    assert library.conversation("ana", "c") == full_chat()
    image = ImageRef(file="f", media_type="image/png", name=ODD)
    message = say(
        "m",
        ODD,
        role="assistant",
        images=(image,),
        thinking=ODD,
        created=3.125,
        state="failed",
        model=ODD,
        mode="thinking",
        run="r",
        error=ODD,
        summary={"mode": ODD, "tokens": {"prompt": 1}},
        source="x",
    )
    assert library.add_messages("ana", "c", [message], now=9.0) == [message]
    assert library.message("ana", "m") == message
    assert library.messages("ana", "c") == [message]
    assert library.conversation("ana", "c") == replace(full_chat(), updated=9.0)
    file = library.add_file("ana", "f", bytes(range(256)), "image/png", ODD, now=4.0)
    assert library.file("ana", "f") == file
    assert file.data == bytes(range(256))


def test_what_no_database_keeps_is_cleaned(library: Library) -> None:
    library.create(chat(title="a\0b\ud800c"))
    found = library.conversation("ana", "c")
    assert found is not None
    assert found.title == "ab\ufffdc"
    assert library.conversation("ana", "c\0") == found
    library.set_preferences("ana", {"odd": "\0\ud800"})
    assert library.preferences("ana") == {"odd": "\0\ud800"}


def test_another_owners_things_are_as_if_absent(library: Library) -> None:
    library.create(chat(title="secret", folder="f", tags=("t",)))
    library.add_messages(
        "ana", "c", [say("m", "secret")], run=RunRow(id="r", owner="ana", conversation="c", message="m")
    )
    library.add_file("ana", "f", b"x", "image/png")
    for owner in ("bob", "", "ana ", "%", "ANA"):
        assert library.conversation(owner, "c") is None
        assert library.conversations(owner).items == ()
        assert library.conversations(owner, query="secret").items == ()
        assert library.folders(owner) == library.tags(owner) == []
        assert library.running(owner) == []
        assert library.messages(owner, "c") == []
        assert library.message(owner, "m") is None
        assert library.update(owner, "c", title="mine") is None
        assert library.update_message(owner, "m", text="mine") is None
        assert not library.delete(owner, "c")
        assert not library.restore(owner, "c")
        assert not library.purge(owner, "c")
        assert library.file(owner, "f") is None
        assert library.run(owner, "r") is None
        assert library.runs(owner, "c") == []
        assert library.request_stop(owner, "r") is None
        assert library.ledger_rows(owner, 0, 1e12) == []
        with pytest.raises(InputError, match="no conversation 'c'"):
            library.add_messages(owner, "c", [say("n")])
        with pytest.raises(InputError, match="taken"):
            library.add_file(owner, "f", b"y", "image/png")
    assert library.conversation("ana", "c") is not None
    with pytest.raises(InputError, match="'c' is taken"):
        library.create(chat(owner="bob"))


def test_messages_are_added_once_and_all_or_none(library: Library) -> None:
    library.create(chat())
    library.create(chat("d"))
    first = [say("q", "ask"), say("a", "", "q", role="assistant", state="running", run="r")]
    row = RunRow(id="r", owner="ana", conversation="c", message="a")
    assert library.add_messages("ana", "c", first, current="a", run=row) == first
    again = [say("q", "other words"), say("a", "", "q", role="assistant", run="r2")]
    assert library.add_messages("ana", "c", again) == first
    with pytest.raises(InputError, match="parent 'nowhere' is not in the conversation"):
        library.add_messages("ana", "c", [say("x"), say("y", parent="nowhere")])
    with pytest.raises(InputError, match="taken"):
        library.add_messages("ana", "d", [say("new"), say("q")])
    with pytest.raises(InputError, match="run's id 'r' is taken"):
        library.add_messages("ana", "c", [say("x")], run=row)
    assert [message.id for message in library.messages("ana", "c")] == ["q", "a"]
    assert library.messages("ana", "d") == []
    library.add_messages("ana", "c", [say(f"n{n}", parent=f"n{n - 1}" if n else "a") for n in range(1200)])
    assert [message.id for message in library.messages("ana", "c")][2:] == [f"n{n}" for n in range(1200)]


def test_changes(library: Library) -> None:
    library.create(full_chat())
    changed = library.update(
        "ana", "c", title="t", pinned=False, folder="", tags=("z", "b", "b", ""), options={}, current=None
    )
    assert changed == replace(
        full_chat(), title="t", pinned=False, folder="", tags=("b", "z"), options={}, current=None
    )
    assert library.update("ana", "c") == changed
    for wrong in ({"owner": "bob"}, {"id": "d"}, {"colour": "red"}):
        with pytest.raises(TypeError):
            library.update("ana", "c", **wrong)
    library.add_messages("ana", "c", [say("m", "before")])
    image = ImageRef(file="f", media_type="image/png")
    found = library.update_message("ana", "m", text="after", images=(image,), state="stopped", summary={"a": 1})
    assert found == library.message("ana", "m") == say("m", "after", images=(image,), state="stopped", summary={"a": 1})
    with pytest.raises(TypeError):
        library.update_message("ana", "m", conversation="d")


def test_pages_join_without_a_gap(library: Library) -> None:
    for n in range(23):
        library.create(
            chat(
                f"c{n}",
                updated=float(n // 3),
                pinned=n % 7 == 0,
                folder="f" if n % 2 else "",
                tags=("t",) * (n % 5 == 0),
            )
        )
    whole = [found.conversation for found in library.conversations("ana").items]
    assert whole == sorted(whole, key=lambda c: (c.pinned, c.updated, int(c.id[1:])), reverse=True)
    seen: list[Conversation] = []
    cursor = ""
    while True:
        page = library.conversations("ana", limit=4, cursor=cursor)
        seen += [found.conversation for found in page.items]
        if not (cursor := page.next):
            break
    assert seen == whole
    assert [f.conversation for f in library.conversations("ana", folder="f").items] == [c for c in whole if c.folder]
    assert [f.conversation for f in library.conversations("ana", folder="").items] == [c for c in whole if not c.folder]
    assert [f.conversation for f in library.conversations("ana", tag="t").items] == [c for c in whole if c.tags]
    assert library.folders("ana") == [("f", 11)]
    assert library.tags("ana") == [("t", 5)]
    for wrong in ("x", "e30", "W10", "WzEsMiwzXQ", "[1e999]", "W251bGwsMSwyXQ", "🎉", "\0"):
        if wrong != "WzEsMiwzXQ":
            with pytest.raises(InputError, match="cursor"):
                library.conversations("ana", cursor=wrong)


def test_the_bin(library: Library) -> None:
    library.create(chat(title="words"))
    library.create(chat("d", title="words"))
    assert library.delete("ana", "c", now=10.0)
    assert [f.conversation.id for f in library.conversations("ana").items] == ["d"]
    assert [f.conversation.id for f in library.conversations("ana", query="words").items] == ["d"]
    assert [f.conversation.id for f in library.conversations("ana", deleted=True).items] == ["c"]
    assert library.restore("ana", "c")
    assert len(library.conversations("ana").items) == 2
    library.delete("ana", "c", now=10.0)
    library.delete("ana", "d", now=20.0)
    assert [f.conversation.id for f in library.conversations("ana", deleted=True, query="word").items] == ["d", "c"]
    assert library.purge_deleted(15.0) == 1
    assert library.purge_deleted(15.0) == 0
    assert library.conversation("ana", "c") is None
    assert library.conversation("ana", "d") is not None


def test_a_runs_events_have_no_gap_and_no_double(library: Library) -> None:
    library.begin_run(
        RunRow(id="r", owner="ana", conversation="c", message="m", created=5.5, question={"q": 1}, worker="w")
    )
    assert library.append_events("r", 0, ["{0}", "{1}"])
    assert library.append_events("r", 1, ["{1, again}", "{2}"])
    with pytest.raises(StoreError, match="has 3 events, and one of number 5"):
        library.append_events("r", 5, ["{5}"])
    assert library.append_events("r", 3, [])
    assert library.append_events("r", 3, [f"{{{n}}}" for n in range(3, 2500)])
    assert library.events("r") == [f"{{{n}}}" for n in range(2500)]
    assert library.events("r", 2, 3) == ["{2}", "{3}", "{4}"]
    assert library.events("r", 2500) == library.events("none") == []
    assert not library.append_events("none", 0, ["{}"])
    with pytest.raises(InputError, match="taken"):
        library.begin_run(RunRow(id="r", owner="bob"))


def test_a_run_and_its_message_end_together(library: Library) -> None:
    library.create(chat())
    run = RunRow(
        id="r",
        owner="ana",
        conversation="c",
        message="m",
        created=86_400.0 * 30.5,
        model="nano",
        mode="auto",
        worker="w",
    )
    library.add_messages("ana", "c", [say("m", role="assistant", state="running", run="r")], run=run)
    assert library.running("ana") == [run]
    assert library.stop_requests("w") == []
    assert library.request_stop("ana", "r") == "running"
    assert library.stop_requests("w") == ["r"]
    assert library.stop_requests("other") == []
    cost: dict[str, Any] = {
        "prompt": 10,
        "cached": 4,
        "thinking": 5,
        "answer": 6,
        "cancelled": 3,
        "seconds": 1.5,
        "money": 0.25,
    }
    message = {"text": "the answer", "state": "done", "summary": {"tokens": 11}}
    assert library.end_run(
        "r", state="done", stop_reason="stop", mode="instant", ledger={"entries": []}, message=message, **cost
    )
    ended = replace(
        run, state="done", stop_reason="stop", mode="instant", ledger={"entries": []}, stop_requested=True, **cost
    )
    assert library.run("ana", "r") == ended
    assert library.runs("ana", "c") == [(ended, 0)]
    assert library.running("ana") == []
    assert library.stop_requests("w") == []
    assert library.request_stop("ana", "r") == "done"
    kept = library.message("ana", "m")
    assert kept is not None
    assert (kept.text, kept.state, kept.summary) == ("the answer", "done", {"tokens": 11})
    assert [f.conversation.id for f in library.conversations("ana", query="answ").items] == ["c"]
    assert not library.end_run("none", state="done")


def test_ledger_rows(library: Library) -> None:
    day = 86_400.0
    begun: list[tuple[float, str, RunState]] = [
        (0.0, "a", "done"),
        (day - 0.001, "a", "stopped"),
        (day, "a", "done"),
        (day * 31, "b", "failed"),
        (5.0, "a", "running"),
    ]
    for n, (created, model, state) in enumerate(begun):
        library.begin_run(
            RunRow(id=f"r{n}", owner="ana", conversation=f"c{n % 2}", created=created, model=model, mode="auto")
        )
        if state != "running":
            library.end_run(
                f"r{n}", state=state, prompt=1, cached=2, thinking=3, answer=4, cancelled=5, seconds=0.5, money=0.1
            )
    days = library.ledger_rows("ana", 0, 1e12)
    assert [(row.bucket, row.model, row.runs, row.prompt, row.seconds) for row in days] == [
        ("1970-01-01", "a", 2, 2, 1.0),
        ("1970-01-02", "a", 1, 1, 0.5),
        ("1970-02-01", "b", 1, 1, 0.5),
    ]
    months = library.ledger_rows("ana", 0, 1e12, "month")
    assert [(row.bucket, row.runs, row.cancelled) for row in months] == [("1970-01", 3, 15), ("1970-02", 1, 5)]
    assert months[0].money == pytest.approx(0.3)
    assert [row.runs for row in library.ledger_rows("ana", day, day * 31)] == [1]
    assert [row.runs for row in library.ledger_rows("ana", 0, 1e12, "month", conversation="c1")] == [1, 1]


def test_runs_of_a_dead_process_are_interrupted_once(library: Library) -> None:
    library.create(chat())
    for name in ("dead", "alive"):
        run = RunRow(id=name, owner="ana", conversation="c", message=f"m-{name}", worker=name, beat=1.0)
        library.add_messages("ana", "c", [say(f"m-{name}", role="assistant", state="running", run=name)], run=run)
    library.beat("alive", 100.0)
    asked: list[tuple[str, float]] = []

    def is_dead(worker: str, beat: float) -> bool:
        asked.append((worker, beat))
        return beat < 50

    assert [(run.id, run.state) for run in library.interrupt_orphans(is_dead)] == [("dead", "interrupted")]
    assert sorted(asked) == [("alive", 100.0), ("dead", 1.0)]
    assert library.interrupt_orphans(is_dead) == []
    states = {message.id: message.state for message in library.messages("ana", "c")}
    assert states == {"m-dead": "interrupted", "m-alive": "running"}
    assert [run.id for run in library.running("ana")] == ["alive"]


def test_purging_keeps_the_costs_and_nothing_else(library: Library, database: str) -> None:
    library.create(chat())
    library.create(chat("d"))
    for file in ("shared", "own"):
        library.add_file("ana", file, b"x", "image/png")
    shared, own = (ImageRef(file=name, media_type="image/png") for name in ("shared", "own"))
    run = RunRow(id="r", owner="ana", conversation="c", message="m", question={"secret": 1}, created=1.0)
    library.add_messages("ana", "c", [say("m", images=(shared, own))], run=run)
    library.add_messages("ana", "d", [say("n", images=(shared,))])
    library.append_events("r", 0, ["{}"])
    library.end_run("r", state="done", prompt=7, ledger={"secret": 1})
    assert library.purge("ana", "c")
    assert not library.purge("ana", "c")
    assert library.message("ana", "m") is None
    assert library.file("ana", "own") is None
    assert library.file("ana", "shared") is not None
    assert library.events("r") == []
    assert not library.append_events("r", 1, ["{}"])
    left = library.run("ana", "r")
    assert left is not None
    assert (left.conversation, left.message, left.question, left.ledger, left.prompt) == ("", "", None, None, 7)
    assert [row.prompt for row in library.ledger_rows("ana", 0, 1e12)] == [7]
    archive = open_archive(database)
    assert list(archive.summaries()) == []
    archive.close()
    library.add_file("ana", "unused", b"x", "image/png", now=5.0)
    library.drop_unused_files(10.0)
    assert library.file("ana", "unused") is None
    assert library.file("ana", "shared") is not None


def test_the_pages_runs_are_in_the_list_of_traces(library: Library, database: str) -> None:
    library.begin_run(RunRow(id="r", owner="ana", created=3.0, model="nano", mode="auto"))
    line = line_of(RunStarted(run_id="r", mode="auto", model="nano", seed=1, created=3.0, question="Why?"))
    library.append_events("r", 0, [line])
    archive = open_archive(database)
    [row] = archive.summaries()
    assert (row.id, row.question, row.stop_reason) == ("r", "Why?", "")
    library.end_run("r", state="done", stop_reason="stop", mode="instant")
    [row] = archive.summaries()
    assert (row.mode, row.asked_mode, row.stop_reason) == ("instant", "auto", "stop")
    assert archive.read("r")[0].lines == (line,)
    archive.close()


def test_people(library: Library) -> None:
    assert library.preferences("ana") == {}
    library.set_preferences("ana", {"theme": "dark"})
    library.set_preferences("ana", {"theme": "light", "x": [1, None]})
    assert library.preferences("ana") == {"theme": "light", "x": [1, None]}
    assert library.preferences("bob") == {}
    assert library.shared("models") is None
    library.set_shared("models", [{"name": "m"}])
    assert library.shared("models") == [{"name": "m"}]
    library.set_shared("models", None)
    assert library.shared("models") is None
    library.add_session("h1", "ana", 100.0)
    library.add_session("h2", "ana", 50.0)
    library.add_session("h3", "bob", 100.0)
    assert [library.session(name, 60.0) for name in ("h1", "h2", "h3", "none")] == ["ana", None, "bob", None]
    library.drop_expired_sessions(60.0)
    assert library.session("h2", 0.0) is None
    library.end_session("h3")
    assert library.session("h3", 0.0) is None
    library.end_sessions("ana")
    assert library.session("h1", 0.0) is None


def test_a_comparison_has_one_vote(library: Library) -> None:
    entries = (VoteEntry(message="m", model="a", mode="auto"), VoteEntry(message="n", model="b", mode="instant"))
    vote = Vote(id="v", owner="ana", conversation="c", winner="m", entries=entries, blind=True, created=2.0)
    assert library.add_vote(vote)
    assert not library.add_vote(replace(vote, id="w", winner="tie"))
    early = replace(vote, id="e", conversation="d", created=1.0)
    assert library.add_vote(early)
    assert library.votes("ana") == [early, vote]
    assert library.votes("bob") == []


def test_erasing_leaves_no_byte(library: Library, database: str) -> None:
    canary = "canarysecretword"
    for owner in ("ana", "bob"):
        library.create(chat(f"c-{owner}", owner, title=canary * (owner == "ana"), tags=("t",)))
        run = RunRow(id=f"r-{owner}", owner=owner, conversation=f"c-{owner}", message=f"m-{owner}")
        text = f"{canary} {'long ' * 5000}" if owner == "ana" else "hello"
        library.add_messages(owner, f"c-{owner}", [say(f"m-{owner}", text)], run=run)
        library.append_events(f"r-{owner}", 0, [f'{{"text":"{canary}"}}' if owner == "ana" else "{}"])
        library.end_run(f"r-{owner}", state="done", prompt=1)
        library.add_file(owner, f"f-{owner}", canary.encode() if owner == "ana" else b"x", "image/png")
        library.set_preferences(owner, {"a": canary if owner == "ana" else ""})
        library.add_session(f"h-{owner}", owner, 100.0)
        library.add_vote(Vote(id="v", owner=owner, conversation=f"c-{owner}", winner="tie"))
    library.erase("ana")
    assert library.conversations("ana").items == library.conversations("ana", deleted=True).items == ()
    assert library.preferences("ana") == {}
    assert library.votes("ana") == []
    assert library.ledger_rows("ana", 0, 1e12) == []
    assert library.file("ana", "f-ana") is None
    assert library.session("h-ana", 0.0) is None
    assert library.conversations("ana", query=canary).items == ()
    assert [f.conversation.id for f in library.conversations("bob", query="hell").items] == ["c-bob"]
    assert library.events("r-bob") == ["{}"]
    assert library.votes("bob") != []
    if database.startswith("sqlite"):
        folder = Path(database.removeprefix("sqlite:///")).parent
        library.close()
        for file in folder.iterdir():
            assert canary.encode() not in file.read_bytes(), file


def test_in_memory_nothing_touches_the_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = set(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else set()
    library = open_memory_library()
    library.create(chat(title="words"))

    def write(n: int) -> None:
        library.add_messages("ana", "c", [say(f"m{n}", f"word{n} {'x ' * 1000}")])
        assert library.conversations("ana", query=f"word{n}").items

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(100)))
    assert len(library.messages("ana", "c")) == 100
    after = set(os.listdir("/proc/self/fd")) if before else set()
    opened = [os.readlink(f"/proc/self/fd/{fd}") for fd in after - before if os.path.exists(f"/proc/self/fd/{fd}")]
    assert [name for name in opened if name.startswith("/") and not name.startswith("/dev")] == []
    assert list(tmp_path.iterdir()) == []
    library.close()


def test_threads_share_a_library(library: Library) -> None:
    library.create(chat())

    def write(n: int) -> None:
        library.add_messages("ana", "c", [say(f"m{n}-{k}", f"w{n}") for k in range(3)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(40)))
    ids = [message.id for message in library.messages("ana", "c")]
    assert len(ids) == len(set(ids)) == 120


def test_a_library_is_opened_again(database: str) -> None:
    for n in range(3):
        library = open_library(database)
        assert len(library.conversations("ana").items) == n
        library.create(chat(f"c{n}"))
        library.close()
