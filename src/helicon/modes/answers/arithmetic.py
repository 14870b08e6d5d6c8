"""Plain arithmetic, worked out exactly: ``(3 + 4) * 5`` and true equations such as ``7 * 5 = 35``."""

from __future__ import annotations

import ast
import re
from fractions import Fraction

MAX_LENGTH = 120
MAX_EXPONENT = 64
MAX_DIGITS = 40

_SHAPE = re.compile(r"[\d\s.+\-*/()^]+(?:=\s*[\d\s.+\-*/()^]+)?")
_OPERATION = re.compile(r"[*+^(]|\s[-/]\s")


def worked_out(text: str) -> Fraction | None:
    """The value of an expression, or of both sides of a true equation; ``None`` for anything else.

    Needs an operation with a sign that dates, ranges and telephone numbers do not have.
    """
    left, right = _sides(text)
    return left if right is None or left == right else None


def is_false(text: str) -> bool:
    """Whether ``text`` is an equation of plain numbers that does not hold, such as ``7 * 5 = 36``.

    A rounded result holds: ``22 / 7 = 3.14``.
    """
    left, right = _sides(text)
    if left is None or right is None:
        return False
    places = len(text.rpartition("=")[2].strip().partition(".")[2])
    rounding = Fraction(0) if left.denominator == 1 else Fraction(1, 2 * 10**places)
    return abs(left - right) > rounding


def _sides(text: str) -> tuple[Fraction | None, Fraction | None]:
    """The values of both sides of an equation, or of an expression and ``None``."""
    if len(text) > MAX_LENGTH or not _SHAPE.fullmatch(text) or not _OPERATION.search(text):
        return None, None
    if not re.search(r"\d\s*\)*\s*[-+*/^]", text):
        return None, None
    left, equals, right = text.partition("=")
    if not equals:
        return _value(left), None
    value = _value(right)
    return (_value(left), value) if value is not None else (None, None)


def _value(text: str) -> Fraction | None:
    try:
        return _walk(ast.parse(text.strip().replace("^", "**"), mode="eval").body)
    except (SyntaxError, ValueError, ArithmeticError, RecursionError, MemoryError):
        return None


def _walk(node: ast.expr) -> Fraction:
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        spelled = repr(node.value)
        if len(spelled) > MAX_DIGITS:
            raise ValueError(spelled)
        return Fraction(spelled)
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub | ast.UAdd):
        value = _walk(node.operand)
        return -value if isinstance(node.op, ast.USub) else value
    if isinstance(node, ast.BinOp):
        return _operate(node.op, _walk(node.left), _walk(node.right))
    raise ValueError(ast.dump(node))


def _operate(operator: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
        case ast.Div():
            return left / right
        case ast.Pow() if right.denominator == 1 and abs(right) <= MAX_EXPONENT and abs(left) <= 10**6:
            return Fraction(left ** int(right))
        case _:
            raise ValueError(ast.dump(operator))
