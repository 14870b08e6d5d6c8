"""OpenAI's chat request as pydantic reads it, and its errors in words.

The rim for outsiders' data: every field has a type and a range, an unknown field is an error that names
it, and fields that ask for nothing Helicon could do wrong (``user``, ``metadata``...) are taken and left.
What the fields mean together is ``helicon.server.wire``'s.
"""

from __future__ import annotations

import difflib
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from helicon.budgets import MAX_AGENTS, MAX_ROUNDS
from helicon.server.errors import BadRequest

Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"]
_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
Tokens = Annotated[int, Field(ge=1, le=10_000_000)]


class StreamOptions(BaseModel):
    model_config = _STRICT
    include_usage: bool | None = None
    include_obfuscation: bool | None = None
    """Accepted, has no effect."""


class HeliconOptions(BaseModel):
    """The ``helicon`` object of a request."""

    model_config = _STRICT
    mode: str | None = None
    agents: Annotated[int, Field(ge=1, le=MAX_AGENTS)] | None = None
    rounds: Annotated[int, Field(ge=1, le=MAX_ROUNDS)] | None = None
    deadline_seconds: Annotated[float, Field(gt=0, lt=1e9)] | None = None
    budget_tokens: Annotated[int, Field(ge=0, le=10_000_000)] | None = None
    """Thinking tokens of one agent."""
    total_tokens: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
    """Generated tokens of the whole run."""
    money: Annotated[float, Field(gt=0, lt=1e9)] | None = None
    compression: str | None = None
    effort: str | None = None
    delegate: str | None = None
    plan: list[Any] | None = None
    """Parts as strings or as ``{"text": ..., "needs": [1]}``; ``helicon.modes.planning`` reads them."""
    events: bool | None = None
    """Also send the run's events as ``events.to_dict`` gives them, in ``helicon.events``: of a stream's chunk (one
    event a chunk; one without a standard delta has ``delta: {}``), or of the whole reply. The web page reads them."""


class ChatMessage(BaseModel):
    model_config = _STRICT
    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: Any = None
    tool_calls: list[dict[str, Any]] | None = None
    tool_call_id: str | None = None
    # What clients echo from replies, or add for people: taken and left.
    name: Any = None
    refusal: Any = None
    annotations: Any = None
    audio: None = None
    function_call: None = None
    reasoning_content: Any = None
    reasoning: Any = None


class ChatRequest(BaseModel):
    """The body of ``POST /v1/chat/completions``."""

    model_config = _STRICT
    model: Annotated[str, Field(min_length=1, max_length=512)]
    messages: list[ChatMessage]
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    max_tokens: Tokens | None = None
    max_completion_tokens: Tokens | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    top_k: Annotated[int, Field(ge=0, le=1_000_000)] | None = None
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    seed: Annotated[int, Field(ge=-(2**63), lt=2**63)] | None = None
    stop: Any = None
    n: int | None = None
    logprobs: bool | None = None
    top_logprobs: Annotated[int, Field(ge=0, le=20)] | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: Any = None
    response_format: dict[str, Any] | None = None
    reasoning_effort: Effort | None = None
    helicon: HeliconOptions | None = None
    # Standard fields that change nothing here: taken and left.
    user: Any = None
    metadata: Any = None
    store: Any = None
    service_tier: Any = None
    safety_identifier: Any = None
    prompt_cache_key: Any = None
    prompt_cache_retention: Any = None
    prediction: Any = None
    verbosity: Any = None
    parallel_tool_calls: bool | None = None
    # Standard fields that would change the answer in a way nobody here can: only their neutral values.
    logit_bias: dict[str, Any] | None = None
    modalities: list[str] | None = None
    audio: None = None

    @property
    def include_usage(self) -> bool:
        """Whether a stream ends with a usage chunk."""
        return bool(self.stream_options and self.stream_options.include_usage)

    @property
    def wants_events(self) -> bool:
        """Whether the reply also carries the run's events as they are."""
        return bool(self.helicon and self.helicon.events)


def parse(body: bytes) -> ChatRequest:
    """The body as a checked request.

    Raises:
        BadRequest: no JSON, no UTF-8, an unknown field, a wrong type or range; it names the field.
    """
    try:
        return ChatRequest.model_validate_json(body)
    except ValidationError as error:
        raise problem(error, ChatRequest, "docs/http.md") from None


def problem(error: ValidationError, model: type[BaseModel], page: str) -> BadRequest:
    """The first thing that is wrong with a body of ``model``, in words; ``page`` is where its fields are explained."""
    detail = error.errors(include_url=False, include_context=False)[0]
    kind, param = detail["type"], _dotted(detail["loc"])
    if kind == "json_invalid":
        reason = detail["msg"].removeprefix("Invalid JSON: ")
        return BadRequest(f"the body is no valid JSON in UTF-8: {reason}.", code="invalid_json")
    if kind in ("model_type", "model_attributes_type") and not param:
        return BadRequest("the body is no JSON object.", code="invalid_json")
    if kind == "missing":
        return BadRequest(f"{param} is missing.", param=param, code="missing_field")
    if kind == "extra_forbidden":
        name = str(detail["loc"][-1])
        near = difflib.get_close_matches(name, _names(model, detail["loc"]), n=1)
        hint = f"Did you mean {near[0]!r}?" if near else f"See {page} for the fields."
        field = param if len(param) <= 100 else param[:100] + "..."
        return BadRequest(f"unknown field {field!r}.", hint=hint, param=field, code="unknown_field")
    return BadRequest(f"{param} is {shown(detail['input'])}: {_lower(detail['msg'])}.", param=param)


def _names(model: type[BaseModel], loc: tuple[int | str, ...]) -> list[str]:
    """The fields that exist where ``loc`` ends."""
    for step in loc[:-1]:
        if isinstance(step, str) and step in model.model_fields:
            model = _inner(model.model_fields[step].annotation) or model
    return list(model.model_fields)


def _inner(annotation: Any) -> type[BaseModel] | None:
    """The model in a field's type: alone, optional, or in a list."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_inner(argument) for argument in get_args(annotation))
    return next((model for model in found if model is not None), None)


def _dotted(loc: tuple[int | str, ...]) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


def _lower(message: str) -> str:
    return message[:1].lower() + message[1:]


def shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, str) else repr(value[:80])
    return text if len(text) <= 80 else text[:77] + "..."
