"""Equality of mathematical expressions, by ``math-verify`` and sympy.

The library is imported at the first comparison (about a second). It is bounded without signals, so
that it works in any thread: a profile hook of this thread ends a comparison that takes too long, and
what could make a single step huge (towers of powers, large factorials) is not tried. Giving up means
"not equal".
"""

# ruff: noqa: SIM905 - lists of words read better as text
from __future__ import annotations

import logging
import re
import sys
import threading
from functools import cache, lru_cache
from types import FrameType
from typing import Any

MAX_STEPS = 4_000_000
"""Calls and returns that one comparison may make: one to three seconds. Counting steps and not seconds
gives the same outcome on a busy machine."""
MAX_LENGTH = 300

_FUNCTIONS = frozenset(
    "sqrt frac dfrac tfrac sin cos tan cot sec csc log ln exp pi theta alpha beta gamma lambda mu phi sigma omega "
    "delta infty inf int sum prod lim binom cdot times div pm le leq ge geq neq ne in cup cap emptyset mathbb left "
    "right text begin end pmatrix bmatrix matrix arcsin arccos arctan sinh cosh tanh mod max min gcd lcm abs to".split()
)
_NOTATION = re.compile(
    r"\\[a-zA-Z]+|[√π∞∫∑∏≤≥≠∈∪∩±^]|\b(?:sqrt|pi|log|ln|sin|cos|tan|exp)\b|(?<![a-zA-Z])[a-zA-Z]\s*[-+*/=<>(]|"
    r"[\d)]!|\d[a-zA-Z](?![a-zA-Z])|\d\s*[-+*/]\s*[\d(]|[=<>]"
)
_LOCK = threading.Lock()


class _Late(BaseException):
    """Not an ``Exception``, so that the library's own handlers let it through."""


def looks_mathematical(text: str) -> bool:
    """Whether a text is notation and not prose."""
    if not text or len(text) > MAX_LENGTH or not _NOTATION.search(text):
        return False
    return all(word.lower() in _FUNCTIONS for word in re.findall(r"[^\W\d_]{3,}", text))


def equal(one: str, other: str) -> bool:
    """Whether two expressions are the same; ``False`` when that cannot be told in time."""
    if not (_tame(one) and _tame(other)):
        return False
    first, second = sorted((one, other))
    return _equal(first, second)


def _tame(text: str) -> bool:
    """Whether evaluating a text cannot make a single step huge."""
    if not text or len(text) > MAX_LENGTH or max((len(d) for d in re.findall(r"\d+", text)), default=0) > 30:
        return False
    if re.search(r"\d\s*e\s*[+-]?\d{4,}", text, re.I):
        return False
    exponents = [int(digits[:6]) for digits in re.findall(r"(?:\^|\*\*)\s*[{(]?\s*-?\s*(\d+)", text)]
    product = 1
    for exponent in exponents:
        product *= max(exponent, 1)
    if product > 2000 or re.search(r"(?:\^|\*\*)\s*[{(]?[^{}()]{0,12}(?:\^|\*\*)", text):
        return False
    if re.search(r"\d{4,}\s*!|!\s*!|\)\s*!", text):
        return False
    return not re.search(r"binom\D{0,3}\d{4,}", text)


@lru_cache(maxsize=2048)
def _equal(one: str, other: str) -> bool:
    with _LOCK:
        library = _library()
        steps = 0

        def watch(_frame: FrameType, _event: str, _argument: Any) -> None:
            nonlocal steps
            steps += 1
            if steps > MAX_STEPS:
                raise _Late

        before = sys.getprofile()
        sys.setprofile(watch)
        try:
            return _verified(library, one, other)
        except _Late:
            return False
        except Exception:  # noqa: BLE001 - the boundary to a parser of arbitrary text: not read is not equal
            return False
        finally:
            sys.setprofile(before)


def _verified(library: Any, one: str, other: str) -> bool:
    first, second = (library.parse(_dressed(text), parsing_timeout=None) for text in (one, other))
    if not first or not second:
        return False
    return any(
        library.verify(gold, target, timeout_seconds=None) for gold, target in ((first, second), (second, first))
    )


def _dressed(text: str) -> str:
    text = re.sub(r"√\s*(\d+|[a-zA-Z])", r"\\sqrt{\1}", text).replace("√", "\\sqrt ")
    text = text.replace("π", "\\pi ").replace("≤", "\\le ").replace("≥", "\\ge ")
    text = text.replace("∞", "\\infty ")
    text = re.sub(r"\\sqrt \s*\(([^()]*)\)", r"\\sqrt{\1}", text)
    text = re.sub(r"(?<![\\a-zA-Z])sqrt\s*\(([^()]*)\)", r"\\sqrt{\1}", text)
    text = re.sub(r"(?<![\\a-zA-Z])(pi|sin|cos|tan|log|ln|exp|sqrt)\b", r"\\\1", text)
    if "$" in text:
        return text
    text = text.replace("**", "^").replace("*", r" \cdot ")
    return f"${text}$"


@cache
def _library() -> Any:
    """The library, with its parser's tables built: neither counts as a comparison's time."""
    import math_verify

    for name in ("math_verify.parser", "math_verify.grader"):
        logging.getLogger(name).setLevel(logging.CRITICAL)  # they warn that no signal bounds them
    math_verify.parse("$\\frac{1}{2}$", parsing_timeout=None)
    return math_verify
