"""From an answer's words to a typed value, without a model and without raising."""

# ruff: noqa: SIM905 - lists of words read better as text
from __future__ import annotations

import hashlib
import re
import unicodedata
from functools import lru_cache

from helicon.modes.answers import mathematics, structures
from helicon.modes.answers.arithmetic import is_false, worked_out
from helicon.modes.answers.calendar import calendar
from helicon.modes.answers.cleaning import clean
from helicon.modes.answers.numerals import numeral, ordinal
from helicon.modes.answers.quantities import quantity
from helicon.modes.answers.values import NONE, Answer, Measure, spell

MAX_LENGTH = 4_000
"""Characters of an answer in words; longer ones are equal only when they are the same text."""
MAX_CODE_LENGTH = 20_000

_YES_NO = re.compile(
    r"(yes|yeah|yep|no|nope|true|false|ja|nein|oui|non|sí)"
    r"(?=$|[,.;:!]|\s*[-—(]|\s+(?:because|indeed|since|as|(?:it|they|that|this|he|she|there)(?:'s|n't)?"
    r" (?:is|are|was|were|does|do|did|has|have|can|will|would|cannot|isn't|aren't|wasn't|doesn't|don't|can't))\b)",
    re.I,
)
_TRUE = frozenset("yes yeah yep true ja oui sí".split())
_CHOICE = re.compile(
    r"(?:(?:option|choice|answer)\s*:?\s*)?(?:\((?P<round>[A-Ja-j])\)|\[(?P<square>[A-J])\]|(?P<plain>[A-J])(?=[).:]|$)[).:]?"
    r"|(?P<small>[a-j])(?=\)|$)\)?)(?:\s*[-:.]?\s+(?P<body>\S.*))?"
)
_NAMED_CHOICE = re.compile(r"(?:the )?(?:option|choice|answer)\s*:?\s*\(?(?P<letter>[A-Ja-j])\)?", re.I)
_ASSIGNMENT = re.compile(r"(?P<name>[a-zA-Z](?:_\w{1,3})?|[A-Za-z]+\([a-z]\))\s*(?:=|≈)\s*(?P<value>[^=<>]+)")
_PROPORTION = re.compile(r"(?P<part>[\w-]+(?: [\w-]+)?) (?:out of|in)(?: every)? (?P<whole>[\w-]+(?: [\w-]+)?)", re.I)
LONGEST_SIGN = 40
_SIGNS = {
    "infinity": "∞",
    "+infinity": "∞",
    "+∞": "∞",
    "-infinity": "-∞",
    "∅": "{}",
    "\\emptyset": "{}",
    "\\varnothing": "{}",
    "empty set": "{}",
    "the empty set": "{}",
}
"""Words and signs that another sign stands for."""
_MARKS = r"\"'`’“”„!?;:()\[\]{}*_~…¿¡"
_LEADING_WORDS = re.compile(r"^(?:(?:the|a|an)\s+)+(?=\S)", re.I)


def canonical(answer: str) -> Answer:
    """The typed value of an answer.

    ``canonical(canonical(x).text) == canonical(x)`` for every text. Never raises.
    """
    if len(answer) > MAX_CODE_LENGTH:
        return _literal(answer)
    return _canonical(answer)


@lru_cache(maxsize=4096)
def _canonical(answer: str) -> Answer:
    value = first = _once(answer)
    for _ in range(4):
        again = _once(value.text)
        if again == value:
            return first if first == value else value
        value = again
    return _literal(answer)


def _literal(answer: str) -> Answer:
    digest = hashlib.sha256(" ".join(answer.split()).encode(errors="replace")).hexdigest()
    return Answer("literal", f"sha256:{digest}", answer)


def _once(answer: str) -> Answer:
    """One reading, most particular kind first."""
    if not answer.strip():
        return NONE
    found = structures.structured(answer)
    if found is not None:
        return found
    if len(answer) > MAX_LENGTH:
        return _literal(answer)
    sign = _SIGNS.get(clean(answer).lower()) if len(answer) < LONGEST_SIGN else None
    return _once(sign) if sign else _worded(answer, nested=False)


