"""Dialects: where OpenAI-compatible engines differ, as one table of values.

Facts only; ``wire`` and ``probing`` act on them. A dialect says which field *may* work, a probe
says whether it does on the engine at hand. Fields that an engine does not know are silently
ignored by most of them, which is why nothing here is taken for an ability.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

Prefill: TypeAlias = Literal["none", "continue", "llama.cpp"]
"""How an answer begun is handed over: not at all, by ``continue_final_message: true``, or by naming
the part that goes on (``content`` or ``reasoning_content``)."""
Counting: TypeAlias = Literal["none", "llama.cpp", "vllm"]
"""Which route counts the tokens of a prompt."""

_STANDARD = ("temperature", "top_p", "presence_penalty", "frequency_penalty")
_EXTENDED = (*_STANDARD, "top_k", "min_p")
_USAGE: Mapping[str, Any] = MappingProxyType({"include_usage": True})


def _frozen(**fields: Any) -> Mapping[str, Any]:
    return MappingProxyType(fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One engine's way of speaking the protocol."""

    name: str
    title: str
    sampling: tuple[str, ...] = _STANDARD
    """``Sampling`` fields that it takes at the top level of the body."""
    max_tokens: str = "max_tokens"
    extras: Mapping[str, Any] = field(default_factory=_frozen)
    """Sent with every request."""
    stream_options: Mapping[str, Any] | None = field(default_factory=lambda: _USAGE)
    template_kwargs: bool = False
    """``chat_template_kwargs`` reach the template."""
    effort: bool = True
    """``reasoning_effort`` is accepted."""
    effort_none: bool = False
    """``reasoning_effort: "none"`` switches thinking off whatever the model."""
    budget_fields: tuple[str, ...] = ()
    """Fields that may bound thinking, best first."""
    budget_harmless: bool = False
    """The budget field may be sent unprobed."""
    prefill: Prefill = "none"
    prefill_thinking: bool = False
    separates: bool = False
    """It always takes the thought out of the answer by itself."""
    slots: bool = False
    """``id_slot`` pins a request."""
    end_thinking: bool = False
    """``/v1/chat/completions/control`` may end a thought."""
    logprobs: bool = True
    least_logprobs: int = 0
    """Alternatives that must be asked for, or no log-probability comes at all."""
    logprobs_with_tools: bool = True
    seed: bool = True
    keeps_connection: bool = True
    """Its connection serves another request after a stream; where not, a fresh one is taken at once."""
    lists_models: bool = True
    """``/v1/models`` names all that can be asked for; otherwise any name may be tried."""
    health: str = "/health"
    """Below the root, not below ``/v1``."""
    counting: Counting = "none"


_LIST = (
    Dialect(
        name="llama.cpp",
        title="llama.cpp",
        least_logprobs=1,
        sampling=_EXTENDED,
        # return_progress also makes it notice during prefill that the reader left
        extras=_frozen(return_progress=True, timings_per_token=True, cache_prompt=True),
        template_kwargs=True,
        effort_none=True,
        budget_fields=("reasoning_budget_tokens",),
        budget_harmless=True,
        prefill="llama.cpp",
        prefill_thinking=True,
        separates=True,
        slots=True,
        end_thinking=True,
        # its HTTP server ends every stream by closing; a request on such a connection fails and is sent twice
        keeps_connection=False,
        logprobs_with_tools=False,
        counting="llama.cpp",
    ),
    Dialect(
        name="vllm",
        title="vLLM",
        sampling=_EXTENDED,
        stream_options=_frozen(include_usage=True, continuous_usage_stats=True),
        template_kwargs=True,
        budget_fields=("thinking_token_budget",),
        prefill="continue",
        counting="vllm",
    ),
    Dialect(
        name="sglang",
        title="SGLang",
        sampling=_EXTENDED,
        stream_options=_frozen(include_usage=True, continuous_usage_stats=True),
        template_kwargs=True,
        effort_none=True,
        prefill="continue",
    ),
    Dialect(name="ollama", title="Ollama", effort_none=True, health="/api/version"),
    Dialect(name="lmstudio", title="LM Studio", sampling=_EXTENDED, health="/v1/models"),
    Dialect(
        name="transformers",
        title="transformers serve",
        # top_k and min_p would need generation_config, which replaces the model's own and its end tokens
        sampling=("temperature", "top_p"),
        stream_options=None,
        template_kwargs=True,
        effort=False,
        logprobs=False,
        lists_models=False,
    ),
    Dialect(name="mistral.rs", title="mistral.rs", sampling=_EXTENDED, effort=False, template_kwargs=False),
    Dialect(name="openai", title="OpenAI", max_tokens="max_completion_tokens", health="/v1/models"),
    Dialect(name="generic", title="an OpenAI-compatible server", health="/v1/models"),
)
DIALECTS: Mapping[str, Dialect] = MappingProxyType({dialect.name: dialect for dialect in _LIST})
GENERIC = DIALECTS["generic"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What an endpoint showed of itself; empty where it did not answer."""

    owned_by: str = ""
    """Of the first model in ``/v1/models``."""
    models: Mapping[str, Any] = field(default_factory=_frozen)
    """The whole ``/v1/models`` body."""
    props: Mapping[str, Any] = field(default_factory=_frozen)
    """``/props`` (llama.cpp)."""
    version: Mapping[str, Any] = field(default_factory=_frozen)
    """``/version`` (vLLM)."""
    ollama: Mapping[str, Any] = field(default_factory=_frozen)
    """``/api/version`` (Ollama)."""
    lmstudio: Mapping[str, Any] = field(default_factory=_frozen)
    """``/api/v0/models`` (LM Studio)."""
    sglang: Mapping[str, Any] = field(default_factory=_frozen)
    """``/get_model_info`` (SGLang)."""
    root: str = ""
    """The text of ``/`` (mistral.rs)."""
    openapi: Mapping[str, Any] = field(default_factory=_frozen)
    """``/openapi.json`` (transformers serve)."""
    host: str = ""


def recognise(seen: Sighting) -> Dialect:
    """The dialect of an endpoint from what it showed; ``generic`` when nothing speaks for another."""
    owner = seen.owned_by.casefold()
    if "chat_template" in seen.props or "total_slots" in seen.props or owner == "llamacpp":
        return DIALECTS["llama.cpp"]
    if "version" in seen.ollama:
        return DIALECTS["ollama"]
    if owner == "sglang" or "model_path" in seen.sglang:
        return DIALECTS["sglang"]
    if owner == "vllm" or _has_models_with(seen.models, "max_model_len"):
        return DIALECTS["vllm"]
    if isinstance(seen.lmstudio.get("data"), list):
        return DIALECTS["lmstudio"]
    if seen.host.endswith("api.openai.com"):
        return DIALECTS["openai"]
    if "mistral.rs" in seen.root.casefold() or "mistralrs" in seen.root.casefold():
        return DIALECTS["mistral.rs"]
    paths = seen.openapi.get("paths")
    if isinstance(paths, dict) and {"/load_model", "/reset", "/v1/chat/completions"} <= set(paths):
        return DIALECTS["transformers"]
    return GENERIC


def _has_models_with(models: Mapping[str, Any], key: str) -> bool:
    listed = models.get("data")
    return isinstance(listed, list) and any(isinstance(model, dict) and key in model for model in listed)
