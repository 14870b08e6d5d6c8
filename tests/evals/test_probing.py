"""Trial answers.

1. They are made where a line ended, at least so far apart; where none ends, at any token after twice that.
2. One chain ends early by the live decision, and its answer is the trial's; without trials it runs to its end.
3. Many chains stop together once the leading answer is stable; outsiders are given up and stop costing.
"""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from helicon.evals.policies import entrant
from helicon.evals.sampling import spots
from helicon.evals.simulation import Played
from helicon.evals.votes import case_of
from tests.evals.making import entry, pool, with_trials


def tokens(text: str) -> list[tuple[int, str]]:
    """A token per letter."""
    return [(number, letter) for number, letter in enumerate(text, start=1)]


def test_trials_stand_where_a_line_ended() -> None:
    found = spots(tokens("ab\ncd\nefgh\nij"), 4)
    assert [(spot.at, spot.thought, spot.place) for spot in found] == [
        (4, "ab\n", "line"),
        (12, "ab\ncd\nefgh\n", "line"),
    ]


def test_a_thought_without_lines_is_tried_at_tokens() -> None:
    found = spots(tokens("a" * 20), 4)
    assert [(spot.at, spot.place) for spot in found] == [(8, "token"), (16, "token")]
    assert spots([], 4) == []


@given(st.text(alphabet="ab .\n", max_size=120), st.integers(1, 30))
def test_trials_keep_their_distance_and_never_see_the_end(text: str, every: int) -> None:
    found = spots(tokens(text), every)
    places = [0, *(spot.at for spot in found)]
    assert all(b - a >= every for a, b in pairwise(places))
    for spot in found:
        assert text.startswith(spot.thought)
        assert len(spot.thought) < len(text)
        assert len(spot.thought) <= spot.at


def compressed(name: str, trials: list[str], final: str = "1") -> Played:
    made = with_trials(entry([(final, 200)]), 20, [trials])
    return entrant(name, pool(made)).play(case_of(made))


def test_a_settled_chain_ends_early() -> None:
    played = compressed("compressed:level=safe", ["2", "1", "1", "1", "1", "1", "1", "1", "1"])
    assert played.right
    assert played.sequential < 200
    assert compressed("compressed:level=strong", ["1"] * 9).total < played.total < 200


def test_a_trial_that_settles_on_the_wrong_answer_is_wrong() -> None:
    assert not compressed("compressed:level=strong", ["2"] * 9).right


def test_an_unsettled_chain_runs_to_its_end_and_pays_for_its_trials() -> None:
    patient = "compressed:level=safe:sure_in_a_row=2"
    played = compressed(patient, ["2", "3", "4", "5", "6", "7", "8", "9", "10"])
    assert played.right
    assert played.sequential == 200
    assert played.total > 200
    assert compressed(patient, []).total == 200


def test_chains_stop_together_when_the_leader_is_stable() -> None:
    made = with_trials(entry([("1", 200)] * 4), 20, [["2"] + ["1"] * 8, ["1"] * 9, ["1"] * 9, ["3"] * 9])
    played = entrant("probe@4:warm=1:stable=2:outsider=2", pool(made)).play(case_of(made))
    assert (played.right, played.rule) == (True, "probe")
    assert played.sequential == 40 + 2 * 3 + 2  # two probes, and the answer that is asked for
    assert played.total == 4 * 40 + 4 * 2 * 3 + 2


def test_outsiders_are_given_up() -> None:
    rows = [["1"] * 9, ["1"] * 9, ["2"] * 9, ["3"] * 9]
    made = with_trials(entry([("1", 100), ("1", 120), ("2", 400), ("3", 400)]), 20, rows)
    played = entrant("probe@4:warm=0:stable=99:outsider=2", pool(made)).play(case_of(made))
    assert (played.right, played.rule) == (True, "all_finished")
    assert played.total < 100 + 120 + 2 * 60 + 60
    assert played.sequential < 200


def test_without_trials_in_time_all_finish() -> None:
    made = with_trials(entry([("1", 15), ("1", 10), ("2", 12)]), 20, [[], [], []])
    played = entrant("probe@3", pool(made)).play(case_of(made))
    assert (played.right, played.total) == (True, 37)
