"""Keys, one by one: what each may do, for how long and how much.

1. Each route with each kind of key (whole, of certain routes, revoked, expired, not yet expired, another's, wrong,
   none) gives the declared status; the words behind a key are checked when they are read.
2. What a key has used counts against its minute and its day: beyond it every request is answered with 429, its own
   code and the seconds until there is room, and other keys notice nothing.
3. No run generates more than its key has left, parallel agents and thinking included.
4. Comparing takes the same time however much of a key is right: no trend over 100,000 tries.
5. A key is in no output: replies, metrics, logs, representations, errors, database.
"""

from __future__ import annotations

import hashlib
import logging
import pickle
import random
import statistics
import time
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.engines.scripted import INFO, ScriptedEngine, script
from helicon.errors import SetupError, Unauthorized
from helicon.server.auth import KeyRing
from helicon.server.keys import ANYTHING
from helicon.server.limits import Window
from helicon.server.settings import Settings
from tests.server.live import LiveServer, Reply, serving, wait_until

WHOLE = "hk-whole-0123456789"
TEXT = f"""
# name, and what it is for, commas included
{WHOLE}
hk-chat-0123456789      routes=chat
hk-metrics-0123456789   routes=metrics
hk-reader-0123456789    routes=models+metrics
hk-revoked-0123456789   revoked
hk-expired-0123456789   expires=2020-01-01
hk-lasting-0123456789   expires=2120-01-01T12:00+02:00
"""
ASK = {"model": "scripted@thinking", "messages": [{"role": "user", "content": "Hi?"}]}
ROUTES: dict[str, tuple[str, Any]] = {
    "/v1/chat/completions": ("POST", ASK),
    "/v1/models": ("GET", None),
    "/v1/models/scripted": ("GET", None),
    "/metrics": ("GET", None),
    "/health": ("GET", None),
    "/v1/nowhere": ("GET", None),
}
# key: the status of each route, in the order above
EXPECTED = {
    "whole": (200, 200, 200, 200, 200, 404),
    "chat": (200, 403, 403, 403, 200, 404),
    "metrics": (403, 403, 403, 200, 200, 404),
    "reader": (403, 200, 200, 200, 200, 404),
    "revoked": (401, 401, 401, 401, 200, 401),
    "expired": (401, 401, 401, 401, 200, 401),
    "lasting": (200, 200, 200, 200, 200, 404),
    "wrong": (401, 401, 401, 401, 200, 401),
    "": (401, 401, 401, 401, 200, 401),
}


def bearer(name: str) -> list[str]:
    return [f"Authorization: Bearer hk-{name}-0123456789"] if name else []


@pytest.fixture(scope="module")
def locked() -> Iterator[LiveServer]:
    with serving([ScriptedEngine([script("a b c", "Hello.")])], keys=KeyRing.from_text(TEXT, source="a test")) as live:
        yield live


@pytest.mark.parametrize("name", EXPECTED)
def test_each_route_with_each_kind_of_key(locked: LiveServer, name: str) -> None:
    seen = tuple(locked.request(method, path, body, *bearer(name)).status for path, (method, body) in ROUTES.items())
    assert seen == EXPECTED[name]


def test_refused_keys_are_told_why(locked: LiveServer) -> None:
    for name, words in (("revoked", "was revoked"), ("expired", "has expired"), ("wrong", "is wrong")):
        error = locked.chat(ASK, *bearer(name)).error
        assert words in error["message"]
        assert error["code"] == "invalid_api_key"
    error = locked.chat(ASK, *bearer("reader")).error
    assert (error["code"], "models and metrics only, not for chat" in error["message"]) == ("key_routes", True)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            "routes=chat+pages",
            "routes of key 1 of a test is 'chat+pages'; expected one or more of chat+models+metrics+page",
        ),
        ("routes=", "routes of key 1"),
        ("expires=soon", "expires of key 1 of a test is 'soon'; expected a date"),
        ("running=0", "running of key 1 of a test is '0'; expected a whole number above 0"),
        ("tokens_per_minute=1e4", "expected a whole number"),
        ("tokens_per_day=" + "9" * 5000, "expected a whole number"),
        ("money_per_day=nan", "expected a number above 0"),
        ("running=1 running=2", "says 'running' twice"),
        ("revoked revoked", "says 'revoked' twice"),
        ("revoked=no", "followed by a word that is not known; expected one of routes=..., expires=..., revoked"),
        ("hourly=3", "followed by a word that is not known"),
        ("and-another-secret", "visible ASCII"),
    ],
)
def test_wrong_words_are_told_without_showing_the_key(words: str, message: str) -> None:
    with pytest.raises(SetupError) as caught:
        KeyRing.from_text(f"{WHOLE} {words}", source="a test")
    assert message in str(caught.value)
    assert WHOLE not in str(caught.value)
    assert "another-secret" not in str(caught.value)


