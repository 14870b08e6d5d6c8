"""Units: what each measures, its factor to the base unit, and how expressions of units are read.

Amounts of money keep their currency; nothing is converted at an exchange rate. A month is not
turned into days, nor a year, which is twelve months. A pound is a weight unless written as sterling.
"""

# ruff: noqa: SIM905 - lists of words read better as text
from __future__ import annotations

import re
from fractions import Fraction
from functools import cache
from typing import TypeAlias

from helicon.modes.answers.numerals import leading_numeral
from helicon.modes.answers.values import Dimension

Scale: TypeAlias = tuple[Fraction, Dimension]
"""A factor to base units, and what they are."""

# symbols: base unit, factor, spellings (case counts in spellings of one to three letters)
_TABLE = """
g      1            g gram gramme gr
g      0.001        mg milligram
g      0.000001     µg μg ug mcg microgram
g      1000         kg kilogram kilo kilogramme
g      1000000      t tonne ton
g      453.59237    lb lbs pound
g      28.349523125 oz ounce
m      1            m meter metre
m      0.1          dm decimeter decimetre
m      0.01         cm centimeter centimetre
m      0.001        mm millimeter millimetre
m      0.000001     µm μm um micrometer micrometre micron
m      0.000000001  nm nanometer nanometre
m      1000         km kilometer kilometre
m      1609.344     mi mile
m      0.9144       yd yard
m      0.3048       ft foot feet
m      0.0254       in inch inche
s      1            s sec second secs
s      0.001        ms millisecond
s      0.000001     µs μs us microsecond
s      0.000000001  ns nanosecond
s      60           min minute mins
s      3600         h hr hour hrs
s      86400        d day
s      604800       wk week
mo     1            mo month
mo     12           yr year y
mo     120          decade
mo     1200         century centurie
K      1            K kelvin
A      1            A amp ampere
A      0.001        mA milliampere
mol    1            mol mole
rad    1            rad radian
deg    1            ° deg degree
bit    1            bit
bit    8            B byte
bit    8000         kB KB kilobyte
bit    8000000      MB megabyte
bit    8000000000   GB gigabyte
bit    8000000000000 TB terabyte
bit    8192         KiB kibibyte
bit    8388608      MiB mebibyte
bit    8589934592   GiB gibibyte
bit    1000         kbit kilobit
bit    1000000      Mbit megabit
bit    1000000000   Gbit gigabit
USD    1            $ usd dollar buck us$
USD    0.01         ¢ cent
EUR    1            € eur euro
GBP    1            £ gbp quid
GBP    0.01         pence penny
JPY    1            ¥ jpy yen
INR    1            ₹ inr rupee
CHF    1            chf franc
CNY    1            cny rmb yuan
KRW    1            ₩ krw won
"""
# derived units: spellings, factor, expression in base units
_DERIVED = """
l L liter litre|0.001|m^3
ml mL milliliter millilitre cc|0.000001|m^3
cl centiliter centilitre|0.00001|m^3
dl deciliter decilitre|0.0001|m^3
gal gallon|0.003785411784|m^3
ha hectare|10000|m^2
acre|4046.8564224|m^2
N newton|1000|g*m/s^2
J joule|1000|g*m^2/s^2
kJ kilojoule|1000000|g*m^2/s^2
MJ megajoule|1000000000|g*m^2/s^2
cal calorie|4184|g*m^2/s^2
kcal kilocalorie|4184000|g*m^2/s^2
Wh watt-hour|3600000|g*m^2/s^2
kWh kilowatt-hour|3600000000|g*m^2/s^2
W watt|1000|g*m^2/s^3
kW kilowatt|1000000|g*m^2/s^3
MW megawatt|1000000000|g*m^2/s^3
V volt|1000|g*m^2/s^3/A
Ω ohm|1000|g*m^2/s^3/A^2
Pa pascal|1000|g/m/s^2
kPa kilopascal|1000000|g/m/s^2
bar|100000000|g/m/s^2
Hz hertz|1|s^-1
kHz kilohertz|1000|s^-1
MHz megahertz|1000000|s^-1
GHz gigahertz|1000000000|s^-1
mph|0.44704|m/s
kph kmh|5/18|m/s
kn knot|463/900|m/s
"""
_MONEY = frozenset({"USD", "EUR", "GBP", "JPY", "INR", "CHF", "CNY", "KRW"})
_UNIT = re.compile(
    r"\s?(?:(?P<shape>square|cubic|sq\.?|cu\.?)\s)?(?P<unit>[^\W\d_]+|[$€£¥₹₩¢°])\.?"
    r"(?:\^\{?(?P<power>-?\d)\}?(?!\d)|(?P<digit>[23])(?!\d))?",
    re.I,
)
_UNIT_LINK = re.compile(r"\s?(/|\bper\b|\*|\ba(?=\s(?:second|minute|hour|day|week|month|year)\b))\s?", re.I)
_NO_UNITS = frozenset(
    "is are was were be the a an to of or and then than by with in on at as not if it he she they we you i for from "
    "but so because which that this these those there more less times plus minus equals".split()
)


