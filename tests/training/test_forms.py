"""Training conversations have exactly the shape nano meets when it is used.

1. Samples are a pure function of the random state.  2. Prompts of later rounds are
the modes' own words.  3. No held-out or everyday question is ever trained on.
4. Outside questions get the one sentence in both forms.
"""

from __future__ import annotations

from random import Random

import pytest

pytest.importorskip("reasoning_gym")

from helicon.modes import prompts
from helicon.training import DECLINE, EVERYDAY_QUESTIONS, is_held_out
from helicon.training.forms import FULL, SKILLS, Conversation, conversation, review
from helicon.training.gym import GENERATORS, gym_question


@pytest.fixture(scope="module")
def samples() -> list[Conversation]:
    random = Random(11)
    return [conversation(random, FULL) for _ in range(1200)] + [conversation(random, SKILLS) for _ in range(300)]


def test_samples_follow_the_random_state(samples: list[Conversation]) -> None:
    random = Random(11)
    assert [conversation(random) for _ in range(100)] == samples[:100]


def test_every_form_occurs(samples: list[Conversation]) -> None:
    assert {s.form for s in samples} == {"thinking", "instant", "refinement", "synthesis", "decline", "turns"}


def test_later_rounds_use_the_modes_words(samples: list[Conversation]) -> None:
    for sample in samples:
        if sample.form in ("refinement", "synthesis"):
            text = sample.turns[-1].content
            closing = prompts.REFINE_CLOSING if sample.form == "refinement" else prompts.SYNTHESIS_CLOSING
            assert prompts.DIGEST_OPENING in text
            assert text.endswith(closing)
        if sample.form == "synthesis":
            assert sample.reply.splitlines()[-1].startswith("Rests on ")


def test_drafts_are_sometimes_all_wrong_and_the_reply_is_still_right() -> None:
    random = Random(3)
    found = [review(random, synthesis=False) for _ in range(300)]
    lost = [s for s in found if s.thought and s.thought.endswith("none right")]
    assert lost
    for sample in lost:
        answer = sample.reply.rsplit("Answer: ", 1)[1]
        assert f"Answer: {answer}\n" not in sample.turns[-1].content


def test_nothing_held_out_is_trained_on(samples: list[Conversation]) -> None:
    for sample in samples:
        if sample.form in ("thinking", "instant"):
            question = sample.turns[-1].content.split("\n\n")[0]
            assert not is_held_out(question)
        for turn in sample.turns:
            assert turn.content not in EVERYDAY_QUESTIONS


def test_outside_questions_get_the_one_sentence(samples: list[Conversation]) -> None:
    declined = [s for s in samples if s.form == "decline"]
    assert {s.reply for s in declined} == {DECLINE}
    assert {s.thought is None for s in declined} == {True, False}
    assert len({s.turns[-1].content for s in declined}) > 0.8 * len(declined)


@pytest.mark.parametrize("name", [n for n in GENERATORS if n != "simple_equations"])
def test_reasoning_gym_agrees_with_our_solutions(name: str) -> None:
    gym = pytest.importorskip("reasoning_gym")
    data = gym.create_dataset(name, size=2000, seed=0, **GENERATORS[name])
    made = [q for seed in range(20) if (q := gym_question(name, seed, blocks=1))]
    entries = {str(data[i]["question"]).strip(): data[i] for i in range(2000)}
    assert made
    for question in made:
        assert data.score_answer(question.answer, entry=entries[question.question]) == 1.0
        assert question.answer in question.thought
