"""Numbers as people write them: separators of several locales, fractions, powers of ten, words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

_GROUPED = r"(?!0)\d{1,3}(?:,\d{3})+(?:\.\d+)?"
_INDIAN = r"(?!0)\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?"
_DOTTED = r"(?!0)\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|(?!0)\d{1,3}(?:\.\d{3})+,\d+"
_SPACED = r"(?!0)\d{1,3}(?:[ '_]\d{3})+(?:[.,]\d+)?"
_DECIMAL = r"\d+,\d+|\d+\.\d+|\d+|\.\d+"
_PLAIN = rf"(?:{_GROUPED}|{_INDIAN}|{_DOTTED}|{_SPACED}|{_DECIMAL})(?!\d|[.,]\d|'\d)"
_POWER = r"(?:\s*(?:e(?P<e>[+-]?\d{1,3})(?![\w^])|(?:\*|x)\s*10\s*(?:\^|\*\*)\s*\{?\(?(?P<p>[+-]?\d{1,3})\)?\}?))?"
_NUMBER = re.compile(
    r"(?P<sign>[+-]\s?)?(?:"
    r"(?:(?P<whole>\d{1,9})[ -])?(?P<top>\d{1,18})\s?/\s?(?P<bottom>\d{1,18})(?![\d.,/]\d|/)"
    rf"|(?P<plain>{_PLAIN}){_POWER}"
    r")",
    re.IGNORECASE,
)

_ONES = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_SMALL = {word: value for value, word in enumerate(_ONES)} | {
    word: 10 * value for value, word in enumerate(_TENS, start=2)
}
_SCALES = {"hundred": 10**2, "thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}
_PARTS = {
    "half": 2,
    "halve": 2,
    "third": 3,
    "quarter": 4,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "eighth": 8,
    "tenth": 10,
}
_ORDINALS = {
    "first": 1,
    "second": 2,
    "third": 3,
    "fourth": 4,
    "fifth": 5,
    "sixth": 6,
    "seventh": 7,
    "eighth": 8,
    "ninth": 9,
    "tenth": 10,
    "eleventh": 11,
    "twelfth": 12,
    "twentieth": 20,
}
_MULTIPLES = _SCALES | {"k": 10**3, "mn": 10**6, "bn": 10**9, "dozen": 12}
_MULTIPLE = re.compile(r"\s?\b(hundred|thousand|million|billion|trillion|dozen|mn|bn)s?\b|k\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number and how precisely it was written."""

    value: Fraction
    half: Fraction = Fraction(0)
    """Half of the last decimal place; 0 when exact."""
    significant: int = 0


def leading_numeral(text: str) -> tuple[Numeral, str] | None:
    """The number a text begins with, and the rest of the text."""
    found = _NUMBER.match(text)
    if found is None:
        return _leading_words(text)
    numeral = _read(found)
    rest = text[found.end() :]
    multiple = _MULTIPLE.match(rest)
    if multiple is not None:
        factor = _MULTIPLES[(multiple[1] or "k").lower()]
        numeral = Numeral(numeral.value * factor, numeral.half * factor, numeral.significant)
        rest = rest[multiple.end() :]
    return numeral, rest


def numeral(text: str) -> Numeral | None:
    """A text that is a number and nothing else."""
    found = leading_numeral(text)
    return found[0] if found is not None and not found[1].strip() else None


def ordinal(text: str) -> int | None:
    """``3rd``, ``21st`` or ``third`` as a whole number."""
    found = re.fullmatch(r"(?:the )?(\d{1,9})(?:st|nd|rd|th)", text, re.IGNORECASE)
    if found:
        return int(found[1])
    words = text.lower().removeprefix("the ").replace("-", " ").split()
    if not words or words[-1] not in _ORDINALS:
        return None
    before = _count(words[:-1]) if words[:-1] else 0
    last = _ORDINALS[words[-1]]
    if before is None or (before and (before % 10 or last > 9)):
        return None
    return before + last


