"""Tokens per second of the embedded engine through Helicon, against the bare engine.

``python benchmarks/engine_speed.py [--rounds N]``. Bare: xllamacpp's server in this process with its
own streaming callback, no child process and no HTTP client of ours. Both load nano with the same
context, slots and thread, get the same held-out questions with the same seeds and sampling, stream to
the model's own end, and count the engine's tokens; rounds alternate, and the ratio of medians counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import time
from contextlib import aclosing
from typing import Any

from common import HELD_OUT, table, write
from helicon.engines import EmbeddedEngine, Request, parse_spec
from helicon.engines.protocol import Finish
from helicon.engines.spec import NANO_FILE
from helicon.messages import Sampling, user

SAMPLING = {"temperature": 0.8, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
EACH = 10
"""Questions per round."""


def bare_engine(cells: int) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(NANO_FILE)
    params.n_ctx = cells
    params.n_parallel = 8
    params.kv_unified = True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.use_jinja = True
    params.hostnames = ["127.0.0.1"]
    params.port = 0
    params.verbosity = 0
    return xllamacpp.Server(params)


def bare_round(server: Any, questions: list[str], seed: int) -> tuple[int, float]:
    tokens, began = 0, time.perf_counter()
    for number, question in enumerate(questions):
        last: dict[str, Any] = {}

        def take(chunk: dict[str, Any], last: dict[str, Any] = last) -> bool:
            last.update(chunk)
            return False

        body = {
            "messages": [{"role": "user", "content": question}],
            "max_tokens": 400,
            "stream": True,
            "timings_per_token": True,
            "seed": seed + number,
            **SAMPLING,
        }
        server.handle_chat_completions(body, take)
        tokens += last["timings"]["predicted_n"]
    return tokens, time.perf_counter() - began


async def helicon_round(engine: EmbeddedEngine, questions: list[str], seed: int) -> tuple[int, float]:
    tokens, began = 0, time.perf_counter()
    for number, question in enumerate(questions):
        request = Request(messages=(user(question),), max_tokens=400, sampling=Sampling(**SAMPLING), seed=seed + number)
        async with aclosing(engine.stream(request)) as deltas:
            async for delta in deltas:
                if isinstance(delta, Finish):
                    tokens += delta.tokens.generated
    return tokens, time.perf_counter() - began


async def measure(rounds: int) -> dict[str, list[float]]:
    lines = HELD_OUT.read_text(encoding="utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    speeds: dict[str, list[float]] = {"bare": [], "helicon": []}
    engine = await EmbeddedEngine.start(parse_spec("nano"))
    server = bare_engine(engine.sizes.cells)
    try:
        await engine.probe()
        for number in range(rounds + 1):
            asked = questions[number * EACH : (number + 1) * EACH]
            both = {
                "bare": await asyncio.to_thread(bare_round, server, asked, number),
                "helicon": await helicon_round(engine, asked, number),
            }
            if number:  # the first round warms both
                for name, (tokens, seconds) in both.items():
                    speeds[name].append(tokens / seconds)
    finally:
        await engine.close()
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=30)
    options = parser.parse_args()
    speeds = asyncio.run(measure(options.rounds))
    middle = {name: statistics.median(values) for name, values in speeds.items()}
    ratio = statistics.median(h / b for h, b in zip(speeds["helicon"], speeds["bare"], strict=True))
    table([["engine", "tokens/s (median)"], *([name, f"{value:.0f}"] for name, value in middle.items())])
    print(f"Helicon reaches {ratio:.1%} of the bare engine (median of the paired rounds)")
    write("engine_speed", {"ratio": ratio, "median": middle, "tokens_per_second": speeds})


if __name__ == "__main__":
    main()
