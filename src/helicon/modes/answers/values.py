"""What an answer is once it is read: a kind, a key that decides equality, and a canonical wording."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "none",  # nothing that can be compared
    "number",  # 42, 3/4, 75 %, forty-two
    "quantity",  # 250 g, $3.40, 1 h 30 min, 42 apples
    "ordinal",  # 3rd, third
    "ratio",  # 3:4, 3 to 4
    "date",  # with any of year, month and day, and perhaps a time
    "time",  # of day
    "weekday",
    "boolean",  # yes, no, true, false
    "choice",  # (B), B) Paris
    "list",  # in order
    "set",  # in any order
    "json",
    "code",
    "assignment",  # x = 5
    "math",  # anything else in mathematical notation
    "text",
    "literal",  # too long or too odd to be read as anything
]

Dimension: TypeAlias = tuple[tuple[str, int], ...]
"""Base units with their exponents, sorted: speed is ``(("m", 1), ("s", -1))``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """The number inside an answer, for comparisons that allow for rounding and left-out units."""

    value: Fraction
    """In base units."""
    dimension: Dimension = ()
    shown: Fraction
    """The number as written, before its unit or percent sign."""
    half: Fraction = Fraction(0)
    """Half of the last decimal place shown, in base units; 0 when the number is exact."""
    significant: int = 0
    """Digits shown from the first non-zero one."""
    bare: bool = False
    """Neither unit nor percent sign was written."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A typed answer. Two are equal when kind and key are."""

    kind: Kind
    key: Hashable
    text: str = field(compare=False)
    """Canonical wording; reading it again gives an equal answer."""
    measure: Measure | None = field(default=None, compare=False)
    parts: tuple[Answer, ...] = field(default=(), compare=False)
    """The items of a list or set, the body of a choice, the right side of an assignment."""
    vague: bool = field(default=False, compare=False)
    """Something was left out that another answer may state: brackets, am or pm."""


NONE = Answer("none", "", "")


def spell(value: Fraction) -> str:
    """A fraction in its shortest exact form: ``42``, ``0.75``, ``1/3``."""
    if value.denominator == 1:
        return str(value.numerator)
    rest, places = value.denominator, 0
    for prime in (2, 5):
        power = 0
        while rest % prime == 0:
            rest //= prime
            power += 1
        places = max(places, power)
    if rest != 1 or places > 12:
        return f"{value.numerator}/{value.denominator}"
    digits = str(abs(value.numerator) * 10**places // value.denominator).rjust(places + 1, "0")
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-places]}.{digits[-places:]}"
