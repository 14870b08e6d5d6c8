"""Which family a model belongs to: a pure function of what an engine reports and of the name.

What the engine reports counts more than the name, because anybody may rename a file:
the chat template's marks first, then the architecture, then the name. A family that the
template contradicts is passed over where another fits. Nothing known is a result too: ``UNKNOWN``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import replace

from helicon.families.catalogue import FAMILIES
from helicon.families.family import Family
from helicon.families.unknown import UNKNOWN

_KWARG = re.compile(r"\b(enable_thinking)\b|\b(thinking) is (?:not )?(?:un)?defined")


def detect(*, name: str, architecture: str | None = None, template: str | None = None) -> Family:
    """The family of a model.

    Args:
        name: what people or the engine call it: a file, a Hub id, an endpoint's model name.
        architecture: ``general.architecture`` of a GGUF file or ``model_type`` of a config.
        template: the chat template's source.

    Never raises; a model without a family gets ``UNKNOWN``, with the thinking switch filled in
    where the template shows it.
    """
    wanted = (architecture or "").strip().lower()
    source = template or ""

    def marked(family: Family) -> bool:
        return any(mark in source for mark in family.template_marks)

    def built_so(family: Family) -> bool:
        return bool(wanted) and wanted in family.architectures

    def named(family: Family) -> bool:
        return any(re.search(pattern, name, re.IGNORECASE) for pattern in family.patterns)

    def agrees(family: Family) -> bool:
        return not source or _agrees(family, source)

    for first in (marked, built_so, named):
        candidates = [family for family in FAMILIES if first(family)]
        if candidates:
            candidates = _narrow(candidates, (agrees, built_so))
            return next(filter(named, candidates), candidates[-1])
    return _from_template(source)


def _narrow(candidates: list[Family], tests: Iterable[Callable[[Family], bool]]) -> list[Family]:
    """The candidates that pass each test in turn; a test that none passes is left out."""
    for test in tests:
        candidates = [family for family in candidates if test(family)] or candidates
    return candidates


def _agrees(family: Family, template: str) -> bool:
    """Whether a template could be this family's: its switch appears there, or no switch does."""
    switches = _switches(template)
    if family.switch == "kwarg":
        return bool(switches & set(family.kwargs))
    if switches:
        return False
    if family.switch == "always":
        return any(delimiters.open in template for delimiters in family.delimiters)
    if family.switch == "none":
        return "<think>" not in template
    return True


def _from_template(template: str) -> Family:
    """``UNKNOWN``, with what the template tells of a switch."""
    switches = tuple(sorted(_switches(template)))
    return replace(UNKNOWN, switch="kwarg", kwargs=switches) if switches else UNKNOWN


def _switches(template: str) -> set[str]:
    """The kwargs that a template asks for."""
    return {found[1] or found[2] for found in _KWARG.finditer(template)}
