"""The bodies, queries and replies of the page's API, as pydantic reads them and as its document shows them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field

from helicon.budgets import MAX_AGENTS, MAX_ROUNDS

Mode: TypeAlias = Literal["instant", "thinking", "contemplating", "auto"]
MaybeMode: TypeAlias = Literal["", "instant", "thinking", "contemplating", "auto"]
"""Empty leaves the choice to others."""
State: TypeAlias = Literal["done", "running", "stopped", "interrupted", "failed"]
Name = Annotated[str, Field(max_length=512)]
Title = Annotated[str, Field(max_length=300)]
Folder = Annotated[str, Field(max_length=120)]
Words = Annotated[str, Field(max_length=8_000_000)]
Id = Annotated[str, Field(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]
Place = Annotated[str, Field(max_length=100, pattern=r"^[A-Za-z0-9_-]+(:[0-9]{1,12})?$")]
Tag = Annotated[str, Field(min_length=1, max_length=60)]


class Body(BaseModel):
    """What comes in as JSON."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Query(BaseModel):
    """What stands behind the ``?`` of an address."""

    model_config = ConfigDict(extra="forbid")


class Reply(BaseModel):
    """What goes out."""

    model_config = ConfigDict(extra="forbid")


# what is shared


class Options(Body):
    """How to think; each is the mode's default where it is missing. They are those of the ``helicon`` object of /v1."""

    effort: Literal["low", "medium", "high"] | None = None
    compression: Literal["off", "safe", "strong"] | None = None
    agents: Annotated[int, Field(ge=1, le=MAX_AGENTS)] | None = None
    rounds: Annotated[int, Field(ge=1, le=MAX_ROUNDS)] | None = None
    budget_tokens: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    """Thinking tokens of one agent."""
    total_tokens: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """Generated tokens of the whole run."""
    deadline_seconds: Annotated[float, Field(gt=0, lt=1e9)] | None = None
    max_tokens: Annotated[int, Field(ge=1, le=10_000_000)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**63)] | None = None
    delegate: Literal["auto", "off", "on"] | None = None


class Picture(Body):
    """A picture that comes with a message."""

    data: str
    """Base64, without a header."""
    media_type: Annotated[str, Field(max_length=100)] = ""
    """What the sender takes it for; the bytes decide."""
    name: Annotated[str, Field(max_length=255)] = ""


class ImageRef(Reply):
    file: str
    media_type: str
    name: str


class Message(Reply):
    """MESSAGE: one node of a conversation's tree."""

    id: str
    conversation: str
    parent: str | None
    role: Literal["user", "assistant", "system"]
    text: str
    images: list[ImageRef]
    thinking: str
    """Of imported messages; a run's own thinking is in its events."""
    created: float
    state: State
    model: str
    mode: str
    run: str | None
    error: str
    summary: dict[str, Any] | None
    source: str


class Conversation(Reply):
    """CONVERSATION: without its messages."""

    id: str
    title: str
    created: float
    updated: float
    pinned: bool
    folder: str
    tags: list[str]
    kind: Literal["chat", "comparison"]
    blind: bool
    system: str
    model: str
    mode: str
    options: dict[str, Any]
    current: str | None
    deleted: float | None
    source: str
    incognito: bool


class Done(Reply):
    """It is done."""

    done: Literal[True] = True


# sessions


class Login(Body):
    key: Annotated[str, Field(min_length=1, max_length=1000)]


class User(Reply):
    id: str
    name: str


class Storage(Reply):
    place: str
    ok: bool
    message: str


class Bounds(Reply):
    max_image: int
    max_images: int
    max_body: int
    max_import: int


class Session(Reply):
    user: User | None
    login: bool
    """Whether this server asks people who they are."""
    version: str
    languages: list[str]
    storage: Storage | None
    """``None`` for whoever is not logged in."""
    limits: Bounds
    may_change_models: bool


# models


class Prices(Reply):
    prompt: float
    generated: float


class Health(Reply):
    ok: bool
    message: str
    checked: float


class Model(Reply):
    name: str
    engine: str
    place: str
    family: str
    licence: str
    origin: Literal["ships with helicon", "found", "named", "added"]
    modes: list[Mode]
    context: int | None
    images: bool
    thinking: bool
    tools: bool
    json_schema: bool
    logprobs: bool
    slots: int | None
    prices: Prices | None
    health: Health
    why: dict[str, str]
    """Why an ability is missing, where that is known."""


class Models(Reply):
    models: list[Model]
    default: str


class NewModel(Body):
    spec: Annotated[str, Field(min_length=1, max_length=2000)]
    """As ``--model`` takes it: ``nano``, ``FILE.gguf``, ``URL#NAME``, ``hf:ORG/NAME``."""


# preferences


class Preferences(Body):
    """Everything a person prefers; ``PUT`` replaces all of it."""

    model: Name = ""
    mode: MaybeMode = ""
    options: Options = Field(default_factory=Options)
    system: Words = ""
    theme: Literal["system", "light", "dark"] = "system"
    language: Annotated[str, Field(max_length=20, pattern=r"^[A-Za-z0-9-]*$")] = ""
    """Empty: the browser's."""
    send_with: Literal["enter", "ctrl+enter"] = "enter"
    unfold_thinking: bool = False
    sidebar: bool = True


# conversations


