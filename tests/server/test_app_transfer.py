"""Export and import over HTTP.

1. What is exported as JSON is imported elsewhere as it was, with pictures and events; importing again adds nothing.
2. Exports of ChatGPT and Open WebUI come in; what cannot be read is told in words.
3. Markdown is the branch that is shown.
4. A file that is too large, cut short or something else is refused, and nothing of it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from tests.server.app_client import App
from tests.server.live import serving

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


@pytest.fixture
def app() -> Iterator[App]:
    with serving([ScriptedEngine([script("Hm.", "It is *42*.")])], max_import=2_000_000) as server:
        yield App(server)


def test_out_and_in_again(app: App) -> None:
    conversation = app.conversation(title="Sums", folder="work")
    asked = app.say("What is it?", conversation, images=[{"data": PIXEL}], mode="contemplating", options={"agents": 2})
    run = app.ended(asked["run"])
    exported = app.ask("GET", f"/api/conversations/{conversation}/export")
    assert exported.status == 200
    assert exported.headers["content-disposition"] == "attachment; filename*=UTF-8''Sums.json"
    whole = app.ask("GET", "/api/export")
    assert whole.json()["conversations"][0]["id"] == conversation
    with serving([ScriptedEngine([script("", "x")])]) as server:
        other = App(server)
        assert other.post("/api/import", exported.body) == {"imported": 1, "updated": 0, "skipped": 0, "notes": []}
        assert other.post("/api/import", exported.body)["skipped"] == 1
        (listed,) = other.get("/api/conversations")["items"]
        assert (listed["title"], listed["folder"]) == ("Sums", "work")
        kept = other.get(f"/api/conversations/{listed['id']}")
        assert [message["text"] for message in kept["messages"]] == ["What is it?", "It is *42*."]
        file = kept["messages"][0]["images"][0]["file"]
        assert other.ask("GET", f"/api/files/{file}").status == 200
        assert other.get(f"/api/runs/{kept['messages'][1]['run']}")["events"] == run["events"]


def chatgpt() -> list[Any]:
    def node(id: str, parent: str | None, role: str, text: str) -> dict[str, Any]:
        message = {"id": id, "author": {"role": role}, "content": {"content_type": "text", "parts": [text]}}
        return {"id": id, "parent": parent, "children": [], "message": message | {"create_time": 1.0, "weight": 1.0}}

    nodes = [node("a", None, "user", "Hello there"), node("b", "a", "assistant", "General Kenobi")]
    mapping = {one["id"]: one for one in nodes}
    head = {"id": "c1", "conversation_id": "c1", "title": "Old words", "create_time": 1.0, "update_time": 2.0}
    return [{**head, "mapping": mapping, "current_node": "b"}]


def openwebui() -> list[Any]:
    messages = {
        "1": {"id": "1", "parentId": None, "childrenIds": ["2"], "role": "user", "content": "Ping", "timestamp": 1},
        "2": {"id": "2", "parentId": "1", "childrenIds": [], "role": "assistant", "content": "Pong", "timestamp": 2},
    }
    chat = {"title": "Table tennis", "models": ["m"], "history": {"currentId": "2", "messages": messages}}
    return [{"id": "w1", "chat": chat, "meta": {"tags": []}, "pinned": False, "created_at": 1, "updated_at": 2}]


@pytest.mark.parametrize(("made", "title"), [(chatgpt(), "Old words"), (openwebui(), "Table tennis")])
def test_exports_of_others(app: App, made: list[Any], title: str) -> None:
    assert app.post("/api/import", made)["imported"] == 1
    assert app.post("/api/import", made)["skipped"] == 1
    (listed,) = app.get("/api/conversations")["items"]
    assert listed["title"] == title
    whole = app.get(f"/api/conversations/{listed['id']}")
    assert [message["role"] for message in whole["messages"]] == ["user", "assistant"]
    answered = app.say("Go on", listed["id"], parent=whole["conversation"]["current"])
    assert app.ended(answered["run"])["run"]["state"] == "done"


def test_markdown_is_the_branch_that_is_shown(app: App) -> None:
    conversation = app.conversation(title="Ação / *x*")
    first = app.say("One", conversation)
    app.ended(first["run"])
    app.ended(app.say("Two", conversation)["run"])
    sent = app.ask("GET", f"/api/conversations/{conversation}/export?format=markdown")
    assert sent.headers["content-type"].startswith("text/markdown")
    assert sent.headers["content-disposition"].endswith("A%C3%A7%C3%A3o%20x.md")
    assert "Two" in sent.body.decode()
    assert "One" not in sent.body.decode()
    app.do("PATCH", f"/api/conversations/{conversation}", {"current": first["assistant"]["id"]})
    assert "One" in app.ask("GET", f"/api/conversations/{conversation}/export?format=markdown").body.decode()


@pytest.mark.parametrize("body", [b"", b"{}", b"[1, 2]", b"nothing", b"\x00" * 100, b"PK\x03\x04junk"])
def test_other_files_are_refused(app: App, body: bytes) -> None:
    reply = app.ask("POST", "/api/import", body)
    assert reply.status in (200, 400), reply.body
    if reply.status == 200:
        assert (reply.json()["imported"], bool(reply.json()["notes"])) == (0, True)
    assert app.get("/api/conversations")["items"] == []


def test_a_file_that_is_cut_short_or_too_large(app: App) -> None:
    whole = json.dumps([chatgpt()[0] | {"id": f"c{n}", "conversation_id": f"c{n}"} for n in range(3)]).encode()
    cut = app.post("/api/import", whole[:-200])
    assert cut["imported"] == 2
    assert cut["notes"]
    assert app.ask("POST", "/api/import", b"[" + b" " * 2_000_000 + b"]").status == 413
    head = b"POST /api/import HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += b"Transfer-Encoding: chunked\r\n"
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    assert b" 413 " in app.server.send(head + b"Connection: close\r\n\r\n" + chunk * 40 + b"0\r\n\r\n")[:20]
