"""``helicon trace show --text``: every thought of a run in words, agent by agent and round by round."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from helicon.cli.drawing import styled
from helicon.cli.plain import clean, one_line
from helicon.events import (
    AgentEnded,
    AgentStarted,
    AnswerDelta,
    AnswerReset,
    ConsensusChanged,
    DraftDelta,
    Event,
    ModeChosen,
    PlanMade,
    RoundStarted,
    RunEnded,
    RunResumed,
    RunStarted,
    ThinkingDelta,
    ThoughtProbed,
)
from helicon.ledger import CLOSED, STOPPED
from helicon.timeline import RULES, duration

if TYPE_CHECKING:
    from rich.text import Text


@dataclass(slots=True)
class Thought:
    """What one agent wrote in one round."""

    agent: int
    round: int
    began: float
    thinking: list[str] = field(default_factory=list)
    text: list[str] = field(default_factory=list)
    ended: AgentEnded | None = None


@dataclass(slots=True)
class Spoken:
    """The run's words, sorted by who wrote them."""

    question: str = ""
    notes: list[str] = field(default_factory=list)
    thoughts: list[Thought] = field(default_factory=list)
    answer: str = ""
    open: dict[int, Thought] = field(default_factory=dict)

    def of(self, agent: int) -> Thought:
        """The thought that an agent is writing."""
        if agent not in self.open:
            self.begin(agent, 0, 0.0)
        return self.open[agent]

    def begin(self, agent: int, round: int, at: float) -> None:
        """An agent starts a new one."""
        self.open[agent] = Thought(agent, round, at)
        self.thoughts.append(self.open[agent])


def spoken(events: Iterable[Event]) -> Spoken:
    """Sort the words of a run."""
    words = Spoken()
    for event in events:
        match event:
            case RunStarted():
                words.question = event.question
            case ModeChosen():
                words.notes.append(f"at {duration(event.at)}: {event.mode}, because {event.reason}")
            case RoundStarted() if event.reason:
                words.notes.append(f"at {duration(event.at)}: round {event.round}, because {event.reason}")
            case AgentStarted():
                words.begin(event.agent, event.round, event.at)
            case ThinkingDelta():
                words.of(event.agent).thinking.append(event.text)
            case DraftDelta():
                words.of(event.agent).text.append(event.text)
            case RunResumed():
                over = f"{event.agents} agents' work was carried over"
                words.notes.append(f"at {duration(event.at)}: interrupted, and gone on with; {over}")
            case PlanMade():
                parts = "; ".join(f"{number}. {one_line(part.text)}" for number, part in enumerate(event.parts, 1))
                words.notes.append(f"at {duration(event.at)}: divided into {parts}")
            case ThoughtProbed():
                words.notes.append(_probe(event))
            case AgentEnded():
                words.of(event.agent).ended = event
            case AnswerReset():
                words.answer = ""
                words.notes.append(f"at {duration(event.at)}: answer withdrawn, because {event.reason}")
            case AnswerDelta():
                words.answer += event.text
            case ConsensusChanged() if event.decided:
                why = RULES.get(event.rule, event.rule)
                words.notes.append(f"at {duration(event.at)}: decided for {event.leader or 'no short answer'}, {why}")
            case RunEnded():
                words.answer = event.answer
            case _:
                pass
    return words


def _probe(event: ThoughtProbed) -> str:
    """One line about a trial."""
    said = {"go_on": "the thought goes on", "exit": "the thought ends here", "give_up": "not tried again"}
    trial = f"after {event.thinking:,} tokens agent {event.agent + 1} would answer {event.answer or 'nothing short'}"
    why = f" ({event.reason})" if event.reason else ""
    if event.decision == "unable":
        trial = f"agent {event.agent + 1} cannot be tried for its answer"
    return f"at {duration(event.at)}: {trial}{', ' + said[event.decision] if event.decision in said else ''}{why}"


def thoughts(events: Iterable[Event]) -> list[Text]:
    """The run's words as blocks for a terminal."""
    words = spoken(events)
    blocks = [styled(clean(words.question).strip() + "\n", "bold")] if words.question.strip() else []
    for thought in words.thoughts:
        blocks.append(styled(title(thought), "cyan"))
        thinking = clean("".join(thought.thinking)).strip()
        if thinking:
            blocks.append(styled(thinking + "\n", "dim"))
        text = clean(thought.ended.text if thought.ended else "".join(thought.text)).strip()
        if text and len(words.thoughts) > 1:
            blocks.append(styled(text + "\n"))
    blocks += [styled(one_line(note), "yellow") for note in words.notes]
    if words.answer.strip():
        blocks.append(styled(("\n" if words.notes else "") + "Answer", "green"))
        blocks.append(styled(clean(words.answer).strip()))
    return blocks


def title(thought: Thought) -> str:
    """One line about a thought: whose, when, and how it ended."""
    name = f"Agent {thought.agent + 1}" if thought.agent >= 0 else "Nobody's"
    parts = [name + (f", round {thought.round}" if thought.round > 1 else "")]
    ended = thought.ended
    if ended is None:
        return ", ".join([*parts, "the trace ends before it did"])
    parts.append(f"{duration(thought.began)} to {duration(ended.at)}")
    parts.append(f"{ended.entry.tokens.generated:,} tokens")
    reason = ended.entry.stop_reason
    if ended.error:
        parts.append(f"failed: {one_line(ended.error)}")
    elif note := STOPPED.get(reason) or CLOSED.get(reason):
        parts.append(note)
    return ", ".join(parts)
