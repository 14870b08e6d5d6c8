"""Prompt tokens that the engine reads for 8 agents on a 3,000-token prompt, with and without sharing.

``python benchmarks/prefix.py [--agents N] [--words N]``. The counts are the engine's own. Without
sharing: the same contemplation, its agents' requests sent as they are.
"""

from __future__ import annotations

import argparse
import asyncio
from dataclasses import replace
from typing import Any

from common import table, write
from helicon.budgets import Budget
from helicon.engines import EmbeddedEngine, parse_spec
from helicon.messages import Mode, Question, user
from helicon.modes import Run


async def ask(mode: Mode, budget: Budget, text: str, *, sharing: bool = True) -> dict[str, Any]:
    engine = await EmbeddedEngine.start(parse_spec("nano"))  # a fresh one each time: nothing is cached
    try:
        if not sharing:
            able = replace(await engine.probe(), share_prefix=False)

            async def probe() -> Any:
                return able

            engine.probe = probe  # type: ignore[method-assign]
        async with Run(Question(messages=(user(text),), mode=mode, budget=budget, seed=1), engine) as run:
            result = await run.finish()
    finally:
        await engine.close()
    entries = result.ledger.entries
    return {
        "prompt": result.ledger.tokens.prompt,
        "prefilled": result.ledger.tokens.prefilled,
        "calls": [
            {"kind": e.kind, "agent": e.agent, "prompt": e.tokens.prompt, "prefilled": e.tokens.prefilled}
            for e in entries
        ],
    }


async def measure(agents: int, words: int) -> dict[str, Any]:
    text = " ".join(f"{number % 10}" for number in range(words))
    question = f"{text}\n\nWhat is 12 + 30?"
    one = Budget(thinking_tokens=8, max_tokens=16)
    many = Budget(thinking_tokens=8, max_tokens=16, agents=agents, rounds=1)
    return {
        "thinking": await ask("thinking", one, question),
        "contemplating": await ask("contemplating", many, question),
        "unshared": await ask("contemplating", many, question, sharing=False),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--agents", type=int, default=8)
    parser.add_argument("--words", type=int, default=1480, help="each is about two tokens on nano")
    options = parser.parse_args()
    seen = asyncio.run(measure(options.agents, options.words))
    ratio = seen["contemplating"]["prefilled"] / seen["thinking"]["prefilled"]
    table(
        [
            ["what", "prompt tokens", "really read"],
            ["one agent", seen["thinking"]["prompt"], seen["thinking"]["prefilled"]],
            [f"{options.agents} agents", seen["contemplating"]["prompt"], seen["contemplating"]["prefilled"]],
            [f"{options.agents} agents, not shared", seen["unshared"]["prompt"], seen["unshared"]["prefilled"]],
        ]
    )
    print(f"{options.agents} agents read {ratio:.2f} times one agent's prompt")
    write("prefix", {"agents": options.agents, "ratio": ratio, **seen})


if __name__ == "__main__":
    main()
