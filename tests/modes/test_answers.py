r"""Answers are compared by meaning; ``answer_pairs.py`` holds the labelled pairs.

1. Each labelled pair is the same or different as its label says, in both orders.
2. ``same`` is reflexive and symmetric, ``canonical`` is idempotent, and neither raises on any text.
3. ``group`` numbers groups in order of appearance, closes them under equality, and lets an answer that
   leaves something out join only the one group that it fits.
4. Every prefix of hard text is read in bounded time; expressions that would not end count as unequal.
5. Comparing works in any thread, and imports sympy only for mathematics.
6. Code is equal when its syntax tree is; docstrings, comments and layout do not count.
"""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.modes.answers import canonical, group, read_answer, same
from helicon.modes.answers.values import spell
from tests.modes.answer_pairs import chapters, pairs

LABELLED = pairs()

WORDS = (
    "1 2 1,234 3/4 % $ kg m/s per and or , ; ( ) [ ] { } = x ^2 \\frac{1}{2} half two third hundred March 5 "
    "2024 : pm B (B) Yes no * ! ``` \" ' . - apples"
)
ANSWERS = st.one_of(
    st.sampled_from([text for one, other, _ in LABELLED for text in (one, other)]),
    st.text(max_size=30),
    st.text("0123456789.,'/%$€ -+:()[]{}kgmshxe^=\\n", max_size=16),
    st.lists(
        st.sampled_from(
            re.split(" ", WORDS),
        ),
        max_size=8,
    ).map(" ".join),
)


@pytest.mark.parametrize(("one", "other", "equal"), LABELLED, ids=repr)
def test_labelled_pairs(one: str, other: str, equal: bool) -> None:
    assert same(one, other) is equal, (canonical(one), canonical(other))
    assert same(other, one) is equal


def test_there_are_enough_pairs_of_every_kind() -> None:
    assert len(LABELLED) >= 450
    assert sum(not equal for _, _, equal in LABELLED) >= 125
    kinds = {heading: len(lines.splitlines()) - 1 for heading, lines in chapters()}
    for words, least in {
        "whole numbers": 40,
        "words": 20,
        "fractions and percent": 40,
        "length": 30,
        "money": 20,
        "dates": 40,
        "times of day": 30,
        "yes and no": 30,
        "lists and sets": 40,
        "code": 6,
        "JSON": 8,
    }.items():
        assert any(heading.startswith(words) and count >= least for heading, count in kinds.items()), (words, kinds)


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("Let me see. 221 is 13 times 17, so it is not prime.\n\nAnswer: No, 221 is not prime.", "no"),
        ("221 = 13 * 17. The answer is no.", "No"),
        ("**Answer:** No — 13 divides it.", "no"),
        ("Yes, the two statements agree.", "yes"),
        ("Both hold. Therefore the answer is yes.", "Yes"),
        ("The remainder is 0.\n\n**Yes**, 7 divides 91.", "yes"),
        ("It follows from the premises. Answer: True.", "yes"),
        ("Somebody could be neither. So the statement is false.", "no"),
    ],
)
def test_yes_and_no_with_sentences_around_them(reply: str, expected: str) -> None:
    assert same(read_answer(reply), expected)
    assert not same(read_answer(reply), {"yes": "no", "no": "yes"}[expected.lower()])


@settings(deadline=None, max_examples=150)
@given(ANSWERS)
def test_canonical_is_idempotent(text: str) -> None:
    value = canonical(text)
    assert canonical(value.text) == value
    assert same(text, value.text) or value.kind == "none"


@settings(deadline=None, max_examples=100)
@given(ANSWERS, ANSWERS)
def test_same_is_reflexive_and_symmetric(one: str, other: str) -> None:
    assert same(one, one)
    assert same(one, other) == same(other, one)


@settings(deadline=None, max_examples=100)
@given(st.lists(ANSWERS, max_size=6))
def test_groups_agree_with_equality(answers: list[str]) -> None:
    groups = group(answers)
    assert len(groups) == len(answers)
    for at, mine in enumerate(groups):
        assert mine <= max(groups[:at], default=-1) + 1
        for before in range(at):
            if canonical(answers[at]) == canonical(answers[before]) and canonical(answers[at]).kind != "none":
                assert groups[before] == mine


@settings(deadline=None)
@given(st.text(max_size=200) | st.lists(ANSWERS, max_size=5).map("\n".join))
def test_reading_never_raises_and_is_never_longer(text: str) -> None:
    assert len(read_answer(text)) <= max(len(text), 3)


@given(st.fractions())
def test_numbers_are_spelled_exactly(value: object) -> None:
    from fractions import Fraction

    assert isinstance(value, Fraction)
    assert Fraction(spell(value)) == value


