"""Messages: a conversation's tree, kept in the order in which they came."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from helicon.errors import InputError
from helicon.store.conversations import find
from helicon.store.database import Database
from helicon.store.message_rows import change_message, insert_messages, message_of
from helicon.store.runs import insert_run
from helicon.store.tables import CONVERSATIONS, MESSAGES, batches, clean
from helicon.store.values import RunRow, StoredMessage

M = MESSAGES.c


class Messages(Database):
    """The part of a ``Library`` that has to do with messages."""

    def messages(self, owner: str, conversation_id: str) -> list[StoredMessage]:
        """The whole tree of a conversation in the order in which its messages came; empty when there is none.

        Raises:
            StoreError: the database cannot be read.
        """
        query = (
            sa.select(MESSAGES)
            .join(CONVERSATIONS, CONVERSATIONS.c.number == M.conversation)
            .where(CONVERSATIONS.c.owner == owner, CONVERSATIONS.c.id == conversation_id)
            .order_by(M.position)
        )
        with self._reading() as connection:
            return [message_of(row, conversation_id) for row in connection.execute(query)]

    def message(self, owner: str, id: str) -> StoredMessage | None:
        """The message of that id.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            row = _find(connection, owner, id)
            return None if row is None else message_of(row, row.conversation_id)

    def add_messages(
        self,
        owner: str,
        conversation_id: str,
        messages: Sequence[StoredMessage],
        *,
        current: str | None = None,
        run: RunRow | None = None,
        now: float | None = None,
    ) -> list[StoredMessage]:
        """Keep new messages, all or none; those whose ids are in the conversation already stay as they are.

        Args:
            current: The message at whose end one reads from now on, where it changes.
            run: One that begins with these messages, kept together with them.
            now: What becomes the conversation's ``updated``.

        Returns:
            The messages as they are kept, in the order given.

        Raises:
            InputError: there is no such conversation, an id belongs to another one, or a parent is not in it.
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            row = find(connection, owner, conversation_id, lock=True)
            if row is None:
                raise InputError(f"there is no conversation {conversation_id[:80]!r}.", hint="It may have been purged.")
            added = insert_messages(connection, row.number, messages)
            values: dict[str, Any] = {"current": current} if current is not None else {}
            if added:
                values["updated"] = time.time() if now is None else now
            if values:
                connection.execute(CONVERSATIONS.update().where(CONVERSATIONS.c.number == row.number).values(**values))
            if run is not None:
                insert_run(connection, run)
            ids = [clean(message.id) for message in messages]
            kept = {
                found.id: message_of(found, conversation_id)
                for some in batches(ids)
                for found in connection.execute(sa.select(MESSAGES).where(M.id.in_(some)))
            }
        return [kept[id] for id in ids]

    def update_message(self, owner: str, id: str, **changes: Any) -> StoredMessage | None:
        """Change fields of a message, named as in ``StoredMessage``; ``None`` when there is none of that id.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            row = _find(connection, owner, id)
            if row is None:
                return None
            change_message(connection, row, changes)
            changed = connection.execute(sa.select(MESSAGES).where(M.id == id)).one()
            return message_of(changed, row.conversation_id)


def _find(connection: sa.Connection, owner: str, id: str) -> Any:
    query = (
        sa.select(MESSAGES, CONVERSATIONS.c.id.label("conversation_id"))
        .join(CONVERSATIONS, CONVERSATIONS.c.number == M.conversation)
        .where(M.id == id, CONVERSATIONS.c.owner == owner)
    )
    return connection.execute(query).one_or_none()
