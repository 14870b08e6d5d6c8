"""Clients that leave, counted at the engine.

1. Whenever a client leaves (queued, prefill, thinking, answer; by FIN or RST; streamed or not; one agent or
   eight), nothing of its run is generated any more within half a second.
2. The run is counted as cancelled, its tokens are in the metrics, and its ledger is stored.
3. A client that leaves the queue never reaches the engine, and its place goes to the next.
4. A client that pipelined a second request behind a running one is seen leaving as well.
"""

from __future__ import annotations

import json
import socket
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helicon.engines.protocol import Request
from helicon.engines.scripted import Script, ScriptedEngine, script
from helicon.server.auth import KeyRing
from tests.server.live import LiveServer, reset, serving, wait_until

STOP_SECONDS = 0.5
SLACK = 3.0
"""A busy machine may be slower; the figure itself is checked against the best of the cases."""

WORDS = " ".join(["word"] * 400)
STATES = {
    "prefill": script(WORDS, "x", first_delay_seconds=60),
    "thinking": script(WORDS, "x", delay_seconds=0.02),
    "answer": script("", WORDS, delay_seconds=0.02),
}


def chat_bytes(mode: str, *, stream: bool, **more: Any) -> bytes:
    body = {"model": f"scripted@{mode}", "messages": [{"role": "user", "content": "Hi?"}], "stream": stream, **more}
    data = json.dumps(body).encode()
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


def leave(sock: socket.socket, how: str) -> None:
    if how == "RST":
        reset(sock)
    else:
        sock.close()


@pytest.mark.parametrize("how", ["FIN", "RST"])
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("mode", ["thinking", "contemplating"])
def test_a_client_that_leaves_stops_the_engine(mode: str, state: str, stream: bool, how: str) -> None:
    engine = ScriptedEngine([STATES[state]])
    agents = {"helicon": {"agents": 4, "effort": "high"}} if mode == "contemplating" else {}
    with serving([engine]) as server:
        sock = server.connect()
        sock.sendall(chat_bytes(mode, stream=stream, **agents))
        wait_until(lambda: engine.counts.running == (4 if agents else 1))
        if state != "prefill":
            wait_until(lambda: engine.counts.tokens.generated > 5)
        leave(sock, how)
        seconds = wait_until(lambda: engine.counts.running == 0)
        assert seconds < STOP_SECONDS * SLACK
        generated = engine.counts.tokens.generated
        wait_until(lambda: server.app.core.gate.running == 0)
        time.sleep(0.06)
        assert engine.counts.tokens.generated == generated
        assert engine.counts.cancelled == (4 if agents else 1)
        text = server.request("GET", "/metrics").body.decode()
    assert "helicon_cancelled_total 1.0" in text
    assert f'helicon_requests_total{{mode="{mode}",status="499"}} 1.0' in text
    if state == "thinking":
        assert f'helicon_tokens_total{{kind="thinking"}} {float(generated)}' in text


@pytest.fixture
def crowded() -> Iterator[tuple[LiveServer, ScriptedEngine]]:
    """One place, held by a run that stalls; two may wait."""
    engine = ScriptedEngine([script("a b", fault="stall", fault_after=1), script("", "Hello.")])
    with serving([engine], max_running=1, max_waiting=2) as server:
        first = server.connect()
        first.sendall(chat_bytes("thinking", stream=True))
        wait_until(lambda: engine.counts.running == 1)
        yield server, engine
        first.close()
        wait_until(lambda: engine.counts.running == 0)


@pytest.mark.parametrize("how", ["FIN", "RST"])
def test_a_client_that_leaves_the_queue_never_reaches_the_engine(
    crowded: tuple[LiveServer, ScriptedEngine], how: str
) -> None:
    server, engine = crowded
    gate = server.app.core.gate
    leaver, stayer = server.connect(), server.connect()
    leaver.sendall(chat_bytes("instant", stream=True))
    wait_until(lambda: gate.waiting == 1)
    stayer.sendall(chat_bytes("instant", stream=False))
    wait_until(lambda: gate.waiting == 2)
    leave(leaver, how)
    assert wait_until(lambda: gate.waiting == 1) < STOP_SECONDS * SLACK
    for live in list(server.app.core.live):
        server.loop.call_soon_threadsafe(live.stop, "client")
    reply = stayer.recv(65536)
    stayer.close()
    assert reply.startswith(b"HTTP/1.1 200")
    assert engine.counts.started == 2


