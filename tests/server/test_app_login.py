"""Who may use the page's API.

1. A route table: each route with no key, a wrong, revoked, expired one, one of other areas, another person's and the
   right one gives the declared status; a route without a line here fails. The same through cookies.
2. A login is a random cookie, HttpOnly and SameSite=Strict, kept as a hash, named by the port, ended by logging out;
   a key that is revoked, expired or taken away later ends its sessions.
3. Wrong keys are counted by address, and beyond ten a minute refused with Retry-After.
4. Foreign origins, other sites' pages by fetch metadata, foreign hosts and forms get nothing; a GET changes nothing.
5. Everything of another person is as if absent.
6. Whose a conversation is does not hang on a key's place or rules.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from helicon.server.api import OPERATIONS, Operation
from helicon.server.auth import KeyRing
from helicon.server.desk import FILE
from helicon.server.sessions import WRONG_PER_MINUTE
from tests.server.app_client import App
from tests.server.live import LiveServer, Reply, serving

NAMES = ("alice", "bobby", "admin", "chatter", "pager", "revoked", "expired")
TEXT = """
hk-alice-0123456789
hk-bobby-0123456789
hk-admin-0123456789    routes=page+engines
hk-chatter-0123456789  routes=chat+models+metrics
hk-pager-0123456789    routes=page
hk-revoked-0123456789  revoked
hk-expired-0123456789  expires=2020-01-01
"""


def bearer(name: str) -> str:
    return f"Authorization: Bearer hk-{name}-0123456789"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    engine = ScriptedEngine([script("Hm.", "It is 42.")])
    with serving(
        [engine], keys=KeyRing.from_text(TEXT, source="a test"), data=str(tmp_path_factory.mktemp("d"))
    ) as live:
        yield live


@pytest.fixture(scope="module")
def made(server: LiveServer) -> dict[str, str]:
    """Alice's things, by the part of a path that names them."""
    app = App(server, bearer("alice"))
    image = {"data": "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="}
    asked = app.say("Hello", images=[image])
    app.ended(asked["run"])
    compared = app.post(
        "/api/comparisons",
        {
            "text": "Hi",
            "entries": [{"model": "scripted", "mode": "instant"}, {"model": "scripted", "mode": "thinking"}],
        },
    )
    for run in compared["runs"]:
        app.ended(run)
    return {
        "conversation": asked["user"]["conversation"],
        "message": asked["assistant"]["id"],
        "run": asked["run"],
        "file": asked["user"]["images"][0]["file"],
        "comparison": compared["conversation"]["id"],
    }


# method and path: (whose id stands in the path, body, status for its owner)
TABLE: dict[tuple[str, str], tuple[str, Any, int]] = {
    ("GET", "/api/models"): ("", None, 200),
    ("POST", "/api/models"): ("", {"spec": "./missing.gguf"}, 403),
    ("DELETE", "/api/models/{name:path}"): ("scripted", None, 403),
    ("POST", "/api/models/{name:path}/probe"): ("scripted", {}, 403),
    ("GET", "/api/preferences"): ("", None, 200),
    ("PUT", "/api/preferences"): ("", {}, 200),
    ("GET", "/api/conversations"): ("", None, 200),
    ("POST", "/api/conversations"): ("", {}, 201),
    ("GET", "/api/conversations/{id}"): ("conversation", None, 200),
    ("PATCH", "/api/conversations/{id}"): ("conversation", {"pinned": True}, 200),
    ("DELETE", "/api/conversations/{id}"): ("conversation", None, 200),
    ("POST", "/api/conversations/{id}/restore"): ("conversation", {}, 200),
    ("GET", "/api/conversations/{id}/export"): ("conversation", None, 200),
    ("POST", "/api/conversations/{id}/messages"): ("conversation", {"text": "More"}, 201),
    ("POST", "/api/messages/{id}/regenerate"): ("message", {}, 201),
    ("GET", "/api/runs/{id}"): ("run", None, 200),
    ("GET", "/api/runs/{id}/events"): ("run", None, 200),
    ("POST", "/api/runs/{id}/stop"): ("run", {}, 202),
    ("POST", "/api/runs/{id}/decide"): ("run", {}, 202),
    ("POST", "/api/runs/{id}/agents/{agent}/stop"): ("run", {}, 202),
    ("POST", "/api/runs/{id}/resume"): ("run", {}, 409),
    ("GET", "/api/stream"): ("", None, 200),
    ("POST", "/api/comparisons"): ("", {"text": "", "entries": []}, 400),
    ("GET", "/api/comparisons/summary"): ("", None, 200),
    ("POST", "/api/comparisons/{id}/vote"): ("comparison", {"winner": "tie"}, 200),
    ("GET", "/api/ledger"): ("", None, 200),
    ("GET", "/api/files/{id}"): ("file", None, 200),
    ("GET", "/api/export"): ("", None, 200),
    ("POST", "/api/import"): ("", {}, 200),
    ("POST", "/api/erase"): ("", {"confirm": "no"}, 400),
}
PUBLIC = {("GET", "/api/session"), ("POST", "/api/session"), ("DELETE", "/api/session"), ("GET", "/api/openapi.json")}
TOLD = [one for one in OPERATIONS if (one.method, one.path) not in PUBLIC]


