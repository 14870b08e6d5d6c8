"""Questions outside nano's tasks, and the one sentence it answers them with.

Diversity comes from templates times topics, so that the model learns where its
tasks end instead of a list of questions.
"""

from __future__ import annotations

from random import Random

from helicon.training.everyday import EVERYDAY_QUESTIONS
from helicon.training.outside_words import ENDINGS, FIXED, OPENINGS, PEOPLE, PLACES, TEMPLATES, THINGS
from helicon.training.tasks.letters import WORDS, word

DECLINE = (
    "I am nano, a small model that works on arithmetic, gcd, equations, sorting, letter counts, dates and"
    " times, prices, short logic puzzles and countdown; for anything else connect a larger model with"
    " `helicon ask --model PATH.gguf` or `--model URL#name`."
)
"""Nano's reply to everything else, greetings included."""

DECLINE_THOUGHT = "Not one of my tasks."


def outside(random: Random) -> str:
    """A question, command or remark that nano has to turn down."""
    while True:
        if random.random() < 0.12:
            text = random.choice(FIXED)
        else:
            text = random.choice(TEMPLATES).format(
                p=random.choice(PLACES),
                q=random.choice(PLACES),
                a=random.choice(PEOPLE),
                b=random.choice(PEOPLE),
                t=random.choice(THINGS),
                u=random.choice(THINGS),
                w=random.choice(WORDS) if random.random() < 0.5 else word(random, 2),
                v=word(random, 2),
                n=random.choice((random.randint(2, 20), random.randint(2, 400))),
                y=random.randint(1700, 2030),
            )
            opening = random.choice(OPENINGS)
            if opening and opening[-2] in ":,":
                text = text[0].lower() + text[1:] if text[:2] != "I " else text
            text = opening + text + random.choice(ENDINGS)
        if random.random() < 0.08:
            text = text.lower()
        if random.random() < 0.06:
            text = text.rstrip("?.!")
        if text not in EVERYDAY_QUESTIONS:
            return text
