"""The pool: for each question many independent chains of thought, as they were sampled. Values only.

A pool file is gzip'ed JSONL (``helicon.evals.files``): a ``Header`` first, then in any order questions,
chains and trials, one object a line with its ``type``. Per-token data is kept small: times are whole
milliseconds since the token before, confidences whole hundredths.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, TypeAlias

from helicon.ledger import StopReason, Tokens
from helicon.modes import confidence

FORMAT = 1
ChainKind: TypeAlias = Literal["thinking", "instant", "refine"]
Place: TypeAlias = Literal["line", "sentence", "token"]
"""What had just ended where a trial was made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """How a pool was sampled."""

    format: int = FORMAT
    version: str
    """Of the package."""
    date: str
    engine: str
    model: str
    family: str
    sampling: Mapping[str, float | None]
    instant_sampling: Mapping[str, float | None]
    budget: Mapping[str, int | None]
    """Bounds of one chain: ``thinking_tokens`` and ``max_tokens``."""
    seed: int
    slots: int | None
    machine: Mapping[str, Any]

    def clash(self, other: Header) -> str:
        """The first field in which chains of ``other`` would not belong into this pool; empty when none."""
        for name in ("format", "model", "family", "sampling", "instant_sampling", "budget", "seed"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                return f"{name} {mine!r}, now {theirs!r}"
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question as it stands in a pool."""

    id: str
    question: str
    answer: str
    scorer: str
    set: str
    family: str
    level: int
    seed: int
    """What a live run of this question would take as its own seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What the chain would have answered, had its thought been closed here."""

    at: int
    """Thinking tokens before it."""
    answer: str
    tokens: int
    """That the trial itself cost."""
    certainty: float | None
    """Geometric mean probability of the trial's tokens."""
    finished: bool
    right: bool
    hedged: bool = False
    """Its words doubt it."""
    place: Place = "line"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chain:
    """One chain of thought, or one instant answer, with everything a policy may look at."""

    id: str
    """Of its question."""
    kind: ChainKind
    agent: int
    """Which agent of a contemplation it is: it had that agent's hint and seed."""
    seed: int
    thinking: str = field(default="", repr=False)
    text: str = field(default="", repr=False)
    """The answer, all of it."""
    answer: str
    """The short answer, as read."""
    tokens: Tokens
    seconds: float
    ms: tuple[int, ...] = field(default=(), repr=False)
    """Milliseconds of each token since the one before it; the first since the call began."""
    confidences: tuple[int, ...] = field(default=(), repr=False)
    """Hundredths (``confidence.token_confidence``), of each token; empty without log-probabilities."""
    certainty: float | None
    """Geometric mean probability of the answer's tokens."""
    reason: StopReason
    forced: bool
    """Its thought was closed from outside."""
    finished: bool
    """It ended by itself, with an answer: only then it votes."""
    right: bool
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """All trial answers of one chain."""

    id: str
    agent: int
    every: int
    trials: tuple[Trial, ...]


Line: TypeAlias = Header | Asked | Chain | Trials
_NAMES: dict[type[Line], str] = {Header: "pool", Asked: "question", Chain: "chain", Trials: "trials"}


def to_line(value: Line) -> dict[str, Any]:
    """The stored form."""
    return {"type": _NAMES[type(value)], **asdict(value)}


def from_line(stored: Mapping[str, Any]) -> Line:
    """The value that ``to_line`` stored; unknown keys of later versions are dropped.

    Raises:
        ValueError, TypeError, KeyError: it is none.
    """
    kind = next((kind for kind, name in _NAMES.items() if name == stored["type"]), None)
    if kind is None:
        raise ValueError(f"unknown type {stored['type']!r}")
    values: dict[str, Any] = {name: stored[name] for name in kind.__slots__ if name in stored}
    if kind is Chain:
        values["tokens"] = Tokens(**values["tokens"])
        values["ms"] = tuple(values.get("ms", ()))
        values["confidences"] = tuple(values.get("confidences", ()))
    if kind is Trials:
        values["trials"] = tuple(Trial(**trial) for trial in values["trials"])
    return kind(**values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """DeepConf's scores of a whole chain (``helicon.modes.confidence``); ``None`` without log-probabilities."""

    mean: float | None = None
    tail: float | None = None
    lowest: float | None = None
    bottom: float | None = None


def scores_of(hundredths: Sequence[int]) -> Scores:
    """Every score of one chain."""
    values = [value / 100 for value in hundredths]
    return Scores(
        mean=confidence.mean(values),
        tail=confidence.tail(values),
        lowest=confidence.lowest(values),
        bottom=confidence.bottom_tenth(values),
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """One question of a pool with all that was sampled for it, by agent in order."""

    asked: Asked
    thinking: tuple[Chain, ...] = ()
    instant: tuple[Chain, ...] = ()
    refine: tuple[Chain, ...] = ()
    trials: Mapping[int, Trials] = field(default_factory=dict)
    """By agent."""


@dataclass(frozen=True, slots=True)
class Pool:
    """A whole pool in memory."""

    header: Header
    entries: tuple[Entry, ...]

    @property
    def depth(self) -> int:
        """Thinking chains that every question has."""
        return min((len(entry.thinking) for entry in self.entries), default=0)


def gather(header: Header, lines: Iterable[Line]) -> Pool:
    """The lines of a file, brought together; of two chains of one agent the later counts (it was tried again)."""
    asked: dict[str, Asked] = {}
    chains: dict[str, dict[tuple[ChainKind, int], Chain]] = {}
    trials: dict[str, dict[int, Trials]] = {}
    for line in lines:
        match line:
            case Asked():
                asked[line.id] = line
            case Chain():
                chains.setdefault(line.id, {})[line.kind, line.agent] = line
            case Trials():
                trials.setdefault(line.id, {})[line.agent] = line
            case Header():
                pass
    entries = []
    for id, question in asked.items():
        mine = chains.get(id, {})
        ordered = [mine[key] for key in sorted(mine)]
        of = {kind: tuple(c for c in ordered if c.kind == kind) for kind in ("thinking", "instant", "refine")}
        entries.append(Entry(question, of["thinking"], of["instant"], of["refine"], trials.get(id, {})))
    return Pool(header, tuple(entries))


def deltas(times: Sequence[float]) -> tuple[int, ...]:
    """Seconds as whole milliseconds since the one before; the rounding does not add up."""
    whole = [round(time * 1000) for time in times]
    return tuple(now - before for before, now in zip([0, *whole], whole, strict=False))


def without_tokens(chain: Chain) -> Chain:
    """The chain without its per-token data."""
    return replace(chain, ms=(), confidences=())
