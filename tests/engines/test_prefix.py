"""Shared prefixes: parallel agents read their common prompt once.

1. Eight requests on a prompt of 3,000 tokens prefill about one prompt; without sharing, eight.
2. Requests that differ behind a common beginning share that beginning.
3. Each placed request says what it would have said unplaced.
4. Short prompts, single requests, pictures and busy engines come back unplaced, and still run.
5. Leaving frees the places, used or not; nothing is left on disk; a placed request works once, then queues.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines import EmbeddedEngine, Request
from helicon.engines.prefix import common_beginning
from helicon.messages import Image, user
from tests.engines.streams import ask, finish, read, text_of

LONG = "".join(chr(97 + n * n % 26) for n in range(3000))


async def prefilled(engine: EmbeddedEngine, requests: Sequence[Request]) -> int:
    """Prompt tokens that the engine really read for all of them."""
    return sum(end.tokens.prefilled for end in await asyncio.gather(*(finish(engine, one) for one in requests)))


async def test_eight_agents_read_a_long_prompt_once(toy_engine: EmbeddedEngine) -> None:
    requests = [ask(LONG, max_tokens=4, seed=seed) for seed in range(8)]
    async with toy_engine.share_prefix(requests) as shared:
        assert sorted(request.slot for request in shared.requests if request.slot is not None) == list(range(8))
        assert shared.tokens.prompt > 3000
        total = shared.tokens.prefilled + await prefilled(toy_engine, shared.requests)
    assert total < 3100
    folders = toy_engine.supervisor.folders
    assert folders is not None
    assert [name for name in os.listdir(folders.saves) if name.startswith("prefix")] == []


async def test_without_sharing_each_reads_it_all(toy_engine: EmbeddedEngine) -> None:
    assert await prefilled(toy_engine, [ask(LONG, max_tokens=4, seed=seed) for seed in range(2)]) > 6000


async def test_a_common_beginning_is_enough(toy_engine: EmbeddedEngine) -> None:
    requests = [ask(f"{LONG} {ending}", max_tokens=4) for ending in ("Be brief.", "Check twice.", "Draw it.")]
    async with toy_engine.share_prefix(requests) as shared:
        total = shared.tokens.prefilled + await prefilled(toy_engine, shared.requests)
    assert total < 3300


async def test_placed_requests_say_the_same(toy_engine: EmbeddedEngine) -> None:
    requests = [ask(LONG[:1000], max_tokens=12, seed=seed) for seed in range(3)]
    alone = [text_of(await read(toy_engine, request)) for request in requests]
    async with toy_engine.share_prefix(requests) as shared:
        placed = [text_of(await read(toy_engine, request)) for request in shared.requests]
    assert placed == alone


async def test_what_comes_back_unplaced(toy_engine: EmbeddedEngine) -> None:
    picture = Request(messages=(user(LONG, Image(b"x", "image/png")),))
    for requests in (
        [],
        [ask(LONG)],
        [ask("Short.", seed=1), ask("Short.", seed=2)],
        [ask("A" + LONG), ask("B" + LONG)],
        [picture, picture],
    ):
        async with toy_engine.share_prefix(requests) as shared:
            assert list(shared.requests) == requests
            assert shared.tokens.prompt == 0
    assert toy_engine._queue.running == 0


async def test_more_requests_than_slots(toy_engine: EmbeddedEngine) -> None:
    requests = [ask(LONG, max_tokens=4, seed=seed) for seed in range(12)]
    async with toy_engine.share_prefix(requests) as shared:
        assert [request.slot is None for request in shared.requests] == [False] * 8 + [True] * 4
        total = shared.tokens.prefilled + await prefilled(toy_engine, shared.requests)
    assert total < 3200, "the last four find the prompt where one of the first has just ended"


async def test_places_are_freed_used_or_not(toy_engine: EmbeddedEngine) -> None:
    requests = [ask(LONG, max_tokens=4, seed=seed) for seed in range(3)]
    async with toy_engine.share_prefix(requests) as shared:
        assert toy_engine._queue.running == 3
        await finish(toy_engine, shared.requests[0])
        assert toy_engine._queue.running == 2
        await finish(toy_engine, shared.requests[0])  # a second time: it queues like any other
    assert toy_engine._queue.running == 0
    await finish(toy_engine, shared.requests[1])  # too late: the same
    assert toy_engine._queue.running == 0


async def test_a_place_is_for_its_own_prompt(toy_engine: EmbeddedEngine) -> None:
    requests = [ask(LONG, max_tokens=4, seed=seed) for seed in range(2)]
    async with toy_engine.share_prefix(requests) as shared:
        stray = replace(ask("Something else.", max_tokens=4), slot=shared.requests[0].slot)
        await finish(toy_engine, stray)
        assert toy_engine._queue.running == 2


async def test_an_engine_that_dies_meanwhile_leaves_them_unplaced(toy_engine: EmbeddedEngine) -> None:
    requests = [ask(LONG, max_tokens=4, seed=seed) for seed in range(2)]
    process_id = toy_engine.supervisor.process_id
    assert process_id is not None
    os.kill(process_id, 9)  # not yet noticed
    async with toy_engine.share_prefix(requests) as shared:
        assert await prefilled(toy_engine, shared.requests) > 3000
    assert toy_engine._queue.running == 0


async def test_cancelled_while_placing_nothing_stays_taken(toy_engine: EmbeddedEngine) -> None:
    async def place() -> None:
        async with toy_engine.share_prefix([ask(LONG, seed=seed) for seed in range(4)]):
            pytest.fail("was to be cancelled before")

    task = asyncio.create_task(place())
    await asyncio.sleep(0.03)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert toy_engine._queue.running == 0


@given(st.lists(st.text("ab", max_size=8), min_size=1, max_size=5))
def test_the_common_beginning(texts: list[str]) -> None:
    assert common_beginning(texts) == os.path.commonprefix(texts)  # noqa: RUF071 - letter by letter is meant
