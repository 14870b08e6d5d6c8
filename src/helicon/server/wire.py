"""From OpenAI's chat request to a ``Question``: what its fields mean together. Pure functions.

No network here: pictures come out as ``ImageRef`` and are read by ``helicon.server.images``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from helicon.budgets import Budget
from helicon.errors import BadMessages, UnknownMode, Unsupported
from helicon.messages import (
    MODES,
    Effort,
    Image,
    Message,
    Mode,
    Question,
    Sampling,
    Text,
    ToolCall,
    as_compression,
    as_delegation,
    as_effort,
)
from helicon.modes.planning import plan_of
from helicon.server.errors import BadRequest
from helicon.server.requests import ChatMessage, ChatRequest, HeliconOptions, shown

LOW_BUDGET_TOKENS = 1024
MEDIUM_BUDGET_TOKENS = 4096


@dataclass(frozen=True, slots=True)
class EffortRule:
    """What one ``reasoning_effort`` means: a mode, where it differs a budget of each agent, and an effort."""

    mode: Mode
    thinking_tokens: int | None = None
    effort: Effort = "medium"


EFFORTS: dict[str, EffortRule] = {
    "none": EffortRule("instant"),
    "minimal": EffortRule("instant"),
    "low": EffortRule("thinking", LOW_BUDGET_TOKENS),
    "medium": EffortRule("thinking", MEDIUM_BUDGET_TOKENS),
    "high": EffortRule("thinking"),
    "xhigh": EffortRule("contemplating"),
    "max": EffortRule("contemplating", effort="high"),
}


_NO_OPTIONS = HeliconOptions()


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A picture that is still to be read: a data URI or a URL, and the field it came in."""

    url: str
    param: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A message whose pictures are still references."""

    message: Message
    """Without pictures."""
    parts: tuple[Text | ImageRef, ...]

    @property
    def images(self) -> tuple[ImageRef, ...]:
        """The references, in order."""
        return tuple(part for part in self.parts if isinstance(part, ImageRef))


def turns_of(request: ChatRequest) -> list[Turn]:
    """The conversation, checked as one.

    Raises:
        BadMessages: empty, a wrong content, or a last turn that asks nothing.
        Unsupported: parts no engine here reads (audio, files).
    """
    if not request.messages:
        raise BadMessages("messages is empty; expected at least one user message.")
    turns = [_turn(message, f"messages[{index}]") for index, message in enumerate(request.messages)]
    last = turns[-1]
    if last.message.role not in ("user", "tool"):
        raise BadMessages(
            f"the last message is of role {last.message.role!r}; expected 'user' or 'tool', which ask for an answer."
        )
    if last.message.role == "user" and not last.images and not last.message.text.strip():
        raise BadMessages("the last message is empty; expected a question.")
    return turns


def question_of(
    request: ChatRequest, turns: list[Turn], images: Mapping[ImageRef, Image], suffix: Mode | None
) -> Question:
    """The request as a question. ``suffix`` is the mode in the model's name, ``images`` the read pictures."""
    _check_neutral(request)
    options = request.helicon or _NO_OPTIONS
    effort = EFFORTS[request.reasoning_effort] if request.reasoning_effort else None
    max_tokens = request.max_completion_tokens if request.max_completion_tokens is not None else request.max_tokens
    thinking_tokens = options.budget_tokens
    if thinking_tokens is None and effort is not None:
        thinking_tokens = effort.thinking_tokens
    return Question(
        messages=tuple(_filled(turn, images) for turn in turns),
        mode=_mode(options.mode, suffix, effort),
        budget=Budget(
            thinking_tokens=thinking_tokens,
            total_tokens=options.total_tokens,
            max_tokens=max_tokens,
            deadline_seconds=options.deadline_seconds,
            agents=options.agents,
            rounds=options.rounds,
            money=options.money,
        ),
        compression=as_compression(options.compression) if options.compression is not None else "safe",
        effort=as_effort(options.effort) if options.effort is not None else (effort.effort if effort else "medium"),
        delegate=as_delegation(options.delegate) if options.delegate is not None else "auto",
        plan=plan_of(options.plan) if options.plan is not None else None,
        sampling=Sampling(
            temperature=request.temperature,
            top_p=request.top_p,
            top_k=request.top_k,
            min_p=request.min_p,
            presence_penalty=request.presence_penalty,
            frequency_penalty=request.frequency_penalty,
        ),
        seed=request.seed,
        stop=_stop(request.stop),
        tools=_tools(request.tools),
        tool_choice=_tool_choice(request.tool_choice, request.tools),
        response_format=_response_format(request.response_format),
        top_logprobs=_top_logprobs(request),
    )


