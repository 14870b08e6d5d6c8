"""Small helpers for tests that stream from a real engine."""

from __future__ import annotations

from contextlib import aclosing

from helicon.engines import AnswerText, Delta, Engine, Finish, Request, ThinkingText
from helicon.messages import Sampling, user


def ask(text: str, *, max_tokens: int = 16, seed: int = 1) -> Request:
    """A request as a mode would make it: explicit sampling, a seed."""
    return Request(
        messages=(user(text),), max_tokens=max_tokens, seed=seed, sampling=Sampling(temperature=1.0, top_p=1.0, top_k=0)
    )


async def read(engine: Engine, request: Request) -> list[Delta]:
    """Every delta of a stream."""
    async with aclosing(engine.stream(request)) as deltas:
        return [delta async for delta in deltas]


async def finish(engine: Engine, request: Request) -> Finish:
    """The end of a stream."""
    last = (await read(engine, request))[-1]
    assert isinstance(last, Finish)
    return last


def text_of(deltas: list[Delta]) -> str:
    """Thought and answer together."""
    return "".join(delta.text for delta in deltas if isinstance(delta, ThinkingText | AnswerText))
