"""Budgets: upper bounds on a run, and the arithmetic that divides them.

Values only. Hitting a budget is a result with a stop reason, never an exception.
"""

from __future__ import annotations

from dataclasses import dataclass

from helicon.errors import BadOption

DEFAULT_AGENTS = 8
MAX_AGENTS = 64
MAX_ROUNDS = 8
DEFAULT_THINKING_TOKENS = 8192
ANSWER_RESERVE = 512
"""Tokens kept for the answer when thinking and answer share one bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """Upper bounds of one run. ``None`` means the mode's default or no bound."""

    thinking_tokens: int | None = None
    """Thinking tokens of one agent (``--budget-tokens``)."""
    total_tokens: int | None = None
    """Generated tokens of the whole run, all agents and rounds together."""
    max_tokens: int | None = None
    """Thinking and answer of one agent together (OpenAI's ``max_completion_tokens``)."""
    deadline_seconds: float | None = None
    """Wall time from the start of the run to its last event."""
    agents: int | None = None
    rounds: int | None = None
    money: float | None = None
    """In the currency of the engine's prices; needs an engine with prices."""

    def __post_init__(self) -> None:
        _whole("budget_tokens", self.thinking_tokens, 0, 10_000_000)
        _whole("total_tokens", self.total_tokens, 1, 1_000_000_000)
        _whole("max_tokens", self.max_tokens, 1, 10_000_000)
        _whole("agents", self.agents, 1, MAX_AGENTS)
        _whole("rounds", self.rounds, 1, MAX_ROUNDS)
        _positive("deadline_seconds", self.deadline_seconds)
        _positive("money", self.money)


def _whole(name: str, value: object, least: int, most: int) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadOption(f"{name} is {value!r}; expected a whole number from {least} to {most}.")


def _positive(name: str, value: object) -> None:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        raise BadOption(f"{name} is {value!r}; expected a number above 0.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """How one agent's tokens divide."""

    thinking: int
    """At most this many thinking tokens."""
    total: int
    """At most this many tokens, thinking and answer together."""


def split(budget: Budget, *, answer_reserve: int = ANSWER_RESERVE, room: int | None = None) -> Split:
    """Divide one agent's tokens: ``thinking = min(asked, max_tokens - reserve)``.

    ``room`` is what the context leaves after the prompt. The reserve shrinks to half of a
    bound that is smaller than twice the reserve, so that both parts keep some tokens.
    """
    wished = DEFAULT_THINKING_TOKENS if budget.thinking_tokens is None else budget.thinking_tokens
    bounds = [b for b in (budget.max_tokens, room, budget.total_tokens) if b is not None]
    if not bounds:
        return Split(thinking=wished, total=wished + max(answer_reserve, 2048))
    total = max(1, min(bounds))
    reserve = min(answer_reserve, (total + 1) // 2)
    return Split(thinking=max(0, min(wished, total - reserve)), total=total)
