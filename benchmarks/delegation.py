"""What dividing a request adds: two held-out questions of nano's in one request, divided or voted on as a whole.

``python benchmarks/delegation.py [--requests N] [--effort low|medium|high] [--model SPEC]``

Both ways see the same requests and seeds, in turn. A divided answer has its parts under their numbers, and each
is read there. An answer to the whole has no such places, so it is read generously: a part counts as right
when the expected answer stands anywhere in it.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import time
from random import Random
from typing import Any

from common import held_out, table, wilson, write
from helicon.engines import open_engine
from helicon.engines.protocol import Engine
from helicon.events import Result
from helicon.messages import Delegation, Question, as_effort, user
from helicon.modes import Run, read_answer, same

WAYS: tuple[Delegation, ...] = ("auto", "off")
SEED = 20
NOTE = re.compile(r" \((?:unfinished|\d+ of \d+ agents say so).*\)\s*$", re.DOTALL)
"""What stands behind a part's answer."""


def right_parts(result: Result, expected: list[str]) -> int:
    """How many of the expected answers ``result`` has."""
    if result.plan:
        places = re.split(r"(?:^|\n\n)\d+\. ", result.answer)[1:]
        read = [read_answer(NOTE.sub("", place)) for place in places]
        return sum(same(one, wanted) for one, wanted in zip(read, expected, strict=False))
    plain = result.answer.partition("\n\nRests on")[0]
    return sum(re.search(rf"(?<![\w.]){re.escape(wanted)}(?!\w)", plain) is not None for wanted in expected)


async def ask(engine: Engine, question: Question, expected: list[str], way: str) -> dict[str, Any]:
    began = time.perf_counter()
    async with Run(question, engine) as run:
        result = await run.finish()
    return {
        "way": way,
        "divided": result.plan is not None,
        "right": right_parts(result, expected),
        "parts": len(expected),
        "generated": result.ledger.tokens.generated,
        "seconds": round(time.perf_counter() - began, 4),
        "answer": result.answer,
        "expected": expected,
    }


async def measure(model: str, requests: int, effort: str) -> list[dict[str, Any]]:
    items = held_out()
    random = Random(SEED)
    engine = await open_engine(model)
    rows = []
    try:
        for number in range(requests):
            two = random.sample(items, 2)
            text = f"1. {two[0]['question']} 2. {two[1]['question']}"
            for way in WAYS:
                question = Question(
                    messages=(user(text),), mode="contemplating", effort=as_effort(effort), delegate=way, seed=number
                )
                rows.append(await ask(engine, question, [item["answer"] for item in two], way))
    finally:
        await engine.close()
    return rows


def summary(rows: list[dict[str, Any]]) -> dict[str, Any]:
    right, parts = sum(row["right"] for row in rows), sum(row["parts"] for row in rows)
    low, high = wilson(right, parts)
    return {
        "requests": len(rows),
        "divided": sum(row["divided"] for row in rows) / len(rows),
        "parts_right": right / parts,
        "low": low,
        "high": high,
        "tokens": sum(row["generated"] for row in rows) / len(rows),
        "seconds": sum(row["seconds"] for row in rows) / len(rows),
    }


def main() -> None:
    """Measure and write the raw results."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--requests", type=int, default=100)
    parser.add_argument("--effort", default="medium")
    parser.add_argument("--model", default="nano")
    given = parser.parse_args()
    rows = asyncio.run(measure(given.model, given.requests, given.effort))
    found = {way: summary([row for row in rows if row["way"] == way]) for way in WAYS}
    head = ["delegate", "divided", "parts right", "95% interval", "tokens", "seconds"]
    body = [
        [
            way,
            f"{one['divided']:.0%}",
            f"{one['parts_right']:.1%}",
            f"{one['low']:.1%} to {one['high']:.1%}",
            f"{one['tokens']:.0f}",
            f"{one['seconds']:.2f}",
        ]
        for way, one in found.items()
    ]
    table([head, *body])
    write("delegation", {"model": given.model, "effort": given.effort, "summary": found, "rows": rows})


if __name__ == "__main__":
    main()
