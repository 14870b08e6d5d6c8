"""Which signs stand between numbers: +, - and, at the harder levels, *."""

from __future__ import annotations

from itertools import product
from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.tries import patience, tried

FORMS = (
    "Put {o} into the gaps: {g} = {t}",
    "Which signs ({o}) make this true? {g} = {t}",
    "Fill the gaps with {o} so that {g} = {t}.",
    "What goes into the gaps of {g} = {t}? Use {o}.",
    "Complete {g} = {t} with {o}.",
)


def steps(numbers: tuple[int, ...], operators: tuple[str, ...]) -> list[tuple[int, str, int, int]] | None:
    """Products first, then from left to right; None when a partial result is negative."""
    values, signs, out = [numbers[0]], [], []
    for sign, number in zip(operators, numbers[1:], strict=True):
        if sign == "*":
            out.append((values[-1], "*", number, values[-1] * number))
            values[-1] *= number
        else:
            signs.append(sign)
            values.append(number)
    total = values[0]
    for sign, value in zip(signs, values[1:], strict=True):
        result = total + value if sign == "+" else total - value
        if result < 0:
            return None
        out.append((total, sign, value, result))
        total = result
    return out


def equation_of(numbers: tuple[int, ...], operators: tuple[str, ...], value: int) -> str:
    text = str(numbers[0])
    for sign, number in zip(operators, numbers[1:], strict=True):
        text += f" {sign} {number}"
    return f"{text} = {value}"


def operators(random: Random, level: int) -> TaskQuestion:
    """Two gaps or three; exactly one filling fits."""
    count, signs = ((4, "+-"), (3, "+-*"), (5, "+-"), (4, "+-*"))[level]
    top = 20 if "*" not in signs else 12
    while True:
        numbers = tuple(random.randint(2, top) for _ in range(count))
        worked = {filling: steps(numbers, filling) for filling in product(signs, repeat=count - 1)}
        values = {filling: found[-1][3] for filling, found in worked.items() if found}
        right = random.choice(list(values))
        target = values[right]
        if target <= 200 and list(values.values()).count(target) == 1 and len(values) >= 4:
            break
    tries, found = tried(random, list(values), right, patience(len(values), level))
    near = min(tries, key=lambda f: abs(values[f] - target))

    def line(filling: tuple[str, ...]) -> str:
        made = " ".join(f"{a}{o}{b}={c}" for a, o, b, c in worked[filling] or ())
        return f"{''.join(filling)} {made} {'yes' if filling == right else 'no'}"

    thought = " ".join(line(filling) for filling in tries)
    settled = equation_of(numbers, near, values[near])
    others = sorted((f for f in values if f != right), key=lambda f: abs(values[f] - target))
    names = ", ".join(signs[:-1]) + " and " + signs[-1] if len(signs) > 2 else f"{signs[0]} and {signs[1]}"
    return TaskQuestion(
        question=random.choice(FORMS).format(o=names, g=" _ ".join(map(str, numbers)), t=target),
        answer=equation_of(numbers, right, target),
        thought=thought if found else f"{thought} nearest {''.join(near)} {values[near]}",
        family="operators",
        level=level,
        words=closing(random, "This is true.", "It works with these."),
        check=f"gives {target}" if found else "",
        wrong=tuple(equation_of(numbers, f, values[f]) for f in others[:3]),
        settled=None if found else settled,
    )
