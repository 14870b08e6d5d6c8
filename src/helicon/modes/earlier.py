"""What an interrupted run left: its events, read for the run that goes on from it. Pure.

An agent in one round is a *turn*. A turn that came to an end of its own is carried over: its events
are said again as they were, and its work counts as it did. So is one that was ended from outside, or
failed, if the run went on afterwards. Every other turn is run anew, and only its cost stays.

What a turn without an end had used is known for the calls that ended before it was cut. Of its last
call a token is counted for each piece of text, or for each word where pieces had been put together:
engines' own counts may be higher. Its prompt is not known, and not counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

from helicon.errors import BadOption, EngineError
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
    SourcesMarked,
    ThinkingDelta,
    ThoughtProbed,
    ToolCalled,
    ToolReturned,
)
from helicon.ledger import CallKind, Entry, StopReason, Tokens, total
from helicon.messages import Question
from helicon.modes.agent import Work

OUTSIDE: frozenset[StopReason] = frozenset({"cancelled", "error"})
"""Ends that may be the interruption itself."""
WRITTEN: frozenset[StopReason] = frozenset({"stop", "length", "content_filter"})
"""Ends of a synthesis that came by themselves."""
DECISIONS = (ModeChosen, RoundStarted, PlanMade, ConsensusChanged, DraftsCompared, SourcesMarked, AnswerReset)
"""Said again by the mode that decides again; only their times are taken from here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thought:
    """A thought that was finished, and whose answer was not."""

    text: str
    cut: bool
    """It was closed from outside."""
    tokens: Tokens
    """Of its calls, what they had answered left out: it is answered anew."""


@dataclass(slots=True, kw_only=True)
class Turn:
    """One agent in one round."""

    agent: int
    round: int
    at: float
    """When it began, and after each of its calls that ended, when that was."""
    steps: list[Event] = field(default_factory=list)
    ended: AgentEnded | None = None
    carried: bool = False

    @property
    def entries(self) -> list[Entry]:
        """Its calls that ended, trial answers left out."""
        ended = [event.entry for event in self.steps if isinstance(event, CallEnded | AgentEnded)]
        return [entry for entry in ended if entry.kind != "probe"]

    @property
    def open(self) -> list[Event]:
        """Its events since its last call that ended."""
        ends = [n for n, e in enumerate(self.steps) if isinstance(e, CallEnded) and e.entry.kind != "probe"]
        return self.steps[ends[-1] + 1 :] if ends else self.steps

    @property
    def lost(self) -> Tokens:
        """What its last call had used when it was cut, as far as its text says."""
        if self.ended is not None:
            return Tokens()
        thinking = [event.text for event in self.open if isinstance(event, ThinkingDelta)]
        answer = [event.text for event in self.open if isinstance(event, DraftDelta | AnswerDelta)]
        return Tokens(thinking=count(thinking), answer=count(answer))

    @property
    def thought(self) -> Thought | None:
        """Its thought, where that was finished."""
        text = "".join(event.text for event in self.steps if isinstance(event, ThinkingDelta))
        if not text.strip() or any(isinstance(event, ToolCalled) for event in self.steps):
            return None
        ends = [e.entry for e in self.steps if isinstance(e, CallEnded) and e.entry.kind != "probe"]
        closed = [entry.stop_reason for entry in ends if entry.stop_reason != "trial"]
        spoken = any(isinstance(event, DraftDelta | AnswerDelta) and event.text.strip() for event in self.open)
        if not closed and not spoken:
            return None
        cut = any(reason != "interrupted" for reason in closed)
        used = total(entry.tokens for entry in self.entries) + self.lost
        return Thought(text=text, cut=cut, tokens=replace(used, answer=0))

    @property
    def work(self) -> Work:
        """What it did; only of a turn that ended."""
        ended = self.ended
        assert ended is not None
        pieces = tuple(e.text for e in self.steps if isinstance(e, DraftDelta | AnswerDelta))
        spoken = [token for e in self.steps if isinstance(e, AnswerDelta) for token in e.logprobs]
        calls = tuple(event.call for event in self.steps if isinstance(event, ToolCalled))
        return Work(
            ended=ended,
            pieces=pieces if "".join(pieces) == ended.text else (ended.text,),
            logprobs=tuple(spoken),
            tokens=total(entry.tokens for entry in self.entries),
            tool_calls=calls,
            finished=_finished(ended, bool(calls)),
            error=EngineError(ended.error) if ended.error else None,
        )


