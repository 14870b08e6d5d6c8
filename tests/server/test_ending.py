"""The orderly end, in real processes.

1. SIGTERM under fifty streams: new requests get 503 with ``Connection: close``, short runs still finish, the
   rest ends with a ``server_shutdown`` event that names its run; the process exits with 0 within the grace time.
2. A second signal ends the process at once.
3. A taken port, a missing folder and a missing key are told in one sentence.
4. Two servers on one database both store their runs.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from helicon.server.serving import bind
from helicon.server.settings import Settings
from helicon.store import open_store
from tests.server.live import PATIENCE_SECONDS, Reply, read_reply

ROOT = Path(__file__).parents[2]


@contextmanager
def process(**settings: Any) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A server process and its port."""
    given = {"port": 0, **settings}
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.server.process", json.dumps(given)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert child.stdout is not None
        line = child.stdout.readline().strip()
        assert line, child.communicate()[1]
        yield child, int(line.rpartition(":")[2])
    finally:
        if child.poll() is None:
            child.kill()
        child.communicate()


def ask(port: int, words: str, *, stream: bool = True, mode: str = "instant") -> socket.socket:
    body = {"model": f"scripted@{mode}", "messages": [{"role": "user", "content": words}], "stream": stream}
    data = json.dumps(body).encode()
    sock = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    sock.sendall(f"{head}Connection: close\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    return sock


def reply_to(sock: socket.socket) -> Reply:
    with sock:
        return Reply(read_reply(sock))


def test_sigterm_under_fifty_streams(tmp_path: Path) -> None:
    database = str(tmp_path / "runs.db")
    with process(grace_seconds=4, max_running=50, max_waiting=10, database=database) as (child, port):
        long = [ask(port, "long", mode="thinking", stream=number > 0) for number in range(47)]
        brief = [ask(port, "brief") for _ in range(3)]
        for sock in long[1:] + brief:
            assert sock.recv(1, socket.MSG_PEEK)
        queued = ask(port, "long")
        time.sleep(0.1)
        child.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert reply_to(queued).error["code"] == "server_shutdown"
        late = reply_to(ask(port, "brief"))
        health = socket.create_connection(("127.0.0.1", port))
        health.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        draining = reply_to(health)
        finished = [reply_to(sock).chunks for sock in brief]
        ended = [reply_to(sock) for sock in long]
        code = child.wait(PATIENCE_SECONDS)
        seconds = time.monotonic() - began
        errors = child.stderr.read() if child.stderr else ""
    assert late.status == 503
    assert late.headers["connection"] == "close"
    assert late.error["code"] == "server_shutdown"
    assert int(late.headers["retry-after"]) >= 1
    assert (draining.status, draining.json()["status"]) == (503, "draining")
    assert all(chunks[-1] == "[DONE]" for chunks in finished)
    assert (ended[0].status, ended[0].error["code"]) == (503, "server_shutdown")
    for stream in ended[1:]:
        last = stream.chunks[-1]
        assert last["error"]["code"] == "server_shutdown"
        assert last["helicon"]["run_id"]
        assert last["helicon"]["tokens"]["thinking"] > 0
    assert code == 0
    assert seconds < 4 + 2 + 4  # grace, two seconds, and a busy machine
    assert "Task was destroyed" not in errors
    assert "never awaited" not in errors
    assert "Traceback" not in errors, errors
    store = open_store(database)
    assert store.count() == 50
    store.close()


def test_a_second_signal_ends_at_once() -> None:
    with process(grace_seconds=60) as (child, port):
        sock = ask(port, "long", mode="thinking")
        assert sock.recv(1)
        child.send_signal(signal.SIGTERM)
        time.sleep(0.3)
        assert child.poll() is None
        child.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert child.wait(PATIENCE_SECONDS) == -signal.SIGTERM
        assert time.monotonic() - began < 5
        sock.close()


def test_ctrl_c_without_requests_ends_with_0() -> None:
    with process(grace_seconds=60) as (child, _):
        child.send_signal(signal.SIGINT)
        assert child.wait(PATIENCE_SECONDS) == 0


def start_and_fail(**settings: Any) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.server.process", json.dumps(settings)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_taken_port_is_told() -> None:
    with bind(Settings(port=0)) as taken:
        port = taken.getsockname()[1]
        told = start_and_fail(port=port)
    assert f"SetupError: port {port} of 127.0.0.1 is taken" in told
    assert f"--port {port + 1}" in told


def test_another_host_without_keys_is_refused() -> None:
    assert "HELICON_API_KEYS" in start_and_fail(host="0.0.0.0", port=0)


def test_a_database_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = start_and_fail(port=0, database=str(tmp_path / "file" / "runs.db"))
    assert "SetupError: the database file" in told
    assert "--database" in told
    (tmp_path / "notes.db").write_text(
        "these are notes, no database, and they are long enough to be read as one\n" * 50
    )
    assert "StoreError" in start_and_fail(port=0, database=str(tmp_path / "notes.db"))


@pytest.mark.skipif(os.geteuid() == 0 and sys.platform != "linux", reason="root may write everywhere")
def test_an_unwritable_folder_is_told(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    locked = Path("/proc") if os.geteuid() == 0 else tmp_path  # where not even root makes files
    assert "cannot be written" in start_and_fail(port=0, database=str(locked / "runs.db"))


def test_two_servers_share_one_database(tmp_path: Path) -> None:
    database = str(tmp_path / "runs.db")
    with process(database=database) as (one, first), process(database=database) as (two, second):

        def work(port: int) -> None:
            for _ in range(8):
                assert reply_to(ask(port, "Hi", mode="thinking")).chunks[-1] == "[DONE]"

        threads = [threading.Thread(target=work, args=(port,)) for port in (first, second, first, second)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
        for child in (one, two):
            child.send_signal(signal.SIGTERM)
            assert child.wait(PATIENCE_SECONDS) == 0
            assert child.stderr is not None
            assert child.stderr.read() == ""
    store = open_store(database)
    assert store.count() == 32
    store.close()
