"""The policy of a contemplation.

1. Each effort is a value; an engine's slots and the question's own bounds narrow or replace its fields.
2. As many agents run as would settle the vote if all agreed with its leader, and ``spare`` more.
3. Any vote, in any order of ending, comes to its end: an undecided one with nobody running starts somebody,
   until all agents have begun.
4. No more than ``in_flight`` run, no more than ``agents`` begin.
5. From low to high, easy questions cost more agents and are surer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.budgets import Budget
from helicon.messages import EFFORTS, Effort
from helicon.modes.consensus import Ballot, Standing
from helicon.modes.policy import Policy, count, decided, next_start, policy_of, settling


def play(policy: Policy, answers: Sequence[int]) -> tuple[str, int, int]:
    """The rule that ended the vote, agents begun, and agents ended, when all agents are equally fast."""
    ballots: list[Ballot] = []
    started, running = next_start(policy, Standing(), 0, 0), 0
    running = started
    most = started
    while running:
        number = len(ballots)
        ballots.append(Ballot(agent=number, group=answers[number], answer=str(answers[number]), length=100 + number))
        running -= 1
        rule = decided(policy, ballots, running, policy.agents - started)
        if rule:
            return rule, started, len(ballots)
        now = count(policy, ballots, running, policy.agents - started)
        more = next_start(policy, now, running, started)
        started, running = started + more, running + more
        most = max(most, running)
    assert started == policy.agents, "an open vote starts everybody it may"
    assert most <= policy.in_flight
    return "", started, len(ballots)


@pytest.mark.parametrize(
    ("effort", "slots", "in_flight"),
    [("low", None, 3), ("low", 2, 2), ("medium", None, 8), ("medium", 3, 3), ("high", None, 16), ("high", 8, 8)],
)
def test_slots_bound_what_runs_at_once(effort: Effort, slots: int | None, in_flight: int) -> None:
    assert policy_of(effort, slots).in_flight == in_flight


def test_the_questions_own_bounds_hold() -> None:
    few = policy_of("high", 8, budget=Budget(agents=3, rounds=1))
    assert (few.agents, few.in_flight, few.rounds) == (3, 3, 1)
    many = policy_of("medium", 32, budget=Budget(agents=24))
    assert (many.agents, many.in_flight) == (24, 24)
    assert policy_of("low", 32, budget=Budget(agents=24)).in_flight == 3


def test_easy_questions_by_effort() -> None:
    agreed = [0] * 16
    assert play(policy_of("low", 8), agreed) == ("beta", 2, 2)
    assert play(policy_of("medium", 8), agreed) == ("beta", 5, 4)
    assert play(policy_of("high", 16), agreed) == ("beta", 16, 6)


def test_low_effort_breaks_a_tie_with_one_more_agent() -> None:
    assert play(policy_of("low", 8), [0, 1, 1, 1, 1]) == ("short", 3, 3)
    assert play(policy_of("low", 8), [0, 1, 2, 1, 1]) == ("short", 4, 4)
    assert play(policy_of("low", 8), [0, 1, 2, 3, 4]) == ("", 5, 5)


def test_disagreement_starts_more() -> None:
    policy = policy_of("medium", 8)
    assert next_start(policy, Standing(), 0, 0) == 5
    split = count(policy, [Ballot(agent=n, group=n, answer=str(n)) for n in range(2)], 3, 3)
    assert settling(policy, split) == 4  # 5 to 1 cannot be overtaken by the last two
    assert next_start(policy, split, 3, 5) == 2


def test_a_settled_vote_starts_nobody() -> None:
    policy = policy_of("medium", 8)
    done = count(policy, [Ballot(agent=n, group=0, answer="7") for n in range(4)], 1, 3)
    assert done.decided
    assert next_start(policy, done, 1, 5) == 0


def test_an_agent_that_never_votes_is_replaced() -> None:
    policy = policy_of("low", 8)
    assert next_start(policy, Standing(), 1, 2) == 1
    assert next_start(policy, Standing(), 0, 2) == 2


@given(
    st.sampled_from(EFFORTS),
    st.integers(1, 12),
    st.integers(1, 16),
    st.integers(0, 4),
    st.booleans(),
    st.lists(st.integers(0, 4), min_size=16, max_size=16),
)
def test_every_vote_ends(
    effort: Effort, slots: int, agents: int, spare: int, weighted: bool, answers: list[int]
) -> None:
    policy = policy_of(effort, slots, budget=Budget(agents=agents), weighted=weighted)
    policy = replace(policy, spare=spare)
    rule, started, ended = play(policy, answers)
    assert ended <= started <= policy.agents
    if not rule:
        assert ended == policy.agents


@given(st.integers(0, 8), st.integers(0, 8), st.sampled_from(EFFORTS))
def test_settling_is_what_settles(mine: int, rival: int, effort: Effort) -> None:
    policy = replace(policy_of(effort, None), agents=32)
    mine = max(mine, rival)
    ballots = [Ballot(agent=n, group=0 if n < mine else 1, answer="x", length=n) for n in range(mine + rival)]
    now = count(policy, ballots, 0, 32 - len(ballots))
    if now.decided or not ballots:
        return
    more = settling(policy, now)
    leader = now.groups[0].best.group
    agreed = [*ballots, *(Ballot(agent=50 + n, group=leader, answer="x", length=9) for n in range(more))]
    assert decided(policy, agreed, 0, 32 - len(agreed))
    assert not decided(policy, agreed[:-1], 0, 33 - len(agreed))