def _mode(asked: str | None, suffix: Mode | None, effort: EffortRule | None) -> Mode:
    if asked is not None:
        if asked not in MODES:
            raise UnknownMode(f"helicon.mode is {asked!r}; expected one of {', '.join(MODES)}.")
        if suffix is not None and asked != suffix:
            raise BadRequest(
                f"the model's name asks for mode {suffix!r} and helicon.mode for {asked!r}; expected one of them.",
                param="helicon.mode",
            )
        return next(mode for mode in MODES if mode == asked)
    if suffix is not None:
        return suffix
    return effort.mode if effort else "auto"


def _check_neutral(request: ChatRequest) -> None:
    if request.n not in (None, 1):
        raise BadRequest(
            f"n is {request.n!r}; expected 1.", hint="Mode contemplating asks several agents and joins them.", param="n"
        )
    if request.logit_bias:
        raise Unsupported("logit_bias is not supported; leave it out.")
    if request.modalities not in (None, ["text"]):
        raise Unsupported(f"modalities is {request.modalities!r}; only ['text'] is supported.")


def _top_logprobs(request: ChatRequest) -> int | None:
    if request.top_logprobs is not None and not request.logprobs:
        raise BadRequest("top_logprobs needs logprobs to be true.", param="top_logprobs")
    return (request.top_logprobs or 0) if request.logprobs else None


def _stop(stop: Any) -> tuple[str, ...]:
    if stop is None:
        return ()
    words = [stop] if isinstance(stop, str) else stop
    if (
        not isinstance(words, list)
        or len(words) > 4
        or not all(isinstance(w, str) and 0 < len(w) <= 256 for w in words)
    ):
        raise BadRequest(
            f"stop is {shown(stop)}; expected a string or up to 4 strings of 1 to 256 characters.", param="stop"
        )
    return tuple(words)


_TOOL_NAME = re.compile(r"[a-zA-Z0-9_.-]{1,64}")


def _tools(tools: list[dict[str, Any]] | None) -> tuple[dict[str, Any], ...]:
    for index, tool in enumerate(tools or ()):
        function = tool.get("function")
        name = function.get("name") if isinstance(function, dict) else None
        if tool.get("type") != "function" or not isinstance(name, str) or not _TOOL_NAME.fullmatch(name):
            raise BadRequest(
                f"tools[{index}] is {shown(tool)}; expected {{'type': 'function', 'function': {{'name': ...}}}} with a "
                "name of up to 64 letters, digits, '_', '-' or '.'.",
                param=f"tools[{index}]",
            )
        _finite(tool, f"tools[{index}]")
    return tuple(tools or ())


def _tool_choice(choice: Any, tools: list[dict[str, Any]] | None) -> str | dict[str, Any] | None:
    if choice is None:
        return None
    if not tools and choice != "none":
        raise BadRequest("tool_choice is given without tools.", param="tool_choice")
    if choice in ("none", "auto", "required"):
        return str(choice)
    if isinstance(choice, dict) and choice.get("type") == "function" and isinstance(choice.get("function"), dict):
        name = choice["function"].get("name")
        if name in [tool.get("function", {}).get("name") for tool in tools or ()]:
            return {"type": "function", "function": {"name": name}}
    raise BadRequest(
        f"tool_choice is {shown(choice)}; expected 'none', 'auto', 'required', or a function that is among the tools.",
        param="tool_choice",
    )


