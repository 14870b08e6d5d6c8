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
    if len(text) > MAX_LENGTH or not _SHAPE.fullmatch(text) or not _OPERATION.search(text):
        return None
    if not re.search(r"\d\s*\)*\s*[-+*/^]", text):
        return None
    left, equals, right = text.partition("=")
    value = _value(left)
    if value is None or (equals and _value(right) != value):
        return None
    return value


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
