"""What the live view knows: a fold of a run's events into one line per agent.

Values and words only; ``helicon.cli.display`` draws them. Text is cleaned of control characters
on its way in. A delta counts as one token until the agent ends and its ledger entry says how many
they were.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from helicon.cli.plain import Cleaner, one_line
from helicon.events import (
    AgentEnded,
    AgentStarted,
    ConsensusChanged,
    DraftDelta,
    DraftsCompared,
    Event,
    ModeChosen,
    PlanMade,
    Result,
    RoundStarted,
    RunStarted,
    ThinkingDelta,
)
from helicon.ledger import CLOSED, STOPPED
from helicon.messages import Mode

State: TypeAlias = Literal["reading", "thinking", "answering", "done", "stopped", "failed"]
TAIL = 240
"""Characters of the newest words kept for an agent's line."""


@dataclass(slots=True)
class AgentLine:
    """One agent as the view shows it."""

    agent: int
    state: State = "reading"
    tail: str = ""
    """The newest words, on one line."""
    tokens: int = 0
    answer: str = ""
    note: str = ""
    """Why it stopped or failed."""
    seconds: float = 0.0
    part: int = 0
    """The part of a divided request that it answers, from 1; 0 = the whole."""
    began: float = 0.0
    cleaner: Cleaner = field(default_factory=Cleaner)

    @property
    def running(self) -> bool:
        """Whether it still generates."""
        return self.state in ("reading", "thinking", "answering")


class Board:
    """Feed it events; read ``lines`` and ``headline``."""

    def __init__(self) -> None:
        self.mode: Mode = "auto"
        self.round = 0
        self.agents: dict[int, AgentLine] = {}
        self.expected = 0
        self.consensus: ConsensusChanged | None = None
        self.compared: DraftsCompared | None = None
        self.parts = 0
        """Of a divided request."""
        self.at = 0.0

    def feed(self, event: Event) -> None:
        """Take one more event; those that change no line are passed over."""
        self.at = max(self.at, event.at)
        match event:
            case RunStarted() | ModeChosen():
                self.mode = event.mode
            case RoundStarted():
                self.round, self.expected, self.consensus = event.round, event.agents, None
                self.agents.clear()
            case AgentStarted():
                part = event.agent % self.parts + 1 if self.parts else 0
                self.agents[event.agent] = AgentLine(event.agent, part=part, began=event.at)
            case ThinkingDelta():
                self._more(event.agent, "thinking", event.text)
            case DraftDelta():
                self._more(event.agent, "answering", event.text)
            case AgentEnded():
                self._end(event)
            case ConsensusChanged():
                self.consensus = event
            case PlanMade():
                self.parts = len(event.parts)
            case DraftsCompared():
                self.compared = event
            case _:
                pass

    def _line(self, agent: int) -> AgentLine:
        return self.agents.setdefault(agent, AgentLine(agent))

    def _more(self, agent: int, state: State, text: str) -> None:
        line = self._line(agent)
        if line.state != state:
            line.state, line.tail = state, ""
        line.tokens += 1
        line.tail = (line.tail + " ".join(line.cleaner.decode(text).split("\n")))[-TAIL:]

    def _end(self, event: AgentEnded) -> None:
        line = self._line(event.agent)
        reason = event.entry.stop_reason
        line.tokens, line.seconds = event.entry.tokens.generated, event.entry.seconds
        line.answer = one_line(event.answer or event.text)
        if event.error or reason == "error":
            line.state, line.note = "failed", one_line(event.error) or "the engine failed"
        elif reason in STOPPED:
            line.state, line.note = "stopped", STOPPED[reason]
            line.answer = one_line(event.answer)
        else:
            line.state, line.note = "done", CLOSED.get(reason, "")

    @property
    def lines(self) -> list[AgentLine]:
        """One per agent, by number."""
        return [self.agents[number] for number in sorted(self.agents)]

    @property
    def headline(self) -> str:
        """One line over all agents: mode, round, how many are done, who leads."""
        done = sum(not line.running for line in self.agents.values())
        parts: list[str] = [self.mode]
        if self.round > 1:
            parts.append(f"round {self.round}")
        if self.parts:
            parts.append(f"{self.parts} parts")
        parts.append(f"{done} of {max(self.expected, len(self.agents))} done")
        standing = self.consensus
        if standing and standing.leader:
            word = "decided" if standing.decided else "leading"
            parts.append(f"{word}: {one_line(standing.leader)}")
        if self.compared and self.compared.pairs:
            parts.append(f"{'best' if self.compared.clear else 'leading'}: agent {self.compared.ranking[0][0] + 1}")
        return JOINT.join(parts)


def ledger_line(result: Result, width: int = 0) -> str:
    """What a run cost, on one line; on two where ``width`` columns are too few for one."""
    tokens = result.ledger.tokens
    head = [one_line(result.model), result.mode if result.mode == result.asked_mode else f"auto chose {result.mode}"]
    if result.mode == "contemplating":
        rounds = max((agent.rounds for agent in result.agents), default=1)
        head.append(f"{len(result.agents)} agents" + (f", {rounds} rounds" if rounds > 1 else ""))
    if result.plan:
        head.append(f"{len(result.plan.parts)} parts")
    counts = f"{tokens.prompt:,} prompt, {tokens.thinking:,} thinking, {tokens.answer:,} answer tokens"
    tail = [("about " if any(entry.estimated for entry in result.ledger.entries) else "") + counts]
    if result.comparison and result.comparison.pairs:
        tail.append(f"{result.comparison.flipped} of {result.comparison.pairs} comparisons turned with the order")
    if result.ledger.money:
        tail.append(f"{result.ledger.money:.4g} money")
    tail.append(f"{result.seconds:.1f} s")
    if reason := ENDED.get(result.stop_reason or ""):
        tail.append(reason)
    line = JOINT.join(filter(None, [*head, *tail]))
    if not width or len(line) <= width:
        return line
    return f"{JOINT.join(filter(None, head))}\n  {JOINT.join(tail)}"


JOINT = " · "
ENDED = {
    "length": "cut at its bound",
    "budget": "thinking budget used up",
    "deadline": "out of time",
    "asked": "decided early, as asked",
    "cancelled": "cancelled",
    "content_filter": "withheld by the engine",
    "error": "failed",
}
