"""Evaluation: pools of sampled chains, policies replayed over them, and tables with error bars.

``record`` samples a pool once; ``replay`` plays any policy over it in seconds. Names are imported
when first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from helicon.lazy import exports

if TYPE_CHECKING:
    from helicon.evals import report as report
    from helicon.evals.files import read_pool as read_pool
    from helicon.evals.living import live as live
    from helicon.evals.pool import Pool as Pool
    from helicon.evals.questions import EvalQuestion as EvalQuestion
    from helicon.evals.questions import half_of as half_of
    from helicon.evals.questions import questions_of as questions_of
    from helicon.evals.recording import Plan as Plan
    from helicon.evals.recording import Progress as Progress
    from helicon.evals.recording import record as record
    from helicon.evals.replaying import Row as Row
    from helicon.evals.replaying import Table as Table
    from helicon.evals.replaying import replay as replay
    from helicon.evals.scoring import is_right as is_right
    from helicon.evals.statistics import Share as Share
    from helicon.evals.statistics import difference as difference
    from helicon.evals.statistics import wilson as wilson

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "files": ("read_pool",),
        "living": ("live",),
        "pool": ("Pool",),
        "questions": ("EvalQuestion", "half_of", "questions_of"),
        "recording": ("Plan", "Progress", "record"),
        "replaying": ("Row", "Table", "replay"),
        "scoring": ("is_right",),
        "statistics": ("Share", "difference", "wilson"),
    },
)
