"""What the store keeps, as values. Identity lives here: everything has an id and an owner.

Times are seconds since 1970, UTC. Texts may hold anything a person or a model wrote.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from helicon.errors import InputError

ConversationKind: TypeAlias = Literal["chat", "comparison"]
Role: TypeAlias = Literal["user", "assistant", "system"]
MessageState: TypeAlias = Literal["done", "running", "stopped", "interrupted", "failed"]
RunState: TypeAlias = MessageState
Bucket: TypeAlias = Literal["day", "month"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A tree of messages with what was chosen for it."""

    id: str
    owner: str
    title: str = ""
    created: float = 0.0
    updated: float = 0.0
    """When its last message came."""
    pinned: bool = False
    folder: str = ""
    """Empty for none."""
    tags: tuple[str, ...] = ()
    """Sorted, without repetition."""
    kind: ConversationKind = "chat"
    blind: bool = False
    system: str = ""
    model: str = ""
    mode: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    current: str | None = None
    """The message at whose end one reads; its ancestors are the branch shown."""
    deleted: float | None = None
    """When it was thrown away; it can be restored until it is purged."""
    source: str = ""
    """Where it was imported from, as "chatgpt:ID"; empty when it was made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRef:
    """A picture of a message; its bytes are a file of the library."""

    file: str
    media_type: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMessage:
    """One node of a conversation's tree; siblings are branches."""

    id: str
    conversation: str
    parent: str | None = None
    role: Role = "user"
    text: str = ""
    images: tuple[ImageRef, ...] = ()
    thinking: str = ""
    """Of imported messages; a run of our own keeps its thinking in its events."""
    created: float = 0.0
    state: MessageState = "done"
    model: str = ""
    mode: str = ""
    run: str | None = None
    error: str = ""
    summary: dict[str, Any] | None = None
    source: str = ""
    """Its id where it was imported from; empty when it was made here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredFile:
    """The bytes behind an image."""

    id: str
    owner: str
    data: bytes
    media_type: str
    name: str = ""
    created: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A run of the page, beside its events; what it cost is known once it has ended."""

    id: str
    owner: str
    conversation: str = ""
    """Empty once the conversation was purged."""
    message: str = ""
    """The assistant's message that it writes."""
    created: float = 0.0
    model: str = ""
    mode: str = ""
    """The mode asked for, and once it has ended the mode that answered."""
    state: RunState = "running"
    question: dict[str, Any] | None = None
    """What is needed to ask again."""
    worker: str = ""
    """The process that drives it."""
    beat: float = 0.0
    """When that process last said that it lives."""
    stop_requested: bool = False
    stop_reason: str = ""
    ledger: dict[str, Any] | None = None
    prompt: int = 0
    cached: int = 0
    thinking: int = 0
    answer: int = 0
    cancelled: int = 0
    """Generated tokens of calls that were cut off."""
    seconds: float = 0.0
    money: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A conversation of a list and, where something was searched for, the place that fits."""

    conversation: Conversation
    snippet: str = ""
    """Words around the first hit, on one line; empty when only the title fits, or nothing was searched for."""
    hits: tuple[tuple[int, int], ...] = ()
    """Where in the snippet, in characters (code points): start and end."""
    title_hits: tuple[tuple[int, int], ...] = ()
    """Where in the title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of a list."""

    items: tuple[Found, ...]
    next: str = ""
    """The cursor of the part that follows; empty at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoteEntry:
    """One of the answers that were compared."""

    message: str
    model: str
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vote:
    """What a person decided in a comparison."""

    id: str
    owner: str
    conversation: str
    winner: str
    """A message's id, "tie" or "none good"."""
    entries: tuple[VoteEntry, ...] = ()
    blind: bool = False
    created: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """What the runs of one day or month cost, by model and mode."""

    bucket: str
    """"2026-11-22" or "2026-11"."""
    model: str
    mode: str
    runs: int
    prompt: int
    cached: int
    thinking: int
    answer: int
    cancelled: int
    seconds: float
    money: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrace:
    """A run with its events as lines, on its way in or out."""

    run: RunRow
    events: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """One conversation of an export; its ids are those of the export until the library takes it."""

    conversation: Conversation
    messages: tuple[StoredMessage, ...] = ()
    files: tuple[StoredFile, ...] = ()
    runs: tuple[StoredTrace, ...] = ()
    notes: tuple[str, ...] = ()
    """What was left out or changed, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What an import did."""

    imported: int = 0
    updated: int = 0
    """Conversations that were there and have grown, or came back from the bin."""
    skipped: int = 0
    """Conversations that were there as they are."""
    messages: int = 0
    """Messages added."""
    notes: tuple[str, ...] = ()
    """What was left out or changed, in words, each with its number of times."""
    error: InputError | None = None
    """Why it ended early; everything before is imported."""
