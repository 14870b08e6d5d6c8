"""Judged pairs and what follows from them.

1. A verdict is read from the last labelled line or a bare letter; anything else is unreadable.
2. A pair whose verdict turns with the order is a tie; one with a missing verdict counts for nobody.
3. Strengths sum to 1, do not depend on the order of pairs, on which side a draft stood or on numbers.
4. More wins make stronger; without verdicts all are equal.
5. The pairs to judge are few, distinct and spread evenly.
"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.modes.ranking import Judged, Verdict, beats, contenders, pairs, read_verdict, strengths

VERDICTS: list[Verdict | None] = ["first", "second", "tie", None]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("A is fuller.\nVerdict: A", "first"),
        ("**Verdict:** B.", "second"),
        ("Verdict: **tie**", "tie"),
        ("The verdict is a tie.", "tie"),
        ("verdict: b", "second"),
        ("Verdict: Draft A", "first"),
        ("Verdict: A\nNo, on reflection.\nVerdict: B", "second"),
        ("B", "second"),
        (" (a). ", "first"),
        ("A is a good draft.", None),
        ("Verdict: a fuller text wins", None),
        ("Verdict: C", None),
        ("", None),
    ],
)
def test_verdicts(text: str, verdict: Verdict | None) -> None:
    assert read_verdict(text) == verdict


@pytest.mark.parametrize(
    ("forward", "backward", "points", "flipped"),
    [
        ("first", "second", 1.0, False),  # the left draft wins in both orders
        ("second", "first", 0.0, False),
        ("first", "first", 0.5, True),  # the place wins
        ("second", "second", 0.5, True),
        ("tie", "tie", 0.5, False),
        ("first", "tie", 0.75, False),
        (None, "first", None, False),
        ("first", None, None, False),
    ],
)
def test_points(forward: Verdict | None, backward: Verdict | None, points: float | None, flipped: bool) -> None:
    judged = Judged(left=0, right=1, forward=forward, backward=backward)
    assert (judged.points, judged.flipped) == (points, flipped)


def won(left: int, right: int) -> Judged:
    return Judged(left=left, right=right, forward="first", backward="second")


def test_the_winner_of_a_pair_is_clear() -> None:
    strong = strengths(2, [won(1, 0)])
    assert contenders(strong) == [1]


def test_a_circle_of_wins_leaves_all_equal() -> None:
    strong = strengths(3, [won(0, 1), won(1, 2), won(2, 0)])
    assert strong == pytest.approx([1 / 3] * 3)
    assert contenders(strong) == [0, 1, 2]


def test_without_verdicts_all_are_equal() -> None:
    unread = Judged(left=0, right=1, forward=None, backward="first")
    assert strengths(2, [unread]) == pytest.approx([0.5, 0.5])
    assert contenders([]) == []


def test_a_single_verdict_decides_less_than_many() -> None:
    one = strengths(3, [won(0, 1)])
    many = strengths(3, [won(0, 1), won(0, 2), won(1, 2)])
    assert beats(one[0], one[1]) < beats(many[0], many[2])
    assert many == sorted(many, reverse=True)


DRAFTS = 5
judgements = st.lists(
    st.tuples(
        st.integers(0, DRAFTS - 1), st.integers(1, DRAFTS - 1), st.sampled_from(VERDICTS), st.sampled_from(VERDICTS)
    ).map(lambda t: Judged(left=t[0], right=(t[0] + t[1]) % DRAFTS, forward=t[2], backward=t[3])),
    max_size=14,
)


@settings(max_examples=100, deadline=None)
@given(judgements, st.permutations(range(DRAFTS)), st.randoms(use_true_random=False))
def test_neither_names_nor_order_nor_sides_matter(judged: list[Judged], names: list[int], random: object) -> None:
    plain = strengths(DRAFTS, judged)
    assert sum(plain) == pytest.approx(1.0)
    assert min(plain) > 0
    renamed = [
        Judged(left=names[j.right], right=names[j.left], forward=j.backward, backward=j.forward)
        for j in reversed(judged)
    ]
    again = strengths(DRAFTS, renamed)
    assert [again[names[draft]] for draft in range(DRAFTS)] == pytest.approx(plain)


@settings(max_examples=60, deadline=None)
@given(judgements, st.integers(0, DRAFTS - 1), st.integers(1, DRAFTS - 1))
def test_one_more_win_never_weakens(judged: list[Judged], draft: int, step: int) -> None:
    before = strengths(DRAFTS, judged)
    after = strengths(DRAFTS, [*judged, won(draft, (draft + step) % DRAFTS)])
    assert after[draft] > before[draft] - 1e-9


@settings(deadline=None)
@given(st.integers(0, 12), st.integers(0, 2**31))
def test_the_pairs_are_few_and_spread(drafts: int, seed: int) -> None:
    chosen = pairs(drafts, seed=seed)
    assert len({frozenset(pair) for pair in chosen}) == len(chosen)
    assert all(a != b for a, b in chosen)
    met = [sum(draft in pair for pair in chosen) for draft in range(drafts)]
    if drafts > 1:
        assert max(met) == min(met) == min(drafts - 1, 4)
        assert len(chosen) <= 2 * drafts
    assert pairs(drafts, seed=seed, most=3) == chosen[:3]
