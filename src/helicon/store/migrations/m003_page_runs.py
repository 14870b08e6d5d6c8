"""What the page knows of its runs, because they belong to the server and outlive the tab that asked.

Beside ``runs`` and not in it: the runs of the API have none of this, and what a run cost is kept here when its
events are removed with their conversation.
"""

from __future__ import annotations

import sqlalchemy as sa


def up(connection: sa.Connection) -> None:
    """Make the table."""
    for statement in STATEMENTS:
        connection.exec_driver_sql(statement)


STATEMENTS = (
    """CREATE TABLE page_runs (
        id TEXT NOT NULL PRIMARY KEY, owner TEXT NOT NULL, conversation TEXT NOT NULL, message TEXT NOT NULL,
        created DOUBLE PRECISION NOT NULL, model TEXT NOT NULL, mode TEXT NOT NULL, state TEXT NOT NULL, question TEXT,
        worker TEXT NOT NULL, beat DOUBLE PRECISION NOT NULL, stop_requested SMALLINT NOT NULL,
        stop_reason TEXT NOT NULL, ledger TEXT, prompt BIGINT NOT NULL, cached BIGINT NOT NULL,
        thinking BIGINT NOT NULL, answer BIGINT NOT NULL, cancelled BIGINT NOT NULL,
        seconds DOUBLE PRECISION NOT NULL, money DOUBLE PRECISION NOT NULL)""",
    "CREATE INDEX ix_page_runs_owner ON page_runs (owner, created)",
    "CREATE INDEX ix_page_runs_conversation ON page_runs (conversation)",
    "CREATE INDEX ix_page_runs_running ON page_runs (worker) WHERE state = 'running'",
)
