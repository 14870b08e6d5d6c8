"""Taking conversations from exports: what is there already is known again, and what has grown is extended.

A conversation is known by its ``source``, a message by its own. The ids of what is new are made from them and the
owner, so that two owners can import the same file, and one owner twice.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from helicon.errors import InputError
from helicon.store.conversations import insert_conversation
from helicon.store.database import Database
from helicon.store.files import insert_file
from helicon.store.message_rows import insert_messages
from helicon.store.runs import insert_events, insert_run
from helicon.store.tables import CONVERSATIONS, MESSAGES, PAGE_RUNS, RUNS, batches, dumps
from helicon.store.values import Imported, Report, StoredMessage, StoredTrace

C, M = CONVERSATIONS.c, MESSAGES.c
BATCH = 50
"""Conversations that are written together,"""
BATCH_MESSAGES = 1000
"""or fewer, when they have this many messages."""
MOST_NOTES = 50


@dataclass(slots=True)
class _Tally:
    imported: int = 0
    updated: int = 0
    skipped: int = 0
    messages: int = 0
    notes: Counter[str] = field(default_factory=Counter)

    def report(self, error: InputError | None) -> Report:
        notes = [f"{note} ({count} conversations)" if count > 1 else note for note, count in self.notes.items()]
        if len(notes) > MOST_NOTES:
            notes = [*notes[:MOST_NOTES], f"and {len(notes) - MOST_NOTES} further notes"]
        return Report(
            imported=self.imported,
            updated=self.updated,
            skipped=self.skipped,
            messages=self.messages,
            notes=tuple(notes),
            error=error,
        )


class Imports(Database):
    """The part of a ``Library`` that takes what was exported elsewhere."""

    def import_conversations(self, owner: str, conversations: Iterable[Imported]) -> Report:
        """Keep conversations; those that are there stay, and get the messages that they lack.

        An ``InputError`` of the iterable, which says where a file is broken, ends the import and is in the report.

        Raises:
            StoreError: the database cannot be written; what was written before stays, and the same import can be
                made again.
        """
        tally, error = _Tally(), None
        waiting: list[Imported] = []
        try:
            for one in conversations:
                waiting.append(one)
                if len(waiting) >= BATCH or sum(len(w.messages) for w in waiting) >= BATCH_MESSAGES:
                    self._take_all(owner, waiting, tally)
                    waiting = []
        except InputError as broken:
            error = broken
        self._take_all(owner, waiting, tally)
        return tally.report(error)

    def _take_all(self, owner: str, batch: Sequence[Imported], tally: _Tally) -> None:
        if not batch:
            return
        done = _Tally()
        with self._transaction() as connection:
            for one in batch:
                try:
                    with connection.begin_nested():
                        self._take(connection, owner, one, done)
                except InputError as refused:
                    done.notes[f"a conversation left out: {refused.message}"] += 1
        tally.imported += done.imported
        tally.updated += done.updated
        tally.skipped += done.skipped
        tally.messages += done.messages
        tally.notes += done.notes

    def _take(self, connection: sa.Connection, owner: str, one: Imported, tally: _Tally) -> None:
        tally.notes.update(note[:200] for note in one.notes)
        source = one.conversation.source
        if not one.messages:
            if source:
                tally.notes["a conversation without messages left out"] += 1
            return
        if not source:
            raise InputError("it has no id.")
        row = _known(connection, owner, source)
        if row is None:
            id = _new_id("c", owner, source)
            fresh = replace(one.conversation, id=id, owner=owner, current=None, deleted=None)
            number = insert_conversation(connection, fresh)
        else:
            id, number = row.id, row.number
        tree = _Tree(connection, owner, number, one)
        for file in one.files:
            insert_file(connection, replace(file, id=tree.file(file.id), owner=owner))
        messages = tree.fresh(id)
        added = insert_messages(connection, number, messages)
        wanted = {message.run for message in messages}
        for trace in one.runs:
            if tree.runs[trace.run.id] in wanted:
                _take_run(connection, owner, id, tree, trace)
        changes: dict[str, Any] = {}
        if row is None or (added and (row.current is None or row.current in tree.ids.values())):
            changes["current"] = tree.ids.get(one.conversation.current or "") or next(reversed(tree.ids.values()), None)
        if row is not None and row.deleted is not None:
            changes["deleted"] = None
        if row is not None and added:
            changes["updated"] = max(row.updated, one.conversation.updated)
        if changes:
            connection.execute(CONVERSATIONS.update().where(C.number == number).values(**changes))
        tally.messages += added
        if row is None:
            tally.imported += 1
        elif added or row.deleted is not None:
            tally.updated += 1
        else:
            tally.skipped += 1


def _known(connection: sa.Connection, owner: str, source: str) -> Any:
    """The row of a conversation that was imported before, or that was made here and comes home."""
    query = sa.select(CONVERSATIONS).where(C.owner == owner).with_for_update()
    row = connection.execute(query.where(C.source == source)).one_or_none()
    if row is None and source.startswith("helicon:"):
        row = connection.execute(query.where(C.id == source.removeprefix("helicon:"))).one_or_none()
    return row


class _Tree:
    """The messages of one imported conversation under the ids that they have here."""

    def __init__(self, connection: sa.Connection, owner: str, number: int, one: Imported) -> None:
        self._owner = owner
        self._one = one
        rows = connection.execute(sa.select(M.id, M.source).where(M.conversation == number)).all()
        here = {row.id: row.id for row in rows} | {row.source: row.id for row in rows if row.source}
        self._here = {row.id for row in rows}
        self.ids: dict[str, str] = {}
        """From the export's ids to ours."""
        for message in one.messages:
            key = message.source or message.id
            made = _new_id("m", owner, one.conversation.source, key)
            self.ids[message.id] = here.get(key) or here.get(message.id) or made
        ids = [trace.run.id for trace in one.runs]
        taken: set[str] = set()
        for some in batches(ids):
            taken.update(connection.scalars(sa.select(RUNS.c.id).where(RUNS.c.id.in_(some))))
            others = sa.and_(PAGE_RUNS.c.id.in_(some), ~_purged(owner))
            taken.update(connection.scalars(sa.select(PAGE_RUNS.c.id).where(others)))
        self.runs = {id: _new_id("run", owner, id) if id in taken or len(id) > 64 else id for id in ids}

    def file(self, id: str) -> str:
        """A file's id here."""
        return _new_id("f", self._owner, id)

    def fresh(self, conversation: str) -> list[StoredMessage]:
        """The messages that are not here yet, parents before their children."""
        messages = {message.id: message for message in self._one.messages}
        files = {file.id for file in self._one.files}
        ordered: dict[str, StoredMessage] = {}
        for start in messages.values():
            line: dict[str, StoredMessage] = {}
            at: StoredMessage | None = start
            while at is not None and at.id not in ordered and at.id not in line:
                line[at.id] = at
                at = messages.get(at.parent or "")
            hangs_on_itself = at is not None and at.id in line
            for n, message in enumerate(reversed(line.values())):
                ordered[message.id] = replace(message, parent=None) if hangs_on_itself and n == 0 else message
        result = []
        for message in ordered.values():
            images = tuple(replace(i, file=self.file(i.file)) for i in message.images if i.file in files)
            kept = replace(
                message,
                id=self.ids[message.id],
                conversation=conversation,
                parent=self.ids.get(message.parent or ""),
                images=images,
                run=self.runs.get(message.run or ""),
                source=message.source or message.id,
            )
            if kept.id not in self._here:
                result.append(kept)
        return result


