"""Rounds of a contemplation: whether to refine, what the next round sees, how tokens divide. Pure.

A later round costs as much as the first one, so it comes only where the first left something open
(PDR and RSA refine always; here the vote's disagreement decides). The digest shows bounded final
words, never raw thoughts, without names and in a drawn order, so that neither length nor place
speaks for a draft.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from helicon.modes.consensus import Standing
from helicon.modes.prompts import Draft

MOST_DRAFTS = 8
"""Drafts in one digest."""
LEAST_SHARE = 48
"""Tokens below which an agent is not worth starting."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """One agent's finished draft, as the digest needs it."""

    agent: int
    answer: str
    text: str
    weight: float
    group: int
    length: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """What a run has left. ``None`` = no bound."""

    rounds: int
    tokens: int | None = None
    seconds: float | None = None


def refine_reason(
    standing: Standing, *, comparable: bool, left: Left, agents: int, round_seconds: float, lead: float = 0.5
) -> str:
    """Why another round is worth its cost; empty when it is not.

    ``comparable`` says that most drafts have a short answer. An answer that holds ``lead`` of the weight, and
    more than any other, stands as it is. ``round_seconds`` is how long the
    round just ended took: one that cannot end in time is not begun.
    """
    if left.rounds < 1 or standing.leader is None or standing.decided:
        return ""
    if left.tokens is not None and left.tokens // (agents + 1) < LEAST_SHARE:
        return ""
    if left.seconds is not None and left.seconds < round_seconds:
        return ""
    if agents < 2:
        return ""
    if not comparable:
        return "the drafts cannot be compared"
    if standing.ahead and standing.share >= lead:
        return ""
    return f"no majority: the leading answer holds {standing.share:.0%}"


def pick_drafts(written: Sequence[Written], *, seed: int, most: int = MOST_DRAFTS) -> list[Written]:
    """The drafts of the next digest, in the drawn order in which it shows them.

    Each distinct answer sends its best draft first (heaviest, then shortest); what room is left
    goes to further drafts by weight.
    """
    ranked = sorted(written, key=lambda draft: (-draft.weight, draft.length, draft.agent))
    seen: set[int] = set()
    first: list[Written] = []
    rest: list[Written] = []
    for draft in ranked:
        (rest if draft.group in seen else first).append(draft)
        seen.add(draft.group)
    picked = (first + rest)[:most]
    Random(seed).shuffle(picked)
    return picked


def pick_subset(written: Sequence[Written], *, seed: int, size: int) -> list[Written]:
    """One agent's own digest: ``size`` of the drafts, drawn with equal chances, in drawn order.

    Recursive aggregation (RSA, Venkatraman et al. 2025, arXiv 2509.26626): every agent puts another
    part of the population together, so the next one differs without new hints.
    """
    drafts = sorted(written, key=lambda draft: draft.agent)
    return Random(seed).sample(drafts, min(size, len(drafts)))


def as_drafts(written: Sequence[Written]) -> list[Draft]:
    """What the prompts take."""
    return [Draft(answer=draft.answer, rationale=draft.text) for draft in written]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """How a run's tokens divide over the agents of one round."""

    agents: int
    tokens: int | None
    """Of one agent; ``None`` = no bound."""


def shares(agents: int, tokens_left: int | None) -> Shares:
    """Equal shares, one more than there are agents: the last is kept for the final words.

    Agents whose share would be under ``LEAST_SHARE`` are not started, down to one, which then
    takes everything.
    """
    if tokens_left is None:
        return Shares(agents=agents, tokens=None)
    fit = min(agents, tokens_left // LEAST_SHARE - 1)
    if fit < 1 or agents == 1:
        return Shares(agents=1, tokens=max(1, tokens_left))
    return Shares(agents=fit, tokens=tokens_left // (fit + 1))
