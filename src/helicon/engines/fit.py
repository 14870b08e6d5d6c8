"""How large a model's context may be here, and whether the model fits at all; decided before it is loaded.

An estimate: weights, the key-value cache in 16-bit numbers, and what computing takes beside them.
"""

from __future__ import annotations

from dataclasses import dataclass

from helicon.engines.gguf_check import ModelFile
from helicon.engines.machine import words
from helicon.errors import OutOfMemory

DEFAULT_SLOTS = 8
DEFAULT_CONTEXT = 8192
"""Tokens of one request, where the model was trained for more."""
KV_SHARE = 0.5
"""Without a wish for more, the cache of all slots takes at most this part of what the weights leave."""
OVERHEAD = 48 * 10**6
"""Bytes of the process itself."""
_MICRO_BATCH = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """The sizes a model is started with."""

    slots: int
    context: int
    """Tokens of one request."""
    cells: int
    """Tokens of all slots together: they share one cache, so that few long requests fit as well as many short."""
    memory: int
    """Bytes it takes, about."""


def fit(
    model: ModelFile,
    *,
    eyes_bytes: int = 0,
    context: int | None = None,
    slots: int | None = None,
    available: int | None = None,
) -> Fit:
    """Choose the sizes; ``available`` is the free memory in bytes, ``None`` = unknown.

    Raises:
        OutOfMemory: not even one request fits.
    """
    seats = slots or DEFAULT_SLOTS
    trained = model.context or DEFAULT_CONTEXT
    tokens = min(trained, context or DEFAULT_CONTEXT)
    per_token = model.kv_width * 2
    fixed = model.weight_bytes + eyes_bytes + OVERHEAD + _MICRO_BATCH * model.vocabulary * 4
    cells = tokens * seats
    if available is not None and per_token:
        room = int((available - fixed) * KV_SHARE) // per_token
        cells = max(tokens, min(cells, room))
    need = fixed + cells * per_token
    if available is not None and need > available:
        raise OutOfMemory(
            f"{model.name!r} needs about {words(need)} ({words(model.weight_bytes + eyes_bytes)} of weights, "
            f"{words(cells * per_token)} for {cells:,} tokens) and {words(max(0, available))} are free.",
            hint="Use a smaller model or quantisation, or a shorter context with ,ctx=2048.",
        )
    return Fit(slots=seats, context=tokens, cells=cells, memory=need)
