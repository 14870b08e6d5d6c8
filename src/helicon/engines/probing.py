"""What an engine can do, found by trying: never from its name alone.

Each probe is a request of a few tokens with a positive control, and stops as soon as its question is
answered. llama.cpp shows its template, its eyes and its slots, so there only four abilities cost tokens
(about fifty in all); elsewhere everything is tried. A probe that fails or takes too long leaves its
ability absent and says so in ``Capabilities.notes``.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Awaitable, Callable, Mapping
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
from helicon.families import Switch
from helicon.ledger import Tokens
from helicon.messages import Image, Message, Sampling, ToolCall, assistant, user

PROBE_SECONDS = 30.0
"""For each probe; they run side by side."""
CONTROL_TOKENS = 12
"""A thought this long without a bound shows that a shorter one was bounded."""
CONTROL_ROOM = 2000
"""It is closed long before; a fast engine must not be through before the word to end its thought arrives."""
BUDGET = 4

_GREEDY = Sampling(temperature=0.0, top_p=1.0)
_THINK = user("What is 17 * 23 + 98? Explain each step at length.")
_HELLO = user("Say hello in one short sentence.")
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
_TOOL = {
    "type": "function",
    "function": {
        "name": "clock",
        "description": "Tell the time.",
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
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
    def stream(self, request: Request, *, as_if: Capabilities | None = None) -> Any: ...
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


async def probe(engine: Probed) -> Capabilities:
    """Try everything on one engine; raises only when it does not answer at all."""
    prober = Prober(engine)
    if engine.dialect.name == "llama.cpp":
        found = await prober.llama_cpp()
    else:
        found = await prober.other()
    return replace(found, notes=(*found.notes, *prober.notes))


class Prober:
    """The probes of one engine, and what they could not find out."""

    def __init__(self, engine: Probed) -> None:
        self.engine = engine
        self.notes: list[str] = []

    async def hear(
        self,
        request: Request,
        *,
        as_if: Capabilities | None = None,
        until: Callable[[Heard], bool] = lambda _: False,
    ) -> Heard:
        """Run a request until ``until`` is content or the reply ends."""
        heard = Heard()
        async with aclosing(self.engine.stream(request, as_if=as_if)) as deltas:
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
            self.notes.append(f"{ability}: no result within {PROBE_SECONDS:g} seconds")
        except HeliconError as error:
            self.notes.append(f"{ability}: {error.message}")
        return otherwise

    # llama.cpp

    async def llama_cpp(self) -> Capabilities:
        """From ``/props`` and rendered templates, then three short requests side by side."""
        props = await self._props()
        switch, kwarg = await self.attempt("thinking", self._template_switch(props), ("none", None))
        found = Capabilities(
            thinking=switch,
            thinking_kwarg=kwarg,
            prefill_answer=await self.attempt("prefill of answers", self._renders("content"), otherwise=False),
            prefill_thinking=await self.attempt(
                "prefill of thoughts", self._renders("reasoning_content"), otherwise=False
            ),
            images=bool(_inner(props, "modalities").get("vision")),
            tools=_calls_tools(_inner(props, "chat_template_caps")),
            slots=_whole(props.get("total_slots")),
            context=_whole(_inner(props, "default_generation_settings").get("n_ctx")),
            n=(_whole(props.get("total_slots")) or 1) > 1,
        )
        return await self._generated(found)

    async def _props(self) -> Mapping[str, Any]:
        reply = await self.engine.call("GET", "/props")
        if isinstance(reply.json, dict) and reply.status == 200:
            return reply.json
        self.notes.append(f"/props answers {reply.status}: template, images and slots are unknown")
        return {}

    async def _render(self, messages: list[dict[str, Any]], **fields: Any) -> str | None:
        body = {"messages": messages, **fields}
        reply = await self.engine.call("POST", "/apply-template", body)
        rendered = reply.json.get("prompt") if isinstance(reply.json, dict) else None
        return rendered if isinstance(rendered, str) else None

    async def _template_switch(self, props: Mapping[str, Any]) -> tuple[Switch, str | None]:
        """Render the template with each switch on and off, and compare."""
        family = self.engine.info.family
        asked = [{"role": "user", "content": "hi"}]
        for name in dict.fromkeys((*family.kwargs, "enable_thinking", "thinking")):
            on = await self._render(asked, chat_template_kwargs={name: True})
            off = await self._render(asked, chat_template_kwargs={name: False})
            if on != off and None not in (on, off):
                return "kwarg", name
        if _inner(props, "chat_template_caps").get("supports_reasoning_effort"):
            low, high = [await self._render(asked, reasoning_effort=effort) for effort in ("low", "high")]
            if low != high:
                return "effort", None
        if family.switch in ("always", "prompt"):
            return family.switch, None
        heard = await self.hear(self._asks(8), until=lambda heard: heard.thoughts > 1 or heard.answers > 0)
        return ("always" if heard.thoughts else "none"), None

    async def _renders(self, part: str) -> bool:
        """Whether a begun turn is rendered open: its text stands last."""
        mark = "Alpha beta"
        turn = {"role": "assistant", "content": "", part: mark}
        asked = [{"role": "user", "content": "hi"}, turn]
        rendered = await self._render(asked, continue_final_message=part, add_generation_prompt=False)
        return rendered is not None and rendered.rstrip().endswith(mark)

    # by generating

    def _asks(self, max_tokens: int, message: Message = _THINK, *, thinking: bool = True, **more: Any) -> Request:
        return Request(messages=(message,), thinking=thinking, max_tokens=max_tokens, sampling=_GREEDY, seed=1, **more)

    async def _generated(self, found: Capabilities) -> Capabilities:
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
        logprobs = 1 if dialect.name == "llama.cpp" else None
        request = self._asks(CONTROL_ROOM, top_logprobs=logprobs)
        as_if = replace(found, budget_field=None)
        heard = Heard()
        ended = False
        asked = False
        async with aclosing(self.engine.stream(request, as_if=as_if)) as deltas:
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
                self._asks(BUDGET + CONTROL_TOKENS, thinking_budget=BUDGET),
                as_if=replace(found, budget_field=name),
                until=lambda heard: heard.answers > 0 or heard.thoughts >= CONTROL_TOKENS,
            )
            if heard.thoughts < CONTROL_TOKENS and (heard.answers or heard.reason == "stop"):
                return name
        return None

    async def _schema(self, found: Capabilities) -> bool:
        """A greeting that must become an object."""
        heard = await self.hear(
            self._asks(96, _HELLO, thinking=False, response_format=_SCHEMA),
            as_if=replace(found, images=True),
            until=lambda heard: bool(heard.text.strip()),
        )
        return heard.text.lstrip().startswith("{")

    # engines that show nothing of themselves

    async def other(self) -> Capabilities:
        """Everything by trying."""
        await self.engine.call("GET", self.engine.dialect.health)  # raises when nobody is there
        switch = await self.attempt("thinking", self._switch(), "none")
        kwarg = next(iter(self.engine.info.family.kwargs), "enable_thinking") if switch == "kwarg" else None
        found = Capabilities(thinking=switch, thinking_kwarg=kwarg)
        prefill, logprobs, tools, images, n, context = await asyncio.gather(
            self.attempt("prefill of answers", self._prefills(), otherwise=False),
            self.attempt("log-probabilities", self._logprobs(found), otherwise=False),
            self.attempt("tools", self._tools(found), otherwise=False),
            self.attempt("images", self._images(), otherwise=False),
            self.attempt("n", self._several(), otherwise=False),
            self.attempt("context", self._context(), None),
        )
        found = replace(
            found, prefill_answer=prefill, logprobs=logprobs, tools=tools, images=images, n=n, context=context
        )
        return await self._generated(found)

    async def _switch(self) -> Switch:
        """Ask with thinking on and off, and look for thoughts."""
        family, dialect = self.engine.info.family, self.engine.dialect
        wished: Switch = "kwarg" if dialect.template_kwargs else "effort"
        if family.switch == "effort" and dialect.effort:
            wished = "effort"
        as_if = Capabilities(thinking=wished, thinking_kwarg="enable_thinking" if wished == "kwarg" else None)

        async def heard(*, thinking: bool) -> bool:
            found = await self.hear(
                self._asks(24, thinking=thinking),
                as_if=as_if,
                until=lambda heard: heard.thoughts > 1 or bool(heard.text.strip()),
            )
            return found.thoughts > 1 or found.tokens.thinking > 1

        on, off = await asyncio.gather(heard(thinking=True), heard(thinking=False))
        if on and not off:
            return wished
        if on:
            return "effort" if family.switch == "effort" else "always"
        if family.switch not in ("none", "kwarg"):
            self.notes.append(f"thinking: no thought was seen, though {family.title} usually thinks")
        return "none"

    async def _prefills(self) -> bool:
        """A turn that goes on makes a shorter prompt than one that ended."""
        if self.engine.dialect.prefill == "none":
            return False
        begun = "Alpha beta"
        closed = Request(messages=(_HELLO, assistant(begun)), thinking=False, max_tokens=1, sampling=_GREEDY)
        opened = self._asks(1, _HELLO, thinking=False, prefill_answer=begun)
        first, second = await asyncio.gather(self.hear(closed), self.hear(opened))
        return 0 < second.tokens.prompt < first.tokens.prompt

    async def _logprobs(self, found: Capabilities) -> bool:
        heard = await self.hear(self._asks(2, _HELLO, thinking=False, top_logprobs=2), as_if=found)
        return heard.logprobs

    async def _tools(self, found: Capabilities) -> bool:
        request = self._asks(96, user("What time is it?"), thinking=False, tools=(_TOOL,), tool_choice="required")
        heard = await self.hear(request, as_if=found)
        if not heard.calls:
            self.notes.append("tools: no call was made when one was required")
        return bool(heard.calls)

    async def _images(self) -> bool:
        """A picture makes a longer prompt, where it is looked at."""
        shown, plain = await asyncio.gather(
            self.hear(self._asks(1, user("Say hello in one short sentence.", _PICTURE), thinking=False)),
            self.hear(self._asks(1, _HELLO, thinking=False)),
        )
        return shown.tokens.prompt > plain.tokens.prompt + 4

    async def _several(self) -> bool:
        body = {
            "model": self.engine.model,
            "messages": [{"role": "user", "content": "hi"}],
            "n": 2,
            self.engine.dialect.max_tokens: 1,
        }
        told = (await self.engine.call("POST", "/v1/chat/completions", body)).json
        choices = told.get("choices") if isinstance(told, dict) else None
        return isinstance(choices, list) and len(choices) == 2

    async def _context(self) -> int | None:
        told = (await self.engine.call("GET", "/v1/models")).json
        models = told.get("data") if isinstance(told, dict) else None
        for model in models if isinstance(models, list) else []:
            if isinstance(model, dict) and model.get("id") == self.engine.model:
                return _whole(model.get("max_model_len") or model.get("loaded_context_length"))
        return None


def _inner(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = told.get(name)
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _calls_tools(caps: Mapping[str, Any]) -> bool:
    return bool(caps.get("supports_tools") and caps.get("supports_tool_calls"))


def _png(side: int) -> bytes:
    """A red square."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = (b"\0" + b"\xff\0\0" * side) * side
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


_PICTURE = Image(data=_png(56), media_type="image/png")
