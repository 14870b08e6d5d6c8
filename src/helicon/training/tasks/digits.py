"""Digits to be placed into an equation so that it comes out."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import multiply, subtract
from helicon.training.tasks.tries import patience, tried

FORMS = (
    "Place the digits {d} into {g} = {t}, each once.",
    "Use the digits {d} once each: {g} = {t}",
    "Which way do the digits {d} fill {g} = {t}?",
    "Fill {g} = {t} with the digits {d}, each used once.",
    "Put {d} into the gaps of {g} = {t}.",
)
GAPS = {"product": "__ * _", "difference": "__ - __"}
KINDS = ("product", "product", "difference", "difference")


@dataclass(frozen=True, slots=True)
class Filling:
    """One way to place the digits: how it is written, how it is worked out, what comes out."""

    text: str
    work: str
    value: int

    @property
    def equation(self) -> str:
        return f"{self.text} = {self.value}"


def filling(kind: str, order: tuple[int, ...]) -> Filling:
    """The digits in their order, put into the gaps of ``kind``."""
    left = 10 * order[0] + order[1]
    if kind == "product":
        return Filling(f"{left} * {order[2]}", multiply(left, order[2]), left * order[2])
    right = 10 * order[2] + order[3]
    return Filling(f"{left} - {right}", subtract(left, right) if left >= right else "", left - right)


def digits(random: Random, level: int) -> TaskQuestion:
    """Three digits in a product (levels 0 and 1), four in a difference (2 and 3); exactly one way fits."""
    kind = KINDS[level]
    count = 3 if kind == "product" else 4
    while True:
        chosen = tuple(random.sample(range(1, 10), count))
        every = [way for order in permutations(chosen) if (way := filling(kind, order)).value > 0]
        right = random.choice(every)
        if sum(way.value == right.value for way in every) == 1 and len(every) >= 4:
            break
    tries, found = tried(random, every, right, patience(len(every), level))
    near = min(tries, key=lambda way: abs(way.value - right.value))
    thought = " ".join(f"{way.work} {'yes' if way == right else 'no'}" for way in tries)
    others = sorted((way for way in every if way != right), key=lambda way: abs(way.value - right.value))
    return TaskQuestion(
        question=random.choice(FORMS).format(d=", ".join(map(str, chosen)), g=GAPS[kind], t=right.value),
        answer=right.equation,
        thought=thought if found else f"{thought} nearest {near.equation}",
        family="digits",
        level=level,
        words=closing(random, "Every digit is used once.", "This fits."),
        check=f"gives {right.value}" if found else "",
        wrong=tuple(way.equation for way in others[:3]),
        settled=None if found else near.equation,
    )
