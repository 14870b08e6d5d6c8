"""Conversations over the page's API.

1. They are made, listed, found by their words, changed, thrown away, restored and removed.
2. A question makes two messages and a run; the branch from the root is what the model reads.
3. Sending again with the same id runs nothing twice, also at the same moment.
4. Regenerating makes a sibling; the old answer stays.
5. Bodies are checked by field, and said in words.
6. Incognito conversations are never on the disk.
7. Preferences, ledger and pictures.
"""

from __future__ import annotations

import base64
import struct
import threading
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, INFO, Script, ScriptedEngine, script
from tests.server.app_client import App
from tests.server.live import serving, wait_until


def answer(request: Request) -> Script:
    return script("Let me see.", f"You said: {request.messages[-1].text}")


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine(answer, info=replace(INFO, price_prompt=1.0, price_generated=2.0))


@pytest.fixture(scope="module")
def app(engine: ScriptedEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    blind = ScriptedEngine(answer, info=replace(INFO, name="blind"), capabilities=replace(ABLE, images=False))
    with serving([engine, blind], data=str(tmp_path_factory.mktemp("data"))) as server:
        yield App(server)


def test_the_session_of_a_server_without_keys(app: App) -> None:
    session = app.get("/api/session")
    assert (session["user"], session["login"], session["may_change_models"]) == (None, False, True)
    assert session["storage"]["ok"]
    assert session["storage"]["place"].endswith("helicon.sqlite3")
    assert {"en", "pt-BR"} <= set(session["languages"])


def test_the_life_of_a_conversation(app: App) -> None:
    made = app.post("/api/conversations", {"title": "Zebra crossing", "folder": "work"})
    path = f"/api/conversations/{made['id']}"
    assert app.get("/api/conversations?query=zebr")["items"][0]["id"] == made["id"]
    changed = app.do("PATCH", path, {"title": "Ação", "pinned": True, "tags": ["b", "a", "a"], "folder": "home"})
    assert (changed["title"], changed["pinned"], changed["tags"]) == ("Ação", True, ["a", "b"])
    listing = app.get("/api/conversations?query=acao")
    assert [item["id"] for item in listing["items"]] == [made["id"]]
    assert {"name": "home", "count": 1} in listing["folders"]
    assert {"name": "a", "count": 1} in listing["tags"]
    assert app.get("/api/conversations?folder=work")["items"] == []
    app.do("DELETE", path)
    assert app.get("/api/conversations?query=acao")["items"] == []
    assert [item["id"] for item in app.get("/api/conversations?deleted=1")["items"]] == [made["id"]]
    refused = app.ask("POST", path + "/messages", {"text": "Hi"})
    assert (refused.status, refused.error["code"]) == (409, "deleted")
    assert app.post(path + "/restore")["deleted"] is None
    app.do("DELETE", path + "?forever=1")
    assert app.ask("GET", path).status == 404


def test_a_question_makes_two_messages_and_a_run(app: App, engine: ScriptedEngine) -> None:
    conversation = app.conversation(system="Be brief.")
    asked = app.say("What is the capital of France, and why?", conversation, mode="thinking", model="scripted")
    run = app.ended(asked["run"])
    assert (run["run"]["state"], run["run"]["message"]) == ("done", asked["assistant"]["id"])
    kinds = [event["type"] for event in run["events"]]
    assert (kinds[0], kinds[-1]) == ("run_started", "run_ended")
    whole = app.get(f"/api/conversations/{conversation}")
    assert whole["conversation"]["title"] == "What is the capital of France, and why?"
    assert whole["conversation"]["current"] == asked["assistant"]["id"]
    assert (whole["conversation"]["model"], whole["conversation"]["mode"]) == ("scripted", "thinking")
    assert whole["runs"] == {asked["run"]: {"state": "done", "length": len(run["events"])}}
    user, assistant = whole["messages"]
    assert (assistant["parent"], assistant["state"], assistant["model"]) == (user["id"], "done", "scripted")
    assert assistant["text"] == "You said: What is the capital of France, and why?"
    summary = assistant["summary"]
    assert (summary["mode"], summary["agents"], summary["stop_reason"]) == ("thinking", 1, "stop")
    assert summary["tokens"]["answer"] == 10
    assert summary["money"] > 0

    again = app.say("And of Spain?", conversation, parent=assistant["id"])
    app.ended(again["run"])
    roles = [(message.role, message.text) for message in engine.requests[-1].messages]
    assert roles == [
        ("system", "Be brief."),
        ("user", "What is the capital of France, and why?"),
        ("assistant", "You said: What is the capital of France, and why?"),
        ("user", "And of Spain?"),
    ]
    branch = app.say("What is the capital of Italy?", conversation)
    app.ended(branch["run"])
    assert [message.role for message in engine.requests[-1].messages] == ["system", "user"]
    assert app.get("/api/conversations?query=itali")["items"] == []
    assert app.get("/api/conversations?query=ital")["items"][0]["id"] == conversation


def test_sending_again_runs_nothing_twice(app: App, engine: ScriptedEngine) -> None:
    conversation = app.conversation()
    first = app.say("Once only", conversation, id="client-id-0001")
    app.ended(first["run"])
    before = engine.counts.started
    again = app.say("Once only", conversation, id="client-id-0001")
    assert (again["run"], again["assistant"]["id"]) == (first["run"], first["assistant"]["id"])
    assert engine.counts.started == before
    assert len(app.get(f"/api/conversations/{conversation}")["messages"]) == 2
    other = app.ask("POST", f"/api/conversations/{app.conversation()}/messages", {"text": "x", "id": "client-id-0001"})
    assert other.status == 400


def test_sending_twice_at_the_same_moment(app: App, engine: ScriptedEngine) -> None:
    conversation = app.conversation()
    replies: list[Any] = []

    def send() -> None:
        replies.append(app.say("At once", conversation, id="client-id-0002", mode="instant"))

    before = engine.counts.started
    threads = [threading.Thread(target=send) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({reply["run"] for reply in replies}) == 1
    assert len(replies) == 6
    app.ended(replies[0]["run"])
    assert engine.counts.started == before + 1
    assert len(app.get(f"/api/conversations/{conversation}")["messages"]) == 2
    assert app.server.app.core.gate.running == 0


def test_regenerating_makes_a_sibling(app: App) -> None:
    conversation = app.conversation()
    asked = app.say("Tell me", conversation, mode="instant")
    app.ended(asked["run"])
    for target in (asked["assistant"]["id"], asked["user"]["id"]):
        again = app.post(f"/api/messages/{target}/regenerate", {"mode": "thinking"})
        app.ended(again["run"])
        assert again["assistant"]["parent"] == asked["user"]["id"]
        assert again["assistant"]["mode"] == "thinking"
    whole = app.get(f"/api/conversations/{conversation}")
    assert [message["role"] for message in whole["messages"]] == ["user", "assistant", "assistant", "assistant"]
    assert whole["conversation"]["current"] == again["assistant"]["id"]


@pytest.mark.parametrize(
    ("body", "param", "words"),
    [
        ({}, "text", "expected a question"),
        ({"text": 1}, "text", "valid string"),
        ({"text": "x", "txt": 1}, "txt", "Did you mean 'text'?"),
        ({"text": "x", "mode": "deep"}, "mode", "'deep'"),
        ({"text": "x", "options": {"agents": 0}}, "options.agents", "greater than or equal to 1"),
        ({"text": "x", "options": {"efort": "low"}}, "options.efort", "Did you mean 'effort'?"),
        ({"text": "x", "id": "a b"}, "id", "'a b'"),
        ({"text": "x", "parent": "msg_nothing"}, None, "no message 'msg_nothing'"),
        ({"text": "x", "images": [{"data": "!!"}]}, None, "base64"),
        ({"text": "x", "images": [{"data": "aGVsbG8gd29ybGQsIGhlbGxv"}]}, None, "no picture"),
        (b"{", None, "no valid JSON"),
        (b"[]", None, "no JSON object"),
        (b"\xff\xfe", None, "no valid JSON"),
    ],
)
def test_bodies_are_checked_by_field(app: App, body: Any, param: str | None, words: str) -> None:
    refused = app.ask("POST", f"/api/conversations/{app.conversation()}/messages", body)
    assert refused.status == 400
    assert refused.error["param"] == param
    assert words in refused.error["message"]


def test_an_unknown_model_is_told(app: App) -> None:
    refused = app.ask("POST", f"/api/conversations/{app.conversation()}/messages", {"text": "x", "model": "scriptd"})
    assert (refused.status, refused.error["code"]) == (404, "model_not_found")
    assert "'scripted'" in refused.error["message"]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=x", "limit=1&limit=2", "nothing=1", "cursor=zzz", "deleted=perhaps"]
)
def test_queries_are_checked(app: App, query: str) -> None:
    assert app.ask("GET", f"/api/conversations?{query}").status == 400


def test_a_body_that_is_too_large(app: App) -> None:
    size = app.server.app.core.settings.max_body + 1
    head = "POST /api/conversations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    head += f"Content-Length: {size}\r\nConnection: close\r\n\r\n"
    assert b"413" in app.server.send(head.encode() + b"{")[:20]


def picture() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0\xff\0\0" * 8)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 8, 8, 2, 0, 0, 0)) + chunk(b"IDAT", rows)
    ) + chunk(b"IEND", b"")