def test_one_key_has_one_set_of_rules() -> None:
    hashed = "sha256:" + hashlib.sha256(WHOLE.encode()).hexdigest()
    assert len(KeyRing.from_text(f"{WHOLE}, {hashed}\n{WHOLE}", source="a test")) == 1
    with pytest.raises(SetupError, match="twice with different rules"):
        KeyRing.from_text(WHOLE, source="one") + KeyRing.from_text(f"{hashed} running=1", source="other")


def test_the_keys_of_the_example_are_read(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_bytes(b"\xef\xbb\xbf" + f"{WHOLE}\r\n\thk-second-0123456789 \t revoked\r\n".encode())
    ring = KeyRing.from_file(file)
    assert [key.rules == ANYTHING for key in ring.keys] == [True, False]
    assert ring.opens(WHOLE.encode())


def limited(words: str, **engine: Any) -> Any:
    keys = KeyRing.from_text(f"hk-limited-0123456789 {words}\nhk-other-0123456789", source="a test")
    return serving([ScriptedEngine([script("one two three four five", "It is 42.")], **engine)], keys=keys)


def refused(reply: Reply) -> tuple[int, str, bool]:
    return reply.status, reply.error["code"], 1 <= int(reply.headers["retry-after"]) <= 86400 + 1500


def test_requests_of_a_minute() -> None:
    with limited("requests_per_minute=3") as server:
        replies = [server.chat(ASK, *bearer("limited")) for _ in range(30)]
        assert [reply.status for reply in replies] == [200] * 3 + [429] * 27
        assert refused(replies[-1]) == (429, "rate_limit_exceeded", True)
        assert int(replies[-1].headers["retry-after"]) <= 62
        assert "has used its 3 requests in a minute" in replies[-1].error["message"]
        assert [server.chat(ASK, *bearer("other")).status for _ in range(10)] == [200] * 10
        assert "helicon_refused_total 27.0" in server.request("GET", "/metrics", None, *bearer("other")).body.decode()


@pytest.mark.parametrize("words", ["tokens_per_minute=60", "tokens_per_day=60", "money_per_day=0.0001"])
@pytest.mark.parametrize("stream", [False, True])
def test_tokens_and_money_of_a_minute_or_a_day(words: str, stream: bool) -> None:
    with limited(words, info=replace(INFO, price_prompt=1.0, price_generated=5.0)) as server:
        replies = [server.chat({**ASK, "stream": stream}, *bearer("limited")) for _ in range(20)]
        passed = [reply.status for reply in replies].index(429)
        assert 1 <= passed < 10
        assert [reply.status for reply in replies] == [200] * passed + [429] * (20 - passed)
        assert refused(replies[-1]) == (429, "rate_limit_exceeded", True)
        assert server.chat(ASK, *bearer("other")).status == 200


def test_runs_at_once_of_one_key() -> None:
    keys = KeyRing.from_text("hk-limited-0123456789 running=2\nhk-other-0123456789", source="a test")
    with serving([ScriptedEngine([script("a b", fault="stall", fault_after=1)])], keys=keys) as server:
        data = server_bytes("limited")
        socks = [server.connect() for _ in range(2)]
        for sock in socks:
            sock.sendall(data)
        wait_until(lambda: server.app.core.gate.running == 2)
        reply = server.chat(ASK, *bearer("limited"))
        assert (reply.status, reply.error["code"]) == (429, "server_busy")
        for sock in socks:
            sock.close()
        wait_until(lambda: server.app.core.gate.running == 0)
        assert [account.held for account in server.app.core.shares.accounts] == [0, 0]


def server_bytes(name: str) -> bytes:
    from tests.server.test_leaving import chat_bytes

    return chat_bytes("thinking", stream=True).replace(
        b"Host: localhost", f"Host: localhost\r\n{bearer(name)[0]}".encode()
    )


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
def test_no_run_generates_more_than_its_key_has_left(mode: str) -> None:
    engine = ScriptedEngine([script(" ".join(["word"] * 300), " ".join(["word"] * 300))])
    keys = KeyRing.from_text("hk-limited-0123456789 tokens_per_minute=100", source="a test")
    with serving([engine], keys=keys) as server:
        statuses = [server.chat({**ASK, "model": f"scripted@{mode}"}, *bearer("limited")).status for _ in range(9)]
    assert (statuses[0], statuses[-1]) == (200, 429)
    assert 0 < engine.counts.tokens.generated <= 100


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0, 40), st.integers(1, 50)), max_size=60),
    st.integers(1, 200),
    st.sampled_from([60.0, 86400.0]),
)
def test_a_window_holds_its_bound_and_says_when_there_is_room(
    steps: list[tuple[float, int]], most: int, seconds: float
) -> None:
    window, now, seen = Window(most, seconds), 1000.0, list[tuple[float, int]]()
    for pause, amount in steps:
        now += pause * seconds / 60
        room = window.room(now)
        recent = sum(used for moment, used in seen if moment > now - seconds)
        older = sum(used for moment, used in seen if moment > now - seconds * 62 / 60)
        assert most - older <= room <= most - recent
        if room > 0:
            window.add(amount, now)
            seen.append((now, amount))
        else:
            assert deepcopy(window).room(now + window.wait_seconds(now)) > 0
        assert len(window._parts) <= 62


