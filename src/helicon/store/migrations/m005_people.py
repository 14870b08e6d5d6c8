"""Who is logged in, what they prefer, how they voted, and what the server shares with all of them.

A session is kept as the hash of its token. A comparison has one vote of each owner.
"""

from __future__ import annotations

import sqlalchemy as sa


def up(connection: sa.Connection) -> None:
    """Make the tables."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)


STATEMENTS = (
    """CREATE TABLE sessions (
        token_hash TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, expires DOUBLE PRECISION NOT NULL)""",
    "CREATE INDEX ix_sessions_owner ON sessions (owner)",
    "CREATE TABLE preferences (owner TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    "CREATE TABLE shared (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL)",
    """CREATE TABLE votes (
        owner TEXT NOT NULL, conversation TEXT NOT NULL, id TEXT NOT NULL, winner TEXT NOT NULL, entries TEXT NOT NULL,
        blind SMALLINT NOT NULL, created DOUBLE PRECISION NOT NULL, PRIMARY KEY (owner, conversation))""",
)
