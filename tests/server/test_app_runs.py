"""Runs that belong to the server.

1. A window that comes back at any of 200 places sees each event exactly once and in order, live and afterwards.
2. Two windows see the same list; it is the stored one, and replays to the answer that the message has.
3. Deltas are merged: many agents make few frames, and the text is whole.
4. Nobody needs to watch: a run goes on without a window, and its log leaves memory when it is kept.
5. Stop ends every call of the engine at once: in the queue, in the prompt, thinking, answering, in a contemplation;
   again and after the end it changes nothing.
6. A window that does not read costs no memory and delays nobody.
7. Every window hears of what changes; a place beyond the log folds anew.
8. An interrupted run goes on where it stood.
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from helicon.engines.protocol import Request
from helicon.engines.scripted import Script, ScriptedEngine, script
from helicon.events import from_dict, replay
from helicon.server.runs.runlog import FRAME_CHARACTERS
from tests.server.app_client import App, Window
from tests.server.live import LiveServer, serving, wait_until

STOP_SECONDS = 0.5
BUSY = 4.0
"""How much slower than promised a busy machine may be here."""


def answer(request: Request) -> Script:
    words = next(message.text for message in reversed(request.messages) if message.role == "user")
    if "slowly" in words:
        return script(" ".join(["hm"] * 2000), "late", delay_seconds=0.02)
    if "prefill" in words:
        return script("a", "b", first_delay_seconds=60)
    if "speak" in words:
        return script("", " ".join(["word"] * 2000), delay_seconds=0.02)
    if "agents" in words:
        return script(" ".join(f"w{n}" for n in range(120)), "It is 42.", delay_seconds=0.02)
    return script("17 + 25 is 42.", "It is 42.")


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine(answer)


@pytest.fixture(scope="module")
def server(engine: ScriptedEngine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    with serving([engine], data=str(tmp_path_factory.mktemp("data")), max_running=4) as live:
        yield live


@pytest.fixture
def app(server: LiveServer) -> App:
    return App(server)


def contemplation(app: App, agents: int = 8) -> str:
    run: str = app.say("Ask many agents", mode="contemplating", options={"agents": agents, "effort": "high"})["run"]
    return run


def test_a_window_that_comes_back_at_200_places_sees_each_event_once(app: App) -> None:
    run = contemplation(app)
    draw, seen, end, visits = random.Random(1), list[Any](), None, 0
    while end is None:
        with app.window(f"{run}:{len(seen)}") as window:
            more, end = window.follow(len(seen), most=draw.randint(1, 3))
        seen += more
        visits += 1
    whole = app.get(f"/api/runs/{run}")["events"]
    assert seen == whole
    assert end["state"] == "done"
    for place in draw.sample(range(len(whole) + 1), min(200, len(whole))):
        visits += 1
        with app.window(f"{run}:{place}") as window:
            assert window.follow(place)[0] == whole[place:]
    assert visits >= 200


def test_the_stream_of_one_run_goes_on_behind_the_last_event_id(app: App) -> None:
    run = contemplation(app, agents=4)
    seen: list[tuple[int, Any]] = []
    ended = False
    while not ended:
        headers = (f"Last-Event-ID: {seen[-1][0]}",) if seen else ()
        with Window(app.server.port, f"/api/runs/{run}/events", headers) as window:
            for number, (name, data, id) in enumerate(window.events()):
                if name == "end":
                    assert data == {"state": "done", "length": len(seen)}
                    ended = True
                    break
                seen.append((int(id), data))
                if number == 20:
                    break
    assert [number for number, _ in seen] == list(range(len(seen)))
    assert [data for _, data in seen] == app.get(f"/api/runs/{run}")["events"]
    with Window(app.server.port, f"/api/runs/{run}/events?from=5") as window:
        assert next(window.events())[2] == "5"


def test_two_windows_see_the_same_and_it_is_what_is_kept(app: App, server: LiveServer) -> None:
    run = contemplation(app)
    lists: list[Any] = []

    def read() -> None:
        with app.window(f"{run}:0") as window:
            lists.append(window.follow())

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lists[0] == lists[1]
    events, end = lists[0]
    disk = server.app.desk.shelves.disk
    assert disk is not None
    wait_until(lambda: not server.app.desk.hub._books[disk].holds(run))
    assert [json.loads(line) for line in disk.library.events(run)] == events
    result = replay(from_dict(event) for event in events)
    assert result.answer == end["message"]["text"] == "It is 42."
    finished = next(agent for agent in result.agents if agent.stop_reason == "stop")
    assert finished.thinking.split() == [f"w{number}" for number in range(120)]
    assert end["message"]["summary"]["agents"] == len(result.agents)


def test_deltas_are_merged_before_they_are_numbered(app: App, engine: ScriptedEngine) -> None:
    engine.requests.clear()
    began = time.monotonic()
    run = contemplation(app)
    with app.window(f"{run}:0") as window:
        frames = [data for name, data in window.until("end") if name == "run"]
    seconds = time.monotonic() - began
    events = [event for frame in frames for event in frame["events"]]
    said = 121 * len(engine.requests)
    assert len(events) < said * 0.8
    assert len([event for event in events if event["type"] == "thinking_delta"]) < said * 0.7
    assert len(frames) / seconds < 40
    assert [event["at"] for event in events] == sorted(event["at"] for event in events)


def test_nobody_needs_to_watch(app: App, server: LiveServer, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = app.say("Hello")
    assert app.ended(asked["run"])["run"]["state"] == "done"
    hub = server.app.desk.hub
    monkeypatch.setattr("helicon.server.runs.hub.KEEP_SECONDS", 0.0)
    monkeypatch.setattr("helicon.server.runs.hub.SWEEP_SECONDS", 0.1)
    wait_until(lambda: asked["run"] not in hub._logs)
    run = app.get(f"/api/runs/{asked['run']}")  # from the database
    assert run["run"]["state"] == "done"
    assert run["events"][-1]["type"] == "run_ended"
    wait_until(lambda: not hub._logs and not hub._tasks and not hub._tails.tasks)


PHASES: dict[str, tuple[str, str, Callable[[ScriptedEngine], bool]]] = {
    "prefill": ("prefill", "thinking", lambda engine: engine.counts.running == 1),
    "thinking": ("think slowly", "thinking", lambda engine: engine.counts.tokens.thinking > 3),
    "answering": ("speak", "instant", lambda engine: engine.counts.tokens.answer > 3),
    "contemplating": ("think slowly", "contemplating", lambda engine: engine.counts.running >= 3),
}


@pytest.mark.parametrize("phase", PHASES)
def test_stop_stops_at_the_engine(app: App, phase: str) -> None:
    words, mode, reached = PHASES[phase]
    engine = ScriptedEngine(answer)
    with serving([engine]) as server:
        app = App(server)
        asked = app.say(words, mode=mode)
        wait_until(lambda: reached(engine))
        began = time.monotonic()
        assert app.ask("POST", f"/api/runs/{asked['run']}/stop", {}).status == 202
        wait_until(lambda: engine.counts.running == 0)
        assert time.monotonic() - began < STOP_SECONDS * BUSY
        generated = engine.counts.tokens.generated
        assert app.ended(asked["run"])["run"]["state"] == "stopped"
        for _ in range(3):
            assert app.post(f"/api/runs/{asked['run']}/stop") == {"state": "stopped"}
        message = app.message(asked["assistant"]["id"], asked["user"]["conversation"])
        assert (message["state"], message["error"]) == ("stopped", "")
        assert message["summary"]["stop_reason"] == "cancelled"
        assert message["text"].startswith("word word") == (phase == "answering")
        assert engine.counts.tokens.generated == generated


def test_stop_in_the_queue(app: App) -> None:
    engine = ScriptedEngine(answer)
    with serving([engine], max_running=1, max_waiting=1) as server:
        app = App(server)
        first = app.say("think slowly", mode="thinking")
        second = app.say("think slowly", mode="thinking")
        refused = app.ask("POST", f"/api/conversations/{app.conversation()}/messages", {"text": "x"})
        assert (refused.status, refused.error["code"]) == (429, "server_busy")
        assert int(refused.headers["retry-after"]) >= 1
        app.post(f"/api/runs/{second['run']}/stop")
        assert app.ended(second["run"])["run"]["state"] == "stopped"
        assert app.get(f"/api/runs/{second['run']}")["events"] == []
        app.post(f"/api/runs/{first['run']}/stop")
        app.ended(first["run"])
        wait_until(lambda: server.app.core.gate.running == 0 and not server.app.core.live)
        assert app.ended(app.say("Hello", mode="instant")["run"])["run"]["state"] == "done"
    assert engine.counts.started == 2


def test_a_failing_engine_is_told_in_its_message(app: App) -> None:
    engine = ScriptedEngine([script("a b c", fault="die", fault_after=2)])
    with serving([engine]) as server:
        app = App(server)
        asked = app.say("Hello", mode="thinking")
        with app.window(f"{asked['run']}:0") as window:
            events, end = window.follow()
        assert end is not None
        assert (end["state"], "ended in the middle" in end["message"]["error"]) == ("failed", True)
        assert [event["type"] for event in events][-1] == "run_ended"


def test_a_window_that_does_not_read_costs_no_memory_and_delays_nobody() -> None:
    engine = ScriptedEngine([script(" ".join(["x" * 50_000] * 300), "end", delay_seconds=0.005)])
    with serving([engine]) as server:
        app = App(server)
        run = app.say("Hello", mode="thinking")["run"]
        with server.connect(receive_buffer=2048) as sock:
            sock.sendall(f"GET /api/stream?run={run}:0 HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            with app.window(f"{run}:0") as window:
                events, _ = window.follow()
            assert sum(len(event.get("text", "")) for event in events) > 3_000_000
            waiting = [one.transport.get_write_buffer_size() for one in server.server.server_state.connections]
            assert max(waiting) < 4 * FRAME_CHARACTERS
            assert app.state(run) == "done"


def test_a_place_beyond_the_log_folds_anew(app: App) -> None:
    run = app.say("Hello")["run"]
    whole = app.ended(run)["events"]
    with app.window(f"{run}:{len(whole) + 5}") as window:
        frames = [data for name, data in window.until("end") if name == "run"]
    assert frames[0]["reset"] is True
    assert [event for frame in frames for event in frame["events"]] == whole
    with app.window("run_0000000000:3") as window:
        assert list(window.until("end"))[-1] == (
            "end",
            {"run": "run_0000000000", "length": 0, "state": "gone", "message": None},
        )


def test_every_window_hears_of_changes(app: App) -> None:
    with app.window() as window:
        events = window.events()
        assert next(events)[0] == "hello"
        asked = app.say("Tell everybody")
        app.ended(asked["run"])
        kinds = []
        for name, data, _ in events:
            assert name == "change"
            kinds.append(data["kind"])
            message = data["message"]
            if message is not None and message["state"] == "done" and message["role"] == "assistant":
                assert (data["run"], data["conversation"]) == (asked["run"], asked["user"]["conversation"])
                assert message["text"] == "It is 42."
                break
        assert {"conversation", "message"} <= set(kinds)
        app.do("DELETE", f"/api/conversations/{asked['user']['conversation']}")
        deleted = next(data for _, data, _ in events if data["kind"] == "deleted")
        assert deleted["conversation"] == asked["user"]["conversation"]


def test_deleting_a_conversation_stops_its_run(app: App, engine: ScriptedEngine) -> None:
    asked = app.say("think slowly", mode="thinking")
    wait_until(lambda: engine.counts.running == 1)
    app.do("DELETE", f"/api/conversations/{asked['user']['conversation']}?forever=1")
    wait_until(lambda: engine.counts.running == 0)
    wait_until(lambda: app.ask("GET", f"/api/runs/{asked['run']}").status == 404)


def test_a_stopped_run_goes_on_where_it_stood() -> None:
    slow = True

    def uneven(_request: Request) -> Script:
        if slow and uneven_engine.counts.started > 1:
            return script(" ".join(["hm"] * 2000), "late", delay_seconds=0.05)
        return script("17 + 25 is 42.", "It is 42." if uneven_engine.counts.started % 2 else "It is 43.")

    uneven_engine = ScriptedEngine(uneven)
    with serving([uneven_engine]) as server:
        app = App(server)
        asked = app.say("Ask many agents", mode="contemplating", options={"agents": 4})
        wait_until(lambda: any(e["type"] == "agent_ended" for e in app.get(f"/api/runs/{asked['run']}")["events"]))
        app.post(f"/api/runs/{asked['run']}/stop")
        assert app.ended(asked["run"])["run"]["state"] == "stopped"
        slow, ran = False, uneven_engine.counts.finished
        assert ran >= 1
        again = app.post(f"/api/runs/{asked['run']}/resume")
        assert again["assistant"]["id"] == asked["assistant"]["id"]
        assert again["run"] != asked["run"]
        after = app.ended(again["run"])
        assert after["run"]["state"] == "done"
        resumed = next(event for event in after["events"] if event["type"] == "run_resumed")
        assert (resumed["run_id"], resumed["agents"]) == (asked["run"], ran)
        message = app.message(asked["assistant"]["id"], asked["user"]["conversation"])
        assert (message["run"], message["state"], message["error"]) == (again["run"], "done", "")
        for run, code in ((again["run"], "not_interrupted"), (asked["run"], "replaced")):
            refused = app.ask("POST", f"/api/runs/{run}/resume", {})
            assert (refused.status, refused.error["code"]) == (409, code)
        ledger = f"/api/ledger?conversation={asked['user']['conversation']}"
        wait_until(lambda: app.get(ledger)["totals"]["answer"] > 0)
        for kind in ("thinking", "answer"):  # what the two runs share is counted once
            assert app.get(ledger)["totals"][kind] == message["summary"]["tokens"][kind]


def test_one_agent_is_stopped_and_the_rest_decides() -> None:
    def first_is_quick(_request: Request) -> Script:
        return (
            script(" ".join(["hm"] * 2000), "x", delay_seconds=0.05) if uneven.counts.started else script("Hm.", "42")
        )

    uneven = ScriptedEngine(first_is_quick)
    with serving([uneven]) as server:
        app = App(server)
        asked = app.say("Ask many agents", mode="contemplating", options={"agents": 4, "effort": "high"})
        path = f"/api/runs/{asked['run']}"

        def ended() -> list[Any]:
            return [event for event in app.get(path)["events"] if event["type"] == "agent_ended"]

        wait_until(lambda: uneven.counts.running == 3 and len(ended()) == 1)
        assert app.post(f"{path}/agents/3/stop") == {"state": "running"}
        wait_until(lambda: uneven.counts.running == 2)
        assert [(one["agent"], one["entry"]["stop_reason"]) for one in ended()[1:]] == [(3, "cancelled")]
        app.post(f"{path}/decide")
        assert app.ended(asked["run"])["run"]["state"] == "done"
        assert app.message(asked["assistant"]["id"], asked["user"]["conversation"])["summary"]["stop_reason"] == "asked"
        assert app.post(f"{path}/decide") == {"state": "done"}
        assert app.ask("POST", f"{path}/agents/x/stop", {}).status == 400
