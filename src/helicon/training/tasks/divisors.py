"""Greatest common divisor by Euclid, and least common multiple from it."""

from __future__ import annotations

from math import gcd
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import multiply

GCD_FORMS = (
    "What is the greatest common divisor of {}?",
    "Find the gcd of {}.",
    "What is the gcd of {}?",
    "Which is the largest number that divides {} without remainder?",
    "Compute the greatest common divisor of {}.",
    "gcd of {}?",
    "Give me the highest common factor of {}.",
    "What is the greatest common factor of {}?",
)
LCM_FORMS = (
    "What is the least common multiple of {}?",
    "Find the lcm of {}.",
    "What is the lcm of {}?",
    "Which is the smallest number that {} both divide?",
    "Compute the least common multiple of {}.",
    "Give me the lowest common multiple of {}.",
)


def euclid(a: int, b: int) -> str:
    """Division steps down to a rest of zero: how often it goes in, and what is left."""
    a, b = max(a, b), min(a, b)
    out = []
    while b:
        times, rest = divmod(a, b)
        out.append(f"{b}*{times}={b * times} {a}-{b * times}={rest}")
        a, b = b, a % b
    return " ".join(out) + f" gcd {a}"


def divisors(random: Random, level: int) -> TaskQuestion:
    """gcd of two numbers, gcd of three at level 2, lcm at levels 1 and 3 in part."""
    top = (60, 120, 120, 240)[level]
    if level in (1, 3) and random.random() < 0.4:
        return multiple(random, level, 30 if level == 1 else 60)
    base = random.choice((1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 14, 15, 18))
    count = 3 if level == 2 else 2
    numbers = [base * random.randint(2, max(3, top // base)) for _ in range(count)]
    while len(set(numbers)) < count:
        numbers = [base * random.randint(2, max(4, top // base)) for _ in range(count)]
    result = gcd(*numbers)
    thought = euclid(numbers[0], numbers[1])
    if count == 3:
        thought += f" then {euclid(numbers[2], gcd(numbers[0], numbers[1]))}"
    listed = ", ".join(map(str, numbers[:-1])) + f" and {numbers[-1]}"
    return TaskQuestion(
        question=random.choice(GCD_FORMS).format(listed),
        answer=str(result),
        thought=thought,
        family="divisors",
        level=level,
        words=closing(random, "The greatest common divisor is {}.", "The gcd is {}.", "It is {}."),
        check=" ".join(f"{n}/{result}={n // result}" for n in numbers) + ", fits",
        wrong=tuple(str(w) for w in (1, 2, 3, result * 2, result * 3) if w != result),
    )


def multiple(random: Random, level: int, top: int) -> TaskQuestion:
    """The least common multiple of two numbers."""
    a, b = random.sample(range(4, top), 2)
    shared = gcd(a, b)
    result = a * b // shared
    thought = f"{euclid(a, b)} {a}/{shared}={a // shared} {multiply(a // shared, b)}"
    return TaskQuestion(
        question=random.choice(LCM_FORMS).format(f"{a} and {b}"),
        answer=str(result),
        thought=thought,
        family="divisors",
        level=level,
        words=closing(random, "The least common multiple is {}.", "The lcm is {}."),
        check=f"{result}/{a}={result // a} {result}/{b}={result // b}, fits",
        wrong=tuple(str(w) for w in (a * b, result * 2, result + a) if w != result),
    )
