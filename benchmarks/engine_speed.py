"""Tokens per second of the embedded engine through Helicon, against the bare engine.

``python benchmarks/engine_speed.py [--rounds N] [--tokens N]``. Bare: xllamacpp's server in this
process, its own streaming callback, no HTTP client of ours. Both have the same settings and generate
the same number of tokens; rounds alternate and the ratio of medians is what counts.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from contextlib import aclosing
from typing import Any

from common import table, write
from helicon.engines import Engine, Request, open_engine
from helicon.engines.protocol import Finish
from helicon.engines.spec import NANO_FILE
from helicon.messages import Sampling, user

PROMPT = "Sort these numbers from small to large: 81, 12, 55, 43, 9, 77, 30, 64."
BIAS_NO_END = {"logit_bias": [["<|im_end|>", False], ["<|endoftext|>", False]], "ignore_eos": True}


def bare_engine() -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = str(NANO_FILE)
    params.n_ctx = 16384
    params.n_parallel = 8
    params.kv_unified = True
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    params.use_jinja = True
    params.port = 0
    params.verbosity = 0
    return xllamacpp.Server(params)


def bare_round(server: Any, tokens: int) -> float:
    body = {
        "messages": [{"role": "user", "content": PROMPT}],
        "max_tokens": tokens,
        "temperature": 1.0,
        "stream": True,
        "cache_prompt": False,
        **BIAS_NO_END,
    }
    count = 0

    def take(chunk: Any) -> bool:
        nonlocal count
        count += 1
        return False

    began = time.perf_counter()
    server.handle_chat_completions(body, take)
    elapsed = time.perf_counter() - began
    assert count >= tokens * 0.8, count
    return count / elapsed


async def helicon_round(engine: Engine, tokens: int) -> float:
    request = Request(
        messages=(user(PROMPT),), max_tokens=tokens, sampling=Sampling(temperature=1.0), seed=1, thinking=True
    )
    generated = 0
    began = time.perf_counter()
    async with aclosing(engine.stream(request)) as deltas:  # type: ignore[type-var]
        async for delta in deltas:
            if isinstance(delta, Finish):
                generated = delta.tokens.generated
    return generated / (time.perf_counter() - began)


async def measure(rounds: int, tokens: int) -> dict[str, list[float]]:
    speeds: dict[str, list[float]] = {"bare": [], "helicon": []}
    server = bare_engine()
    engine = await open_engine("nano")
    try:
        for _ in range(rounds):
            speeds["bare"].append(await asyncio.to_thread(bare_round, server, tokens))
            speeds["helicon"].append(await helicon_round(engine, tokens))
    finally:
        await engine.close()
    return speeds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--tokens", type=int, default=400)
    options = parser.parse_args()
    speeds = asyncio.run(measure(options.rounds, options.tokens))
    middle = {name: statistics.median(values) for name, values in speeds.items()}
    table([["engine", "tokens/s (median)"], *([name, f"{value:.0f}"] for name, value in middle.items())])
    print(f"Helicon reaches {middle['helicon'] / middle['bare']:.1%} of the bare engine")
    write("engine_speed", {"ratio": middle["helicon"] / middle["bare"], "median": middle, "tokens_per_second": speeds})


if __name__ == "__main__":
    main()