def test_groups_in_order_of_appearance() -> None:
    assert group(["42", "41", "forty-two", "42.0", "x"]) == [0, 1, 0, 0, 2]
    assert group([]) == []


def test_a_missing_unit_joins_the_only_fitting_group() -> None:
    assert group(["42", "42 km", "42000 m"]) == [0, 0, 0]
    assert group(["42", "42 km", "42 m"]) == [0, 1, 2]
    assert group(["2:35", "2:35 pm", "14:35"]) == [0, 0, 0]
    assert group(["2:35", "2:35 pm", "2:35 am"]) == [0, 1, 2]
    assert group(["B", "(B) Paris", "Paris"]) == [0, 0, 0]


def test_empty_answers_agree_with_nobody() -> None:
    assert group(["", "", "42", "42"]) == [0, 1, 2, 2]


def test_rounding_closes_over_three_answers() -> None:
    assert group(["1/3", "0.333", "0.33333"]) == [0, 0, 0]


CODE = "def double(x):\n    return x * 2"


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        (f"```python\n{CODE}\n```", f"```\n{CODE}\n```", True),
        (CODE, f"```python\n{CODE}\n```", True),
        (CODE, 'def double(x):\n    """Twice."""\n\n    # twice\n    return (x*2)', True),
        (CODE, "def double(x):\n    return x * 3", False),
        (CODE, "def double(y):\n    return y * 2", False),
        ("```js\nlet a = 1\n```", "```js\n  let  a = 1\n\n```", True),
        ("```js\nlet a = 1\n```", "```js\nlet a = 2\n```", False),
        ('```json\n{"a": 1, "b": [1, 2]}\n```', '{"b": [1.0, 2], "a": 1}', True),
        ('{\n  "a": 1\n}', '{"a": 1}', True),
    ],
)
def test_code_and_json_over_lines(one: str, other: str, equal: bool) -> None:
    assert same(one, other) is equal


HARD = [
    "(" * 5000,
    "[" * 5000 + "]" * 5000,
    "{" * 15000,
    "9" * 15000,
    "one " * 4000,
    "1," * 9000,
    "1 " * 9000,
    "\\frac{" * 2000,
    "```python\n" + "(" * 9000,
    "```json\n" + "[" * 9000 + "]" * 9000 + "\n```",
    '{"a":' * 3000 + "1" + "}" * 3000,
    "1e999999999",
    '{"a": 1e999999999}',
    "10^10^10^10",
    "9^{9^{9^9}}",
    "100000000!",
    "5!!!!!!!",
    "\\binom{1000000}{500000}",
    "x^{500} + 1",
    "**" * 5000,
    "\\boxed{" * 3000,
    "Answer: " * 2000,
    "the answer is " * 1500,
    "a = " * 4000,
    "$" * 9000,
    "\ud800 lone surrogate",
    "\x00\x01",
    "1/0",
    "0/0",
    "-" * 10000,
    "\n" * 19000 + "x",
    "x" + " " * 15000 + "x",
    "> " * 9000,
    "\n> " * 5000,
    "a " * 1900,
    "a, " * 1300,
    "1 and " * 600,
    "1 h " * 3000,
]


@pytest.mark.parametrize("text", HARD, ids=lambda text: ascii(text[:12]))
def test_hard_text_is_read_in_bounded_time(text: str) -> None:
    value = canonical(text)
    assert canonical(value.text) == value
    assert same(text, text)
    assert isinstance(same(text, "42"), bool)
    assert isinstance(same(text, "x^{499} + 1"), bool)
    assert isinstance(read_answer(text), str)


def test_expressions_that_would_not_end_are_unequal() -> None:
    assert not same("x^{500} + 1", "(x + 1)^{499}")
    assert not same("10^10^10^10", "10^10^10^11")


def test_comparing_works_in_any_thread() -> None:
    work = [("\\sqrt{12}", "2\\sqrt{3}"), ("\\frac{\\pi}{3}", "π/3"), ("a + b", "b + a"), ("\\sqrt{12}", "\\sqrt{13}")]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(lambda pair: same(*pair), work)) == [True, True, True, False]


def test_sympy_is_imported_only_for_mathematics() -> None:
    program = (
        "import sys\n"
        "from helicon.modes.answers import group, same\n"
        "assert len(set(group(['42', '42 km', '3/4', '7 * 5 = 35', 'Paris', '[1, 2]', '2:35 pm']))) == 6\n"
        "assert same('1,234.5', '1.234,5')\n"
        "assert 'sympy' not in sys.modules and 'math_verify' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
