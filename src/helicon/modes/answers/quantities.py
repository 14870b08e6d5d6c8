"""Quantities: a number with its unit, sums like ``1 h 30 min``, amounts of money, degrees, percent.

An unknown word after a number ("42 apples") counts as a unit of its own.
"""

from __future__ import annotations

import re
from fractions import Fraction

from helicon.modes.answers.numerals import Numeral, leading_numeral
from helicon.modes.answers.units import Scale, leading_unit, spell_dimension
from helicon.modes.answers.values import Answer, Measure, spell

_SIGNS = "$€£¥₹₩"
_CODES = "usd|eur|gbp|jpy|inr|chf|cny|krw"
_LEADING_SIGN = re.compile(
    rf"(?P<minus>-?)\s?(?:us|ca|au)?(?P<sign>[{_SIGNS}]|\b(?:{_CODES})\b)\s?(?P<rest>[-\d.].*)", re.I
)
_TEMPERATURE = re.compile(
    r"(?:°|degrees?)\s?(?P<letter>[CFK])?(?:elsius|ahrenheit)?|(?P<word>celsius|fahrenheit)", re.I
)


def quantity(text: str) -> Answer | None:
    """``250 g``, ``$3.40``, ``12 %``, ``72 km/h``, ``1 h 30 min``, ``21 °C``, ``42 apples``, ``42``."""
    text = re.sub(r"\bpounds? sterling\b", "GBP", text.strip(), flags=re.I)
    found = _LEADING_SIGN.fullmatch(text)
    if found is not None:
        amount = leading_numeral(found["rest"])
        if amount is None:
            return None
        rest = re.sub(rf"^\s*(?:{_CODES})\b", "", amount[1], flags=re.I)
        text = f"{found['minus']}{found['rest'][: len(found['rest']) - len(amount[1])]} {found['sign']}{rest}"
    total: Answer | None = None
    for _ in range(5):
        part = _part(text)
        if part is None:
            return None
        answer, rest = part
        total = answer if total is None else _add(total, answer)
        if total is None:
            return None
        text = re.sub(r"^\s*(?:,\s*(?:and\s+)?|and\s+)?", "", rest)
        if not text:
            return total
    return None


def _part(text: str) -> tuple[Answer, str] | None:
    """One number with its unit, and what follows."""
    found = leading_numeral(text)
    if found is None:
        return None
    numeral, rest = found
    rest = rest.lstrip(" -") if rest.startswith((" ", "-")) else rest
    percent = re.match(r"%|per ?cent(?:age points?)?\b|pct\b", rest, re.I)
    if percent:
        measure = _measure(numeral, (Fraction(1, 100), ()), bare=False)
        return _answer(measure, "number"), rest[percent.end() :]
    degrees = _TEMPERATURE.match(rest)
    if degrees and (degrees["letter"] or degrees["word"]):
        letter = (degrees["letter"] or degrees["word"][0]).upper()
        return _temperature(numeral, letter), rest[degrees.end() :]
    if not rest:
        return _answer(_measure(numeral, (Fraction(1), ()), bare=True), "number"), ""
    unit = leading_unit(rest)
    if unit is None:
        return None
    scale, rest = unit
    return _answer(_measure(numeral, scale, bare=False), "quantity"), rest


def _measure(numeral: Numeral, scale: Scale, *, bare: bool) -> Measure:
    factor, dimension = scale
    return Measure(
        value=numeral.value * factor,
        dimension=dimension,
        shown=numeral.value,
        half=numeral.half * factor,
        significant=numeral.significant,
        bare=bare,
    )


def _temperature(numeral: Numeral, letter: str) -> Answer:
    """Degrees on a scale with its own zero, as kelvin."""
    factor = Fraction(5, 9) if letter == "F" else Fraction(1)
    zero = {"C": Fraction(27315, 100), "F": Fraction(45967, 180), "K": Fraction(0)}[letter]
    measure = Measure(
        value=numeral.value * factor + zero,
        dimension=(("K", 1),),
        shown=numeral.value,
        half=numeral.half * factor,
        significant=numeral.significant,
    )
    return _answer(measure, "quantity")


def _add(first: Answer, second: Answer) -> Answer | None:
    """The sum of two quantities of one dimension, the larger unit first."""
    one, two = first.measure, second.measure
    if one is None or two is None or not one.dimension or one.dimension != two.dimension:
        return None
    if two.value < 0 or one.dimension[0][0].startswith("#"):
        return None
    value = one.value + (two.value if one.value >= 0 else -two.value)
    return _answer(Measure(value=value, dimension=one.dimension, shown=value, half=two.half), "quantity")


def _answer(measure: Measure, kind: str) -> Answer:
    if kind == "number" or not measure.dimension:
        return Answer("number", measure.value, spell(measure.value), measure)
    text = f"{spell(measure.value)} {spell_dimension(measure.dimension)}"
    return Answer("quantity", (measure.value, measure.dimension), text, measure)
