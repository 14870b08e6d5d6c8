"""What an engine can do, found by trying: never from its name alone.

Each probe is a request of a few tokens with a positive control, and stops as soon as its question is
answered. llama.cpp shows its template, its eyes and its slots, so there only four abilities cost tokens
(about fifty in all); elsewhere everything is tried. A probe that fails or takes too long leaves its
ability absent and says so in ``Capabilities.notes``; where the engine was only slow, loading or busy,
``Capabilities.settled`` is false, and the client probes again.
"""

from __future__ import annotations

import asyncio
import struct
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from helicon.engines.probes import AGAIN, GREEDY, HELLO, Probed, Prober
from helicon.engines.protocol import Capabilities, Request
from helicon.families import Switch
from helicon.messages import Image, assistant, user

_WHEN = user("What time is it?")
_TOOL = {
    "type": "function",
    "function": {
        "name": "clock",
        "description": "Tell the time.",
        "parameters": {"type": "object", "properties": {}, "additionalProperties": False},
    },
}


async def probe(engine: Probed) -> Capabilities:
    """Try everything on one engine.

    Raises:
        EngineError: it does not answer at all.
    """
    prober = Prober(engine)
    found = await (llama_cpp(prober) if engine.dialect.name == "llama.cpp" else other(prober))
    return replace(found, notes=(*found.notes, *prober.notes), settled=prober.settled)


async def llama_cpp(prober: Prober) -> Capabilities:
    """From ``/props`` and rendered templates, then three short requests side by side."""
    props = await _props(prober)
    switch, kwarg = await prober.attempt("thinking", _template_switch(prober, props), ("none", None))
    found = Capabilities(
        thinking=switch,
        thinking_kwarg=kwarg,
        prefill_answer=await prober.attempt("prefill of answers", _renders(prober, "content"), otherwise=False),
        prefill_thinking=await prober.attempt(
            "prefill of thoughts", _renders(prober, "reasoning_content"), otherwise=False
        ),
        images=bool(_inner(props, "modalities").get("vision")),
        tools=_calls_tools(_inner(props, "chat_template_caps")),
        slots=_whole(props.get("total_slots")),
        context=_whole(_inner(props, "default_generation_settings").get("n_ctx")),
        n=(_whole(props.get("total_slots")) or 1) > 1,
    )
    return await prober.generated(found)


async def _props(prober: Prober) -> Mapping[str, Any]:
    reply = await prober.engine.call("GET", "/props")
    if isinstance(reply.json, dict) and reply.status == 200:
        return reply.json
    prober.settled = prober.settled and reply.status not in AGAIN
    prober.notes.append(f"/props answers {reply.status}: template, images and slots are unknown")
    return {}


async def _render(prober: Prober, messages: list[dict[str, Any]], **fields: Any) -> str | None:
    body = {"messages": messages, **fields}
    reply = await prober.engine.call("POST", "/apply-template", body)
    prober.settled = prober.settled and reply.status not in AGAIN
    rendered = reply.json.get("prompt") if isinstance(reply.json, dict) else None
    return rendered if isinstance(rendered, str) else None


async def _template_switch(prober: Prober, props: Mapping[str, Any]) -> tuple[Switch, str | None]:
    """Render the template with each switch on and off, and compare."""
    family = prober.engine.info.family
    asked = [{"role": "user", "content": "hi"}]
    for name in dict.fromkeys((*family.kwargs, "enable_thinking", "thinking")):
        on = await _render(prober, asked, chat_template_kwargs={name: True})
        off = await _render(prober, asked, chat_template_kwargs={name: False})
        if on != off and None not in (on, off):
            return "kwarg", name
    if _inner(props, "chat_template_caps").get("supports_reasoning_effort"):
        low, high = [await _render(prober, asked, reasoning_effort=effort) for effort in ("low", "high")]
        if low != high:
            return "effort", None
    if family.switch in ("always", "prompt"):
        return family.switch, None
    heard = await prober.hear(prober.asks(8), until=lambda heard: heard.thoughts > 1 or heard.answers > 0)
    return ("always" if heard.thoughts else "none"), None


async def _renders(prober: Prober, part: str) -> bool:
    """Whether a begun turn is rendered open: its text stands last."""
    mark = "Alpha beta"
    turn = {"role": "assistant", "content": "", part: mark}
    asked = [{"role": "user", "content": "hi"}, turn]
    rendered = await _render(prober, asked, continue_final_message=part, add_generation_prompt=False)
    return rendered is not None and rendered.rstrip().endswith(mark)


