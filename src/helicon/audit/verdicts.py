"""How each predicate is decided: an obligation, a model and a situation give a verdict. Pure functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from helicon.audit.deciding import (
    COMMERCIAL,
    Case,
    Verdict,
    above,
    all_of,
    answered,
    any_of,
    ask,
    no,
    revenue,
    trigger,
    users,
    when,
    yes,
)


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
    hosting = trigger(case, "hosted")
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
    return answered(trains, "other models trained on its outputs", "no training on its outputs",
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
