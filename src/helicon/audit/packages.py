"""Models that packages bring or download. A package says what may happen, not what does."""

from __future__ import annotations

import re
from collections.abc import Iterable

from helicon.audit.knowledge import Brought, Knowledge
from helicon.audit.values import Mention

NAME = re.compile(
    r"(@?[A-Za-z0-9][A-Za-z0-9._/-]{0,120})\s{0,4}(?:\[[^\]]{0,200}\])?\s{0,4}(?:[=~^]{0,3}\s{0,4}([0-9][0-9.]{0,30}))?"
)
"""A requirement's name and the version that it pins or begins with."""
NUMBERS = re.compile(r"[0-9]{1,6}")


def brings(requirement: str, knowledge: Knowledge) -> tuple[Brought, ...]:
    """What a requirement (``faster-whisper==1.0.3``) may bring."""
    found = NAME.match(requirement.strip())
    if not found:
        return ()
    name = re.sub(r"[-_.]+", "-", found.group(1).lower())
    rows: Iterable[Brought] = knowledge.packages.get(found.group(1).lower(), ()) or knowledge.packages.get(name, ())
    return tuple(row for row in rows if _within(found.group(2) or "", row.version))


def _within(version: str, allowed: str) -> bool:
    """Whether a version is in a range such as ``<1``; an unknown one is."""
    if not version or not allowed:
        return True
    mine, bound = _numbers(version), _numbers(allowed)
    return mine < bound if allowed.startswith("<") else mine >= bound


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in NUMBERS.findall(version)[:6])


def expand(mention: Mention, knowledge: Knowledge) -> tuple[Mention, ...]:
    """The mention itself, or for a package the mentions of what it may bring, with the role ``indirect``."""
    if mention.kind != "package":
        return (mention,)
    return tuple(
        Mention(
            path=mention.path,
            line=mention.line,
            column=mention.column,
            literal=model,
            role="indirect",
            kind="text",
            symbol=mention.symbol or row.package,
            note=f"{row.package} may bring it: {row.when}",
        )
        for row in brings(mention.literal, knowledge)
        for model in row.models
    )
