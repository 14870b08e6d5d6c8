"""Slots: where a request sits, and who waits.

1. A request sits where it shares the longest beginning; without any, on the slot unused for longest.
2. No slot is ever given twice; waiting is first come, first served.
3. A waiter that leaves, before or after its turn came, loses no slot.
4. Where cells are short, nobody is seated who could make the engine run out; order is kept.
5. What was generated on a slot counts as read there, so that a cut thought goes on where it was.
"""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines import Request
from helicon.engines.slots import SlotQueue, Slots, prompt_text, shared_length
from helicon.messages import Image, Message, Text, system, user


@given(st.text(max_size=50), st.text(max_size=50), st.text(max_size=50))
def test_shared_length_is_the_common_beginning(begin: str, one: str, other: str) -> None:
    length = shared_length(begin + one, begin + other)
    assert length >= len(begin)
    assert (begin + one)[:length] == (begin + other)[:length]
    assert (begin + one)[: length + 1] != (begin + other)[: length + 1] or begin + one == begin + other


def test_the_longest_shared_beginning_wins() -> None:
    slots = Slots(3)
    for text in ("On cats, long ago", "On dogs, long ago", "else"):
        slot = slots.take(text)
        assert slot is not None
        slots.leave(slot, text)
    assert slots.take("On dogs, long ago, and") == 1
    assert slots.take("On cats, long ago, and") == 0


def test_nobody_is_overwritten_for_a_few_common_words() -> None:
    slots = Slots(2)
    slot = slots.take("a")
    assert slot is not None
    slots.leave(slot, "You are helpful. " + "a long conversation " * 10)
    assert slots.take("You are helpful. " + "another one " * 10) != slot


def test_without_anything_shared_the_slot_unused_for_longest_is_taken() -> None:
    slots = Slots(3)
    assert [slots.take("a"), slots.take("b"), slots.take("c"), slots.take("d")] == [0, 1, 2, None]
    for slot in (2, 0, 1):
        slots.leave(slot, "")
    assert slots.take("z") == 2


def test_a_slot_is_left_once() -> None:
    slots = Slots(1)
    slot = slots.take("a")
    assert slot is not None
    slots.leave(slot, "a")
    with pytest.raises(AssertionError):
        slots.leave(slot, "a")


@given(st.lists(st.tuples(st.booleans(), st.text("ab", max_size=6)), max_size=60))
def test_no_slot_is_given_twice(steps: list[tuple[bool, str]]) -> None:
    slots, taken = Slots(4), list[int]()
    for take, text in steps:
        if take:
            slot = slots.take(text)
            assert (slot is None) == (len(taken) == 4)
            if slot is not None:
                assert slot not in taken
                taken.append(slot)
        elif taken:
            slots.leave(taken.pop(), text)
        assert slots.free == set(range(4)) - set(taken)


async def test_waiting_is_first_come_first_served() -> None:
    queue, order = SlotQueue(1), list[str]()

    async def work(name: str) -> None:
        slot = await queue.take(name)
        order.append(name)
        await asyncio.sleep(0)
        queue.leave(slot, name)

    await asyncio.gather(*(work(name) for name in "abcdef"))
    assert order == list("abcdef")
    assert (queue.running, queue.waiting) == (0, 0)


async def test_nobody_overtakes_those_who_wait() -> None:
    queue = SlotQueue(1)
    slot = await queue.take("a")
    waiter = asyncio.create_task(queue.take("b"))
    await asyncio.sleep(0)
    queue.leave(slot, "a")
    assert queue.take_now("c") is None
    assert await waiter == slot


async def test_waiters_that_leave_lose_no_slot() -> None:
    queue = SlotQueue(1)
    slot = await queue.take("a")
    early, late, last = (asyncio.create_task(queue.take(name)) for name in "bcd")
    await asyncio.sleep(0)
    early.cancel()  # before its turn
    await asyncio.sleep(0)
    queue.leave(slot, "a")
    late.cancel()  # its turn has come, but it has not noticed
    assert await last == slot
    queue.leave(slot, "d")
    assert (queue.running, queue.waiting) == (0, 0)
    assert early.cancelled()
    assert late.cancelled()


async def test_cells_are_never_promised_twice() -> None:
    queue = SlotQueue(4, cells=1000)
    first = await queue.take("a", 600)
    large, small = (asyncio.create_task(queue.take(name, need)) for name, need in (("b", 900), ("c", 100)))
    await asyncio.sleep(0)
    assert queue.running == 1, "the large one waits, and the small one does not overtake it"
    queue.leave(first, "a")
    assert await large >= 0
    assert await small >= 0
    assert queue.running == 2


async def test_a_large_one_that_leaves_lets_the_next_through() -> None:
    queue = SlotQueue(4, cells=1000)
    await queue.take("a", 600)
    large, small = (asyncio.create_task(queue.take(name, need)) for name, need in (("b", 900), ("c", 100)))
    await asyncio.sleep(0)
    large.cancel()
    assert await asyncio.wait_for(small, 5) >= 0


async def test_alone_a_request_is_always_seated() -> None:
    assert await asyncio.wait_for(SlotQueue(4, cells=1000).take("a", 5000), 5) >= 0


def test_what_tells_two_prompts_apart() -> None:
    base = Request(messages=(system("Be brief."), user("What?")))
    assert prompt_text(base) == prompt_text(Request(messages=base.messages, seed=5, max_tokens=9))
    assert prompt_text(base) != prompt_text(Request(messages=(user("Be brief."), user("What?"))))
    seen = [
        Request(messages=(Message(role="user", parts=(Text("See"), Image(data, "image/png"))),))
        for data in (b"1", b"2")
    ]
    assert prompt_text(seen[0]) != prompt_text(seen[1])


async def test_a_cut_thought_goes_on_where_it_was() -> None:
    queue = SlotQueue(3)
    request = Request(messages=(user("What?"),))
    async with queue.seat(request), queue.seat(request) as seat:
        seat.said("First, ")
        cut_on = seat.slot
    again = Request(messages=request.messages, prefill_thinking="First, then")
    async with queue.seat(again) as seat:
        assert seat.slot == cut_on
