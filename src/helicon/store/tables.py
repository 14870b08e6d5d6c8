"""The tables as the newest version has them; how they came to be is in ``migrations``.

``runs`` and ``events`` hold every run, the page's and the API's. What only the page knows of its runs is in
``page_runs``. Texts are cleaned on their way in, because PostgreSQL keeps neither NUL nor half a surrogate pair.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import sqlalchemy as sa

T = TypeVar("T")


def clean(text: str) -> str:
    """The text as every database can keep it."""
    if text.isascii():
        return text.replace("\0", "") if "\0" in text else text
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").replace("\0", "")


def dumps(value: Any) -> str:
    """Compact JSON in ASCII."""
    return json.dumps(value, separators=(",", ":"))


class Words(sa.TypeDecorator[str]):
    """Text from outside."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: sa.Dialect) -> str | None:
        return None if value is None else clean(value)


class Json(sa.TypeDecorator[Any]):
    """A value as JSON in a text column; the same text on every database."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else dumps(value)

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> Any:
        return None if value is None else json.loads(value)


def batches(items: Sequence[T], size: int = 500) -> Iterator[Sequence[T]]:
    """The items in parts of at most ``size``: a statement has a largest number of values."""
    return (items[start : start + size] for start in range(0, len(items), size))


Number = sa.BigInteger().with_variant(sa.Integer, "sqlite")
METADATA = sa.MetaData()
RUNS = sa.Table(
    "runs",
    METADATA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("created", sa.BigInteger, nullable=False, index=True),
    sa.Column("model", Words, nullable=False),
    sa.Column("mode", sa.String(16), nullable=False),
    sa.Column("status", sa.String(16), nullable=False),
    sa.Column("ledger", sa.Text, nullable=False),
)
EVENTS = sa.Table(
    "events",
    METADATA,
    sa.Column("run_id", Words, sa.ForeignKey("runs.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("n", sa.Integer, primary_key=True),
    sa.Column("json", sa.Text, nullable=False),
)
CONVERSATIONS = sa.Table(
    "conversations",
    METADATA,
    sa.Column("number", Number, primary_key=True, autoincrement=True),
    sa.Column("id", Words, nullable=False, unique=True),
    sa.Column("owner", Words, nullable=False),
    sa.Column("title", Words, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("updated", sa.Double, nullable=False),
    sa.Column("pinned", sa.SmallInteger, nullable=False),
    sa.Column("folder", Words, nullable=False),
    sa.Column("kind", Words, nullable=False),
    sa.Column("blind", sa.SmallInteger, nullable=False),
    sa.Column("system", Words, nullable=False),
    sa.Column("model", Words, nullable=False),
    sa.Column("mode", Words, nullable=False),
    sa.Column("options", Json, nullable=False),
    sa.Column("current", Words),
    sa.Column("deleted", sa.Double),
    sa.Column("source", Words, nullable=False),
)
TAGS = sa.Table(
    "conversation_tags",
    METADATA,
    sa.Column("conversation", Number, sa.ForeignKey("conversations.number", ondelete="CASCADE"), primary_key=True),
    sa.Column("tag", Words, primary_key=True),
)
MESSAGES = sa.Table(
    "messages",
    METADATA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("conversation", Number, sa.ForeignKey("conversations.number", ondelete="CASCADE"), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("parent", Words),
    sa.Column("role", Words, nullable=False),
    sa.Column("text", Words, nullable=False),
    sa.Column("images", Json, nullable=False),
    sa.Column("thinking", Words, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("state", Words, nullable=False),
    sa.Column("model", Words, nullable=False),
    sa.Column("mode", Words, nullable=False),
    sa.Column("run", Words),
    sa.Column("error", Words, nullable=False),
    sa.Column("summary", Json),
    sa.Column("source", Words, nullable=False),
)
FILES = sa.Table(
    "files",
    METADATA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("owner", Words, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("media_type", Words, nullable=False),
    sa.Column("name", Words, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
)
MESSAGE_FILES = sa.Table(
    "message_files",
    METADATA,
    sa.Column("message", Words, sa.ForeignKey("messages.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("file", Words, primary_key=True),
)
PAGE_RUNS = sa.Table(
    "page_runs",
    METADATA,
    sa.Column("id", Words, primary_key=True),
    sa.Column("owner", Words, nullable=False),
    sa.Column("conversation", Words, nullable=False),
    sa.Column("message", Words, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
    sa.Column("model", Words, nullable=False),
    sa.Column("mode", Words, nullable=False),
    sa.Column("state", Words, nullable=False),
    sa.Column("question", Json),
    sa.Column("worker", Words, nullable=False),
    sa.Column("beat", sa.Double, nullable=False),
    sa.Column("stop_requested", sa.SmallInteger, nullable=False),
    sa.Column("stop_reason", Words, nullable=False),
    sa.Column("ledger", Json),
    sa.Column("prompt", sa.BigInteger, nullable=False),
    sa.Column("cached", sa.BigInteger, nullable=False),
    sa.Column("thinking", sa.BigInteger, nullable=False),
    sa.Column("answer", sa.BigInteger, nullable=False),
    sa.Column("cancelled", sa.BigInteger, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("money", sa.Double, nullable=False),
)
SESSIONS = sa.Table(
    "sessions",
    METADATA,
    sa.Column("token_hash", Words, primary_key=True),
    sa.Column("owner", Words, nullable=False),
    sa.Column("expires", sa.Double, nullable=False),
)
PREFERENCES = sa.Table(
    "preferences",
    METADATA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("value", Json, nullable=False),
)
SHARED = sa.Table(
    "shared",
    METADATA,
    sa.Column("name", Words, primary_key=True),
    sa.Column("value", Json, nullable=False),
)
VOTES = sa.Table(
    "votes",
    METADATA,
    sa.Column("owner", Words, primary_key=True),
    sa.Column("conversation", Words, primary_key=True),
    sa.Column("id", Words, nullable=False),
    sa.Column("winner", Words, nullable=False),
    sa.Column("entries", Json, nullable=False),
    sa.Column("blind", sa.SmallInteger, nullable=False),
    sa.Column("created", sa.Double, nullable=False),
)
SEARCH_PLACES = 20
"""Bits of ``search``'s row ids that say where in its conversation a text is: 0 the title, else the message's position;
the rest is the conversation's number."""
