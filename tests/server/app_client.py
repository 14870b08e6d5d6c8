"""A client of the page's API for tests: every reply is held against the model that its route declares.

``Window`` is one open stream, as a tab has it; ``follow`` folds its frames and fails at a gap.
"""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from typing import Any

from helicon.server.api import OPERATIONS, Operation
from tests.server.live import PATIENCE_SECONDS, LiveServer, Reply, wait_until

SHAPES = [
    (one, re.compile(re.sub(r"\{\w+:path\}", ".+", re.sub(r"\{\w+\}", "[^/]+", one.path)) + r"(\?.*)?"))
    for one in OPERATIONS
]


def operation_of(method: str, path: str) -> Operation:
    """The route that a request goes to."""
    return next(one for one, pattern in SHAPES if one.method == method and pattern.fullmatch(path))


class App:
    """One person at one server."""

    def __init__(self, server: LiveServer, *headers: str) -> None:
        self.server = server
        self.headers = headers

    def ask(self, method: str, path: str, body: Any = None) -> Reply:
        """One request, whatever comes of it."""
        reply = self.server.request(method, path, body, *self.headers)
        if reply.status >= 400:
            assert set(reply.error) == {"message", "type", "param", "code"}, reply.body
            assert len(reply.error["message"]) > 10
        return reply

    def do(self, method: str, path: str, body: Any = None) -> Any:
        """One request that works; its reply fits what its route declares."""
        reply = self.ask(method, path, body)
        one = operation_of(method, path)
        assert reply.status == one.status, (method, path, reply.status, reply.body[:2000])
        if one.reply is not None:
            one.reply.model_validate_json(reply.body)
        return reply.json()

    def get(self, path: str) -> Any:
        return self.do("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        return self.do("POST", path, {} if body is None else body)

    def conversation(self, **given: Any) -> str:
        """A new conversation's id."""
        made: str = self.post("/api/conversations", given)["id"]
        return made

    def say(self, text: str = "What is 17 + 25?", conversation: str = "", **given: Any) -> Any:
        """Ask, in a new conversation where none is named."""
        place = conversation or self.conversation()
        return self.post(f"/api/conversations/{place}/messages", {"text": text, **given})

    def state(self, run: str) -> str:
        state: str = self.get(f"/api/runs/{run}")["run"]["state"]
        return state

    def ended(self, run: str, seconds: float = PATIENCE_SECONDS) -> Any:
        """The run once it is over."""
        wait_until(lambda: self.state(run) != "running", seconds)
        return self.get(f"/api/runs/{run}")

    def message(self, id: str, conversation: str) -> Any:
        """A message as the conversation shows it."""
        whole = self.get(f"/api/conversations/{conversation}")
        return next(message for message in whole["messages"] if message["id"] == id)

    def window(self, *runs: str) -> Window:
        """A stream of these runs, each ``ID:FROM``."""
        return Window(
            self.server.port,
            "/api/stream" + "".join("?&"[n > 0] + f"run={r}" for n, r in enumerate(runs)),
            self.headers,
        )


class Window:
    """One stream of server-sent events."""

    def __init__(self, port: int, path: str, headers: tuple[str, ...] = ()) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        given = dict(header.split(": ", 1) for header in headers)
        self.connection.request("GET", path, headers=given)
        self.reply = self.connection.getresponse()
        assert self.reply.status == 200, self.reply.read()
        assert self.reply.headers["content-type"].startswith("text/event-stream")
        assert self.reply.headers["x-accel-buffering"] == "no"

    def __enter__(self) -> Window:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.reply.close()
        self.connection.close()

    def events(self) -> Iterator[tuple[str, Any, str]]:
        """Name, data and id of each event, until the server ends the stream."""
        name, data, number = "message", "", ""
        while line := self.reply.readline().decode():
            line = line.rstrip("\n")
            field, _, value = line.partition(": ")
            if field == "event":
                name = value
            elif field == "id":
                number = value
            elif field == "data":
                data += value
            elif not line and data:
                yield name, json.loads(data), number
                name, data, number = "message", "", ""

    def until(self, wanted: str) -> Iterator[tuple[str, Any]]:
        """Events up to the first of that name, it included."""
        for name, data, _ in self.events():
            yield name, data
            if name == wanted:
                return

    def follow(self, start: int = 0, most: int | None = None) -> tuple[list[Any], dict[str, Any] | None]:
        """The events of the one run from ``start``, and its end; stops early after ``most`` events."""
        seen: list[Any] = []
        at = start
        for name, data, _ in self.events():
            if name == "run":
                assert data["from"] == at, (data["from"], at)
                assert data["to"] - data["from"] == len(data["events"]) > 0
                seen += data["events"]
                at = data["to"]
                if most is not None and len(seen) >= most:
                    return seen, None
            elif name == "end":
                assert data["length"] == at
                return seen, data
        return seen, None
