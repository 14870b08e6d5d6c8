"""Weekdays and dates, without years (February has 28 days)."""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import add, subtract

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
AFTER = (
    "Today is {d}. What day of the week is it in {n} days?",
    "If today is {d}, which weekday will it be {n} days from now?",
    "It is {d}. What weekday is it after {n} days?",
    "What day comes {n} days after a {d}?",
    "A parcel is posted on {d} and takes {n} days. On which weekday does it arrive?",
    "My holiday starts on a {d}. Which weekday is it {n} days later?",
)
BEFORE = (
    "Today is {d}. What day of the week was it {n} days ago?",
    "If today is {d}, which weekday was it {n} days before?",
    "What day was {n} days before a {d}?",
)
SAME_MONTH = (
    "{m} {a} is a {d}. What weekday is {m} {b}?",
    "If the {a} of {m} is a {d}, which weekday is the {b} of {m}?",
    "In a year when {m} {a} falls on a {d}, on which day does {m} {b} fall?",
)
BETWEEN = (
    "How many days are there from {a} to {b}?",
    "How many days pass between {a} and {b} of the same year?",
    "Count the days from {a} to {b} (no leap year).",
    "It is {a}. How many days are left until {b}?",
)
LATER = (
    "Which date is {n} days after {a}?",
    "It is {a}. What is the date in {n} days?",
    "What date comes {n} days after {a}?",
    "A project starts on {a} and takes {n} days. On which date does it end?",
)


def dates(random: Random, level: int) -> TaskQuestion:
    """Weekday steps at levels 0 and 1, dates across months at 2 and 3."""
    if level <= 1:
        return weekday(random, level)
    if random.random() < 0.5:
        return between(random, level)
    return later(random, level)


def weekday(random: Random, level: int) -> TaskQuestion:
    start = random.randrange(7)
    days = random.randint(8, 50 if level == 0 else 150)
    kind = random.random()
    back = False
    if kind < 0.5:
        question = random.choice(AFTER).format(d=DAYS[start], n=days)
        prefix = ""
    elif kind < 0.75:
        back = True
        question = random.choice(BEFORE).format(d=DAYS[start], n=days)
        prefix = ""
    else:
        month = random.randrange(12)
        first = random.randint(1, 12)
        second = random.randint(first + 8, LENGTHS[month])
        days = second - first
        question = random.choice(SAME_MONTH).format(m=MONTHS[month], a=first, b=second, d=DAYS[start])
        prefix = f"{subtract(second, first)} "
    rest = days % 7
    sign = -1 if back else 1
    end = (start + sign * rest) % 7
    walk = " ".join(DAYS[(start + sign * i) % 7] for i in range(rest + 1))
    thought = f"{prefix}{days}={days // 7}*7+{rest} {'back' if back else 'on'} {rest}: {walk}"
    return TaskQuestion(
        question=question,
        answer=DAYS[end],
        thought=thought,
        family="dates",
        level=level,
        words=closing(random, "It is a {}.", "That is {}."),
        check=f"{days // 7 * 7}+{rest}={days}, fits",
        wrong=tuple(DAYS[(end + k) % 7] for k in (1, -1, 2)),
    )


def name(random: Random, month: int, day: int) -> str:
    """A date in one of two usual orders."""
    return f"{MONTHS[month]} {day}" if random.random() < 0.7 else f"{day} {MONTHS[month]}"


def between(random: Random, level: int) -> TaskQuestion:
    month = random.randrange(0, 11 if level == 2 else 9)
    span = 1 if level == 2 else random.choice((2, 2, 3))
    last = month + span
    a, b = random.randint(1, LENGTHS[month]), random.randint(1, LENGTHS[last])
    total = LENGTHS[month] - a
    out = [f"{MONTHS[month]} {subtract(LENGTHS[month], a)}"]
    for middle in range(month + 1, last):
        out.append(f"{MONTHS[middle]} {add(total, LENGTHS[middle])}")
        total += LENGTHS[middle]
    out.append(f"{MONTHS[last]} {add(total, b)}")
    total += b
    return TaskQuestion(
        question=random.choice(BETWEEN).format(a=name(random, month, a), b=name(random, last, b)),
        answer=str(total),
        thought=" ".join(out),
        family="dates",
        level=level,
        words=closing(random, "There are {} days.", "It is {} days."),
        check=f"{total}-{b}={total - b}, fits",
        wrong=(str(total + 1), str(total - 1), str(total + 2), str(total + 30)),
    )


def later(random: Random, level: int) -> TaskQuestion:
    month = random.randrange(0, 9)
    day = random.randint(1, LENGTHS[month])
    days = random.randint(10, 40 if level == 2 else 85)
    at, rest = month, day + days
    out = [f"{MONTHS[month]} {add(day, days)}"]
    while rest > LENGTHS[at]:
        out.append(f"{MONTHS[at]} has {LENGTHS[at]} {subtract(rest, LENGTHS[at])}")
        rest -= LENGTHS[at]
        at += 1
    answer = f"{MONTHS[at]} {rest}"
    out.append(f"so {answer}")
    near = [f"{MONTHS[at]} {r}" for r in (rest + 1, rest - 1, rest + 2) if 1 <= r <= LENGTHS[at]]
    return TaskQuestion(
        question=random.choice(LATER).format(a=name(random, month, day), n=days),
        answer=answer,
        thought=" ".join(out),
        family="dates",
        level=level,
        words=closing(random, "The date is {}.", "It is {}."),
        check=f"{MONTHS[at]} has {LENGTHS[at]}, fits",
        wrong=tuple(near),
    )