class ConversationsQuery(Query):
    query: Annotated[str, Field(max_length=1000)] = ""
    folder: Folder | None = None
    tag: Annotated[str, Field(max_length=60)] | None = None
    kind: Literal["chat", "comparison"] | None = None
    deleted: bool = False
    limit: Annotated[int, Field(ge=1, le=500)] = 50
    cursor: Annotated[str, Field(max_length=500)] = ""


class Listed(Conversation):
    snippet: str
    hits: list[tuple[int, int]]
    title_hits: list[tuple[int, int]]
    running: bool


class Counted(Reply):
    name: str
    count: int


class Conversations(Reply):
    items: list[Listed]
    next: str
    folders: list[Counted]
    tags: list[Counted]


class NewConversation(Body):
    title: Title = ""
    model: Name = ""
    mode: MaybeMode = ""
    system: Words | None = None
    """``None`` or missing: the person's own from the preferences."""
    options: Options = Field(default_factory=Options)
    folder: Folder = ""
    incognito: bool = False
    kind: Literal["chat"] = "chat"
    blind: Literal[False] = False


class ChangedConversation(Body):
    title: Title | None = None
    pinned: bool | None = None
    folder: Folder | None = None
    tags: Annotated[list[Tag], Field(max_length=50)] | None = None
    current: Annotated[str, Field(max_length=64)] | None = None
    system: Words | None = None
    model: Name | None = None
    mode: MaybeMode | None = None
    options: Options | None = None


class RunState(Reply):
    state: State
    length: int | None
    """Events so far; ``None`` where it is not known without reading them."""


class WholeConversation(Reply):
    conversation: Conversation
    messages: list[Message]
    runs: dict[str, RunState]
    winner: str
    """Of a comparison that was voted on: a message's id, ``tie`` or ``none good``; otherwise empty."""


class DeleteQuery(Query):
    forever: bool = False


class ExportQuery(Query):
    format: Literal["markdown", "json"] = "json"


class Imported(Reply):
    imported: int
    updated: int
    skipped: int
    notes: list[str]


# messages and runs


class NewMessage(Body):
    id: Id | None = None
    """Chosen by the client, so that sending again after a lost reply changes nothing."""
    parent: Annotated[str, Field(max_length=64)] | None = None
    text: Words = ""
    images: Annotated[list[Picture], Field(max_length=32)] = Field(default_factory=list)
    model: Name = ""
    mode: MaybeMode = ""
    options: Options | None = None


class Asked(Reply):
    user: Message
    assistant: Message
    run: str


class Again(Body):
    model: Name = ""
    mode: MaybeMode = ""
    options: Options | None = None


class Answering(Reply):
    assistant: Message
    run: str


class Empty(Body):
    """No fields are known."""


class Stopping(Reply):
    state: State


class Run(Reply):
    id: str
    state: State
    length: int
    conversation: str
    message: str
    model: str
    mode: str
    created: float


class WholeRun(Reply):
    run: Run
    events: list[dict[str, Any]]


class EventsQuery(Query):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    start: Annotated[int, Field(ge=0, alias="from")] = 0


class StreamQuery(Query):
    run: Annotated[list[Place], Field(max_length=32)] = Field(default_factory=list)
    """``RUN:FROM``, repeated; without ``:FROM`` from the beginning."""


# comparisons


class Entry(Body):
    model: Annotated[str, Field(min_length=1, max_length=512)]
    mode: Mode
    options: Options = Field(default_factory=Options)


class NewComparison(Body):
    text: Words
    images: Annotated[list[Picture], Field(max_length=32)] = Field(default_factory=list)
    entries: Annotated[list[Entry], Field(min_length=2, max_length=4)]
    blind: bool = False
    incognito: bool = False


class Compared(Reply):
    conversation: Conversation
    messages: list[Message]
    runs: list[str]


class NewVote(Body):
    winner: Annotated[str, Field(min_length=1, max_length=64)]
    """A message's id, ``tie`` or ``none good``."""


class VoteEntry(Reply):
    message: str
    model: str
    mode: str


class Vote(Reply):
    id: str
    conversation: str
    winner: str
    entries: list[VoteEntry]
    blind: bool
    created: float


class Voted(Reply):
    vote: Vote
    conversation: Conversation
    messages: list[Message]


class Contestant(Reply):
    model: str
    mode: str


class Pair(Reply):
    """How one fared against another: wins of the first, of the second, ties."""

    first: Contestant
    second: Contestant
    wins: int
    losses: int
    ties: int
    rate: float | None
    low: float
    high: float


class Score(Reply):
    """How one fared against all others; a tie is half a win. The interval is Wilson's at 95%."""

    model: str
    mode: str
    wins: int
    losses: int
    ties: int
    rate: float | None
    low: float
    high: float


class Summary(Reply):
    votes: int
    pairs: list[Pair]
    entries: list[Score]


# the ledger


class LedgerQuery(Query):
    since: Annotated[float, Field(ge=0, lt=1e11)] = 0.0
    """Seconds since 1970."""
    until: Annotated[float, Field(ge=0, lt=1e11)] | None = None
    bucket: Literal["day", "month"] = "day"
    conversation: Annotated[str, Field(max_length=64)] | None = None


class Spent(Reply):
    runs: int
    prompt: int
    cached: int
    thinking: int
    answer: int
    cancelled: int
    seconds: float
    money: float


class LedgerRow(Spent):
    bucket: str
    model: str
    mode: str


class Ledger(Reply):
    rows: list[LedgerRow]
    totals: Spent
    currency: str


# the rest


class Erase(Body):
    confirm: Literal["delete everything"]
