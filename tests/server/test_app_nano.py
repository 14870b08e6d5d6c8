"""The page's API on the real engine: nano in llama.cpp.

1. Every mode answers, is stored and replays; a second window sees the same.
2. Stop frees the engine's slots.
3. A stopped contemplation goes on, and comes to an answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from helicon.engines import open_engine
from helicon.engines.protocol import Engine
from helicon.events import from_dict, replay
from tests.server.app_client import App
from tests.server.live import serving, wait_until

PATIENCE_SECONDS = 120.0


@pytest.fixture(scope="module")
def app(nano: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    async def opened() -> Sequence[Engine]:
        return [await open_engine(str(nano))]

    with serving(opened, data=str(tmp_path_factory.mktemp("data"))) as server:
        yield App(server)


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
def test_every_mode(app: App, mode: str) -> None:
    asked = app.say("What is 17 + 25?", mode=mode, options={"agents": 4, "seed": 3} if mode != "instant" else {})
    with app.window(f"{asked['run']}:0") as one, app.window(f"{asked['run']}:0") as other:
        events, end = one.follow()
        assert other.follow() == (events, end)
    assert end is not None
    assert end["state"] == "done"
    result = replay(from_dict(event) for event in events)
    assert result.answer == end["message"]["text"]
    assert result.answer
    summary = end["message"]["summary"]
    assert summary["tokens"]["answer"] == result.ledger.tokens.answer > 0
    disk = app.server.app.desk.shelves.disk
    assert disk is not None
    wait_until(lambda: not app.server.app.desk.hub._books[disk].holds(asked["run"]))
    assert [json.loads(line) for line in disk.library.events(asked["run"])] == events


def test_stop_and_go_on(app: App) -> None:
    asked = app.say("What is 12 * 13 + 7?", mode="contemplating", options={"agents": 8, "effort": "high"})
    wait_until(lambda: any(e["type"] == "thinking_delta" for e in app.get(f"/api/runs/{asked['run']}")["events"]))
    app.post(f"/api/runs/{asked['run']}/stop")
    state = app.ended(asked["run"], PATIENCE_SECONDS)["run"]["state"]
    assert state in ("stopped", "done")
    wait_until(lambda: not app.server.app.core.live)
    if state == "stopped":
        again = app.post(f"/api/runs/{asked['run']}/resume")
        assert app.ended(again["run"], PATIENCE_SECONDS)["run"]["state"] == "done"
        assert app.message(asked["assistant"]["id"], asked["user"]["conversation"])["text"]
