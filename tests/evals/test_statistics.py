"""Error bars.

1. The Wilson interval equals published figures, holds the share, and stays inside 0 and 1.
2. The paired interval equals a calculation by hand, holds the difference, turns its sign with the order,
   and is never a point.
3. The bootstrap is seeded and agrees with the formula where there is much data.
4. McNemar's test equals a binomial tail worked out by hand.
5. Verdicts follow the interval and the margin.
"""

from __future__ import annotations

from math import comb
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.evals.statistics import Difference, Discordant, Share, bootstrap, difference, discordant, wilson

SHARES = st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("right", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_is_newcombes_table(right: int, total: int, low: float, high: float) -> None:
    found = wilson(right, total)  # Newcombe, Statistics in Medicine 17, 1998, table I, method 3
    assert found == pytest.approx((low, high), abs=5e-5)


def test_wilson_of_nothing_says_nothing() -> None:
    assert wilson(0, 0) == Share(right=0, total=0).interval == (0.0, 1.0)


def test_a_share_is_stored_rounded() -> None:
    assert Share(right=2, total=3).to_dict() == {"right": 2, "total": 3, "share": 0.6667, "interval": [0.2077, 0.9385]}


@given(st.integers(1, 500).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_holds_the_share(counts: tuple[int, int]) -> None:
    right, total = counts
    low, high = wilson(right, total)
    assert 0 <= low <= right / total <= high <= 1
    assert low < high


def test_the_paired_interval_by_hand() -> None:
    # 10 questions: 5 both right, 3 only the second, 1 only the first, 1 neither; half a question is added
    # to each cell: sum 2, squares 4 + 1, n 12. mean 1/6, variance 5/12 - 1/36 = 7/18, error sqrt(7/216).
    first = [1, 1, 1, 1, 1, 0, 0, 0, 1, 0]
    second = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0]
    found = difference(first, second)
    assert found.value == pytest.approx(0.2)
    error = (7 / 216) ** 0.5
    assert (found.low, found.high) == pytest.approx((1 / 6 - 1.959964 * error, 1 / 6 + 1.959964 * error))
    assert found.detectable == pytest.approx((1.959964 + 0.841621) * error)


@given(SHARES)
def test_the_paired_interval_is_fair(pairs: list[tuple[float, float]]) -> None:
    first, second = [a for a, _ in pairs], [b for _, b in pairs]
    found, turned = difference(first, second), difference(second, first)
    assert -1 <= found.low < found.high <= 1
    assert found.low - 1e-9 <= found.value * len(pairs) / (len(pairs) + 2) <= found.high + 1e-9
    assert (turned.value, turned.low, turned.high) == pytest.approx((-found.value, -found.high, -found.low))


def test_equal_results_are_no_certainty() -> None:
    few, many = difference([1.0] * 20, [1.0] * 20), difference([1.0] * 2000, [1.0] * 2000)
    assert few.value == 0
    assert few.high > 0.05
    assert 0 < many.high < 0.002


def test_lengths_must_agree() -> None:
    for compare in (difference, bootstrap):
        with pytest.raises(ValueError, match="shorter"):
            compare([1.0, 0.0], [1.0])


def test_the_bootstrap_agrees_with_the_formula() -> None:
    random = Random(5)
    first = [float(random.random() < 0.6) for _ in range(800)]
    second = [float(random.random() < 0.9) if a else float(random.random() < 0.3) for a in first]
    found, (low, high) = difference(first, second), bootstrap(first, second, seed=3)
    assert (low, high) == bootstrap(first, second, seed=3)
    assert (low, high) == pytest.approx((found.low, found.high), abs=0.006)


def test_nothing_to_draw_from() -> None:
    assert bootstrap([], []) == (-1.0, 1.0)
    assert difference([], []).questions == 0


@pytest.mark.parametrize(
    ("lost", "won", "p"),
    [(0, 0, 1.0), (0, 5, 0.0625), (1, 9, 22 / 1024), (6, 6, 1.0), (10, 2, 2 * 79 / 4096)],
)
def test_mcnemar_by_hand(lost: int, won: int, p: float) -> None:
    assert Discordant(lost=lost, won=won).p == pytest.approx(p)


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_a_probability_and_symmetric(lost: int, won: int) -> None:
    p = Discordant(lost=lost, won=won).p
    assert 0 < p <= 1
    assert p == Discordant(lost=won, won=lost).p
    assert p >= comb(lost + won, min(lost, won)) / 2 ** (lost + won)


def test_discordant_pairs_are_counted() -> None:
    assert discordant([True, True, False, False], [True, False, True, False]) == Discordant(lost=1, won=1)


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (0.001, 0.02, "better"),
        (-0.004, 0.02, "not worse"),
        (-0.03, -0.006, "worse"),
        (-0.03, 0.01, "not decidable"),
    ],
)
def test_verdicts(low: float, high: float, verdict: str) -> None:
    found = Difference(value=(low + high) / 2, low=low, high=high, questions=100, detectable=0.01)
    assert found.verdict(0.005) == verdict
