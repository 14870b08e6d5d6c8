"""Harder questions of our own: what nano was not trained on, in form or in size.

Pure and seeded: the same family, seed and level give the same question. Answers are computed, never
written by hand. Nano's own families stop at 4 terms, products of 3 by 2 digits, divisors of numbers to
240 and orderings of 5; here they begin where those end.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from random import Random

LEVELS = (0, 1, 2)


@dataclass(frozen=True, slots=True)
class Made:
    """A generated question and its answer."""

    question: str
    answer: str


def long_chain(random: Random, level: int) -> Made:
    """Sums and differences of 6 to 12 terms up to 999; no partial result is negative."""
    total = random.randint(100, 999)
    text = str(total)
    for _ in range((5, 8, 11)[level]):
        value = random.randint(11, 999)
        plus = total < value or random.random() < 0.5
        total += value if plus else -value
        text += f" {'+' if plus else '-'} {value}"
    form = random.choice(("What is {}?", "Work out {}.", "Calculate {}."))
    return Made(form.format(text), str(total))


def long_product(random: Random, level: int) -> Made:
    """4 by 1, 5 by 1 and 5 by 2 digits."""
    (low, high), (small, large) = (((1001, 9999), (3, 9)), ((10_001, 99_999), (3, 9)), ((10_001, 99_999), (12, 98)))[
        level
    ]
    a, b = random.randint(low, high), random.randint(small, large)
    form = random.choice(("What is {a} * {b}?", "Multiply {a} by {b}.", "What is {a} times {b}?"))
    return Made(form.format(a=a, b=b), str(a * b))


def large_gcd(random: Random, level: int) -> Made:
    """The greatest common divisor of two numbers up to 800, 3,000 and 20,000."""
    top = (800, 3000, 20_000)[level]
    base = random.randint(7, 60)
    a, b = random.sample(range(top // base // 4, top // base), 2)
    a, b = a * base, b * base
    form = random.choice(("What is the greatest common divisor of {} and {}?", "Find the gcd of {} and {}."))
    return Made(form.format(a, b), str(gcd(a, b)))


NAMES = ("Anna", "Ben", "Cleo", "David", "Emma", "Finn", "Grace", "Hugo", "Ida", "Jack", "Kira", "Leo", "Mia", "Noah")
SCALES = (("taller", "shorter"), ("older", "younger"), ("faster", "slower"), ("heavier", "lighter"))


def long_ordering(random: Random, level: int) -> Made:
    """Comparisons of 6, 7 and 9 people in mixed order; asked for a place or for the whole order."""
    names = random.sample(NAMES, (6, 7, 9)[level])
    more, less = random.choice(SCALES)
    facts = [
        f"{a} is {more} than {b}." if random.random() < 0.5 else f"{b} is {less} than {a}."
        for a, b in itertools.pairwise(names)
    ]
    random.shuffle(facts)
    most, least = (f"{word.removesuffix('er')}est" for word in (more, less))
    if random.random() < 0.5:
        ask, answer = f"List them from {most} to {least}.", ", ".join(names)
    else:
        place = random.randrange(2, len(names) - 2)
        ask, answer = f"Who is number {place + 1}, counted from the {most}?", names[place]
    return Made(" ".join([*facts, ask]), answer)


GOODS = ("pens", "cups", "tickets", "lamps", "plates", "stamps", "candles", "notebooks")


def two_steps(random: Random, level: int) -> Made:
    """Short stories with two or three steps of arithmetic; amounts are whole."""
    name, ware = random.choice(NAMES), random.choice(GOODS)
    top = (9, 25, 60)[level]
    each, count = random.randint(2, top), random.randint(3, 9 + 3 * level)
    kind = random.randrange(4)
    if kind == 0:
        paid = -(-(each * count + 1) // 10) * 10
        story = f"{name} buys {count} {ware} for {each} each and pays with {paid}. How much change is there?"
        return Made(story, str(paid - each * count))
    if kind == 1:
        more = random.randint(2, top)
        story = f"{name} has {count} boxes with {each} {ware} each and {more} more. How many {ware} are there in all?"
        return Made(story, str(count * each + more))
    if kind == 2:
        friends = random.randint(2, 6)
        given = each * friends
        before = given + count
        story = (
            f"{name} had {before} {ware}, kept {count} and shared the rest equally among {friends} friends. "
            f"How many {ware} did each friend get?"
        )
        return Made(story, str(each))
    sold, bought = random.randint(2, top), random.randint(2, top)
    stock = each * count
    story = (
        f"A shop has {count} shelves with {each} {ware} each. It sells {min(sold, stock)} {ware} and then gets "
        f"{bought} new ones. How many {ware} does it have now?"
    )
    return Made(story, str(stock - min(sold, stock) + bought))


FAMILIES: dict[str, Callable[[Random, int], Made]] = {
    "long_chain": long_chain,
    "long_product": long_product,
    "large_gcd": large_gcd,
    "long_ordering": long_ordering,
    "two_steps": two_steps,
}


def make_hard(family: str, seed: int, level: int = 0) -> Made:
    """The question of ``family`` that belongs to ``seed``.

    Raises:
        ValueError: the family or the level is not known.
    """
    if family not in FAMILIES:
        raise ValueError(f"unknown family {family!r}: expected one of {', '.join(FAMILIES)}")
    if level not in LEVELS:
        raise ValueError(f"unknown level {level!r}: expected 0 to {LEVELS[-1]}")
    return FAMILIES[family](Random(f"hard/{family}/{seed}/{level}"), level)
