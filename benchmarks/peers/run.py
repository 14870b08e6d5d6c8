"""Helicon's modes beside every open peer: same engine, same questions, in turn.

    python benchmarks/peers/run.py                       # everything, 300 questions
    python benchmarks/peers/run.py --questions 20 --only B,E
    python benchmarks/peers/run.py --questions 300 --resume

Writes ``benchmarks/results/peers.json``; a row that cannot run is named there with its reason.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from common import ROOT, correct, held_out, table, write  # noqa: E402
from environments import prepare  # noqa: E402
from helicon.modes import read_answer  # noqa: E402
from helicon_rows import Helicon  # noqa: E402
from peer_rows import Driven, OptillmRow  # noqa: E402
from proxy import Proxy, longest_path  # noqa: E402
from rows import Chain, LongChain, Majority, Row  # noqa: E402
from summary import comparisons, summarise  # noqa: E402

NANO = ROOT / "src" / "helicon" / "engines" / "nano.gguf"
BASELINE = "majority@16"
SLOW = {"optillm mars": 25}
"""Rows that take minutes for a question: only each n-th question is asked; they are compared over those."""
CANNOT_RUN = {"optillm deepconf": "needs optillm's own local inference with PyTorch; its proxy does not offer it"}
"""Peers that cannot be asked through a server at all."""
SECONDS = 120
"""For one question of one row; beyond it the row has failed the question."""


def all_rows(limit: int) -> list[Row]:
    """The table's rows. ``limit`` is the most samples of the rows that stop by themselves."""
    return [
        Chain("greedy", {"temperature": 0.0}),
        Chain("sampled"),
        *(Majority(f"majority@{count}", count=count) for count in (4, 8, 16, 32)),
        LongChain("long chain"),
        Driven("Adaptive-Consistency", "adaptive", "adaptive_driver.py", {"budget": limit}, group="B"),
        *(
            OptillmRow(f"optillm {approach}", approach)
            for approach in ("self_consistency", "majority_voting", "bon", "moa", "mars", "rto", "cot_reflection")
        ),
        Driven(
            "its_hub self-consistency@8",
            "its_hub",
            "its_hub_driver.py",
            {"algorithm": "self_consistency", "budget": 8},
        ),
        Driven("its_hub best-of-8", "its_hub", "its_hub_driver.py", {"algorithm": "best_of_n", "budget": 8}),
        *(Helicon(f"thinking, {level}", "thinking", {"compression": level}) for level in ("off", "safe", "strong")),
        *(Helicon(f"contemplating, {effort}", "contemplating", {"effort": effort}) for effort in EFFORTS),
        Helicon("auto", "auto"),
    ]


EFFORTS = ("low", "medium", "high")


