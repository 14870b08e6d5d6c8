"""The prefix sharing of engines that share by themselves, or not at all: requests come back unchanged."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from helicon.engines.protocol import Request, Shared


@asynccontextmanager
async def unshared(requests: Sequence[Request]) -> AsyncIterator[Shared]:
    """``Engine.share_prefix`` without any placing."""
    yield Shared(requests=tuple(requests))
