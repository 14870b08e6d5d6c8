"""A storm: hundreds of clients that leave in the middle, before an engine behind real connections.

1. Whether a client is streamed or not, queued, waiting for the first byte or reading, and however it leaves,
   afterwards no generation runs upstream, no connection to it streams, no run, place or task is left.
2. Memory does not grow from storm to storm.
3. The server answers the next client as before.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import socket
import time
from collections.abc import Iterator

import pytest

from helicon.engines.openai_client import OpenAIEngine
from helicon.engines.protocol import Capabilities, Engine, ModelInfo
from helicon.families import detect
from tests.server.live import LiveServer, reset, serving, wait_until

CLIENTS = 150
STORMS = 3
STAY_SECONDS = 1.0
"""A client leaves within."""


class Upstream:
    """An engine's HTTP side: a word every 20 ms without end, or one word for a question with ``brief``."""

    def __init__(self) -> None:
        self.running = 0
        self.started = 0
        self._server: asyncio.Server | None = None

    async def open(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, backlog=1000)
        return int(self._server.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Listen no more."""
        assert self._server is not None
        self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request of one connection."""
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
            body = await reader.readexactly(length)
            self.running += 1
            self.started += 1
            left = asyncio.ensure_future(reader.read(1))
            try:
                await self._generate(writer, left, brief=b"brief" in body)
            finally:
                self.running -= 1
                left.cancel()
                await asyncio.gather(left, return_exceptions=True)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _generate(self, writer: asyncio.StreamWriter, left: asyncio.Future[bytes], *, brief: bool) -> None:
        await asyncio.wait((left,), timeout=0.05)
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n")
        while not left.done():
            self._say(writer, {"content": "word "}, None)
            if brief:
                self._say(writer, {}, "stop")
                writer.write(b"data: [DONE]\n\n")
                return
            await writer.drain()
            await asyncio.wait((left,), timeout=0.02)

    def _say(self, writer: asyncio.StreamWriter, delta: dict[str, str], reason: str | None) -> None:
        chunk = {"id": "1", "choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}
        writer.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")


class Endless(OpenAIEngine):
    """The engine, which here also ends its upstream."""

    def __init__(self, upstream: Upstream, port: int) -> None:
        info = ModelInfo(name="endless", family=detect(name="endless"), engine="openai", place="here")
        super().__init__(info, f"http://127.0.0.1:{port}/v1", capabilities=Capabilities())
        self._upstream = upstream

    async def close(self) -> None:
        await super().close()
        self._upstream.close()


@pytest.fixture
def place() -> Iterator[tuple[LiveServer, Upstream]]:
    upstream = Upstream()

    async def engines() -> list[Engine]:
        return [Endless(upstream, await upstream.open())]

    with serving(engines, max_running=40, max_waiting=CLIENTS) as server:
        yield server, upstream


def question(words: str, *, stream: bool) -> bytes:
    body = {"model": "endless@instant", "messages": [{"role": "user", "content": words}], "stream": stream}
    data = json.dumps(body).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def storm(server: LiveServer, chance: random.Random) -> None:
    """``CLIENTS`` clients come, and each leaves after a moment of its own."""
    stays: list[tuple[float, int, socket.socket]] = []
    for number in range(CLIENTS):
        sock = server.connect()
        sock.sendall(question("long", stream=number % 2 == 0))
        stays.append((time.monotonic() + chance.uniform(0, STAY_SECONDS), number, sock))
    for until, number, sock in sorted(stays):
        time.sleep(max(0.0, until - time.monotonic()))
        if number % 3:
            reset(sock)
        else:
            sock.close()


def test_a_storm_of_leavers_leaves_nothing_behind(place: tuple[LiveServer, Upstream]) -> None:
    server, upstream = place
    chance = random.Random(7)
    objects = []
    for _ in range(STORMS):
        storm(server, chance)
        wait_until(lambda: not server.app.core.live and server.app.core.gate.waiting == 0)
        wait_until(lambda: upstream.running == 0)
        assert server.app.core.gate.running == 0
        gc.collect()
        objects.append(len(gc.get_objects()))
    assert upstream.started > 0
    assert objects[-1] - objects[0] < 20 * CLIENTS
    reply = server.chat(json.loads(question("brief", stream=False).partition(b"\r\n\r\n")[2]))
    assert reply.status == 200
    assert reply.json()["choices"][0]["message"]["content"] == "word "
