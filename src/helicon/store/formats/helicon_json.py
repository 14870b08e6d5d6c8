"""Helicon's own format: conversations with everything that belongs to them, one JSON file.

::

    {"format": "helicon-conversations", "version": 1, "helicon": RELEASE, "exported": SECONDS, "conversations": [
      {...a Conversation's fields..., "messages": [{...a StoredMessage's fields...,
                                                    "images": [{"file", "media_type", "name", "data": BASE64}]}],
       "runs": [{...a RunRow's fields..., "events": [EVENT, ...]}]}]}

Written and read as a stream: a conversation at a time is in memory. Owners are not in it.
"""

from __future__ import annotations

import base64
import json
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

from helicon.store.formats.fields import count_in, list_in, number_in, object_in, text_in, time_in
from helicon.store.formats.pictures import picture_in
from helicon.store.tables import dumps
from helicon.store.values import (
    Conversation,
    ImageRef,
    Imported,
    MessageState,
    Role,
    RunRow,
    StoredFile,
    StoredMessage,
    StoredTrace,
)

if TYPE_CHECKING:
    from helicon.store.library import Library

FORMAT = "helicon-conversations"
VERSION = 1
"""Grows when a reader of the version before would misunderstand."""
STATES = ("done", "stopped", "interrupted", "failed")
ROLES = ("user", "assistant", "system")
LOCAL = ("owner", "worker", "beat", "stop_requested")
"""Fields that mean something only where they were stored."""


def write_export(
    library: Library, owner: str, ids: Sequence[str] | None = None, *, events: bool = True, release: str = ""
) -> Iterator[bytes]:
    """An owner's conversations as a JSON file, in pieces; all that are not in the bin where ``ids`` are not given.

    Args:
        events: Whether the events of the runs are in it; without them a run is only named and counted.
        release: Helicon's.

    Raises:
        StoreError: the database cannot be read; what came before is then no whole file.
    """
    head = {"format": FORMAT, "version": VERSION, "helicon": release, "exported": round(time.time(), 3)}
    yield f'{dumps(head)[:-1]},"conversations":['.encode()
    before = b"\n"
    for id in ids if ids is not None else _ids(library, owner):
        conversation = library.conversation(owner, id)
        if conversation is None:
            continue  # purged meanwhile
        yield before
        yield from _conversation(library, conversation, events)
        before = b",\n"
    yield b"\n]}\n"


def _ids(library: Library, owner: str) -> Iterator[str]:
    cursor = ""
    while True:
        page = library.conversations(owner, limit=500, cursor=cursor)
        yield from (found.conversation.id for found in page.items)
        if not (cursor := page.next):
            return


def _conversation(library: Library, conversation: Conversation, events: bool) -> Iterator[bytes]:
    fields = {name: value for name, value in asdict(conversation).items() if name not in ("owner", "deleted")}
    yield f'{dumps(fields)[:-1]},"messages":['.encode()
    before = b""
    for message in library.messages(conversation.owner, conversation.id):
        value = asdict(message)
        del value["conversation"]
        for image in value["images"]:
            file = library.file(conversation.owner, image["file"])
            if file is not None:
                image["data"] = base64.b64encode(file.data).decode()
        yield before + dumps(value).encode()
        before = b","
    yield b'],"runs":['
    before = b""
    for run, _ in library.runs(conversation.owner, conversation.id):
        row = {name: value for name, value in asdict(run).items() if name not in LOCAL}
        yield f'{before.decode()}{dumps(row)[:-1]},"events":['.encode()
        if events:
            yield ",".join(library.events(run.id)).encode()
        yield b"]}"
        before = b","
    yield b"]}"


def imported(value: dict[str, Any]) -> Imported:
    """The conversation that an object of the export holds."""
    notes: Counter[str] = Counter()
    files: dict[str, StoredFile] = {}
    id = text_in(value, "id")
    messages = [_message(m, id, files, notes) for m in list_in(value, "messages") if text_in(m, "id")]
    runs = [_run(run) for run in list_in(value, "runs") if text_in(run, "id")]
    kind = text_in(value, "kind")
    conversation = Conversation(
        id=id,
        owner="",
        title=text_in(value, "title"),
        created=time_in(value, "created"),
        updated=time_in(value, "updated"),
        pinned=value.get("pinned") is True,
        folder=text_in(value, "folder"),
        tags=tuple(tag for tag in list_in(value, "tags") if isinstance(tag, str)),
        kind="comparison" if kind == "comparison" else "chat",
        blind=value.get("blind") is True,
        system=text_in(value, "system"),
        model=text_in(value, "model"),
        mode=text_in(value, "mode"),
        options=object_in(value, "options"),
        current=text_in(value, "current") or None,
        source=text_in(value, "source") or (f"helicon:{id}" if id else ""),
    )
    return Imported(
        conversation=conversation,
        messages=tuple(messages),
        files=tuple(files.values()),
        runs=tuple(runs),
        notes=tuple(f"{note} ({count} times)" if count > 1 else note for note, count in notes.items()),
    )


def _message(value: Any, conversation: str, files: dict[str, StoredFile], notes: Counter[str]) -> StoredMessage:
    images = []
    for image in list_in(value, "images"):
        file = picture_in(text_in(image, "data"), text_in(image, "name"))
        if file is None:
            notes["a picture that is not in the export"] += 1
            continue
        files[file.id] = file
        images.append(ImageRef(file=file.id, media_type=file.media_type, name=file.name))
    role, summary = text_in(value, "role"), value.get("summary")
    return StoredMessage(
        id=text_in(value, "id"),
        conversation=conversation,
        parent=text_in(value, "parent") or None,
        role=cast(Role, role) if role in ROLES else "assistant",
        text=text_in(value, "text"),
        images=tuple(images),
        thinking=text_in(value, "thinking"),
        created=time_in(value, "created"),
        state=_state(value),
        model=text_in(value, "model"),
        mode=text_in(value, "mode"),
        run=text_in(value, "run") or None,
        error=text_in(value, "error"),
        summary=summary if isinstance(summary, dict) else None,
        source=text_in(value, "source") or text_in(value, "id"),
    )


def _state(value: Any) -> MessageState:
    """A run that was on its way when it was exported is not on its way here."""
    state = text_in(value, "state")
    return cast(MessageState, state) if state in STATES else "interrupted"


def _run(value: Any) -> StoredTrace:
    question, ledger = value.get("question"), value.get("ledger")
    run = RunRow(
        id=text_in(value, "id"),
        owner="",
        message=text_in(value, "message"),
        created=time_in(value, "created"),
        model=text_in(value, "model"),
        mode=text_in(value, "mode"),
        state=_state(value),
        question=question if isinstance(question, dict) else None,
        stop_reason=text_in(value, "stop_reason"),
        ledger=ledger if isinstance(ledger, dict) else None,
        seconds=number_in(value, "seconds"),
        money=number_in(value, "money"),
        prompt=count_in(value, "prompt"),
        cached=count_in(value, "cached"),
        thinking=count_in(value, "thinking"),
        answer=count_in(value, "answer"),
        cancelled=count_in(value, "cancelled"),
    )
    events = (json.dumps(event, separators=(",", ":")) for event in list_in(value, "events") if isinstance(event, dict))
    return StoredTrace(run=run, events=tuple(events))