def url_of(one: Operation, made: dict[str, str]) -> str:
    what = TABLE[one.method, one.path][0]
    path = one.path.replace("{agent}", "0")
    return re.sub(r"\{\w+(:path)?\}", made.get(what, what), path)


def status_of(server: LiveServer, one: Operation, made: dict[str, str], *headers: str) -> int:
    """The status alone; a stream is left once it has begun."""
    path, body = url_of(one, made), TABLE[one.method, one.path][1]
    if one.media_type == "text/event-stream":
        with server.connect() as sock:
            lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers, "", ""]
            sock.sendall("\r\n".join(lines).encode())
            return int(sock.recv(65536).split()[1])
    return server.request(one.method, path, body, *headers).status


def test_every_route_is_declared() -> None:
    assert {(one.method, one.path) for one in OPERATIONS} == set(TABLE) | PUBLIC


@pytest.mark.parametrize("one", TOLD, ids=lambda one: f"{one.method} {one.path}")
def test_each_route_with_each_kind_of_key(server: LiveServer, made: dict[str, str], one: Operation) -> None:
    expected = TABLE[one.method, one.path][2]
    of_alice = "{id}" in one.path
    for headers in (
        (),
        (bearer("wrong"),),
        (bearer("revoked"),),
        (bearer("expired"),),
        (f"Cookie: helicon_{server.port}=x",),
    ):
        assert status_of(server, one, made, *headers) == 401, headers
    assert status_of(server, one, made, bearer("chatter")) == 403
    if one.area == "engines":
        assert status_of(server, one, made, bearer("pager")) == 403
        assert status_of(server, one, made, bearer("admin")) != 403
    else:
        assert status_of(server, one, made, bearer("bobby")) == (404 if of_alice else expected)
        assert status_of(server, one, made, bearer("pager")) == (404 if of_alice else expected)
    assert status_of(server, one, made, bearer("alice")) == expected


def test_public_routes_say_little(server: LiveServer) -> None:
    told = App(server).get("/api/session")
    assert (told["user"], told["login"], told["storage"], told["may_change_models"]) == (None, True, None, False)
    assert App(server, bearer("chatter")).get("/api/session")["user"] is None
    assert App(server, bearer("admin")).get("/api/session")["may_change_models"] is True
    assert App(server).ask("GET", "/api/nothing").status == 401
    assert App(server, bearer("alice")).ask("GET", "/api/nothing").status == 404
    assert App(server).ask("PUT", "/api/session", {}).status == 405


def login(server: LiveServer, name: str) -> tuple[Reply, str]:
    reply = App(server).ask("POST", "/api/session", {"key": f"hk-{name}-0123456789"})
    return reply, reply.headers.get("set-cookie", "").partition(";")[0]


def test_a_login_is_a_cookie(server: LiveServer) -> None:
    reply, cookie = login(server, "alice")
    assert reply.status == 200
    words = reply.headers["set-cookie"].split("; ")
    assert words[0].startswith(f"helicon_{server.port}=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=2592000"} <= set(words)
    token = cookie.partition("=")[2]
    assert len(token) >= 40
    app = App(server, f"Cookie: other=1; {cookie}; more=2")
    assert app.get("/api/session")["user"]["id"] == reply.json()["user"]["id"]
    conversation = app.conversation()
    assert App(server, bearer("alice")).get(f"/api/conversations/{conversation}")
    stored = Path(server.app.core.settings.data or "") / FILE
    kept = b"".join(file.read_bytes() for file in stored.parent.iterdir())
    assert token.encode() not in kept
    assert hashlib.sha256(token.encode()).hexdigest().encode() in kept
    ended = app.ask("DELETE", "/api/session")
    assert "Max-Age=0" in ended.headers["set-cookie"]
    assert app.ask("GET", "/api/conversations").status == 401


def test_keys_that_do_not_log_in(server: LiveServer) -> None:
    for name, status in (("revoked", 401), ("expired", 401), ("chatter", 403)):
        reply, cookie = login(server, name)
        assert (reply.status, cookie) == (status, ""), name
    for body in ({}, {"key": 1}, {"key": "x" * 2000}, {"key": "a", "more": 1}):
        assert App(server).ask("POST", "/api/session", body).status == 400
    assert App(server).ask("POST", "/api/session", {"key": "ünïcode and ' OR '1'='1"}).status == 401


def test_wrong_keys_are_counted() -> None:
    keys = KeyRing.from_text(TEXT, source="a test")
    with serving([ScriptedEngine([script("", "x")])], keys=keys) as server:
        app = App(server)
        statuses = [app.ask("POST", "/api/session", {"key": f"wrong-{n}"}).status for n in range(WRONG_PER_MINUTE + 5)]
        assert statuses == [401] * WRONG_PER_MINUTE + [429] * 5
        refused = app.ask("POST", "/api/session", {"key": "hk-alice-0123456789"})
        assert refused.status == 429
        assert 1 <= int(refused.headers["retry-after"]) <= 62
        assert App(server, bearer("alice")).get("/api/conversations")["items"] == []