def test_pictures_come_back_and_reach_the_model(app: App, engine: ScriptedEngine) -> None:
    data, conversation = picture(), app.conversation()
    image = {"data": base64.b64encode(data).decode(), "media_type": "text/html", "name": '../"é.png'}
    asked = app.say("What is this?", conversation, images=[image], mode="instant", model="scripted")
    app.ended(asked["run"])
    assert [one.data for one in engine.requests[-1].messages[-1].images] == [data]
    (ref,) = asked["user"]["images"]
    assert (ref["media_type"], ref["name"]) == ("image/png", '../"é.png')
    sent = app.ask("GET", f"/api/files/{ref['file']}")
    assert sent.body == data
    assert sent.headers["content-type"] == "image/png"
    assert sent.headers["x-content-type-options"] == "nosniff"
    assert sent.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert sent.headers["content-disposition"] == "inline; filename*=UTF-8''..%2F%22%C3%A9.png"
    app.ended(app.say("And now?", conversation, parent=asked["assistant"]["id"])["run"])
    assert len(engine.requests[-1].messages[0].images) == 1


def test_a_model_that_cannot_see_says_so_before_a_run(app: App) -> None:
    conversation = app.conversation()
    image = {"data": base64.b64encode(picture()).decode()}
    body = {"text": "See?", "images": [image], "model": "blind"}
    refused = app.ask("POST", f"/api/conversations/{conversation}/messages", body)
    assert (refused.status, refused.error["code"]) == (400, "unsupported")
    assert app.get(f"/api/conversations/{conversation}")["messages"] == []


