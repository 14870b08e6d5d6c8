"""The sentences of findings. They say what triggers an obligation and where it stands; they judge nobody."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from helicon.audit.deciding import Verdict
from helicon.audit.values import Licence, Model, Obligation

ASKS: Mapping[str, str] = MappingProxyType(
    {
        "max_mau": "{action} above {value} monthly active users",
        "max_revenue": "above {value_usd} US dollars of revenue in a {period}: {action}",
        "territory_excluded": "nothing is granted in {territories}",
        "non_commercial": "commercial use is not granted",
        "non_production": "production use is not granted",
        "attribution": 'show "{text}" ({where})',
        "notice_file": 'a Notice file with "{text}" goes with the weights',
        "licence_copy": "a copy of the licence goes with it",
        "naming": 'the name of a model made from it begins with "{prefix}"',
        "flow_down": "its restrictions go into your own terms",
        "aup": "its use policy applies: {url}",
        "no_train_others": "outputs may not improve other models",
        "output_training_attribution": 'show "{text}" in the documentation of the model',
        "registration": "register first: {url}",
        "notify_licensor": "tell the licensor: {contact}",
        "no_hosting": "hosting it for others needs a separate agreement",
        "no_military": "military use is not granted",
        "mark_changes": "changed files say that they were changed",
        "licensor_may_restrict": "the licensor may restrict or end the use",
        "inputs_used_for_training": "the provider may train on what is sent",
    }
)
NEXT: Mapping[str, str] = MappingProxyType(
    {
        "max_mau": "Ask the licensor for a licence, or replace the model.",
        "max_revenue": "Ask the licensor for a licence, or replace the model.",
        "territory_excluded": "Replace the model, or ask the licensor.",
        "non_commercial": "Ask the licensor for a commercial licence, or replace the model.",
        "non_production": "Keep it out of production, or ask the licensor for a licence.",
        "attribution": "Show the text there.",
        "notice_file": "Add the Notice file to what you pass on.",
        "licence_copy": "Add the licence to what you pass on.",
        "naming": "Name the model accordingly.",
        "flow_down": "Put the restrictions into your terms, and tell later users.",
        "aup": "Read the policy; it may change.",
        "no_train_others": "Train on outputs of another model, or ask the licensor.",
        "output_training_attribution": "Show the text in the model's documentation.",
        "registration": "Register.",
        "notify_licensor": "Send the notice.",
        "no_hosting": "Ask the licensor for an agreement, or host another model.",
        "no_military": "Use another model there.",
        "mark_changes": "Say in changed files that you changed them.",
        "licensor_may_restrict": "Keep a replacement in mind.",
        "inputs_used_for_training": "Use the tier that does not train on inputs.",
    }
)


def asked(obligation: Obligation, territories: str = "") -> str:
    """What an obligation asks, in half a sentence."""
    values = {key: _said(value) for key, value in obligation.arguments.items()}
    if territories:
        values["territories"] = territories
    return ASKS[obligation.predicate].format_map(values)


def _said(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


def sentence(obligation: Obligation, licence: Licence, verdict: Verdict, territories: str = "") -> str:
    """The text of a finding on an obligation."""
    what = asked(obligation, territories)
    doubt = "Not verified: " if obligation.confidence == "recalled" else ""
    if verdict.state == "triggered":
        return f"{doubt}{licence.name}: obligation triggered by {verdict.reason}: {what}."
    if verdict.state == "not_triggered":
        return f"{doubt}{licence.name}: not triggered, {verdict.reason}: {what}."
    return f"{doubt}{licence.name}: it depends: {what}."


def step(obligation: Obligation) -> str:
    """The next step on an obligation."""
    if obligation.confidence == "recalled":
        return f"Check the source first: {obligation.source}."
    return NEXT[obligation.predicate]


def declared(model: Model) -> str:
    """The text of a finding on a declared licence that is not the concluded one."""
    concluded = " and ".join(one.name for one in model.licences) or "another"
    because = f" ({model.note})" if model.note else f" (its base is {model.bases[0]})" if model.bases else ""
    return f"{model.id} is declared {model.declared!r}, and the licence concluded is {concluded}{because}."


def based(model: Model) -> str:
    binding = " and ".join(one.name for one in model.licences if one.kind != "permissive")
    return f"{model.id} is made from {', '.join(model.bases) or 'another model'}: {binding} travels with it."


def mirror(model: Model) -> str:
    org = model.id.partition("/")[0]
    return f"{model.id} is a copy of {model.bases[0]} published by {org}: the licence is that of the original."
