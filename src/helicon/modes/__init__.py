"""The modes: instant, thinking, contemplating, auto.

Names are imported when first used, so that a program that only needs the words of the prompts
(``helicon.modes.prompts``) or the comparison of answers pays for nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helicon.lazy import exports

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

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "answers": ("group", "read_answer", "same"),
        "asking": ("ask", "make_question", "stream"),
        "dividing": ("Planned", "make_plan"),
        "looks": ("look",),
        "planning": ("parse_plan",),
        "run": ("Run",),
    },
)