def test_preferences_are_whole_and_checked(app: App) -> None:
    assert app.get("/api/preferences")["theme"] == "system"
    wanted = {"theme": "dark", "mode": "instant", "system": "Always rhyme.", "options": {"agents": 3}}
    kept = app.do("PUT", "/api/preferences", wanted)
    assert app.get("/api/preferences") == kept
    assert app.ask("PUT", "/api/preferences", {"colour": "red"}).error["param"] == "colour"
    assert app.ask("PUT", "/api/preferences", {"theme": "pink"}).status == 400
    conversation = app.post("/api/conversations", {})
    assert conversation["system"] == "Always rhyme."
    assert app.post("/api/conversations", {"system": ""})["system"] == ""
    asked = app.say("Hi", conversation["id"])
    assert asked["assistant"]["mode"] == "instant"
    app.ended(asked["run"])
    app.do("PUT", "/api/preferences", {})


def test_the_ledger_adds_up(app: App) -> None:
    conversation = app.conversation()
    runs = [app.say("Hi there", conversation, mode=mode)["run"] for mode in ("instant", "thinking", "contemplating")]
    for run in runs:
        app.ended(run)
    wait_until(lambda: app.get(f"/api/ledger?conversation={conversation}")["totals"]["runs"] == 3)
    ledger = app.get(f"/api/ledger?conversation={conversation}&bucket=month")
    whole = app.get(f"/api/conversations/{conversation}")
    for kind in ("prompt", "cached", "thinking", "answer", "cancelled"):
        told = sum(m["summary"]["tokens"][kind] for m in whole["messages"] if m["role"] == "assistant")
        assert ledger["totals"][kind] == told == sum(row[kind] for row in ledger["rows"])
    assert ledger["totals"]["money"] == pytest.approx(
        sum(m["summary"]["money"] for m in whole["messages"] if m["role"] == "assistant")
    )
    assert {row["mode"] for row in ledger["rows"]} == {"instant", "thinking", "contemplating"}
    assert app.get("/api/ledger?until=1")["rows"] == []


def test_incognito_is_never_on_the_disk(tmp_path: Path) -> None:
    canary = "canary-7f3a9c"
    engine = ScriptedEngine(answer)
    with serving([engine], data=str(tmp_path)) as server:
        app = App(server)
        kept = app.say("Kept words")
        app.ended(kept["run"])
        conversation = app.conversation(incognito=True, title=f"{canary} title", system=f"{canary} system")
        assert conversation.startswith("inc-")
        image = {"data": base64.b64encode(picture()).decode(), "name": f"{canary}.png"}
        asked = app.say(f"{canary} text", conversation, images=[image])
        app.ended(asked["run"])
        again = app.post(f"/api/messages/{asked['assistant']['id']}/regenerate")
        app.ended(again["run"])
        listing = app.get("/api/conversations")["items"]
        assert [item["incognito"] for item in listing] == [True, False]
        assert app.get(f"/api/conversations?query={canary}")["items"][0]["id"] == conversation
        wait_until(lambda: b"Kept words" in everything(tmp_path))
        assert canary.encode() not in everything(tmp_path)
        assert app.ask("GET", f"/api/files/{asked['user']['images'][0]['file']}").status == 200
        app.do("DELETE", f"/api/conversations/{conversation}")
        assert app.ask("GET", f"/api/conversations/{conversation}").status == 404
    assert b"Kept words" in everything(tmp_path)
    assert canary.encode() not in everything(tmp_path)


def everything(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file())


def test_erasing_everything(tmp_path: Path) -> None:
    with serving([ScriptedEngine(answer)], data=str(tmp_path)) as server:
        app = App(server)
        asked = app.say("canary-erased words")
        app.ended(asked["run"])
        app.do("PUT", "/api/preferences", {"theme": "dark"})
        assert app.ask("POST", "/api/erase", {}).status == 400
        assert app.ask("POST", "/api/erase", {"confirm": "yes"}).status == 400
        app.post("/api/erase", {"confirm": "delete everything"})
        assert app.get("/api/conversations")["items"] == []
        assert app.get("/api/preferences")["theme"] == "system"
        assert app.get("/api/ledger")["rows"] == []
        assert app.ask("GET", f"/api/runs/{asked['run']}").status == 404
    assert b"canary-erased" not in everything(tmp_path)
