"""What a client without any knowledge of Helicon sees of a run: events in, pieces of text out. Pure.

With one agent its thinking passes as it is. A contemplation becomes readable lines: rounds, every agent's
end with its answer, the consensus, and the thinking of one agent at a time (the first that speaks in a
round), so that the text stays one text. Lines about others wait for the end of that agent's line.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

from helicon.events import (
    AgentEnded,
    AnswerDelta,
    AnswerReset,
    ConsensusChanged,
    DraftsCompared,
    Event,
    ModeChosen,
    PlanMade,
    RoundStarted,
    RunStarted,
    ThinkingDelta,
    TokenLogprob,
    ToolCalled,
)
from helicon.messages import Mode, SubQuestion, ToolCall
from helicon.modes.prompts import bounded

ANSWER_CHARACTERS = 120
RULES = {
    "beta": "its lead is safe enough",
    "lossless": "nothing can overtake it",
    "share": "its share of the votes is large enough",
    "short": "most of the first votes",
    "probe": "most trial answers, for long enough",
    "all_finished": "most votes",
    "deadline": "the time is over",
    "budget": "the tokens are spent",
    "asked": "the answer is asked for at once",
}
"""Why a contemplation was decided, in words."""


class Reasoning(NamedTuple):
    """More text for ``reasoning_content``."""

    text: str


class Content(NamedTuple):
    """More of the answer."""

    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


class Call(NamedTuple):
    """A tool call for the client to run."""

    call: ToolCall


class Withdrawn(NamedTuple):
    """All content so far is taken back."""

    reason: str


Piece: TypeAlias = Reasoning | Content | Call | Withdrawn


class Transcript:
    """Feed the events of one run in order; each gives the pieces to show now."""

    def __init__(self) -> None:
        self._mode: Mode = "auto"
        self._shown: int | None = None
        self._waiting: list[str] = []
        self._at_line_start = True

    def feed(self, event: Event) -> tuple[Piece, ...]:
        """The pieces that ``event`` adds."""
        match event:
            case AnswerDelta(text=text, logprobs=logprobs):
                return (*self._settle(), Content(text, logprobs)) if self._waiting else (Content(text, logprobs),)
            case ThinkingDelta(agent=agent, text=text):
                if self._mode == "contemplating":
                    return self._think(agent, text)
                self._at_line_start = text.endswith("\n")
                return (Reasoning(text),)
            case RunStarted(mode=mode):
                self._mode = mode
                return ()
            case ModeChosen(mode=mode, reason=reason):
                self._mode = mode
                return () if mode == "instant" else self._line(f"Mode {mode}: {reason}")
            case AnswerReset(reason=reason):
                return (Withdrawn(reason),)
            case ToolCalled(call=call):
                return (Call(call),)
        return self._contemplate(event) if self._mode == "contemplating" else ()

    def _contemplate(self, event: Event) -> tuple[Piece, ...]:
        match event:
            case RoundStarted(round=number, agents=agents, reason=reason):
                self._shown = None
                return self._line(f"Round {number}: {agents} agents." + (f" {reason}" if reason else ""))
            case PlanMade(parts=parts, reason=reason):
                return tuple(piece for line in _plan(parts, reason) for piece in self._line(line))
            case DraftsCompared():
                return (*self._settle(), *self._line(_compared(event)))
            case AgentEnded(agent=agent):
                line = _ended(event)
                if agent == self._shown or self._shown is None:
                    self._shown = -1 if agent == self._shown else None
                    return (*self._line(line), *self._settle())
                if self._shown == -1:
                    return self._line(line)
                self._waiting.append(line)
            case ConsensusChanged(decided=True, leader=leader, rule=rule):
                return (
                    self._line(f"Decided: {bounded(leader, ANSWER_CHARACTERS)} ({RULES.get(rule, rule)}).")
                    if leader
                    else ()
                )
        return ()

    def _think(self, agent: int, text: str) -> tuple[Piece, ...]:
        if self._shown is None:
            self._shown = agent
            opening = self._line(f"[agent {agent + 1}] thinks aloud:")
            self._at_line_start = text.endswith("\n")
            return (*opening, Reasoning(text))
        if agent != self._shown or not text:
            return ()
        if self._waiting and "\n" in text:
            head, _, tail = text.partition("\n")
            self._at_line_start = True
            lines = self._settle()
            self._at_line_start = not tail or tail.endswith("\n")
            return (Reasoning(head + "\n"), *lines, *([Reasoning(tail)] if tail else []))
        self._at_line_start = text.endswith("\n")
        return (Reasoning(text),)

    def _line(self, text: str) -> tuple[Piece, ...]:
        start = "" if self._at_line_start else "\n"
        self._at_line_start = True
        return (Reasoning(f"{start}{text}\n"),)

    def _settle(self) -> tuple[Piece, ...]:
        lines = tuple(piece for line in self._waiting for piece in self._line(line))
        self._waiting.clear()
        return lines


def _plan(parts: tuple[SubQuestion, ...], reason: str) -> list[str]:
    opening = f"The request is divided into {len(parts)} parts: {reason}."
    return [opening, *(f"{n}. {bounded(part.text, ANSWER_CHARACTERS)}" for n, part in enumerate(parts, start=1))]


def _compared(event: DraftsCompared) -> str:
    if not event.pairs:
        return "The drafts were compared, but no verdict could be read."
    first = event.ranking[0][0] + 1
    found = f"the draft of agent {first} is best" if event.clear else f"the draft of agent {first} leads by little"
    turned = f"{event.flipped} of {event.pairs} verdicts turned with the order"
    return f"The drafts were compared: {found}; {turned}."


def _ended(event: AgentEnded) -> str:
    tokens = event.entry.tokens.generated
    name = f"[agent {event.agent + 1}]"
    if event.error:
        return f"{name} failed: {bounded(event.error, ANSWER_CHARACTERS)}"
    if event.entry.stop_reason == "consensus":
        return f"{name} was stopped after {tokens} tokens: the outcome is decided."
    if event.answer:
        return f"{name} answers {bounded(event.answer, ANSWER_CHARACTERS)} after {tokens} tokens."
    return f"{name} ended without a short answer after {tokens} tokens ({event.entry.stop_reason})."
