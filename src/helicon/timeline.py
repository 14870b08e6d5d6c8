"""The timeline of a run: what each agent did when, as a value that can be drawn.

``timeline(events)`` is a pure fold. Every drawing of a run (the terminal's, the SVG, a page's) is a
function of its value, so all of them agree. It draws nothing, and knows no widths or colours.

Promises, whatever the events hold: the segments of a lane are in order and never overlap; everything
lies within the run; ``decision.at`` is the time of the ``ConsensusChanged`` that decided for good, that
is the first one with ``decided`` after which no new round began. An event whose clock goes back is
taken at the latest time seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from helicon.events import (
    AgentEnded,
    AgentStarted,
    AnswerDelta,
    AnswerReset,
    CallEnded,
    ConsensusChanged,
    DraftDelta,
    DraftsCompared,
    Event,
    ModeChosen,
    PlanMade,
    RoundStarted,
    RunEnded,
    RunStarted,
    ThinkingDelta,
    ToolCalled,
)
from helicon.ledger import Entry, Tokens

Phase: TypeAlias = Literal["waiting", "reading", "thinking", "answering"]
"""Waiting for a place at the engine, reading the prompt, and what the tokens are."""
State: TypeAlias = Literal["running", "finished", "stopped", "failed"]
MarkKind: TypeAlias = Literal["mode", "round", "vote", "withdrawn", "tool", "plan", "compared"]
NOBODY = -1
"""The lane of calls that belong to no agent: the shared prompt, the synthesis."""

STOPPED = {
    "consensus": "no longer needed",
    "cancelled": "cancelled",
    "deadline": "out of time",
    "content_filter": "withheld by the engine",
}
"""Stop reasons that ended an agent from outside, in words."""
CLOSED = {"length": "cut at its bound", "budget": "thinking budget used up"}
"""Stop reasons of agents that answered nevertheless, in words."""
RULES = {
    "beta": "its lead is safe enough",
    "lossless": "nothing can overtake it",
    "all_finished": "all have finished",
    "deadline": "the time was over",
    "budget": "the tokens were spent",
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
    """Of all calls of this turn that ended."""
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
    def rounds(self) -> int:
        """The number of the last round; 0 where there was none."""
        return max((turn.round for lane in self.lanes for turn in lane.turns), default=0)


def timeline(events: Iterable[Event]) -> Timeline:
    """Fold a run's events into its timeline; events that take no time in it are passed over."""
    fold = _Fold()
    for event in events:
        fold.feed(event)
    return fold.value()


@dataclass(slots=True)
class _Lane:
    agent: int
    segments: list[Segment] = field(default_factory=list)
    turns: list[Turn] = field(default_factory=list)
    round: int = 0
    phase: Phase | None = None
    """Of the open turn; ``None`` while none is open."""
    since: float = 0.0
    began: float = 0.0
    tokens: Tokens = Tokens()

    def cover(self, start: float, end: float, phase: Phase) -> None:
        """Add a stretch after what is there; a neighbour of the same phase grows instead."""
        last = self.segments[-1] if self.segments else None
        start = max(start, last.end) if last else start
        if end <= start:
            return
        if last and last.phase == phase and last.end == start and last.start >= self.began:
            self.segments[-1] = Segment(start=last.start, end=end, phase=phase)
        else:
            self.segments.append(Segment(start=start, end=end, phase=phase))

    def go(self, phase: Phase, now: float) -> None:
        """Enter a phase of the open turn."""
        if self.phase is not None and self.phase != phase:
            self.cover(self.since, now, self.phase)
            self.phase, self.since = phase, now

    def begin(self, round: int, now: float) -> None:
        self.round, self.phase, self.since, self.began, self.tokens = round, "reading", now, now, Tokens()

    def end(self, now: float, ended: AgentEnded | None) -> None:
        """Close the open turn, with the agent's own end where it came."""
        if self.phase is None:
            self.begin(ended.round if ended else self.round, now)
        assert self.phase is not None
        phase = self.phase
        entry = ended.entry if ended else None
        if phase == "reading" and entry and entry.tokens.answer:
            phase = "answering"  # its answer was held back, so nobody saw where it began
        self.cover(self.since, now, phase)
        self.turns.append(
            Turn(
                round=ended.round if ended else self.round,
                start=self.began,
                end=now,
                state=_state(ended),
                reason=entry.stop_reason if entry else "",
                answer=(ended.answer or ended.text) if ended else "",
                confidence=ended.confidence if ended else None,
                tokens=self.tokens + (entry.tokens if entry else Tokens()),
                error=ended.error if ended else "",
            )
        )
        self.phase = None


def _state(ended: AgentEnded | None) -> State:
    if ended is None:
        return "running"
    if ended.error or ended.entry.stop_reason == "error":
        return "failed"
    return "stopped" if ended.entry.stop_reason in STOPPED else "finished"


