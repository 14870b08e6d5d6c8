"""Events: every step of a run as a small typed value, and the fold that turns them into a result.

Live and replayed runs yield the same events in the same order; ``replay`` over a stored list gives
the same ``Result`` as the live run did. ``to_dict``/``from_dict`` are the stored form:
``from_dict(to_dict(event)) == event``.

Order of a run: ``RunStarted``, then (``auto`` only) ``ModeChosen``, then rounds of agents whose
thinking, drafts, tool calls and ends interleave, ``ConsensusChanged`` whenever the standing changes,
``AnswerDelta``... and last ``RunEnded``, which carries the whole. An auto run that escalates repeats
``ModeChosen``. ``AnswerReset`` takes back answer text already shown. A run that goes on from an interrupted
one says so by ``RunResumed`` at the place where that was cut.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cache
from typing import Any, ClassVar, Literal, TypeAlias, assert_never, get_args, get_origin, get_type_hints

from helicon.errors import InputError
from helicon.ledger import Entry, Ledger, StopReason, Tokens, total
from helicon.messages import Mode, SubQuestion, ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLogprob:
    """One answer token with its log-probability (natural log) and the alternatives."""

    token: str
    logprob: float
    top: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RunStarted:
    type: ClassVar[Literal["run_started"]] = "run_started"
    run_id: str
    mode: Mode
    """The mode asked for."""
    model: str
    seed: int
    created: float
    """Seconds since 1970, UTC."""
    question: str = ""
    """The words of the last user turn."""
    at: float = 0.0
    """On every event: seconds since the run began."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunResumed:
    """From here on the run goes on from one that was interrupted; what stands before it happened there.

    What agents that had to begin anew had used by then follows as ``CallEnded`` with ``interrupted``.
    """

    type: ClassVar[Literal["run_resumed"]] = "run_resumed"
    run_id: str
    """Of the interrupted run."""
    agents: int
    """Turns of agents (one agent in one round) that were carried over and not run again."""
    at: float = 0.0
    """When that run was cut. The time between the two runs is not counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChosen:
    type: ClassVar[Literal["mode_chosen"]] = "mode_chosen"
    mode: Mode
    reason: str
    confidence: float | None = None
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundStarted:
    type: ClassVar[Literal["round_started"]] = "round_started"
    round: int
    """From 1."""
    agents: int
    reason: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentStarted:
    type: ClassVar[Literal["agent_started"]] = "agent_started"
    agent: int
    """From 0; the number stays the same over rounds."""
    round: int
    seed: int
    hint: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThinkingDelta:
    type: ClassVar[Literal["thinking_delta"]] = "thinking_delta"
    agent: int
    text: str
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftDelta:
    """Answer text of one agent of a contemplation; not yet the run's answer."""

    type: ClassVar[Literal["draft_delta"]] = "draft_delta"
    agent: int
    text: str
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerDelta:
    """Text of the run's own answer."""

    type: ClassVar[Literal["answer_delta"]] = "answer_delta"
    text: str
    logprobs: tuple[TokenLogprob, ...] = ()
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerReset:
    """What was streamed as answer so far is withdrawn (auto escalated)."""

    type: ClassVar[Literal["answer_reset"]] = "answer_reset"
    reason: str
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolCalled:
    type: ClassVar[Literal["tool_called"]] = "tool_called"
    agent: int
    call: ToolCall
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ToolReturned:
    type: ClassVar[Literal["tool_returned"]] = "tool_returned"
    agent: int
    call_id: str
    text: str
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentEnded:
    type: ClassVar[Literal["agent_ended"]] = "agent_ended"
    agent: int
    round: int
    answer: str
    """The short, comparable answer; empty when none could be read."""
    text: str
    """The agent's whole answer text."""
    confidence: float | None
    """Mean top-k confidence of its tokens (DeepConf), where the engine gives log-probabilities."""
    entry: Entry
    """What it cost and why it stopped."""
    error: str = ""
    certainty: float | None = None
    """Geometric mean probability of its answer's tokens, where the engine gives log-probabilities."""
    finished: bool | None = None
    """Whether it came to an end of its own, with an answer: only then it votes. ``None`` in traces of before
    this was stored."""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class CallEnded:
    """A call of an engine that is not its agent's last (a cut thought), or belongs to none, came to its end.

    ``entry.agent`` is -1 where it belongs to none: a shared prompt, a synthesis.
    """

    type: ClassVar[Literal["call_ended"]] = "call_ended"
    entry: Entry
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ThoughtProbed:
    """A thought was tried for its answer, to see whether it may end early; or it cannot be tried, and why."""

    type: ClassVar[Literal["thought_probed"]] = "thought_probed"
    agent: int
    thinking: int
    """Thinking tokens before the trial."""
    answer: str
    """The short trial answer; empty when there is none."""
    probability: float | None
    """Geometric mean probability of the trial's tokens, where the engine gives log-probabilities."""
    decision: Literal["go_on", "exit", "give_up", "unable"]
    """The thought goes on; ends here; goes on and is not tried again; could never be tried."""
    reason: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsensusChanged:
    type: ClassVar[Literal["consensus_changed"]] = "consensus_changed"
    round: int
    leader: str
    """The leading answer; empty when no answer is comparable."""
    votes: tuple[tuple[str, float], ...]
    """Weight by answer, heaviest first."""
    finished: int
    running: int
    probability: float
    """That the leader stays ahead of the runner-up (Beta posterior; reasoning facts, formula 1)."""
    decided: bool
    rule: str = ""
    """Which rule decided: all_finished, beta, share, short, lossless, probe, deadline, budget, asked; empty
    while open."""
    voters: tuple[tuple[int, ...], ...] = ()
    """The agents behind each of ``votes``, in its order; empty in traces of before this was stored."""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanMade:
    """The request is divided: part ``n`` (from 1) goes to agent ``n - 1`` and, where a part votes, to further ones."""

    type: ClassVar[Literal["plan_made"]] = "plan_made"
    parts: tuple[SubQuestion, ...]
    source: Literal["given", "words", "model"]
    """The caller's, read off the request's words, or the model's."""
    reason: str = ""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftsCompared:
    """The model judged drafts in pairs, each pair in both orders."""

    type: ClassVar[Literal["drafts_compared"]] = "drafts_compared"
    round: int
    ranking: tuple[tuple[int, float], ...]
    """Agents and their strengths, best first; the strengths sum to 1."""
    pairs: int
    """Pairs of which both verdicts could be read."""
    flipped: int
    """Those of them whose verdict turned with the order; each counts as a tie."""
    first: int
    """Flipped pairs in which the draft shown first won; in the others the second did."""
    unscored: int
    """Pairs that count for nobody, because a verdict is missing or unreadable."""
    clear: bool
    """Whether the best one leads safely."""
    at: float = 0.0

    @property
    def position_bias(self) -> float | None:
        """The share of pairs whose verdict turned with the order; ``None`` where no pair was read."""
        return self.flipped / self.pairs if self.pairs else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A statement of the answer and the agents whose words it rests on."""

    start: int
    """Characters (code points) of the answer before the statement."""
    end: int
    agents: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesMarked:
    """What the statements of the answer rest on, as far as the answer says so."""

    type: ClassVar[Literal["sources_marked"]] = "sources_marked"
    sources: tuple[Source, ...]
    """In the order of the answer's text; they do not overlap."""
    unknown: tuple[str, ...] = ()
    """Marks that named no draft; they are not in the answer."""
    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEnded:
    type: ClassVar[Literal["run_ended"]] = "run_ended"
    answer: str
    """The run's whole answer text."""
    stop_reason: StopReason
    ledger: Ledger
    mode: Mode
    """The mode that gave the answer (for ``auto``: the chosen one)."""
    rests_on: tuple[int, ...] = ()
    """Agents whose drafts the answer rests on."""
    error: str = ""
    at: float = 0.0


