"""Short ways to say a mention, a use and a situation."""

from __future__ import annotations

from datetime import date

from helicon.audit.knowledge import knowledge
from helicon.audit.resolve import resolve
from helicon.audit.rules import judge
from helicon.audit.situation import Situation
from helicon.audit.values import Finding, Kind, Mention, Model, Role, Use

TODAY = date(2026, 11, 28)


def mention(
    literal: str,
    kind: Kind = "text",
    *,
    role: Role = "active",
    path: str = "app.py",
    declared: str = "",
    base: str = "",
) -> Mention:
    return Mention(path, 3, 1, literal, role, kind, declared=declared, base=base)


def model(literal: str, kind: Kind = "text", *, declared: str = "", base: str = "", path: str = "app.py") -> Model:
    """The model of a literal that has to be one."""
    found = resolve(mention(literal, kind, declared=declared, base=base, path=path), knowledge())
    assert found is not None, literal
    return found


def findings(literal: str, situation: Situation | None = None, kind: Kind = "text", **more: str) -> list[Finding]:
    one = mention(literal, kind, declared=more.get("declared", ""), base=more.get("base", ""))
    use = Use(model(literal, kind, **more), (one,))
    return judge([use], situation, knowledge(), TODAY)


def finding(rule: str, literal: str, situation: Situation | None = None, *, licence: str = "", **more: str) -> Finding:
    """The one finding of a rule (and licence)."""
    kind: Kind = "api" if more.pop("kind", "") == "api" else "text"
    found = [
        one for one in findings(literal, situation, kind, **more) if one.rule == rule and licence in ("", one.licence)
    ]
    assert len(found) == 1, (rule, literal, [one.rule for one in found])
    return found[0]
