"""An engine seen through: passes every call on, and notes when each token came and how sure it was.

The modes' own agent runs on it, so that what is recorded is exactly what a live run would do, closing
calls and loop guard included.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, aclosing
from time import monotonic

from helicon.engines.protocol import (
    AnswerText,
    Capabilities,
    Delta,
    Engine,
    Finish,
    Health,
    ModelInfo,
    Request,
    Running,
    Shared,
    ThinkingText,
)
from helicon.modes.confidence import token_confidence


class Watched:
    """One chain's view of an engine; the notes are of all its calls together."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.times: list[float] = []
        """Seconds of each generated token since the first call began."""
        self.confidences: list[float] = []
        self.thoughts: list[tuple[int, str]] = []
        """The thought's pieces, each with the thinking tokens up to and with it."""
        self.requests: list[Request] = []
        self._began: float | None = None

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        """See ``Engine.stream``."""
        self.requests.append(request)
        self._began = self._began or monotonic()
        before, thinking = len(self.times), self.thoughts[-1][0] if self.thoughts else 0
        fresh: list[str] = []
        async with aclosing(self.engine.stream(request)) as deltas:
            async for delta in deltas:
                match delta:
                    case ThinkingText() | AnswerText():
                        scores = map(token_confidence, delta.logprobs)
                        self.confidences.extend(score for score in scores if score is not None)
                        if isinstance(delta, ThinkingText):
                            fresh.append(delta.text)
                    case Running(tokens=tokens) | Finish(tokens=tokens):
                        late = before + tokens.generated - len(self.times)
                        self.times.extend([monotonic() - self._began] * late)
                        if fresh:
                            self.thoughts.append((thinking + tokens.thinking, "".join(fresh)))
                            fresh.clear()
                    case _:
                        pass
                yield delta

    @property
    def info(self) -> ModelInfo:
        """See ``Engine.info``."""
        return self.engine.info

    async def probe(self) -> Capabilities:
        """See ``Engine.probe``."""
        return await self.engine.probe()

    async def health(self) -> Health:
        """See ``Engine.health``."""
        return await self.engine.health()

    async def count(self, request: Request) -> int | None:
        """See ``Engine.count``."""
        return await self.engine.count(request)

    def share_prefix(self, requests: Sequence[Request]) -> AbstractAsyncContextManager[Shared]:
        """See ``Engine.share_prefix``."""
        return self.engine.share_prefix(requests)

    async def close(self) -> None:
        """Nothing: the engine belongs to the recorder."""
