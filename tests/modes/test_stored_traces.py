"""Stored traces: those of every version so far, and 200 that are drawn here.

1. A trace of any version is read whole, and replays to its own end: answer, reason, ledger.
2. The modes take the same decisions from the agents' stored work, without asking the engine.
3. What a trace comes to (result, drawing, transcript, decisions, lines) has the same bytes whatever the seed of
   Python's hashes and the time zone.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from helicon.events import AgentEnded, CallEnded, RunEnded, RunResumed, replay, to_dict
from helicon.store import Traces
from tests.fixtures.make_traces import drawn, write
from tests.fixtures.replayed import decided, decisions, stored, whole

FOLDER = Path(__file__).parent.parent / "fixtures" / "traces"
VERSIONS = sorted(FOLDER.iterdir())
DRAWN = 200
PLACES = ({"PYTHONHASHSEED": "0", "TZ": "UTC"}, {"PYTHONHASHSEED": "4242", "TZ": "Asia/Kathmandu"})


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Traces of today, of questions that are drawn."""
    folder = tmp_path_factory.mktemp("traces")

    async def all_of_them() -> None:
        write(folder, [await drawn(number) for number in range(DRAWN)])

    asyncio.run(all_of_them())
    return folder


@pytest.mark.parametrize("folder", VERSIONS, ids=lambda folder: folder.name)
def test_a_trace_of_any_version_is_read_whole(folder: Path) -> None:
    traces = list(stored(folder))
    assert len(traces) >= 15
    for name, trace, _ in traces:
        assert not trace.unread, name
        result = replay(trace.events)
        last = trace.events[-1]
        assert isinstance(last, RunEnded) == (name != "cut")
        if isinstance(last, RunEnded):
            assert (result.answer, result.stop_reason, result.ledger) == (last.answer, last.stop_reason, last.ledger)
            counted = [event.entry for event in trace.events if isinstance(event, AgentEnded | CallEnded)]
            assert tuple(counted) == last.ledger.entries, name
        else:
            assert trace.cut


async def test_decisions_come_out_as_they_are_stored(fresh: Path) -> None:
    checked = 0
    for folder in (*VERSIONS, fresh):
        for name, trace, question in stored(folder):
            if whole(trace):
                again, asked = await decided(trace, question)
                assert asked == 0, name
                assert again == decisions(trace.events), name
                checked += 1
    assert checked >= DRAWN


def test_hash_seeds_and_time_zones_change_no_byte(fresh: Path) -> None:
    one, other = (_replayed([*VERSIONS, fresh], place) for place in PLACES)
    assert len(one.splitlines()) >= DRAWN
    assert one == other
    [first] = [line for line in one.splitlines() if line.startswith(b'{"name": "dissent"')]
    [trace] = Traces(VERSIONS[0] / "dissent.jsonl").read()
    assert json.loads(first)["result"] == json.loads(json.dumps(to_dict(replay(trace.events))))


def _replayed(folders: Sequence[Path], place: dict[str, str]) -> bytes:
    command = [sys.executable, "-m", "tests.fixtures.replayed", *map(str, folders)]
    return subprocess.run(command, env={**os.environ, **place}, check=True, capture_output=True).stdout


def test_a_resumed_trace_says_so() -> None:
    [trace] = Traces(VERSIONS[0] / "resumed.jsonl").read()
    [resumed] = [event for event in trace.events if isinstance(event, RunResumed)]
    [cut] = Traces(VERSIONS[0] / "cut.jsonl").read()
    assert resumed.run_id == cut.id
    assert resumed.at == max(event.at for event in cut.events)
