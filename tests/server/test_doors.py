"""Who may come in.

1. Each route, with no, a wrong, a doubled, a half-right and the right key, gives the declared status; a route
   without a declaration here fails this test.
2. Two hundred hostile Authorization, Host and forwarding values give 4xx, never 200 nor 5xx.
3. Foreign Hosts get 421, foreign Origins 403, before any effect; allowed origins get CORS headers.
4. Without keys only loopback is bound; keys are read from files and text, hashed, and never shown.
5. Comparing a key takes the same time however much of it is right.
"""

from __future__ import annotations

import hashlib
import logging
import random
import statistics
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from helicon.errors import SetupError, Unauthorized
from helicon.server.auth import KeyRing, doorkeeper
from helicon.server.settings import Settings
from tests.server.live import LiveServer, Reply, serving

KEY = "hk-canary-0123456789abcdef"
OTHER = "hk-second-0123456789abcdef"
ASK = {"model": "scripted@instant", "messages": [{"role": "user", "content": "Hi?"}]}

# path: (method, body, status without a key, status with it)
TABLE: dict[str, tuple[str, Any, int, int]] = {
    "/v1/chat/completions": ("POST", ASK, 401, 200),
    "/v1/models": ("GET", None, 401, 200),
    "/v1/models/{name:path}": ("GET", None, 401, 404),
    "/health": ("GET", None, 200, 200),
    "/metrics": ("GET", None, 401, 200),
}
NOWHERE = "/v1/nowhere"


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine([script("", "Hello.")])


@pytest.fixture(scope="module")
def locked(engine: ScriptedEngine) -> Iterator[LiveServer]:
    with serving([engine], keys=KeyRing.of([KEY, OTHER]), allowed_origins=("https://chat.example",)) as live:
        yield live


def test_the_page_is_served_with_its_policy(locked: LiveServer) -> None:
    for path in ("/", *assets(locked)[:3]):
        reply = locked.request("GET", path)
        assert reply.status == 200
        assert "default-src 'none'" in reply.headers["content-security-policy"]
        assert reply.headers["x-content-type-options"] == "nosniff"
    assert locked.request("GET", "/__init__.py").status == 401
    assert locked.request("GET", "/../server/auth.py").status == 401


def assets(server: LiveServer) -> list[str]:
    """The addresses of the page's files."""
    return sorted(route.path for route in server.app.routes if route.path.startswith("/assets/"))


def test_every_route_is_declared(locked: LiveServer) -> None:
    """Those of the page's API are in ``test_app_login``."""
    pages = {route.path for route in locked.app.routes if route.path == "/" or "." in route.path}
    app = {route.path for route in locked.app.routes if route.path.startswith("/api/")}
    assert {route.path for route in locked.app.routes} - pages - app == set(TABLE)


@pytest.mark.parametrize("path", [*TABLE, NOWHERE, "/"])
def test_each_route_with_each_kind_of_key(locked: LiveServer, path: str) -> None:
    public = (200, 200) if path == "/" else (401, 404)
    method, body, without, with_key = TABLE.get(path, ("GET", None, *public))
    url = path.replace("{name:path}", "other")

    def status(*headers: str) -> int:
        return locked.request(method, url, body, *headers).status

    assert status() == without
    assert status("Authorization: Bearer hk-wrong-0123456789abcdef") == without
    assert status(f"Authorization: Bearer {KEY[:-1]}") == without
    assert status(f"Authorization: Bearer {hashlib.sha256(KEY.encode()).hexdigest()}") == without
    assert status(f"Authorization: Basic {KEY}") == without
    assert status(f"Authorization: {KEY}") == without
    assert status(f"Authorization: Bearer {KEY}", f"Authorization: Bearer {KEY}") == without
    assert status(f"X-Api-Key: {KEY}") == without
    assert status(f"Authorization: Bearer {KEY}") == with_key
    assert status(f"authorization: bearer {OTHER}") == with_key


def test_a_refusal_names_the_header_and_asks_for_bearer(locked: LiveServer) -> None:
    reply = locked.chat(ASK)
    assert reply.headers["www-authenticate"] == "Bearer"
    assert reply.error["type"] == "authentication_error"
    assert reply.error["code"] == "invalid_api_key"
    assert "Authorization: Bearer" in reply.error["message"]


