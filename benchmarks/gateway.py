"""What the gateway costs: `helicon serve` before an instant upstream, that upstream alone, and LiteLLM's proxy.

``python benchmarks/gateway.py [--litellm] [--storm N] [--requests N] [--rate R] [--seconds S] [--connections N...]``

Everything is interleaved on one machine, one worker each; compare only within one run.

* added: one request at a time on a kept-alive connection, paced at R per second. The difference of the
  percentiles, not streamed until the whole reply, streamed until the first content and until the end.
* throughput: as many requests as go through N connections; replies per second, CPU milliseconds of the
  place's processes per reply (which a busy machine changes less than its speed), memory.
* chunks: an upstream that sends a stamped word every 5 ms; from each stamp to its arrival.
* storm: N clients at once, streamed and not, running and queued, who leave by FIN and RST. Afterwards nothing
  may run upstream, and the second storm must need no more memory than the first.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import time
from typing import Any

from common import percentile, table, write
from gateway_client import Connection, connect, payload
from gateway_places import Place, places

QUANTILES = (0.5, 0.95, 0.99)
CHUNK_STREAMS = 8
STAY_SECONDS = 3.0
"""A client of the storm leaves within."""


def names(times: list[float]) -> dict[str, float]:
    """p50, p95 and p99, rounded to microseconds where these are milliseconds."""
    return {f"p{100 * share:.0f}": round(percentile(times, share), 3) for share in QUANTILES}


async def latency(asked: dict[str, Place], requests: int, rate: float) -> dict[str, dict[str, list[float]]]:
    """Milliseconds by kind and place."""
    kinds = ("whole", "first content", "streamed whole")
    times: dict[str, dict[str, list[float]]] = {kind: {name: [] for name in asked} for kind in kinds}
    opened = {name: await connect(place.port) for name, place in asked.items()}
    for number in range(requests + 50):
        for name, place in asked.items():
            for stream in (False, True):
                await asyncio.sleep(1 / rate)
                reply = await opened[name].ask(payload(place.port, "instant" + place.suffix, stream=stream))
                assert reply.status == 200, (name, reply.status)
                if number < 50:  # these warm caches on all sides
                    continue
                if stream:
                    times["first content"][name].append(1000 * reply.first)
                times["streamed whole" if stream else "whole"][name].append(1000 * reply.whole)
    for connection in opened.values():
        connection.leave(reset=False)
    return times


async def load(place: Place, connections: int, seconds: float, *, stream: bool) -> dict[str, Any]:
    """What ``connections`` get through in ``seconds``."""
    data = payload(place.port, "instant" + place.suffix, stream=stream)
    times: list[float] = []
    refused: list[str] = []
    opened = [await connect(place.port) for _ in range(connections)]
    used, began = place.cpu_seconds, time.perf_counter()
    until = began + seconds

    async def work(connection: Connection) -> None:
        while time.perf_counter() < until:
            reply = await connection.ask(data)
            if reply.status == 200:
                times.append(1000 * reply.whole)
            else:
                refused.append(reply.refusal)

    await asyncio.gather(*map(work, opened))
    elapsed, used = time.perf_counter() - began, place.cpu_seconds - used
    for connection in opened:
        connection.leave(reset=False)
    answered = max(1, len(times))
    return {
        "per_second": round(len(times) / elapsed, 1),
        "replies": len(times),
        "refused": len(refused),
        "refused_with": refused[0] if refused else "",
        "cpu_ms": round(1000 * used / answered, 3),
        "milliseconds": names(times) if times else {},
        "resident_mib": round(place.resident_mib, 1),
    }


async def throughput(
    asked: dict[str, Place], connections: list[int], seconds: float, rounds: int
) -> dict[str, dict[str, dict[str, list[dict[str, Any]]]]]:
    """Rounds by kind, connections and place; places alternate."""
    found: dict[str, dict[str, dict[str, list[dict[str, Any]]]]] = {}
    for stream in (False, True):
        kind = "streamed" if stream else "whole"
        found[kind] = {str(count): {name: [] for name in asked} for count in connections}
        for count in connections:
            for _ in range(rounds):
                for name, place in asked.items():
                    found[kind][str(count)][name].append(await load(place, count, seconds, stream=stream))
    return found


async def chunks(asked: dict[str, Place], rounds: int) -> dict[str, list[float]]:
    """Milliseconds from the upstream's stamp on a chunk to its arrival, ``CHUNK_STREAMS`` streams at a time."""
    delays: dict[str, list[float]] = {name: [] for name in asked}
    for _ in range(rounds):
        for name, place in asked.items():
            opened = [await connect(place.port) for _ in range(CHUNK_STREAMS)]
            data = payload(place.port, "paced" + place.suffix, stream=True)
            for reply in await asyncio.gather(*(connection.ask(data) for connection in opened)):
                assert reply.delays, (name, reply.status)
                delays[name] += reply.delays
            for connection in opened:
                connection.leave(reset=False)
    return delays


