"""Models that come and go while the server runs.

1. The list shows abilities, health and why a model is served; the first is the default.
2. A model is added by its spec, answers at once on /v1 too, is there again after a restart, and can be removed.
3. One that does not open any more is listed as unhealthy with the reason, and hinders nothing.
4. Removing a model lets the run that is on it end; those that were given at the start stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from helicon.engines.protocol import Engine, Health
from helicon.engines.scripted import ABLE, INFO, ScriptedEngine, script
from helicon.errors import UnknownModel
from helicon.server.app import App as ServerApp
from helicon.server.app import create_app
from tests.server import live
from tests.server.app_client import App
from tests.server.live import serving, wait_until

Opener = Callable[[str], Awaitable[Engine]]


def named(name: str, **more: Any) -> ScriptedEngine:
    return ScriptedEngine([script("Hm.", f"I am {name}.", **more)], info=replace(INFO, name=name, place=f"at {name}"))


class Door:
    """Opens what it knows."""

    def __init__(self, *engines: ScriptedEngine) -> None:
        self.engines = {engine.info.place: engine for engine in engines}

    async def __call__(self, spec: str) -> Engine:
        if spec not in self.engines:
            raise UnknownModel(f"there is no model {spec!r}; expected one of {', '.join(self.engines)}.")
        return self.engines[spec]


@contextmanager
def opening(
    engines: Sequence[Engine], opener: Opener, monkeypatch: pytest.MonkeyPatch, **settings: Any
) -> Iterator[App]:
    async def create(*arguments: Any, **more: Any) -> ServerApp:
        return await create_app(*arguments, **more, opener=opener)

    monkeypatch.setattr(live, "create_app", create)
    with serving(engines, **settings) as server:
        yield App(server)


def test_the_list(tmp_path: Path) -> None:
    able = replace(ABLE, images=False, tools=False, notes=("tools: no call was made when one was required",), slots=4)
    loading = Health(ready=False, detail="loading")
    ill = ScriptedEngine([script("", "x")], info=replace(INFO, name="ill"), health=loading)
    priced = replace(INFO, price_prompt=1.0, price_generated=2.0)
    well = ScriptedEngine([script("", "x")], info=priced, capabilities=able)
    with serving([well, ill], data=str(tmp_path)) as server:
        told = App(server).get("/api/models")
    first, second = told["models"]
    assert told["default"] == first["name"] == "scripted"
    assert (first["images"], first["tools"], first["thinking"], first["slots"]) == (False, False, True, 4)
    assert first["why"] == {"tools": "no call was made when one was required"}
    assert first["prices"] == {"prompt": 1.0, "generated": 2.0}
    assert (first["health"]["ok"], first["origin"]) == (True, "named")
    assert (second["health"]["ok"], second["health"]["message"], second["prices"]) == (False, "loading", None)


def test_a_model_is_added_kept_and_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    more = named("more")
    with opening([named("base")], Door(more), monkeypatch, data=str(tmp_path)) as app:
        refused = app.ask("POST", "/api/models", {"spec": "at nothing"})
        assert (refused.status, "at nothing" in refused.error["message"]) == (404, True)
        added = app.post("/api/models", {"spec": "at more"})
        assert (added["name"], added["origin"]) == ("more", "added")
        assert app.ask("POST", "/api/models", {"spec": "at more"}).status == 409
        asked = app.say("Who?", model="more", mode="instant")
        app.ended(asked["run"])
        body = {"model": "more@instant", "messages": [{"role": "user", "content": "Who?"}]}
        assert app.server.chat(body).json()["choices"][0]["message"]["content"] == "I am more."
        assert app.ask("DELETE", "/api/models/base").status == 409
        assert app.ask("DELETE", "/api/models/nobody").status == 404
    assert more.closed
    more = named("more")
    with opening([named("base")], Door(more), monkeypatch, data=str(tmp_path)) as app:
        wait_until(lambda: [one["name"] for one in app.get("/api/models")["models"]] == ["base", "more"])
        assert app.get("/api/models")["default"] == "base"
        assert app.post("/api/models/more/probe", {})["health"]["ok"]
        app.do("DELETE", "/api/models/more")
        assert [one["name"] for one in app.get("/api/models")["models"]] == ["base"]
        assert app.server.chat({"model": "more", "messages": [{"role": "user", "content": "Who?"}]}).status == 404
        wait_until(lambda: more.closed)
        assert app.say("Still?", model="")["assistant"]["model"] == "base"
    with opening([named("base")], Door(more), monkeypatch, data=str(tmp_path)) as app:
        assert len(app.get("/api/models")["models"]) == 1


def test_one_that_does_not_open_hinders_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with opening([named("base")], Door(named("more")), monkeypatch, data=str(tmp_path)) as app:
        app.post("/api/models", {"spec": "at more"})
    door = Door()
    with opening([named("base")], door, monkeypatch, data=str(tmp_path)) as app:
        wait_until(lambda: "there is no model" in app.get("/api/models")["models"][-1]["health"]["message"])
        broken = app.get("/api/models")["models"][-1]
        assert (broken["name"], broken["modes"], broken["health"]["ok"]) == ("at more", [], False)
        app.ended(app.say("Hello")["run"])
        assert not app.post("/api/models/at%20more/probe", {})["health"]["ok"]
        door.engines["at more"] = named("more")
        assert app.post("/api/models/at%20more/probe", {})["name"] == "more"
        assert [one["name"] for one in app.get("/api/models")["models"]] == ["base", "more"]
        app.do("DELETE", "/api/models/more")


def test_a_run_on_a_removed_model_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slow = ScriptedEngine(
        [script("", " ".join(["word"] * 60), delay_seconds=0.02)], info=replace(INFO, name="slow", place="at slow")
    )
    with opening([named("base")], Door(slow), monkeypatch, data=str(tmp_path)) as app:
        app.post("/api/models", {"spec": "at slow"})
        asked = app.say("Go", model="slow", mode="instant")
        wait_until(lambda: slow.counts.running == 1)
        app.do("DELETE", "/api/models/slow")
        assert not slow.closed
        assert app.ended(asked["run"])["run"]["state"] == "done"
        wait_until(lambda: slow.closed)


def test_names_stay_apart() -> None:
    async def names() -> list[str]:
        from helicon.server.models import Served, registry_of

        registry = await registry_of([named("a"), named("a")], created=1)
        registry.add(Served(registry.free_name("a"), named("a"), ABLE, 1, "added"))
        return [one.name for one in registry]

    assert asyncio.run(names()) == ["a", "a-2", "a-3"]
