"""Which answers are the same, and which groups a list of answers falls into."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from helicon.modes.answers import mathematics
from helicon.modes.answers.canonical import canonical
from helicon.modes.answers.cleaning import clean
from helicon.modes.answers.units import is_money
from helicon.modes.answers.values import Answer, Measure

MAX_COMPARISONS = 60
"""Pairs of expressions that one grouping compares symbolically; the rest counts as unequal."""

_MATHEMATICAL = frozenset({"math", "assignment", "number", "list", "set"})


def same(one: str, other: str) -> bool:
    """Whether two answers to one question mean the same. Symmetric; never raises.

    Beside equal values this takes for the same: a rounded number and what it was rounded from (four
    digits shown, three beside an exact fraction, cents of money), and an answer that leaves out what
    the other states (the unit, the year, am or pm, a choice's words).
    """
    if one == other:
        return True
    first, second = canonical(one), canonical(other)
    return _equal(first, second, one, other) or _abbreviates(first, second) or _abbreviates(second, first)


def group(answers: Sequence[str]) -> list[int]:
    """The number of each answer's group, from 0 in order of first appearance.

    Groups are closed under equality. An answer that leaves something out joins the one group it
    fits; where it fits several ("42" beside "42 km" and "42 m") it stays alone. Empty answers say
    nothing, so each is a group of its own.
    """
    values = [canonical(answer) for answer in answers]
    groups = list(range(len(answers)))
    tries = 0
    for at, value in enumerate(values):
        for before in range(at):
            if groups[before] == groups[at]:
                continue
            tries += _symbolic(value) or _symbolic(values[before])
            if _equal(values[before], value, answers[before], answers[at], late=tries > MAX_COMPARISONS):
                _merge(groups, groups[before], groups[at])
    for at, value in enumerate(values):
        fitting = {groups[i] for i, fuller in enumerate(values) if _abbreviates(value, fuller)} - {groups[at]}
        if len(fitting) == 1:
            _merge(groups, fitting.pop(), groups[at])
    numbers: dict[int, int] = {}
    return [numbers.setdefault(mine, len(numbers)) for mine in groups]


def _merge(groups: list[int], into: int, gone: int) -> None:
    groups[:] = [into if mine == gone else mine for mine in groups]


def _equal(first: Answer, second: Answer, one: str, other: str, *, late: bool = False) -> bool:
    if "none" in (first.kind, second.kind):
        return False
    if first == second or _close(first, second):
        return True
    if {first.kind, second.kind} <= {"list", "set"}:
        return _same_items(first, second)
    kinds = {first.kind, second.kind}
    if kinds == {"list", "text"}:
        return _unlisted(first) == _unlisted(second)
    if late or not kinds <= _MATHEMATICAL or not (_symbolic(first) or _symbolic(second)):
        return False
    return mathematics.equal(clean(one), clean(other))


def _symbolic(answer: Answer) -> bool:
    """Whether mathematical notation is left that only the library can compare."""
    return answer.kind == "math" or any(part.kind == "math" for part in answer.parts)


def _close(first: Answer, second: Answer) -> bool:
    """Whether one number is the other, rounded."""
    one, two = first.measure, second.measure
    if one is None or two is None or one.dimension != two.dimension:
        return False
    coarse, fine = (one, two) if one.half >= two.half else (two, one)
    if not coarse.half or coarse.half == fine.half or abs(coarse.value - fine.value) > coarse.half:
        return False
    if is_money(coarse.dimension) and coarse.half == Fraction(1, 200):
        return True
    repeating = not fine.half and not _terminates(fine)
    return coarse.significant >= (3 if repeating else 4)


def _terminates(measure: Measure) -> bool:
    rest = measure.shown.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    return rest == 1


def _same_items(first: Answer, second: Answer) -> bool:
    """Lists in order; a set beside a list, or beside a set, in any order. Items may be rounded."""
    one, two = list(first.parts), list(second.parts)
    if len(one) != len(two):
        return False
    if first.kind == second.kind == "list":
        brackets = [_brackets(first), _brackets(second)]
        if "" not in brackets and brackets[0] != brackets[1]:
            return False
        return all(map(_same_item, one, two))
    for item in one:
        match = next((at for at, candidate in enumerate(two) if _same_item(item, candidate)), None)
        if match is None:
            return False
        del two[match]
    return True


def _unlisted(answer: Answer) -> str:
    """A name with a comma in it reads as a list; this is the same without the comma."""
    words = all(part.kind == "text" for part in answer.parts)
    return " ".join(part.text for part in answer.parts) if answer.parts and words else answer.text


def _brackets(answer: Answer) -> str:
    assert isinstance(answer.key, tuple)
    return str(answer.key[1])


def _same_item(first: Answer, second: Answer) -> bool:
    return first == second or _close(first, second) or _abbreviates(first, second) or _abbreviates(second, first)


def _abbreviates(short: Answer, full: Answer) -> bool:
    """Whether ``short`` says the same as ``full`` with something left out."""
    if short == full or short.kind == "none":
        return False
    if short.kind == "number" and short.measure is not None and short.measure.bare:
        return _bare_number(short, full)
    if full.kind == "choice" and full.parts:
        letter = full.key[0] if isinstance(full.key, tuple) else None
        if short.kind == "choice":
            return short.vague and isinstance(short.key, tuple) and short.key[0] == letter
        return short == full.parts[0]
    if full.kind == "assignment":
        return short == full.parts[0]
    if short.kind == full.kind == "date":
        return (
            short.vague
            and isinstance(short.key, tuple)
            and isinstance(full.key, tuple)
            and (full.key[0] is not None and short.key[1:] == full.key[1:3] and short.key[2] is not None)
        )
    if short.kind == full.kind == "time" and short.vague and not full.vague:
        assert isinstance(short.key, tuple)
        assert isinstance(full.key, tuple)
        return bool((short.key[0] - full.key[0]) % 43200 == 0)
    return False


def _bare_number(short: Answer, full: Answer) -> bool:
    """A number beside the same number with a unit, a percent sign, a name, or as an ordinal."""
    assert short.measure is not None
    number = short.measure.shown
    if full.kind == "ordinal":
        return number == full.key
    if full.kind in ("assignment", "choice") and full.parts:
        return short == full.parts[0] or _bare_number(short, full.parts[0])
    measure = full.measure
    return measure is not None and not measure.bare and measure.shown == number
