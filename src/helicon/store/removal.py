"""Removing for good: conversations with their messages, their files, and the events of their runs."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from helicon.store.search import drop_words
from helicon.store.tables import CONVERSATIONS, EVENTS, FILES, MESSAGE_FILES, MESSAGES, PAGE_RUNS, RUNS, batches


def remove_conversations(connection: sa.Connection, numbers: Sequence[int]) -> None:
    """Remove conversations by their number; the rows of what their runs cost stay, without words."""
    for some in batches(numbers):
        _remove(connection, some)


def _remove(connection: sa.Connection, numbers: Sequence[int]) -> None:
    ids = list(connection.scalars(sa.select(CONVERSATIONS.c.id).where(CONVERSATIONS.c.number.in_(numbers))))
    inside = sa.select(MESSAGES.c.id).where(MESSAGES.c.conversation.in_(numbers))
    files = list(connection.scalars(sa.select(MESSAGE_FILES.c.file).where(MESSAGE_FILES.c.message.in_(inside))))
    runs = list(connection.scalars(sa.select(PAGE_RUNS.c.id).where(PAGE_RUNS.c.conversation.in_(ids))))
    drop_words(connection, numbers)
    connection.execute(CONVERSATIONS.delete().where(CONVERSATIONS.c.number.in_(numbers)))
    remove_traces(connection, runs)
    gone = {"conversation": "", "message": "", "question": None, "ledger": None}
    connection.execute(PAGE_RUNS.update().where(PAGE_RUNS.c.conversation.in_(ids)).values(**gone))
    remove_unused_files(connection, files)


def remove_traces(connection: sa.Connection, runs: Sequence[str]) -> None:
    """Remove runs with their events."""
    for some in batches(runs):
        connection.execute(EVENTS.delete().where(EVENTS.c.run_id.in_(some)))
        connection.execute(RUNS.delete().where(RUNS.c.id.in_(some)))


def remove_unused_files(connection: sa.Connection, files: Sequence[str]) -> None:
    """Remove those of these files that no message shows any more."""
    used = sa.exists().where(MESSAGE_FILES.c.file == FILES.c.id)
    for some in batches(files):
        connection.execute(FILES.delete().where(FILES.c.id.in_(some), ~used))