def _read(found: re.Match[str]) -> Numeral:
    sign = -1 if (found["sign"] or "").startswith("-") else 1
    if found["top"] is not None:
        bottom = int(found["bottom"])
        if bottom == 0:
            return Numeral(sign * Fraction(int(found["top"])), significant=0)
        return Numeral(sign * (int(found["whole"] or 0) + Fraction(int(found["top"]), bottom)))
    digits = _decimal(found["plain"][:400])
    exponent = int(found["e"] or found["p"] or 0)
    places = len(digits.partition(".")[2])
    scale = Fraction(10) ** exponent
    half = Fraction(1, 2 * 10**places) * scale if places else Fraction(0)
    return Numeral(sign * Fraction(digits) * scale, half, len(digits.replace(".", "").lstrip("0")))


def _decimal(plain: str) -> str:
    """Digits with at most a point, from any locale's separators."""
    if re.fullmatch(rf"{_GROUPED}|{_INDIAN}", plain):
        return plain.replace(",", "")
    if re.fullmatch(_DOTTED, plain):
        return plain.replace(".", "").replace(",", ".")
    digits = re.sub(r"[ '_]", "", plain).replace(",", ".")
    return "0" + digits if digits.startswith(".") else digits


def _leading_words(text: str) -> tuple[Numeral, str] | None:
    """A number in English words at the beginning of a text."""
    known = {*_SMALL, *_SCALES, "and", "a", "an", "minus", "negative", "point", *_PARTS, "dozen"}
    spans = [(found[0].lower(), found.end()) for found in re.finditer(r"[a-z]+", text[:200], re.IGNORECASE)]
    words: list[str] = []
    place = 0
    for word, end in spans:
        if not re.fullmatch(r"[ -]*", text[place : end - len(word)]) or not {word, word.removesuffix("s")} & known:
            break
        words.append(word)
        place = end
    ends = [end for _, end in spans]
    if words[:2] in (["half", "a"], ["half", "an"]):
        return Numeral(Fraction(1, 2)), text[ends[1] :]
    while words:
        value = _from_words(words)
        if value is not None:
            return Numeral(value), text[ends[len(words) - 1] :]
        words.pop()
    return None


def _from_words(words: list[str]) -> Fraction | None:
    if words[0] in ("minus", "negative"):
        inner = _from_words(words[1:]) if words[1:] else None
        return -inner if inner is not None else None
    last = words[-1].removesuffix("s")
    if last in _PARTS:
        rest = words[:-1]
        if not rest:
            return Fraction(1, 2) if last == "half" else None
        if "and" in rest[1:]:
            at = len(rest) - 1 - rest[::-1].index("and")
            whole, rest = _count(rest[:at]), rest[at + 1 :] or ["one"]
        else:
            whole = 0
        top = 1 if rest in (["a"], ["an"]) else _count(rest)
        return None if whole is None or top is None else whole + Fraction(top, _PARTS[last])
    if "point" in words:
        at = words.index("point")
        whole = _count(words[:at]) if words[:at] else 0
        digits = [_SMALL.get(word, 10) for word in words[at + 1 :]]
        if whole is None or not digits or max(digits) > 9:
            return None
        return whole + Fraction(int("".join(map(str, digits))), 10 ** len(digits))
    count = _count(words)
    return None if count is None else Fraction(count)


def _count(words: list[str]) -> int | None:
    """A whole number in words; ``None`` when they make none."""
    if not words or words[0] == "and" or words[-1] in ("and", "a", "an"):
        return None
    total = part = 0
    last = 0
    for at, word in enumerate(words):
        if word == "and":
            if not (total or part):
                return None
            last = 0
        elif word in ("a", "an"):
            if at or len(words) < 2 or words[1] not in {*_SCALES, "dozen"}:
                return None
            part = 1
        elif word in _SMALL:
            value = _SMALL[word]
            tens_then_ones = 20 <= last <= 90 and 0 < value < 10
            if last and not tens_then_ones and last != 100:
                return None
            part += value
            last = value or 1
        elif word.removesuffix("s") == "dozen":
            part, last = (part or 1) * 12, 1
        elif word == "hundred":
            part, last = (part or 1) * 100, 100
        elif word.removesuffix("s") in _SCALES:
            total += (part or 1) * _SCALES[word.removesuffix("s")]
            part, last = 0, 0
        else:
            return None
    return total + part
