"""Conversations: lists, search, making, changing, the bin.

Every call is of one owner; another owner's conversation is as if absent.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from helicon.errors import InputError
from helicon.store.database import Database
from helicon.store.folding import question
from helicon.store.removal import remove_conversations
from helicon.store.search import fitting, put_title, settle, show
from helicon.store.tables import CONVERSATIONS, TAGS
from helicon.store.values import Conversation, ConversationKind, Page

C = CONVERSATIONS.c
CHANGEABLE = {field.name for field in fields(Conversation)} - {"id", "owner"}
MOST = 1000
"""Conversations of one page of a list."""


class Conversations(Database):
    """The part of a ``Library`` that has to do with whole conversations."""

    def conversations(
        self,
        owner: str,
        *,
        query: str = "",
        folder: str | None = None,
        tag: str | None = None,
        kind: ConversationKind | None = None,
        deleted: bool = False,
        limit: int = 50,
        cursor: str = "",
    ) -> Page:
        """A list: pinned ones first, then the newest; those in the bin with the last deleted first.

        Args:
            query: Words that all occur in the title or a message, the last one perhaps only begun.
            folder: Only of this folder; ``""`` is those without one.
            cursor: Of the page before.

        Raises:
            InputError: the cursor is none of ours.
            StoreError: the database cannot be read.
        """
        limit = max(1, min(limit, MOST))
        wanted = question(query)
        if query.strip() and not wanted:
            return Page(items=())
        order: tuple[sa.Column[Any], ...] = (C.deleted, C.number) if deleted else (C.pinned, C.updated, C.number)
        conditions = [C.owner == owner, C.deleted.is_not(None) if deleted else C.deleted.is_(None)]
        if folder is not None:
            conditions.append(C.folder == folder)
        if kind is not None:
            conditions.append(C.kind == kind)
        if tag is not None:
            conditions.append(C.number.in_(sa.select(TAGS.c.conversation).where(TAGS.c.tag == tag)))
        if cursor:
            conditions.append(sa.tuple_(*order) < sa.tuple_(*_read_cursor(cursor, len(order))))
        with self._reading() as connection:
            conditions += fitting(connection, C.number, wanted)
            rows = connection.execute(
                sa.select(CONVERSATIONS)
                .where(*conditions)
                .order_by(*(column.desc() for column in order))
                .limit(limit + 1)
            ).all()
            page = rows[:limit]
            tags = tags_of(connection, [row.number for row in page])
            found = [(row.number, conversation_of(row, tags.get(row.number, ()))) for row in page]
            items = show(connection, found, wanted)
        more = len(rows) > limit
        return Page(items=items, next=_cursor([getattr(page[-1], column.name) for column in order]) if more else "")

    def folders(self, owner: str) -> list[tuple[str, int]]:
        """The folders by name, each with its number of conversations.

        Raises:
            StoreError: the database cannot be read.
        """
        query = (
            sa.select(C.folder, sa.func.count())
            .where(C.owner == owner, C.deleted.is_(None), C.folder != "")
            .group_by(C.folder)
        )
        with self._reading() as connection:
            return sorted((name, count) for name, count in connection.execute(query))

    def tags(self, owner: str) -> list[tuple[str, int]]:
        """The tags by name, each with its number of conversations.

        Raises:
            StoreError: the database cannot be read.
        """
        query = (
            sa.select(TAGS.c.tag, sa.func.count())
            .join_from(TAGS, CONVERSATIONS)
            .where(C.owner == owner, C.deleted.is_(None))
            .group_by(TAGS.c.tag)
        )
        with self._reading() as connection:
            return sorted((name, count) for name, count in connection.execute(query))

    def create(self, conversation: Conversation) -> Conversation:
        """Keep a new conversation; returns it as it is kept.

        Raises:
            InputError: its id is taken.
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            number = insert_conversation(connection, conversation)
            row = connection.execute(sa.select(CONVERSATIONS).where(C.number == number)).one()
            return conversation_of(row, tags_of(connection, [number]).get(number, ()))

    def conversation(self, owner: str, id: str) -> Conversation | None:
        """The conversation of that id, also from the bin.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            row = find(connection, owner, id)
            return None if row is None else conversation_of(row, tags_of(connection, [row.number]).get(row.number, ()))

    def update(self, owner: str, id: str, **changes: Any) -> Conversation | None:
        """Change fields of a conversation, named as in ``Conversation``; ``None`` when there is none of that id.

        Raises:
            StoreError: the database cannot be written.
        """
        if unknown := set(changes) - CHANGEABLE:
            raise TypeError(f"a conversation's {sorted(unknown)} cannot be changed")
        with self._transaction() as connection:
            row = find(connection, owner, id, lock=True)
            if row is None:
                return None
            tags = changes.pop("tags", None)
            if changes:
                values = {name: int(v) if isinstance(v, bool) else v for name, v in changes.items()}
                connection.execute(CONVERSATIONS.update().where(C.number == row.number).values(**values))
            if tags is not None:
                put_tags(connection, row.number, tags)
            if "title" in changes:
                put_title(connection, row.number, changes["title"])
            changed = connection.execute(sa.select(CONVERSATIONS).where(C.number == row.number)).one()
            return conversation_of(changed, tags_of(connection, [row.number]).get(row.number, ()))

    def delete(self, owner: str, id: str, *, now: float | None = None) -> bool:
        """Throw a conversation into the bin; false when there is none.

        Raises:
            StoreError: the database cannot be written.
        """
        return self._mark(owner, id, time.time() if now is None else now)

    def restore(self, owner: str, id: str) -> bool:
        """Take a conversation out of the bin; false when there is none.

        Raises:
            StoreError: the database cannot be written.
        """
        return self._mark(owner, id, None)

    def _mark(self, owner: str, id: str, deleted: float | None) -> bool:
        mine = sa.and_(C.owner == owner, C.id == id)
        with self._transaction() as connection:
            return connection.execute(CONVERSATIONS.update().where(mine).values(deleted=deleted)).rowcount > 0

    def purge(self, owner: str, id: str) -> bool:
        """Remove a conversation for good, with its files and the events of its runs; false when there is none.

        What its runs cost stays in the ledger.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            row = find(connection, owner, id, lock=True)
            if row is not None:
                remove_conversations(connection, [row.number])
        return row is not None

    def purge_deleted(self, before: float) -> int:
        """Empty every owner's bin of what was thrown away before that moment; returns how many that were.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            old = sa.select(C.number).where(C.deleted.is_not(None), C.deleted < before)
            numbers = list(connection.scalars(old))
            if numbers:
                remove_conversations(connection, numbers)
                settle(connection)
        return len(numbers)


def find(connection: sa.Connection, owner: str, id: str, *, lock: bool = False) -> Any:
    """The row of an owner's conversation, or ``None``; ``lock`` keeps others from changing it in this transaction."""
    query = sa.select(CONVERSATIONS).where(C.id == id, C.owner == owner)
    return connection.execute(query.with_for_update() if lock else query).one_or_none()


