"""The ledger: what a run cost, one entry per call of an engine, cancelled calls included."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

StopReason: TypeAlias = Literal[
    "stop",  # the model ended by itself
    "length",  # max_tokens or the context ended it
    "budget",  # thinking was closed by its budget, then answered
    "settled",  # thinking was closed early, because its trial answers had settled
    "trial",  # thinking was interrupted for a trial answer, and went on in the next call
    "deadline",  # the wall clock ended it
    "asked",  # the caller asked for the answer now
    "consensus",  # cancelled because the outcome was decided
    "cancelled",  # the caller left, or ended this agent
    "interrupted",  # the process that ran it ended; the run goes on in another one
    "tool_calls",  # the model asks for a tool
    "content_filter",  # the engine withheld the answer
    "error",  # the engine failed
]
STOPPED = {
    "consensus": "no longer needed",
    "cancelled": "cancelled",
    "interrupted": "interrupted",
    "deadline": "out of time",
    "asked": "not waited for",
    "content_filter": "withheld by the engine",
}
"""Stop reasons that end an agent from outside, in words."""
CLOSED = {"length": "cut at its bound", "budget": "thinking budget used up", "settled": "settled early"}
"""Stop reasons of agents that answer nevertheless, in words."""
CallKind: TypeAlias = Literal["agent", "close", "prime", "refine", "synthesis", "probe", "compare", "plan", "part"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Token counts of one or more calls, from the engine where it counts."""

    prompt: int = 0
    """Prompt tokens, cached ones included."""
    cached: int = 0
    """Prompt tokens that the engine did not have to read again."""
    thinking: int = 0
    answer: int = 0

    @property
    def generated(self) -> int:
        """Thinking and answer together: what OpenAI calls completion tokens."""
        return self.thinking + self.answer

    @property
    def prefilled(self) -> int:
        """Prompt tokens that were really read."""
        return self.prompt - self.cached

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(
            prompt=self.prompt + other.prompt,
            cached=self.cached + other.cached,
            thinking=self.thinking + other.thinking,
            answer=self.answer + other.answer,
        )


NONE = Tokens()


def total(parts: Iterable[Tokens]) -> Tokens:
    """The sum; that of a single part is the part itself."""
    whole = NONE
    for part in parts:
        whole = part if whole is NONE else whole + part
    return whole


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One call of an engine."""

    kind: CallKind
    agent: int
    round: int
    tokens: Tokens
    seconds: float
    stop_reason: StopReason
    model: str = ""
    money: float = 0.0
    """In the currency of the engine's prices; 0 on hardware of one's own."""
    estimated: bool = False
    """True where the engine gave no count and deltas were counted instead."""


@dataclass(frozen=True, slots=True)
class Ledger:
    """All entries of one run, in the order in which the calls ended."""

    entries: tuple[Entry, ...] = ()

    def __add__(self, entries: Iterable[Entry]) -> Ledger:
        return Ledger((*self.entries, *entries))

    @property
    def tokens(self) -> Tokens:
        """The sum over all calls."""
        return total(entry.tokens for entry in self.entries)

    @property
    def cancelled(self) -> Tokens:
        """The share of calls that were cut off before they ended by themselves."""
        cut = ("consensus", "cancelled", "interrupted", "deadline", "asked", "error")
        return total(e.tokens for e in self.entries if e.stop_reason in cut)

    @property
    def money(self) -> float:
        """The sum over all calls."""
        return sum(entry.money for entry in self.entries)

    def of_agent(self, agent: int) -> Tokens:
        """The sum over one agent's calls."""
        return total(e.tokens for e in self.entries if e.agent == agent)
