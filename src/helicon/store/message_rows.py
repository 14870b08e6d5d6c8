"""Messages as rows: putting them in, changing them, reading them; inside somebody's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from helicon.errors import InputError
from helicon.store.search import put_again, put_messages
from helicon.store.tables import MESSAGE_FILES, MESSAGES, SEARCH_PLACES, batches
from helicon.store.values import ImageRef, StoredMessage

M = MESSAGES.c
CHANGEABLE = {field.name for field in fields(StoredMessage)} - {"id", "conversation"}
MOST = 2**SEARCH_PLACES - 2
"""Messages of one conversation."""


def insert_messages(connection: sa.Connection, number: int, messages: Iterable[StoredMessage]) -> int:
    """Put the messages that are not there behind those that are; returns how many were new.

    The caller holds the conversation's row.
    """
    given = {message.id: message for message in messages}
    parents = {message.parent for message in given.values() if message.parent is not None}
    here = _inside(connection, number, [*given, *parents])
    if lost := parents - here - given.keys():
        raise InputError(
            f"the parent {sorted(lost)[0][:80]!r} is not in the conversation; expected one of its messages."
        )
    fresh = [message for id, message in given.items() if id not in here]
    if not fresh:
        return 0
    last = connection.scalar(sa.select(sa.func.max(M.position)).where(M.conversation == number)) or 0
    if last + len(fresh) > MOST:
        raise InputError(f"the conversation would have {last + len(fresh)} messages; expected at most {MOST}.")
    rows = [_row(message, number, position) for position, message in enumerate(fresh, start=last + 1)]
    images = [
        {"message": message.id, "file": file}
        for message in fresh
        for file in sorted({image.file for image in message.images})
    ]
    try:
        for some in batches(rows):
            connection.execute(MESSAGES.insert(), some)
        if images:
            connection.execute(MESSAGE_FILES.insert(), images)
    except IntegrityError as error:
        raise InputError("a message's id is taken; expected new ones.") from error
    put_messages(connection, number, [(row["position"], row["text"]) for row in rows], fresh=last == 0)
    return len(fresh)


def _inside(connection: sa.Connection, number: int, ids: Sequence[str]) -> set[str]:
    """Those of the ids that are messages of the conversation."""
    found: set[str] = set()
    for some in batches(ids):
        found.update(connection.scalars(sa.select(M.id).where(M.conversation == number, M.id.in_(some))))
    return found


def change_message(connection: sa.Connection, row: Any, changes: dict[str, Any]) -> None:
    """Change a message whose row was found."""
    if unknown := set(changes) - CHANGEABLE:
        raise TypeError(f"a message's {sorted(unknown)} cannot be changed")
    if not changes:
        return
    values = dict(changes)
    if "images" in changes:
        values["images"] = [asdict(image) for image in changes["images"]]
        connection.execute(MESSAGE_FILES.delete().where(MESSAGE_FILES.c.message == row.id))
        files = [{"message": row.id, "file": file} for file in sorted({image.file for image in changes["images"]})]
        if files:
            connection.execute(MESSAGE_FILES.insert(), files)
    connection.execute(MESSAGES.update().where(M.id == row.id).values(**values))
    if changes.get("text", row.text) == row.text:
        return
    if row.text:
        put_again(connection, row.conversation)
    else:
        put_messages(connection, row.conversation, [(row.position, changes["text"])])


def _row(message: StoredMessage, number: int, position: int) -> dict[str, Any]:
    values = {field.name: getattr(message, field.name) for field in fields(message)}
    images = [asdict(image) for image in message.images]
    return values | {"conversation": number, "position": position, "images": images}


def message_of(row: Any, conversation_id: str) -> StoredMessage:
    """A row as a value."""
    return StoredMessage(
        id=row.id,
        conversation=conversation_id,
        parent=row.parent,
        role=row.role,
        text=row.text,
        images=tuple(ImageRef(**image) for image in row.images),
        thinking=row.thinking,
        created=row.created,
        state=row.state,
        model=row.model,
        mode=row.mode,
        run=row.run,
        error=row.error,
        summary=row.summary,
        source=row.source,
    )
