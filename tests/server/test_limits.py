"""The gate.

1. Never more than its places run, and first come is first served, whoever leaves the queue.
2. Beyond the queue it refuses, with a time to come back from 1 to 60 seconds.
3. Every place that is given comes back, whatever happens to who got it.
"""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.errors import ServerBusy
from helicon.server.limits import Gate
from helicon.server.watching import Client, ClientGone


async def never() -> dict[str, object]:
    await asyncio.Event().wait()
    raise AssertionError


async def test_first_come_is_first_served() -> None:
    gate = Gate(1, 3)
    assert gate.try_enter()
    assert not gate.try_enter()
    first, second, third = gate.join(), gate.join(), gate.join()
    second.cancel()
    await asyncio.sleep(0)
    assert gate.waiting == 2
    gate.leave(1.0)
    assert first.done()
    assert not third.done()
    gate.leave(1.0)
    assert third.done()
    gate.leave()
    assert (gate.running, gate.waiting) == (0, 0)


async def test_a_full_queue_says_when_to_come_back() -> None:
    gate = Gate(2, 1)
    assert gate.try_enter()
    assert gate.try_enter()
    waiting = gate.join()
    with pytest.raises(ServerBusy, match="2 requests are running and 1 are waiting"):
        gate.join()
    for seconds in (0.0, 1000.0, 1e9):
        gate._mean_seconds = seconds
        assert 1 <= gate.retry_after_seconds <= 60
    waiting.cancel()


async def test_a_place_given_to_a_cancelled_request_goes_on() -> None:
    gate = Gate(1, 2)
    assert gate.try_enter()
    async with Client(never) as client:
        task = asyncio.create_task(client.enter(gate))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gate.leave()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert gate.running == 0


async def test_a_client_that_left_before_it_queued_is_sent_away() -> None:
    gate = Gate(1, 2)
    assert gate.try_enter()

    async def gone() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async with Client(gone) as client:
        await asyncio.sleep(0)
        with pytest.raises(ClientGone):
            await client.enter(gate)
    await asyncio.sleep(0)
    assert (gate.running, gate.waiting) == (1, 0)


@given(
    st.lists(st.sampled_from(["enter", "leave", "cancel", "fail"]), max_size=60), st.integers(1, 3), st.integers(0, 3)
)
def test_places_are_neither_lost_nor_made(steps: list[str], places: int, queue: int) -> None:
    async def play() -> None:
        gate = Gate(places, queue)
        inside = 0
        waiting: list[asyncio.Future[None]] = []
        for step in steps:
            if step == "enter":
                if gate.try_enter():
                    inside += 1
                elif gate.waiting < queue:
                    waiting.append(gate.join())
            elif step == "leave" and inside:
                inside -= 1
                gate.leave()
            elif step in ("cancel", "fail") and waiting:
                place = waiting.pop(0)
                if not place.done():
                    place.cancel() if step == "cancel" else place.set_exception(ClientGone())
                elif not place.cancelled():
                    waiting.append(place)
            await asyncio.sleep(0)
            inside += sum(place.done() for place in waiting)
            waiting = [place for place in waiting if not place.done()]
            assert gate.running == inside <= places
            assert gate.waiting == len(waiting) <= queue
            assert not waiting or inside == places

    asyncio.run(play())
