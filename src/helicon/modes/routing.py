"""When ``auto`` doubts an answer and tries harder: thresholds by effort, and the two decisions. Pure.

The thresholds are values, so that a replay over recorded traces can move them and see what accuracy
and tokens come of it. Where the engine gives log-probabilities an answer's certainty is the geometric mean
probability of its tokens; elsewhere it is ``None``, and agreement with another sample stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from helicon.messages import Effort


@dataclass(frozen=True, slots=True, kw_only=True)
class Routing:
    """From which certainty an answer stands."""

    sure_instant: float = 0.9
    """Of an instant answer; under it the question is thought about."""
    sure_thinking: float = 0.8
    """Of an answer after thinking; under it the question is contemplated."""
    least_tokens: int = 256
    """Of the run's own bound that trying harder needs."""


ROUTINGS: Mapping[Effort, Routing] = MappingProxyType(
    {
        "low": Routing(sure_instant=0.8, sure_thinking=0.6),
        "medium": Routing(),
        "high": Routing(sure_instant=0.95, sure_thinking=0.9),
    }
)
"""Low effort trusts an answer sooner, high effort later."""


ADMITTED = "the answer itself says that it is not sure"


def doubt_instant(routing: Routing, certainty: float) -> str:
    """Why an instant answer should not stand, in words for ``ModeChosen``; empty when it may."""
    return f"the instant answer is unsure ({certainty:.0%})" if certainty < routing.sure_instant else ""


def doubt_thinking(
    routing: Routing, certainty: float | None, *, cut: bool, differs: bool, admitted: bool = False
) -> str:
    """Why the answer of one thought should not stand; empty when it may.

    ``cut`` says that its thought was closed by a budget, ``differs`` that the instant answer was
    another; that counts only where no certainty is known. ``admitted``: its own words say that it is no answer.
    """
    if admitted:
        return ADMITTED
    if certainty is not None and certainty < routing.sure_thinking:
        return f"the answer after thinking is unsure ({certainty:.0%})"
    if cut:
        return "the thought was cut short by its budget"
    if certainty is None and differs:
        return "the answers before and after thinking differ"
    return ""
