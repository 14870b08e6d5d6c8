"""How each predicate is decided: an obligation, a model and a situation give a verdict. Pure functions.

A verdict has three states. ``triggered`` and ``not_triggered`` carry the reason; ``depends`` carries the question that
decides it. A situation of ``None`` decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from helicon.audit.situation import Situation
from helicon.audit.values import Licence, Model, Obligation, State

if TYPE_CHECKING:
    from helicon.audit.knowledge import Knowledge

SAID = MappingProxyType(
    {
        "weights": ("ships_weights", "you pass its weights on", "Do you pass its weights on?"),
        "derived": (
            "ships_derived_models", "you pass on models made from it", "Do you pass on models that were made from it?",
        ),
        "hosted": ("hosts_for_others", "you host it for others", "Do you give others access to it as a service?"),
        "outputs": (
            "ships_models_trained_on_outputs", "you pass on models trained on its outputs",
            "Do you pass on models that were trained on its outputs?",
        ),
    }
)  # fmt: skip
"""Trigger -> key of the situation, reason, question."""
COMMERCIAL = "Is it used commercially (use inside a company counts)?"


@dataclass(frozen=True, slots=True)
class Verdict:
    state: State
    reason: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """Everything a predicate may look at."""

    obligation: Obligation
    licence: Licence
    model: Model
    situation: Situation
    knowledge: Knowledge

    def text(self, name: str) -> str:
        return str(self.obligation.arguments.get(name, ""))

    def number(self, name: str) -> float:
        value = self.obligation.arguments.get(name, 0)
        return float(value) if isinstance(value, int | float) else 0.0

    def flag(self, name: str) -> bool:
        return self.obligation.arguments.get(name) is True

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.obligation.arguments.get(name, ())
        return value if isinstance(value, tuple) else ()


def yes(reason: str) -> Verdict:
    return Verdict("triggered", reason=reason)


def no(reason: str) -> Verdict:
    return Verdict("not_triggered", reason=reason)


def ask(question: str) -> Verdict:
    return Verdict("depends", question=question)


def answered(value: bool | None, true: str, false: str, question: str) -> Verdict:
    return ask(question) if value is None else yes(true) if value else no(false)


def any_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Triggered by one; else open while one is; else not."""
    found = list(verdicts)
    for state in ("triggered", "depends"):
        for verdict in found:
            if verdict.state == state:
                return verdict
    return no("; ".join(dict.fromkeys(verdict.reason for verdict in found)))


def all_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Not triggered by one; else open while one is; else triggered."""
    found = list(verdicts)
    for state in ("not_triggered", "depends"):
        for verdict in found:
            if verdict.state == state:
                return verdict
    return yes("; ".join(dict.fromkeys(verdict.reason for verdict in found)))


def when(case: Case) -> Verdict:
    """Whether any of the obligation's triggers holds."""
    return any_of(_trigger(case, one) for one in case.texts("when")) if case.texts("when") else yes("any use of it")


def _trigger(case: Case, name: str) -> Verdict:
    said, api = case.situation, case.model.api
    if name in SAID:
        key, reason, question = SAID[name]
        if api and name != "outputs":
            return no("it is used as a service of others")
        return answered(getattr(said, key), reason, f"you say {key} = false", question)
    if name == "commercial":
        return answered(said.commercial, "commercial use", "no commercial use", COMMERCIAL)
    if said.end_user_only:
        return no("you only use somebody else's product")
    if name == "product":
        if api and said.product is not None:
            return no("it is used as a service of others")
        contains = None if said.product is None else said.product == "contains"
        return answered(contains, "a product of yours contains it", f"product = {said.product!r}",
                        "Does a product or service of yours contain it?")  # fmt: skip
    uses = None if said.product is None else said.product in ("contains", "uses")
    return answered(uses, "a product of yours uses it", f"product = {said.product!r}",
                    "Does a product or service of yours use it?")  # fmt: skip


