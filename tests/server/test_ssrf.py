"""What a stranger's URL may reach: nothing private, whatever its spelling.

1. More than 150 vectors lead to a refusal, and a canary that listens on every local address hears nothing.
2. A resolver that changes its mind, or mixes public and private addresses, gets nowhere.
3. Redirects are judged at every hop, up to five, schemes too.
4. Positive control: with the guard off, the same code reaches the same canary.
5. Size, time and compression are bounded; no cookies, credentials or proxies are used.
6. Through HTTP, an ``image_url`` to a private address is a 400, and no request is made.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import socket
import sys
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from helicon.errors import BadImage, ForbiddenAddress
from helicon.server.ssrf import Policy, check_url, fetch, forbidden
from tests.server.live import serving

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32

CLOUD = [
    "169.254.169.254",
    "169.254.170.2",
    "169.254.169.253",
    "169.254.169.123",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::a9fe:a9fe",
    "169.254.0.23",
]
PRIVATE = [
    "0.0.0.0",
    "0.1.2.3",
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.127.255.254",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.0.1",
    "192.168.255.255",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
]


def embeddings(v4: str) -> list[str]:
    """The ways an IPv6 address carries an IPv4 one."""
    number = int(ipaddress.IPv4Address(v4))
    high, low = number >> 16, number & 0xFFFF
    return [
        f"::ffff:{high:x}:{low:x}",
        f"::{high:x}:{low:x}",
        f"64:ff9b::{high:x}:{low:x}",
        f"64:ff9b:1::{high:x}:{low:x}",
        f"2002:{high:x}:{low:x}::1",
        f"2001:0:102:304:0:0:{high ^ 0xFFFF:x}:{low ^ 0xFFFF:x}",
        f"2606:4700::5efe:{high:x}:{low:x}",
        f"2606:4700::200:5efe:{high:x}:{low:x}",
    ]


FORBIDDEN = [
    *CLOUD,
    *PRIVATE,
    *(
        form
        for v4 in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "100.100.100.200")
        for form in embeddings(v4)
    ),
    "::",
    "::1",
    "fe80::1",
    "fe80::1%lo",
    "fec0::1",
    "fc00::1",
    "fd12:3456::1",
    "ff02::1",
    "2001:db8::1",
    "2001:10::1",
    "100::1",
    "3fff::1",
    "5f00::1",
    "2620:4f:8000::1",
]
ALLOWED = [
    "1.1.1.1",
    "8.8.8.8",
    "93.184.215.14",
    "172.32.0.1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
]

SPELLINGS = [
    "127.1",
    "127.0.1",
    "0",
    "0.0",
    "0x7f.1",
    "0x7f000001",
    "0x7f.0x0.0x0.0x1",
    "2130706433",
    "017700000001",
    "0177.0.0.1",
    "0177.0.0.01",
    "127.000.000.001",
    "00000127.0.0.1",
    "127.0.0.1.",
    "localhost",
    "LOCALHOST",
    "localhost.",
    "[::1]",
    "[::]",
    "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "127。0。0。1",
    "127．0．0．1",
    "127｡0｡0｡1",
    "①②⑦.⓪.⓪.①",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "ｌｏｃａｌｈｏｓｔ",
    "169.254.169.254",
    "0xa9fea9fe",
    "2852039166",
    "0251.0376.0251.0376",
    "[fd00:ec2::254]",
    "10.1",
    "192.168.257",
    "3232235777",
    "%31%32%37.0.0.1",
    "127.0.0.1%2f",
]
FORMS = [
    "file:///etc/passwd",
    "file://localhost/etc/passwd",
    "gopher://127.0.0.1:6379/_INFO",
    "dict://127.0.0.1:11211/stats",
    "ftp://127.0.0.1/x",
    "ldap://127.0.0.1/x",
    "tftp://127.0.0.1/x",
    "sftp://127.0.0.1/x",
    "jar:http://127.0.0.1!/x",
    "netdoc:///etc/passwd",
    "javascript:alert(1)",
    "unix:///var/run/docker.sock",
    "http+unix://%2Fvar%2Frun%2Fdocker.sock/x",
    "HTTP://127.0.0.1/x",
    "//127.0.0.1/x",
    "127.0.0.1/x",
    "http:///x",
    "http://",
    "https://",
    "http:127.0.0.1/x",
    "http:\\\\127.0.0.1\\x",
    "http://1.1.1.1\\@127.0.0.1/x",
    "http://127.0.0.1\\@1.1.1.1/x",
    "http://1.1.1.1@127.0.0.1/x",
    "http://user:secret@127.0.0.1/x",
    "http://1.1.1.1#@127.0.0.1/x?@",
    "http://1.1.1.1 @127.0.0.1/x",
    "http://1.1.1.1\t@127.0.0.1/x",
    "http://127.0.0.1:22/x",
    "http://1.1.1.1:22/x",
    "http://1.1.1.1:6379/x",
    "http://1.1.1.1:0/x",
    "http://1.1.1.1:99999/x",
    "http://1.1.1.1:-80/x",
    "http://[::1/x",
    "http://[127.0.0.1]/x",
    "http://[fe80::1%25lo]/x",
    "http://\x00127.0.0.1/x",
    "http://127.0.0.1\r\nHost: x/",
]


@dataclass
class Canary:
    """A listener on loopback that counts who comes."""

    port: int
    paths: list[str] = field(default_factory=list)
    answer: Callable[[str], bytes] | None = None
    """From a path to a whole reply; a picture by default."""
    talks: set[asyncio.Task[None]] = field(default_factory=set)

    def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.talks.add(asyncio.create_task(self.talk(reader, writer)))

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            self.paths.append(head)
            writer.write(self.answer(head.split()[1]) if self.answer else ok(PNG))
            await writer.drain()
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


def ok(body: bytes, *headers: str) -> bytes:
    lines = [
        "HTTP/1.1 200 OK",
        f"Content-Length: {len(body)}",
        "Content-Type: image/png",
        "Connection: close",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(to: str) -> bytes:
    return f"HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    box = Canary(0)
    server = await asyncio.start_server(box.accept, "127.0.0.1", 0)
    box.port = server.sockets[0].getsockname()[1]
    async with server:
        yield box
    await asyncio.gather(*box.talks)


def no_judge(address: str) -> str:
    return ""


def resolving(*answers: list[str]) -> Callable[[str, int], object]:
    """A resolver that gives each answer in turn, the last for ever."""
    left = list(answers)

    async def resolve(host: str, port: int) -> list[str]:
        return left.pop(0) if len(left) > 1 else left[0]

    return resolve


def test_there_are_enough_vectors() -> None:
    assert len({*FORBIDDEN, *SPELLINGS, *FORMS}) >= 150


@pytest.mark.parametrize("address", FORBIDDEN)
def test_forbidden_addresses(address: str) -> None:
    assert forbidden(address)


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_allowed(address: str) -> None:
    assert forbidden(address) == ""


async def test_no_spelling_of_a_local_address_is_fetched(canary: Canary) -> None:
    anywhere = Policy(ports=None, seconds=10)
    for host in [*SPELLINGS, *(f"[{a}]" if ":" in a else a for a in FORBIDDEN if "%" not in a)]:
        for url in (f"http://{host}:{canary.port}/x", f"https://{host}:{canary.port}/x"):
            with pytest.raises((ForbiddenAddress, BadImage)):
                await fetch(url, anywhere)
    for url in FORMS:
        with pytest.raises((ForbiddenAddress, BadImage)):
            await fetch(url, replace(anywhere, ports=frozenset({80, 443})))
    assert canary.paths == []


async def test_the_same_code_reaches_the_canary_when_the_guard_is_off(canary: Canary) -> None:
    off = Policy(judge=no_judge, ports=None)
    for host in ("127.0.0.1", "localhost", "LOCALHOST"):
        assert (await fetch(f"http://{host}:{canary.port}/x", off)).data == PNG
    assert (await fetch(f"http://public.example:{canary.port}/x", replace(off, resolve=resolving(["127.0.0.1"])))).data
    assert len(canary.paths) == 4


async def test_a_rebinding_resolver_gets_nowhere(canary: Canary) -> None:
    url = f"http://public.example:{canary.port}/x"
    for answers in (
        [["127.0.0.1"]],
        [["8.8.8.8", "127.0.0.1"]],
        [["127.0.0.1", "8.8.8.8"]],
        [["2606:4700::1111", "::1"]],
        [["8.8.8.8", "::ffff:127.0.0.1"]],
    ):
        with pytest.raises(ForbiddenAddress, match="must not be fetched"):
            await fetch(url, Policy(ports=None, resolve=resolving(*answers)))
    assert canary.paths == []


async def test_the_judged_address_is_the_one_connected_to(canary: Canary) -> None:
    """The first question gets a harmless answer; a second one, if anybody asked it, would get loopback."""
    judged: list[str] = []

    def judge(address: str) -> str:
        judged.append(address)
        return "" if address == "127.0.0.2" else forbidden(address)

    policy = Policy(judge=judge, ports=None, resolve=resolving(["127.0.0.2"], ["127.0.0.1"]), seconds=5)
    with pytest.raises(BadImage):
        await fetch(f"http://public.example:{canary.port}/x", policy)
    assert canary.paths == []
    assert judged == ["127.0.0.2", "127.0.0.2"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux listens on all of 127.0.0.0/8")
@pytest.mark.parametrize("hop", range(1, 6))
@pytest.mark.parametrize("scheme", ["http", "https", "ftp", "file"])
async def test_redirects_are_judged_at_every_hop(canary: Canary, hop: int, scheme: str) -> None:
    def answer(path: str) -> bytes:
        n = int(path.strip("/"))
        return redirect(f"{scheme}://127.0.0.1:{canary.port}/secret" if n == hop else f"/{n + 1}")

    canary.answer = answer
    resolve = resolving(*([["127.0.0.9"]] * hop), ["127.0.0.1"])
    policy = Policy(judge=lambda a: "" if a == "127.0.0.9" else forbidden(a), ports=None, resolve=resolve)
    listener = await asyncio.start_server(canary.accept, "127.0.0.9", canary.port)
    async with listener:
        with pytest.raises(ForbiddenAddress):
            await fetch(f"http://public.example:{canary.port}/1", policy)
    assert len(canary.paths) == hop
    assert not any("secret" in head for head in canary.paths)


async def test_redirects_end_after_five(canary: Canary) -> None:
    canary.answer = lambda path: redirect(f"/{int(path.strip('/')) + 1}")
    with pytest.raises(BadImage, match="more than 5 redirects"):
        await fetch(f"http://127.0.0.1:{canary.port}/1", Policy(judge=no_judge, ports=None))
    assert len(canary.paths) == 6


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (ok(b"x" * 2000), "larger than 1000 bytes"),
        (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 2000, "larger than 1000 bytes"),
        (ok(b"\x1f\x8b\x08", "Content-Encoding: gzip"), "compressed"),
        (b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "status 404"),
        (b"garbage\r\n\r\n", "cannot be fetched"),
    ],
)
async def test_answers_are_bounded(canary: Canary, answer: bytes, match: str) -> None:
    canary.answer = {"/x": answer}.__getitem__
    with pytest.raises(BadImage, match=match):
        await fetch(f"http://127.0.0.1:{canary.port}/x", Policy(judge=no_judge, ports=None, max_bytes=1000))


async def test_a_slow_answer_is_given_up() -> None:
    async def never(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        done.set()

    done = asyncio.Event()
    server = await asyncio.start_server(never, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(BadImage, match=r"within 0\.2 s"):
            await fetch(f"http://127.0.0.1:{port}/x", Policy(judge=no_judge, ports=None, seconds=0.2))
        await done.wait()


async def test_no_proxy_cookie_or_credential_is_used(canary: Canary, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    canary.answer = lambda path: (
        redirect("/2").replace(b"\r\n\r\n", b"\r\nSet-Cookie: a=b\r\n\r\n") if path == "/1" else ok(PNG)
    )
    await fetch(f"http://127.0.0.1:{canary.port}/1", Policy(judge=no_judge, ports=None))
    heads = "".join(canary.paths).lower()
    assert "cookie" not in heads
    assert "authorization" not in heads
    assert "referer" not in heads


def test_urls_with_a_good_form_pass() -> None:
    for url in (
        "http://example.com/a.png",
        "https://example.com:443/a?b=c#d",
        "http://example.com:80/ü".replace("ü", "%C3%BC"),
    ):
        assert check_url(url, Policy()).hostname == "example.com"


@pytest.mark.parametrize("stream", [False, True])
def test_an_image_url_to_a_private_address_is_refused_over_http(stream: bool) -> None:
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    port = listener.getsockname()[1]
    engine = ScriptedEngine([script("", "A cat.")])
    with serving([engine], policy=Policy(ports=None)) as server, listener:
        for host in ("127.0.0.1", "localhost", "2130706433", "169.254.169.254", "[::1]"):
            parts = [
                {"type": "text", "text": "What is this?"},
                {"type": "image_url", "image_url": {"url": f"http://{host}:{port}/cat.png"}},
            ]
            body = {"model": "scripted", "messages": [{"role": "user", "content": parts}], "stream": stream}
            reply = server.chat(body)
            assert reply.status == 400
            assert reply.error["code"] == "forbidden_address"
        with pytest.raises(TimeoutError):
            listener.accept()
    assert engine.counts.started == 0
