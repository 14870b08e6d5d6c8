"""Ten thousand generated bodies against a live server, over kept-alive connections.

1. Every one is answered: by an answer, or by a 4xx in OpenAI's error form, and never by a 5xx.
2. No reply shows the inside of the program: no traceback, no exception's name, no path, no memory address.
3. Afterwards nothing runs, waits or is left, and the server answers as before.

The bodies come from a seeded generator, so a failure can be repeated: it names its number. One body in three is
valid JSON with one field changed, one has several changed, one is broken as bytes.
"""

from __future__ import annotations

import json
import random
import re
import socket
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from tests.server.live import LiveServer, serving, wait_until

BODIES = 10_000
BATCH = 8
"""Bodies sent before their replies are read: as many as the server lets a client pipeline."""
INSIDE = re.compile(
    rb"Traceback|0x[0-9a-f]{6}|[A-Z][a-z]+Error\b|pydantic|site-packages|\.py\b|object at 0|<class|/helicon/"
)
MODES = ("", "@instant", "@thinking", "@contemplating", "@auto", "@", "@@instant", "@INSTANT")
ODD: list[Any] = [
    None, True, False, 0, -1, 1, 2, 64, 65, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63) - 1, 10**40, 0.1, -0.5, 1e308,
    float("nan"), float("inf"), float("-inf"), "", " ", "0", "nan", "\x00", "\ud800", "\udfff\ud800", "\u202e\u200d",
    "<|im_start|>system\n", "<think>", "</think>", "{{7*7}}", "%s%n", "../../etc/passwd", "' OR 1=1 --", "${jndi:x}",
    [], [[]], {}, {"": ""}, [None], ["a"] * 300, {"type": "text"}, {"type": "image_url"}, {"type": "function"},
    {"url": "http://127.0.0.1:1/a.png"}, {"url": "file:///etc/passwd"}, {"url": "data:image/png;base64,AAAA"},
    "data:;base64,", "scripted", "scripted@thinking", "user", "tool", "assistant", "json_schema", "auto", "none",
]  # fmt: skip
FIELDS = [
    "model",
    "messages",
    "stream",
    "stream_options",
    "temperature",
    "top_p",
    "top_k",
    "min_p",
    "presence_penalty",
    "frequency_penalty",
    "seed",
    "stop",
    "n",
    "max_tokens",
    "max_completion_tokens",
    "logprobs",
    "top_logprobs",
    "tools",
    "tool_choice",
    "response_format",
    "reasoning_effort",
    "helicon",
    "user",
    "metadata",
    "store",
    "service_tier",
    "logit_bias",
    "modalities",
    "audio",
    "prediction",
    "parallel_tool_calls",
    "__class__",
    "constructor",
]
DIALS = [
    "mode",
    "agents",
    "rounds",
    "deadline_seconds",
    "budget_tokens",
    "total_tokens",
    "money",
    "events",
    "compression",
    "effort",
    "delegate",
    "plan",
    "x",
]
PARTS = ["role", "content", "name", "tool_calls", "tool_call_id", "refusal", "reasoning_content", "x"]


def odd(draw: random.Random, depth: int = 3) -> Any:
    """A value nobody should send."""
    choice = draw.random()
    if choice < 0.7 or not depth:
        return deepcopy(draw.choice(ODD))  # what is put into one must not be in the next
    if choice < 0.8:
        return [odd(draw, depth - 1) for _ in range(draw.randint(0, 4))]
    if choice < 0.9:
        return {draw.choice(FIELDS + PARTS + DIALS): odd(draw, depth - 1) for _ in range(draw.randint(0, 4))}
    if choice < 0.95:
        return draw.randint(-(2**66), 2**66)
    return "".join(chr(draw.randint(0, 0xFFFF)) for _ in range(draw.randint(1, 30)))


def good(draw: random.Random) -> dict[str, Any]:
    """A body that is answered."""
    return {
        "model": "scripted" + draw.choice(MODES[:5]),
        "messages": [{"role": "user", "content": "Hi?"}],
        "stream": draw.random() < 0.3,
        "helicon": {"agents": 2},
    }


def change(draw: random.Random, body: dict[str, Any]) -> None:
    """One thing less right."""
    match draw.randint(0, 5):
        case 0 | 1:
            body[draw.choice(FIELDS)] = odd(draw)
        case 2:
            body.pop(draw.choice(list(body)), None)
        case 3 if isinstance(body.get("messages"), list) and body["messages"]:
            turn = {"role": draw.choice(["user", "system", "assistant", "tool"]), "content": "a"}
            turn[draw.choice(PARTS)] = odd(draw)
            body["messages"].insert(draw.randint(0, 1), turn)
        case 4 if isinstance(body.get("helicon"), dict):
            body["helicon"][draw.choice(DIALS)] = odd(draw)
        case _:
            body["model"] = "scripted" + draw.choice(MODES)


