"""Rounds.

1. A round follows only where the vote is open, and rounds, tokens and time are left.
2. A digest shows every distinct answer first, at most eight drafts, in an order that only the seed decides.
3. Shares of a bounded run never add up to more than the run has, and keep one for the last words.
4. A subset for one agent is drawn from all drafts, by the seed alone.
"""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from helicon.modes import rounds
from helicon.modes.consensus import Ballot, Standing, standing
from helicon.modes.prompts import refinement


def open_vote() -> Standing:
    return standing([Ballot(agent=n, group=n, answer=str(n)) for n in range(4)], running=0)


def reason(
    *,
    comparable: bool = True,
    left_rounds: int = 1,
    tokens: int | None = None,
    seconds: float | None = None,
    agents: int = 8,
    settled: bool = False,
) -> str:
    vote = standing([Ballot(agent=0, group=0, answer="4")], running=0) if settled else open_vote()
    left = rounds.Left(rounds=left_rounds, tokens=tokens, seconds=seconds)
    return rounds.refine_reason(vote, comparable=comparable, left=left, agents=agents, round_seconds=2.0)


def test_an_open_vote_is_refined() -> None:
    assert reason() == "no majority: the leading answer holds 25%"
    assert reason(comparable=False) == "the drafts cannot be compared"


def test_a_round_needs_something_left() -> None:
    assert reason(settled=True) == ""
    assert reason(left_rounds=0) == ""
    assert reason(tokens=100) == ""
    assert reason(tokens=100_000) != ""
    assert reason(seconds=1.0) == ""
    assert reason(seconds=30.0) != ""
    assert reason(agents=1) == ""


def test_without_drafts_there_is_nothing_to_refine() -> None:
    left = rounds.Left(rounds=1)
    assert rounds.refine_reason(standing([], running=0), comparable=False, left=left, agents=8, round_seconds=0) == ""


written = st.builds(
    rounds.Written,
    agent=st.integers(0, 63),
    answer=st.text(max_size=5),
    text=st.text(max_size=20),
    weight=st.floats(0.25, 1.5),
    group=st.integers(0, 5),
    length=st.integers(0, 500),
)


@given(st.lists(written, max_size=20, unique_by=lambda draft: draft.agent), st.integers(0, 2**31))
def test_a_digest_shows_every_answer_and_stays_small(drafts: list[rounds.Written], seed: int) -> None:
    picked = rounds.pick_drafts(drafts, seed=seed)
    assert len(picked) == min(len(drafts), rounds.MOST_DRAFTS)
    assert len({draft.agent for draft in picked}) == len(picked)
    assert {draft.group for draft in picked} == {draft.group for draft in drafts}
    assert picked == rounds.pick_drafts(list(reversed(drafts)), seed=seed)


def test_the_place_of_a_draft_depends_on_the_seed() -> None:
    drafts = [rounds.Written(agent=n, answer=str(n), text="", weight=1.0, group=n) for n in range(6)]
    orders = {tuple(draft.agent for draft in rounds.pick_drafts(drafts, seed=seed)) for seed in range(20)}
    assert len(orders) > 10


def test_a_digest_is_anonymous_and_bounded() -> None:
    drafts = [rounds.Written(agent=n, answer="7", text="word " * 2000, weight=1.0, group=0) for n in range(8)]
    text = refinement("How many?", rounds.as_drafts(drafts))
    assert len(text) < 2600
    assert "agent 3" not in text.lower()


@given(st.integers(1, 64), st.integers(1, 200_000))
def test_shares_never_exceed_the_whole(agents: int, tokens: int) -> None:
    share = rounds.shares(agents, tokens)
    assert share.tokens is not None
    assert 1 <= share.agents <= agents
    assert share.agents * share.tokens <= tokens
    if share.agents > 1:
        assert share.tokens >= rounds.LEAST_SHARE
        assert tokens - share.agents * share.tokens >= share.tokens


def test_no_bound_means_no_share() -> None:
    assert rounds.shares(8, None) == rounds.Shares(agents=8, tokens=None)


@given(st.lists(written, max_size=20, unique_by=lambda draft: draft.agent), st.integers(0, 2**31), st.integers(1, 6))
def test_a_subset_is_drawn_from_all_drafts(drafts: list[rounds.Written], seed: int, size: int) -> None:
    picked = rounds.pick_subset(drafts, seed=seed, size=size)
    assert len({draft.agent for draft in picked}) == len(picked) == min(size, len(drafts))
    assert picked == rounds.pick_subset(list(reversed(drafts)), seed=seed, size=size)


def test_subsets_differ_by_seed() -> None:
    drafts = [rounds.Written(agent=n, answer=str(n), text="", weight=1.0, group=n) for n in range(8)]
    picks = {tuple(draft.agent for draft in rounds.pick_subset(drafts, seed=seed, size=4)) for seed in range(20)}
    assert len(picks) > 15
