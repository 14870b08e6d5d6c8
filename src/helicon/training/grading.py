"""Is a reply right? Exact match on the answer line, and the answer of a majority.

Where the answer is an equation it is judged by meaning: any that uses each number once and reaches the
target counts.
"""

from __future__ import annotations

import ast
import operator
import re
from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}

EQUATIONS = ("countdown", "operators", "digits")
"""Families whose answers are equations."""


def answer_of(text: str) -> str:
    """What stands behind the last ``Answer:``; empty when there is none."""
    found = re.findall(r"^Answer:[ \t]*(.+?)[ \t]*$", text, flags=re.MULTILINE)
    return str(found[-1]) if found else ""


def value_of(expression: str) -> tuple[Fraction, list[int]] | None:
    """Value and numbers of an expression with + - * /, or None when it is none."""
    numbers: list[int] = []

    def walk(node: ast.expr) -> Fraction:
        if isinstance(node, ast.Constant) and type(node.value) is int:
            numbers.append(node.value)
            return Fraction(node.value)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            value = OPERATORS[type(node.op)](walk(node.left), walk(node.right))
            return Fraction(value)
        raise ValueError(f"not plain arithmetic: {ast.dump(node)}")

    try:
        value = walk(ast.parse(expression.strip(), mode="eval").body)
    except (SyntaxError, ValueError, ZeroDivisionError, RecursionError, MemoryError):
        return None
    return value, sorted(numbers)


def is_right(given: str, answer: str, family: str) -> bool:
    """Whether ``given`` answers the question whose answer is ``answer``."""
    if family not in EQUATIONS:
        return given == answer
    left, _, target = given.partition("=")
    expected, _, goal = answer.partition("=")
    mine, right = value_of(left), value_of(expected)
    if mine is None or right is None or target.strip() not in ("", goal.strip()):
        return False
    return mine[0] == Fraction(goal.strip()) and mine[1] == right[1]


def majority(answers: Sequence[str]) -> str:
    """The most frequent answer that is not empty; the earliest wins a tie."""
    counts = Counter(a for a in answers if a)
    return max(counts, key=lambda a: counts[a]) if counts else ""
