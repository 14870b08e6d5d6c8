"""Play a question on an engine and keep every event: what most tests of the modes begin with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from helicon.budgets import Budget
from helicon.engines.protocol import Capabilities, Engine, Request
from helicon.engines.scripted import ABLE, Script, ScriptedEngine
from helicon.events import Event, Result
from helicon.messages import Mode, Question, user
from helicon.modes import Run

E = TypeVar("E")


def question(
    text: str = "What is 17 + 25?", mode: Mode = "thinking", *, seed: int | None = 1, **budget: Any
) -> Question:
    """A question with a fixed seed; further names are the budget's."""
    return Question(messages=(user(text),), mode=mode, seed=seed, budget=Budget(**budget))


async def play(asked: Question, engine: Engine) -> tuple[list[Event], Result]:
    """Every event, and the run's own result."""
    async with Run(asked, engine) as run:
        events = [event async for event in run]
        return events, run.result


def long_thought(length: int) -> str:
    """That many different words, so that the loop guard sees no loop."""
    return " ".join(f"thought{number}" for number in range(length))


def of(kind: type[E], events: Sequence[Event]) -> list[E]:
    """The events of one type."""
    return [event for event in events if isinstance(event, kind)]


def engine_of(
    scripts: Sequence[Script] | Callable[[Request], Script],
    *,
    capabilities: Capabilities = ABLE,
    slots: int | None = None,
) -> ScriptedEngine:
    """A scripted engine."""
    return ScriptedEngine(scripts, capabilities=capabilities, slots=slots)