Event: TypeAlias = (
    RunStarted
    | RunResumed
    | ModeChosen
    | RoundStarted
    | AgentStarted
    | ThinkingDelta
    | DraftDelta
    | AnswerDelta
    | AnswerReset
    | ToolCalled
    | ToolReturned
    | AgentEnded
    | CallEnded
    | ThoughtProbed
    | ConsensusChanged
    | PlanMade
    | DraftsCompared
    | SourcesMarked
    | RunEnded
)
EVENT_TYPES: dict[str, type[Event]] = {kind.type: kind for kind in get_args(Event)}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentResult:
    """One agent's part of a finished run, its last round."""

    agent: int
    answer: str = ""
    text: str = ""
    thinking: str = ""
    confidence: float | None = None
    rounds: int = 0
    tokens: Tokens = Tokens()
    seconds: float = 0.0
    stop_reason: StopReason | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoundResult:
    """One round of a contemplation: what it came to, and what that cost."""

    round: int
    reason: str = ""
    """Why it was needed; empty for the first."""
    agents: int = 0
    """Agents that could begin."""
    consensus: ConsensusChanged | None = None
    """Where its vote stood at its end; ``None`` when nobody voted."""
    tokens: Tokens = Tokens()
    """Of all its calls, cancelled ones included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The final value of a run."""

    run_id: str = ""
    model: str = ""
    mode: Mode = "auto"
    """The mode that gave the answer."""
    asked_mode: Mode = "auto"
    reason: str = ""
    """Why ``auto`` chose the mode."""
    answer: str = ""
    agents: tuple[AgentResult, ...] = ()
    rounds: tuple[RoundResult, ...] = ()
    """Of a contemplation: the vote before refinement stands in the first, what refinement made of it in the last."""
    tool_calls: tuple[ToolCall, ...] = ()
    logprobs: tuple[TokenLogprob, ...] = ()
    consensus: ConsensusChanged | None = None
    plan: PlanMade | None = None
    """How the request was divided."""
    comparison: DraftsCompared | None = None
    """How drafts without a short answer were compared."""
    sources: SourcesMarked | None = None
    """What the statements of the answer rest on."""
    rests_on: tuple[int, ...] = ()
    ledger: Ledger = Ledger()
    stop_reason: StopReason | None = None
    seconds: float = 0.0
    seed: int = 0
    error: str = ""

    @property
    def thinking(self) -> str:
        """The thinking of all agents, in their order."""
        return "\n\n".join(agent.thinking for agent in self.agents if agent.thinking)


