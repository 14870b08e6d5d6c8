"""When a thought may end early.

1. A trial is due at its level's first place, then ever farther on, and never before the thought has paid for it.
2. It stands where a line ended and something follows; only when overdue at the end of a sentence.
3. A thought ends when a row of sure trials, or a longer row of any, means the same; a hedge or an
   unfinished trial ends the row, and four of them end the trials.
4. Tokens kept for trials come out of the thinking's share, and nothing is kept where it buys no trial.
5. What an engine or a question rules out is said in words.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.budgets import Budget, Split
from helicon.engines.protocol import Capabilities
from helicon.engines.scripted import ABLE
from helicon.messages import Image, Question, user
from helicon.modes.compression import (
    GIVE_UP,
    LEVELS,
    MOST_RESERVED,
    TAIL,
    TRIAL_TOKENS,
    Trial,
    boundary,
    decide,
    hedges,
    next_trial,
    obstacle,
    overdue,
    reserve,
    too_slow,
    way_of,
)

levels = st.sampled_from(list(LEVELS.values()))
trials = st.builds(
    Trial,
    at=st.integers(1, 10_000),
    answer=st.sampled_from(["", "42", "17"]),
    probability=st.none() | st.floats(0, 1),
    ended=st.booleans(),
    hedged=st.booleans(),
    agrees=st.booleans(),
    cost=st.integers(0, TRIAL_TOKENS),
)
SAFE, STRONG = LEVELS["safe"], LEVELS["strong"]
PATIENT = replace(SAFE, sure=0.95, sure_in_a_row=2, same_in_a_row=4)


def row(*answers: str, sure: float | None = 0.99) -> list[Trial]:
    """Trials with these answers, each agreeing with the one before where the words are equal."""
    return [
        Trial(at=50 * (n + 1), answer=answer, probability=sure, agrees=n > 0 and answers[n - 1] == answer)
        for n, answer in enumerate(answers)
    ]


@given(levels, st.lists(trials, max_size=8))
def test_a_trial_is_due_once_the_thought_has_paid_for_those_before(level, made) -> None:  # type: ignore[no-untyped-def]
    due = next_trial(level, made)
    assert due >= level.first or made
    if made:
        assert due >= made[-1].at + level.gap
        assert due >= made[-1].at * level.growth
        assert sum(trial.cost for trial in made) <= level.share * due + 1e-6


@given(levels, st.integers(100, 20_000), st.integers(1, TRIAL_TOKENS))
def test_all_trials_together_cost_a_share_of_the_thought(level, length, cost) -> None:  # type: ignore[no-untyped-def]
    made: list[Trial] = []
    while (due := next_trial(level, made)) <= length:
        made.append(Trial(at=due, answer="42", cost=cost))
    assert sum(trial.cost for trial in made) <= level.share * length + cost + 1e-6
    assert len(made) < 150


pieces = st.lists(st.sampled_from(["one", " two", "\n", "\n\n", ". ", ".", " 3.5", "! Yes", "\nthree", "。", " "]))


@given(pieces, st.booleans())
def test_a_boundary_lies_behind_an_end_and_before_something(spoken: list[str], sentences: bool) -> None:
    before = ""
    for piece in spoken:
        cut = boundary(before[-TAIL:], piece, sentences=sentences)
        if cut is not None:
            head, rest = before + piece[:cut], piece[cut:]
            assert rest.strip("\n")
            assert head.endswith("\n") or (sentences and re.search(r"[.!?。]\s*$", head))
        before += piece


@pytest.mark.parametrize(
    ("tail", "piece", "lines", "sentences"),
    [
        ("so 42", "\n", None, None),
        ("so 42\n", "Check", 0, 0),
        ("so 42", "\nCheck", 1, 1),
        ("so 42", "\n\nCheck: ", 2, 2),
        ("so 42\n", "\n", None, None),
        ("is 42.", " Then", None, 1),
        ("is 3.", "5", None, None),
        ("是四十二。", "然后", None, 0),
        ('said "no."', " But", None, 1),
        ("", "Hm", None, None),
    ],
)
def test_boundaries(tail: str, piece: str, lines: int | None, sentences: int | None) -> None:
    assert boundary(tail, piece) == lines
    assert boundary(tail, piece, sentences=True) == sentences


def test_a_sentence_will_do_only_after_a_while() -> None:
    assert not overdue(60, 50)
    assert overdue(300, 50)


def test_sure_trials_that_agree_end_the_thought() -> None:
    assert decide(PATIENT, row("42")).action == "go_on"
    assert decide(PATIENT, row("42", "42")).action == "exit"
    assert decide(PATIENT, row("41", "42")).action == "go_on"
    assert decide(PATIENT, row("41", "42", "42")).action == "exit"


def test_one_trial_is_enough_where_it_is_sure_enough_for_its_level() -> None:
    assert decide(SAFE, row("42", sure=0.99)).action == "exit"
    assert decide(SAFE, row("42", sure=0.98)).action == "go_on"
    assert decide(STRONG, row("42", sure=0.95)).action == "exit"
    assert decide(STRONG, row("42", sure=0.94)).action == "go_on"


def test_unsure_trials_need_a_longer_row_and_so_do_those_without_probabilities() -> None:
    for sure in (0.6, None):
        assert decide(SAFE, row(*["42"] * 2, sure=sure)).action == "go_on"
        assert decide(SAFE, row(*["42"] * 3, sure=sure)).action == "exit"
        assert decide(STRONG, row("42", sure=sure)).action == "go_on"
        assert decide(STRONG, row("42", "42", sure=sure)).action == "exit"


def test_a_hedge_or_an_unfinished_trial_ends_the_row() -> None:
    for broken in (replace(row("42")[0], hedged=True), replace(row("42")[0], ended=False)):
        assert decide(PATIENT, [row("42")[0], broken]).action == "go_on"
        assert decide(PATIENT, [row("42")[0], broken, row("42")[0]]).action == "go_on"
        assert decide(SAFE, [broken]).action == "go_on"


@given(levels, st.lists(trials, min_size=1, max_size=10))
def test_a_thought_never_ends_on_less_than_its_level_asks(level, made) -> None:  # type: ignore[no-untyped-def]
    decision = decide(level, made)
    assert decision.reason
    if decision.action == "exit":
        least = min(level.sure_in_a_row, level.same_in_a_row)
        assert all(trial.usable for trial in made[-least:])
        assert all(trial.agrees for trial in made[-least:][1:])
    if decision.action == "give_up":
        assert not any(trial.usable for trial in made[-GIVE_UP:])


def test_four_trials_without_an_answer_are_the_last() -> None:
    empty = row("", "", "", "")
    assert decide(SAFE, empty[:3]).action == "go_on"
    assert decide(SAFE, empty).action == "give_up"


@pytest.mark.parametrize(
    "text", [" Wait, let me check", " hmm", " maybe 42", " 42? ", " 42...", " vielleicht 42", " 可能"]
)
def test_hedges(text: str) -> None:
    assert hedges(text)


@pytest.mark.parametrize("text", [" 42", " no", " Yes.", " Monday, 3 May", " x = 3", " Butter"])
def test_plain_answers_do_not_hedge(text: str) -> None:
    assert not hedges(text)


@given(levels, st.integers(0, 20_000), st.integers(0, 2000))
def test_the_reserve_comes_out_of_the_thinking(level, thinking, answer) -> None:  # type: ignore[no-untyped-def]
    split = Split(thinking=thinking, total=thinking + answer)
    left, kept = reserve(split, level)
    assert kept == 0 or TRIAL_TOKENS <= kept <= MOST_RESERVED
    assert (left.thinking + kept, left.total + kept) == (split.thinking, split.total)
    assert left.thinking >= 0


@pytest.mark.parametrize(
    ("able", "embedded", "prompt_tokens", "way"),
    [
        (replace(ABLE, slots=4), False, 100, "beside"),
        (ABLE, False, 100, "beside"),
        (replace(ABLE, slots=1), False, 100, "between"),
        (replace(ABLE, slots=4), False, 5000, "between"),
        (replace(ABLE, slots=4), True, 100, "between"),
    ],
)
def test_the_way_fits_the_engine(able: Capabilities, embedded: bool, prompt_tokens: int, way: str) -> None:
    assert way_of(able, embedded=embedded, prompt_tokens=prompt_tokens) == way


def test_a_trial_that_waits_in_line_is_too_slow() -> None:
    assert not too_slow(0.4, 10, 0.01)
    assert not too_slow(5.0, 100, 10.0)
    assert too_slow(5.0, 100, 1.0)
    assert too_slow(5.0, 0, 0.0)


def test_obstacles() -> None:
    plain = Question(messages=(user("What is 17 + 25?"),))
    assert obstacle(plain, ABLE) == ""
    assert "cannot go on from a thought" in obstacle(plain, replace(ABLE, prefill_thinking=False))
    assert "tool" in obstacle(replace(plain, tools=({},)), ABLE)
    assert "format" in obstacle(replace(plain, response_format={}), ABLE)
    assert "prompt again" in obstacle(replace(plain, budget=Budget(money=1.0)), ABLE)
    assert "pictures" in obstacle(replace(plain, messages=(user("?", Image(b"", "image/png")),)), ABLE)
