"""Careful thoughts check themselves.

1. Line by line: the work, a check and a second way where there are any, the result.
2. A slip's first line ends in a wrong result that is corrected before the end; without slips there is none.
3. They are a pure function of the random state, change no question, no answer, and no other form of a mix.
4. They are at least twice as long as the lean ones, and most fit into a training row.
"""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

pytest.importorskip("reasoning_gym")

from helicon.training.careful import MOST_CHARACTERS, careful_thought, slip
from helicon.training.forms import FULL, SKILLS, Conversation, conversation
from helicon.training.tasks import FAMILIES, TaskQuestion, make_question

CAREFUL = replace(SKILLS, careful=True)


@pytest.fixture(scope="module")
def questions() -> list[TaskQuestion]:
    return [make_question(family, seed, seed % 4) for family in FAMILIES for seed in range(40)]


def test_a_thought_in_lines() -> None:
    made = TaskQuestion(
        question="17+25?", answer="42", thought="17+20=37 37+5=42", family="sum", check="ends in 2, fits"
    )
    seen = {careful_thought(Random(n), made) for n in range(20)}
    assert seen == {
        "17+20=37 37+5=42\nCheck: ends in 2, fits\nAgain: 17+20=37 37+5=42\nBoth 42",
        "17+20=37 37+5=42\nAgain: 17+20=37 37+5=42\nCheck: ends in 2, fits\nBoth 42",
    }
    slipped = careful_thought(Random(0), made, ["43"], slips=1.0)
    assert slipped.splitlines() == [
        "17+20=37 37+5=43",
        "Again: 17+20=37 37+5=42",
        "Not 43 but 42",
        "Again: 17+20=37 37+5=42",
        "Check: ends in 2, fits",
        "So 42",
    ]


def test_no_slip_where_the_work_does_not_end_in_its_answer() -> None:
    assert slip("least 440 so 3 lemons", "3 lemons", ["4 lemons"]) == ("least 440 so 4 lemons", "4 lemons")
    assert slip("47-17=30 30/2=15.", "15", ["16"]) is None
    assert slip("so 15", "15", ["15"]) is None
    assert slip("so 15", "15", []) is None


def test_every_family_ends_in_its_answer(questions: list[TaskQuestion]) -> None:
    for number, made in enumerate(questions):
        thought = careful_thought(Random(number), made, made.wrong)
        if made.settled is not None:
            assert thought == made.thought
            continue
        assert thought.splitlines()[-1] in (f"Both {made.answer}", f"So {made.answer}")
        assert made.thought in thought or "Not " in thought
        assert "\n\n" not in thought


def test_slips_are_as_frequent_as_asked(questions: list[TaskQuestion]) -> None:
    wrong = ["1000001"]
    never = [careful_thought(Random(n), made, wrong, slips=0.0) for n, made in enumerate(questions)]
    always = [careful_thought(Random(n), made, wrong, slips=1.0) for n, made in enumerate(questions)]
    assert not any("1000001" in thought for thought in never)
    slipped = [thought for thought in always if "1000001" in thought]
    assert len(slipped) > len(questions) / 4
    assert all("1000001" in thought.splitlines()[0] for thought in slipped)


def test_they_are_longer_and_bounded(questions: list[TaskQuestion]) -> None:
    lean = sum(len(made.thought) for made in questions)
    careful = [careful_thought(Random(n), made) for n, made in enumerate(questions)]
    assert sum(map(len, careful)) > 1.9 * lean
    assert sum(len(thought) > MOST_CHARACTERS for thought in careful) < len(careful) / 20


def of_form(mix: object, form: str) -> list[Conversation]:
    random = Random(5)
    return [made for _ in range(400) if (made := conversation(random, mix)).form == form]  # type: ignore[arg-type]


def test_only_the_thinking_of_a_careful_mix_changes() -> None:
    assert [conversation(Random(n), CAREFUL) for n in range(50)] == [
        conversation(Random(n), CAREFUL) for n in range(50)
    ]
    for number in range(200):
        lean, careful = conversation(Random(number), SKILLS), conversation(Random(number), CAREFUL)
        assert (lean.turns, lean.reply, lean.form) == (careful.turns, careful.reply, careful.form)
        if lean.form != "thinking":
            assert lean == careful
    thoughts = [made.thought or "" for made in of_form(CAREFUL, "thinking")]
    assert sum("Again:" in thought for thought in thoughts) > len(thoughts) / 2
    assert not FULL.careful
