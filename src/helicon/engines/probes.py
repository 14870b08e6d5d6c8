"""One engine under probe: short requests, and the abilities that only generated tokens show.

``probing`` decides which probes an engine gets. A probe that fails or takes too long becomes a note.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Protocol, TypeVar

from helicon.engines.dialects import Dialect
from helicon.engines.http import Reply
from helicon.engines.protocol import (
    AnswerText,
    Capabilities,
    Finish,
    ModelInfo,
    Request,
    Running,
    ThinkingText,
    ToolCallDelta,
)
from helicon.errors import HeliconError
from helicon.ledger import Tokens
from helicon.messages import Message, Sampling, ToolCall, user

PROBE_SECONDS = 30.0
"""For each probe; they run side by side."""
AGAIN = (429, 502, 503, 504)
"""Statuses of an engine that may answer later."""
CONTROL_TOKENS = 12
"""A thought this long without a bound shows that a shorter one was bounded."""
CONTROL_ROOM = 2000
"""It is closed long before; a fast engine must not be through before the word to end its thought arrives."""
BUDGET = 4

GREEDY = Sampling(temperature=0.0, top_p=1.0)
_THINK = user("What is 17 * 23 + 98? Explain each step at length.")
HELLO = user("Say hello in one short sentence.")
_SCHEMA = {
    "type": "json_schema",
    "json_schema": {
        "name": "probe",
        "strict": True,
        "schema": {
            "type": "object",
            "properties": {"ok": {"type": "boolean"}},
            "required": ["ok"],
            "additionalProperties": False,
        },
    },
}
_T = TypeVar("_T")


class Probed(Protocol):
    """The part of ``OpenAIEngine`` that probing needs."""

    @property
    def info(self) -> ModelInfo: ...
    @property
    def dialect(self) -> Dialect: ...
    @property
    def model(self) -> str: ...
    def stream(self, request: Request, *, as_if: Capabilities | None = None, apart: bool = False) -> Any: ...
    async def end_thinking(self, request: Request) -> bool: ...
    async def call(self, method: str, path: str, body: Any = None, *, seconds: float = 30.0) -> Reply: ...


@dataclass(slots=True)
class Heard:
    """What one short reply contained."""

    thoughts: int = 0
    answers: int = 0
    text: str = ""
    logprobs: bool = False
    calls: list[ToolCall] = field(default_factory=list)
    tokens: Tokens = Tokens()
    reason: str = ""


class Prober:
    """The probes of one engine, and what they could not find out."""

    def __init__(self, engine: Probed) -> None:
        self.engine = engine
        self.notes: list[str] = []
        self.settled = True
        """No probe is left open that may have an answer later."""

    async def hear(
        self,
        request: Request,
        *,
        as_if: Capabilities | None = None,
        until: Callable[[Heard], bool] = lambda _: False,
    ) -> Heard:
        """Run a request until ``until`` is content or the reply ends."""
        heard = Heard()
        async with aclosing(self.engine.stream(request, as_if=as_if, apart=True)) as deltas:
            async for delta in deltas:
                match delta:
                    case ThinkingText(logprobs=logprobs):
                        heard.thoughts += 1
                        heard.logprobs = heard.logprobs or bool(logprobs and logprobs[0].top)
                    case AnswerText(text=text, logprobs=logprobs):
                        heard.answers += 1
                        heard.text += text
                        heard.logprobs = heard.logprobs or bool(logprobs and logprobs[0].top)
                    case ToolCallDelta(call=call):
                        heard.calls.append(call)
                    case Running(tokens=tokens):
                        heard.tokens = tokens
                    case Finish(reason=reason, tokens=tokens):
                        heard.reason, heard.tokens = reason, tokens
                if until(heard):
                    break
        return heard

    async def attempt(self, ability: str, tried: Awaitable[_T], otherwise: _T) -> _T:
        """``tried``, or ``otherwise`` and a note when it fails or takes too long."""
        try:
            async with asyncio.timeout(PROBE_SECONDS):
                return await tried
        except TimeoutError:
            self.settled = False
            self.notes.append(f"{ability}: no result within {PROBE_SECONDS:g} seconds")
        except HeliconError as error:
            self.settled = self.settled and not error.retryable
            self.notes.append(f"{ability}: {error.message}")
        return otherwise

    def asks(self, max_tokens: int, message: Message = _THINK, *, thinking: bool = True, **more: Any) -> Request:
        return Request(messages=(message,), thinking=thinking, max_tokens=max_tokens, sampling=GREEDY, seed=1, **more)

    async def generated(self, found: Capabilities) -> Capabilities:
        """The abilities that only tokens show, side by side."""
        control, bounded, schema = await asyncio.gather(
            self.attempt("thinking", self._control(found), (Heard(), False)),
            self.attempt("thinking budget", self._bounded(found), None),
            self.attempt("JSON schema", self._schema(found), otherwise=False),
        )
        heard, ended = control
        budget = None
        if bounded is not None:
            if heard.thoughts >= CONTROL_TOKENS:
                budget = bounded
            elif heard.thoughts:
                self.notes.append("thinking budget: the unbounded control thought too little to tell")
        if found.thinking == "none" and heard.thoughts:
            found = replace(found, thinking="always")
        logprobs = found.logprobs or heard.logprobs
        return replace(found, budget_field=budget, json_schema=schema, logprobs=logprobs, end_thinking=ended)

    async def _control(self, found: Capabilities) -> tuple[Heard, bool]:
        """An unbounded thought, and whether it can be ended from outside once it is long enough."""
        dialect = self.engine.dialect
        if not (dialect.budget_fields or dialect.end_thinking):
            return Heard(), False
        logprobs = 1 if dialect.name == "llama.cpp" else None
        request = self.asks(CONTROL_ROOM, top_logprobs=logprobs)
        as_if = replace(found, budget_field=None)
        heard = Heard()
        ended = False
        asked = False
        async with aclosing(self.engine.stream(request, as_if=as_if, apart=True)) as deltas:
            async for delta in deltas:
                if isinstance(delta, AnswerText):
                    heard.logprobs = heard.logprobs or bool(delta.logprobs and delta.logprobs[0].top)
                    break
                if isinstance(delta, ThinkingText):
                    heard.thoughts += 1
                    heard.logprobs = heard.logprobs or bool(delta.logprobs and delta.logprobs[0].top)
                if heard.thoughts >= CONTROL_TOKENS and not asked:
                    asked = True
                    if not dialect.end_thinking:
                        break
                    ended = await self.engine.end_thinking(request)
                    if not ended:
                        break
        return heard, ended

    async def _bounded(self, found: Capabilities) -> str | None:
        """The first budget field under which a thought ends early."""
        for name in self.engine.dialect.budget_fields:
            heard = await self.hear(
                self.asks(BUDGET + CONTROL_TOKENS, thinking_budget=BUDGET),
                as_if=replace(found, budget_field=name),
                until=lambda heard: heard.answers > 0 or heard.thoughts >= CONTROL_TOKENS,
            )
            if heard.thoughts < CONTROL_TOKENS and (heard.answers or heard.reason == "stop"):
                return name
        return None

    async def _schema(self, found: Capabilities) -> bool:
        """A greeting that must become an object."""
        heard = await self.hear(
            self.asks(96, HELLO, thinking=False, response_format=_SCHEMA),
            as_if=replace(found, images=True),
            until=lambda heard: bool(heard.text.strip()),
        )
        return heard.text.lstrip().startswith("{")
