"""Grading is text in, verdict out.

1. The last answer line counts.  2. Countdown is judged by value and numbers.
3. A majority ignores empty answers, the earliest wins a tie.
"""

from __future__ import annotations

import pytest

from helicon.training import answer_of, is_right, majority


def test_the_last_answer_line_counts() -> None:
    assert answer_of("Answer: 3\nno\nAnswer: 14:35 ") == "14:35"
    assert answer_of("Answer: 3\nRests on [1].") == "3"
    assert answer_of("I am not sure") == ""


@pytest.mark.parametrize(
    ("given", "verdict"),
    [
        ("(3 + 5) * 4 = 32", True),
        ("4 * (5 + 3) = 32", True),
        ("4 * (5 + 3)", True),
        ("(3 + 5) * 5 = 32", False),
        ("32 = 32", False),
        ("(3 + 5) * 4 = 31", False),
        ("(3 + 5) * = 32", False),
        ("3 / 0 = 32", False),
        ("__import__('os') = 32", False),
    ],
)
def test_countdown_accepts_any_valid_equation(given: str, verdict: bool) -> None:
    assert is_right(given, "(5 + 3) * 4 = 32", "countdown") is verdict


def test_other_families_are_compared_exactly() -> None:
    assert is_right("3.40", "3.40", "shopping")
    assert not is_right("3.4", "3.40", "shopping")


def test_majority() -> None:
    assert majority(["", "7", "8", "8", "7"]) == "7"
    assert majority(["", ""]) == ""