def replay(events: Iterable[Event]) -> Result:
    """Fold a list of events into the run's result; a list cut short gives the result so far."""
    return Fold().feed_all(events)


class Fold:
    """The incremental form of ``replay``: feed events, read ``result`` at any time."""

    def __init__(self) -> None:
        self.head = Result()
        self.agents: dict[int, _AgentFold] = {}
        self.answer: list[str] = []
        self.calls: list[ToolCall] = []
        self.logprobs: list[TokenLogprob] = []
        self.entries: list[Entry] = []
        self.rounds: list[RoundStarted] = []
        self.consensus: ConsensusChanged | None = None
        self.standings: dict[int, ConsensusChanged] = {}
        """By round, the latest."""
        self.plan: PlanMade | None = None
        self.comparison: DraftsCompared | None = None
        self.sources: SourcesMarked | None = None
        self.end: RunEnded | None = None
        self.at = 0.0

    def feed_all(self, events: Iterable[Event]) -> Result:
        """Feed every event, and return the result."""
        for event in events:
            self.feed(event)
        return self.result

    def feed(self, event: Event) -> None:
        """Take one more event."""
        self.at = max(self.at, event.at)
        match event:  # the most frequent first
            case AnswerDelta():
                self.answer.append(event.text)
                self.logprobs.extend(event.logprobs)
            case ThinkingDelta():
                self._agent(event.agent).thinking.append(event.text)
            case RunStarted():
                self.head = Result(
                    run_id=event.run_id, model=event.model, mode=event.mode, asked_mode=event.mode, seed=event.seed
                )
            case ModeChosen():
                self.head = replace(self.head, mode=event.mode, reason=event.reason)
            case RoundStarted():
                self.rounds.append(event)
            case ToolReturned() | ThoughtProbed() | RunResumed():
                pass
            case AgentStarted():
                self._agent(event.agent).begin()
            case DraftDelta():
                self._agent(event.agent).text.append(event.text)
            case AnswerReset():
                self.answer.clear()
                self.logprobs.clear()
                self.calls.clear()
                self.sources = None
            case ToolCalled():
                self.calls.append(event.call)
            case AgentEnded():
                self._agent(event.agent).ended.append(event)
                self.entries.append(event.entry)
            case CallEnded():
                self.entries.append(event.entry)
                if event.entry.agent >= 0:
                    self._agent(event.entry.agent).others.append(event.entry)
            case ConsensusChanged():
                self.consensus = event
                self.standings[event.round] = event
            case PlanMade():
                self.plan = event
            case DraftsCompared():
                self.comparison = event
            case SourcesMarked():
                self.sources = event
            case RunEnded():
                self.end = event
            case _:
                assert_never(event)

    def _agent(self, number: int) -> _AgentFold:
        return self.agents.setdefault(number, _AgentFold(number))

    def _round(self, started: RoundStarted) -> RoundResult:
        return RoundResult(
            round=started.round,
            reason=started.reason,
            agents=started.agents,
            consensus=self.standings.get(started.round),
            tokens=sum((entry.tokens for entry in self.ledger.entries if entry.round == started.round), Tokens()),
        )

    @property
    def ledger(self) -> Ledger:
        """The calls that ended so far."""
        return self.end.ledger if self.end else Ledger(tuple(self.entries))

    @property
    def result(self) -> Result:
        """The value so far."""
        return replace(
            self.head,
            mode=self.end.mode if self.end else self.head.mode,
            answer=self.end.answer if self.end else "".join(self.answer),
            agents=tuple(self.agents[number].result for number in sorted(self.agents)),
            rounds=tuple(self._round(started) for started in self.rounds),
            tool_calls=tuple(self.calls),
            logprobs=tuple(self.logprobs),
            consensus=self.consensus,
            plan=self.plan,
            comparison=self.comparison,
            sources=self.sources,
            rests_on=self.end.rests_on if self.end else (),
            ledger=self.ledger,
            stop_reason=self.end.stop_reason if self.end else None,
            error=self.end.error if self.end else "",
            seconds=self.at,
        )


