"""What is kept, as the page's API shows it. Pure."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

from helicon.events import AgentResult, AnswerDelta, AnswerReset, Event, Result, ThinkingDelta

if TYPE_CHECKING:
    from helicon.store import Conversation, StoredMessage

_HIDDEN = frozenset({"owner"})


def plain(value: Any) -> dict[str, Any]:
    """A value of the store as JSON-ready fields, without its owner."""
    return {one.name: _plain(getattr(value, one.name)) for one in fields(value) if one.name not in _HIDDEN}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return plain(value) if hasattr(value, "__dataclass_fields__") else value


def show_conversation(conversation: Conversation, *, incognito: bool) -> dict[str, Any]:
    """CONVERSATION."""
    return plain(conversation) | {"incognito": incognito}


def show_message(message: StoredMessage, *, blind: bool = False) -> dict[str, Any]:
    """MESSAGE; ``blind`` hides who answered."""
    shown = plain(message)
    if blind and message.role == "assistant":
        shown |= {"model": "", "mode": "", "summary": None, "error": "The run failed." if message.error else ""}
    return shown


class ThinkingClock:
    """How long a run thought before the answer that stands: feed it every event."""

    def __init__(self) -> None:
        self._first: float | None = None
        self._last = 0.0
        self._answered: float | None = None

    def feed(self, event: Event) -> None:
        """Take one more event."""
        match event:
            case ThinkingDelta():
                self._first = event.at if self._first is None else self._first
                self._last = event.at
            case AnswerDelta():
                self._answered = event.at if self._answered is None else self._answered
            case AnswerReset():
                self._answered = None

    @property
    def seconds(self) -> float:
        """From the first thought to the answer, or to the last thought where none came."""
        if self._first is None:
            return 0.0
        return max(0.0, (self._last if self._answered is None else self._answered) - self._first)


def summary_of(result: Result, thinking_seconds: float) -> dict[str, Any]:
    """MESSAGE.summary: what a run came to, in the numbers that fit on one line."""
    tokens, consensus = result.ledger.tokens, result.consensus
    return {
        "mode": result.mode,
        "asked_mode": result.asked_mode,
        "reason": result.reason,
        "stop_reason": result.stop_reason,
        "seconds": round(result.seconds, 3),
        "thinking_seconds": round(thinking_seconds, 3),
        "tokens": {
            "prompt": tokens.prompt,
            "cached": tokens.cached,
            "thinking": tokens.thinking,
            "answer": tokens.answer,
            "cancelled": result.ledger.cancelled.generated,
        },
        "money": result.ledger.money,
        "agents": len(result.agents),
        "finished": sum(1 for agent in result.agents if _finished(agent)),
        "agreeing": _agreeing(result),
        "rounds": len(result.rounds),
        "rule": consensus.rule if consensus else "",
        "leader": consensus.leader if consensus else "",
    }


def _finished(agent: AgentResult) -> bool:
    return agent.stop_reason not in (None, "consensus", "cancelled", "interrupted", "asked", "deadline", "error")


def _agreeing(result: Result) -> int:
    """Agents behind the leading answer."""
    consensus = result.consensus
    if consensus is None or not consensus.leader:
        return 0
    for (answer, _), voters in zip(consensus.votes, consensus.voters, strict=False):
        if answer == consensus.leader:
            return len(voters)
    return sum(1 for agent in result.agents if agent.answer == consensus.leader)


def title_of(text: str) -> str:
    """A conversation's name from the first words said in it."""
    line = " ".join(text.split())
    if len(line) <= TITLE_CHARACTERS:
        return line
    cut = line[:TITLE_CHARACTERS].rsplit(" ", 1)[0]
    return (cut if len(cut) > TITLE_CHARACTERS // 2 else line[:TITLE_CHARACTERS]) + "…"


TITLE_CHARACTERS = 60
