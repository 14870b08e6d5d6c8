"""Linear equations with a whole solution."""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import add, divide, multiply, subtract

FORMS = (
    "Solve {e} for {v}.",
    "What is {v} if {e}?",
    "Find {v}: {e}",
    "{e}. What is {v}?",
    "Solve the equation {e}.",
    "For which {v} is {e}?",
    "If {e}, what is {v}?",
    "Determine {v} when {e}.",
)
STORIES = (
    "I think of a number, multiply it by {a} and add {b}. I get {c}. What is my number?",
    "{a} tickets and a fee of {b} cost {c} together. What does one ticket cost?",
    "A number times {a}, plus {b}, is {c}. Which number is it?",
)


def equation(random: Random, level: int) -> TaskQuestion:
    """a*x+b=c at levels 0 and 1, x on both sides at 2, brackets at 3."""
    v = random.choice("xxxynzabt")
    x = random.randint(2, (15, 60, 30, 25)[level])
    a = random.randint(2, 9)
    b = random.randint(2, (30, 99, 60, 12)[level])
    star = "*" if random.random() < 0.15 else ""
    if level <= 1:
        right = a * x
        if random.random() < 0.4 and right > b:
            text, c = f"{a}{star}{v} - {b} = {right - b}", right - b
            step = add(c, b)
            form = random.choice(FORMS)
        else:
            text, c = f"{a}{star}{v} + {b} = {right + b}", right + b
            step = subtract(c, b)
            form = random.choice(FORMS if random.random() < 0.7 else STORIES)
        thought = f"{step} {divide(right, a)}"
        question = form.format(e=text, v=v, a=a, b=b, c=c)
        check = f"{multiply(a, x)}, fits"
    elif level == 2:
        a = random.randint(4, 12)
        d = random.randint(2, a - 2)
        e = (a - d) * x
        if random.random() < 0.5:
            text = f"{a}{star}{v} + {b} = {d}{star}{v} + {e + b}"
            step = subtract(e + b, b)
        else:
            text = (
                f"{a}{star}{v} - {b} = {d}{star}{v} + {e - b}"
                if e >= b
                else (f"{a}{star}{v} + {b} = {d}{star}{v} + {e + b}")
            )
            step = add(e - b, b) if e >= b else subtract(e + b, b)
        thought = f"{a}-{d}={a - d} {step} {divide(e, a - d)}"
        question = random.choice(FORMS).format(e=text, v=v)
        check = f"{multiply(a, x)} {multiply(d, x)}, fits"
    else:
        c = a * (x + b)
        text = f"{a}({v} + {b}) = {c}"
        thought = f"{divide(c, a)} {subtract(x + b, b)}"
        if x > b and random.random() < 0.5:
            c = a * (x - b)
            text = f"{a}({v} - {b}) = {c}"
            thought = f"{divide(c, a)} {add(x - b, b)}"
        question = random.choice(FORMS).format(e=text, v=v)
        check = f"{divide(c, a)}, fits"
    return TaskQuestion(
        question=question,
        answer=str(x),
        thought=thought,
        family="equation",
        level=level,
        words=closing(random, "The solution is {}.", "It is {}.", "The unknown is {}."),
        check=check,
        wrong=tuple(str(w) for w in (x + 1, x - 1, x + 2, x + b, a + x)),
    )