def _worded(answer: str, *, nested: bool) -> Answer:
    plain = clean(answer)
    if not plain:
        return _text(answer)
    return (
        calendar(plain)
        or structures.ratio(plain)
        or _proportion(plain)
        or _ordinal(plain)
        or quantity(plain)
        or quantity(_LEADING_WORDS.sub("", plain))
        or _boolean(plain)
        or _choice(plain)
        or _assignment(plain)
        or _arithmetic(plain)
        or (None if nested else structures.sequence(plain, _item))
        or _false(plain)
        or _mathematics(plain)
        or _text(plain)
    )


def _item(text: str) -> Answer:
    return _worded(text, nested=len(text) > 200 or text.count("(") > 8)


def _proportion(plain: str) -> Answer | None:
    """``3 out of 4`` and ``one in four``, as the fraction."""
    found = _PROPORTION.fullmatch(plain)
    part, whole = (numeral(found["part"]), numeral(found["whole"])) if found else (None, None)
    if part is None or whole is None or not 0 <= part.value <= whole.value or whole.value.denominator > 1:
        return None
    value = part.value / whole.value if whole.value else part.value
    return Answer("number", value, spell(value), Measure(value=value, shown=value, bare=True))


def _ordinal(plain: str) -> Answer | None:
    value = ordinal(plain)
    return None if value is None else Answer("ordinal", value, f"{value}th")


def _boolean(plain: str) -> Answer | None:
    found = _YES_NO.match(plain)
    if found is None:
        return None
    value = found[1].lower() in _TRUE
    return Answer("boolean", value, "yes" if value else "no")


def _choice(plain: str) -> Answer | None:
    found = _CHOICE.fullmatch(plain)
    named = _NAMED_CHOICE.fullmatch(plain)
    if named is not None:
        letter, body = named["letter"].upper(), None
    elif found is not None:
        letter = (found["round"] or found["square"] or found["plain"] or found["small"]).upper()
        body = found["body"]
    else:
        return None
    if not body:
        return Answer("choice", (letter, None), f"({letter})", vague=True)
    inner = _worded(body, nested=True)
    return Answer("choice", (letter, (inner.kind, inner.key)), f"({letter}) {inner.text}", parts=(inner,))


def _assignment(plain: str) -> Answer | None:
    found = _ASSIGNMENT.fullmatch(plain)
    if found is None:
        return None
    inner = _worded(found["value"], nested=True)
    if inner.kind not in ("number", "quantity", "math"):
        return None
    name = found["name"]
    return Answer("assignment", (name, inner.kind, inner.key), f"{name} = {inner.text}", parts=(inner,))


def _arithmetic(plain: str) -> Answer | None:
    value = worked_out(plain)
    if value is None:
        return None
    return Answer("number", value, spell(value), Measure(value=value, shown=value, bare=True))


def _false(plain: str) -> Answer | None:
    """An equation that does not hold is equal to itself alone, not to the number on its right."""
    if not is_false(plain):
        return None
    tight = re.sub(r"\s+", "", plain)
    return Answer("text", tight, tight)


def _mathematics(plain: str) -> Answer | None:
    if not mathematics.looks_mathematical(plain):
        return None
    form = re.sub(r"\s+", " ", plain)
    tight = re.sub(r"(?<![a-zA-Z])\s+|\s+(?![a-zA-Z])", "", form)
    return Answer("math", tight, tight)


def _text(plain: str) -> Answer:
    """Words compared without case, accents on Latin letters, articles at the start, and punctuation."""
    folded = _unaccented(unicodedata.normalize("NFKC", plain).casefold())
    folded = re.sub(r"(?<!\d)\.|\.(?!\d)|(?<!\d),|,(?!\d)", "", folded)
    folded = re.sub(rf"(?<=\d)(?!:)[{_MARKS}]+(?=\d)", " ", folded)  # "5(2)" is not 52
    folded = re.sub(rf"(?<!\d):|:(?!\d)|(?!:)[{_MARKS}]", "", folded)
    folded = re.sub(r"[\s–—-]+", " ", folded).strip()
    folded = _LEADING_WORDS.sub("", folded)
    if not folded:
        folded = " ".join(unicodedata.normalize("NFKC", plain).casefold().split())
    return Answer("text", folded, folded)


def _unaccented(text: str) -> str:
    """Latin letters without their accents; other scripts as they are."""
    letters = []
    for character in text:
        parts = unicodedata.normalize("NFD", character)
        letters.append(parts[0] if "a" <= parts[0] <= "z" else character)
    return "".join(letters)
