"""Whether a contemplation keeps its deadline, and what it makes of the seconds, on nano's held-out questions.

``python benchmarks/deadline.py [--questions N] [--deadlines 0.3,0.5,1,2,5] [--effort medium] [--model SPEC]``

Every question is asked once per deadline, interleaved. The clock runs from the question to its last
event, on an engine that is open but, for the first question, unknown. Kept means not a millisecond over.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from dataclasses import replace
from typing import Any

from common import correct, held_out, percentile, table, wilson, write
from helicon.budgets import Budget
from helicon.engines import open_engine
from helicon.engines.protocol import Engine
from helicon.messages import Effort, Question, as_effort, user
from helicon.modes import Run, read_answer


async def ask(engine: Engine, item: dict[str, str], seconds: float, effort: Effort, seed: int) -> dict[str, Any]:
    """One question within ``seconds``."""
    asked = Question(messages=(user(item["question"]),), mode="contemplating", effort=effort, seed=seed)
    asked = replace(asked, budget=Budget(deadline_seconds=seconds))
    began = time.perf_counter()
    async with Run(asked, engine) as run:
        result = await run.finish()
        took = time.perf_counter() - began
    answer = read_answer(result.answer)
    return {
        "family": item["family"],
        "answer": answer,
        "expected": item["answer"],
        "right": correct(answer, item),
        "answered": bool(result.answer.strip()),
        "seconds": round(took, 4),
        "kept": took <= seconds,
        "stop_reason": result.stop_reason,
        "rule": result.consensus.rule if result.consensus else "",
        "agents": len(result.agents),
        "finished": result.consensus.finished if result.consensus else 0,
        "rounds": len(result.rounds),
        "tokens": result.ledger.tokens.generated,
    }


def summary(rows: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
    """What one deadline came to."""
    count = len(rows)
    kept, right = sum(row["kept"] for row in rows), sum(row["right"] for row in rows)
    times = [row["seconds"] for row in rows]
    return {
        "questions": count,
        "kept": kept / count,
        "kept_interval": list(wilson(kept, count)),
        "accuracy": right / count,
        "accuracy_interval": list(wilson(right, count)),
        "answered": sum(row["answered"] for row in rows) / count,
        "decided_early": sum(row["stop_reason"] != "deadline" for row in rows) / count,
        "median_seconds": percentile(times, 0.5),
        "p95_seconds": percentile(times, 0.95),
        "longest_seconds": max(times),
        "longest_over": max(0.0, max(times) - seconds),
        "agents": sum(row["agents"] for row in rows) / count,
        "finished": sum(row["finished"] for row in rows) / count,
        "tokens": sum(row["tokens"] for row in rows) / count,
    }


async def measure(
    model: str, deadlines: list[float], items: list[dict[str, str]], effort: Effort
) -> dict[float, list[dict[str, Any]]]:
    """All questions by deadline."""
    rows: dict[float, list[dict[str, Any]]] = {seconds: [] for seconds in deadlines}
    engine = await open_engine(model)
    try:
        for number, item in enumerate(items):
            for seconds in deadlines:
                rows[seconds].append(await ask(engine, item, seconds, effort, seed=number + 1))
            if (number + 1) % 20 == 0:
                print(f"{number + 1:5}", *(f"{s:g}s {sum(r['kept'] for r in rows[s])}" for s in deadlines), flush=True)
    finally:
        await engine.close()
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--deadlines", default="0.3,0.5,1,2,5", help="seconds, with commas between")
    parser.add_argument("--effort", default="medium")
    parser.add_argument("--model", default="nano")
    options = parser.parse_args()
    deadlines = [float(seconds) for seconds in options.deadlines.split(",")]
    items = held_out(options.questions)
    rows = asyncio.run(measure(options.model, deadlines, items, as_effort(options.effort)))
    results = {f"{seconds:g}": summary(rows[seconds], seconds) for seconds in deadlines}
    table(
        [
            ["deadline", "kept", "longest", "accuracy", "answered", "decided early", "agents", "finished", "tokens"],
            *(
                [
                    f"{seconds} s",
                    f"{r['kept']:.1%}",
                    f"{r['longest_seconds']:.3f} s",
                    f"{r['accuracy']:.1%}",
                    f"{r['answered']:.1%}",
                    f"{r['decided_early']:.1%}",
                    f"{r['agents']:.1f}",
                    f"{r['finished']:.1f}",
                    f"{r['tokens']:.0f}",
                ]
                for seconds, r in results.items()
            ),
        ]
    )
    write(
        "deadline",
        {
            "model": options.model,
            "effort": options.effort,
            "deadlines": results,
            "rows": {f"{s:g}": rows[s] for s in deadlines},
        },
    )


if __name__ == "__main__":
    main()
