"""The full-text index: what goes in, what comes out, and how a list asks it.

SQLite has an FTS5 table, PostgreSQL a ``tsvector`` with a GIN index; both hold the words of ``folding``. The words
reach the database as one quoted expression each, made of letters and digits only, so no question is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from helicon.store.folding import hits, question, snippet, words
from helicon.store.tables import MESSAGES, SEARCH_PLACES
from helicon.store.values import Conversation, Found

BATCH = 500


def place_number(conversation: int, position: int) -> int:
    """The row of a text: 0 is the title, a message has its position."""
    return (conversation << SEARCH_PLACES) + position


def put_words(connection: sa.Connection, texts: Iterable[tuple[int, str]], *, known: bool = True) -> None:
    """Index texts under their row numbers; ``known`` where some of them may be there already."""
    sqlite = connection.dialect.name == "sqlite"
    rows: list[dict[str, Any]] = [{"number": number, "words": words(text)} for number, text in texts]
    if known:
        remove = "DELETE FROM search WHERE rowid = :number" if sqlite else "DELETE FROM search WHERE number = :number"
        _many(connection, remove, [{"number": row["number"]} for row in rows])
    full = [row for row in rows if row["words"]]
    if sqlite:
        text_rows = [{"number": row["number"], "words": " ".join(row["words"])} for row in full]
        _many(connection, "INSERT INTO search (rowid, words) VALUES (:number, :words)", text_rows)
    else:
        statement = "INSERT INTO search (number, words) VALUES (:number, array_to_tsvector(CAST(:words AS text[])))"
        _many(connection, statement, full)


def drop_words(connection: sa.Connection, conversations: Sequence[int]) -> None:
    """Forget every text of these conversations."""
    column = "rowid" if connection.dialect.name == "sqlite" else "number"
    statement = f"DELETE FROM search WHERE {column} >= :low AND {column} < :high"
    spans = [{"low": place_number(n, 0), "high": place_number(n + 1, 0)} for n in conversations]
    _many(connection, statement, spans)


def settle(connection: sa.Connection) -> None:
    """Merge the index, so that nothing of a removed text is left in it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search (search) VALUES ('optimize')")


def _many(connection: sa.Connection, statement: str, rows: list[Any]) -> None:
    for start in range(0, len(rows), BATCH):
        connection.execute(sa.text(statement), rows[start : start + BATCH])


def fitting(connection: sa.Connection, column: sa.Column[int], wanted: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """The conditions of a list: each word is in some text of the conversation, the last one as a beginning."""
    conditions: list[sa.ColumnElement[bool]] = []
    for n, word in enumerate(wanted):
        expression = _expression(connection, [word], prefix=n == len(wanted) - 1)
        if connection.dialect.name == "sqlite":
            inside = f"SELECT rowid >> {SEARCH_PLACES} FROM search WHERE search MATCH :match_{n}"
        else:
            inside = f"SELECT number >> {SEARCH_PLACES} FROM search WHERE words @@ CAST(:match_{n} AS tsquery)"
        query = sa.text(inside).bindparams(**{f"match_{n}": expression}).columns(sa.column("found", sa.BigInteger))
        conditions.append(column.in_(query))
    return conditions


def _expression(connection: sa.Connection, wanted: Sequence[str], *, prefix: bool, any_of: bool = False) -> str:
    """The words as this database's own question; ``prefix`` for the last."""
    sqlite = connection.dialect.name == "sqlite"
    quoted = [f'"{word}"' if sqlite else f"'{word}'" for word in wanted]
    if prefix:
        quoted[-1] += "*" if sqlite else ":*"
    joint = (" OR " if any_of else " AND ") if sqlite else (" | " if any_of else " & ")
    return joint.join(quoted)


def show(
    connection: sa.Connection, found: Sequence[tuple[int, Conversation]], wanted: Sequence[str]
) -> tuple[Found, ...]:
    """The conversations with the place that fits; ``found`` has their numbers."""
    if not wanted:
        return tuple(Found(conversation=conversation) for _, conversation in found)
    positions = {number: _best(connection, number, wanted) for number, _ in found}
    keys = [(number, position) for number, position in positions.items() if position]
    texts: dict[int, str] = {}
    if keys:
        columns = (MESSAGES.c.conversation, sa.func.substr(MESSAGES.c.text, 1, SHOWN).label("text"))
        places = sa.tuple_(MESSAGES.c.conversation, MESSAGES.c.position).in_(keys)
        texts = {row.conversation: row.text for row in connection.execute(sa.select(*columns).where(places))}
    rows = []
    for number, conversation in found:
        line, at = snippet(texts[number], list(wanted)) if number in texts else ("", ())
        title_hits = tuple(hits(conversation.title, list(wanted)))
        rows.append(Found(conversation=conversation, snippet=line, hits=at, title_hits=title_hits))
    return tuple(rows)


SHOWN = 100_000
"""Characters of a message in which its snippet is looked for."""


def _best(connection: sa.Connection, number: int, wanted: Sequence[str]) -> int:
    """The position of the message to show: one with all words or, without one, with any of them; 0 for none."""
    sqlite = connection.dialect.name == "sqlite"
    column = "rowid" if sqlite else "number"
    match = "search MATCH :match" if sqlite else "words @@ CAST(:match AS tsquery)"
    query = f"SELECT {column} FROM search WHERE {match} AND {column} > :low AND {column} < :high ORDER BY 1 LIMIT 1"
    low, high = place_number(number, 0), place_number(number + 1, 0)
    for any_of in (False, True) if len(wanted) > 1 else (False,):
        expression = _expression(connection, wanted, prefix=True, any_of=any_of)
        place = connection.scalar(sa.text(query), {"match": expression, "low": low, "high": high})
        if place is not None:
            return int(place) - low
    return 0


__all__ = ["BATCH", "drop_words", "fitting", "place_number", "put_words", "question", "settle", "show"]
