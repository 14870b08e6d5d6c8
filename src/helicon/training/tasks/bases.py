"""Binary and decimal numbers."""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import add, subtract

TO_BINARY = (
    "Write {} in binary.",
    "What is {} in binary?",
    "Convert {} to base 2.",
    "Convert the decimal number {} to binary.",
    "Give the binary form of {}.",
    "How is {} written in base 2?",
)
TO_DECIMAL = (
    "What is binary {} in decimal?",
    "Convert {} from binary to decimal.",
    "Which decimal number is {} in base 2?",
    "Convert the base-2 number {} to base 10.",
    "Write the binary number {} as a decimal number.",
    "The binary number {} is which number?",
)


def bases(random: Random, level: int) -> TaskQuestion:
    """Up to 5 bits at level 0, up to 8 at level 3, both ways."""
    bits = level + 5
    value = random.randint(2 ** (bits - 2), 2**bits - 1)
    binary = f"{value:b}"
    powers = [2 ** (len(binary) - 1 - i) for i in range(len(binary))]
    if random.random() < 0.5:
        rest = value
        out = []
        for power in powers:
            if rest >= power:
                out.append(f"{power}:1 {subtract(rest, power)}")
                rest -= power
            else:
                out.append(f"{power}:0")
        form, shown, answer = random.choice(TO_BINARY), str(value), binary
        check = "the places add up to " + str(value)
    else:
        out = [f"{power}:{bit}" for power, bit in zip(powers, binary, strict=True)]
        total = 0
        for power, bit in zip(powers, binary, strict=True):
            if bit == "1":
                if total:
                    out.append(add(total, power))
                total += power
        form, shown, answer = random.choice(TO_DECIMAL), binary, str(value)
        check = f"{value} is {'odd' if value % 2 else 'even'}, last bit {binary[-1]}, fits"
    flipped = value ^ (2 ** random.randrange(max(1, bits - 2)))
    return TaskQuestion(
        question=form.format(shown),
        answer=answer,
        thought=" ".join(out),
        family="bases",
        level=level,
        words=closing(random, "It is {}.", "That is {}."),
        check=check,
        wrong=(f"{flipped:b}" if answer == binary else str(flipped),),
    )
