"""Helicon's rows: its own modes on the same engine, through the same proxy."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from helicon.budgets import Budget
from helicon.engines import open_engine
from helicon.messages import Question, as_mode, user
from helicon.modes import Run
from rows import MAX_TOKENS


@dataclass(slots=True)
class Helicon:
    """One mode with its options."""

    name: str
    mode: str
    options: dict[str, Any] = field(default_factory=dict)
    group: str = "E"
    engine: Any = None

    async def start(self, address: str, model: str) -> None:
        self.engine = await open_engine(f"{address}/v1#{model}")

    async def ask(self, question: str, seed: int) -> str:
        asked = Question(
            messages=(user(question),),
            mode=as_mode(self.mode),
            seed=seed,
            budget=Budget(max_tokens=MAX_TOKENS),
            **self.options,
        )
        async with Run(asked, self.engine) as run:
            return (await run.finish()).answer

    async def close(self) -> None:
        if self.engine is not None:
            await self.engine.close()
