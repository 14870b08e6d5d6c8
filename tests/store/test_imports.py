"""Taking exports into the library, and giving them out again.

1. Importing twice duplicates nothing; a conversation that has grown is extended, and what was done here stays.
2. Two owners may import the same file.
3. A broken file gives everything before the broken place, and says so.
4. Our own export brings everything back: trees, pictures, runs with their events, costs; here and elsewhere.
5. Trees that hang on themselves, missing parents and foreign ids are taken as far as they go.
"""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helicon.store import (
    Conversation,
    ImageRef,
    Imported,
    Library,
    Report,
    RunRow,
    StoredMessage,
    open_archive,
    open_library,
    open_memory_library,
)
from helicon.store.formats import read_export, write_export
from tests.store.exports import PNG, chatgpt, node, openwebui, simple, turn


def take(library: Library, value: Any, owner: str = "ana") -> Report:
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return library.import_conversations(owner, read_export(io.BytesIO(data)))


def listed(library: Library, owner: str = "ana") -> list[Conversation]:
    return [found.conversation for found in library.conversations(owner, limit=1000).items]


def test_importing_twice_duplicates_nothing(library: Library) -> None:
    export = [simple(f"c{n}", 2) for n in range(120)] + [openwebui("w", turn("q", None, "user", "hi"))]
    report = take(library, export)
    assert (report.imported, report.updated, report.skipped, report.messages) == (121, 0, 0, 481)
    before = listed(library)
    report = take(library, export)
    assert (report.imported, report.updated, report.skipped, report.messages) == (0, 0, 121, 0)
    assert listed(library) == before
    [found] = library.conversations("ana", query="question c77").items
    assert found.conversation.title == "Title c77"
    assert [m.text for m in library.messages("ana", found.conversation.id)] == [
        "question 0 of c77",
        "answer 0",
        "question 1 of c77",
        "answer 1",
    ]
    report = take(library, export[:3], owner="bob")
    assert report.imported == 3
    assert len(listed(library, "bob")) == 3


def test_a_grown_conversation_is_extended(library: Library) -> None:
    take(library, [simple("c", 1)])
    [chat] = listed(library)
    library.update("ana", chat.id, title="my title", tags=("mine",), pinned=True)
    grown = simple("c", 3)
    grown["update_time"] = 1800000000.0
    assert take(library, [grown]) == Report(updated=1, messages=4)
    [chat] = listed(library)
    messages = library.messages("ana", chat.id)
    assert [m.text for m in messages][-1] == "answer 2"
    assert (chat.title, chat.tags, chat.pinned, chat.updated) == ("my title", ("mine",), True, 1800000000.0)
    assert chat.current == messages[-1].id
    parents = {m.id: m.parent for m in messages}
    assert [parents[m.id] for m in messages] == [None, *[m.id for m in messages[:-1]]]
    own = StoredMessage(id="own", conversation=chat.id, parent=messages[1].id, text="I went on here")
    library.add_messages("ana", chat.id, [own], current="own")
    assert take(library, [simple("c", 4)]).messages == 2
    [chat] = listed(library)
    assert chat.current == "own"
    library.delete("ana", chat.id)
    assert take(library, [simple("c", 4)]).updated == 1
    assert len(listed(library)) == 1


def test_a_broken_file_gives_what_came_before(library: Library) -> None:
    data = json.dumps([simple(f"c{n}") for n in range(70)]).encode()
    report = take(library, data[: data.index(b'"Title c65"')])
    assert report.imported == len(listed(library)) == 65
    assert report.error is not None
    assert "after 65 whole conversations" in str(report.error)
    report = take(library, data)
    assert (report.imported, report.skipped, report.error) == (5, 65, None)


def test_notes_are_counted(library: Library) -> None:
    odd = [
        chatgpt(f"c{n}", node("q", None, "user", [{"content_type": "hologram"}], "multimodal_text")) for n in range(3)
    ]
    report = take(library, [*odd, {"no": "conversation"}, chatgpt("empty", node("root", None))])
    assert report.imported == 3
    assert set(report.notes) == {
        "a part of the type 'hologram' kept as JSON (3 conversations)",
        "an object that is no conversation left out",
        "a conversation without messages left out",
    }


def test_odd_trees(library: Library) -> None:
    def say(id: str, parent: str | None) -> StoredMessage:
        return StoredMessage(id=id, conversation="", parent=parent, text=id)

    messages = (
        say("c", "b"),
        say("b", "a"),
        say("a", "c"),
        say("child", "a"),
        say("lost", "nowhere"),
        say("self", "self"),
    )
    chat = Conversation(id="x", owner="", source="helicon:x", current="gone")
    deep = tuple(say(f"d{n}", f"d{n - 1}" if n else None) for n in range(5000))
    report = library.import_conversations(
        "ana",
        [
            Imported(conversation=chat, messages=messages),
            Imported(conversation=replace(chat, source="helicon:deep"), messages=deep[::-1]),
            Imported(conversation=replace(chat, source=""), messages=messages),
        ],
    )
    assert (report.imported, report.messages) == (2, 5006)
    assert report.notes == ("a conversation left out: it has no id.",)
    for found in listed(library):
        kept = library.messages("ana", found.id)
        at = {message.id: place for place, message in enumerate(kept)}
        assert all(message.parent is None or at[message.parent] < at[message.id] for message in kept)
        assert found.current in at
        if len(kept) == 6:
            parents = {message.text: message.parent and kept[at[message.parent]].text for message in kept}
            assert parents["child"] == "a"
            assert parents["lost"] is parents["self"] is None
            assert sorted(parents[name] or "" for name in "abc").count("") == 1


