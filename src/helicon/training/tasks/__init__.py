"""The task families: every question nano is trained and tested on comes from here.

``make_question(family, seed, level)`` is pure: the same arguments give the same
question. One in sixteen question texts, by hash, is held out of training.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from random import Random

from helicon.training.tasks.arithmetic import arithmetic
from helicon.training.tasks.bases import bases
from helicon.training.tasks.countdown import countdown
from helicon.training.tasks.dates import dates
from helicon.training.tasks.digits import digits
from helicon.training.tasks.divisors import divisors
from helicon.training.tasks.equations import equation
from helicon.training.tasks.letters import letters
from helicon.training.tasks.logic import ordering, truth
from helicon.training.tasks.operators import operators
from helicon.training.tasks.prices import discount, shopping, unit_price
from helicon.training.tasks.products import product
from helicon.training.tasks.question import TaskQuestion
from helicon.training.tasks.routes import route
from helicon.training.tasks.sequences import sequence
from helicon.training.tasks.sorting import sorting
from helicon.training.tasks.subsets import subset
from helicon.training.tasks.times import times

__all__ = ["FAMILIES", "LEVELS", "TaskQuestion", "held_out", "is_held_out", "make_question"]

FAMILIES: dict[str, Callable[[Random, int], TaskQuestion]] = {
    "arithmetic": arithmetic,
    "product": product,
    "divisors": divisors,
    "equation": equation,
    "sorting": sorting,
    "letters": letters,
    "dates": dates,
    "times": times,
    "unit_price": unit_price,
    "discount": discount,
    "shopping": shopping,
    "ordering": ordering,
    "truth": truth,
    "countdown": countdown,
    "sequence": sequence,
    "bases": bases,
    "subset": subset,
    "operators": operators,
    "digits": digits,
    "route": route,
}
LEVELS = (0, 1, 2, 3)
LEVEL_TURNS = (0, 1, 2, 0, 1, 3, 0, 1, 2, 0, 1, 2, 3)
"""Levels of held-out questions in turn: the same proportions (4, 4, 3, 2) as in training."""


def make_question(family: str, seed: int, level: int = 0) -> TaskQuestion:
    """The question of ``family`` that belongs to ``seed``.

    Raises:
        ValueError: the family or the level is not known.
    """
    if family not in FAMILIES:
        raise ValueError(f"unknown family {family!r}: expected one of {', '.join(FAMILIES)}")
    if level not in LEVELS:
        raise ValueError(f"unknown level {level!r}: expected 0 to {LEVELS[-1]}")
    return FAMILIES[family](Random(f"{family}/{seed}/{level}"), level)


def is_held_out(question: str) -> bool:
    """Whether this question text is kept for testing and never trained on."""
    return sha256(question.encode()).digest()[0] % 16 == 0


def held_out(count: int, seed: int = 0) -> list[TaskQuestion]:
    """``count`` different held-out questions, families in turn, levels as often as in training."""
    out: list[TaskQuestion] = []
    seen: set[str] = set()
    number = 10**9 * (seed + 1)
    names = list(FAMILIES)
    tries = 0
    while len(out) < count:
        place = len(out)
        # An easy level can run out of different texts: after a while the next level fills in.
        level = (LEVEL_TURNS[place // len(names) % len(LEVEL_TURNS)] + tries // 300) % len(LEVELS)
        made = make_question(names[place % len(names)], number, level)
        number, tries = number + 1, tries + 1
        if is_held_out(made.question) and made.question not in seen:
            seen.add(made.question)
            out.append(made)
            tries = 0
    return out
