"""Error bars: the interval of a share, paired differences, and verdicts about them. Pure.

Questions are the unit everywhere: a value per question and policy, from 0 to 1 (a share of right
answers where a policy was played several times on it). Policies are compared on the same questions,
so their differences are paired.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb, sqrt
from random import Random
from typing import Literal, TypeAlias

Z = 1.959964
"""Of a two-sided interval of 95%."""
POWER_Z = 0.841621
"""Of a power of 80%."""
RESAMPLES = 2000

Verdict: TypeAlias = Literal["better", "not worse", "worse", "not decidable"]


def wilson(right: float, total: float, z: float = Z) -> tuple[float, float]:
    """The score interval of a share (Wilson 1927): inside 0 and 1, and honest for small counts.

    ``right`` may be a sum of shares; the interval is then too wide rather than too narrow, because
    a share varies less than one draw.
    """
    if total <= 0:
        return 0.0, 1.0
    share = right / total
    middle = share + z * z / (2 * total)
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    scale = 1 + z * z / total
    return max(0.0, min(share, (middle - spread) / scale)), min(1.0, max(share, (middle + spread) / scale))


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of successes with its 95% Wilson interval."""

    right: int
    total: int

    @property
    def value(self) -> float:
        """From 0 to 1; 0 of nothing."""
        return self.right / self.total if self.total else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """See ``wilson``."""
        return wilson(self.right, self.total)

    def to_dict(self) -> dict[str, float | int | list[float]]:
        """For a file of results."""
        return {
            "right": self.right,
            "total": self.total,
            "share": round(self.value, 4),
            "interval": [round(bound, 4) for bound in self.interval],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Second minus first over the same questions, as a share."""

    value: float
    low: float
    high: float
    """Bounds of the 95% interval."""
    questions: int
    detectable: float
    """The smallest true difference that so many questions would show, with a power of 80%."""

    def verdict(self, margin: float) -> Verdict:
        """Whether the second may replace the first when a loss of ``margin`` is allowed (non-inferiority)."""
        if self.low > 0:
            return "better"
        if self.low > -margin:
            return "not worse"
        return "worse" if self.high < -margin else "not decidable"


def difference(first: Sequence[float], second: Sequence[float], z: float = Z) -> Difference:
    """The paired difference with the interval of Agresti and Min (Statistics in Medicine 24, 2005).

    Half a question is added to each cell of the table of pairs, so that a few questions on which the
    two never differ do not pass for certainty.

    Raises:
        ValueError: the two are of different lengths.
    """
    moves = [b - a for a, b in zip(first, second, strict=True)]
    count = len(moves)
    if not count:
        return Difference(value=0.0, low=-1.0, high=1.0, questions=0, detectable=1.0)
    padded = count + 2
    middle = sum(moves) / padded
    variance = max(0.0, (sum(move * move for move in moves) + 1) / padded - middle * middle)
    error = sqrt(variance / padded)
    return Difference(
        value=sum(moves) / count,
        low=max(-1.0, middle - z * error),
        high=min(1.0, middle + z * error),
        questions=count,
        detectable=min(1.0, (Z + POWER_Z) * error),
    )


def bootstrap(
    first: Sequence[float], second: Sequence[float], *, seed: int = 0, resamples: int = RESAMPLES
) -> tuple[float, float]:
    """The 95% percentile interval of the mean paired difference, questions drawn with replacement.

    Raises:
        ValueError: the two are of different lengths.
    """
    moves = [b - a for a, b in zip(first, second, strict=True)]
    if not moves:
        return -1.0, 1.0
    random, count = Random(seed), len(moves)
    means = sorted(sum(random.choices(moves, k=count)) / count for _ in range(resamples))
    last = len(means) - 1
    return means[round(0.025 * last)], means[round(0.975 * last)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discordant:
    """Questions that exactly one of two policies got right."""

    lost: int
    """Only the first was right."""
    won: int
    """Only the second was right."""

    @property
    def p(self) -> float:
        """McNemar's exact two-sided test: how likely so uneven a split is when both are equally good."""
        count = self.lost + self.won
        tail: int = sum(comb(count, k) for k in range(min(self.lost, self.won) + 1))
        return min(1.0, 2 * tail / float(2**count))


def discordant(first: Sequence[bool], second: Sequence[bool]) -> Discordant:
    """Count the questions on which two policies differ.

    Raises:
        ValueError: the two are of different lengths.
    """
    pairs = list(zip(first, second, strict=True))
    return Discordant(lost=sum(a and not b for a, b in pairs), won=sum(b and not a for a, b in pairs))