def filled(library: Library) -> None:
    library.create(
        Conversation(
            id="c",
            owner="ana",
            title="Ação \ud800 \0",
            folder="f",
            tags=("t",),
            system="s",
            options={"agents": 4},
            pinned=True,
        )
    )
    library.add_file("ana", "p", PNG, "image/png", "photo.png")
    picture = ImageRef(file="p", media_type="image/png", name="photo.png")
    summary = {"tokens": {"prompt": 1}, "money": 0.5}
    run = RunRow(
        id="run_1",
        owner="ana",
        conversation="c",
        message="a",
        created=5.0,
        question={"q": 1},
        mode="auto",
        model="nano",
    )
    library.add_messages(
        "ana",
        "c",
        [
            StoredMessage(id="q", conversation="c", text="Why? 🎉", images=(picture,), created=1.0),
            StoredMessage(
                id="a", conversation="c", parent="q", role="assistant", run="run_1", state="running", created=2.0
            ),
            StoredMessage(
                id="b", conversation="c", parent="q", role="assistant", text="other", thinking="hm", created=3.0
            ),
        ],
        current="a",
        run=run,
        now=9.0,
    )
    library.append_events("run_1", 0, ['{"type":"run_started","run_id":"run_1","x":"\\ud83d"}', '{"at":0.1}'])
    library.end_run(
        "run_1",
        state="done",
        stop_reason="stop",
        prompt=7,
        money=0.25,
        message={"text": "So.", "state": "done", "summary": summary},
    )


def same(one: StoredMessage, other: StoredMessage) -> bool:
    ids = {"id": "", "conversation": "", "parent": None, "run": None, "source": "", "images": ()}
    return replace(one, **ids) == replace(other, **ids) and len(one.images) == len(other.images)  # type: ignore[arg-type]


def test_our_own_export_brings_everything_back(library: Library, tmp_path: Path) -> None:
    filled(library)
    take(library, [simple("g", 2)])
    data = b"".join(write_export(library, "ana"))
    assert json.loads(data)["format"] == "helicon-conversations"
    report = take(library, data)
    assert (report.imported, report.updated, report.skipped, report.messages) == (0, 0, 2, 0)
    assert report.notes == ()

    elsewhere = open_library(str(tmp_path / "elsewhere.sqlite3"))
    assert take(elsewhere, data).imported == 2
    again = b"".join(write_export(elsewhere, "ana"))
    for export in (data, again, json.dumps([simple("g", 2)]).encode()):
        assert take(elsewhere, export).messages == 0
        assert take(library, export).messages == 0
    [chat] = [c for c in listed(elsewhere) if c.source == "helicon:c"]
    original = library.conversation("ana", "c")
    assert original is not None
    assert replace(chat, id="c", current="a", source="") == original
    messages = elsewhere.messages("ana", chat.id)
    assert all(map(same, messages, library.messages("ana", "c")))
    assert messages[1].id == chat.current
    file = elsewhere.file("ana", messages[0].images[0].file)
    assert file is not None
    assert file.data == PNG
    [(run, length)] = elsewhere.runs("ana", chat.id)
    assert (run.id, run.message, run.prompt, run.money, length) == ("run_1", messages[1].id, 7, 0.25, 2)
    assert elsewhere.events("run_1") == library.events("run_1")
    assert [row.prompt for row in elsewhere.ledger_rows("ana", 0, 1e12)] == [7]
    elsewhere.close()
    archive = open_archive(str(tmp_path / "elsewhere.sqlite3"))
    assert [row.id for row in archive.summaries()] == ["run_1"]
    archive.close()


def test_a_second_owner_and_a_purged_conversation_come_back(library: Library) -> None:
    filled(library)
    data = b"".join(write_export(library, "ana"))
    assert take(library, data, owner="bob").imported == 1
    [chat] = listed(library, "bob")
    [(run, length)] = library.runs("bob", chat.id)
    assert run.id != "run_1"
    assert length == 2
    assert json.loads(library.events(run.id)[0])["run_id"] == run.id
    library.purge("ana", "c")
    assert take(library, data).imported == 1
    [chat] = listed(library)
    assert library.runs("ana", chat.id)[0][0].id == "run_1"
    assert [row.prompt for row in library.ledger_rows("ana", 0, 1e12)] == [7]


def test_an_export_without_events_and_of_some() -> None:
    library = open_memory_library()
    filled(library)
    take(library, [simple("g")])
    value = json.loads(b"".join(write_export(library, "ana", ["c", "none"], events=False, release="1.2.3")))
    assert value["helicon"] == "1.2.3"
    [chat] = value["conversations"]
    assert [run["events"] for run in chat["runs"]] == [[]]
    assert "owner" not in chat
    assert json.loads(b"".join(write_export(library, "nobody")))["conversations"] == []
    library.close()


@pytest.mark.parametrize("state", ["running", "nonsense", 7])
def test_what_was_running_elsewhere_is_interrupted_here(state: Any) -> None:
    library = open_memory_library()
    message = {"id": "m", "role": "assistant", "state": state, "run": "r"}
    chat = {"id": "c", "messages": [message], "runs": [{"id": "r", "state": state, "message": "m"}]}
    take(library, {"format": "helicon-conversations", "version": 1, "conversations": [chat]})
    [found] = listed(library)
    assert library.messages("ana", found.id)[0].state == "interrupted"
    assert library.runs("ana", found.id)[0][0].state == "interrupted"
    assert library.running("ana") == []
    library.close()
