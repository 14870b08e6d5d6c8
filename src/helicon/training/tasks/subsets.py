"""Which of some numbers add up to a total: two or three of four to seven."""

from __future__ import annotations

from itertools import combinations
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.tries import patience, tried

FORMS = (
    "Which {k} of {n} add up to {t}?",
    "Which {k} of the numbers {n} have the sum {t}?",
    "Find {k} numbers among {n} whose sum is {t}.",
    "I need exactly {t}. Which {k} of {n} do I take?",
    "Pick {k} of {n} so that they make {t} together.",
    "{n}: which {k} of these add up to {t}?",
)
COUNTS = {2: "two", 3: "three"}


def sums(chosen: tuple[int, ...]) -> str:
    """The sum step by step: 14+23=37 37+31=68."""
    out, total = [], chosen[0]
    for number in chosen[1:]:
        out.append(f"{total}+{number}={total + number}")
        total += number
    return " ".join(out)


def shown(chosen: tuple[int, ...]) -> str:
    return ", ".join(map(str, chosen))


def subset(random: Random, level: int) -> TaskQuestion:
    """Pairs at levels 0 and 1, threes at 2 and 3; exactly one choice fits."""
    count, size = ((4, 2), (5, 2), (5, 3), (6, 3))[level]
    while True:
        numbers = sorted(random.sample(range(3, (40, 60, 60, 90)[level]), count))
        candidates = list(combinations(numbers, size))
        right = random.choice(candidates)
        total = sum(right)
        if sum(sum(c) == total for c in candidates) == 1:
            break
    tries, found = tried(random, candidates, right, patience(len(candidates), level))
    near = min(tries, key=lambda c: abs(sum(c) - total))
    thought = " ".join(f"{sums(c)} {'yes' if c == right else 'no'}" for c in tries)
    others = sorted((c for c in candidates if c != right), key=lambda c: abs(sum(c) - total))
    listed = random.sample(numbers, count)
    return TaskQuestion(
        question=random.choice(FORMS).format(k=COUNTS[size], n=shown(tuple(listed)), t=total),
        answer=shown(right),
        thought=thought if found else f"{thought} nearest {shown(near)}",
        family="subset",
        level=level,
        words=closing(random, "These add up.", "They are {}."),
        check=f"{sums(right)}, fits" if found else "",
        wrong=tuple(shown(c) for c in others[:3]),
        settled=None if found else shown(near),
    )
