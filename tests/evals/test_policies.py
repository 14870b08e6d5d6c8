"""Policies over pools.

1. A plain vote of N is the majority of N finished chains, counted by hand; ties go to the shorter chain.
2. The clock: chains take their tokens, slots make them wait, a cancelled chain counts what it had said.
3. The lossless stop never changes the winner of the full vote, and never costs more.
4. No policy counts more tokens than its chains have, nor a longer path than all of them one by one.
5. Adaptive-Consistency stops where its published table says.
6. Names that are wrong are refused with what was expected; a policy that the pool cannot play says why.
7. The package's own contemplation decides by the live driver's code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.errors import BadOption
from helicon.evals.policies import entrant, expand, usual
from helicon.evals.simulation import Played
from helicon.evals.votes import case_of
from helicon.modes.policy import EFFORTS
from tests.evals.making import chain, entry, pool, with_trials

VOTES = st.lists(st.tuples(st.sampled_from(["1", "2", "3", ""]), st.integers(3, 60)), min_size=8, max_size=8)


def play(name: str, answers: Sequence[tuple[str, int]], **more: Sequence[tuple[str, int]]) -> Played:
    """One policy on one question whose right answer is 1."""
    made = entry(answers, **more)  # type: ignore[arg-type]
    return entrant(name, pool(made)).play(case_of(made))


def said(played: Played) -> str:
    return played.winner.chain.answer if played.winner else ""


def majority(answers: Sequence[tuple[str, int]]) -> str:
    """By hand: most votes, then the shortest chain, then the first agent."""
    counts = Counter(answer for answer, _ in answers if answer)
    shortest = {answer: min(tokens for a, tokens in answers if a == answer) for answer in counts}
    first = [answer for answer, _ in answers]
    return min(counts, key=lambda a: (-counts[a], shortest[a], first.index(a))) if counts else ""


@given(VOTES, st.integers(1, 8))
def test_a_plain_vote_is_the_majority_by_hand(answers: list[tuple[str, int]], count: int) -> None:
    played = play(f"majority@{count}", answers)
    assert said(played) == majority(answers[:count])
    assert played.right == (said(played) == "1")
    assert played.total == sum(tokens for _, tokens in answers[:count])
    assert played.sequential == max(tokens for _, tokens in answers[:count])


def test_slots_make_chains_wait() -> None:
    answers = [("1", 10), ("2", 30), ("1", 5), ("2", 5)]
    assert play("majority@4:flight=2", answers).sequential == 30  # 10, then 5 at 15, then 5 at 20, beside 30
    assert play("majority@4:flight=1", answers).sequential == 50
    assert play("single", answers).total == 10


def test_the_rest_is_cancelled_where_it_was() -> None:
    played = play("lossless@5", [("1", 10), ("1", 12), ("2", 50), ("1", 14), ("2", 60)])
    assert (played.rule, played.agents) == ("lossless", 5)
    assert (played.sequential, played.total) == (14, 10 + 12 + 14 + 14 + 14)


@given(VOTES, st.sampled_from(["", ":flight=1", ":flight=3"]))
def test_lossless_never_changes_the_winner(answers: list[tuple[str, int]], flight: str) -> None:
    stopped, full = play(f"lossless@8{flight}", answers), play(f"majority@8{flight}", answers)
    assert (said(stopped) == said(full)) or not said(full)
    assert stopped.total <= full.total
    assert stopped.sequential <= full.sequential


NAMES = [
    "majority@8",
    "weighted@8",
    "beta@8",
    "beta@8:flight=4",
    "beta@8:tau=0.8",
    "lossless@8",
    "short@8",
    "short@8:m=1",
    "share@8",
    "contemplating@8:effort=low",
    "contemplating@8:effort=medium",
    "contemplating@8:effort=high",
]


@given(VOTES, st.sampled_from(NAMES))
def test_nobody_counts_more_than_there_is(answers: list[tuple[str, int]], name: str) -> None:
    played = play(name, answers)
    everything = sum(tokens for _, tokens in answers)
    assert 0 < played.sequential <= played.total <= everything
    assert played.agents <= 8
    assert played.right == (said(played) == "1")
    assert said(played) in {answer for answer, _ in answers} | {""}


@pytest.mark.parametrize(
    ("answers", "begun"),
    [("1111", 4), ("21111111", 7), ("221111111", 9)],
)
def test_adaptive_consistency_stops_where_published(answers: str, begun: int) -> None:
    # Leader's votes needed at .95 for 0, 1, 2 votes of the runner-up: 4, 6, 8 (the pool may end it first).
    voters = [(answer, 10) for answer in answers.ljust(12, "3")]
    played = play("beta@12", voters)
    assert (played.agents, played.rule) == (begun, "beta") or answers.startswith("22")
    assert played.sequential == played.total == 10 * played.agents


def test_short_stops_after_the_first_three() -> None:
    answers = [("2", 50), ("1", 10), ("1", 12), ("2", 14), ("2", 60)]
    played = play("short@5:m=3", answers)
    assert (said(played), played.sequential, played.total) == ("1", 14, 14 + 10 + 12 + 14 + 14)


def test_confidence_can_turn_a_vote() -> None:
    made = entry([("2", 10), ("2", 10), ("1", 10)])
    sure = tuple(replace(one, confidences=(900,) * 10 if one.answer == "1" else (200,) * 10) for one in made.thinking)
    weighted = replace(made, thinking=sure)
    assert not entrant("weighted@3:score=lowest", pool(made)).play(case_of(made)).right
    assert entrant("weighted@3:score=lowest", pool(weighted)).play(case_of(weighted)).right


def test_instant_answers_vote_too() -> None:
    made = entry([("1", 90)], instant=[("2", 4), ("1", 4), ("1", 5)])
    assert not entrant("instant", pool(made)).play(case_of(made)).right
    assert entrant("instant@3", pool(made)).play(case_of(made)).right


def test_a_second_round_where_the_first_stayed_open() -> None:
    answers = [("1", 10), ("2", 12), ("3", 14)]
    played = play("refine@3", answers, refine=[("1", 20), ("1", 22), ("2", 24)])
    assert (played.right, played.rule) == (True, "refine all_finished")
    assert (played.total, played.sequential, played.agents) == (36 + 66, 14 + 24, 6)
    settled = play("refine@3", [("2", 10), ("2", 12), ("1", 14)], refine=[("1", 20)] * 3)
    assert (settled.right, settled.total) == (False, 36)
    dissent = play("refine@3:when=dissent", [("2", 10), ("2", 12), ("1", 14)], refine=[("1", 20)] * 3)
    assert dissent.right


def test_contemplating_is_the_live_decision() -> None:
    easy = [("1", 10)] * 16
    low = play("contemplating:effort=low", easy)
    assert low.agents < EFFORTS["low"].agents
    high = play("contemplating:effort=high", easy)
    assert low.total < play("contemplating", easy).total < high.total
    assert all(play(f"contemplating:effort={effort}", easy).right for effort in EFFORTS)


def test_a_chain_that_never_finished_has_no_vote() -> None:
    assert play("majority@3", [("", 10), ("", 10), ("1", 30)]).right
    nobody = play("majority@3", [("", 10)] * 3)
    assert (nobody.right, nobody.winner, nobody.total) == (False, None, 30)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("vote@3", "unknown policy 'vote@3'; expected one of instant, single, majority"),
        ("majority@x", "'x' chains"),
        ("majority@3:flight", "'flight' is no KEY=VALUE"),
        ("majority@3:fly=2", "no dial 'fly'; its dials are: flight"),
        ("majority@3:flight=0", "flight is '0'; expected a whole number from 1"),
        ("beta@3:tau=2", "tau is '2'; expected a number from 0 to 1"),
        ("weighted@3:score=best", "expected one of mean, tail, lowest, bottom"),
        ("contemplating:effort=huge", "effort is 'huge'"),
        ("refine:when=now", "expected open or dissent"),
        ("compressed:level=off", "makes no trials"),
        ("compressed:anywhere=maybe", "anywhere is 'maybe'; expected yes or no"),
        ("majority@²", "'²' chains"),
        ("majority@3:flight=²", "flight is '²'"),
        ("beta@3:tau=0.9:tau=0.5", "names the dial 'tau' twice"),
        ("short@3:m=4", "m is 4 of 3 chains"),
        ("single@3", "takes no number of chains; expected 'single' without it"),
        ("compressed@3:level=safe", "takes no number of chains"),
        ("auto@3", "takes no number of chains"),
    ],
)
def test_wrong_names_are_refused(name: str, words: str) -> None:
    with pytest.raises(BadOption) as error:
        entrant(name, pool(entry([("1", 5)] * 3)))
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("single", ["single"]),
        ("majority@4,8", ["majority@4", "majority@8"]),
        ("beta@8:tau=.9,.95", ["beta@8:tau=.9", "beta@8:tau=.95"]),
        (
            "beta@4,8:flight=1,4",
            ["beta@4:flight=1", "beta@4:flight=4", "beta@8:flight=1", "beta@8:flight=4"],
        ),
    ],
)
def test_several_values_are_several_policies(text: str, names: list[str]) -> None:
    assert sorted(expand(text)) == names


def test_what_a_pool_cannot_play() -> None:
    small = pool(entry([("1", 5)] * 4))
    assert "the pool has 4" in entrant("majority@8", small).lacks(small)
    assert "--instant" in entrant("instant", small).lacks(small)
    assert "--probes" in entrant("probe", small).lacks(small)
    assert "--refine" in entrant("refine", small).lacks(small)
    assert "log-probabilities" in entrant("weighted", small).lacks(small)
    half = pool(with_trials(entry([("1", 5)] * 2), 2, [["1"], ["1"]]), entry([("1", 5)] * 2, id="r"))
    assert entrant("probe", half).lacks(half).startswith("1 of 2 questions have chains without trial answers")
    names = usual(small)
    assert "majority@4" in names
    assert not {"majority@8", "instant", "refine", "weighted@4"} & set(names)
    assert not [name for name in names if entrant(name, small).lacks(small)]


def test_forced_chains_count_half_in_our_votes_and_whole_in_published_ones() -> None:
    made = entry([("2", 10), ("2", 10), ("1", 9), ("1", 12)])
    chains = tuple(chain(c.answer, c.tokens.generated, agent=c.agent, forced=c.answer == "1") for c in made.thinking)
    forced = replace(made, thinking=chains)
    assert entrant("majority@4", pool(forced)).play(case_of(forced)).right
    assert not entrant("weighted@4", pool(forced)).play(case_of(forced)).right