def test_comparing_takes_the_same_time_however_much_is_right() -> None:
    """A hundred thousand tries in random order; the slowest fifth is the machine's other work."""
    ring = KeyRing.of([WHOLE, "hk-second-0123456789"])
    tokens = [(WHOLE[:n] + "x" * (len(WHOLE) - n)).encode() for n in range(len(WHOLE))]
    draw, clock, compare = random.Random(1), time.perf_counter_ns, ring.number_of
    trends = []
    for _ in range(3):  # a trend is there every time; a coincidence is not
        order = [n for _ in range(100_000 // len(tokens) + 1) for n in range(len(tokens))]
        draw.shuffle(order)
        samples = []
        for n in order:
            token = tokens[n]
            began = clock()
            compare(token)
            samples.append((n, clock() - began))
        assert len(samples) >= 100_000
        cut = statistics.quantiles([took for _, took in samples], n=10)[7]
        kept = [(float(n), float(took)) for n, took in samples if took <= cut]
        trends.append(abs(statistics.correlation(*map(list, zip(*kept, strict=True)))))
        if trends[-1] < 0.05:
            return
    raise AssertionError(f"the time follows what is right: {trends}")


def test_a_key_is_in_no_output(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    canary = "hk-canary-0123456789abcdef"
    hashed = hashlib.sha256(canary.encode()).hexdigest()
    ring = KeyRing.from_text(f"{canary} requests_per_minute=5\nhk-other-0123456789", source="a test")
    header = f"Authorization: Bearer {canary}"
    said = b""
    with caplog.at_level(logging.DEBUG):
        with serving([ScriptedEngine([script("", "Hi.")])], keys=ring, database=str(tmp_path / "runs.db")) as server:
            for body in (ASK, {**ASK, "stream": True}, {**ASK, "helicon": {"events": True}}, {}, b"{", ASK, ASK, ASK):
                said += server.chat(body, header).raw
            for path in ("/metrics", "/v1/models", "/v1/models/x", "/health", "/v1/nowhere", "/"):
                said += server.request("GET", path, None, header).raw
            said += repr(server.app.core).encode()
        with pytest.raises(Unauthorized) as caught:
            ring.check([(b"authorization", b"Bearer " + canary.encode() + b"x")])
    said += str(caught.value).encode() + pickle.dumps(caught.value) + repr(Settings(keys=ring)).encode()
    said += caplog.text.encode() + b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"429" in said
    assert canary.encode() not in said
    assert hashed.encode() not in said
    assert bytes.fromhex(hashed) not in said
