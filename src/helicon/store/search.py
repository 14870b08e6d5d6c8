"""The full-text index: what goes in, what comes out, and how a list asks it.

A word is indexed once for each conversation, with the first message that has it: that is all a list of conversations
needs, and what a common word costs is bound by their number. A title has its words for itself, because it changes.

SQLite has an FTS5 table, PostgreSQL a ``tsvector`` with a GIN index; both hold the words of ``folding``. The words
reach the database as one quoted expression each, made of letters and digits only, so no question is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from helicon.store.folding import hits, snippet, words
from helicon.store.tables import MESSAGES, SEARCH_PLACES, batches, dumps
from helicon.store.values import Conversation, Found


def place_number(conversation: int, position: int) -> int:
    """The row of a text: 0 is the title, a message has its position."""
    return (conversation << SEARCH_PLACES) + position


def put_title(connection: sa.Connection, conversation: int, title: str) -> None:
    """Index a conversation's title, instead of the one before."""
    _forget(connection, [{"low": place_number(conversation, 0), "high": place_number(conversation, 1)}])
    _insert(connection, [(place_number(conversation, 0), words(title))])


def put_messages(
    connection: sa.Connection, conversation: int, texts: Iterable[tuple[int, str]], *, fresh: bool = False
) -> None:
    """Index messages by their positions, each with the words that no other has; ``fresh`` where none is there."""
    known = set() if fresh else _known(connection, conversation)
    rows = []
    for position, text in texts:
        new = [word for word in words(text) if word not in known]
        known.update(new)
        rows.append((place_number(conversation, position), new))
    _insert(connection, rows)


def put_again(connection: sa.Connection, conversation: int) -> None:
    """Index a conversation's messages anew, because the text of one was changed."""
    _forget(connection, [{"low": place_number(conversation, 1), "high": place_number(conversation + 1, 0)}])
    columns = sa.select(MESSAGES.c.position, MESSAGES.c.text).where(MESSAGES.c.conversation == conversation)
    rows = connection.execute(columns.order_by(MESSAGES.c.position)).all()
    put_messages(connection, conversation, ((row.position, row.text) for row in rows), fresh=True)


def drop_words(connection: sa.Connection, conversations: Sequence[int]) -> None:
    """Forget every text of these conversations."""
    _forget(connection, [{"low": place_number(n, 0), "high": place_number(n + 1, 0)} for n in conversations])