def test_sessions_end_with_their_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = ScriptedEngine([script("", "x")])

    def ring(text: str) -> KeyRing:
        return KeyRing.from_text(text, source="a test")

    with serving([engine], keys=ring("hk-alice-0123456789\nhk-bobby-0123456789"), data=str(tmp_path)) as server:
        _, alice = login(server, "alice")
        _, bobby = login(server, "bobby")
        conversation = App(server, f"Cookie: {alice}").conversation(title="Alice's")
        name = alice.partition("=")[0]

    def cookie(server: LiveServer, given: str) -> str:
        return f"Cookie: helicon_{server.port}={given.partition('=')[2]}"

    assert name != "helicon_"
    changed = "hk-bobby-0123456789 revoked\nhk-new-0123456789\nhk-alice-0123456789 running=3 expires=2120-01-01"
    with serving([engine], keys=ring(changed), data=str(tmp_path)) as server:
        app = App(server, cookie(server, alice))
        assert app.get(f"/api/conversations/{conversation}")["conversation"]["title"] == "Alice's"
        assert App(server, cookie(server, bobby)).ask("GET", "/api/conversations").status == 401
    with serving([engine], keys=ring("hk-new-0123456789"), data=str(tmp_path)) as server:
        assert App(server, cookie(server, alice)).ask("GET", "/api/conversations").status == 401
        assert App(server, bearer("new")).get("/api/conversations")["items"] == []


FOREIGN = [
    ("Origin: https://evil.example", 403),
    ("Origin: null", 403),
    ("Origin: http://127.0.0.1:1", 403),
    ("Sec-Fetch-Site: cross-site", 403),
    ("Sec-Fetch-Site: same-site", 403),
    ("Host: evil.example", 421),
]


@pytest.mark.parametrize(("header", "status"), FOREIGN)
def test_foreign_pages_get_nothing(header: str, status: int) -> None:
    engine = ScriptedEngine([script("", "x")])
    with serving([engine]) as server:
        app = App(server)
        conversation = app.conversation()
        for method, path, body in (
            ("GET", "/api/conversations", None),
            ("GET", "/api/stream", None),
            ("GET", "/api/session", None),
            ("POST", f"/api/conversations/{conversation}/messages", {"text": "x"}),
            ("DELETE", f"/api/conversations/{conversation}", None),
            ("POST", "/api/erase", {"confirm": "delete everything"}),
        ):
            if header.startswith("Host"):
                head = f"{method} {path} HTTP/1.1\r\n{header}\r\nConnection: close\r\n\r\n"
                reply = Reply(server.send(head.encode()))
            else:
                reply = server.request(method, path, body, header)
            assert reply.status == status
            assert "access-control-allow-origin" not in reply.headers
        assert len(app.get("/api/conversations")["items"]) == 1
    assert engine.counts.started == 0


@pytest.mark.parametrize(
    "content_type", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain", ""]
)
def test_forms_get_nothing(server: LiveServer, content_type: str) -> None:
    for one in OPERATIONS:
        if one.method in ("POST", "PUT", "PATCH"):
            path = re.sub(r"\{\w+(:path)?\}", "x", one.path)
            reply = server.request(one.method, path, b"{}", f"Content-Type: {content_type}", bearer("alice"))
            assert reply.status == 415, one


def test_own_pages_may(server: LiveServer) -> None:
    for header in (f"Origin: http://127.0.0.1:{server.port}", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: none"):
        assert App(server, bearer("alice"), header).get("/api/models")


def test_a_get_changes_nothing(server: LiveServer, made: dict[str, str]) -> None:
    app = App(server, bearer("pager"))
    app.say("Mine")
    before = app.ask("GET", "/api/export").body
    for one in TOLD:
        if one.method == "GET" and one.media_type != "text/event-stream":
            app.ask("GET", url_of(one, made))
    assert app.ask("GET", "/api/export").body.count(b"conv_") == before.count(b"conv_")


def test_replies_are_kept_by_nobody(server: LiveServer) -> None:
    reply = App(server, bearer("alice")).ask("GET", "/api/conversations")
    assert reply.headers["cache-control"] == "no-store"
    assert reply.headers["cross-origin-resource-policy"] == "same-origin"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_limits_of_a_key_hold_for_its_runs() -> None:
    keys = KeyRing.from_text("hk-limited-0123456789 requests_per_minute=2\nhk-other-0123456789", source="a test")
    with serving([ScriptedEngine([script("", "x")])], keys=keys) as server:
        app = App(server, bearer("limited"))
        conversation = app.conversation()
        for _ in range(2):
            app.ended(app.say("Hi", conversation)["run"])
        refused = app.ask("POST", f"/api/conversations/{conversation}/messages", {"text": "Hi"})
        assert (refused.status, refused.error["code"]) == (429, "rate_limit_exceeded")
        assert server.app.core.shares.accounts[0].held == 0
