"""The modes: instant, thinking, contemplating, auto.

Names are imported when first used, so that a program that only needs the words of the prompts
(``helicon.modes.prompts``) or the comparison of answers pays for nothing else.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helicon.modes.answers import group as group
    from helicon.modes.answers import read_answer as read_answer
    from helicon.modes.answers import same as same
    from helicon.modes.asking import ask as ask
    from helicon.modes.asking import make_question as make_question
    from helicon.modes.asking import stream as stream
    from helicon.modes.dividing import Planned as Planned
    from helicon.modes.dividing import make_plan as make_plan
    from helicon.modes.looks import look as look
    from helicon.modes.planning import parse_plan as parse_plan
    from helicon.modes.run import Run as Run

_PLACES = {
    "answers": ("group", "read_answer", "same"),
    "asking": ("ask", "make_question", "stream"),
    "dividing": ("Planned", "make_plan"),
    "looks": ("look",),
    "planning": ("parse_plan",),
    "run": ("Run",),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_MODULES])
