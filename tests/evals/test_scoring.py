"""Whether a reply is right.

1. ``same`` and the kinds compare by meaning, the short answer alone; without one nothing is right.
2. ``exact``, ``contains`` and ``regex`` look at the spelling.
3. ``countdown`` takes every equation that reaches the target with the numbers.
"""

from __future__ import annotations

import pytest

from helicon.evals.scoring import SCORERS, is_right, problem


@pytest.mark.parametrize(
    ("scorer", "expected", "answer", "text", "right"),
    [
        ("same", "0.5", "1/2", "It is 1/2.", True),
        ("same", "5", "6", "5 or 6", False),
        ("same", "5", "", "five?", False),
        ("number", "1200", "1,200", "", True),
        ("choice", "(B)", "B", "", True),
        ("exact", "Paris", "paris", "paris", False),
        ("exact", "Paris", "Paris", "It is Paris.", True),
        ("contains", "New  York", "", "I think it is new york.", True),
        ("contains", "Rome", "", "I think it is new york.", False),
        ("regex", r"^\d{4}-\d\d$", "", "2024-05", True),
        ("regex", r"^\d{4}-\d\d$", "", "May 2024", False),
        ("countdown", "3 * 8 = 24", "8 * 3 = 24", "", True),
        ("countdown", "3 * 8 = 24", "3 + 8 = 24", "", False),
        ("countdown", "3 * 8 = 24", "4 * 6 = 24", "", False),
    ],
)
def test_replies(scorer: str, expected: str, answer: str, text: str, right: bool) -> None:
    assert is_right(scorer, expected, answer=answer, text=text) is right


def test_an_unknown_scorer() -> None:
    with pytest.raises(ValueError, match="unknown scorer 'judge'"):
        is_right("judge", "1", answer="1", text="1")
    assert "the scorer is 'judge'" in problem("judge", "1")
    assert "empty" in problem("same", " ")
    assert not problem("regex", "a|b")
    assert "literal" not in SCORERS
