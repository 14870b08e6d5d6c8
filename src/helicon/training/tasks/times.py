"""Clock times and durations within one day."""

from __future__ import annotations

from random import Random

from helicon.training.tasks.question import TaskQuestion, closing
from helicon.training.tasks.steps import add, subtract

ARRIVE = (
    "A train leaves at {a} and takes {d}. When does it arrive?",
    "It is {a}. What time is it in {d}?",
    "A film starts at {a} and lasts {d}. When does it end?",
    "What time is it {d} after {a}?",
    "Add {d} to {a}.",
    "I start at {a} and work for {d}. At what time am I done?",
)
LEAVE = (
    "A train arrives at {a} after a ride of {d}. When did it leave?",
    "It is {a}. What time was it {d} ago?",
    "What time is it {d} before {a}?",
    "A meeting ended at {a} and lasted {d}. When did it begin?",
)
LENGTH = (
    "How long is it from {a} to {b}?",
    "A train leaves at {a} and arrives at {b}. How long is the ride?",
    "A shift runs from {a} to {b}. How long is it?",
    "How much time passes between {a} and {b}?",
    "A film starts at {a} and ends at {b}. How long does it last?",
)


def clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02d}"


def span(random: Random, minutes: int) -> str:
    """A duration in words."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return f"{rest} minutes"
    if not rest:
        return f"{hours} h"
    if random.random() < 0.5:
        return f"{hours} h {rest} min"
    return f"{hours} hour{'s' if hours > 1 else ''} and {rest} minutes"


def forward(start: int, duration: int) -> str:
    """Hours first, then minutes with a carry."""
    hours, minutes = divmod(duration, 60)
    hour, minute = divmod(start, 60)
    out = [f"{clock(start)}:"]
    if hours:
        out.append(f"{hour}+{hours}={hour + hours}")
    hour += hours
    if minutes:
        out.append(add(minute, minutes))
        minute += minutes
        if minute >= 60:
            out.append(f"{minute}-60={minute - 60} {hour}+1={hour + 1}")
            hour, minute = hour + 1, minute - 60
    return " ".join(out) + f" so {hour}:{minute:02d}"


def backward(end: int, duration: int) -> str:
    """Hours first, then minutes with a borrow."""
    hours, minutes = divmod(duration, 60)
    hour, minute = divmod(end, 60)
    out = [f"{clock(end)}:"]
    if hours:
        out.append(f"{hour}-{hours}={hour - hours}")
    hour -= hours
    if minutes:
        if minute < minutes:
            out.append(f"{minute}<{minutes} {minute}+60={minute + 60} {hour}-1={hour - 1}")
            hour, minute = hour - 1, minute + 60
        out.append(subtract(minute, minutes))
        minute -= minutes
    return " ".join(out) + f" so {hour}:{minute:02d}"


def length(start: int, end: int) -> str:
    """Hours and minutes apart, with a borrow where the minutes run out."""
    hours, minutes = end // 60 - start // 60, end % 60
    out = [f"{clock(start)} to {clock(end)}: {end // 60}-{start // 60}={hours}"]
    if minutes < start % 60:
        out.append(f"{minutes}<{start % 60} {minutes}+60={minutes + 60} {hours}-1={hours - 1}")
        hours, minutes = hours - 1, minutes + 60
    out.append(f"{subtract(minutes, start % 60)} so {hours} h {minutes - start % 60} min")
    return " ".join(out)


def answer_span(minutes: int) -> str:
    hours, rest = divmod(minutes, 60)
    if not rest:
        return f"{hours} h"
    return f"{hours} h {rest} min" if hours else f"{rest} min"


def times(random: Random, level: int) -> TaskQuestion:
    """Minutes only at level 0, hours and minutes above, back and differences in part."""
    grain = (5, 5, 1, 1)[level]
    duration = random.randint(10 // grain, (90, 300, 300, 700)[level] // grain) * grain
    start = random.randint(60 // grain, (24 * 60 - 1 - duration) // grain) * grain
    end = start + duration
    kind = random.random()
    wrong: tuple[str, ...]
    if kind < 0.4:
        question = random.choice(ARRIVE).format(a=clock(start), d=span(random, duration))
        thought, answer = forward(start, duration), clock(end)
        wrong = tuple(clock(t) for t in (end - 60, end + 60, end + 10) if 0 < t < 1440)
        words = closing(random, "It is {}.", "That is at {}.")
    elif kind < 0.6:
        question = random.choice(LEAVE).format(a=clock(end), d=span(random, duration))
        thought, answer = backward(end, duration), clock(start)
        wrong = tuple(clock(t) for t in (start - 60, start + 60, start + 10) if 0 < t < 1440)
        words = closing(random, "It was {}.", "That was at {}.")
    else:
        question = random.choice(LENGTH).format(a=clock(start), b=clock(end))
        thought, answer = length(start, end), answer_span(duration)
        wrong = tuple(answer_span(t) for t in (duration + 60, duration - 60, duration + 10) if t > 0)
        words = closing(random, "It takes {}.", "That is {}.")
    return TaskQuestion(
        question=question,
        answer=answer,
        thought=thought,
        family="times",
        level=level,
        words=words,
        check=f"{clock(start)} to {clock(end)} is {answer_span(duration)}, fits",
        wrong=wrong,
    )
