"""The vote.

1. The Beta probability is exact, needs the votes that the published tables name, and goes on smoothly
   between whole votes.
2. The lossless rule ends a vote only when no continuation can take the lead.
3. The Beta rule needs as many votes as it says; forced votes count half, doubted ones a quarter.
4. Ties go to the shorter chain; a group speaks through its heaviest, then shortest vote.
5. ``all_finished`` decides only with more than half of the weight.
6. The rules of short-m@k and of the weighted share hold only where they are in force.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import product
from math import factorial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.modes.confidence import HEAVIEST, LIGHTEST
from helicon.modes.consensus import Ballot, Stop, _incomplete_beta, beta_probability, standing

NEVER = 2.0
"""A probability that the Beta rule waits for in vain."""


def votes(*groups: int, forced: bool = False, weight: float = 1.0) -> list[Ballot]:
    return [
        Ballot(agent=agent, group=group, answer=str(group), forced=forced, confidence_weight=weight, length=100)
        for agent, group in enumerate(groups)
    ]


def integral(leader: int, runner_up: int) -> Fraction:
    """Of x^a (1-x)^b over [1/2, 1], normalised, by expanding (1-x)^b: the definition, slowly."""
    total = Fraction(0)
    for k in range(runner_up + 1):
        binomial = Fraction(factorial(runner_up), factorial(k) * factorial(runner_up - k))
        power = leader + k + 1
        total += (-1) ** k * binomial * (1 - Fraction(1, 2**power)) / power
    beta = Fraction(factorial(leader) * factorial(runner_up), factorial(leader + runner_up + 1))
    return total / beta


@pytest.mark.parametrize(("leader", "runner_up"), list(product(range(9), range(9))))
def test_beta_probability_is_the_integral(leader: int, runner_up: int) -> None:
    assert beta_probability(leader, runner_up) == float(integral(leader, runner_up))


@pytest.mark.parametrize(("leader", "runner_up"), list(product(range(0, 41, 4), range(0, 41, 5))))
def test_the_way_for_parts_of_votes_is_exact_for_whole_ones_too(leader: int, runner_up: int) -> None:
    most, least = max(leader, runner_up), min(leader, runner_up)
    assert 1 - _incomplete_beta(most + 1, least + 1) == pytest.approx(beta_probability(most, least), abs=1e-11)


parts = st.integers(0, 160).map(lambda quarters: quarters / 4)


@given(parts, parts)
def test_the_two_sides_of_a_probability_are_one(leader: float, runner_up: float) -> None:
    both = beta_probability(leader, runner_up) + beta_probability(runner_up, leader)
    assert both == pytest.approx(1, abs=1e-11)
    assert 0 < beta_probability(leader, runner_up) < 1 or abs(leader - runner_up) > 20


@given(parts, parts, st.sampled_from([0.25, 0.5, 1.0]))
def test_a_larger_vote_is_surer(leader: float, runner_up: float, more: float) -> None:
    now = beta_probability(leader, runner_up)
    assert beta_probability(leader + more, runner_up) >= now - 1e-12
    assert beta_probability(leader, runner_up + more) <= now + 1e-12
    if leader + runner_up < 20:
        assert beta_probability(leader + more, runner_up) > now > beta_probability(leader, runner_up + more)


@pytest.mark.parametrize(("leader", "runner_up"), [(0.5, 0.25), (1.5, 0), (2.25, 1.5), (3.75, 0.5), (0.25, 2.5)])
def test_parts_of_votes_are_the_integral_too(leader: float, runner_up: float) -> None:
    steps = 20_000
    curve = [((n + 0.5) / steps) ** leader * (1 - (n + 0.5) / steps) ** runner_up for n in range(steps)]
    assert beta_probability(leader, runner_up) == pytest.approx(sum(curve[steps // 2 :]) / sum(curve), abs=1e-5)


@pytest.mark.parametrize(
    ("tau", "needed"),
    [(0.90, (3, 5, 6, 8, 9, 11)), (0.95, (4, 6, 8, 9, 11, 12)), (0.99, (6, 9, 11, 13, 14, 16))],
)
def test_votes_needed_against_each_runner_up(tau: float, needed: tuple[int, ...]) -> None:
    for runner_up, least in enumerate(needed):
        assert beta_probability(least, runner_up) >= tau > beta_probability(least - 1, runner_up)


def test_four_equal_votes_end_a_vote_of_eight() -> None:
    assert standing(votes(1, 1, 1), running=5).rule == ""
    now = standing(votes(1, 1, 1, 1), running=4)
    assert (now.rule, now.decided, now.probability) == ("beta", True, 0.96875)
    assert now.unanimous
    assert now.share == 1.0


def test_forced_votes_count_half() -> None:
    assert standing(votes(1, 1, 1, 1, forced=True), running=4).rule == ""
    assert standing(votes(*[1] * 8, forced=True), running=8).rule == "beta"


def test_doubted_votes_count_a_quarter() -> None:
    doubted = [replace(vote, doubted=True) for vote in votes(*[1] * 4)]
    assert standing(doubted, running=4).probability == beta_probability(1, 0)
    both = [replace(vote, forced=True) for vote in doubted]
    assert standing(both, running=4).probability == beta_probability(1, 0), "forced as well is no better"
    mixed = [*votes(1, 1), replace(votes(1, 1, 2)[2], doubted=True)]
    assert standing(mixed, running=4).probability == beta_probability(2, 0.25)


def test_nothing_is_decided_without_votes() -> None:
    now = standing([], running=3)
    assert (now.leader, now.rule, now.share, now.finished) == (None, "", 0.0, 0)


def test_two_of_three_cannot_be_overtaken() -> None:
    assert standing(votes(1, 1), running=1).rule == "lossless"
    assert standing(votes(1, 2), running=1).rule == ""
    assert standing(votes(1), running=1).rule == ""


def test_weights_that_may_still_move_make_the_lossless_rule_careful() -> None:
    assert standing(votes(1, 1), running=1, stop=Stop(weighted=True)).rule == ""
    assert standing(votes(1, 1, 1, 1), running=1, stop=Stop(weighted=True, tau=NEVER)).rule == "lossless"


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=5),
    st.integers(0, 3),
    st.booleans(),
)
def test_lossless_against_every_continuation(cast: list[tuple[int, bool]], running: int, weighted: bool) -> None:
    ballots = [
        Ballot(agent=agent, group=group, answer=str(group), forced=forced) for agent, (group, forced) in enumerate(cast)
    ]
    now = standing(ballots, running=running, stop=Stop(weighted=weighted, tau=NEVER))
    if now.rule != "lossless":
        return
    assert now.leader is not None
    leader = now.leader.best.group
    low, high = (LIGHTEST, HEAVIEST) if weighted else (1.0, 1.0)
    # The worst case for each rival group (3 is one that nobody named yet): its votes heavy, the leader's light.
    for rival in {0, 1, 2, 3} - {leader}:
        for joins in product((leader, rival, 4), repeat=running):
            mine = sum(b.evidence for b in ballots if b.group == leader) * low + joins.count(leader) * low
            theirs = sum(b.evidence for b in ballots if b.group == rival) * high + joins.count(rival) * high
            assert mine > theirs


@given(st.lists(st.integers(0, 3), max_size=8), st.integers(0, 4))
def test_the_order_of_votes_does_not_matter(groups: list[int], running: int) -> None:
    ballots = votes(*groups)
    one, other = standing(ballots, running=running), standing(ballots[::-1], running=running)
    assert one.rule == other.rule
    assert one.share == other.share
    assert [g.weight for g in one.groups] == [g.weight for g in other.groups]


def test_ties_go_to_the_shorter_chain() -> None:
    long = Ballot(agent=0, group=0, answer="a", length=500)
    short = Ballot(agent=1, group=1, answer="b", length=90)
    leader = standing([long, short], running=0).leader
    assert leader is not None
    assert leader.best.answer == "b"


def test_a_group_speaks_through_its_heaviest_then_shortest_vote() -> None:
    plain = Ballot(agent=0, group=0, answer="a", length=10)
    sure = Ballot(agent=1, group=0, answer="a", length=99, confidence_weight=1.4)
    brief = Ballot(agent=2, group=0, answer="a", length=50, confidence_weight=1.4)
    leader = standing([plain, sure, brief], running=0).leader
    assert leader is not None
    assert leader.best.agent == 2
    assert leader.agents == (0, 1, 2)


@pytest.mark.parametrize(
    ("groups", "rule"), [((1, 1, 2), "all_finished"), ((1, 2), ""), ((1, 1, 2, 3), ""), ((1,), "all_finished")]
)
def test_all_finished_needs_a_majority(groups: tuple[int, ...], rule: str) -> None:
    assert standing(votes(*groups), running=0).rule == rule


def test_the_first_votes_decide_where_short_is_in_force() -> None:
    ballots = votes(1, 1, 2)
    assert standing(ballots, running=5).rule == ""
    assert standing(ballots, running=5, stop=Stop(short=3)).rule == "short"
    assert standing(ballots[:2], running=5, stop=Stop(short=3)).rule == ""


def test_a_tie_of_the_first_votes_waits_or_goes_to_the_shorter_chain() -> None:
    tied = [Ballot(agent=n, group=n, answer=str(n), length=100 - n) for n in range(3)]
    assert standing(tied, running=2, stop=Stop(short=3)).rule == ""
    now = standing(tied, running=2, stop=Stop(short=3, short_ties=True))
    assert (now.rule, now.groups[0].best.answer) == ("short", "2")


def test_a_lead_in_weight_alone_is_no_lead_of_the_first_votes() -> None:
    sure = Ballot(agent=0, group=0, answer="a", confidence_weight=1.5)
    other = Ballot(agent=1, group=1, answer="b", confidence_weight=0.5)
    assert standing([sure, other], running=2, stop=Stop(short=2)).rule == ""


def test_a_share_of_all_weight_decides_where_it_is_in_force() -> None:
    assert standing(votes(1, 1, 1, 2), running=4).rule == ""
    assert standing(votes(1, 1, 1, 2), running=4, stop=Stop(share=0.75)).rule == "share"
    assert standing(votes(1, 1), running=4, stop=Stop(share=0.75)).rule == ""
