"""Products of two whole numbers."""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import multiply

FORMS = (
    "What is {a} times {b}?",
    "Multiply {a} by {b}.",
    "What is {a} * {b}?",
    "{a} x {b} = ?",
    "What is {a} × {b}?",
    "Find the product of {a} and {b}.",
    "How much is {a} multiplied by {b}?",
    "Compute {a} * {b}.",
    "A box holds {a} screws. How many screws are in {b} boxes?",
    "There are {b} rows with {a} seats each. How many seats are there?",
    "A printer makes {a} pages per hour. How many pages in {b} hours?",
)


def product(random: Random, level: int) -> TaskQuestion:
    """Two by one digit at level 0, three by two digits at level 3."""
    ranges = (((12, 99), (3, 9)), ((12, 99), (11, 39)), ((101, 999), (3, 9)), ((101, 399), (11, 49)))
    (a_low, a_high), (b_low, b_high) = ranges[level]
    a, b = random.randint(a_low, a_high), random.randint(b_low, b_high)
    form = random.choice(FORMS)
    left, right = round(a, 1 - len(str(a))), round(b, 1 - len(str(b)))
    last = (a % 10) * (b % 10)
    return TaskQuestion(
        question=form.format(a=a, b=b),
        answer=str(a * b),
        thought=multiply(a, b),
        family="product",
        level=level,
        words=closing(random, "The product is {}.", "It is {}.", "That makes {}."),
        check=f"{a % 10}*{b % 10}={last} ends in {last % 10}, about {left}*{right}={left * right}, fits",
        wrong=(str(a * b + 10), str(a * b - 10), str(a * b + a), str(a * (b - 1)), str(a * b + 100)),
    )