async def storm(gateway: Place, upstream: Place, clients: int) -> dict[str, Any]:
    """``clients`` that leave in the middle, all within ``STAY_SECONDS``."""
    chance = random.Random(clients)

    async def client(number: int) -> None:
        connection = await connect(gateway.port)
        asking = asyncio.ensure_future(
            connection.ask(payload(gateway.port, "endless" + gateway.suffix, stream=number % 2 == 0))
        )
        await asyncio.wait((asking,), timeout=chance.uniform(0, STAY_SECONDS))
        connection.leave(reset=number % 3 == 0)
        await asyncio.wait((asking,))
        if not asking.cancelled():
            asking.exception()  # the connection's end; taken, so that nobody complains

    most = 0
    clients_left = asyncio.gather(*map(client, range(clients)))
    while not clients_left.done():
        most = max(most, int(await asyncio.to_thread(upstream.get, "/running")))
        await asyncio.sleep(0.1)
    await clients_left
    began = time.perf_counter()
    still = 1
    while still and time.perf_counter() - began < 60:
        still = int(await asyncio.to_thread(upstream.get, "/running"))
    idle = time.perf_counter() - began
    await asyncio.sleep(1)
    return {
        "clients": clients,
        "most_running_upstream": most,
        "running_upstream_after": still,
        "seconds_until_none_ran": round(idle, 3),
        "health_after": await asyncio.to_thread(gateway.get, "/health"),
        "resident_mib": round(gateway.resident_mib, 1),
        "descriptors": gateway.descriptors,
    }


async def storms(asked: dict[str, Place], clients: int) -> dict[str, Any]:
    """Memory before, and three storms."""
    gateway, upstream = asked["helicon"], asked["direct"]
    before = {"resident_mib": round(gateway.resident_mib, 1), "descriptors": gateway.descriptors}
    return {"before": before, "storms": [await storm(gateway, upstream, clients) for _ in range(3)]}


async def measure(options: argparse.Namespace) -> dict[str, Any]:
    async with places(litellm=options.litellm) as asked:
        started = {name: round(place.resident_mib, 1) for name, place in asked.items()}
        times = await latency(asked, options.requests, options.rate)
        delays = await chunks(asked, options.rounds)
        rates = await throughput(asked, options.connections, options.seconds, options.rounds)
        after_storms = await storms(asked, options.storm) if options.storm else None
    added = {
        kind: {
            name: {q: round(value - names(both["direct"])[q], 3) for q, value in names(both[name]).items()}
            for name in both
            if name != "direct"
        }
        for kind, both in times.items()
    }
    per_chunk = {name: names(values) for name, values in delays.items()}
    results: dict[str, Any] = {
        "rate": options.rate,
        "requests": options.requests,
        "added_ms": {kind: by_place["helicon"] for kind, by_place in added.items()},
        "chunk_ms": per_chunk,
        "added_per_chunk_ms": {q: round(v - per_chunk["direct"][q], 3) for q, v in per_chunk["helicon"].items()},
        "throughput": {
            kind: {count: {name: best(rounds) for name, rounds in by.items()} for count, by in counts.items()}
            for kind, counts in rates.items()
        },
        "resident_mib_at_start": started,
        "rounds": rates,
        "milliseconds": {
            kind: {name: [round(value, 3) for value in values] for name, values in both.items()}
            for kind, both in times.items()
        },
    }
    if options.litellm:
        results["litellm_added_ms"] = {kind: by_place["litellm"] for kind, by_place in added.items()}
        results["times_litellm"] = {
            kind: {
                count: round(by["helicon"]["per_second"] / max(0.1, by["litellm"]["per_second"]), 1)
                for count, by in counts.items()
            }
            for kind, counts in results["throughput"].items()
        }
    if after_storms is not None:
        results["storm"] = after_storms
    return results


def best(rounds: list[dict[str, Any]]) -> dict[str, Any]:
    """The round with the most replies per second: noise only takes away."""
    return max(rounds, key=lambda one: float(one["per_second"]))


def show(results: dict[str, Any]) -> None:
    """The tables on the terminal."""
    rows: list[list[object]] = [["added ms", "p50", "p95", "p99"]]
    rows += [[kind, *values.values()] for kind, values in results["added_ms"].items()]
    rows.append(["each chunk", *results["added_per_chunk_ms"].values()])
    rows += [[f"litellm, {kind}", *values.values()] for kind, values in results.get("litellm_added_ms", {}).items()]
    table(rows)
    print()
    rows = [["kind", "connections", "place", "replies/s", "CPU ms", "p50 ms", "p99 ms", "refused", "MiB"]]
    for kind, counts in results["throughput"].items():
        for count, by_place in counts.items():
            for name, one in by_place.items():
                times = one["milliseconds"] or {"p50": "", "p99": ""}
                cells = [one["per_second"], one["cpu_ms"], times["p50"], times["p99"]]
                rows.append([kind, count, name, *cells, one["refused"], one["resident_mib"]])
    table(rows)
    if "times_litellm" in results:
        print(f"\ntimes LiteLLM's replies per second: {results['times_litellm']}")
    if "storm" in results:
        print(f"\nstorm: {results['storm']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=1000, help="of the added latency, for each kind and place")
    parser.add_argument("--rate", type=float, default=100.0, help="requests per second of the added latency")
    parser.add_argument("--connections", type=int, nargs="*", default=[1, 16, 64, 256])
    parser.add_argument("--seconds", type=float, default=4.0, help="of one measurement of throughput")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--litellm", action="store_true", help="also LiteLLM's proxy, installed when missing")
    parser.add_argument("--storm", type=int, nargs="?", const=2000, default=0, help="clients that leave; 2000")
    options = parser.parse_args()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # for the storm; the started processes inherit it
    try:
        import uvloop
    except ImportError:
        results = asyncio.run(measure(options))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            results = runner.run(measure(options))
    show(results)
    write("gateway", results)


if __name__ == "__main__":
    main()