class _AgentFold:
    def __init__(self, number: int) -> None:
        self.number = number
        self.thinking: list[str] = []
        self.text: list[str] = []
        self.ended: list[AgentEnded] = []
        self.others: list[Entry] = []
        """Calls before its last ones."""

    def begin(self) -> None:
        self.thinking.clear()
        self.text.clear()

    @property
    def result(self) -> AgentResult:
        last = self.ended[-1] if self.ended else None
        entries = [*self.others, *(ended.entry for ended in self.ended)]
        return AgentResult(
            agent=self.number,
            answer=last.answer if last else "",
            text=last.text if last else "".join(self.text),
            thinking="".join(self.thinking),
            confidence=last.confidence if last else None,
            rounds=last.round if last else 0,
            tokens=total(entry.tokens for entry in entries),
            seconds=sum(entry.seconds for entry in entries),
            stop_reason=last.entry.stop_reason if last else None,
            error=last.error if last else "",
        )


# The stored form: plain dictionaries, one shape for every dataclass here.


_PLAIN = frozenset({str, int, float, bool, type(None)})


@cache
def _field_names(kind: type[Any]) -> tuple[str, ...] | None:
    return tuple(field.name for field in fields(kind)) if is_dataclass(kind) else None


def to_dict(value: Any) -> Any:
    """A value of this package as JSON-ready dictionaries and lists; events get their ``type`` first."""
    shape: Any = type(value)
    if shape in _PLAIN:
        return value
    names = _field_names(shape)
    if names is not None:
        body = {name: to_dict(getattr(value, name)) for name in names}
        kind = getattr(shape, "type", None)
        return {"type": kind, **body} if isinstance(kind, str) else body
    if isinstance(value, tuple | list):
        return [to_dict(item) for item in value]
    if isinstance(value, Mapping):
        return {str(key): to_dict(item) for key, item in value.items()}
    return value


def from_dict(stored: Mapping[str, Any]) -> Event:
    """The event that ``to_dict`` stored; fields that only a newer version knows are left out.

    Raises:
        InputError: the type is unknown, or a field is missing or of a wrong shape.
    """
    kind = EVENT_TYPES.get(str(stored.get("type")))
    if kind is None:
        raise InputError(f"unknown event type {stored.get('type')!r}; expected one of {', '.join(EVENT_TYPES)}.")
    try:
        built: Event = _build(kind, {key: value for key, value in stored.items() if key != "type"})
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise InputError(f"the stored {kind.type} event cannot be read: {error}.") from error
    return built


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _build(hint: Any, stored: Any) -> Any:
    if stored is None:
        return None
    if isinstance(hint, type) and is_dataclass(hint):
        hints = _hints(hint)
        return hint(**{key: _build(hints[key], value) for key, value in stored.items() if key in hints})
    origin = get_origin(hint)
    if origin is tuple:
        arguments = get_args(hint)
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            return tuple(_build(arguments[0], item) for item in stored)
        return tuple(_build(part, item) for part, item in zip(arguments, stored, strict=True))
    if origin in (types.UnionType, typing.Union):
        inner = [argument for argument in get_args(hint) if argument is not type(None)]
        return _build(inner[0], stored) if len(inner) == 1 else stored
    return stored
