"""Accuracy, tokens and seconds per question by mode, on nano and its held-out questions.

``python benchmarks/modes.py [--questions N] [--modes instant,thinking,...] [--model SPEC]``

Every mode sees the same questions; an answer counts as right when ``helicon.modes`` judges it equal
to the expected one. Differences between modes are paired over questions.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import defaultdict
from typing import Any

from common import correct, held_out, paired, table, wilson, write
from helicon.budgets import Budget
from helicon.engines import open_engine
from helicon.engines.protocol import Engine
from helicon.messages import Mode, Question, as_mode, user
from helicon.modes import Run, read_answer


async def ask(engine: Engine, mode: Mode, item: dict[str, str], seed: int, budget: Budget) -> dict[str, Any]:
    began = time.perf_counter()
    asked = Question(messages=(user(item["question"]),), mode=mode, seed=seed, budget=budget)
    async with Run(asked, engine) as run:
        result = await run.finish()
    tokens = result.ledger.tokens
    answer = read_answer(result.answer)
    return {
        "family": item["family"],
        "answer": answer,
        "expected": item["answer"],
        "right": correct(answer, item),
        "mode": result.mode,
        "thinking": tokens.thinking,
        "generated": tokens.generated,
        "cancelled": result.ledger.cancelled.generated,
        "longest": max((agent.tokens.generated for agent in result.agents), default=0),
        "prefilled": tokens.prefilled,
        "agents": len(result.agents),
        "stop_reason": result.stop_reason,
        "seconds": round(time.perf_counter() - began, 4),
    }


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    right = sum(row["right"] for row in rows)
    low, high = wilson(right, len(rows))
    families: dict[str, list[bool]] = defaultdict(list)
    for row in rows:
        families[row["family"]].append(row["right"])
    count = len(rows)
    return {
        "questions": count,
        "accuracy": right / count,
        "interval": [low, high],
        "thinking_tokens": sum(row["thinking"] for row in rows) / count,
        "generated_tokens": sum(row["generated"] for row in rows) / count,
        "sequential_tokens": sum(row["longest"] for row in rows) / count,
        "cancelled_tokens": sum(row["cancelled"] for row in rows) / count,
        "seconds": sum(row["seconds"] for row in rows) / count,
        "tokens_per_right": sum(row["generated"] for row in rows) / max(1, right),
        "by_family": {name: sum(marks) / len(marks) for name, marks in sorted(families.items())},
    }


async def measure(
    model: str, modes: list[Mode], items: list[dict[str, str]], budget: Budget
) -> dict[str, list[dict[str, Any]]]:
    engine = await open_engine(model)
    rows: dict[str, list[dict[str, Any]]] = {mode: [] for mode in modes}
    try:
        for number, item in enumerate(items):
            for mode in modes:  # interleaved, so that noise of the machine meets all modes alike
                rows[mode].append(await ask(engine, mode, item, seed=number + 1, budget=budget))
            if (number + 1) % 50 == 0:
                shown = "  ".join(f"{m} {sum(r['right'] for r in rows[m]) / len(rows[m]):.1%}" for m in modes)
                print(f"{number + 1:5} {shown}", flush=True)
    finally:
        await engine.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--modes", default="instant,thinking,contemplating,auto")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--budget-tokens", type=int, default=512, help="thinking tokens of one agent")
    options = parser.parse_args()
    modes = [as_mode(name) for name in options.modes.split(",")]
    items = held_out(options.questions)
    rows = asyncio.run(measure(options.model, modes, items, Budget(thinking_tokens=options.budget_tokens)))
    results = {mode: summary(rows[mode]) for mode in modes}
    table(
        [
            ["mode", "accuracy", "95% interval", "tokens", "sequential", "seconds", "tokens/right"],
            *(
                [
                    mode,
                    f"{r['accuracy']:.1%}",
                    f"{r['interval'][0]:.1%} to {r['interval'][1]:.1%}",
                    f"{r['generated_tokens']:.0f}",
                    f"{r['sequential_tokens']:.0f}",
                    f"{r['seconds']:.3f}",
                    f"{r['tokens_per_right']:.0f}",
                ]
                for mode, r in results.items()
            ),
        ]
    )
    pairs = {
        f"{b} - {a}": paired(rows[a], rows[b])
        for a, b in (("instant", "thinking"), ("thinking", "contemplating"), ("contemplating", "auto"))
        if a in rows and b in rows
    }
    for name, difference in pairs.items():
        print(f"{name}: {difference['points']:+.1f} points ({difference['low']:+.1f} to {difference['high']:+.1f})")
    write(
        "modes",
        {
            "model": options.model,
            "budget_tokens": options.budget_tokens,
            "modes": results,
            "paired": pairs,
            "rows": rows,
        },
    )


if __name__ == "__main__":
    main()
