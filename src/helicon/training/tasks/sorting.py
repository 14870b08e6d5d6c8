"""Putting numbers in order, and questions about the order."""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import add, subtract

UP = (
    "Sort these numbers in ascending order: {}",
    "Sort {} from smallest to largest.",
    "Put these numbers in increasing order: {}.",
    "Arrange from low to high: {}",
    "Please order the numbers {} from the smallest to the largest.",
    "Sort: {}",
)
DOWN = (
    "Sort these numbers in descending order: {}",
    "Sort {} from largest to smallest.",
    "Put these numbers in decreasing order: {}.",
    "Arrange from high to low: {}",
)
ORDINALS = ("", "", "second ", "third ")


def grouped(numbers: list[int]) -> str:
    """By leading digit, tens below 100 and hundreds above; then all in ascending order."""
    size = 100 if max(numbers) >= 100 else 10
    groups = []
    for lead in range(max(numbers) // size + 1):
        groups.append(f"{lead}:" + ",".join(str(n) for n in numbers if n // size == lead))
    return " ".join([*groups, "sorted", *map(str, sorted(numbers))])


def sorting(random: Random, level: int) -> TaskQuestion:
    """Plain sorting of 5 to 9 numbers, or the median, a rank or a difference of them."""
    count = (5, 7, 7, 9)[level]
    top = random.choice((60, 99, 99, 400))
    numbers = random.sample(range(1, top), count)
    shown = ", ".join(map(str, numbers))
    up = sorted(numbers)
    listed = grouped(numbers)
    pick = random.random()
    wrong: tuple[str, ...] = ()
    if pick < 0.4:
        down = random.random() < 0.35
        question = random.choice(DOWN if down else UP).format(shown)
        result = up[::-1] if down else up
        answer = ", ".join(map(str, result))
        thought = f"{listed} turned {answer}" if down else listed
        swapped = list(result)
        i = random.randrange(count - 1)
        swapped[i], swapped[i + 1] = swapped[i + 1], swapped[i]
        dropped = result[:i] + result[i + 1 :]
        wrong = (", ".join(map(str, swapped)), ", ".join(map(str, dropped)))
        words = closing(random, "In order they are as follows.", "Here they are in order.")
    elif pick < 0.6:
        value = up[count // 2]
        question = random.choice(
            ("What is the median of {}?", "Find the median of {}.", "Which number is the median of {}?")
        ).format(shown)
        half = count // 2
        thought = f"{listed} middle {half + 1} of {count}: {' '.join(map(str, up[: half + 1]))}"
        answer = str(value)
        wrong = (str(up[half - 1]), str(up[half + 1]), str(numbers[half]))
        words = closing(random, "The median is {}.", "It is {}.")
    elif pick < 0.8:
        rank = random.choice((2, 3))
        large = random.random() < 0.5
        order = up[::-1] if large else up
        question = random.choice(
            ("What is the {} number among {}?", "Which is the {} of these numbers: {}?", "Find the {} of {}.")
        ).format(ORDINALS[rank] + ("largest" if large else "smallest"), shown)
        answer = str(order[rank - 1])
        thought = f"{listed} from {'the end' if large else 'the start'} {' '.join(map(str, order[:rank]))}"
        wrong = (str(order[0]), str(order[rank]), str(order[rank - 2]))
        words = closing(random, "It is {}.", "That is {}.")
    elif pick < 0.9:
        question = random.choice(
            (
                "What is the difference between the largest and the smallest of {}?",
                "What is the range of {}?",
                "How far apart are the largest and the smallest of {}?",
            )
        ).format(shown)
        answer = str(up[-1] - up[0])
        thought = f"{listed} largest {up[-1]} smallest {up[0]} {subtract(up[-1], up[0])}"
        words = closing(random, "The difference is {}.")
    else:
        question = random.choice(
            ("What is the sum of the two largest of {}?", "Add the two largest numbers among {}.")
        ).format(shown)
        answer = str(up[-1] + up[-2])
        thought = f"{listed} largest {up[-1]} then {up[-2]} {add(up[-1], up[-2])}"
        words = closing(random, "The sum is {}.")
    return TaskQuestion(
        question=question,
        answer=answer,
        thought=thought,
        family="sorting",
        level=level,
        words=words,
        check=f"{count} numbers, all there",
        wrong=tuple(w for w in wrong if w != answer),
    )