def test_wrong_methods_and_content_types_are_told(locked: LiveServer) -> None:
    key = f"Authorization: Bearer {KEY}"
    assert locked.request("GET", "/v1/chat/completions", None, key).status == 405
    assert locked.request("DELETE", "/v1/models", None, key).status == 405
    assert locked.request("POST", "/v1/chat/completions", ASK, key, "Content-Type: text/plain").status == 415
    assert locked.request("POST", "/v1/chat/completions", ASK, key, "Content-Encoding: gzip").status == 415
    assert locked.request("GET", NOWHERE, None, key).error["code"] == "not_found"


def hostile_values(count: int) -> list[bytes]:
    """Values that broke other servers, and random bytes."""
    known = [
        b"' OR '1'='1",
        b"' OR 1=1 --",
        b"admin'--",
        b"\xc3\xbc\xc3\xa4",
        b"\xff\xfe\xfd",
        b"localhost/health?",
        b"localhost:8400/#@x",
        b"x/health?",
        b"localhost@evil.example",
        b"evil.example#localhost",
        b"localhost evil",
        b"127.0.0.1:99999999",
        b"[::1",
        b"[::1]]",
        b"..",
        b"localhost,evil.example",
        b"A" * 8000,
        b"",
        b"null",
        b"Bearer",
        b"Bearer " * 500,
        b"Bearer \x80\x81",
        b"%00",
        b"${jndi:ldap://evil.example}",
        b"*",
        b"0x7f.1",
        b"2130706433",
        b"localhost\xc2\xa0",
        b"LOCALHOST.evil.example",
    ]
    draw = random.Random(7)
    letters = [n for n in range(33, 256) if n not in (127,)]
    while len(known) < count:
        known.append(bytes(draw.choice(letters) for _ in range(draw.randint(1, 60))))
    return known


def test_two_hundred_hostile_headers_open_nothing(locked: LiveServer, engine: ScriptedEngine) -> None:
    started = engine.counts.started
    for value in hostile_values(200):
        host = b"Host: " + value + b"\r\nAuthorization: Bearer " + KEY.encode()
        for lines in (
            b"Host: localhost\r\nAuthorization: " + value,
            b"Host: localhost\r\nAuthorization: Bearer " + value,
            b"Host: localhost\r\nX-Forwarded-For: 127.0.0.1\r\nX-Forwarded-Host: localhost\r\nX-Original-URL: /health"
            b"\r\nAuthorization: " + value,
            host,
        ):
            raw = locked.send(b"GET /v1/models HTTP/1.1\r\n" + lines + b"\r\nConnection: close\r\n\r\n")
            assert Reply(raw).status in (400, 401, 421), (lines[:200], raw[:300])
    assert engine.counts.started == started


@pytest.mark.parametrize(
    ("head", "status"),
    [
        ("Host: localhost", 200),
        ("Host: LOCALHOST:1", 200),
        ("Host: [::1]:8400", 200),
        ("Host: 127.0.0.1", 200),
        ("Host: evil.example", 421),
        ("Host: 127.0.0.2", 421),
        ("Host: localhost.evil.example", 421),
        ("Host: localhost\r\nHost: localhost", 400),
        ("X-No-Host: 1", 400),
        ("Host: localhost\r\nOrigin: http://localhost", 200),
        ("Host: localhost:8400\r\nOrigin: http://localhost:8400", 200),
        ("Host: localhost\r\nOrigin: https://chat.example", 200),
        ("Host: localhost\r\nOrigin: http://localhost:1", 403),
        ("Host: localhost\r\nOrigin: https://evil.example", 403),
        ("Host: localhost\r\nOrigin: https://chat.example.evil.example", 403),
        ("Host: localhost\r\nOrigin: null", 403),
        ("Host: localhost\r\nOrigin: http://localhost\r\nOrigin: https://evil.example", 403),
    ],
)
def test_hosts_and_origins(locked: LiveServer, head: str, status: int) -> None:
    for path in ("/health", "/"):
        raw = locked.send(f"GET {path} HTTP/1.1\r\n{head}\r\nConnection: close\r\n\r\n".encode())
        assert Reply(raw).status == status


