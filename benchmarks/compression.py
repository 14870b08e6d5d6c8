"""What compression saves and costs in the mode ``thinking``: off, safe and strong on the same questions and seeds.

``python benchmarks/compression.py [--questions N] [--model SPEC] [--hint N] [--levels off,safe,strong]``

Every level sees the same question with the same seed, one after the other. Thinking tokens are what the
engine counted; trial answers (probes) are counted apart. Accuracy is compared in pairs: a level is not
inferior when the whole 95% interval of its paired difference to ``off`` lies above -0.5 points. The saving's
interval comes from 2,000 paired resamplings of the questions. ``--hint`` appends one of the modes' hints to
every question (2: "Check the result before you answer."), which makes nano's thoughts longer. A thought that
was cut for a trial goes on with another seed, so levels also differ by chance; ``--temperature 0`` takes
that away.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from common import correct, held_out, paired, percentile, table, wilson, write
from helicon.budgets import Budget
from helicon.engines import open_engine
from helicon.engines.protocol import Engine
from helicon.evals.statistics import discordant
from helicon.events import ThoughtProbed
from helicon.messages import COMPRESSIONS, Compression, Question, Sampling, as_compression, user
from helicon.modes import Run, prompts, read_answer

MARGIN_POINTS = 0.5
RESAMPLINGS = 2000
Row = dict[str, Any]


async def ask(engine: Engine, level: Compression, item: dict[str, str], seed: int, options: argparse.Namespace) -> Row:
    text = prompts.with_hint(item["question"], options.hint)
    asked = Question(
        messages=(user(text),),
        mode="thinking",
        seed=seed,
        compression=level,
        budget=Budget(thinking_tokens=options.budget_tokens),
        sampling=Sampling(temperature=options.temperature),
    )
    probes: list[ThoughtProbed] = []
    began = time.perf_counter()
    async with Run(asked, engine) as run:
        async for event in run:
            if isinstance(event, ThoughtProbed):
                probes.append(event)
        result = run.result
    entries = result.ledger.entries
    tried = [entry.tokens for entry in entries if entry.kind == "probe"]
    answer = read_answer(result.answer)
    return {
        "family": item.get("family", ""),
        "answer": answer,
        "expected": item["answer"],
        "right": correct(answer, item),
        "thinking": result.ledger.tokens.thinking,
        "probe": sum(tokens.generated for tokens in tried),
        "generated": result.ledger.tokens.generated,
        "prefilled": result.ledger.tokens.prefilled,
        "probes": len(tried),
        "exit": any(event.decision == "exit" for event in probes),
        "unable": [event.reason for event in probes if event.decision == "unable"],
        "stop_reason": result.stop_reason,
        "seconds": round(time.perf_counter() - began, 4),
    }


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    right, count = sum(row["right"] for row in rows), len(rows)

    def mean(name: str) -> float:
        return float(sum(row[name] for row in rows)) / count

    return {
        "questions": count,
        "accuracy": right / count,
        "interval": list(wilson(right, count)),
        **{f"{name}_tokens": mean(name) for name in ("thinking", "probe", "generated", "prefilled")},
        "probes": mean("probes"),
        "exits": mean("exit"),
        "seconds": mean("seconds"),
        "unable": dict(Counter(reason for row in rows for reason in row["unable"])),
    }


def compared(off: Sequence[Row], level: Sequence[Row]) -> dict[str, Any]:
    """``level`` against ``off``: points of accuracy and shares of tokens, with 95% intervals."""
    points = paired(off, level)
    apart = discordant([row["right"] for row in off], [row["right"] for row in level])
    return {
        **points,
        "margin": -MARGIN_POINTS,
        "not_inferior": points["low"] > -MARGIN_POINTS,
        "lost": apart.lost,
        "won": apart.won,
        "thinking_saved": saved(off, level, lambda row: row["thinking"]),
        "thinking_and_probes_saved": saved(off, level, lambda row: row["thinking"] + row["probe"]),
        "generated_saved": saved(off, level, lambda row: row["generated"]),
    }


def saved(off: Sequence[Row], level: Sequence[Row], read: Callable[[Row], int]) -> dict[str, float]:
    """The share of ``off``'s tokens that ``level`` did not use."""
    pairs = [(read(a), read(b)) for a, b in zip(off, level, strict=True)]

    def share(drawn: Sequence[tuple[int, int]]) -> float:
        return 1 - sum(b for _, b in drawn) / max(1, sum(a for a, _ in drawn))

    random = Random(1)
    drawn = [share(random.choices(pairs, k=len(pairs))) for _ in range(RESAMPLINGS)]
    return {"share": share(pairs), "low": percentile(drawn, 0.025), "high": percentile(drawn, 0.975)}


