"""Reaching a target with each given number used once.

The search order is canonical (larger operand first, fixed operators), so that
equal ideas give equal texts and a majority can form.
"""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing

FORMS = (
    "Use {n} to make {t}. Each number must be used exactly once.",
    "Using all of the numbers {n} exactly once, reach {t}.",
    "Countdown: numbers {n}, target {t}.",
    "How can you make {t} from {n}, using each once?",
    "Combine {n} with +, -, * and / to get {t}.",
    "Find an equation with {n} that gives {t}. Use every number once.",
    "Make {t} out of the numbers {n}.",
)


def combine(a: int, b: int) -> list[tuple[str, int]]:
    """Operations on the pair, larger first, whole positive results only."""
    a, b = max(a, b), min(a, b)
    out = [("+", a + b)]
    if a > b:
        out.append(("-", a - b))
    if b > 1:
        out.append(("*", a * b))
        if a % b == 0:
            out.append(("/", a // b))
    return out


Path = tuple[tuple[int, str, int, int], ...]


def paths(numbers: tuple[int, ...]) -> list[Path]:
    """All ways to use up all the numbers, as (left, operator, right, result) steps."""
    if len(numbers) == 1:
        return [()]
    out: list[Path] = []
    seen = set()
    for i in range(len(numbers)):
        for j in range(i + 1, len(numbers)):
            pair = tuple(sorted((numbers[i], numbers[j]), reverse=True))
            if pair in seen:
                continue
            seen.add(pair)
            rest = tuple(n for k, n in enumerate(numbers) if k not in (i, j))
            for operator, value in combine(*pair):
                step = (pair[0], operator, pair[1], value)
                out.extend((step, *tail) for tail in paths((*rest, value)))
    return out


def result(path: Path) -> int:
    return path[-1][3]


def write(path: Path) -> str:
    """The steps as equations."""
    return " ".join(f"{a}{o}{b}={c}" for a, o, b, c in path)


def expression(path: Path) -> str:
    """One nested expression; brackets around every inner step but products."""
    made: dict[int, list[str]] = {}
    text = ""
    for a, operator, b, value in path:
        parts = []
        for number in (a, b):
            if made.get(number):
                inner = made[number].pop()
                parts.append(inner)
            else:
                parts.append(str(number))
        text = f"{parts[0]} {operator} {parts[1]}"
        made.setdefault(value, []).append(f"({text})")
    return text


def countdown(random: Random, level: int) -> TaskQuestion:
    """Three numbers up to level 2, four at level 3; the thought tries and discards."""
    count = 4 if level == 3 else 3
    top = (10, 15, 25, 10)[level]
    while True:
        numbers = tuple(random.randint(2, top) for _ in range(count))
        if len(set(numbers)) < count:
            continue
        every = paths(numbers)
        goal = random.choice(every)
        target = result(goal)
        used = {step[:3] for step in goal}
        if not 3 <= target <= 150 or target in numbers or len(used) < count - 1:
            continue
        fits = [p for p in every if result(p) == target]
        if level < 3 and len(fits) > 3:
            continue
        break
    goal = fits[0]
    near = sorted((p for p in every if result(p) != target), key=lambda p: abs(result(p) - target))
    tries = random.sample(near[: 6 + len(near) // 4], k=min(random.choice((0, 0, 1, 1, 2, 3)), len(near)))
    out = [f"{write(p)} no" for p in tries] + [f"{write(goal)} yes"]
    answer = f"{expression(goal)} = {target}"
    return TaskQuestion(
        question=random.choice(FORMS).format(n=", ".join(map(str, numbers)), t=target),
        answer=answer,
        thought=" ".join(out),
        family="countdown",
        level=level,
        words=closing(random, "This uses every number once.", "One way works."),
        check=f"gives {target}, each once",
        wrong=tuple(f"{expression(p)} = {target}" for p in near[:3]),
    )
