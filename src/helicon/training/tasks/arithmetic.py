"""Expressions with several operations."""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import add, multiply, subtract

FORMS = (
    "What is {}?",
    "Calculate {}.",
    "Work out {}.",
    "{} = ?",
    "How much is {}?",
    "Please compute {}.",
    "Find the value of {}.",
    "I need the result of {}.",
    "What does {} come to?",
    "{}",
    "Can you tell me what {} equals?",
    "Evaluate {}.",
)


def solve_chain(terms: list[tuple[int, int]]) -> tuple[str, int]:
    """Steps and result of signed terms taken from left to right, never below zero."""
    total = terms[0][1]
    out = []
    for sign, value in terms[1:]:
        out.append(add(total, value) if sign > 0 else subtract(total, value))
        total += sign * value
    return " ".join(out), total


def chain(random: Random, count: int, top: int) -> list[tuple[int, int]]:
    """Signed terms whose running total never falls below zero."""
    terms = [(1, random.randint(2, top))]
    total = terms[0][1]
    while len(terms) < count:
        value = random.randint(2, top)
        sign = random.choice((1, -1))
        if total + sign * value < 0:
            sign = 1
        terms.append((sign, value))
        total += sign * value
    return terms


def show(terms: list[tuple[int, int]]) -> str:
    text = str(terms[0][1])
    return text + "".join(f" {'+' if sign > 0 else '-'} {value}" for sign, value in terms[1:])


def arithmetic(random: Random, level: int) -> TaskQuestion:
    """Sums and products mixed: 2 to 4 small terms at level 0, large ones at level 3."""
    cross = random.choice(("*", "*", "×", "x"))
    if level == 0:
        terms = chain(random, random.choice((2, 2, 3, 4)), 99)
        text, (thought, result) = show(terms), solve_chain(terms)
    elif level == 1:
        b, c = random.randint(3, 29), random.randint(3, 9)
        a = random.randint(2, 99)
        if random.random() < 0.5:
            text, result = f"{a} + {b} {cross} {c}", a + b * c
            thought = f"{multiply(b, c)} {add(a, b * c)}"
        else:
            a = b * c + random.randint(1, 80)
            text, result = f"{a} - {b} {cross} {c}", a - b * c
            thought = f"{multiply(b, c)} {subtract(a, b * c)}"
    elif level == 2:
        a, b, c = random.randint(5, 60), random.randint(3, 39), random.randint(3, 9)
        product = (a + b) * c
        d = random.randint(3, min(99, product - 1))
        text, result = f"({a} + {b}) {cross} {c} - {d}", product - d
        thought = f"{add(a, b)} {multiply(a + b, c)} {subtract(product, d)}"
        if random.random() < 0.3:
            text, result = f"({a} + {b}) {cross} {c}", product
            thought = f"{add(a, b)} {multiply(a + b, c)}"
    elif random.random() < 0.5:
        terms = chain(random, random.choice((3, 4)), 600)
        text, (thought, result) = show(terms), solve_chain(terms)
    else:
        a, b, c, d = (random.randint(3, 29) for _ in range(4))
        b, d = b % 8 + 2, d % 8 + 2
        text, result = f"{a} {cross} {b} + {c} {cross} {d}", a * b + c * d
        thought = f"{multiply(a, b)} {multiply(c, d)} {add(a * b, c * d)}"
    return TaskQuestion(
        question=random.choice(FORMS).format(text),
        answer=str(result),
        thought=thought,
        family="arithmetic",
        level=level,
        words=closing(random, "The result is {}.", "It comes to {}.", "That makes {}."),
        check=f"last digit {result % 10}, fits",
    )
