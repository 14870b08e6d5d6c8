"""Confidence from log-probabilities.

1. A token's confidence is the negative mean log-probability of its alternatives; none without them.
2. Windows scale with the trace, from 64 to 2,048 tokens.
3. Weights stay between their bounds, average about 1, keep the order, and are 1.0 where nothing is known.
4. Impossible alternatives (-inf, nan, -9999) never spoil a score.
"""

from __future__ import annotations

from math import exp, inf, isfinite, log, nan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.events import TokenLogprob
from helicon.modes import confidence


def token(*logprobs: float) -> TokenLogprob:
    return TokenLogprob(token="x", logprob=logprobs[0], top=tuple((str(n), p) for n, p in enumerate(logprobs)))


def test_a_peaked_token_is_more_confident_than_a_flat_one() -> None:
    flat = confidence.token_confidence(token(*[log(0.25)] * 4))
    peaked = confidence.token_confidence(token(log(0.97), *[log(0.01)] * 3))
    assert flat == pytest.approx(log(4))
    assert peaked is not None
    assert flat is not None
    assert peaked > flat


def test_without_alternatives_there_is_no_confidence() -> None:
    assert confidence.token_confidence(TokenLogprob(token="x", logprob=-0.1)) is None
    assert confidence.mean([]) is None
    assert confidence.tail([]) is None
    assert confidence.lowest([]) is None
    assert confidence.bottom_tenth([]) is None
    assert confidence.certainty([]) is None


@pytest.mark.parametrize("broken", [-inf, nan, -9999.0])
def test_impossible_alternatives_are_bounded(broken: float) -> None:
    score = confidence.token_confidence(token(-0.01, broken))
    assert score is not None
    assert isfinite(score)
    assert score <= -confidence.FLOOR


@pytest.mark.parametrize(("length", "size"), [(10, 64), (512, 64), (800, 100), (16384, 2048), (10**6, 2048)])
def test_windows_scale(length: int, size: int) -> None:
    assert confidence.window(length) == size


def test_groups_are_the_means_of_every_full_window() -> None:
    values = [float(n) for n in range(200)]
    means = confidence.groups(values)
    assert len(means) == 200 - 64 + 1
    assert means[0] == pytest.approx(sum(values[:64]) / 64)
    assert confidence.tail(values) == pytest.approx(sum(values[-64:]) / 64)
    assert confidence.lowest(values) == pytest.approx(means[0])
    assert confidence.groups([1.0, 3.0]) == [2.0]


def test_certainty_is_the_geometric_mean() -> None:
    tokens = [TokenLogprob(token="a", logprob=log(0.9)), TokenLogprob(token="b", logprob=log(0.4))]
    assert confidence.certainty(tokens) == pytest.approx(exp((log(0.9) + log(0.4)) / 2))


def test_missing_scores_weigh_one() -> None:
    assert confidence.weights([None, None]) == [1.0, 1.0]
    assert confidence.weights([2.0, None, 2.0]) == [1.0, 1.0, 1.0]
    assert confidence.weights([]) == []
    assert confidence.weights([0.0, 0.0]) == [1.0, 1.0]


@given(st.lists(st.none() | st.floats(0, 30), max_size=10))
def test_weights_keep_bounds_and_order(scores: list[float | None]) -> None:
    weights = confidence.weights(scores)
    assert all(confidence.LIGHTEST <= weight <= confidence.HEAVIEST for weight in weights)
    known = [(score, weight) for score, weight in zip(scores, weights, strict=True) if score is not None]
    for score, weight in known:
        assert all(other >= weight for higher, other in known if higher >= score)


@given(st.lists(st.floats(0.01, 30), min_size=1, max_size=10), st.sampled_from([0.5, 2.0, 4.0]))
def test_weights_do_not_depend_on_the_models_scale(scores: list[float], scale: float) -> None:
    assert confidence.weights([score * scale for score in scores]) == pytest.approx(confidence.weights(scores))
