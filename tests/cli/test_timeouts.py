"""Time-outs of engines are settings.

1. Option, variable and file reach the engine that is opened.
2. What a time-out says names the option that waits longer.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

import helicon.engines
from helicon.cli.engines import open_as_set
from helicon.cli.sources import load
from helicon.engines import Timeouts
from tests.cli.conftest import Shell


async def test_they_reach_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[Timeouts] = []

    async def opened(*_: object, timeouts: Timeouts, **__: object) -> None:
        given.append(timeouts)

    monkeypatch.setattr(helicon.engines, "open_engine", opened)
    (tmp_path / "helicon.toml").write_text("connect_timeout = 9\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HELICON_FIRST_BYTE_TIMEOUT", "1200")
    settings = load({"idle_timeout": 7.5})
    await open_as_set("nano", settings, confirm=lambda _: True)
    assert given == [Timeouts(connect=9, first_byte=1200, idle=7.5)]


def test_the_message_names_the_option(shell: Shell, silent: str) -> None:
    ended = shell.run("ask", "2 + 2?", "--model", f"{silent}#m", "--mode", "instant", "--first-byte-timeout", "0.3")
    assert ended.returncode == 75
    said = ended.stderr.decode()
    assert "silent for 0.3 seconds" in said
    assert "--first-byte-timeout" in said


@pytest.fixture
def silent() -> Iterator[str]:
    """A server that names its model and then says nothing."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = b'{"data": [{"id": "m"}]}'
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            over.wait(60)

        def log_message(self, *_: object) -> None:
            pass

    over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            over.set()
            server.shutdown()
