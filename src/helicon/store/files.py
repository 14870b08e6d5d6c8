"""The bytes of pictures."""

from __future__ import annotations

import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from helicon.errors import InputError
from helicon.store.database import Database
from helicon.store.removal import remove_unused_files
from helicon.store.tables import FILES
from helicon.store.values import StoredFile

F = FILES.c


class Files(Database):
    """The part of a ``Library`` that has to do with files."""

    def add_file(
        self, owner: str, id: str, data: bytes, media_type: str, name: str = "", *, now: float | None = None
    ) -> StoredFile:
        """Keep a file; one of that id that is there already stays as it is.

        Raises:
            InputError: the id belongs to another owner.
            StoreError: the database cannot be written.
        """
        created = time.time() if now is None else now
        file = StoredFile(id=id, owner=owner, data=data, media_type=media_type, name=name, created=created)
        with self._transaction() as connection:
            insert_file(connection, file)
            return file_of(connection.execute(sa.select(FILES).where(F.id == id)).one())

    def file(self, owner: str, id: str) -> StoredFile | None:
        """The file of that id.

        Raises:
            StoreError: the database cannot be read.
        """
        with self._reading() as connection:
            row = connection.execute(sa.select(FILES).where(F.id == id, F.owner == owner)).one_or_none()
        return None if row is None else file_of(row)

    def drop_unused_files(self, before: float) -> None:
        """Remove files that were kept before that moment and that no message shows.

        Raises:
            StoreError: the database cannot be written.
        """
        with self._transaction() as connection:
            remove_unused_files(connection, list(connection.scalars(sa.select(F.id).where(F.created < before))))


def insert_file(connection: sa.Connection, file: StoredFile) -> None:
    """Keep a file unless this owner has it."""
    holder = connection.scalar(sa.select(F.owner).where(F.id == file.id))
    if holder == file.owner:
        return
    if holder is not None:
        raise InputError(f"the file's id {file.id[:80]!r} is taken; expected a new one.")
    values = {name: getattr(file, name) for name in ("id", "owner", "data", "media_type", "name", "created")}
    try:
        connection.execute(FILES.insert().values(**values))
    except IntegrityError as error:
        raise InputError(f"the file's id {file.id[:80]!r} is taken; expected a new one.") from error


def file_of(row: Any) -> StoredFile:
    """A row as a value."""
    return StoredFile(
        id=row.id,
        owner=row.owner,
        data=bytes(row.data),
        media_type=row.media_type,
        name=row.name,
        created=row.created,
    )
