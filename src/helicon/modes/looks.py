"""How a question looks before anything was asked of a model. Pure.

A guess from the words alone, in English, cheap and explainable; ``auto`` corrects it afterwards by
what the model itself shows. A question looks hard when it asks for work in several steps:

* it has code, a formula or a table in it, or is longer than ``LONG`` characters;
* it has three numbers or more, or two numbers of which one has more than two digits;
* a number stands beside a word of working out (cheaper, how many, percent, sort, equation...);
* a word of reasoning stands in it (prove, why, plan, compare, puzzle, debug, step by step...).

Otherwise it looks easy: short, factual, conversational, or small arithmetic.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LONG = 400
"""Characters from which a question looks hard."""

_REASONING = re.compile(
    r"\b(prov(e|ing)|proof|derive|why|explain|plan|design|compare|contrast|analy[sz]e|optimi[sz]e|debug|refactor|"
    r"algorithm|puzzle|riddle|logic(al|ally)?|strategy|step[- ]by[- ]step|trade-?offs?|pros and cons|"
    r"solve|equations?|integral|derivative|probabilit(y|ies)|theorem|schedule|knights?|knaves?|liar|countdown)\b",
    re.IGNORECASE,
)
_WORKING_OUT = re.compile(
    r"\b(cheape(r|st)|per|how (many|much|long|far|old)|percent(age)?|discount|total|sum|product|average|mean|gcd|lcm|"
    r"divisor|multiple|factors?|sort(ed)?|order|descending|ascending|calendar|weekday|what day|days?|hours?|minutes?|"
    r"later|earlier|after|before|until|between|difference|count|letters?|remainder|square|convert|rate|speed|twice|half)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,:/]\d+)*")
_CODE = re.compile(r"```|\bdef \w+\(|[{};]\s*$|\\frac|\\int|\\sum|\$[^$]+\$|^\s*\|.*\|", re.MULTILINE)
_COUNTING = re.compile(r"\bhow many\b.*\b(letters?|times|vowels?|words?)\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Look:
    """A first guess and its reason, in words for ``ModeChosen``."""

    easy: bool
    reason: str


def look(text: str) -> Look:
    """How the question ``text`` looks; see the module's text for the rule."""
    words = text.strip()
    if len(words) > LONG:
        return Look(False, f"looks hard: longer than {LONG} characters")
    if _CODE.search(words):
        return Look(False, "looks hard: it has code or a formula in it")
    reasoning = _REASONING.search(words)
    if reasoning:
        return Look(False, f"looks hard: it says {reasoning.group(0).lower()!r}")
    if _COUNTING.search(words):
        return Look(False, "looks hard: it asks to count")
    numbers = _NUMBER.findall(words)
    if len(numbers) >= 3:
        return Look(False, f"looks hard: it has {len(numbers)} numbers in it")
    if len(numbers) == 2 and any(len(re.sub(r"\D", "", number)) > 2 for number in numbers):
        return Look(False, "looks hard: it has large numbers in it")
    if numbers:
        working = _WORKING_OUT.search(words)
        if working:
            return Look(False, f"looks hard: a number and {working.group(0).lower()!r}")
        return Look(True, "looks easy: small numbers only")
    return Look(True, "looks easy: short and without calculation")
