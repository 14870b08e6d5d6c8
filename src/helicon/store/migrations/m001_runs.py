"""Runs and their events, so that what was asked can be looked at later: ``helicon trace list --database``.

Release 0.1 made these two tables without saying so in ``schema_version``; they are found and kept.
"""

from __future__ import annotations

import sqlalchemy as sa


def up(connection: sa.Connection) -> None:
    """Make what is missing."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)


STATEMENTS = (
    """CREATE TABLE IF NOT EXISTS runs (
        id VARCHAR(64) NOT NULL PRIMARY KEY, created BIGINT NOT NULL, model TEXT NOT NULL, mode VARCHAR(16) NOT NULL,
        status VARCHAR(16) NOT NULL, ledger TEXT NOT NULL)""",
    "CREATE INDEX IF NOT EXISTS ix_runs_created ON runs (created)",
    """CREATE TABLE IF NOT EXISTS events (
        run_id VARCHAR(64) NOT NULL REFERENCES runs (id) ON DELETE CASCADE, n INTEGER NOT NULL, json TEXT NOT NULL,
        PRIMARY KEY (run_id, n))""",
)