async def other(prober: Prober) -> Capabilities:
    """Everything by trying."""
    await prober.engine.call("GET", prober.engine.dialect.health)  # raises when nobody is there
    switch = await prober.attempt("thinking", _switch(prober), "none")
    kwarg = next(iter(prober.engine.info.family.kwargs), "enable_thinking") if switch == "kwarg" else None
    found = Capabilities(thinking=switch, thinking_kwarg=kwarg)
    prefill, logprobs, tools, images, n, context = await asyncio.gather(
        prober.attempt("prefill of answers", _prefills(prober), otherwise=False),
        prober.attempt("log-probabilities", _logprobs(prober, found), otherwise=False),
        prober.attempt("tools", _tools(prober, found), otherwise=False),
        prober.attempt("images", _images(prober), otherwise=False),
        prober.attempt("n", _several(prober), otherwise=False),
        prober.attempt("context", _context(prober), None),
    )
    found = replace(found, prefill_answer=prefill, logprobs=logprobs, tools=tools, images=images, n=n, context=context)
    return await prober.generated(found)


async def _switch(prober: Prober) -> Switch:
    """Ask with thinking on and off, and look for thoughts."""
    family, dialect = prober.engine.info.family, prober.engine.dialect
    wished: Switch = "kwarg" if dialect.template_kwargs else "effort"
    if family.switch == "effort" and dialect.effort:
        wished = "effort"
    as_if = Capabilities(thinking=wished, thinking_kwarg="enable_thinking" if wished == "kwarg" else None)

    async def heard(*, thinking: bool) -> bool:
        found = await prober.hear(
            prober.asks(24, thinking=thinking),
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
        prober.notes.append(f"thinking: no thought was seen, though {family.title} usually thinks")
    return "none"


async def _prefills(prober: Prober) -> bool:
    """A turn that goes on makes a shorter prompt than one that ended."""
    if prober.engine.dialect.prefill == "none":
        return False
    begun = "Alpha beta"
    closed = Request(messages=(HELLO, assistant(begun)), thinking=False, max_tokens=1, sampling=GREEDY)
    opened = prober.asks(1, HELLO, thinking=False, prefill_answer=begun)
    first, second = await asyncio.gather(prober.hear(closed), prober.hear(opened))
    return 0 < second.tokens.prompt < first.tokens.prompt


async def _logprobs(prober: Prober, found: Capabilities) -> bool:
    if not prober.engine.dialect.logprobs:
        return False
    heard = await prober.hear(prober.asks(2, HELLO, thinking=False, top_logprobs=2), as_if=found)
    return heard.logprobs


async def _tools(prober: Prober, found: Capabilities) -> bool:
    request = prober.asks(96, _WHEN, thinking=False, tools=(_TOOL,), tool_choice="required")
    heard = await prober.hear(request, as_if=found, until=lambda heard: bool(heard.calls) or heard.answers > 12)
    if not heard.calls:
        prober.notes.append("tools: no call was made when one was required")
    return bool(heard.calls)


async def _images(prober: Prober) -> bool:
    """A picture makes a longer prompt, where it is looked at."""
    shown, plain = await asyncio.gather(
        prober.hear(prober.asks(1, user("Say hello in one short sentence.", _PICTURE), thinking=False)),
        prober.hear(prober.asks(1, HELLO, thinking=False)),
    )
    return shown.tokens.prompt > plain.tokens.prompt + 4


async def _several(prober: Prober) -> bool:
    body = {
        "model": prober.engine.model,
        "messages": [{"role": "user", "content": "hi"}],
        "n": 2,
        prober.engine.dialect.max_tokens: 1,
    }
    told = (await prober.engine.call("POST", "/v1/chat/completions", body)).json
    choices = told.get("choices") if isinstance(told, dict) else None
    return isinstance(choices, list) and len(choices) == 2


async def _context(prober: Prober) -> int | None:
    told = (await prober.engine.call("GET", "/v1/models")).json
    models = told.get("data") if isinstance(told, dict) else None
    for model in models if isinstance(models, list) else []:
        if isinstance(model, dict) and model.get("id") == prober.engine.model:
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
