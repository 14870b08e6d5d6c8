"""Names of services: APIs with and without a provider, Bedrock, Vertex, Azure."""

from __future__ import annotations

import re
from dataclasses import replace

from helicon.audit.knowledge import Knowledge
from helicon.audit.resolving.building import Stated, own, unknown
from helicon.audit.resolving.hub import bare, hub
from helicon.audit.resolving.matching import service
from helicon.audit.resolving.spelling import stripped
from helicon.audit.values import Model

OWN = frozenset({"openai", "anthropic", "gemini", "mistral", "cohere", "deepseek", "xai", "perplexity", "voyage",
                 "dashscope", "zai", "moonshot", "minimax", "meta", "ai21"})  # fmt: skip
"""Services of vendors for their own models."""
DEPLOYED = (
    "application-inference-profile",
    "provisioned-model",
    "custom-model",
    "imported-model",
    "endpoint",
    "prompt-router",
)
"""Kinds of Bedrock's resources whose name does not say the model."""
VERSION = re.compile(r"-v[0-9]$")


def api(name: str, knowledge: Knowledge, stated: Stated, *, provider: str, sure: bool) -> Model | None:
    """A model of an API. ``provider`` is a service of ``names.yaml``, ``hosted``, or empty where none was named."""
    stated = replace(stated, api=True)
    name = name.rpartition("/")[2] if provider == "hosted" and name.startswith(("accounts/", "@cf/")) else name
    plain = name.removesuffix(":free").removesuffix(":nitro").removesuffix(":online")
    if "/" in plain and provider in ("hosted", ""):
        head, _, rest = plain.partition("/")
        inner = knowledge.providers.get(head.lower(), "")
        return (
            hub(plain.partition(":")[0], knowledge, stated, sure=False)
            or (api(rest, knowledge, stated, provider=inner, sure=False) if inner else None)
            or (hub(plain.partition(":")[0], knowledge, stated, sure=sure))
        )
    found = service(plain, knowledge)
    if found and (provider or sure or found.bare == "always"):
        at = provider if provider not in ("", "hosted", *OWN) else found.provider
        return own(knowledge, found, f"{at}:{plain.lower()}", plain, stated)
    weights = bare(plain, knowledge, stated, served=bool(provider) or sure)
    if weights:
        return replace(weights, api=True)
    if provider in OWN and listed(plain, provider, knowledge):
        return _listed(f"{provider}:{plain}", knowledge, stated)
    if not provider and not sure:
        return None
    return unknown(f"{provider}:{plain}" if provider else plain, api=True, note=stated.note)


def listed(name: str, provider: str, knowledge: Knowledge) -> bool:
    """Whether the newest catalogue of services has the name."""
    lowered = name.lower()
    return lowered in knowledge.closings.listed or f"{provider}/{lowered}" in knowledge.closings.listed


def _listed(identifier: str, knowledge: Knowledge, stated: Stated) -> Model:
    return Model(
        id=identifier,
        known=True,
        family=identifier.partition(":")[0],
        licence=knowledge.licences["proprietary-api"],
        api=True,
        confidence="secondary",
        source=knowledge.closings.source,
        as_of=knowledge.closings.as_of,
        note=stated.note,
    )


def bedrock(text: str, knowledge: Knowledge, stated: Stated, *, sure: bool) -> Model | None:
    """``us.anthropic.claude-...-v1:0``, or an ARN that ends in one."""
    stated = replace(stated, api=True)
    name = text
    if text.lower().startswith("arn:"):
        kind, _, name = text.partition("/")
        if kind.rpartition(":")[2] in DEPLOYED or not name:
            return unknown(text, api=True, note="the model behind this ARN is chosen in AWS")
    region, dot, rest = name.partition(".")
    if dot and region.lower() in knowledge.bedrock_regions:
        name = rest
    vendor, dot, model = name.partition(".")
    if not dot or vendor.lower() not in knowledge.bedrock_vendors:
        return unknown(text, api=True, note=stated.note) if sure else None
    found = service(model, knowledge)
    if found:
        return own(knowledge, found, f"bedrock:{name}", model, stated)
    plain = VERSION.sub("", model.partition(":")[0])
    weights = bare(stripped(plain, knowledge), knowledge, stated, served=True)
    if weights:
        return replace(weights, api=True)
    if name.lower() in knowledge.closings.listed:
        return _listed(f"bedrock:{name}", knowledge, stated)
    return unknown(f"bedrock:{name}", api=True, note=stated.note) if sure else None


def vertex(text: str, knowledge: Knowledge, stated: Stated, *, sure: bool) -> Model | None:
    """``publishers/google/models/gemini-...``, ``claude-...@date``, ``meta/llama-...-maas``."""
    stated = replace(stated, api=True)
    if "/endpoints/" in text or text.startswith("endpoints/"):
        return unknown(text, api=True, note="the model behind this endpoint is chosen in Google Cloud")
    name = text.partition("publishers/")[2] or text
    publisher, slash, model = name.partition("/")
    model = model.removeprefix("models/") if slash else name
    found = service(model, knowledge)
    if found:
        return own(knowledge, found, f"vertex:{model}", model, stated)
    plain = model.partition("@")[0]
    weights = (hub(f"{publisher}/{plain}", knowledge, stated, sure=False) if slash else None) or bare(
        plain, knowledge, stated, served=True
    )
    if weights:
        return replace(weights, api=True)
    return unknown(f"vertex:{model}", api=True, note=stated.note) if sure else None


def azure(text: str, knowledge: Knowledge, stated: Stated) -> Model:
    """The name of a deployment: often, but not surely, that of its model."""
    found = service(text, knowledge)
    stated = replace(stated, api=True)
    if found:
        note = "named after the model; Azure lets a deployment have any name"
        return own(knowledge, found, f"azure:{text}", text, replace(stated, note=stated.note or note))
    weights = bare(text, knowledge, stated, served=True)
    if weights:
        return replace(weights, api=True)
    return unknown(f"azure:{text}", api=True, note="the model behind this deployment is chosen in Azure")
