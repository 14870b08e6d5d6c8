"""Accuracy of a nano GGUF in the real engine, by family and mode.

    python recipes/nano/evaluate.py                       # the shipped file, all questions
    python recipes/nano/evaluate.py --count 160 --split tuning

Modes as simple as they can be: instant, one thought, and the majority of eight
thoughts with the agents' hints. Answers are compared exactly (countdown by
value). The modes of the package stop early and refine; they are measured in
``benchmarks/``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import time
from collections import defaultdict
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import aiohttp

from helicon.evals import Share
from helicon.evals.bare_engine import bare_engine
from helicon.modes import prompts
from helicon.training.everyday import EVERYDAY_QUESTIONS
from helicon.training.grading import answer_of, is_right, majority
from helicon.training.outside import DECLINE
from helicon.training.tasks import held_out

HERE = Path(__file__).resolve().parent
SHIPPED = HERE.parents[1] / "src" / "helicon" / "engines" / "nano.gguf"
HELD_OUT = HERE / "heldout.jsonl"
SAMPLING = {"temperature": 0.7, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
"""Nano's defaults, the same for every mode."""
AGENTS = 8
CONTEXT = 640
"""Tokens of one slot: a question and ``max_tokens``."""


@dataclass(slots=True)
class Reply:
    text: str
    tokens: int


class Engine:
    """Asks the server, at most ``slots`` questions at a time."""

    def __init__(self, address: str, session: aiohttp.ClientSession, slots: int) -> None:
        self.address, self.session = address, session
        self.free = asyncio.Semaphore(slots)

    async def ask(self, question: str, *, thinking: bool, seed: int, sampling: dict[str, float]) -> Reply:
        body = {
            "messages": [{"role": "user", "content": question}],
            "chat_template_kwargs": {"enable_thinking": thinking},
            "seed": seed,
            "max_tokens": 450,
            "repeat_penalty": 1.0,
            **sampling,
        }
        async with self.free, self.session.post(f"{self.address}/v1/chat/completions", json=body) as response:
            found = await response.json()
        if "choices" not in found:
            return Reply("", 0)
        return Reply(found["choices"][0]["message"].get("content") or "", found["usage"]["completion_tokens"])


def questions(split: str, count: int) -> list[dict[str, str]]:
    """The stored held-out set, or a tuning split that shares no text with it."""
    stored = [json.loads(line) for line in HELD_OUT.read_text().splitlines()]
    if split == "heldout":
        return stored[:count]
    known = {entry["question"] for entry in stored}
    return [
        {"question": q.question, "answer": q.answer, "family": q.family}
        for q in held_out(count + 100, seed=7)
        if q.question not in known
    ][:count]


def declined(reply: str) -> bool:
    """Whether the reply is the one sentence and nothing else."""
    return reply.strip() == DECLINE


async def collect(address: str, options: argparse.Namespace, part: int) -> dict[str, Any]:
    """The raw answers to one worker's share of the questions."""
    sampling = sampling_of(options)
    asked = questions(options.split, options.count)
    mine = range(part, len(asked), options.workers)
    everyday_mine = range(part, len(EVERYDAY_QUESTIONS), options.workers)
    timeout = aiohttp.ClientTimeout(total=None)
    connector = aiohttp.TCPConnector(limit=options.slots)
    async with aiohttp.ClientSession(timeout=timeout, connector=connector) as session:
        engine = Engine(address, session, options.slots)

        async def one(number: int) -> dict[str, Any]:
            text = asked[number]["question"]
            seed = 1000 * number
            calls = [
                engine.ask(text, thinking=False, seed=seed, sampling=sampling),
                engine.ask(text, thinking=True, seed=seed + 1, sampling=sampling),
                *(
                    engine.ask(prompts.with_hint(text, agent), thinking=True, seed=seed + 2 + agent, sampling=sampling)
                    for agent in range(options.agents)
                ),
            ]
            instant, thought, *agents = await asyncio.gather(*calls)
            return {
                **asked[number],
                "instant": answer_of(instant.text),
                "thinking": answer_of(thought.text),
                "agents": [answer_of(agent.text) for agent in agents],
                "tokens": {
                    "instant": instant.tokens,
                    "thinking": thought.tokens,
                    "majority": sum(agent.tokens for agent in agents),
                },
            }

        rows = await asyncio.gather(*(one(number) for number in mine))
        everyday = await asyncio.gather(
            *(
                engine.ask(EVERYDAY_QUESTIONS[number], thinking=thinking, seed=5, sampling=sampling)
                for number in everyday_mine
                for thinking in (True, False)
            )
        )
    return {
        "rows": dict(zip(mine, rows, strict=True)),
        "everyday": {
            number: [everyday[2 * i].text, everyday[2 * i + 1].text] for i, number in enumerate(everyday_mine)
        },
    }


