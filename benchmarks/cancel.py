"""How soon generation stops when nobody wants it any more: p50 and p95, on the wall clock.

``python benchmarks/cancel.py [--runs N]``. Two ways to leave, each in prefill, thinking and answer:

* a client of ``helicon serve`` closes its connection, streamed or not;
* ``helicon ask`` gets Ctrl-C (SIGINT).

The engine is an endpoint in this process that never ends by itself and gives a token every 20 ms. Measured is the
time from the closing (or the signal) until Helicon closes its connection to the endpoint, by one clock, and the
tokens the endpoint gave in between. The targets are 0.5 s and 1 s.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from typing import Any

from common import percentile, table, write

TOKEN_SECONDS = 0.02
DATA = f"{tempfile.gettempdir()}/helicon-benchmarks"
"""A measured server keeps nothing in its user's folders."""
PROBE_TOKENS = 200
"""Calls that ask for so few are Helicon's own, to learn what the endpoint can do."""
STATES = ("prefill", "thinking", "answer")
PATIENCE_SECONDS = 60.0


class Call:
    """One call of the endpoint."""

    def __init__(self) -> None:
        self.tokens = 0
        self.hung_up: asyncio.Future[float] = asyncio.get_running_loop().create_future()


class Endpoint:
    """One model, ``m``, that speaks until it is hung up on."""

    def __init__(self) -> None:
        self.state = "answer"
        self.speaking: asyncio.Queue[Call] = asyncio.Queue()
        """Calls that have said their first ten tokens, or are in prefill."""
        self.url = ""

    def expect(self, state: str) -> None:
        """Make ready for one run."""
        self.state, self.speaking = state, asyncio.Queue()

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
                body = await reader.readexactly(int(length[0].split(b":")[1])) if length else b""
                if b"/chat/completions" in head and (asked := json.loads(body)).get("stream"):
                    await self.speak(reader, writer, asked.get("max_tokens") or 10**9)
                    return
                data = json.dumps({"object": "list", "data": [{"id": "m", "object": "model"}]}).encode()
                found = b"200 OK" if b"/v1/models " in head else b"404 Not Found"
                writer.write(b"HTTP/1.1 %s\r\ncontent-type: application/json\r\n" % found)
                writer.write(b"content-length: %d\r\n\r\n" % len(data) + data)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def speak(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
        """Until the other side closes, or ``most`` tokens were said: probes ask for few, and are not measured."""
        gone, call = asyncio.ensure_future(reader.read(1)), Call()
        name = "reasoning_content" if self.state == "thinking" else "content"
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n")
        if self.state == "prefill" and most > PROBE_TOKENS:
            self.speaking.put_nowait(call)
        while not gone.done():
            if call.tokens >= most:
                end = {"choices": [{"index": 0, "delta": {}, "finish_reason": "length"}]}
                writer.write(f"data: {json.dumps(end)}\n\ndata: [DONE]\n\n".encode())
                gone.cancel()
                return
            if self.state != "prefill" or most <= PROBE_TOKENS:
                words = f"{random.randrange(10**9)} "  # what repeats itself is ended as a loop
                chunk = {"choices": [{"index": 0, "delta": {name: words}, "finish_reason": None}]}
                writer.write(f"data: {json.dumps(chunk)}\n\n".encode())
                call.tokens += 1
                if call.tokens == 10 and most > PROBE_TOKENS:
                    self.speaking.put_nowait(call)
            await asyncio.wait((gone,), timeout=TOKEN_SECONDS)
        gone.exception()  # a reset is a leaving too
        call.hung_up.set_result(time.monotonic())


async def left(endpoint: Endpoint, port: int, state: str, *, stream: bool) -> dict[str, float]:
    """A client of the server leaves."""
    endpoint.expect(state)
    mode = "thinking" if state == "thinking" else "instant"
    body = {"model": f"m@{mode}", "messages": [{"role": "user", "content": "Hi"}], "stream": stream}
    data = json.dumps(body).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    sock = socket.create_connection(("127.0.0.1", port))
    sock.sendall(f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data)
    return await stopped(endpoint, sock.close)


async def interrupted(endpoint: Endpoint, state: str) -> dict[str, float]:
    """Somebody presses Ctrl-C."""
    endpoint.expect(state)
    mode = "thinking" if state == "thinking" else "instant"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "helicon", "ask", "Hi", "--mode", mode, "--model", f"{endpoint.url}#m"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        return await stopped(endpoint, lambda: process.send_signal(signal.SIGINT))
    finally:
        await asyncio.wait_for(process.wait(), PATIENCE_SECONDS)


async def stopped(endpoint: Endpoint, leave: Callable[[], object]) -> dict[str, float]:
    """Leave once the endpoint speaks; seconds and tokens until it is hung up on."""
    while True:
        call = await asyncio.wait_for(endpoint.speaking.get(), PATIENCE_SECONDS)
        await asyncio.sleep(0.2)
        if not call.hung_up.done():
            break
    before, began = call.tokens, time.monotonic()
    leave()
    ended = await asyncio.wait_for(call.hung_up, PATIENCE_SECONDS)
    return {"seconds": round(ended - began, 6), "tokens": call.tokens - before}


async def served(endpoint: Endpoint, run: Callable[[int], Awaitable[None]]) -> None:
    """``helicon serve`` on the endpoint, while ``run`` works with its port."""
    command = (sys.executable, "-m", "helicon", "serve", "--port", "0", "--data", DATA)
    command += ("--model", f"{endpoint.url}#m")
    endpoint.expect("answer")
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, env=environment)
    try:
        assert process.stdout is not None
        line = await asyncio.wait_for(process.stdout.readline(), PATIENCE_SECONDS)
        await run(int(line.decode().rsplit(":", 1)[1]))
    finally:
        process.terminate()
        await process.wait()


async def measure(runs: int) -> dict[str, list[dict[str, float]]]:
    """Every way to leave in every state, interleaved."""
    endpoint = Endpoint()
    server = await asyncio.start_server(endpoint.talk, "127.0.0.1", 0)
    endpoint.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    raw: dict[str, list[dict[str, float]]] = {}

    async def leavers(port: int) -> None:
        for _ in range(runs):
            for state in STATES:
                for stream in (True, False):
                    name = f"client leaves, {state}, {'streamed' if stream else 'whole'}"
                    raw.setdefault(name, []).append(await left(endpoint, port, state, stream=stream))

    await served(endpoint, leavers)
    for _ in range(max(3, runs // 5)):
        for state in STATES:
            raw.setdefault(f"Ctrl-C, {state}", []).append(await interrupted(endpoint, state))
    server.close()
    return raw


def summary(samples: list[dict[str, float]]) -> dict[str, Any]:
    """Percentiles of one row."""
    seconds, tokens = [s["seconds"] for s in samples], [s["tokens"] for s in samples]
    return {
        "runs": len(samples),
        "p50_seconds": round(percentile(seconds, 0.5), 4),
        "p95_seconds": round(percentile(seconds, 0.95), 4),
        "most_tokens": int(max(tokens)),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=50, help="for each way and state; a fifth of it for Ctrl-C")
    raw = asyncio.run(measure(parser.parse_args().runs))
    rows = {name: summary(samples) for name, samples in raw.items()}
    write("cancel", {"targets": {"client leaves": 0.5, "Ctrl-C": 1.0}, "summary": rows, "raw": raw})
    shown = [[n, r["runs"], r["p50_seconds"], r["p95_seconds"], r["most_tokens"]] for n, r in rows.items()]
    table([["how", "runs", "p50 s", "p95 s", "most tokens after"], *shown])


if __name__ == "__main__":
    main()