def above(known: float | None, limit: float, what: str, question: str, unit: str = "") -> Verdict:
    if known is None:
        return ask(question)
    said = f"{unit}{known:,.0f} {what} (limit {unit}{limit:,.0f})"
    return yes(said) if known > limit else no(said)


def revenue(case: Case, limit: float, period: str, scope: str) -> Verdict:
    """Revenue of a period above a limit; the other period decides where it leaves no doubt."""
    said = case.situation
    prefix = "revenue_product_" if scope == "product" else "revenue_"
    other = "month" if period == "year" else "year"
    known, wider = (said.dollars(getattr(said, prefix + one + "ly")) for one in (period, other))
    whose = "the product" if scope == "product" else "your company and its affiliates"
    what = f"revenue of {whose} in a {period}"
    question = f"Is the {what} above {limit:,.0f} US dollars?"
    if known is None and wider is not None:
        if period == "year" and wider > limit:
            return above(wider, limit, f"revenue of {whose} in one month alone", question, "USD ")
        if period == "month" and (wider <= limit or wider > 12 * limit):
            return above(wider / (12 if wider > limit else 1), limit, what, question, "USD ")
    return above(known, limit, what, question, "USD ")


def users(case: Case, limit: float, scope: str) -> Verdict:
    """Monthly active users now above a limit."""
    said = case.situation
    product, group = said.users_now, said.users_group_now
    whom = "the product" if scope == "product" else "your group"
    question = f"Does {whom} have more than {limit:,.0f} monthly active users?"
    if scope == "product":
        if product is None and group is not None and group <= limit:
            return above(group, limit, "monthly active users of the whole group", question)
        return above(product, limit, "monthly active users of the product", question)
    if group is None and product is not None and product > limit:
        return above(product, limit, "monthly active users of the product alone", question)
    return above(group, limit, "monthly active users of you and your affiliates", question)


def max_mau(case: Case) -> Verdict:
    tested, limit, said = case.text("tested"), case.number("value"), case.situation
    if tested == "running":
        return users(case, limit, case.text("scope"))
    if tested == "release":
        return ask(f"Did you have more than {limit:,.0f} monthly active users when this model was released?")
    count = said.month(tested)
    whom = "all products of you and your affiliates" if case.text("scope") == "group" else "all your products"
    question = f"How many monthly active users did {whom} have in the calendar month before {tested}?"
    if count is None:
        return ask(question)
    verdict = above(count, limit, f"monthly active users in the month before {tested}", question)
    if verdict.state == "not_triggered" and case.text("scope") == "group" and said.users_affiliates_included is False:
        return ask(question)
    return verdict


def max_revenue(case: Case) -> Verdict:
    return revenue(case, case.number("value_usd"), case.text("period"), case.text("scope"))


def territory_excluded(case: Case) -> Verdict:
    lands = case.texts("territories")
    members, said = case.knowledge.territories.members(lands), case.knowledge.territories.said(lands)
    wanted = set(case.texts("modalities"))
    if wanted and case.model.modalities and not wanted & set(case.model.modalities):
        return no(f"the model takes {', '.join(case.model.modalities)} only")
    place, countries = case.situation.place, case.situation.countries
    whose = "domicile" if case.situation.kind == "person" else "principal place of business"
    where = answered(
        None if place is None else place in members,
        f"your {whose} {place} is in {said}",
        f"your {whose} {place} is outside {said}",
        f"Is your principal place of business (a person: your domicile) in {said}?",
    )
    able = yes("it takes pictures") if not wanted or case.model.modalities else ask("Does this model take pictures?")
    if case.text("subject") == "domicile":
        return all_of([where, able]) if able.state == "depends" else where
    inside = sorted(set(countries or ()) & members)
    served = answered(
        None if countries is None else bool(inside),
        f"use in {', '.join(inside)}",
        "no use there",
        f"Do you use it, or serve users, in {said}?",
    )
    return any_of([where, served])