def work(options: argparse.Namespace, part: int) -> dict[str, Any]:
    """One worker process with an engine of its own."""
    server = bare_engine(options.model, slots=options.slots, context=CONTEXT, threads=options.threads)
    return asyncio.run(collect(server.listening_address, options, part))


def sampling_of(options: argparse.Namespace) -> dict[str, float]:
    return {**SAMPLING, **{k: v for k in SAMPLING if (v := getattr(options, k)) is not None}}


def evaluate(options: argparse.Namespace) -> dict[str, Any]:
    """Shares by mode and family, and the everyday questions."""
    began = time.monotonic()
    with ProcessPoolExecutor(options.workers, mp_context=get_context("spawn")) as pool:
        parts = list(pool.map(work, [options] * options.workers, range(options.workers)))
    by_number: dict[int, dict[str, Any]] = {}
    replies: dict[int, list[str]] = {}
    for part in parts:
        by_number.update(part["rows"])
        replies.update(part["everyday"])
    rows = [by_number[number] for number in sorted(by_number)]
    marks: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        given = {"instant": row["instant"], "thinking": row["thinking"], "majority": majority(row["agents"])}
        for mode, answer in given.items():
            right = is_right(answer, row["answer"], row["family"])
            for name in ("all", row["family"]):
                marks[name][mode].append(right)
        for agent, answer in enumerate(row["agents"]):
            marks["agents"][str(agent)].append(is_right(answer, row["answer"], row["family"]))
    shares = {
        name: {mode: Share(right=sum(hits), total=len(hits)).to_dict() for mode, hits in by_mode.items()}
        for name, by_mode in marks.items()
    }
    turned_down = {
        "thinking": sum(declined(both[0]) for both in replies.values()),
        "instant": sum(declined(both[1]) for both in replies.values()),
        "total": len(EVERYDAY_QUESTIONS),
        "others": [
            {"question": EVERYDAY_QUESTIONS[number], "reply": reply}
            for number in sorted(replies)
            for reply in replies[number]
            if not declined(reply)
        ],
    }
    return {
        "model": options.model.name,
        "split": options.split,
        "questions": len(rows),
        "sampling": sampling_of(options),
        "agents": options.agents,
        "seconds": round(time.monotonic() - began, 1),
        "mean_tokens": {
            mode: round(sum(row["tokens"][mode] for row in rows) / max(1, len(rows)), 1)
            for mode in ("instant", "thinking", "majority")
        },
        "accuracy": shares,
        "everyday": turned_down,
        "rows": rows,
    }


def table(result: dict[str, Any]) -> str:
    """A Markdown table by family."""
    modes = ("instant", "thinking", "majority")
    lines = ["| Family | Questions | Instant | Thinking | Majority of 8 |", "|---|---|---|---|---|"]
    accuracy = result["accuracy"]
    for name in sorted((n for n in accuracy if n != "agents"), key=lambda n: (n == "all", n)):
        cells = []
        for mode in modes:
            share = accuracy[name][mode]
            low, high = share["interval"]
            cells.append(f"{100 * share['share']:.0f} ({100 * low:.0f}-{100 * high:.0f})")
        if name == "all":
            cells = [f"**{cell}**" for cell in cells]
        total = accuracy[name]["instant"]["total"]
        lines.append(f"| {name.replace('_', ' ')} | {total} | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--split", choices=("heldout", "tuning"), default="heldout")
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--slots", type=int, default=1, help="one is fastest for so small a network")
    parser.add_argument("--agents", type=int, default=AGENTS)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes, each with an engine")
    parser.add_argument("--output", type=Path, help="where the raw results go (JSON)")
    for name in SAMPLING:
        parser.add_argument(f"--{name.replace('_', '-')}", type=float)
    options = parser.parse_args()
    result = evaluate(options)
    output = options.output or (
        HERE / "results" / "evaluation.json" if options.split == "heldout" and options.count >= 1000 else None
    )
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(json.dumps(result, indent=1) + "\n")
    print(table(result))
    everyday = result["everyday"]
    print(f"tokens per question: {result['mean_tokens']}, {result['seconds']} s, sampling {result['sampling']}")
    print(f"everyday questions declined: thinking {everyday['thinking']}, instant {everyday['instant']} of 50")


if __name__ == "__main__":
    main()
