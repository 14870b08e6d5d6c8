"""When a service closes. The dates are those of litellm's catalogue, which is not the provider."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from helicon.audit.knowledge import Knowledge
from helicon.audit.values import Lifecycle, Model

SOON_DAYS = 90
SERVICES = {
    "openai": ("", "openai/"), "anthropic": ("", "anthropic/"), "gemini": ("gemini/", ""), "vertex": ("vertex_ai/", ""),
    "bedrock": ("", "bedrock/", "bedrock_converse/"), "azure": ("azure/", "azure_ai/"), "mistral": ("mistral/",),
    "deepseek": ("deepseek/", ""), "cohere": ("", "cohere/"), "xai": ("xai/",), "perplexity": ("perplexity/",),
    "voyage": ("voyage/",), "dashscope": ("dashscope/",), "zai": ("zai/",), "moonshot": ("moonshot/",),
    "minimax": ("minimax/",), "meta": ("meta/",), "ai21": ("", "ai21/"), "amazon": ("", "amazon."),
}  # fmt: skip
"""How the catalogue spells the names of a service."""


def names(identifier: str) -> Iterator[str]:
    """The names that the catalogue may have for a model's id."""
    service, colon, name = identifier.lower().partition(":")
    if colon and service in SERVICES:
        yield from (prefix + name for prefix in SERVICES[service])


def lifecycle(model: Model, knowledge: Knowledge) -> Lifecycle | None:
    """What the catalogues say of a service; ``None`` where they do not have it."""
    closings = knowledge.closings
    spellings = tuple(names(model.id))
    for name in spellings:
        if name in closings.dates:
            return Lifecycle("deprecated", closings.dates[name], closings.source, closings.as_of)
    for name in spellings:
        if name in closings.listed:
            return Lifecycle("listed", "", closings.source, closings.as_of)
    for name in spellings:
        if name in closings.removed:
            version, when = closings.removed[name]
            note = f"listed last by the catalogue of litellm {version}"
            return Lifecycle("removed", when, closings.source, closings.as_of, note=note)
    return None


def phase(found: Lifecycle, today: date) -> str:
    """``retired``, ``closing`` (within 90 days), ``later``, ``removed`` or ``listed``."""
    if found.date:
        days = (date.fromisoformat(found.date) - today).days
        if days <= 0:
            return "retired"
        if found.state == "deprecated":
            return "closing" if days <= SOON_DAYS else "later"
    return "removed" if found.state == "removed" else "listed"
