"""The predicates that obligations are written in: what each is about, and which arguments it takes.

How each is decided from a situation is in ``helicon.audit.rules``; what the arguments mean stands here, once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

ANY = frozenset({"when", "applies_to", "commercial_only", "spares_end_users", "spares_personal", "note"})
"""Arguments of every predicate. ``when``: what brings it to life (any of TRIGGERS). ``applies_to``: only models with
this in their name. ``commercial_only``: only commercial use. ``spares_end_users``: not who merely uses somebody else's
product. ``spares_personal``: not personal use."""
THRESHOLDS = frozenset({"threshold_mau", "threshold_usd_month", "threshold_usd_year"})
"""The obligation begins above any of these."""
TRIGGERS = frozenset({"weights", "derived", "hosted", "product", "uses", "outputs", "public", "commercial", "always"})
"""``weights``: you pass weights on; ``derived``: you pass on models made from them; ``hosted``: you give others access
to the model; ``product``: your product contains the model; ``uses``: your product uses it, be it through a service;
``outputs``: you pass on models trained on its outputs; ``public``: you speak of derivatives in public."""


@dataclass(frozen=True, slots=True)
class Predicate:
    """One kind of obligation; its rule is ``licence/`` and its name with hyphens."""

    name: str
    title: str
    """For a report's rule list."""
    required: frozenset[str] = frozenset()
    optional: frozenset[str] = frozenset()

    @property
    def rule(self) -> str:
        return "licence/" + self.name.replace("_", "-")


def _all(*predicates: Predicate) -> Mapping[str, Predicate]:
    return MappingProxyType({one.name: one for one in predicates})


def _set(*names: str) -> frozenset[str]:
    return frozenset(names)


PREDICATES = _all(
    Predicate("max_mau", "Monthly active users above a limit", _set("value", "scope", "tested", "action")),
    Predicate("max_revenue", "Revenue above a limit", _set("value_usd", "period", "scope", "action")),
    Predicate("territory_excluded", "A territory without a grant", _set("territories", "subject", "modalities")),
    Predicate("non_commercial", "Commercial use is not granted"),
    Predicate("non_production", "Production use is not granted"),
    Predicate("attribution", "A text has to be shown", _set("when", "text", "where"), THRESHOLDS),
    Predicate("notice_file", "A notice goes with the weights", _set("when", "text")),
    Predicate("licence_copy", "The licence goes with copies", _set("when")),
    Predicate("naming", "Names of derived models begin with a given word", _set("when", "prefix")),
    Predicate("flow_down", "Restrictions have to be passed on in your own terms", _set("when")),
    Predicate("aup", "An acceptable use policy applies", _set("url")),
    Predicate("no_train_others", "Outputs may not train other models", frozenset(), _set("scope")),
    Predicate("output_training_attribution", "Models trained on outputs show a text", _set("when", "text")),
    Predicate("registration", "Commercial use needs a registration", _set("url")),
    Predicate("notify_licensor", "The licensor has to be told", _set("contact")),
    Predicate("no_hosting", "Hosting for others is restricted", frozenset(), THRESHOLDS | {"also_businesses", "scope"}),
    Predicate("no_military", "Military use is not granted"),
    Predicate("mark_changes", "Changed files say so", _set("when")),
    Predicate("licensor_may_restrict", "The licensor may restrict or end the use"),
    Predicate("inputs_used_for_training", "The provider may train on your inputs"),
)

OTHER_RULES: Mapping[str, str] = MappingProxyType(
    {
        "lifecycle/retired": "The model is closed",
        "lifecycle/closing": "The model closes within 90 days",
        "lifecycle/removed": "The model left the catalogue",
        "provenance/mislabelled": "The declared licence is not the licence",
        "provenance/base-licence": "The licence of the base travels with the model",
        "provenance/mirror": "A copy published by somebody else",
        "licence/unknown": "The licence is not known",
        "unresolved/env": "The model comes from the environment",
        "unresolved/deployment": "The model behind a name of yours is not visible",
        "unknown/model": "Not in the knowledge base",
    }
)
"""Rules that are no predicates, with their titles."""


def rules() -> dict[str, str]:
    """Every rule and its title, sorted."""
    return dict(sorted({**{one.rule: one.title for one in PREDICATES.values()}, **OTHER_RULES}.items()))
