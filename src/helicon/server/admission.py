"""What every way to a run shares, the OpenAI wire's and the page's: a place, a bound, and the books.

The order: pictures are read in turn, giants are refused, a place at the gate is taken within the key's share,
the run is alive, and at its end everything is given back and counted. ``helicon.server.chat`` waits for its place
with the client watched; ``helicon.server.runs.hub`` waits in a task of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from helicon.errors import PromptTooLong, ServerBusy
from helicon.events import Event, Result, to_dict
from helicon.messages import Mode, Question
from helicon.server.core import Core, Live
from helicon.server.limits import Gate
from helicon.server.models import Served

T = TypeVar("T")

CHARACTERS_PER_TOKEN = 64
"""No tokenizer packs more into a token of ordinary text; a longer prompt is refused before an engine reads it."""


async def in_turn(turns: asyncio.Semaphore, reading: Coroutine[Any, Any, T]) -> T:
    """Pictures are held in memory while they are read, so only a few requests read theirs at once."""
    try:
        async with turns:
            return await reading
    finally:
        reading.close()


def refuse_giants(question: Question, served: Served) -> None:
    """Refuse a prompt that no context of this size can hold, without asking the engine.

    Raises:
        PromptTooLong: more than 64 characters for every token of the context.
    """
    context = served.capabilities.context
    if context is None:
        return
    characters = sum(len(message.text) for message in question.messages)
    if characters > context * CHARACTERS_PER_TOKEN:
        raise PromptTooLong(
            f"the conversation has {characters} characters; the context of {served.name!r} has {context} tokens, "
            f"which hold at most about {context * CHARACTERS_PER_TOKEN}.",
            hint="Send less text, or use a model with a longer context.",
        )


async def enter(core: Core, key: int | None, through: Callable[[Gate], Awaitable[None]]) -> None:
    """Take a place at the gate within the key's share; both go back with ``leave``."""
    try:
        core.shares.take(key)
        try:
            await through(core.gate)
        except BaseException:
            core.shares.give(key)
            raise
    except ServerBusy:
        core.metrics.refused.inc()
        raise


def reserve(core: Core, key: int | None) -> asyncio.Future[None] | None:
    """Stand in the queue within the key's share, without waiting; ``None`` is a place at once.

    The future's result is the place. Whoever cancels it instead gives back the share.

    Raises:
        ServerBusy: the queue is full, or the key has its share.
        KeyLimit: the key has used what it may use.
    """
    try:
        core.shares.take(key)
        try:
            return None if core.gate.try_enter() else core.gate.join()
        except ServerBusy:
            core.shares.give(key)
            raise
    except ServerBusy:
        core.metrics.refused.inc()
        raise


def release(core: Core, key: int | None, place: asyncio.Future[None] | None) -> None:
    """Give back what ``reserve`` gave, because no run begins."""
    if place is None or (place.done() and not place.cancelled() and place.exception() is None):
        core.gate.leave()
    else:
        place.cancel()
    core.shares.give(key)


def leave(core: Core, key: int | None, live: Live, entered: float) -> None:
    """A run is over: it is no longer alive, and its place and share are free. ``entered`` is of ``perf_counter``."""
    core.end(live)
    core.gate.leave(time.perf_counter() - entered)
    core.shares.give(key)


def count(core: Core, live: Live, key: int | None, result: Result, asked: Mode, status: int) -> Mode:
    """Count one answered request and what its run used; returns the mode it went by."""
    if live.stopped == "client":
        status = 499
        core.metrics.cancelled.inc()
    elif status == 200 and result.stop_reason == "error":
        status = 500  # the failure came after the status line
    mode = result.mode if result.run_id else asked
    core.metrics.count_request(mode, status)
    core.metrics.count_run(result)
    core.shares.spend(key, result.ledger)
    return mode


def record(
    core: Core,
    *,
    run_id: str,
    created: int,
    served: Served,
    mode: Mode,
    live: Live,
    result: Result,
    events: list[Event],
) -> None:
    """Hand a run over to the store, where there is one."""
    if core.recorder is None:
        return
    from helicon.store import StoredRun

    kept = core.recorder.put(
        StoredRun(
            id=run_id,
            created=created,
            model=served.name,
            mode=mode,
            status="cancelled" if live.stopped else result.stop_reason or "error",
            ledger=to_dict(result.ledger),
            events=tuple(events),
        )
    )
    if not kept:
        core.metrics.unstored.inc()
