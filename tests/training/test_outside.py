"""Questions outside nano's tasks are the same for the same seed, in every version that does not mean to change them.

1. 200 seeds give the 200 texts that nano was trained with.  2. No everyday question is among them.
3. Every template is filled.
"""

from __future__ import annotations

from hashlib import sha256
from random import Random

from helicon.training import EVERYDAY_QUESTIONS
from helicon.training.outside import outside

TRAINED_ON = "2f593d4d16da30a6e22be56daca283c07053f8a6b549407450f1b2a0b5034949"
"""SHA-256 of the texts of seeds 0 to 199, one a line. Who changes a word on purpose trains nano anew."""


def texts() -> list[str]:
    return [outside(Random(seed)) for seed in range(200)]


def test_the_same_seeds_give_the_texts_that_nano_was_trained_with() -> None:
    assert sha256("".join(f"{text}\n" for text in texts()).encode()).hexdigest() == TRAINED_ON


def test_everyday_questions_stay_unseen() -> None:
    assert not set(texts()) & set(EVERYDAY_QUESTIONS)


def test_every_template_is_filled() -> None:
    assert not [text for text in texts() if "{" in text or "}" in text]