def test_a_full_queue_answers_429_at_once_and_health_stays_quick(crowded: tuple[LiveServer, ScriptedEngine]) -> None:
    server, engine = crowded
    waiting = [server.connect() for _ in range(2)]
    for sock in waiting:
        sock.sendall(chat_bytes("instant", stream=True))
    wait_until(lambda: server.app.core.gate.waiting == 2)
    reply = server.chat({"model": "scripted", "messages": [{"role": "user", "content": "Hi?"}]})
    assert reply.status == 429
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert reply.error["type"] == "rate_limit_error"
    assert reply.error["code"] == "server_busy"
    assert reply.headers["x-should-retry"] == "true"
    began = time.perf_counter()
    assert server.request("GET", "/health").json() == {"status": "ok", "running": 1, "waiting": 2}
    assert time.perf_counter() - began < 0.05 * 10
    for sock in waiting:
        sock.close()
    wait_until(lambda: server.app.core.gate.waiting == 0)
    assert engine.counts.started == 1


def test_one_key_cannot_take_the_places_of_another() -> None:
    engine = ScriptedEngine([script("a b", fault="stall", fault_after=1)])
    greedy, modest = "hk-greedy-0123456789", "hk-modest-0123456789"
    with serving([engine], max_running=2, max_waiting=2, keys=KeyRing.of([greedy, modest])) as server:
        body = {"model": "scripted@thinking", "messages": [{"role": "user", "content": "Hi?"}], "stream": True}
        socks = [server.connect() for _ in range(3)]
        for sock, key in zip(socks, (greedy, greedy, modest), strict=True):
            head = f"Host: localhost\r\nAuthorization: Bearer {key}".encode()
            sock.sendall(chat_bytes("thinking", stream=True).replace(b"Host: localhost", head))
        wait_until(lambda: server.app.core.gate.waiting == 1)
        for _ in range(20):
            refused = server.chat(body, f"Authorization: Bearer {greedy}")
            assert (refused.status, refused.error["code"]) == (429, "server_busy")
            assert "this key has 2 requests" in refused.error["message"]
        for sock in socks:
            sock.close()
        wait_until(lambda: server.app.core.gate.running == 0)
        assert not any(account.held for account in server.app.core.shares.accounts)


def test_a_pipelining_client_is_seen_leaving() -> None:
    engine = ScriptedEngine([STATES["thinking"]])
    with serving([engine]) as server:
        sock = server.connect()
        sock.sendall(chat_bytes("thinking", stream=True) + chat_bytes("thinking", stream=True))
        wait_until(lambda: engine.counts.running == 1)
        sock.close()
        assert wait_until(lambda: engine.counts.running == 0) < STOP_SECONDS * SLACK


def test_a_left_run_is_in_the_store_with_its_ledger(tmp_path: Path) -> None:
    engine = ScriptedEngine([STATES["thinking"]])
    database = tmp_path / "runs.db"
    with serving([engine], database=str(database)) as server:
        sock = server.connect()
        sock.sendall(chat_bytes("thinking", stream=True))
        wait_until(lambda: engine.counts.tokens.thinking > 5)
        sock.close()
        wait_until(lambda: engine.counts.running == 0)
    [(status, ledger)] = sqlite3.connect(database).execute("select status, ledger from runs").fetchall()
    [entry] = json.loads(ledger)["entries"]
    assert status == "cancelled"
    assert entry["stop_reason"] == "cancelled"
    assert entry["tokens"]["thinking"] == engine.counts.tokens.thinking


def test_two_hundred_leavers_leave_nothing_behind() -> None:
    def short(request: Request) -> Script:
        return STATES["thinking"]

    engine = ScriptedEngine(short)
    with serving([engine], max_running=50, max_waiting=200) as server:
        socks = [server.connect() for _ in range(200)]
        for number, sock in enumerate(socks):
            sock.sendall(chat_bytes("thinking", stream=number % 2 == 0))
        wait_until(lambda: engine.counts.running == 50)
        for number, sock in enumerate(socks):
            leave(sock, "RST" if number % 3 else "FIN")
        wait_until(lambda: engine.counts.running == 0 and server.app.core.gate.running == 0)
        assert server.app.core.gate.waiting == 0
        assert not server.app.core.live
