"""The rules: uses, a situation and a day give findings. Pure, and never legal advice.

Every obligation of every licence that binds a model gives one finding in one of three states; closings, provenance
and what is not known give the others. A finding that is not triggered is kept, so that ``--explain`` can say why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date

from helicon.audit import wording
from helicon.audit.deciding import Case
from helicon.audit.knowledge import PREDICATES, Knowledge
from helicon.audit.lifecycle import phase
from helicon.audit.situation import Situation
from helicon.audit.values import LEVELS, Confidence, Finding, Level, Licence, Obligation, State, Use, fingerprint
from helicon.audit.verdicts import decide

STATES: tuple[State, ...] = ("triggered", "depends", "not_triggered")
MILDER: dict[Level, Level] = {"error": "warning", "warning": "note", "note": "note"}


def judge(uses: Iterable[Use], situation: Situation | None, knowledge: Knowledge, today: date) -> list[Finding]:
    """All findings, worst first; those that are not triggered last."""
    said = situation or Situation()
    found = [
        finding
        for use in uses
        for part in (_obligations(use, said, knowledge), _lifecycle(use, today), _provenance(use))
        for finding in part
    ]
    unique = {finding.id: finding for finding in reversed(found)}
    return sorted(unique.values(), key=order)


def order(finding: Finding) -> tuple[bool, int, int, str, str, str]:
    """Worst first, deterministic."""
    return (
        finding.state == "not_triggered",
        LEVELS.index(finding.level),
        STATES.index(finding.state),
        finding.use.model.id.lower(),
        finding.rule,
        finding.id,
    )


QUIET = frozenset({"no_military"})
"""Predicates whose open question is asked of so many models that it is a note."""


def level(severity: Level, state: State, confidence: Confidence, predicate: str = "") -> Level:
    """How loud a finding is: an open question is milder, and what was not checked is no error."""
    if state == "not_triggered" or (state == "depends" and predicate in QUIET):
        return "note"
    if state == "depends":
        return MILDER[severity]
    return "warning" if severity == "error" and confidence == "recalled" else severity


def _obligations(use: Use, situation: Situation, knowledge: Knowledge) -> Iterator[Finding]:
    for licence in use.model.licences:
        for obligation in licence.obligations:
            finding = _obligation(use, licence, obligation, situation, knowledge)
            if finding:
                yield finding


def _obligation(
    use: Use, licence: Licence, obligation: Obligation, situation: Situation, knowledge: Knowledge
) -> Finding | None:
    case = Case(obligation, licence, use.model, situation, knowledge)
    verdict = decide(case)
    if verdict is None:
        return None
    lands = knowledge.territories.said(case.texts("territories"))
    rule = PREDICATES[obligation.predicate].rule
    confidence = weaker(obligation.confidence, use.model.confidence)
    return Finding(
        id=fingerprint(rule, use.model.id + ("|api" if use.model.api else ""), f"{licence.id}/{obligation.id}"),
        rule=rule,
        level=level(obligation.severity, verdict.state, confidence, obligation.predicate),
        state=verdict.state,
        use=use,
        text=_doubted(wording.sentence(obligation, licence, verdict, lands), confidence),
        clause=obligation.clause,
        source=obligation.source,
        as_of=licence.as_of,
        confidence=confidence,
        question=verdict.question,
        next=_step(obligation, use, confidence),
        licence=licence.id,
    )


def weaker(one: Confidence, other: Confidence) -> Confidence:
    """A conclusion is as sure as the weaker of its parts: which licence a model has, and what the licence says."""
    ranks: tuple[Confidence, ...] = ("text", "secondary", "recalled")
    return ranks[max(ranks.index(one), ranks.index(other))]


def _doubted(text: str, confidence: Confidence) -> str:
    doubt = "Not verified: "
    return text if confidence != "recalled" or text.startswith(doubt) else doubt + text


def _step(obligation: Obligation, use: Use, confidence: Confidence) -> str:
    if confidence == "recalled" and obligation.confidence != "recalled":
        where = use.model.source or "the model's card"
        return f"Check the model's licence first: {where}."
    return wording.step(obligation)


def _plain(use: Use, rule: str, how: Level, text: str, step: str, detail: str = "", **more: str) -> Finding:
    model = use.model
    return Finding(
        id=fingerprint(rule, model.id + ("|api" if model.api else ""), detail),
        rule=rule,
        level=how,
        state="triggered",
        use=use,
        text=_doubted(text, model.confidence) if rule.startswith("provenance") else text,
        clause=more.get("clause", ""),
        source=more.get("source", model.source),
        as_of=more.get("as_of", model.as_of),
        confidence="secondary" if rule.startswith("lifecycle") else model.confidence,
        next=step,
        licence=model.licence.id if model.licence else "",
    )


def _lifecycle(use: Use, today: date) -> Iterator[Finding]:
    found = use.model.lifecycle
    if found is None:
        return
    where = {"source": found.source, "as_of": found.as_of}
    name, step = use.model.id, "Ask the provider for its date, and choose what takes its place."
    says = found.source.partition(" (")[0]
    match phase(found, today):
        case "retired":
            yield _plain(
                use, "lifecycle/retired", "error", f"{name} closed on {found.date}, says {says}.", step, **where
            )
        case "closing":
            days = (date.fromisoformat(found.date) - today).days
            text = f"{name} closes on {found.date}, in {days} days, says {says}."
            yield _plain(use, "lifecycle/closing", "warning", text, step, **where)
        case "removed":
            text = f"{name} is no longer in the catalogue of {says}: {found.note}."
            yield _plain(use, "lifecycle/removed", "warning", text, step, **where)


def _provenance(use: Use) -> Iterator[Finding]:
    model = use.model
    if not model.known:
        yield _unknown(use)
        return
    if "mislabelled" in model.provenance:
        step = "Rely on the concluded licence; ask the publisher to correct the card."
        yield _plain(use, "provenance/mislabelled", "warning", wording.declared(model), step)
    if "base-licence" in model.provenance:
        yield _plain(use, "provenance/base-licence", "warning", wording.based(model), "Read the licence of the base.")
    if "mirror" in model.provenance:
        step = "Pin a revision (org/name@revision), or take the original."
        yield _plain(use, "provenance/mirror", "note", wording.mirror(model), step)
    if model.licence is None:
        text = f"The licence of {model.id} is not known here{f': {model.note}' if model.note else ''}."
        yield _plain(use, "licence/unknown", "note", text, "Read its card and its licence file.")


def _unknown(use: Use) -> Finding:
    model = use.model
    if model.id.startswith("env:"):
        text = f"The model is set by {model.id[4:]!r}, outside the tree."
        return _plain(use, "unresolved/env", "note", text, "Audit where it is set, or give it a default.")
    if model.note and "chosen in" in model.note:
        text = f"{model.id}: {model.note}."
        return _plain(use, "unresolved/deployment", "note", text, "Look the model up there.")
    text = f"{model.id} is not in the knowledge base{f' ({model.note})' if model.note else ''}."
    return _plain(use, "unknown/model", "note", text, "Read its card and its licence file.")