def settle(connection: sa.Connection) -> None:
    """Merge the index, so that nothing of a removed text is left in it."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO search (search) VALUES ('optimize')")


def _known(connection: sa.Connection, conversation: int) -> set[str]:
    words = "words" if connection.dialect.name == "sqlite" else "array_to_string(tsvector_to_array(words), ' ')"
    query = f"SELECT {words} FROM search_words WHERE number > :low AND number < :high"
    span = {"low": place_number(conversation, 0), "high": place_number(conversation + 1, 0)}
    return {word for line in connection.scalars(sa.text(query), span) for word in line.split(" ")}


def _insert(connection: sa.Connection, rows: Iterable[tuple[int, list[str]]]) -> None:
    sqlite = connection.dialect.name == "sqlite"
    value = ":words" if sqlite else "array_to_tsvector(string_to_array(:words, ' '))"
    lines = [{"number": number, "words": " ".join(new)} for number, new in rows if new]
    _many(connection, f"INSERT INTO search_words (number, words) VALUES (:number, {value})", lines)


def _forget(connection: sa.Connection, spans: list[Any]) -> None:
    _many(connection, "DELETE FROM search_words WHERE number >= :low AND number < :high", spans)


def _many(connection: sa.Connection, statement: str, rows: list[Any]) -> None:
    for some in batches(rows):
        connection.execute(sa.text(statement), some)


def fitting(connection: sa.Connection, column: sa.Column[int], wanted: Sequence[str]) -> list[sa.ColumnElement[bool]]:
    """The conditions of a list: each word is in some text of the conversation, the last perhaps begun."""
    if connection.dialect.name == "sqlite":
        inside = f"SELECT rowid >> {SEARCH_PLACES} FROM search WHERE search MATCH"
    else:
        inside = f"SELECT number >> {SEARCH_PLACES} FROM search_words WHERE words @@ "
    conditions: list[sa.ColumnElement[bool]] = []
    for n, word in enumerate(wanted):
        begun = n == len(wanted) - 1 and _may_be_begun(word)
        if connection.dialect.name == "sqlite":
            query, expression = sa.text(f"{inside} :match_{n}"), f'"{word}"*' if begun else f'"{word}"'
        else:
            query, expression = sa.text(f"{inside} CAST(:match_{n} AS tsquery)"), _tsquery(word, begun)
        bound = query.bindparams(**{f"match_{n}": expression})
        conditions.append(column.in_(bound.columns(sa.column("found", sa.BigInteger))))
    return conditions


def _may_be_begun(word: str) -> bool:
    """Whether the last word may be a beginning; a single letter would fit nearly everything."""
    return len(word) > 1


def _tsquery(word: str, begun: bool) -> str:
    return f"'{word}':*" if begun else f"'{word}'"


def show(
    connection: sa.Connection, found: Sequence[tuple[int, Conversation]], wanted: Sequence[str]
) -> tuple[Found, ...]:
    """The conversations with the place that fits; ``found`` has their numbers."""
    if not wanted:
        return tuple(Found(conversation=conversation) for _, conversation in found)
    best = _best(connection, [number for number, _ in found], wanted)
    texts: dict[int, str] = {}
    columns = (MESSAGES.c.conversation, sa.func.substr(MESSAGES.c.text, 1, SHOWN).label("text"))
    for some in batches(list(best.items()), 100):
        places = (sa.and_(MESSAGES.c.conversation == n, MESSAGES.c.position == at) for n, at in some)
        rows = connection.execute(sa.select(*columns).where(sa.or_(*places)))
        texts |= {row.conversation: row.text for row in rows}
    shown = []
    for number, conversation in found:
        line, at = snippet(texts[number], list(wanted)) if number in texts else ("", ())
        title_hits = tuple(hits(conversation.title, list(wanted)))
        shown.append(Found(conversation=conversation, snippet=line, hits=at, title_hits=title_hits))
    return tuple(shown)


SHOWN = 100_000
"""Characters of a message in which its snippet is looked for."""


def _best(connection: sa.Connection, numbers: Sequence[int], wanted: Sequence[str]) -> dict[int, int]:
    """For each of the conversations the position of the message to show; those whose title alone fits have none.

    It is the first with most of the words, among those that the index names. Read off the rows of these conversations:
    the index itself would be asked for those of all.
    """
    sqlite = connection.dialect.name == "sqlite"
    tests, values = [], dict[str, Any]()
    for n, word in enumerate(wanted):
        begun = n == len(wanted) - 1 and _may_be_begun(word)
        if sqlite:
            tests.append(f"(instr(' ' || words || ' ', :word_{n}) > 0)")
            values[f"word_{n}"] = f" {word}" if begun else f" {word} "
        else:
            tests.append(f"CAST(words @@ CAST(:word_{n} AS tsquery) AS integer)")
            values[f"word_{n}"] = _tsquery(word, begun)
    given = "json_each(:numbers)" if sqlite else "json_array_elements_text(CAST(:numbers AS json))"
    low = f"(CAST(given.value AS bigint) << {SEARCH_PLACES})"
    query = f"""
        SELECT number, {" + ".join(tests)} AS fit FROM {given} AS given
        JOIN search_words ON number > {low} AND number < {low} + {1 << SEARCH_PLACES}"""
    found: dict[int, tuple[int, int]] = {}
    for number, fit in connection.execute(sa.text(query), values | {"numbers": dumps(list(numbers))}):
        conversation, position = number >> SEARCH_PLACES, number & ((1 << SEARCH_PLACES) - 1)
        if fit and (-fit, position) < found.get(conversation, (0, 0)):
            found[conversation] = (-fit, position)
    return {conversation: position for conversation, (_, position) in found.items()}
