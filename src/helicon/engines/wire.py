"""A ``Request`` as the JSON body of ``/v1/chat/completions``: pure, one dialect at a time.

Only fields named here ever reach an engine. Sampling values are always sent as given, since every
engine has other defaults. Texts with lone surrogates are repaired, because JSON parsers refuse them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from helicon.engines.dialects import Dialect
from helicon.engines.protocol import Capabilities, Request
from helicon.errors import BadOption
from helicon.families import Family
from helicon.messages import Message, Text

_SEED_RANGE = 1 << 31
"""llama.cpp reads 2^32-1 as "random"; 31 bits mean the same to every engine."""


def chat_body(
    request: Request,
    *,
    model: str,
    family: Family,
    dialect: Dialect,
    capabilities: Capabilities | None = None,
) -> dict[str, Any]:
    """The body of one streamed request; ``capabilities`` refine it once the engine was probed."""
    body: dict[str, Any] = {
        "model": model,
        "messages": [message_body(message) for message in request.messages],
        "stream": True,
        **dialect.extras,
    }
    if dialect.stream_options is not None:
        body["stream_options"] = dict(dialect.stream_options)
    for name in dialect.sampling:
        if (value := getattr(request.sampling, name)) is not None:
            body[name] = value
    if request.max_tokens is not None:
        body[dialect.max_tokens] = request.max_tokens
    if request.seed is not None and dialect.seed:
        body["seed"] = request.seed % _SEED_RANGE
    if request.stop:
        body["stop"] = list(request.stop)
    if request.tools:
        body["tools"] = [dict(tool) for tool in request.tools]
        if request.tool_choice is not None:
            body["tool_choice"] = request.tool_choice
    if request.response_format is not None:
        body["response_format"] = dict(request.response_format)
    if request.top_logprobs is not None and dialect.logprobs and (dialect.logprobs_with_tools or not request.tools):
        body["logprobs"] = True
        body["top_logprobs"] = max(request.top_logprobs, dialect.least_logprobs)
    if request.slot is not None and dialect.slots:
        body["id_slot"] = request.slot
    body.update(thinking_fields(request, family=family, dialect=dialect, capabilities=capabilities))
    _prefill(body, request, dialect)
    return body


def thinks(request: Request) -> bool:
    """Whether this request leaves the model any thinking: a budget of nothing is thinking off."""
    return request.thinking and request.thinking_budget != 0


def thinking_fields(
    request: Request, *, family: Family, dialect: Dialect, capabilities: Capabilities | None = None
) -> dict[str, Any]:
    """The fields that switch thinking and bound it."""
    on = thinks(request)
    switch = family.switch if capabilities is None else capabilities.thinking
    names = list(family.kwargs) if family.switch == "kwarg" else []
    if capabilities is not None and capabilities.thinking_kwarg and capabilities.thinking_kwarg not in names:
        names.append(capabilities.thinking_kwarg)
    if not names and family.name == "unknown" and not on:
        names.append("enable_thinking")  # ignored by templates that do not know it
    fields: dict[str, Any] = {}
    if names and dialect.template_kwargs:
        fields["chat_template_kwargs"] = dict.fromkeys(names, on)
    if switch == "effort" and dialect.effort and family.efforts:
        fields["reasoning_effort"] = effort_for(family, thinking=on)
    elif not on and dialect.effort_none and not fields:
        fields["reasoning_effort"] = "none"
    budget = request.thinking_budget if on else (1 if switch == "always" else None)
    field_name = budget_field(dialect, capabilities)
    if budget is not None and field_name is not None:
        fields[field_name] = max(1, budget)  # 0 has no effect where the prompt already opens the thought
    if on and dialect.end_thinking:
        fields["reasoning_control"] = True
    return fields


def budget_field(dialect: Dialect, capabilities: Capabilities | None) -> str | None:
    """The field that bounds thinking: the probed one, or one that is harmless to try."""
    if capabilities is not None:
        return capabilities.budget_field
    return dialect.budget_fields[0] if dialect.budget_harmless and dialect.budget_fields else None


def effort_for(family: Family, *, thinking: bool) -> str:
    """The family's effort word: the weakest without thinking, the middle one or the strongest with it."""
    if not thinking:
        return family.efforts[0]
    return "medium" if "medium" in family.efforts else family.efforts[-1]


def _prefill(body: dict[str, Any], request: Request, dialect: Dialect) -> None:
    """Add the turn that the model goes on with, where the dialect can say so."""
    thought, begun = request.prefill_thinking, request.prefill_answer
    if dialect.prefill == "none" or not (thought or begun):
        return
    turn: dict[str, Any] = {"role": "assistant", "content": begun or ""}
    if thought:
        turn["reasoning_content"] = thought
    if dialect.prefill == "llama.cpp":
        body["continue_final_message"] = "reasoning_content" if begun is None else "content"
    elif begun:
        body["continue_final_message"] = True
    else:  # no template can be asked to go on from an empty answer
        return
    body["add_generation_prompt"] = False
    body["messages"].append(turn)


def lacks(request: Request, dialect: Dialect, capabilities: Capabilities | None = None) -> str | None:
    """What this request needs and the engine is known not to have, in words."""
    thought, begun = request.prefill_thinking, request.prefill_answer
    if (thought or begun) and dialect.prefill == "none":
        return "go on from text that is given to it"
    if thought and begun is None and not dialect.prefill_thinking:
        return "go on inside a thought that is given to it"
    if thought and begun == "" and dialect.prefill != "llama.cpp":
        return "go on from an empty answer after a thought"
    if capabilities is None:
        return None
    if not capabilities.images and any(message.images for message in request.messages):
        return "see images (for a GGUF file name its second file with mmproj=FILE)"
    return None


def message_body(message: Message) -> dict[str, Any]:
    """One turn as the wire has it: plain text where there are no pictures."""
    content = [_part(part) for part in message.parts] if message.images else message.text
    turn: dict[str, Any] = {"role": message.role, "content": content}
    if message.tool_calls:
        turn["tool_calls"] = [
            {"id": call.id, "type": "function", "function": {"name": call.name, "arguments": call.arguments}}
            for call in message.tool_calls
        ]
    if message.tool_call_id is not None:
        turn["tool_call_id"] = message.tool_call_id
    return turn


def _part(part: Any) -> dict[str, Any]:
    if isinstance(part, Text):
        return {"type": "text", "text": part.text}
    data = base64.b64encode(part.data).decode("ascii")
    return {"type": "image_url", "image_url": {"url": f"data:{part.media_type};base64,{data}"}}


def encode(body: Mapping[str, Any]) -> bytes:
    """The body as UTF-8 JSON.

    Raises:
        BadOption: a value that JSON does not have, such as NaN.
    """
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except (ValueError, TypeError, RecursionError) as error:
        raise BadOption(f"the request cannot be written as JSON: {error}.") from error
    try:
        return text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