def nested(depth: int, number: int) -> bytes:
    """One of several forms of deep nesting."""
    opener, closer = [(b"[", b"]"), (b'{"a":', b"}"), (b'{"messages":[', b"]}")][number % 3]
    return opener * depth + (b"1" if number % 2 else b"") + closer * depth


def body_of(number: int) -> bytes:
    """The body of that number; the same every time."""
    draw = random.Random(number)
    body = good(draw)
    for _ in range(1 if number % 3 else draw.randint(1, 5)):
        change(draw, body)
    if number % 500 == 7:
        return nested(10_000, number // 500)
    if number % 500 == 8:
        body["messages"] = [{"role": "user", "content": draw.choice("aé\u0000中") * 2**20}]
    if number % 500 == 9:
        body[draw.choice(FIELDS)] = "x" * 2**20
    data = json.dumps(body, ensure_ascii=draw.random() < 0.8).encode("utf-8", "surrogatepass")
    return broken(draw, data) if number % 3 == 2 else data


def broken(draw: random.Random, data: bytes) -> bytes:
    """``data`` with its bytes damaged."""
    place = draw.randrange(len(data))
    match draw.randint(0, 5):
        case 0:
            return data[:place]
        case 1:
            return data[:place] + bytes([draw.randrange(256)]) + data[place + 1 :]
        case 2:
            return data[:place] + draw.randbytes(draw.randint(1, 20)) + data[place:]
        case 3:
            return data[:place] + data[place + draw.randint(1, 9) :]
        case 4:
            return draw.choice([b"\xef\xbb\xbf", b"\xff\xfe", b"\x00", b"  \n", b"//", data]) + data
        case _:
            return draw.randbytes(draw.randint(0, 300))


def framed(data: bytes) -> bytes:
    head = "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(data)}\r\n\r\n".encode() + data


class Replies:
    """Reads replies one after the other from a connection."""

    def __init__(self, sock: socket.socket) -> None:
        self._file = sock.makefile("rb")

    def next(self) -> tuple[int, bytes]:
        """Status and body of the next one."""
        status = int(self._file.readline().split()[1])
        headers = {}
        while (line := self._file.readline().strip()) != b"":
            name, _, value = line.partition(b":")
            headers[name.lower()] = value.strip()
        assert b"connection" not in headers, headers
        if headers.get(b"transfer-encoding") != b"chunked":
            return status, self._file.read(int(headers[b"content-length"]))
        body = b""
        while size := int(self._file.readline(), 16):
            body += self._file.read(size + 2)[:-2]
        self._file.readline()
        return status, body


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    with serving([ScriptedEngine([script("It is 42.", "42")])], max_waiting=200) as live:
        yield live


def test_ten_thousand_bodies(server: LiveServer) -> None:
    seen: dict[int, int] = {}
    with server.connect() as sock:
        replies = Replies(sock)
        for first in range(0, BODIES, BATCH):
            numbers = range(first, first + BATCH)
            sock.sendall(b"".join(framed(body_of(number)) for number in numbers))
            for number in numbers:
                status, body = replies.next()
                seen[status] = seen.get(status, 0) + 1
                assert 200 <= status < 500, (number, status, body[:500])
                assert len(body) < 20_000, (number, status, len(body))
                check(number, status, body)
        sock.sendall(framed(b'{"model": "scripted", "messages": [{"role": "user", "content": "Hi?"}]}'))
        assert replies.next()[0] == 200
    assert sum(seen.values()) == BODIES
    assert seen[200] > BODIES / 50, seen  # the generator also asks what can be answered
    assert seen[400] > BODIES / 2, seen
    wait_until(lambda: not server.app.core.live and not server.app.core.gate.running)
    assert server.app.core.gate.waiting == 0


def check(number: int, status: int, body: bytes) -> None:
    """What a reply may be."""
    if body.startswith(b"data: "):
        assert body.endswith(b"data: [DONE]\n\n") or b'"error"' in body, (number, body[-300:])
        return
    reply = json.loads(body)
    if status == 200:
        assert reply["object"] == "chat.completion", number
        return
    assert set(reply) == {"error"}, number
    assert set(reply["error"]) == {"message", "type", "param", "code"}, number
    assert reply["error"]["message"].endswith((".", "?", "]")), (number, reply)
    assert not (found := INSIDE.search(body)), (number, found, body)
