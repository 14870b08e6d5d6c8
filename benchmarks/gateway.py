"""What the gateway adds to a request: `helicon serve` before an instant upstream against that upstream alone.

``python benchmarks/gateway.py [--requests N] [--rate R]``. Direct and through the gateway alternate,
one request at a time on kept-alive connections, paced at R requests per second; the added latency is
the difference of the percentiles. Not streamed: until the whole reply is read. Streamed: until the
first content byte, and until the end.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from common import percentile, table, write

Times = dict[str, list[float]]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ready(url: str, process: subprocess.Popen[bytes]) -> None:
    async with aiohttp.ClientSession() as session:
        for _ in range(600):
            try:
                async with session.get(url) as reply:
                    if reply.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            if process.poll() is not None:
                raise SystemExit(f"the process for {url} ended with {process.returncode}")
            await asyncio.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


@asynccontextmanager
async def servers() -> AsyncIterator[tuple[str, str]]:
    """The upstream's and the gateway's base URL."""
    upstream_port, gateway_port = free_port(), free_port()
    upstream_url = f"http://127.0.0.1:{upstream_port}/v1"
    here = Path(__file__).resolve().parent
    upstream = subprocess.Popen([sys.executable, str(here / "upstream.py"), str(upstream_port)])
    gateway: subprocess.Popen[bytes] | None = None
    try:
        await ready(f"{upstream_url}/models", upstream)
        command = [sys.executable, "-m", "helicon", "serve", "--model", f"{upstream_url}#instant"]
        gateway = subprocess.Popen(
            [*command, "--port", str(gateway_port)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        await ready(f"http://127.0.0.1:{gateway_port}/health", gateway)
        yield upstream_url, f"http://127.0.0.1:{gateway_port}/v1"
    finally:
        for process in (gateway, upstream):
            if process is not None:
                process.terminate()
                process.wait(30)


def body(model: str, *, stream: bool) -> bytes:
    messages = [{"role": "user", "content": "Say sixteen words."}]
    return json.dumps({"model": model, "messages": messages, "stream": stream}).encode()


async def whole(session: aiohttp.ClientSession, url: str, payload: bytes) -> float:
    began = time.perf_counter()
    async with session.post(f"{url}/chat/completions", data=payload) as reply:
        text = await reply.json()
    elapsed = time.perf_counter() - began
    assert text["choices"][0]["message"]["content"].startswith("word0 "), text
    return elapsed


async def streamed(session: aiohttp.ClientSession, url: str, payload: bytes) -> tuple[float, float]:
    began = time.perf_counter()
    first = 0.0
    seen = b""
    async with session.post(f"{url}/chat/completions", data=payload) as reply:
        async for chunk in reply.content.iter_any():
            seen += chunk
            if not first and b"word0" in seen:
                first = time.perf_counter() - began
    assert seen.rstrip().endswith(b"[DONE]"), seen[-200:]
    return first, time.perf_counter() - began


async def measure(requests: int, rate: float) -> dict[str, Times]:
    times: dict[str, Times] = {
        kind: {"direct": [], "gateway": []} for kind in ("whole", "first content", "streamed whole")
    }
    headers = {"content-type": "application/json"}
    async with servers() as (upstream, gateway), aiohttp.ClientSession(headers=headers) as session:
        places = {"direct": (upstream, "instant"), "gateway": (gateway, "instant@instant")}
        for number in range(requests + 50):
            for place, (url, model) in places.items():
                await asyncio.sleep(1 / rate)
                a = await whole(session, url, body(model, stream=False))
                await asyncio.sleep(1 / rate)
                b, c = await streamed(session, url, body(model, stream=True))
                if number >= 50:  # the first ones warm caches on both sides
                    for kind, value in (("whole", a), ("first content", b), ("streamed whole", c)):
                        times[kind][place].append(1000 * value)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=100.0, help="requests per second")
    options = parser.parse_args()
    times = asyncio.run(measure(options.requests, options.rate))
    rows: list[list[Any]] = [["ms", "direct p50", "p99", "gateway p50", "p99", "added p50", "added p99"]]
    added: dict[str, dict[str, float]] = {}
    for kind, both in times.items():
        cells = {f"{place} {q}": percentile(both[place], q) for place in ("direct", "gateway") for q in (0.5, 0.99)}
        added[kind] = {
            "p50": cells["gateway 0.5"] - cells["direct 0.5"],
            "p99": cells["gateway 0.99"] - cells["direct 0.99"],
        }
        rows.append([kind, *(f"{v:.2f}" for v in cells.values()), *(f"{v:.2f}" for v in added[kind].values())])
    table(rows)
    write("gateway", {"rate": options.rate, "requests": options.requests, "added_ms": added, "milliseconds": times})


if __name__ == "__main__":
    main()
