"""The page's runs across processes.

1. ``kill -9`` in the middle of a contemplation: after a restart what was finished is there, the message and the run
   are marked interrupted, and it can be resumed: no finished agent runs again.
2. SIGTERM: running ones get a moment; what is not done then is saved as interrupted, with what it had.
3. A second process on the same database reads along a run of the first, and stops it.
4. A worker is dead when its process is gone, or was not heard of for long; never while it lives.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

from helicon.server.runs.worker import DEAD_SECONDS, is_dead, worker_name
from tests.server.app_client import App
from tests.server.live import PATIENCE_SECONDS, LiveServer, wait_until
from tests.server.test_ending import process


class Remote(LiveServer):
    """A server in another process."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.url = f"http://127.0.0.1:{port}"


def app_at(port: int) -> App:
    return App(Remote(port))


def ended_agents(app: App, run: str) -> list[int]:
    events = app.get(f"/api/runs/{run}")["events"]
    return [event["agent"] for event in events if event["type"] == "agent_ended" and not event["error"]]


def begin_uneven(app: App) -> Any:
    """A contemplation of which some agents have ended and others think for minutes."""
    asked = app.say("uneven", mode="contemplating", options={"agents": 4, "seed": 7})
    wait_until(lambda: bool(ended_agents(app, asked["run"])))
    return asked


def test_kill_9_in_the_middle_of_a_contemplation(tmp_path: Path) -> None:
    with process(data=str(tmp_path)) as (child, port):
        app = app_at(port)
        asked = begin_uneven(app)
        time.sleep(0.5)  # a batch of the log
        before = app.get(f"/api/runs/{asked['run']}")["events"]
        child.send_signal(signal.SIGKILL)
        child.wait(PATIENCE_SECONDS)
    with process(data=str(tmp_path)) as (_, port):
        app = app_at(port)
        after = app.get(f"/api/runs/{asked['run']}")
        assert after["run"]["state"] == "interrupted"
        kept = after["events"]
        assert kept == before[: len(kept)]
        assert len(kept) >= len(before) - 40
        finished = [event["agent"] for event in kept if event["type"] == "agent_ended"]
        assert finished
        message = app.message(asked["assistant"]["id"], asked["user"]["conversation"])
        assert (message["state"], message["run"]) == ("interrupted", asked["run"])
        assert "the server ended" in message["error"]
        assert message["summary"]["tokens"]["answer"] > 0
        (listed,) = app.get("/api/conversations")["items"]
        assert listed["running"] is False
        with app.window(f"{asked['run']}:0") as window:
            events, end = window.follow()
        assert events == kept
        assert end is not None
        assert end["state"] == "interrupted"
        again = app.post(f"/api/runs/{asked['run']}/resume")
        wait_until(lambda: len(app.get(f"/api/runs/{again['run']}")["events"]) > len(kept))
        resumed = app.get(f"/api/runs/{again['run']}")["events"]
        assert next(event for event in resumed if event["type"] == "run_resumed")["agents"] == len(finished)
        app.post(f"/api/runs/{again['run']}/stop")
        app.ended(again["run"])


def test_sigterm_saves_what_there_is(tmp_path: Path) -> None:
    with process(data=str(tmp_path), grace_seconds=3) as (child, port):
        app = app_at(port)
        long = begin_uneven(app)
        brief = app.say("brief", mode="instant")
        with app.window(f"{brief['run']}:0", f"{long['run']}:0") as window:
            child.send_signal(signal.SIGTERM)
            ends = {data["run"]: data["state"] for name, data, _ in window.events() if name == "end"}
        assert child.wait(PATIENCE_SECONDS) == 0
        errors = child.stderr.read() if child.stderr else ""
    assert ends == {brief["run"]: "done", long["run"]: "interrupted"}
    assert "Traceback" not in errors, errors
    assert "Task was destroyed" not in errors
    with process(data=str(tmp_path)) as (_, port):
        app = app_at(port)
        assert app.state(brief["run"]) == "done"
        assert app.message(brief["assistant"]["id"], brief["user"]["conversation"])["text"].startswith("word word")
        after = app.get(f"/api/runs/{long['run']}")
        assert after["run"]["state"] == "interrupted"
        assert after["events"][-1]["type"] == "run_ended"
        message = app.message(long["assistant"]["id"], long["user"]["conversation"])
        ended = [event for event in after["events"] if event["type"] == "agent_ended"]
        finished = [event for event in ended if event["entry"]["stop_reason"] == "stop"]
        assert (message["state"], message["summary"]["finished"]) == ("interrupted", len(finished))


def test_a_second_process_reads_along_and_stops(tmp_path: Path) -> None:
    with process(data=str(tmp_path)) as (_, first), process(data=str(tmp_path)) as (_, second):
        one, other = app_at(first), app_at(second)
        asked = one.say("long", mode="thinking")
        with other.window(f"{asked['run']}:0") as window:
            seen: list[Any] = []
            at = 0
            for name, data, _ in window.events():
                if name == "run":
                    assert data["from"] == at
                    at = data["to"]
                    seen += data["events"]
                if len(seen) > 8:
                    break
            began = time.monotonic()
            assert other.post(f"/api/runs/{asked['run']}/stop") == {"state": "running"}
            wait_until(lambda: one.state(asked["run"]) == "stopped")
            assert time.monotonic() - began < 4  # half a second, on a busy machine
            for name, data, _ in window.events():
                if name == "run":
                    assert data["from"] == at
                    at = data["to"]
                    seen += data["events"]
                elif name == "end":
                    assert data["state"] == "stopped"
                    break
        assert seen == one.get(f"/api/runs/{asked['run']}")["events"]
        assert other.state(asked["run"]) == "stopped"


def test_a_worker_that_lives_is_never_dead() -> None:
    mine = worker_name()
    now = time.time()
    assert not is_dead(mine, now - 1000, now=now, mine=mine)
    earlier = mine.rpartition(" ")[0] + " 0000"  # the same number of a process that is gone
    assert is_dead(earlier, now, now=now, mine=mine)
    child = subprocess.Popen(["sleep", "60"])
    other = f"{mine.partition(' ')[0]} {child.pid} abcd"
    assert not is_dead(other, now, now=now, mine=mine)
    assert is_dead(other, now - DEAD_SECONDS - 1, now=now, mine=mine)
    child.kill()
    child.wait()
    assert is_dead(other, now, now=now, mine=mine)
    away = f"elsewhere/1 {os.getpid()} abcd"
    assert not is_dead(away, now - DEAD_SECONDS + 5, now=now, mine=mine)
    assert is_dead(away, now - DEAD_SECONDS - 1, now=now, mine=mine)
