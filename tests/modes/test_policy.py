"""The policy of a contemplation.

1. Each effort is a value; an engine's slots and the question's own bounds narrow or replace its fields.
2. As many agents run as would settle the vote if all agreed with its leader, ``spare`` more, and once votes
   differ ``dissent`` more.
3. Any vote, in any order of ending, comes to its end: an undecided one with nobody running starts somebody,
   until all agents have begun.
4. No more than ``in_flight`` run, no more than ``agents`` begin; where most answers cannot be compared, no more
   than ``open_ended``, and no rule waits for the others.
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
from helicon.modes.policy import Policy, count, decided, may_begin, next_start, policy_of, settling


def play(policy: Policy, answers: Sequence[int], *, said: bool = True) -> tuple[str, int, int]:
    """The rule that ended the vote, agents begun, and agents ended, when all agents are equally fast."""
    ballots: list[Ballot] = []
    started, running = next_start(policy, Standing(), 0, 0), 0
    running = started
    most = started
    while running:
        number = len(ballots)
        short = str(answers[number]) if said else ""
        ballots.append(Ballot(agent=number, group=answers[number], answer=short, length=100 + number))
        running -= 1
        rule = decided(policy, ballots, running, may_begin(policy, ballots, started))
        if rule:
            return rule, started, len(ballots)
        now = count(policy, ballots, running, may_begin(policy, ballots, started))
        more = next_start(policy, now, running, started)
        started, running = started + more, running + more
        most = max(most, running)
    assert may_begin(policy, ballots, started) == 0, "an open vote starts everybody it may"
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
    assert (many.agents, many.in_flight, many.open_ended) == (24, 8, 24)
    assert policy_of("high", 32, budget=Budget(agents=24)).in_flight == 24
    assert policy_of("low", 32, budget=Budget(agents=24)).in_flight == 3


def test_efforts() -> None:
    low, medium, high = (policy_of(effort, None) for effort in EFFORTS)
    assert [policy.agents for policy in (low, medium, high)] == [8, 16, 16]
    assert [policy.in_flight for policy in (low, medium, high)] == [3, 8, 16]
    assert [policy.spare for policy in (low, medium, high)] == [0, 1, 16]
    assert [policy.dissent for policy in (low, medium)] == [0, 8]
    assert [policy.tau for policy in (low, medium, high)] == [0.8, 0.87, 0.93]
    assert [policy.least_finished for policy in (low, medium, high)] == [2, 2, 3]
    assert [policy.rounds for policy in (low, medium, high)] == [1, 2, 3]
    assert not any(policy.short for policy in (low, medium, high))


def test_easy_questions_by_effort() -> None:
    agreed = [0] * 16
    assert play(policy_of("low", 8), agreed) == ("beta", 2, 2)
    assert play(policy_of("medium", 8), agreed) == ("beta", 3, 2)
    assert play(policy_of("high", 16), agreed) == ("beta", 16, 3)


def test_the_first_votes_break_a_tie_with_one_more_agent() -> None:
    policy = replace(policy_of("low", 8, budget=Budget(agents=5)), tau=0.85, short=3)
    assert play(policy, [0, 1, 1, 1, 1]) == ("short", 3, 3)
    assert play(policy, [0, 1, 2, 1, 1]) == ("short", 4, 4)
    assert play(policy, [0, 1, 2, 3, 4]) == ("", 5, 5)


def test_low_effort_goes_on_until_one_answer_leads_clearly() -> None:
    assert play(policy_of("low", 8), [0, 1, *[1] * 6]) == ("beta", 4, 4)  # 3 to 1
    assert play(policy_of("low", 8), [0, 1, 2, 3, 4, 5, 6, 7]) == ("", 8, 8)


def test_disagreement_starts_more() -> None:
    policy = replace(policy_of("medium", 8, budget=Budget(agents=8)), tau=0.95, least_finished=3, dissent=0)
    assert next_start(policy, Standing(), 0, 0) == 5
    split = count(policy, [Ballot(agent=n, group=n, answer=str(n)) for n in range(2)], 3, 3)
    assert settling(policy, split) == 4  # 5 to 1 cannot be overtaken by the last two
    assert next_start(policy, split, 3, 5) == 2


@pytest.mark.parametrize(("dissent", "begin"), [(0, 3), (2, 5), (8, 11), (99, 13)])
def test_once_votes_differ_more_agents_run(dissent: int, begin: int) -> None:
    policy = replace(policy_of("medium", None), in_flight=16, dissent=dissent)
    assert next_start(policy, Standing(), 0, 0) == 3, "nobody differs yet"
    agreed = count(replace(policy, tau=0.99), [Ballot(agent=n, group=0, answer="7") for n in range(2)], 1, 13)
    assert next_start(policy, agreed, 1, 3) == settling(policy, agreed)
    split = count(policy, [Ballot(agent=n, group=n, answer=str(n)) for n in range(2)], 1, 13)
    assert settling(policy, split) == 3  # 4 to 1
    assert next_start(policy, split, 1, 3) == begin
    assert next_start(replace(policy, in_flight=8), split, 1, 3) == min(begin, 7), "as many as run at once"


def test_open_ended_answers_begin_fewer_agents() -> None:
    apart, alike = list(range(16)), [0] * 16
    medium = replace(policy_of("medium", 8), spare=8)
    assert play(medium, apart, said=False) == ("", 8, 8)
    assert play(medium, apart)[1:] == (16, 16), "short answers may still come to a majority"
    assert play(replace(medium, open_ended=4, in_flight=4), apart, said=False) == ("", 4, 4)
    assert play(policy_of("medium", 8, budget=Budget(agents=12)), apart, said=False) == ("", 12, 12)
    never = replace(medium, tau=2.0)
    assert play(never, alike, said=False) == ("lossless", 8, 5), "of eight, not of sixteen"
    assert play(replace(never, lossless=False), alike, said=False) == ("all_finished", 8, 8)


def test_most_answers_say_whether_they_can_be_compared() -> None:
    policy = policy_of("medium", 8)
    votes = [Ballot(agent=n, group=n, answer="7" if n < 2 else "") for n in range(4)]
    assert may_begin(policy, [], 3) == 13
    assert may_begin(policy, votes[:3], 5) == 11
    assert may_begin(policy, votes, 5) == 3
    assert may_begin(policy, votes, 11) == 0, "those who began before that go on"


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
    st.integers(0, 9),
    st.integers(1, 16),
    st.booleans(),
    st.booleans(),
    st.lists(st.integers(0, 4), min_size=16, max_size=16),
)
def test_every_vote_ends(
    effort: Effort,
    slots: int,
    agents: int,
    spare: int,
    dissent: int,
    open_ended: int,
    weighted: bool,
    said: bool,
    answers: list[int],
) -> None:
    policy = policy_of(effort, slots, budget=Budget(agents=agents), weighted=weighted)
    policy = replace(policy, spare=spare, dissent=dissent, open_ended=open_ended)
    rule, started, ended = play(policy, answers, said=said)
    assert ended <= started <= policy.agents
    if not said:
        assert started <= max(open_ended, policy.in_flight)
    if not rule:
        assert ended == started
        assert not said or ended == policy.agents


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
