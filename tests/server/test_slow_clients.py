"""Clients that are too slow, too large, or no HTTP at all.

1. Headers that do not end in time: 408. Too many or too large headers: 431, also when they never end.
2. A body that does not end in time: 408. A body above the limit: 413, declared or chunked.
3. A client that reads nothing of its stream is cut off, and its run ends at the engine.
4. What is no HTTP gets 400, and the server goes on.
5. No task is left (``serving`` checks it).
6. A reply's head goes out with its body, and alone where no body follows.
"""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from helicon.server.protocol import Replying
from tests.server.live import LiveServer, Reply, read_reply, serving, wait_until
from tests.server.test_leaving import chat_bytes

HEAD = b"POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def server_of(**settings: Any) -> Any:
    return serving([ScriptedEngine([script("a", "b")])], **settings)


def code(raw: bytes) -> tuple[int, str]:
    reply = Reply(raw)
    return reply.status, reply.error["code"]


def test_headers_must_arrive_in_time() -> None:
    with server_of(header_seconds=0.2) as server, server.connect() as silent, server.connect() as dripping:
        dripping.sendall(b"GET /health HTTP/1.1\r\n")
        began = time.monotonic()
        for _ in range(100):
            try:
                dripping.sendall(b"X-A: b\r\n")
            except OSError:
                break
            if time.monotonic() - began > 10:
                raise AssertionError("a slow header was never cut")
            time.sleep(0.05)
        assert code(read_reply(silent)) == (408, "header_timeout")


def test_headers_must_arrive_in_time_on_a_kept_connection() -> None:
    with server_of(header_seconds=0.3) as server, server.connect() as sock:
        sock.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert b"200 OK" in sock.recv(65536)
        sock.sendall(b"\r\n\r\n")
        sock.sendall(b"GET /health HT")
        assert code(read_reply(sock)) == (408, "header_timeout")


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"GET /health HTTP/1.1\r\n" + b"X-A: b\r\n" * 101 + b"\r\n", "too_many_headers"),
        (b"GET /health HTTP/1.1\r\nX-A: " + b"b" * 33_000 + b"\r\n\r\n", "headers_too_large"),
        (b"GET /health HTTP/1.1\r\nX-A: " + b"b" * 70_000, "headers_too_large"),
        (b"GET /" + b"a" * 40_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n", "headers_too_large"),
    ],
    ids=["many", "large", "endless", "url"],
)
def test_headers_have_a_size(server: LiveServer, data: bytes, expected: str) -> None:
    assert code(server.send(data)) == (431, expected)
    assert server.request("GET", "/health").status == 200


def test_a_body_must_arrive_in_time() -> None:
    with server_of(body_seconds=0.2) as server:
        assert code(server.send(HEAD + b'Content-Length: 100\r\n\r\n{"model":')) == (408, "body_timeout")
        assert code(server.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{")) == (408, "body_timeout")


def test_a_body_has_a_size() -> None:
    with server_of(max_body=1000) as server:
        declared = HEAD + b"Connection: close\r\nContent-Length: 1001\r\n\r\n" + b"x" * 1001
        chunked = HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + b"80\r\n" + b"y" * 128 + b"\r\n"
        chunked += (b"80\r\n" + b"y" * 128 + b"\r\n") * 9 + b"0\r\n\r\n"
        assert code(server.send(declared)) == (413, "body_too_large")
        assert code(server.send(chunked)) == (413, "body_too_large")


def test_a_refused_body_of_many_megabytes_still_gets_its_answer() -> None:
    with server_of(max_body=1000) as server, server.connect() as sock:
        sock.sendall(HEAD + b"Content-Length: 20000000\r\n\r\n")
        sock.sendall(b"x" * 20_000_000)
        assert sock.recv(65536).startswith(b"HTTP/1.1 413")


def test_a_client_that_reads_nothing_is_cut_and_its_run_ends() -> None:
    words = " ".join(["0123456789" * 400] * 3000)
    engine = ScriptedEngine([script("", words)])
    with serving([engine], stall_seconds=0.3) as server:
        sock = server.connect(receive_buffer=4096)
        sock.sendall(chat_bytes("instant", stream=True))
        wait_until(lambda: engine.counts.running == 1)
        wait_until(lambda: engine.counts.running == 0 and not server.app.core.live)
        text = server.request("GET", "/metrics").body.decode()
        sock.close()
    assert "helicon_cancelled_total 1.0" in text


def test_a_client_that_reads_slowly_but_steadily_is_served() -> None:
    words = " ".join(["0123456789" * 100] * 300)
    with serving([ScriptedEngine([script("", words)])], stall_seconds=0.5) as server:
        sock = server.connect(receive_buffer=4096)
        request = chat_bytes("instant", stream=True).replace(
            b"Host: localhost", b"Host: localhost\r\nConnection: close"
        )
        sock.sendall(request)
        data = b""
        while more := sock.recv(8192):
            data += more
            time.sleep(0.005)
        sock.close()
    assert b"data: [DONE]" in data


@pytest.mark.parametrize(
    "data",
    [
        b"hello\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\0" * 100,
        b"GET /health HTTP/9.9\r\n\r\n",
        b"GET /health HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
        b"POST /health HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /health HTTP/1.1\r\nA\0B: c\r\n\r\n",
    ],
)
def test_what_is_no_http_gets_400(server: LiveServer, data: bytes) -> None:
    raw = server.send(data)
    assert Reply(raw).status == 400
    assert server.request("GET", "/health").status == 200


def test_a_half_open_client_frees_its_place() -> None:
    with server_of(body_seconds=0.3) as server:
        sock = server.connect()
        sock.sendall(HEAD + b"Content-Length: 100\r\n\r\n")
        sock.shutdown(socket.SHUT_WR)
        read_reply(sock)
        sock.close()
        wait_until(lambda: not server.server.server_state.tasks)


class Written:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def test_head_and_body_are_one_write() -> None:
    wire: Any = Written()
    reply = Replying(wire)
    reply.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    reply.write(b"HTTP/1.1 200 OK\r\n\r\n")
    reply.write(b"one")
    reply.write(b"HTTP/1.1 two")
    reply.flush()
    assert wire.pieces == [b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\none", b"HTTP/1.1 two"]


def test_a_head_without_a_body_goes_out() -> None:
    wire: Any = Written()
    reply = Replying(wire)
    reply.write(b"HTTP/1.1 200 OK\r\n\r\n")
    reply.close()
    assert wire.pieces == [b"HTTP/1.1 200 OK\r\n\r\n"]
    assert reply.is_closing()
    with server_of() as server:
        raw = server.send(b"HEAD /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert raw.startswith(b"HTTP/1.1 200")