class _Fold:
    def __init__(self) -> None:
        self.start: RunStarted | None = None
        self.finish: RunEnded | None = None
        self.mode = ""
        self.now = 0.0
        self.round = 0
        self.round_at: float | None = None
        self.lanes: dict[int, _Lane] = {}
        self.marks: list[Mark] = []
        self.decided: tuple[float, ConsensusChanged] | None = None
        self.answer: list[str] = []
        self.tokens = Tokens()
        self.spoke_at: float | None = None
        """Since when answer text comes that no running agent writes."""

    def feed(self, event: Event) -> None:
        self.now = max(self.now, event.at)
        match event:
            case RunStarted():
                self.start, self.mode = event, event.mode
            case ModeChosen():
                self.mode, self.round_at, self.decided = event.mode, None, None
                self._mark("mode", f"{event.mode}: {event.reason}" if event.reason else event.mode)
            case RoundStarted():
                self.round, self.round_at, self.decided = event.round, self.now, None
                self._mark("round", f"round {event.round}: {event.reason}" if event.reason else f"round {event.round}")
            case AgentStarted():
                self._start(event)
            case ThinkingDelta():
                self._lane(event.agent).go("thinking", self.now)
            case DraftDelta():
                self._lane(event.agent).go("answering", self.now)
            case AnswerDelta():
                self._answer(event)
            case AnswerReset():
                self.answer.clear()
                self.spoke_at = None
                self._mark("withdrawn", event.reason)
            case ToolCalled():
                self._mark("tool", event.call.name)
            case AgentEnded():
                self.tokens += event.entry.tokens
                self._lane(event.agent).end(self.now, event)
            case CallEnded():
                self.tokens += event.entry.tokens
                self._call(event.entry)
            case ConsensusChanged():
                self._mark("vote", event.leader)
                if event.decided and self.decided is None:
                    self.decided = (self.now, event)
            case PlanMade():
                self._mark("plan", f"divided into {len(event.parts)} parts")
            case DraftsCompared():
                self._mark("compared", f"drafts compared in {event.pairs} pairs")
            case RunEnded():
                self.finish = event
            case _:
                pass

    def _lane(self, agent: int) -> _Lane:
        return self.lanes.setdefault(agent, _Lane(agent))

    def _mark(self, kind: MarkKind, text: str) -> None:
        self.marks.append(Mark(at=self.now, kind=kind, text=text))

    def _start(self, event: AgentStarted) -> None:
        lane = self._lane(event.agent)
        if lane.phase is not None:
            lane.end(self.now, None)
        if self.round_at is not None:
            lane.began = self.round_at
            lane.cover(self.round_at, self.now, "waiting")
        lane.begin(event.round, self.now)

    def _answer(self, event: AnswerDelta) -> None:
        self.answer.append(event.text)
        open_lanes = [lane for lane in self.lanes.values() if lane.phase is not None and lane.agent != NOBODY]
        if len(open_lanes) == 1 and self.mode != "contemplating":
            open_lanes[0].go("answering", self.now)
        elif self.spoke_at is None:
            self.spoke_at = self.now

    def _call(self, entry: Entry) -> None:
        """A call that belongs to no agent took this long until now; an agent's own call counts for its turn."""
        if entry.agent != NOBODY:
            self._lane(entry.agent).tokens += entry.tokens
            return
        lane = self._lane(NOBODY)
        start = min(self.now, max(0.0, self.now - entry.seconds, lane.turns[-1].end if lane.turns else 0.0))
        lane.began = start
        answering = self.now
        if entry.tokens.answer:
            answering = start if self.spoke_at is None else max(start, self.spoke_at)
        lane.cover(start, answering, "reading")
        lane.cover(answering, self.now, "answering")
        failed = entry.stop_reason == "error"
        state: State = "failed" if failed else "stopped" if entry.stop_reason in STOPPED else "finished"
        lane.turns.append(
            Turn(
                round=entry.round,
                start=start,
                end=self.now,
                state=state,
                reason=entry.stop_reason,
                answer=KINDS.get(entry.kind, entry.kind),
                tokens=entry.tokens,
            )
        )
        self.spoke_at = None

    def value(self) -> Timeline:
        for lane in self.lanes.values():
            if lane.phase is not None or not lane.turns:
                lane.end(self.now, None)
        start, finish = self.start, self.finish
        order = sorted(self.lanes, key=lambda agent: (agent == NOBODY, agent))
        lanes = [
            Lane(agent=agent, segments=tuple(self.lanes[agent].segments), turns=tuple(self.lanes[agent].turns))
            for agent in order
        ]
        return Timeline(
            run_id=start.run_id if start else "",
            question=start.question if start else "",
            model=start.model if start else "",
            asked_mode=start.mode if start else "",
            mode=finish.mode if finish else self.mode,
            created=start.created if start else 0.0,
            seconds=self.now,
            lanes=tuple(lane for lane in lanes if lane.agent != NOBODY or lane.segments),
            marks=tuple(self.marks),
            decision=_decision(self.decided),
            answer=finish.answer if finish else "".join(self.answer),
            rests_on=finish.rests_on if finish else (),
            tokens=finish.ledger.tokens if finish else self.tokens,
            stop_reason=finish.stop_reason if finish else "",
            error=finish.error if finish else "",
        )


KINDS = {"prime": "shared prompt", "plan": "plan", "compare": "comparison", "synthesis": "synthesis"}
"""What a call of nobody did, in words."""


def _decision(decided: tuple[float, ConsensusChanged] | None) -> Decision | None:
    if decided is None:
        return None
    at, event = decided
    return Decision(
        at=at,
        leader=event.leader,
        votes=event.votes,
        finished=event.finished,
        running=event.running,
        probability=event.probability,
        rule=event.rule,
    )


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
