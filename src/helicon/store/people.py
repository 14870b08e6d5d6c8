"""Sessions, preferences, what the server shares with everybody, and erasing an owner."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from helicon.store.database import Database
from helicon.store.removal import remove_conversations, remove_traces
from helicon.store.search import settle
from helicon.store.tables import CONVERSATIONS, FILES, PAGE_RUNS, PREFERENCES, SESSIONS, SHARED, VOTES


class People(Database):
    """The part of a ``Library`` that has to do with owners themselves."""

    def preferences(self, owner: str) -> dict[str, Any]:
        """What an owner set; empty where nothing was.

        Raises:
            StoreError: the database cannot be read.
        """
        query = sa.select(PREFERENCES.c.value).where(PREFERENCES.c.owner == owner)
        with self._reading() as connection:
            return dict(connection.scalar(query) or {})

    def set_preferences(self, owner: str, preferences: dict[str, Any]) -> None:
        """Replace what an owner set.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            put(connection, PREFERENCES, {"owner": owner}, {"value": preferences})

    def shared(self, name: str) -> Any:
        """A value that all servers on this database share; ``None`` where there is none.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            return connection.scalar(sa.select(SHARED.c.value).where(SHARED.c.name == name))

    def set_shared(self, name: str, value: Any) -> None:
        """Replace a shared value; ``None`` removes it.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            if value is None:
                connection.execute(SHARED.delete().where(SHARED.c.name == name))
            else:
                put(connection, SHARED, {"name": name}, {"value": value})

    def add_session(self, token_hash: str, owner: str, expires: float) -> None:
        """Keep a login; only the hash of its token.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            put(connection, SESSIONS, {"token_hash": token_hash}, {"owner": owner, "expires": expires})

    def session(self, token_hash: str, now: float) -> str | None:
        """Whose login that is; ``None`` when it is none or has expired.

        Raises:
            StoreError: the database cannot be read.
        """
        valid = sa.and_(SESSIONS.c.token_hash == token_hash, SESSIONS.c.expires > now)
        with self._reading() as connection:
            owner: str | None = connection.scalar(sa.select(SESSIONS.c.owner).where(valid))
        return owner

    def end_session(self, token_hash: str) -> None:
        """Forget a login.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.token_hash == token_hash))

    def end_sessions(self, owner: str) -> None:
        """Forget all logins of an owner.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.owner == owner))

    def drop_expired_sessions(self, now: float) -> None:
        """Forget the logins that have expired.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            connection.execute(SESSIONS.delete().where(SESSIONS.c.expires <= now))

    def erase(self, owner: str) -> None:
        """Remove everything of an owner; in a file of SQLite the bytes are overwritten.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            mine = sa.select(CONVERSATIONS.c.number).where(CONVERSATIONS.c.owner == owner)
            remove_conversations(connection, list(connection.scalars(mine)))
            remove_traces(
                connection, list(connection.scalars(sa.select(PAGE_RUNS.c.id).where(PAGE_RUNS.c.owner == owner)))
            )
            for table in (PAGE_RUNS, FILES, VOTES, PREFERENCES, SESSIONS):
                connection.execute(table.delete().where(table.c.owner == owner))
            settle(connection)
        self._fold_log()

    def _fold_log(self) -> None:
        """Empty SQLite's write-ahead log, where pages of the past are."""
        if self._sqlite and self._engine.url.database:
            with self._turn, self._engine.connect() as connection:
                driver = connection.connection.driver_connection
                assert driver is not None
                driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def put(connection: sa.Connection, table: sa.Table, key: dict[str, Any], values: dict[str, Any]) -> None:
    """Insert a row, or replace the values of the one that is there."""
    if connection.dialect.name == "sqlite":
        from sqlalchemy.dialects.sqlite import insert
    else:
        from sqlalchemy.dialects.postgresql import insert  # type: ignore[assignment]
    statement = insert(table).values(**key, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=list(key), set_=values))
