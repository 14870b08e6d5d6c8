"""Verdicts in three states, how they combine, and what triggers and limits give. Pure functions.

``triggered`` and ``not_triggered`` carry the reason; ``depends`` carries the question that decides it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from helicon.audit.situation import Situation
from helicon.audit.values import Licence, Model, Obligation, State

if TYPE_CHECKING:
    from helicon.audit.knowledge import Knowledge

SAID = MappingProxyType(
    {
        "weights": ("ships_weights", "your passing on of its weights", "Do you pass its weights on?"),
        "derived": (
            "ships_derived_models", "models of yours made from it", "Do you pass on models that were made from it?",
        ),
        "hosted": ("hosts_for_others", "your hosting it for others", "Do you give others access to it as a service?"),
        "outputs": (
            "ships_models_trained_on_outputs", "models of yours trained on its outputs",
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
    return any_of(trigger(case, one) for one in case.texts("when")) if case.texts("when") else yes("any use of it")


def trigger(case: Case, name: str) -> Verdict:
    """Whether one trigger holds."""
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
        return answered(contains, "your product, which contains it", f"product = {said.product!r}",
                        "Does a product or service of yours contain it?")  # fmt: skip
    uses = None if said.product is None else said.product in ("contains", "uses")
    return answered(uses, "your product, which uses it", f"product = {said.product!r}",
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
