"""From judged pairs of drafts to a ranking. Pure; who judges, and how, is ``helicon.modes.comparing``'s.

Each pair is judged in both orders. A verdict that turns with the order says more about the place
than about the drafts, so such a pair counts as a tie, and the share of such pairs is the position
bias. A pair of which a verdict is missing or unreadable counts for nobody: it is unscored, not zero.

Strengths are Bradley and Terry's (1952), found by the minorise-maximise steps of Hunter (2004), with
one tie of every draft against an average opponent as the prior, so that they exist for any set of
pairs. Sums are exact (``fsum``), so neither the drafts' numbers nor the pairs' order matters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from random import Random
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["first", "second", "tie"]

ALL_PAIRS = 4
"""Up to this many drafts, each meets each."""
NEIGHBOURS = 2
"""Beyond that, each meets this many on either side of a drawn circle: 2 n pairs instead of n (n - 1) / 2."""
PRIOR = 1.0
"""Virtual ties of each draft against an average opponent."""
STEPS = 200
CLEAR = 0.75
"""Probability that the better draft wins a comparison, from which it counts as clearly better."""

_LABELLED = re.compile(
    r"\bverdict\b[\s*_`:=]*(?:is\b|would be\b)?[\s*_`:\"'(]*(?:draft\s+|(?:an?\s+)?(?=tie|equal|draw))?"
    r"((?-i:[AB])\b|[ab](?=\W*$)|(?:tie|equal|draw)\b)",
    re.IGNORECASE | re.MULTILINE,
)
_BARE = re.compile(r"[\s*_`\"'(]*(?:draft\s+)?(a|b|tie)[\s*_`\"').]*", re.IGNORECASE)


def read_verdict(text: str) -> Verdict | None:
    """The last verdict in a judge's words, or the only word; ``None`` when there is none to read."""
    labelled = _LABELLED.findall(text)
    bare = _BARE.fullmatch(text)
    word = labelled[-1] if labelled else bare[1] if bare else ""
    match word.lower():
        case "":
            return None
        case "a":
            return "first"
        case "b":
            return "second"
        case _:
            return "tie"


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One pair and its two verdicts."""

    left: int
    right: int
    forward: Verdict | None
    """With ``left`` shown first."""
    backward: Verdict | None
    """With ``right`` shown first."""

    @property
    def points(self) -> float | None:
        """Of ``left``, from 0 to 1; ``right`` has the rest. ``None`` = unscored."""
        if self.forward is None or self.backward is None:
            return None
        ahead = {"first": 1.0, "tie": 0.5, "second": 0.0}
        return (ahead[self.forward] + 1.0 - ahead[self.backward]) / 2

    @property
    def flipped(self) -> bool:
        """Whether the same place won twice."""
        return self.forward == self.backward and self.forward in ("first", "second")


def pairs(drafts: int, *, seed: int, most: int | None = None) -> list[tuple[int, int]]:
    """The pairs to judge, at most ``most``, so that every draft meets about equally many others."""
    circle = list(range(drafts))
    random = Random(seed)
    random.shuffle(circle)
    reach = drafts // 2 if drafts <= ALL_PAIRS else NEIGHBOURS
    chosen: dict[frozenset[int], tuple[int, int]] = {}
    for distance in range(1, reach + 1):
        for index in range(drafts):
            pair = (circle[index], circle[(index + distance) % drafts])
            if pair[0] != pair[1]:
                chosen.setdefault(frozenset(pair), pair)
    return list(chosen.values())[:most]


def strengths(drafts: int, judged: Sequence[Judged]) -> list[float]:
    """Each draft's strength; they sum to 1. Draft ``i`` beats ``j`` with probability ``s_i / (s_i + s_j)``."""
    met: list[list[tuple[int, float]]] = [[] for _ in range(drafts)]
    for pair in judged:
        points = pair.points
        if points is not None:
            met[pair.left].append((pair.right, points))
            met[pair.right].append((pair.left, 1.0 - points))
    now = [1.0] * drafts
    for _ in range(STEPS):
        now = [
            (fsum(points for _, points in mine) + PRIOR / 2)
            / fsum([*(1.0 / (now[index] + now[other]) for other, _ in mine), PRIOR / (now[index] + 1.0)])
            for index, mine in enumerate(met)
        ]
    whole = fsum(now)
    return [strength / whole for strength in now]


def beats(one: float, other: float) -> float:
    """The probability that a draft of the first strength wins against one of the second."""
    return one / (one + other)


def contenders(strong: Sequence[float]) -> list[int]:
    """The drafts that the best one does not clearly beat, itself first; alone when it is clearly the best."""
    if not strong:
        return []
    order = sorted(range(len(strong)), key=lambda draft: (-round(strong[draft], 9), draft))
    best = strong[order[0]]
    return [order[0], *(draft for draft in order[1:] if beats(best, strong[draft]) < CLEAR)]
