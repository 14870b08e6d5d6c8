"""Full-text search over titles and messages.

Helicon itself folds a text to words (``helicon.store.folding``), so that SQLite and PostgreSQL find the same. A row is
a text; its number is the conversation's number times 2^20 plus the text's place in it, so that conversations are found
without looking anything up. In SQLite the FTS5 table ``search`` follows ``search_words``; it keeps no positions
(``detail=none``), because they are not asked for.
"""

from __future__ import annotations

import sqlalchemy as sa


def up(connection: sa.Connection) -> None:
    """Make the index; before this step there was nothing to find."""
    for statement in POSTGRES if connection.dialect.name == "postgresql" else SQLITE:
        connection.exec_driver_sql(statement)


SQLITE = (
    "CREATE TABLE search_words (number INTEGER NOT NULL PRIMARY KEY, words TEXT NOT NULL)",
    """CREATE VIRTUAL TABLE search USING fts5 (
        words, content = 'search_words', content_rowid = 'number', tokenize = 'ascii', detail = none, columnsize = 0,
        prefix = '2 3')""",
    """CREATE TRIGGER search_words_come AFTER INSERT ON search_words BEGIN
        INSERT INTO search (rowid, words) VALUES (new.number, new.words); END""",
    """CREATE TRIGGER search_words_go AFTER DELETE ON search_words BEGIN
        INSERT INTO search (search, rowid, words) VALUES ('delete', old.number, old.words); END""",
)
POSTGRES = (
    "CREATE TABLE search_words (number BIGINT NOT NULL PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_search_words ON search_words USING gin (words)",
)
