"""A live server for tests: real sockets, real HTTP, in a thread of its own; and raw connections to it."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import threading
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from helicon.engines.protocol import Engine
from helicon.server.app import App, create_app
from helicon.server.models import registry_of
from helicon.server.serving import Server, bind, server_for, url_of
from helicon.server.settings import Settings
from helicon.server.ssrf import Policy

PATIENCE_SECONDS = 30.0
"""How long a test waits for what must happen, on a machine five times slower than usual."""


class LiveServer:
    """A running server: its address, its application, and its event loop for looking inside."""

    def __init__(self, url: str, port: int, app: App, server: Server, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.port = port
        self.app = app
        self.server = server
        self.loop = loop

    def connect(self, *, receive_buffer: int | None = None) -> socket.socket:
        """A raw connection."""
        sock = socket.socket()
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        sock.settimeout(PATIENCE_SECONDS)
        sock.connect(("127.0.0.1", self.port))
        return sock

    def send(self, data: bytes) -> bytes:
        """Send raw bytes, and give back everything until the server closes or the reply is complete."""
        with self.connect() as sock:
            sock.sendall(data)
            return read_reply(sock)

    def request(self, method: str, path: str, body: Any = None, *headers: str) -> Reply:
        """One plain request on a connection of its own."""
        data = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        lines = [f"{method} {path} HTTP/1.1", f"Host: 127.0.0.1:{self.port}", "Connection: close", *headers]
        if body is not None and not any(line.lower().startswith("content-type") for line in headers):
            lines.append("Content-Type: application/json")
        if body is not None:
            lines.append(f"Content-Length: {len(data)}")
        return Reply(self.send("\r\n".join(lines).encode() + b"\r\n\r\n" + data))

    def chat(self, body: Any, *headers: str) -> Reply:
        """One chat request."""
        return self.request("POST", "/v1/chat/completions", body, *headers)


class Reply:
    """A parsed raw reply."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        head, _, body = raw.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        self.status = int(lines[0].split()[1]) if lines[0] else 0
        self.headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines[1:])}
        self.body = _dechunk(body) if self.headers.get("transfer-encoding") == "chunked" else body

    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.json()["error"]
        return error

    @property
    def chunks(self) -> list[Any]:
        """The data fields of an event stream; ``[DONE]`` as a string."""
        found: list[Any] = []
        for line in self.body.decode().split("\n\n"):
            if line.startswith("data: "):
                data = line.removeprefix("data: ")
                found.append(data if data == "[DONE]" else json.loads(data))
        return found


def _dechunk(body: bytes) -> bytes:
    whole = b""
    while body:
        size, _, rest = body.partition(b"\r\n")
        length = int(size or b"0", 16)
        if not length:
            break
        whole += rest[:length]
        body = rest[length + 2 :]
    return whole


def read_reply(sock: socket.socket) -> bytes:
    """Everything until the other side closes."""
    data = b""
    while True:
        try:
            more = sock.recv(65536)
        except ConnectionResetError:
            return data
        if not more:
            return data
        data += more


def reset(sock: socket.socket) -> None:
    """Close with RST instead of FIN."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> float:
    """Seconds until ``condition`` held; fails when it does not hold in time."""
    began = time.monotonic()
    while not condition():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"it did not happen within {seconds} s")
        time.sleep(0.005)
    return time.monotonic() - began


@contextmanager
def serving(
    engines: Sequence[Engine] | Callable[[], Awaitable[Sequence[Engine]]],
    *,
    policy: Policy | None = None,
    **settings: Any,
) -> Iterator[LiveServer]:
    """Serve ``engines`` (or what the given function opens in the server's loop) on a free port for the block;
    checks afterwards that no task is left."""
    given = Settings(**{"port": 0, "grace_seconds": 1.0, **settings})
    listener = bind(given)
    ready = threading.Event()
    box: dict[str, Any] = {}

    async def main() -> None:
        opened = await engines() if callable(engines) else engines
        app = await create_app(given, await registry_of(opened, created=1), policy=policy)
        server = server_for(app, given, ready.set)
        box.update(app=app, server=server, loop=asyncio.get_running_loop())
        await server.serve(sockets=[listener])
        await app.close()
        await asyncio.gather(*(engine.close() for engine in opened))
        box["left"] = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]

    def work() -> None:
        try:
            asyncio.run(main())
        except BaseException as error:  # noqa: BLE001 - handed to the test
            box["error"] = error
            ready.set()

    thread = threading.Thread(target=work, name="server", daemon=True)
    thread.start()
    assert ready.wait(PATIENCE_SECONDS)
    if "error" in box:
        listener.close()
        raise box["error"]
    url = url_of(listener)
    try:
        yield LiveServer(url, int(url.rpartition(":")[2]), box["app"], box["server"], box["loop"])
    finally:
        box["server"].should_exit = True
        thread.join(PATIENCE_SECONDS)
        listener.close()
    assert not thread.is_alive(), "the server did not end"
    if "error" in box:
        raise box["error"]
    assert not box["left"], box["left"]