def insert_conversation(connection: sa.Connection, conversation: Conversation) -> int:
    """A new row with its tags and its title's words; returns its number."""
    values = {field.name: getattr(conversation, field.name) for field in fields(conversation) if field.name != "tags"}
    values |= {"pinned": int(conversation.pinned), "blind": int(conversation.blind)}
    try:
        key = connection.execute(CONVERSATIONS.insert().values(**values)).inserted_primary_key
    except IntegrityError as error:
        raise InputError(f"the id {conversation.id[:80]!r} is taken; expected a new one.") from error
    number = int(key[0]) if key else 0
    put_tags(connection, number, conversation.tags)
    put_title(connection, number, conversation.title)
    return number


def put_tags(connection: sa.Connection, number: int, tags: Iterable[str]) -> None:
    """Make these the tags of a conversation."""
    connection.execute(TAGS.delete().where(TAGS.c.conversation == number))
    rows = [{"conversation": number, "tag": tag} for tag in sorted({tag for tag in tags if tag})]
    if rows:
        connection.execute(TAGS.insert(), rows)


def tags_of(connection: sa.Connection, numbers: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """The tags of some conversations, by their number."""
    found: dict[int, list[str]] = {}
    if numbers:
        query = sa.select(TAGS).where(TAGS.c.conversation.in_(numbers))
        for row in connection.execute(query):
            found.setdefault(row.conversation, []).append(row.tag)
    return {number: tuple(sorted(tags)) for number, tags in found.items()}


def conversation_of(row: Any, tags: tuple[str, ...]) -> Conversation:
    """A row as a value."""
    return Conversation(
        id=row.id,
        owner=row.owner,
        title=row.title,
        created=row.created,
        updated=row.updated,
        pinned=bool(row.pinned),
        folder=row.folder,
        tags=tags,
        kind=row.kind,
        blind=bool(row.blind),
        system=row.system,
        model=row.model,
        mode=row.mode,
        options=row.options,
        current=row.current,
        deleted=row.deleted,
        source=row.source,
    )


def _cursor(values: Sequence[float]) -> str:
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


def _read_cursor(cursor: str, count: int) -> list[float]:
    try:
        values = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    good = isinstance(values, list) and len(values) == count
    if not good or not all(type(v) in (int, float) and math.isfinite(v) and abs(v) < 2**63 for v in values):
        raise InputError(f"the cursor {cursor[:80]!r} is none; expected the 'next' of the page before.")
    return list(values)