def count(pieces: Sequence[str]) -> int:
    """Tokens of a text, counted by its pieces or its words, whichever are more."""
    return max(len(pieces), len("".join(pieces).split()))


def _finished(ended: AgentEnded, called: bool) -> bool:
    """Whether an agent came to an end of its own; read off its reason in traces that do not say so."""
    if ended.finished is not None:
        return ended.finished
    reason = ended.entry.stop_reason
    natural = reason in ("stop", "tool_calls", "budget") or (reason == "deadline" and bool(ended.answer))
    return natural and bool(ended.text.strip() or called)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """What a call without an end had used when the run was cut."""

    turn: Turn | None
    """``None`` = a synthesis."""
    kind: CallKind
    tokens: Tokens
    since: float


@dataclass(frozen=True, slots=True)
class Step:
    """One event, and the turn that it is part of."""

    event: Event
    turn: Turn | None = None
    said: bool = True
    """It is said again as it is; others are here for their times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Synthesis:
    """A text that was composed from drafts."""

    place: int
    """Of the end of its call among the steps."""
    deltas: tuple[AnswerDelta, ...]
    entry: Entry


class Earlier:
    """An interrupted run."""

    def __init__(self, events: Sequence[Event], question: Question) -> None:
        """
        Args:
            events: of the run from its first event on, up to anywhere; consecutive deltas may have been merged.

        Raises:
            BadOption: they do not begin with a run's beginning, or it was asked another question.
        """
        first = events[0] if events else None
        if not isinstance(first, RunStarted):
            raise BadOption("the earlier run does not begin with its first event; expected all its events in order.")
        if first.question != question.text:
            raise BadOption(f"the earlier run was asked {first.question[:80]!r}, not {question.text[:80]!r}.")
        if first.mode != question.mode:
            raise BadOption(f"the earlier run was of the mode {first.mode!r}, not {question.mode!r}.")
        self.started: RunStarted = first
        self.at = max(event.at for event in events)
        """When it was cut."""
        reading = _Reading(events)
        self.steps: list[Step] = reading.steps
        self.turns: dict[tuple[int, int], Turn] = reading.turns
        self.synthesis: Synthesis | None = reading.synthesis
        self.lost: list[Lost] = reading.lost

    @cached_property
    def places(self) -> dict[tuple[int, int], int]:
        """Where the turns that are carried over end."""
        ends = enumerate(self.steps)
        return {
            (step.turn.agent, step.turn.round): n
            for n, step in ends
            if step.turn is not None and isinstance(step.event, AgentEnded)
        }

    @property
    def carried(self) -> int:
        """Turns that are carried over."""
        return len(self.places)

    def heard(self, round: int, votes: int) -> list[list[int]]:
        """The agents of a round that are carried over, in the order of their ends, as their votes were counted.

        ``votes`` of it are from before the round. Those that ended after the last count are counted together,
        as they would have been next.
        """
        ends = sorted((place, turn) for turn, place in self.places.items() if turn[1] == round)
        counts = [e.finished for e in self._of(ConsensusChanged) if e.round == round]
        heard: list[list[int]] = []
        together: list[int] = []
        for _, (agent, _) in ends:
            together.append(agent)
            votes += self.turns[agent, round].work.finished
            while counts and counts[0] < votes:
                counts.pop(0)
            if counts and counts[0] == votes:
                heard.append(together)
                together = []
        return [*heard, together] if together else heard

    def _of(self, kind: type[ConsensusChanged]) -> Iterable[ConsensusChanged]:
        return (step.event for step in self.steps if isinstance(step.event, kind))


class _Reading:
    """One pass over the events."""

    def __init__(self, events: Sequence[Event]) -> None:
        self.steps: list[Step] = []
        self.turns: dict[tuple[int, int], Turn] = {}
        self.synthesis: Synthesis | None = None
        self.lost: list[Lost] = []
        self._open: dict[int, Turn] = {}
        self._mode = ""
        self._planned = False
        self._answer: list[AnswerDelta] = []
        """That no agent says."""
        found = [Step(event, self._turn(event)) for event in events]
        alive = max((n for n, step in enumerate(found) if _is_life(step.event)), default=-1)
        ended = next((event for event in events if isinstance(event, RunEnded)), None)
        failed = ended is not None and ended.stop_reason == "error"
        for place, step in enumerate(found):
            if isinstance(step.event, AgentEnded) and step.turn is not None:
                reason = step.event.entry.stop_reason
                outside = reason in OUTSIDE or bool(step.event.error)
                step.turn.carried = not outside or (place < alive and not (failed and reason == "error"))
        for step in found:
            self._keep(step)
        self._lose()

    def _turn(self, event: Event) -> Turn | None:
        """The turn that an event is part of, which is opened or closed by it."""
        turn: Turn | None = None
        match event:
            case RunStarted() | ModeChosen():
                self._mode = event.mode
            case PlanMade():
                self._planned = True
            case AgentStarted():
                turn = self._open[event.agent] = Turn(agent=event.agent, round=event.round, at=event.at)
                self.turns[event.agent, event.round] = turn
            case ThinkingDelta() | DraftDelta() | ToolCalled() | ToolReturned() | ThoughtProbed():
                turn = self._open.get(event.agent)
            case CallEnded():
                turn = self._open.get(event.entry.agent)
                if turn is not None and event.entry.kind != "probe":
                    turn.at = event.at
            case AgentEnded():
                turn = self._open.pop(event.agent, None)
                if turn is not None:
                    turn.ended = event
            case AnswerDelta() if self._mode != "contemplating" and len(self._open) == 1:
                turn = next(iter(self._open.values()))
            case _:
                pass
        if turn is not None:
            turn.steps.append(event)
        return turn

    def _keep(self, step: Step) -> None:
        """Sort one event: said again, here for its time, only its cost, or left out."""
        event, turn = step.event, step.turn
        match event:
            case CallEnded():
                self.steps.append(step if turn is not None and turn.carried else Step(event))
                if event.entry.kind == "synthesis" and event.entry.stop_reason in WRITTEN:
                    place = len(self.steps) - 1
                    self.synthesis = Synthesis(place=place, deltas=tuple(self._answer), entry=event.entry)
                if event.entry.kind == "synthesis":
                    self._answer = []
            case AgentEnded() if turn is None or not turn.carried:
                self.steps.append(Step(CallEnded(entry=event.entry, at=event.at)))
            case AnswerDelta() if turn is None:
                self._answer.append(event)
            case RunResumed():
                self.steps.append(step)
            case _ if isinstance(event, DECISIONS):
                self.steps.append(replace(step, said=False))
                if isinstance(event, AnswerReset):
                    self._answer = []
            case _ if turn is not None and turn.carried:
                self.steps.append(step)

    def _lose(self) -> None:
        for turn in self._open.values():
            if turn.lost != Tokens():
                kind: CallKind = "part" if self._planned else "agent"
                self.lost.append(Lost(turn=turn, kind=kind, tokens=turn.lost, since=turn.at))
        spoken = "".join(delta.text for delta in self._answer)
        drafts = [turn.ended.text for turn in self.turns.values() if turn.ended is not None]
        composed = self._mode == "contemplating" and not self._planned and not self._open and self.synthesis is None
        quoted = any(spoken.startswith(text) or text.startswith(spoken) for text in drafts)
        if composed and spoken.strip() and not quoted:
            tokens = Tokens(answer=count([delta.text for delta in self._answer]))
            self.lost.append(Lost(turn=None, kind="synthesis", tokens=tokens, since=self._answer[0].at))


def _is_life(event: Event) -> bool:
    """Whether the run went on with this event, instead of coming to its end."""
    kinds = (AgentStarted, ThinkingDelta, DraftDelta, AnswerDelta, ThoughtProbed, *DECISIONS)
    return isinstance(event, kinds)