class Engine:
    """The engine's process."""

    def __init__(self, model: Path, slots: int, context: int, threads: int) -> None:
        arguments = [str(model), *map(str, (slots, context, threads))]
        self.process = subprocess.Popen(
            [sys.executable, str(HERE / "engine.py"), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.process.stdout is not None
        self.address = self.process.stdout.readline().strip()

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()


async def ask(row: Row, proxy: Proxy, item: dict[str, str], seed: int) -> dict[str, Any]:
    """One question to one row, with everything that the engine did for it."""
    began = time.perf_counter()
    error = ""
    text = ""
    try:
        text = await asyncio.wait_for(row.ask(item["question"], seed), SECONDS)
    except Exception as failure:  # noqa: BLE001 - a boundary: a peer's failure is a result
        error = f"{type(failure).__name__}: {failure}"[:300]
    seconds = time.perf_counter() - began
    calls = await proxy.take()
    answer = read_answer(text) if text else ""
    return {
        "answer": answer,
        "right": bool(text) and correct(answer, item),
        "tokens": sum(call.generated for call in calls),
        "prompt": sum(call.prompt for call in calls),
        "sequential": longest_path(calls),
        "calls": len(calls),
        "cut": sum(not call.finished for call in calls),
        "seconds": round(seconds, 4),
        "error": error,
    }


async def start(rows: list[Row], proxy: Proxy, model: str) -> tuple[list[Row], dict[str, str]]:
    """The rows that could be made ready, and why the others could not."""
    ready, missing = [], dict(CANNOT_RUN)
    for row in rows:
        needs = {"C": "optillm"}.get(row.group) or getattr(row, "environment", "")
        reason = prepare(needs) if needs else ""
        if not reason:
            try:
                await row.start(proxy.address, model)
            except Exception as failure:  # noqa: BLE001 - a boundary: a peer that does not start is a result
                reason = f"{type(failure).__name__}: {failure}"[:300]
        if reason:
            missing[row.name] = reason
            print(f"left out: {row.name}: {reason}", flush=True)
        else:
            ready.append(row)
    await proxy.take()
    return ready, missing


async def measure(options: argparse.Namespace, items: list[dict[str, str]]) -> dict[str, Any]:
    """All rows over all questions, question by question; raw results are kept as they come."""
    part = options.part
    done: list[dict[str, Any]] = []
    if options.resume and part.exists():
        done = [json.loads(line) for line in part.read_text().splitlines()]
    engine = Engine(options.model, options.slots, options.context, options.threads)
    proxy = Proxy(engine.address)
    await proxy.start()
    try:
        wanted = [row for row in all_rows(options.limit) if chosen(row, options.only)]
        rows, missing = await start(wanted, proxy, "nano")
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("a" if done else "w") as file:
            for number in range(len(done), len(items)):
                made = {}
                for row in rows:
                    if number % SLOW.get(row.name, 1):
                        continue
                    if isinstance(row, LongChain) and BASELINE in made:
                        row.tokens = made[BASELINE]["tokens"]
                    made[row.name] = await ask(row, proxy, items[number], number + 1)
                done.append(made)
                file.write(json.dumps(made) + "\n")
                file.flush()
                if (number + 1) % 10 == 0:
                    print(f"{number + 1} questions", flush=True)
        names = [row.name for row in rows]
        groups = {row.name: row.group for row in rows}
        for row in rows:
            await row.close()
    finally:
        await proxy.close()
        engine.close()
    return {
        "rows": {name: {number: made[name] for number, made in enumerate(done) if name in made} for name in names},
        "groups": groups,
        "left_out": missing,
    }


def chosen(row: Row, only: str) -> bool:
    return not only or any(row.group == part or part in row.name for part in only.split(","))


def show(results: dict[str, Any]) -> None:
    head = ["row", "accuracy", "95% interval", "tokens", "sequential", "seconds", "tokens/right", "errors"]
    lines: list[list[str]] = [head]
    for name, s in results["summary"].items():
        interval = f"{s['interval'][0]:.1%} to {s['interval'][1]:.1%}"
        figures = [
            f"{s['tokens']:.0f}",
            f"{s['sequential']:.0f}",
            f"{s['seconds']:.3f}",
            f"{s['tokens_per_right']:.0f}",
        ]
        lines.append([name, f"{s['accuracy']:.1%}", interval, *figures, str(s["errors"])])
    table(lines)
    for c in results["comparisons"]:
        print(
            f"{c['row']} against {c['against']}: {c['points']:+.1f} points ({c['low']:+.1f} to {c['high']:+.1f}), "
            f"tokens {c['tokens_ratio']:.0%}, sequential {c['sequential_ratio']:.0%}, seconds {c['seconds_ratio']:.0%}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--questions", type=int, default=300)
    parser.add_argument("--only", default="", help="groups (A to E) or parts of names, separated by commas")
    parser.add_argument("--limit", type=int, default=32, help="most samples of Adaptive-Consistency")
    parser.add_argument("--model", type=Path, default=NANO)
    parser.add_argument("--slots", type=int, default=16)
    parser.add_argument("--context", type=int, default=2048, help="tokens of one slot")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--resume", action="store_true", help="go on where a stopped run ended")
    parser.add_argument("--part", type=Path, default=ROOT / "runs" / "peers.jsonl", help="raw results as they come")
    parser.add_argument("--name", default="peers", help="of the file in benchmarks/results")
    options = parser.parse_args()
    items = held_out(options.questions)
    made = asyncio.run(measure(options, items))
    results = {
        "model": options.model.name,
        "questions": len(items),
        "slots": options.slots,
        "summary": {name: summarise(list(asked.values())) for name, asked in made["rows"].items()},
        "comparisons": comparisons(made["rows"], made["groups"], BASELINE),
        **made,
    }
    show(results)
    write(options.name, results)


if __name__ == "__main__":
    main()
