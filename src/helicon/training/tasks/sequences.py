"""The next term of a sequence with a simple rule."""

from __future__ import annotations

import itertools
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import signed

FORMS = (
    "What comes next: {}, ...?",
    "Which number continues the sequence {}?",
    "Continue: {}, ?",
    "What is the next number in {}?",
    "Find the next term of {}.",
    "{}, ... What is next?",
    "Which number follows in {}?",
)


def sequence(random: Random, level: int) -> TaskQuestion:
    """Constant, doubling, alternating and growing steps, and sums of the last two."""
    kind = random.choice(((0, 0, 1), (1, 2, 3), (2, 3, 4), (3, 4, 5))[level])
    length = random.choice((5, 6))
    start = random.randint(1, 40)
    values = [start]
    if kind == 0:
        step = random.randint(3, 29)
        values = [start + i * step for i in range(length + 1)]
    elif kind == 1:
        factor = random.choice((2, 3))
        values = [(start % 9 + 1) * factor**i for i in range(length)]
    elif kind == 2:
        up, down = random.randint(6, 25), random.randint(2, 5)
        for i in range(length):
            values.append(values[-1] + (up if i % 2 == 0 else -down))
    elif kind == 3:
        step, growth = random.randint(2, 15), random.randint(1, 7)
        for i in range(length):
            values.append(values[-1] + step + i * growth)
    elif kind == 4:
        values = [random.randint(1, 15), random.randint(1, 15)]
        for _ in range(length - 1):
            values.append(values[-1] + values[-2])
    else:
        add = random.randint(1, 9)
        values = [random.randint(1, 6)]
        for _ in range(length - 1):
            values.append(values[-1] * 2 + add)
    shown, following = values[:-1], values[-1]
    gaps = [b - a for a, b in itertools.pairwise(shown)]
    listed = " ".join(f"{b}-{a}={b - a}" for a, b in itertools.pairwise(shown))
    listed += f" then {' '.join(map(str, gaps))}"
    last = shown[-1]
    change = following - last
    if kind == 0:
        thought = f"{listed} same {signed(last, change)}"
    elif kind == 1:
        thought = f"{listed} times {following // last} {last}*{following // last}={following}"
    elif kind == 2:
        thought = f"{listed} turns {signed(last, change)}"
    elif kind == 3:
        thought = f"{listed} grows {change - gaps[-1]} {gaps[-1]}+{change - gaps[-1]}={change} {signed(last, change)}"
    elif kind == 4:
        thought = f"{listed} sums {signed(last, shown[-2])}"
    else:
        add = following - 2 * last
        thought = f"{listed} doubles {last}*2={2 * last} {2 * last}+{add}={following}"
    return TaskQuestion(
        question=random.choice(FORMS).format(", ".join(map(str, shown))),
        answer=str(following),
        thought=thought,
        family="sequence",
        level=level,
        words=closing(random, "The next number is {}.", "It continues with {}."),
        check=f"{following}-{last}={change}, fits",
        wrong=tuple(str(w) for w in (last + gaps[-1], following + 1, following - 2) if w != following),
    )
