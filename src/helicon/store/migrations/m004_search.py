"""Full-text search over titles and messages.

Helicon itself folds a text to words (``helicon.store.folding``), so that SQLite and PostgreSQL find the same. A row is
a text; its number is the conversation's number times 2^20 plus the text's place in it, so that hits are counted by
conversation without looking anything up. FTS5 keeps no positions (``detail=none``): they are not asked for.
"""

from __future__ import annotations

import sqlalchemy as sa


def up(connection: sa.Connection) -> None:
    """Make the index; before this step there was nothing to find."""
    for statement in POSTGRES if connection.dialect.name == "postgresql" else SQLITE:
        connection.exec_driver_sql(statement)


SQLITE = (
    "CREATE VIRTUAL TABLE search USING fts5 (words, tokenize = 'ascii', detail = none, columnsize = 0, prefix = '2 3')",
)
POSTGRES = (
    "CREATE TABLE search (number BIGINT NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_search_words ON search USING gin (words)",
)