def non_commercial(case: Case) -> Verdict:
    purpose = case.situation.purpose
    if purpose == "personal" and case.licence.kind == "research":
        return ask("Is your personal use research or evaluation?")
    return answered(case.situation.commercial, "commercial use", f"{purpose} use", COMMERCIAL)


def non_production(case: Case) -> Verdict:
    place = case.situation.environment
    return answered(None if place is None else place == "production", "use in production", "use in tests only",
                    "Is it used in production?")  # fmt: skip


def attribution(case: Case) -> Verdict:
    limits: list[Verdict] = []
    if case.number("threshold_mau"):
        limits.append(users(case, case.number("threshold_mau"), "product"))
    for period in ("month", "year"):
        limit = case.number(f"threshold_usd_{period}")
        if limit:
            limits.append(revenue(case, limit, period, "product"))
    return all_of([when(case), any_of(limits)]) if limits else when(case)


def no_hosting(case: Case) -> Verdict:
    if case.model.api:
        return no("it is used as a service of others")
    hosting = _trigger(case, "hosted")
    if case.text("also_businesses") and hosting.state == "not_triggered":
        hosting = ask(f"Is your business one of {case.text('also_businesses')}?")
    limit = case.number("threshold_usd_year")
    return all_of([hosting, revenue(case, limit, "year", "group")]) if limit else hosting


def naming(case: Case) -> Verdict:
    verdict, name, prefix = when(case), case.situation.model_name, case.text("prefix")
    if verdict.state == "triggered" and name and name.lower().startswith(prefix.lower()):
        return no(f"{name!r} begins with {prefix!r}")
    return verdict


def no_train_others(case: Case) -> Verdict:
    said = case.situation
    trains = True if said.ships_models_trained_on_outputs else said.trains_on_outputs
    return answered(trains, "other models are trained on its outputs", "no training on its outputs",
                    "Do you train other models on its outputs?")  # fmt: skip


def no_military(case: Case) -> Verdict:
    return answered(case.situation.military, "military use", "no military use", "Is any use of it military?")


def inputs_used_for_training(case: Case) -> Verdict:
    return answered(case.situation.confidential_inputs, "confidential inputs", "inputs are not confidential",
                    "Are the inputs confidential?")  # fmt: skip


def always(_: Case) -> Verdict:
    return yes("any use of it")


DECIDE: Mapping[str, Callable[[Case], Verdict]] = MappingProxyType(
    {
        "max_mau": max_mau, "max_revenue": max_revenue, "territory_excluded": territory_excluded,
        "non_commercial": non_commercial, "non_production": non_production, "attribution": attribution,
        "notice_file": when, "licence_copy": when, "naming": naming, "flow_down": when, "aup": always,
        "no_train_others": no_train_others, "output_training_attribution": when, "registration": when,
        "notify_licensor": when, "no_hosting": no_hosting, "no_military": no_military, "mark_changes": when,
        "licensor_may_restrict": always, "inputs_used_for_training": inputs_used_for_training,
    }
)  # fmt: skip


def decide(case: Case) -> Verdict | None:
    """The verdict on an obligation; ``None`` where it is not about this model."""
    about = case.text("applies_to")
    if about and about not in case.model.id.lower():
        return None
    if case.flag("spares_end_users") and case.situation.end_user_only:
        return no("you only use somebody else's product, which this clause spares")
    if case.flag("spares_personal") and case.situation.purpose == "personal":
        return no("personal use, which this licence permits")
    verdict = DECIDE[case.obligation.predicate](case)
    if case.flag("commercial_only"):
        business = answered(
            case.situation.commercial, verdict.reason or "commercial use", "no commercial use", COMMERCIAL
        )
        return all_of([business, verdict]) if verdict.state != "triggered" or business.state != "triggered" else verdict
    return verdict
