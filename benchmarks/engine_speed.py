"""Tokens per second of the embedded engine through Helicon, against the bare engine.

``python benchmarks/engine_speed.py [--rounds N] [--at-once N...]``. Bare: xllamacpp's server in this process with
its own streaming callback, no child process and no HTTP; it streams and is asked for usage, nothing else. Helicon:
``EmbeddedEngine.stream`` with all that it asks of the engine, on the event loop that ``helicon serve`` uses. Both load
nano with the same context, slots and thread, get the same held-out questions with the same seeds and sampling, stream
to the model's own end, and count the engine's tokens. Rounds alternate, which side begins too, so that both see the
same machine; the median of the paired ratios counts. Seconds of processor time stand beside it, because engine and
program share the cores: ``ours`` is this process while Helicon streams, ``engine`` the child, ``bare`` this process
while the bare engine runs, all per 1,000 tokens.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from common import held_out, table, write
from helicon.engines import EmbeddedEngine, Request, parse_spec
from helicon.engines.protocol import Finish
from helicon.engines.spec import NANO_FILE
from helicon.messages import Sampling, user

SAMPLING = {"temperature": 0.8, "top_p": 1.0, "top_k": 0, "min_p": 0.0}
EACH = 32
"""Questions per round."""
MOST_TOKENS = 400


@dataclass(frozen=True, slots=True)
class Round:
    """What one side did in one round."""

    tokens: int
    seconds: float
    ours: float
    """Processor seconds of this process."""
    engine: float = 0.0
    """Of the child."""

    @property
    def speed(self) -> float:
        """Tokens per second."""
        return self.tokens / self.seconds

    def per_thousand(self, seconds: float) -> float:
        """Processor seconds per 1,000 tokens."""
        return 1000 * seconds / self.tokens


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


def bare_one(server: Any, question: str, seed: int) -> int:
    last: dict[str, Any] = {}

    def take(chunk: dict[str, Any]) -> bool:
        last.update(chunk)
        return False

    body = {
        "messages": [{"role": "user", "content": question}],
        "max_tokens": MOST_TOKENS,
        "stream": True,
        "stream_options": {"include_usage": True},
        "seed": seed,
        **SAMPLING,
    }
    server.handle_chat_completions(body, take)
    return int(last["usage"]["completion_tokens"])


def bare_round(server: Any, pool: ThreadPoolExecutor, questions: Sequence[str], seed: int) -> Round:
    began, used = time.perf_counter(), time.process_time()
    counts = pool.map(lambda asked: bare_one(server, asked[1], seed + asked[0]), enumerate(questions))
    return Round(sum(counts), time.perf_counter() - began, time.process_time() - used)


async def helicon_one(engine: EmbeddedEngine, question: str, seed: int) -> int:
    sampling = Sampling(**SAMPLING)
    request = Request(messages=(user(question),), max_tokens=MOST_TOKENS, sampling=sampling, seed=seed)
    tokens = 0
    async with aclosing(engine.stream(request)) as deltas:
        async for delta in deltas:
            if isinstance(delta, Finish):
                tokens = delta.tokens.generated
    return tokens


async def helicon_round(engine: EmbeddedEngine, at_once: int, questions: Sequence[str], seed: int) -> Round:
    left = iter(enumerate(questions))

    async def one_after_another() -> int:
        return sum([await helicon_one(engine, question, seed + number) for number, question in left])

    pid = engine.supervisor.process_id
    began, used, child = time.perf_counter(), time.process_time(), processor_seconds(pid)
    counts = await asyncio.gather(*(one_after_another() for _ in range(at_once)))
    seconds, ours = time.perf_counter() - began, time.process_time() - used
    return Round(sum(counts), seconds, ours, processor_seconds(pid) - child)


def processor_seconds(pid: int | None) -> float:
    """Of another process, on Linux; 0 elsewhere."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    fields = stat.read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


async def measure(rounds: int, at_once: int) -> list[tuple[Round, Round]]:
    """Pairs of (bare, Helicon); the first round warms both and is left out."""
    questions = [item["question"] for item in held_out()]
    pairs: list[tuple[Round, Round]] = []
    engine = await EmbeddedEngine.start(parse_spec("nano"))
    try:
        await engine.probe()
        server = bare_engine(engine.sizes.cells)
        with ThreadPoolExecutor(at_once) as pool:
            for number in range(rounds + 1):
                start = number * EACH % (len(questions) - EACH)
                asked = questions[start : start + EACH]
                through = None
                if number % 2:
                    through = await helicon_round(engine, at_once, asked, number)
                bare = await asyncio.to_thread(bare_round, server, pool, asked, number)
                through = through or await helicon_round(engine, at_once, asked, number)
                if number:
                    pairs.append((bare, through))
    finally:
        await engine.close()
    return pairs


def report(at_once: int, pairs: Sequence[tuple[Round, Round]]) -> dict[str, Any]:
    """The figures of one number of streams."""
    ratios = [through.speed / bare.speed for bare, through in pairs]
    low, _, high = statistics.quantiles(ratios, n=4) if len(ratios) > 1 else (ratios[0],) * 3

    def middle(values: Sequence[float]) -> float:
        return statistics.median(values)

    return {
        "at_once": at_once,
        "ratio": middle(ratios),
        "ratio_quartiles": [low, high],
        "median": {
            "bare": middle([bare.speed for bare, _ in pairs]),
            "helicon": middle([through.speed for _, through in pairs]),
        },
        "processor_seconds_per_1000_tokens": {
            "bare": middle([bare.per_thousand(bare.ours) for bare, _ in pairs]),
            "ours": middle([through.per_thousand(through.ours) for _, through in pairs]),
            "engine": middle([through.per_thousand(through.engine) for _, through in pairs]),
        },
        "tokens_per_second": {
            "bare": [bare.speed for bare, _ in pairs],
            "helicon": [through.speed for _, through in pairs],
        },
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--at-once", type=int, nargs="+", default=[1, 8])
    options = parser.parse_args()
    from uvloop import new_event_loop

    results = []
    for at_once in options.at_once:
        with asyncio.Runner(loop_factory=new_event_loop) as runner:
            results.append(report(at_once, runner.run(measure(options.rounds, at_once))))
    head = ["streams", "bare tokens/s", "Helicon tokens/s", "ratio", "quartiles", "bare s", "ours s", "engine s"]
    rows: list[list[object]] = [[*head]]
    for result in results:
        low, high = result["ratio_quartiles"]
        used = result["processor_seconds_per_1000_tokens"]
        rows.append(
            [
                result["at_once"],
                *(f"{result['median'][name]:.0f}" for name in ("bare", "helicon")),
                f"{result['ratio']:.1%}",
                f"{low:.1%} to {high:.1%}",
                *(f"{used[name]:.3f}" for name in ("bare", "ours", "engine")),
            ]
        )
    table(rows)
    # The README's figure is the one with several agents at once, as a contemplation runs.
    last = results[-1]
    write("engine_speed", {"ratio": last["ratio"], "median": last["median"], "by_streams": results})


if __name__ == "__main__":
    main()
