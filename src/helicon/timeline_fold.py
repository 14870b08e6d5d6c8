"""From a run's events to its timeline: one pure fold.

Promises, whatever the events hold: the segments of a lane are in order and never overlap; everything
lies within the run; ``decision.at`` is the time of the ``ConsensusChanged`` that decided for good, that
is the first one with ``decided`` after which no new round began. An event whose clock goes back is
taken at the latest time seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

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
    RunResumed,
    RunStarted,
    ThinkingDelta,
    ThoughtProbed,
    ToolCalled,
)
from helicon.ledger import STOPPED, Entry, Tokens
from helicon.timeline import NOBODY, Decision, Lane, Mark, MarkKind, Phase, Segment, State, Timeline, Turn


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
    thought: int = 0
    """Pieces of the open turn, for a turn whose end, which has the counts, is missing."""
    spoken: int = 0

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
        self.thought = self.spoken = 0

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
                tokens=self.tokens + (entry.tokens if entry else Tokens(thinking=self.thought, answer=self.spoken)),
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
                lane = self._lane(event.agent)
                lane.go("thinking", self.now)
                lane.thought += 1
            case DraftDelta():
                lane = self._lane(event.agent)
                lane.go("answering", self.now)
                lane.spoken += 1
            case AnswerDelta():
                self._answer(event)
            case AnswerReset():
                self.answer.clear()
                self.spoke_at = None
                self._mark("withdrawn", event.reason)
            case ToolCalled():
                self._mark("tool", event.call.name)
            case AgentEnded():
                self._lane(event.agent).end(self.now, event)
            case CallEnded():
                self._call(event.entry)
            case ConsensusChanged():
                self._mark("vote", event.leader)
                if event.decided and self.decided is None:
                    self.decided = (self.now, event)
            case RunResumed():
                self._mark("resumed", f"went on from {event.run_id}, {event.agents} carried over")
            case PlanMade():
                self._mark("plan", f"{len(event.parts)} parts")
            case ThoughtProbed():
                self._mark("probe", f"agent {event.agent + 1}: {event.answer or 'no answer'}, {event.decision}")
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
            open_lanes[0].spoken += 1
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
            tokens=finish.ledger.tokens if finish else sum((lane.tokens for lane in lanes), Tokens()),
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
