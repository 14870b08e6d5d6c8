"""An engine that is slow at first is asked again until it has answered.

1. Abilities that a loading or silent engine did not show are left open, and marked so.
2. They are found later without anybody asking; then nothing is probed any more.
3. Closing the engine ends that. The pauses between tries grow.
"""

from __future__ import annotations

import asyncio
import itertools

import pytest

from helicon.engines import patience, probes
from tests.engines.clients import both
from tests.engines.upstream import Asked, Wire, said


class Cold:
    """A server that is loading its model until ``warm`` is set."""

    def __init__(self) -> None:
        self.warm = False

    async def __call__(self, asked: Asked, wire: Wire) -> None:
        if asked.method == "GET":
            await wire.reply({"data": [{"id": "m", "max_model_len": 4096}]})
        elif not self.warm:
            await wire.reply({"error": {"message": "Loading model"}}, 503)
        elif not asked.body.get("stream"):
            await wire.reply({"choices": [{"index": index} for index in range(asked.body.get("n", 1))]})
        else:
            await wire.head()
            await wire.sse(said("hi", finish="stop"), "[DONE]")
            await wire.end()


async def test_a_cold_engine_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "FIRST_SECONDS", 0.05)
    cold = Cold()
    async with both(cold) as (engine, seen):
        found = await engine.probe()
        assert (found.settled, found.n) == (False, False)
        assert any("loading" in note for note in found.notes)
        cold.warm = True
        async with asyncio.timeout(30):
            while not (await engine.probe()).settled:  # noqa: ASYNC110 - the engine is no event
                await asyncio.sleep(0.02)
        assert engine.capabilities is not None
        assert engine.capabilities.n
        asked = len(seen.requests)
        await asyncio.sleep(0.3)
        assert len(seen.requests) == asked, "a settled engine is left alone"


async def test_a_silent_engine_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PROBE_SECONDS", 0.2)

    async def silent(asked: Asked, wire: Wire) -> None:
        await (wire.reply({"data": []}) if asked.method == "GET" else asyncio.sleep(60))

    async with both(silent) as (engine, _):
        assert not (await engine.probe()).settled


def test_pauses_grow_up_to_ten_minutes() -> None:
    first = list(itertools.islice(patience.pauses(), 8))
    assert first == [15, 30, 60, 120, 240, 480, 600, 600]
