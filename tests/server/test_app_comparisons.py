"""Comparisons.

1. One question goes to two to four; each answer is a run of its own beside the others.
2. A blind one tells nothing of who answers, in any reply, event or list, until its vote; the events keep their numbers.
3. One vote each, kept; the summary counts pairs and shows Wilson's interval.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from helicon.engines.scripted import INFO, ScriptedEngine, script
from helicon.events import from_dict, replay
from helicon.server.standings import standings
from helicon.store import Vote, VoteEntry
from tests.server.app_client import App
from tests.server.live import serving

SECRETS = ("model-alpha", "model-beta", ': "thinking"', "contemplating", "agent_started")


@pytest.fixture
def app() -> Iterator[App]:
    engines = [
        ScriptedEngine([script("Let me see.", "It is 42.")], info=replace(INFO, name=name))
        for name in ("model-alpha", "model-beta")
    ]
    with serving(engines) as server:
        yield App(server)


def entries(*modes: str) -> list[dict[str, Any]]:
    return [{"model": name, "mode": mode} for name, mode in zip(("model-alpha", "model-beta"), modes, strict=True)]


def test_an_open_comparison(app: App) -> None:
    made = app.post("/api/comparisons", {"text": "What is it?", "entries": entries("instant", "thinking")})
    user, *answers = made["messages"]
    assert {answer["parent"] for answer in answers} == {user["id"]}
    assert [answer["model"] for answer in answers] == ["model-alpha", "model-beta"]
    for run in made["runs"]:
        assert app.ended(run)["run"]["state"] == "done"
    assert made["conversation"]["kind"] == "comparison"
    assert app.get("/api/conversations?kind=comparison")["items"][0]["id"] == made["conversation"]["id"]
    assert app.get("/api/conversations?kind=chat")["items"] == []


def masked(events: list[Any]) -> str:
    """What is said of a run, without the empty thoughts that stand for what is hidden."""
    return json.dumps([event for event in events if event["type"] != "thinking_delta" or event["text"]])


def test_a_blind_comparison_tells_nothing_before_its_vote(app: App) -> None:
    with app.window() as window:
        told = window.events()
        next(told)
        body = {"text": "What is it?", "entries": entries("thinking", "contemplating"), "blind": True}
        made = app.post("/api/comparisons", body)
        conversation = made["conversation"]["id"]
        said = json.dumps(made)
        lengths = {}
        for run in made["runs"]:
            with app.window(f"{run}:0") as reading:
                events, end = reading.follow()
            whole = app.ended(run)
            assert whole["events"] == events
            assert end is not None
            assert end["message"]["text"] == "It is 42."
            assert replay(from_dict(event) for event in events).answer == "It is 42."
            said += masked(events) + json.dumps(end) + json.dumps(whole["run"])
            lengths[run] = len(events)
        said += json.dumps(app.get(f"/api/conversations/{conversation}"))
        said += json.dumps(app.get("/api/conversations"))
        ended = 0
        while ended < len(made["runs"]):
            change = next(told)[1]
            said += json.dumps(change)
            ended += change["message"] is not None and change["message"]["state"] == "done"
    for secret in SECRETS:
        assert secret not in said, secret
    winner = made["messages"][1]["id"]
    for path, sent in (
        (f"/api/conversations/{conversation}/messages", {"text": "More", "parent": winner}),
        (f"/api/messages/{winner}/regenerate", {}),
    ):
        assert app.ask("POST", path, sent).error["code"] == "not_voted"
    assert app.ask("GET", f"/api/conversations/{conversation}/export").error["code"] == "not_voted"
    assert app.ask("POST", f"/api/comparisons/{conversation}/vote", {"winner": "nobody"}).status == 400

    voted = app.post(f"/api/comparisons/{conversation}/vote", {"winner": winner})
    after = voted["conversation"]
    assert (voted["vote"]["blind"], after["blind"], after["current"]) == (True, False, winner)
    assert {answer["model"] for answer in voted["messages"][1:]} == {"model-alpha", "model-beta"}
    assert all(answer["summary"] for answer in voted["messages"][1:])
    for run, length in lengths.items():
        seen = app.get(f"/api/runs/{run}")
        assert len(seen["events"]) == length
        assert seen["run"]["model"] in ("model-alpha", "model-beta")
        assert any(event["type"] == "agent_started" for event in seen["events"])
    again = app.ask("POST", f"/api/comparisons/{conversation}/vote", {"winner": "tie"})
    assert (again.status, again.error["code"]) == (409, "voted")
    summary = app.get("/api/comparisons/summary")
    assert (summary["votes"], [one["wins"] for one in summary["entries"]]) == (1, [1, 0])
    app.ended(app.say("Go on", conversation, parent=winner)["run"])


@pytest.mark.parametrize("count", [0, 1, 5])
def test_two_to_four(app: App, count: int) -> None:
    body = {"text": "x", "entries": [{"model": "model-alpha", "mode": "instant"}] * count}
    assert app.ask("POST", "/api/comparisons", body).error["param"] == "entries"
    assert app.ask("POST", f"/api/comparisons/{app.conversation()}/vote", {"winner": "tie"}).status == 409


def vote(winner: str, *names: str) -> Vote:
    made = tuple(VoteEntry(message=name, model=name, mode="instant") for name in names)
    return Vote(id="v", owner="local", conversation="c", winner=winner, entries=made)


def test_what_votes_add_up_to() -> None:
    two = [vote(winner, "a", "b") for winner in ("b", "tie", "none good")]
    told = standings([*[vote("a", "a", "b", "c")] * 8, *two])
    assert told["votes"] == 11
    first, second, third = told["entries"]
    assert (first["model"], first["wins"], first["losses"], first["ties"]) == ("a", 16, 1, 1)
    assert first["rate"] == pytest.approx(16.5 / 18)
    assert 0.7 < first["low"] < first["rate"] < first["high"] < 1
    assert (second["model"], second["wins"], second["losses"], second["ties"]) == ("b", 1, 8, 1)
    assert (third["model"], third["losses"]) == ("c", 8)
    pair = next(p for p in told["pairs"] if (p["first"]["model"], p["second"]["model"]) == ("a", "b"))
    assert (pair["wins"], pair["losses"], pair["ties"]) == (8, 1, 1)
    assert standings([]) == {"votes": 0, "pairs": [], "entries": []}
    assert standings([vote("none good", "a", "b")])["entries"][0]["rate"] is None
    assert standings([vote("a", "a", "a")])["pairs"] == []
