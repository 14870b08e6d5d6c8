"""The library: conversations, messages, files, runs, votes and costs of every owner, in one database.

Synchronous, one connection per call, safe for threads and for several processes on one database; the server calls it
in threads. A library in memory is for incognito conversations: nothing of it is ever on a disk.
"""

from __future__ import annotations

from helicon.store.conversations import Conversations
from helicon.store.database import memory_engine, open_engine
from helicon.store.files import Files
from helicon.store.importing import Imports
from helicon.store.ledgers import Ledgers
from helicon.store.messages import Messages
from helicon.store.people import People
from helicon.store.runs import Runs
from helicon.store.votes import Votes


class Library(Conversations, Messages, Runs, Files, People, Votes, Ledgers, Imports):
    """An open database; make one with ``open_library`` or ``open_memory_library``."""


def open_library(database: str) -> Library:
    """Open ``database``: a path for SQLite, or an SQLAlchemy URL. It is made, or brought to the newest schema.

    Raises:
        SetupError: the URL is wrong, its driver is not installed, or the folder cannot be written.
        StoreError: the database does not answer, is none, is damaged, or was written by a newer version.
    """
    return Library(*open_engine(database))


def open_memory_library() -> Library:
    """An empty library that is gone when it is closed."""
    return Library(memory_engine(), "memory")