def test_a_foreign_page_has_no_effect_even_without_keys() -> None:
    engine = ScriptedEngine([script("", "Hello.")])
    with serving([engine]) as server:
        for header in ("Origin: https://evil.example", "Origin: null"):
            for stream in (True, False):
                assert server.chat({**ASK, "stream": stream}, header).status == 403
        assert server.chat(ASK, "Content-Type: text/plain").status == 415
    assert engine.counts.started == 0


def test_an_allowed_origin_gets_cors_headers(locked: LiveServer) -> None:
    origin = "Origin: https://chat.example"
    asked = locked.request("OPTIONS", "/v1/chat/completions", None, origin, "Access-Control-Request-Method: POST")
    assert asked.status == 204
    assert asked.headers["access-control-allow-origin"] == "https://chat.example"
    answered = locked.chat({**ASK, "stream": True}, origin, f"Authorization: Bearer {KEY}")
    assert answered.status == 200
    assert answered.headers["access-control-allow-origin"] == "https://chat.example"
    assert "access-control-allow-origin" not in locked.request("GET", "/health").headers


def test_without_keys_only_loopback_is_bound() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.5", "myhost", "localhost.evil.example"):
        with pytest.raises(SetupError, match="HELICON_API_KEYS"):
            Settings(host=host)
        assert Settings(host=host, keys=KeyRing.of([KEY]))
    for host in ("127.0.0.1", "localhost", "::1", "127.1.2.3"):
        assert Settings(host=host)


def test_keys_come_from_files_and_text(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    hashed = hashlib.sha256(b"third").hexdigest()
    file.write_text(f"# people\n{KEY}\n\n  {OTHER}  \nsha256:{hashed}\n")
    ring = KeyRing.from_file(file) + KeyRing.from_text(f"{KEY},hk-fourth-0123456789", source="HELICON_API_KEYS")
    assert len(ring) == 4
    assert all(ring.opens(key) for key in (KEY.encode(), OTHER.encode(), b"third", b"hk-fourth-0123456789"))
    assert not ring.opens(hashed.encode())
    assert not ring.opens(b"")


@pytest.mark.parametrize("text", ["short", "with space 0123456789", "sha256:xyz", "ünicode-0123456789abc"])
def test_weak_keys_are_refused_and_not_shown(text: str) -> None:
    with pytest.raises(SetupError) as caught:
        KeyRing.of([text])
    assert text not in str(caught.value)


def test_a_key_file_that_is_missing_or_empty_is_told(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match="cannot be read"):
        KeyRing.from_file(tmp_path / "none")
    (tmp_path / "empty").write_text("# nothing\n")
    with pytest.raises(SetupError, match="holds no key"):
        KeyRing.from_file(tmp_path / "empty")


def test_malformed_allowed_names_are_told() -> None:
    with pytest.raises(SetupError, match="allowed host"):
        doorkeeper(loopback=True, allowed_hosts=["http://x"])
    with pytest.raises(SetupError, match="allowed origin"):
        doorkeeper(loopback=True, allowed_origins=["chat.example"])


def test_keys_are_never_shown(locked: LiveServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        raw = locked.chat({**ASK, "stream": True}, f"Authorization: Bearer {KEY}").raw
        raw += locked.chat({"model": KEY[:5]}, f"Authorization: Bearer {KEY}").raw
        raw += locked.request("GET", "/metrics", None, f"Authorization: Bearer {KEY}").raw
    shown = repr(locked.app.core.settings) + repr(KeyRing.of([KEY])) + caplog.text + raw.decode()
    assert KEY not in shown
    assert hashlib.sha256(KEY.encode()).hexdigest() not in shown


def test_comparing_takes_the_same_time_however_much_is_right() -> None:
    ring = KeyRing.of([KEY])
    headers = [[(b"authorization", b"Bearer " + (KEY[:n] + "x" * (len(KEY) - n)).encode())] for n in range(len(KEY))]
    samples: list[tuple[int, int]] = []
    order = [n for _ in range(800) for n in range(len(KEY))]
    random.Random(1).shuffle(order)
    for n in order:
        began = time.perf_counter_ns()
        with pytest.raises(Unauthorized):
            ring.check(headers[n])
        samples.append((n, time.perf_counter_ns() - began))
    cut = statistics.quantiles([took for _, took in samples], n=10)[7]
    kept = [(n, took) for n, took in samples if took <= cut]
    trend = statistics.correlation([float(n) for n, _ in kept], [float(took) for _, took in kept])
    assert abs(trend) < 0.1