def _response_format(given: dict[str, Any] | None) -> dict[str, Any] | None:
    if given is None or given == {"type": "text"}:
        return None
    if given == {"type": "json_object"}:
        return given
    schema = given.get("json_schema")
    if given.get("type") == "json_schema" and isinstance(schema, dict) and isinstance(schema.get("schema"), dict):
        _finite(given, "response_format")
        return given
    raise BadRequest(
        f"response_format is {shown(given)}; expected type 'text', 'json_object', or 'json_schema' with "
        "json_schema.schema.",
        param="response_format",
    )


def _finite(value: Any, param: str) -> None:
    """Refuse NaN and infinities, which JSON does not have."""
    if isinstance(value, float) and not -1e308 < value < 1e308:
        raise BadRequest(f"{param} holds the number {value!r}, which JSON does not have.", param=param)
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            _finite(item, param)


def _turn(message: ChatMessage, param: str) -> Turn:
    role = "system" if message.role == "developer" else message.role
    parts = _parts(message.content, f"{param}.content", pictures=role in ("user", "tool"))
    calls = tuple(_tool_call(call, f"{param}.tool_calls[{i}]") for i, call in enumerate(message.tool_calls or ()))
    if calls and role != "assistant":
        raise BadMessages(f"{param} has tool_calls and role {role!r}; only 'assistant' calls tools.")
    if role == "tool" and not message.tool_call_id:
        raise BadMessages(f"{param} is of role 'tool' and has no tool_call_id; expected the id of the call it answers.")
    if message.content is None and not calls and role != "assistant":
        raise BadMessages(f"{param}.content is missing; expected a string or a list of parts.")
    words = tuple(part for part in parts if isinstance(part, Text))
    tool_call_id = message.tool_call_id if role == "tool" else None
    return Turn(Message(role=role, parts=words, tool_calls=calls, tool_call_id=tool_call_id), parts)


def _parts(content: Any, param: str, *, pictures: bool) -> tuple[Text | ImageRef, ...]:
    if content is None:
        return ()
    if isinstance(content, str):
        return (Text(content),)
    if not isinstance(content, list):
        raise BadMessages(f"{param} is {shown(content)}; expected a string or a list of parts.")
    return tuple(_part(part, f"{param}[{index}]", pictures=pictures) for index, part in enumerate(content))


def _part(part: Any, param: str, *, pictures: bool) -> Text | ImageRef:
    kind = part.get("type") if isinstance(part, dict) else None
    if kind in ("text", "refusal") and isinstance(part.get(kind), str):
        return Text(part[kind])
    if kind == "image_url" and pictures:
        given = part.get("image_url")
        url = given.get("url") if isinstance(given, dict) else given
        if isinstance(url, str) and url:
            return ImageRef(url, f"{param}.image_url.url")
    if kind in ("input_audio", "audio", "file", "video_url", "input_video"):
        raise Unsupported(f"{param} is of type {kind!r}; only text and image_url parts are supported.")
    raise BadMessages(
        f"{param} is {shown(part)}; expected {{'type': 'text', 'text': ...}}"
        + (" or {'type': 'image_url', 'image_url': {'url': ...}}." if pictures else ".")
    )


def _tool_call(call: dict[str, Any], param: str) -> ToolCall:
    function = call.get("function")
    if isinstance(function, dict) and isinstance(call.get("id"), str):
        name, arguments = function.get("name"), function.get("arguments")
        if isinstance(name, str) and name and isinstance(arguments, str):
            return ToolCall(call["id"], name, arguments)
    raise BadMessages(
        f"{param} is {shown(call)}; expected {{'id': ..., 'type': 'function', 'function': "
        "{'name': ..., 'arguments': '...'}}."
    )


def _filled(turn: Turn, images: Mapping[ImageRef, Image]) -> Message:
    if len(turn.message.parts) == len(turn.parts):
        return turn.message
    return Message(
        role=turn.message.role,
        parts=tuple(images[part] if isinstance(part, ImageRef) else part for part in turn.parts),
        tool_calls=turn.message.tool_calls,
        tool_call_id=turn.message.tool_call_id,
    )
