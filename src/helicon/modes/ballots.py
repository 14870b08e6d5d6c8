"""From agents' work to votes: whose answers are equal, and what each weighs.

The comparison itself is ``helicon.modes.answers``; it runs in a thread, because mathematics may
take a while and the other agents are still streaming.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from helicon.modes import confidence
from helicon.modes.admissions import admits
from helicon.modes.agent import Work
from helicon.modes.consensus import Ballot
from helicon.modes.stage import Stage, Stopped

SHORT = 300
"""Characters up to which an answer without a readable short form is compared as a whole."""


async def ballots(works: Sequence[Work], *, hurry: bool = False) -> list[Ballot]:
    """One vote per finished agent, in the order given; ``hurry`` compares by spelling alone."""
    voters = [work for work in works if work.finished]
    keys = [key(work) for work in voters]
    ids = await _groups([k for k in keys if k], hurry=hurry)
    weights = confidence.weights([work.ended.confidence for work in voters])
    return [
        Ballot(
            agent=work.ended.agent,
            group=ids[k] if k else -1 - index,
            answer=work.ended.answer,
            confidence_weight=weight,
            forced=work.forced,
            doubted=admits(work.ended.text),
            length=work.tokens.generated,
        )
        for index, (work, k, weight) in enumerate(zip(voters, keys, weights, strict=True))
    ]


async def ballots_in_time(stage: Stage, works: Sequence[Work]) -> list[Ballot]:
    """``ballots`` while the run may wait; from the moment at which it is stopped, by spelling alone.

    The first comparison of formulas loads the mathematics, which can take longer than a deadline leaves.
    """
    try:
        return await stage.guard(ballots(works))
    except Stopped:
        return await ballots(works, hurry=True)


def key(work: Work) -> str:
    """What is compared: the short answer, or a short whole text; empty for a long open-ended one."""
    if work.ended.answer:
        return work.ended.answer
    flat = " ".join(work.ended.text.split())
    return flat if len(flat) <= SHORT else ""


def comparable(votes: Sequence[Ballot]) -> bool:
    """Whether most of the votes have a short answer."""
    return sum(1 for vote in votes if vote.answer) * 2 > len(votes)


async def _groups(keys: Sequence[str], *, hurry: bool) -> dict[str, int]:
    """A number for every key; equal answers have equal numbers."""
    distinct = list(dict.fromkeys(keys))
    spelled = {text: number for number, text in enumerate(distinct)}
    if len(distinct) < 2 or hurry:
        return spelled
    from helicon.modes.answers import group

    try:
        return dict(zip(distinct, await asyncio.to_thread(group, distinct), strict=True))
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return spelled  # a garbled answer that breaks the comparison must not break the vote
