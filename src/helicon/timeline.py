"""The timeline of a run: what each agent did when, as a value that can be drawn.

``timeline(events)`` in ``helicon.timeline_fold`` makes it. Every drawing of a run (the terminal's, the
SVG, a page's) is a function of its value, so all of them agree. It draws nothing, and knows no widths or
colours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from helicon.ledger import CLOSED, STOPPED, Tokens

Phase: TypeAlias = Literal["waiting", "reading", "thinking", "answering"]
"""Waiting for a place at the engine, reading the prompt, and what the tokens are."""
State: TypeAlias = Literal["running", "finished", "stopped", "failed"]
MarkKind: TypeAlias = Literal["mode", "round", "vote", "withdrawn", "tool", "plan", "compared", "probe", "resumed"]
NOBODY = -1
"""The lane of calls that belong to no agent: the shared prompt, the synthesis."""

RULES = {
    "beta": "its lead is safe enough",
    "lossless": "nothing can overtake it",
    "share": "its share of the votes is large enough",
    "short": "enough of the first to finish agree",
    "probe": "the trial answers agree for long enough",
    "all_finished": "all have finished",
    "deadline": "the time was over",
    "budget": "the tokens were spent",
    "asked": "the answer was asked for at once",
}
"""Why a vote was decided, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One stretch of a lane; never empty."""

    start: float
    """Seconds since the run began."""
    end: float
    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """One agent's work in one round, from its start to its end."""

    round: int
    start: float
    end: float
    state: State
    """``running`` only in a trace that was cut."""
    reason: str = ""
    """The stop reason."""
    answer: str = ""
    """The short answer, or the whole text where there is none."""
    confidence: float | None = None
    tokens: Tokens = Tokens()
    """Of all its calls; where its end is missing, one for each piece that was seen."""
    error: str = ""

    @property
    def note(self) -> str:
        """Why it did not end by itself, in words; empty where it did."""
        if self.state == "failed":
            return self.error or "the engine failed"
        if self.state == "running":
            return "the trace ends here"
        return STOPPED.get(self.reason) or CLOSED.get(self.reason) or ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """One agent over the whole run."""

    agent: int
    """``NOBODY`` for calls that belong to none."""
    segments: tuple[Segment, ...]
    turns: tuple[Turn, ...]

    @property
    def tokens(self) -> Tokens:
        """Of all its turns."""
        return sum((turn.tokens for turn in self.turns), Tokens())

    @property
    def last(self) -> Turn:
        """Its last turn; every lane has one."""
        return self.turns[-1]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """The moment from which the outcome stood."""

    at: float
    leader: str
    votes: tuple[tuple[str, float], ...]
    finished: int
    running: int
    """Agents that were stopped or never started because of it."""
    probability: float
    rule: str

    @property
    def reason(self) -> str:
        """The rule in words."""
        return RULES.get(self.rule, self.rule)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at one moment."""

    at: float
    kind: MarkKind
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A run over time."""

    run_id: str = ""
    question: str = ""
    model: str = ""
    asked_mode: str = ""
    mode: str = ""
    """That gave the answer, or was tried last."""
    created: float = 0.0
    seconds: float = 0.0
    lanes: tuple[Lane, ...] = ()
    """Agents by number, then ``NOBODY`` where it did something that takes time."""
    marks: tuple[Mark, ...] = ()
    decision: Decision | None = None
    answer: str = ""
    rests_on: tuple[int, ...] = ()
    tokens: Tokens = Tokens()
    stop_reason: str = ""
    """Empty where the trace ends before the run did."""
    error: str = ""

    @property
    def agents(self) -> tuple[Lane, ...]:
        """The lanes of agents."""
        return tuple(lane for lane in self.lanes if lane.agent != NOBODY)

    @property
    def parts(self) -> str:
        """How the request was divided, in words; empty where it was not."""
        return next((mark.text for mark in reversed(self.marks) if mark.kind == "plan"), "")

    @property
    def rounds(self) -> int:
        """The number of the last round; 0 where there was none."""
        return max((turn.round for lane in self.lanes for turn in lane.turns), default=0)


def ticks(seconds: float, most: int) -> tuple[float, ...]:
    """Round moments from 0 to ``seconds`` for an axis, at most ``most`` of them (and at least 0 alone)."""
    if not 0 < seconds < float("inf") or most < 2:
        return (0.0,)
    exponent = -3
    while True:
        for digit in (1, 2, 5):
            step = digit * 10.0**exponent
            if seconds / step <= most - 1:
                return tuple(number * step for number in range(int(seconds / step + 1e-9) + 1))
        exponent += 1


def duration(seconds: float) -> str:
    """Seconds for people: ``0.25 s``, ``4.1 s``, ``38 s``, ``2 m 05 s``."""
    if seconds < 1:
        return f"{seconds:.2f} s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02} s"
