"""Which models a tree uses, under which licences, and what those ask of you.

Imports nothing of engines, modes, store or server, so it starts fast and is useful alone. Nothing that is scanned is
imported or executed. Names are imported when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helicon.lazy import exports

if TYPE_CHECKING:
    from helicon.audit.knowledge import Knowledge as Knowledge
    from helicon.audit.replacements import replace as replace
    from helicon.audit.resolve import group as group
    from helicon.audit.rules import judge as judge
    from helicon.audit.situation import Situation as Situation
    from helicon.audit.values import Finding as Finding
    from helicon.audit.values import Licence as Licence
    from helicon.audit.values import Mention as Mention
    from helicon.audit.values import Model as Model
    from helicon.audit.values import Report as Report
    from helicon.audit.values import Scan as Scan
    from helicon.audit.values import Use as Use

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "knowledge": ("Knowledge",),
        "replacements": ("replace",),
        "resolve": ("group",),
        "rules": ("judge",),
        "situation": ("Situation",),
        "values": ("Finding", "Licence", "Mention", "Model", "Report", "Scan", "Use"),
    },
)
