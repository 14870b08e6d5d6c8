"""Chains as votes: whose answers are equal, by the modes' own comparison.

Live, answers are compared among the agents that are finished; here once among all chains of a
question. The two differ only where an abbreviated answer ("42" beside "42 km") finds its fuller form late.
"""

from __future__ import annotations

from collections.abc import Sequence

from helicon.evals.pool import Chain
from helicon.modes.ballots import SHORT
from helicon.modes.rounds import Written


def key_of(answer: str, text: str) -> str:
    """What is compared, as ``modes.ballots.key`` does: the short answer, or a short whole text."""
    if answer:
        return answer
    flat = " ".join(text.split())
    return flat if len(flat) <= SHORT else ""


def groups_of(keys: Sequence[str]) -> list[int]:
    """A number for each key; equal answers have equal ones, an empty key has one of its own (below 0)."""
    from helicon.modes.answers import group

    distinct = list(dict.fromkeys(key for key in keys if key))
    numbers = dict(zip(distinct, group(distinct) if len(distinct) > 1 else [0] * len(distinct), strict=True))
    return [numbers[key] if key else -1 - place for place, key in enumerate(keys)]


def written_of(chains: Sequence[Chain]) -> list[Written]:
    """The finished chains as drafts for a digest."""
    done = [chain for chain in chains if chain.finished]
    groups = groups_of([key_of(chain.answer, chain.text) for chain in done])
    return [
        Written(
            agent=chain.agent,
            answer=chain.answer,
            text=chain.text,
            weight=1.0,
            group=group,
            length=chain.tokens.generated,
        )
        for chain, group in zip(done, groups, strict=True)
    ]
