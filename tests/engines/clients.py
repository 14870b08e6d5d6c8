"""A client of a server that a test plays, and what most tests ask of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

from helicon.engines.dialects import GENERIC, Dialect
from helicon.engines.openai_client import OpenAIEngine
from helicon.engines.protocol import AnswerText, Delta, ModelInfo, Request
from helicon.engines.timeouts import Timeouts
from helicon.families import UNKNOWN
from helicon.messages import user
from tests.engines.upstream import Asked, Handler, Upstream, Wire, said, upstream

ASK = Request(messages=(user("2 + 2?"),))
KEY = "sk-canary-4711"
QUICK = Timeouts(connect=2, first_byte=0.4, idle=0.4)
PATIENT = Timeouts(connect=5, first_byte=30, idle=30)


@asynccontextmanager
async def engine_at(
    url: str, *, dialect: Dialect = GENERIC, timeouts: Timeouts = PATIENT
) -> AsyncIterator[OpenAIEngine]:
    info = ModelInfo(name="m", family=UNKNOWN, engine=dialect.name, place=url)
    engine = OpenAIEngine(info, url, key=KEY, dialect=dialect, timeouts=timeouts)
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def both(
    handler: Handler, *, dialect: Dialect = GENERIC, timeouts: Timeouts = PATIENT
) -> AsyncIterator[tuple[OpenAIEngine, Upstream]]:
    async with upstream(handler) as seen, engine_at(seen.url, dialect=dialect, timeouts=timeouts) as engine:
        yield engine, seen


async def collect(engine: OpenAIEngine, request: Request = ASK) -> list[Delta]:
    async with aclosing(engine.stream(request)) as deltas:
        return [delta async for delta in deltas]


def answer(deltas: list[Delta]) -> str:
    return "".join(delta.text for delta in deltas if isinstance(delta, AnswerText))


async def good(_: Asked, wire: Wire) -> None:
    await wire.head()
    await wire.send(b": ping\n\n")
    await wire.sse(said(thought="Hm"), said("4"), said(finish="stop"))
    await wire.sse({"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": 2}}, "[DONE]")
    await wire.end()


async def forever(_: Asked, wire: Wire) -> None:
    await wire.head()
    while True:
        await wire.sse(said("x"))
        await asyncio.sleep(0.01)
