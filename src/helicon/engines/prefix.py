"""Parallel agents read their common prompt once.

llama.cpp shares a prompt between simultaneous requests only as ``n`` choices, which can be neither
seeded, counted nor cancelled apart. So the common beginning is read on one slot, saved to a file in
memory, restored to the other slots, and each request goes to its own slot and reads the rest.

Costs one save and one restore per slot, a copy of the prefix each; ``LEAST_TOKENS`` is where that pays.
"""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeAlias

from helicon.engines.protocol import Request
from helicon.engines.slots import Seat, SlotQueue, prompt_text, shared_length
from helicon.errors import HeliconError
from helicon.ledger import Tokens

LEAST_TOKENS = 256
_LEAST_LETTERS = 2 * LEAST_TOKENS
"""Shorter prompts are not even rendered: a token rarely has fewer than two letters."""

Post: TypeAlias = Callable[[str, Mapping[str, Any]], Awaitable[Any]]
"""POST a JSON body to a path of the engine, and the parsed reply."""


@dataclass(frozen=True, slots=True)
class Placed:
    """What placing gave: the requests in their order, the seats they own, and the cost."""

    requests: tuple[Request, ...]
    seats: Mapping[int, Seat]
    tokens: Tokens
    seconds: float


async def place(
    requests: Sequence[Request],
    *,
    queue: SlotQueue,
    post: Post,
    render: Callable[[Request], Awaitable[str]],
    need: Callable[[Request], Awaitable[int]],
    saves: Path,
) -> Placed:
    """Read the common beginning once and put it on the slots that are free now.

    Where there is none, it is short, or slots are lacking, the requests come back unplaced. A failure
    of the engine leaves them unplaced too: sharing saves time, it is never needed.
    """
    unplaced = Placed(tuple(requests), {}, Tokens(), 0.0)
    if len(requests) < 2 or any(message.images for request in requests for message in request.messages):
        return unplaced
    texts = [prompt_text(request) for request in requests]
    if len(common_beginning(texts)) < _LEAST_LETTERS:
        return unplaced
    start = time.monotonic()
    seats: dict[int, Seat] = {}
    try:
        common = await _common_prompt(requests, texts, render)
        counted = await post("/tokenize", {"content": common, "add_special": True, "parse_special": True})
        if len(counted["tokens"]) < LEAST_TOKENS:
            return unplaced
        needs = [await need(request) for request in requests]
        for text, cells in zip(texts, needs, strict=True):
            slot = queue.take_now(text, cells)
            if slot is None:
                break
            seats[slot] = Seat(slot, text)
        if len(seats) < 2:
            _leave(queue, seats)
            return unplaced
        tokens = await _spread(common, list(seats), post, saves)
    except (HeliconError, KeyError, TypeError):
        _leave(queue, seats)
        return unplaced
    except BaseException:
        _leave(queue, seats)
        raise
    slots = [*seats, *[None] * (len(requests) - len(seats))]
    placed = tuple(replace(request, slot=slot) for request, slot in zip(requests, slots, strict=True))
    return Placed(placed, seats, tokens, time.monotonic() - start)


def common_beginning(texts: Sequence[str]) -> str:
    """The longest text that all begin with."""
    low = min(texts)
    return low[: shared_length(low, max(texts))]


async def _common_prompt(
    requests: Sequence[Request], texts: Sequence[str], render: Callable[[Request], Awaitable[str]]
) -> str:
    """The common beginning of the prompts as the template writes them, each different one rendered once."""
    different = {(text, request.thinking): request for text, request in zip(texts, requests, strict=True)}
    return common_beginning([await render(request) for request in different.values()])


async def _spread(common: str, slots: Sequence[int], post: Post, saves: Path) -> Tokens:
    """Read ``common`` on the first slot and copy it to the others."""
    first, *others = slots
    primed = await post("/completion", {"prompt": common, "n_predict": 0, "id_slot": first, "cache_prompt": True})
    timings = primed["timings"]
    cached = int(timings["cache_n"])
    tokens = Tokens(prompt=int(timings["prompt_n"]) + cached, cached=cached)
    name = f"prefix-{os.urandom(8).hex()}.bin"
    try:
        await post(f"/slots/{first}?action=save", {"filename": name})
        for slot in others:
            await post(f"/slots/{slot}?action=restore", {"filename": name})
    finally:
        with suppress(OSError):
            (saves / name).unlink(missing_ok=True)
    return tokens


def _leave(queue: SlotQueue, seats: dict[int, Seat]) -> None:
    for slot in seats:
        queue.leave(slot, "")
    seats.clear()