def leading_unit(text: str) -> tuple[Scale, str] | None:
    """The longest unit expression a text begins with: ``km/h``, ``m^2``, ``square feet``, ``red apples``."""
    factor, place, sign = Fraction(1), 0, 1
    powers: dict[str, int] = {}
    while found := _UNIT.match(text, place):
        scale = _unit(found["unit"]) or (_named_unit(found["unit"]) if place else None)
        if scale is None:
            break
        power = {"sq": 2, "cu": 3}.get((found["shape"] or "")[:2].lower(), 1)
        power *= int(found["power"] or found["digit"] or 1) * sign
        factor *= scale[0] ** power
        for base, exponent in scale[1]:
            powers[base] = powers.get(base, 0) + exponent * power
        place = found.end()
        link = _UNIT_LINK.match(text, place)
        if link is None:
            return (factor, tuple(sorted((base, power) for base, power in powers.items() if power))), text[place:]
        sign, place = (1 if link[1] == "*" else -1), link.end()
        amount = leading_numeral(text[place:]) if sign < 0 else None  # "per 100 g"
        if amount is not None and amount[0].value > 0:
            factor /= amount[0].value
            place = len(text) - len(amount[1].lstrip())
    return _counted(text) if not place else None


def _named_unit(word: str) -> Scale | None:
    """An unknown word as a unit of its own."""
    name = word.casefold()
    return None if len(name) < 2 or name in _NO_UNITS else (Fraction(1), ((f"#{_singular(name)}", 1),))


def _counted(text: str) -> tuple[Scale, str] | None:
    """One or two unknown words as a unit of their own; they must end the text or meet a comma."""
    words = re.match(r"((?:[^\W\d_]+(?:['-][^\W\d_]+)*)(?: [^\W\d_]+(?:['-][^\W\d_]+)*)?)(?=$|,)", text)
    if words is None:
        return None
    names = words[1].casefold().split()
    if _NO_UNITS & set(names) or any(len(name) < 2 for name in names):
        return None
    name = "_".join([*names[:-1], _singular(names[-1])])
    return (Fraction(1), ((f"#{name}", 1),)), text[words.end() :]


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


def _unit(spelling: str) -> Scale | None:
    names = _units()
    plain = spelling.casefold()
    if spelling in names:
        return names[spelling]
    if len(plain) > 3 or plain in ("kwh", "kcal", "min", "sec", "hrs", "lbs", "usd", "eur", "gbp", "jpy", "inr", "chf"):
        return names.get(plain) or names.get(_singular(plain))
    return names.get(plain) if len(plain) == 2 or (plain in ("s", "l", "g") and spelling.islower()) else None


@cache
def _units() -> dict[str, Scale]:
    names: dict[str, Scale] = {}
    for line in _TABLE.split("\n"):
        if line:
            base, factor, *spellings = line.split()
            names |= {
                spelling: (Fraction(factor), ((base, 1),))
                for spelling in (*spellings, base)
                if spelling != base or spelling not in names
            }
    for line in _DERIVED.strip().split("\n"):
        spelled, factor, expression = line.split("|")
        powers: dict[str, int] = {}
        for link, base, power in re.findall(r"([*/]?)([A-Za-z]+)(?:\^(-?\d))?", expression):
            powers[base] = powers.get(base, 0) + int(power or 1) * (-1 if link == "/" else 1)
        names |= {spelling: (Fraction(factor), tuple(sorted(powers.items()))) for spelling in spelled.split()}
    return names


def spell_dimension(dimension: Dimension) -> str:
    dimension = tuple((base.lstrip("#").replace("_", " "), power) for base, power in dimension)
    above = [f"{base}^{power}" if power != 1 else base for base, power in dimension if power > 0]
    below = [f"/{base}^{-power}" if power != -1 else f"/{base}" for base, power in dimension if power < 0]
    if not above:
        return "*".join(f"{base}^{power}" for base, power in dimension)
    return "*".join(above) + "".join(below)


def is_money(dimension: Dimension) -> bool:
    """Whether a dimension is an amount of one currency."""
    return len(dimension) == 1 and dimension[0][0] in _MONEY