def _take_run(connection: sa.Connection, owner: str, conversation: str, tree: _Tree, trace: StoredTrace) -> None:
    id = tree.runs[trace.run.id]
    if connection.scalar(sa.select(RUNS.c.id).where(RUNS.c.id == id)) is not None:
        return
    message = tree.ids.get(trace.run.message, "")
    run = replace(trace.run, id=id, owner=owner, conversation=conversation, message=message)
    connection.execute(PAGE_RUNS.delete().where(PAGE_RUNS.c.id == id, _purged(owner)))
    insert_run(connection, run, status=run.stop_reason or run.state)
    lines = list(trace.events)
    if lines and id != trace.run.id:
        lines[0] = _renamed(lines[0], id)
    insert_events(connection, id, 0, lines)


def _purged(owner: str) -> sa.ColumnElement[bool]:
    """What is left of an owner's runs whose conversation was purged: it makes way for the run when that comes back."""
    return sa.and_(PAGE_RUNS.c.owner == owner, PAGE_RUNS.c.conversation == "")


def _renamed(line: str, run: str) -> str:
    value = json.loads(line)
    return dumps(value | {"run_id": run}) if "run_id" in value else line


def _new_id(kind: str, *parts: str) -> str:
    whole = "\0".join(parts).encode("utf-8", "replace")
    return f"{kind}_{hashlib.sha256(whole).hexdigest()[:26]}"
