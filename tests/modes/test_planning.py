"""Plans as text.

1. A JSON array and numbered lines are read, with words around the array; marks like {1} are needs.
2. What cannot be run is refused by name: too many parts, an empty one, a need of itself or a later part.
3. What is shown to edit reads back as the same plan; JSON always does.
4. Parts run in rounds: each after those it needs, and as early as it can.
5. Answers are filled in where the plan says so, and nowhere else.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.errors import BadOption
from helicon.messages import Question, SubQuestion, user
from helicon.modes.planning import filled, levels, parse_plan, plan_json, plan_text


@pytest.mark.parametrize(
    ("text", "plan"),
    [
        ('["What is 2 + 2?", "Double {1}."]', [("What is 2 + 2?", ()), ("Double {1}.", (1,))]),
        ('Here it is:\n```json\n["A?", "B?"]\n```\nGood luck [1].', [("A?", ()), ("B?", ())]),
        ('[{"text": "A?"}, {"question": "B?", "needs": [1]}]', [("A?", ()), ("B?", (1,))]),
        ('[{"text": "Is {1} a set?", "needs": []}]', [("Is {1} a set?", ())]),
        ("1. What is 2 + 2?\n2. Double {1}.", [("What is 2 + 2?", ()), ("Double {1}.", (1,))]),
        ("**1.** A?\nwith more\n**2.** B?", [("A?\nwith more", ()), ("B?", ())]),
        ("1. The set {3} has how many members?", [("The set {3} has how many members?", ())]),
    ],
)
def test_plans_are_read(text: str, plan: list[tuple[str, tuple[int, ...]]]) -> None:
    assert [(part.text, part.needs) for part in parse_plan(text)] == plan


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", "neither"),
        ("I cannot plan.", "neither"),
        ("[]", "0 parts"),
        (json.dumps(["A?"] * 17), "17 parts"),
        ('["A?", " "]', "part 2"),
        ('["Double {2}.", "B?"]', "needs part 2"),
        ('["Double {1}."]', "needs part 1"),
        ('[{"text": "A?", "needs": ["1"]}]', "part 1"),
        ('[{"text": "A?", "note": 1}]', "part 1"),
        ('[{"needs": []}]', "part 1"),
        ('[{"text": "A?", "needs": [true]}]', "part 1"),
    ],
)
def test_what_cannot_be_run_is_named(text: str, named: str) -> None:
    with pytest.raises(BadOption, match=named):
        parse_plan(text)


words = st.text(st.characters(categories=["L", "N"], include_characters=" ?"), min_size=1, max_size=20).filter(
    str.strip
)


@st.composite
def plans(draw: st.DrawFn) -> tuple[SubQuestion, ...]:
    parts = []
    for number in range(1, draw(st.integers(1, 6)) + 1):
        needs = tuple(sorted(draw(st.sets(st.integers(1, number - 1), max_size=2)))) if number > 1 else ()
        text = "Q " + draw(words).strip() + "".join(f" {{{need}}}" for need in needs)
        parts.append(SubQuestion(text, needs))
    return tuple(parts)


@given(plans())
def test_what_is_shown_reads_back(plan: tuple[SubQuestion, ...]) -> None:
    assert parse_plan(plan_text(plan)) == plan
    assert parse_plan(json.dumps(plan_json(plan))) == plan


@given(plans())
def test_rounds_keep_the_order_of_needs(plan: tuple[SubQuestion, ...]) -> None:
    rounds = levels(plan)
    assert sorted(number for numbers in rounds for number in numbers) == list(range(1, len(plan) + 1))
    done: set[int] = set()
    for depth, numbers in enumerate(rounds):
        for number in numbers:
            needs = set(plan[number - 1].needs)
            assert needs <= done
            assert depth == 0 or needs & set(rounds[depth - 1])
        done |= set(numbers)


def test_answers_are_filled_in() -> None:
    assert filled(SubQuestion("Double {1}, not {2}.", (1,)), {1: "42", 2: "7"}) == "Double 42, not {2}."
    assert filled(SubQuestion("Is it even?", (1,)), {1: "42"}) == "Is it even?\n\nThe answer of part 1 is 42"


def test_a_plan_belongs_to_a_mode_that_divides() -> None:
    plan = (SubQuestion("A?"),)
    assert Question(messages=(user("A and B"),), plan=plan).plan == plan
    with pytest.raises(BadOption, match="does not divide"):
        Question(messages=(user("A and B"),), mode="thinking", plan=plan)
    with pytest.raises(BadOption, match="delegate is 'off'"):
        Question(messages=(user("A and B"),), delegate="off", plan=plan)
