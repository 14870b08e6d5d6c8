"""Prompt tokens that the engine reads for 8 agents on a 3,000-token prompt, with and without sharing.

``python benchmarks/prefix.py [--agents N] [--words N]``. The counts are the engine's own.
"""

from __future__ import annotations

import argparse
import asyncio
from typing import Any

from common import table, write
from helicon.budgets import Budget
from helicon.engines import open_engine
from helicon.messages import Question, user
from helicon.modes import Run


async def measure(agents: int, words: int) -> dict[str, Any]:
    text = " ".join(f"{number % 10}" for number in range(words))
    question = f"{text}\n\nWhat is 12 + 30?"
    seen: dict[str, Any] = {}
    for mode, budget in (
        ("thinking", Budget(thinking_tokens=8, max_tokens=16)),
        ("contemplating", Budget(thinking_tokens=8, max_tokens=16, agents=agents, rounds=1)),
    ):
        engine = await open_engine("nano")  # a fresh engine each time: nothing is cached
        try:
            asked = Question(messages=(user(question),), mode=mode, budget=budget, seed=1)  # type: ignore[arg-type]
            async with Run(asked, engine) as run:
                result = await run.finish()
        finally:
            await engine.close()
        seen[mode] = {
            "prompt": result.ledger.tokens.prompt,
            "prefilled": result.ledger.tokens.prefilled,
            "calls": [
                {"kind": e.kind, "agent": e.agent, "prompt": e.tokens.prompt, "prefilled": e.tokens.prefilled}
                for e in result.ledger.entries
            ],
        }
    return seen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=8)
    parser.add_argument("--words", type=int, default=1480, help="each is about two tokens on nano")
    options = parser.parse_args()
    seen = asyncio.run(measure(options.agents, options.words))
    one = seen["thinking"]["prefilled"]
    many = seen["contemplating"]["prefilled"]
    table(
        [
            ["what", "prompt tokens", "really read"],
            ["one agent", seen["thinking"]["prompt"], one],
            [f"{options.agents} agents", seen["contemplating"]["prompt"], many],
        ]
    )
    print(f"{options.agents} agents read {many / one:.2f} times one agent's prompt")
    write("prefix", {"agents": options.agents, "ratio": many / one, **seen})


if __name__ == "__main__":
    main()
