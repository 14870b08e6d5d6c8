"""A search that stops: how many candidates a thought tries before it settles for the nearest.

The searching families (subsets, operators, digits, routes) have a thought that draws candidates in no
order and gives up after a while, as a person does. One thought then finds the answer in a known share of
the cases, several thoughts together find it far more often, and those that gave up differ in what they
settle for. That is what a contemplation is for.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

SHARES = (0.85, 0.7, 0.6, 0.5)
"""Of the candidates, how many are tried at most, by level."""
MOST = 10
"""Tries in one thought, whatever the level."""

Candidate = TypeVar("Candidate")


def patience(candidates: int, level: int) -> int:
    """How many of ``candidates`` a thought tries at most."""
    return min(MOST, max(2, round(SHARES[level] * candidates)))


def tried(random: Random, candidates: Sequence[Candidate], right: Candidate, most: int) -> tuple[list[Candidate], bool]:
    """Candidates in the order of trying, and whether the last one is right."""
    order = random.sample(list(candidates), len(candidates))
    if right in order[:most]:
        return order[: order.index(right) + 1], True
    return order[:most], False