async def measure(
    options: argparse.Namespace, levels: Sequence[Compression], items: Sequence[dict[str, str]]
) -> dict[str, list[Row]]:
    engine = await open_engine(options.model)
    rows: dict[str, list[Row]] = {level: [] for level in levels}
    try:
        for number, item in enumerate(items):
            for level in levels:  # interleaved, so that noise of the machine meets all levels alike
                rows[level].append(await ask(engine, level, item, number + 1, options))
            if (number + 1) % 100 == 0:
                shown = "  ".join(
                    f"{name} {sum(r['right'] for r in mine) / len(mine):.1%}"
                    f" {sum(r['thinking'] for r in mine) / len(mine):.0f}"
                    for name, mine in rows.items()
                )
                print(f"{number + 1:5} {shown}", flush=True)
    finally:
        await engine.close()
    return rows


def show(results: dict[str, dict[str, Any]], pairs: dict[str, dict[str, Any]]) -> None:
    head = ["level", "accuracy", "95% interval", "thinking", "probe", "probes", "exits", "generated"]
    body = [
        [
            level,
            f"{r['accuracy']:.1%}",
            f"{r['interval'][0]:.1%} to {r['interval'][1]:.1%}",
            *(f"{r[name]:.1f}" for name in ("thinking_tokens", "probe_tokens", "probes")),
            f"{r['exits']:.0%}",
            f"{r['generated_tokens']:.1f}",
        ]
        for level, r in results.items()
    ]
    table([head, *body])
    for name, pair in pairs.items():
        thinking, both = pair["thinking_saved"], pair["thinking_and_probes_saved"]
        print(
            f"{name}: {pair['points']:+.2f} points ({pair['low']:+.2f} to {pair['high']:+.2f}; "
            f"{'not inferior' if pair['not_inferior'] else 'non-inferiority not shown'} at {MARGIN_POINTS} points), "
            f"thinking {-thinking['share']:+.1%} ({-thinking['high']:+.1%} to {-thinking['low']:+.1%}), "
            f"with probes {-both['share']:+.1%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--skip", type=int, default=0, help="of the held-out questions, from the first")
    parser.add_argument("--levels", default=",".join(COMPRESSIONS))
    parser.add_argument("--model", default="nano")
    parser.add_argument("--hint", type=int, default=0, choices=range(len(prompts.HINTS)))
    parser.add_argument("--budget-tokens", type=int, default=512, help="thinking tokens")
    parser.add_argument("--temperature", type=float, help="default: the model family's")
    parser.add_argument("--name", default="compression", help="of the file in benchmarks/results")
    options = parser.parse_args()
    levels = [as_compression(name) for name in options.levels.split(",")]
    rows = asyncio.run(measure(options, levels, held_out(options.questions, skip=options.skip)))
    results = {level: summary(rows[level]) for level in levels}
    pairs = {
        f"{level} - off": compared(rows["off"], rows[level]) for level in levels if level != "off" and "off" in rows
    }
    show(results, pairs)
    write(
        options.name,
        {
            "model": options.model,
            "hint": prompts.HINTS[options.hint],
            "budget_tokens": options.budget_tokens,
            "temperature": options.temperature,
            "levels": results,
            "paired": pairs,
            "rows": rows,
        },
    )


if __name__ == "__main__":
    main()
