"""Is an answer right? Text in, verdict out; no model and no judge.

A scorer is named in words: ``same`` compares typed answers (``helicon.modes.answers``); a kind of
answer (``number``, ``choice``, ``date``...) does the same and promises that the expected answer is of
that kind; ``exact``, ``contains`` and ``regex`` look at the spelling; ``countdown`` takes any equation
that uses the right numbers and reaches the target.
"""

from __future__ import annotations

import re
from typing import get_args

from helicon.modes.answers.values import Kind

SPELLED = ("same", "exact", "contains", "regex", "countdown")
KINDS: tuple[str, ...] = tuple(kind for kind in get_args(Kind) if kind not in ("none", "literal"))
SCORERS = (*SPELLED, *KINDS)


def problem(scorer: str, expected: str) -> str:
    """What is wrong with a scorer and its expected answer, in words; empty when nothing is."""
    if scorer not in SCORERS:
        return f"the scorer is {scorer!r}; expected one of {', '.join(SCORERS)}."
    if not expected.strip():
        return "the answer is empty; expected what a right reply says."
    if scorer == "regex":
        try:
            re.compile(expected)
        except re.error as error:
            return f"the answer {expected!r} is no regular expression: {error}."
    if scorer == "countdown":
        from helicon.training.grading import value_of

        left, equals, _ = expected.partition("=")
        if not equals or value_of(left) is None:
            return f"the answer {expected!r} is no equation; expected one like '3 * 4 + 2 = 14'."
    if scorer in KINDS:
        from helicon.modes.answers import canonical

        found = canonical(expected).kind
        if found != scorer:
            return f"the answer {expected!r} reads as {found!r}; the scorer {scorer!r} expects an answer of its kind."
    return ""


def is_right(scorer: str, expected: str, *, answer: str, text: str) -> bool:
    """Whether a reply is right: ``answer`` is its short answer as read, ``text`` all of it.

    Raises:
        ValueError: no such scorer.
    """
    match scorer:
        case "exact":
            return expected.strip() in (answer.strip(), text.strip())
        case "contains":
            return _flat(expected) in _flat(text)
        case "regex":
            return re.search(expected, text) is not None
        case "countdown":
            from helicon.training.grading import is_right as equation_is_right

            return equation_is_right(answer, expected, "countdown")
        case _ if scorer == "same" or scorer in KINDS:
            from helicon.modes.answers import same

            return bool(answer) and same(answer, expected)
        case _:
            raise ValueError(f"unknown scorer {scorer!r}: expected one of {', '.join(SCORERS)}")


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())
