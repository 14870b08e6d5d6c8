"""Answers with structure: JSON by value, code by its syntax tree, lists and sets by their items."""

# ruff: noqa: SIM905 - lists of words read better as text
from __future__ import annotations

import ast
import hashlib
import json
import re
import warnings
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from helicon.modes.answers.values import Answer, spell

MAX_ITEMS = 200
_FENCE = re.compile(r"\A\s*```[ \t]*([\w+#.-]*)[^\n]*\n(.*?)\n?[ \t]*```\s*\Z", re.S)
_PYTHON_LINE = re.compile(r"^[ \t]*(?:def \w+\(|class \w+|import \w+|from \w[\w.]* import |return\b|async def )", re.M)
_JOINED = re.compile(r"^(?:(?:and|or|und|oder|then|dann|finally)\s+)+")
_ONE_LINE = re.compile(r"(?:(?:async )?def \w+\(|class \w+|lambda\b|for \w|while \w|if \w)[^:]*:")
_NUMBERED = re.compile(r"(?:(?<=\s)|^)\(?(\d{1,2})[.)]\s+(?=\S)")
_NUMBERS = re.compile(r"-?\d+(?:\.\d+)?(?: -?\d+(?:\.\d+)?){2,}")
_NOT_PYTHON = frozenset(
    "js javascript ts typescript java c cpp c++ rust go sql bash sh html css ruby kotlin swift".split()
)


def fenced(text: str) -> tuple[str, str] | None:
    """Language and content of a text that is one fenced block."""
    found = _FENCE.match(text)
    if found is None or "```" in found[2]:
        return None
    return found[1].lower(), found[2]


def structured(text: str) -> Answer | None:
    """JSON or code; ``None`` for anything else."""
    block = fenced(text)
    if block is not None:
        language, content = block
        value = None if language in _NOT_PYTHON | {"python", "py"} else json_value(content)
        return value or code(content, language)
    line = text.strip().strip("`")
    if "\n" not in line and _ONE_LINE.match(line):
        return code(line, "") if _python(line) else None
    return json_value(text) or (code(text, "") if "\n" in text and _PYTHON_LINE.search(text) else None)


def json_value(text: str) -> Answer | None:
    """A JSON object, or an array with objects or arrays in it."""
    text = text.strip()
    if not (text.startswith("{") and text.endswith("}")) and not (text.startswith("[") and text.endswith("]")):
        return None
    try:
        value = json.loads(text, parse_float=Decimal, parse_constant=str)
        if isinstance(value, list) and not any(isinstance(item, dict | list) for item in value):
            return None
        spelled = json.dumps(_normal(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError, InvalidOperation):
        return None
    return Answer("json", spelled, spelled)


def json_items(text: str) -> list[str] | None:
    """The items of a flat JSON array, as plain texts."""
    try:
        value = json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, list) or any(isinstance(item, dict | list) for item in value):
        return None
    return [item if isinstance(item, str) else json.dumps(item) for item in value]


def _normal(value: Any) -> Any:
    """The same value with one form for each number."""
    if isinstance(value, dict):
        return {key: _normal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_normal(item) for item in value]
    if isinstance(value, Decimal):
        if not value.is_finite() or abs(value.adjusted()) > 300:
            return str(value)
        exact = Fraction(value)
        return exact.numerator if exact.denominator == 1 else float(value)
    return value


def code(text: str, language: str) -> Answer:
    """Source code: Python by its tree without docstrings, other languages line by line."""
    form = None if language in _NOT_PYTHON else _python(text)
    if form is None:
        lines = (re.sub(r"\s+", " ", line).strip() for line in text.split("\n"))
        form = "\n".join(line for line in lines if line)
    digest = hashlib.sha256(form.encode(errors="replace")).hexdigest()
    return Answer("code", f"sha256:{digest}", f"```{language}\n{text}\n```")


def _python(text: str) -> str | None:
    """A Python text's tree as a string; ``None`` when it is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module):
                first = node.body[0] if node.body else None
                if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and len(node.body) > 1:
                    node.body = node.body[1:]
        return ast.dump(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def sequence(text: str, read: Callable[[str], Answer]) -> Answer | None:
    """``[1, 2]``, ``(1, 2)``, ``{1, 2}``, ``1, 2, 3``, ``x = 1 or x = 2``; items are read by ``read``."""
    text = re.sub(r"\\([{}])", r"\1", text.strip())
    brackets = text[:1] + text[-1:] if len(text) > 1 else ""
    inner, enclosed = text, False
    if brackets in ("[]", "()", "{}", "[)", "(]"):
        inside = text[1:-1]
        if _balanced(inside):
            inner, enclosed = inside, True
    items = json_items(text) if brackets == "[]" else None
    items = items if items is not None else _numbered(inner) or split_items(inner)
    if items is None and _NUMBERS.fullmatch(inner):
        items = inner.split()
    unordered = brackets == "{}" and enclosed
    if items is None:
        by_word = re.split(r"\s+(?:and|or|und|oder|y|et)\s+", inner) if not enclosed and len(inner) < 200 else []
        if len(by_word) == 2 and all(map(str.strip, by_word)):
            items, unordered = by_word, True
        elif enclosed and brackets in ("[]", "{}") and inner.strip():
            items = [inner]
        else:
            return None
    if len(items) > MAX_ITEMS or not items:
        return None
    parts = tuple(read(item) for item in items)
    if not unordered and all(part.kind == "assignment" for part in parts):
        names = [part.text.partition(" = ")[0] for part in parts]
        if len(set(names)) == len(names):  # x = 1, y = 2: the order says nothing
            parts = tuple(part for _, part in sorted(zip(names, parts, strict=True), key=lambda pair: pair[0]))
    if any(part.kind in ("none", "literal") for part in parts):
        return None
    if not enclosed and not _enumerates(parts):
        return None
    return _sequence(parts, brackets if enclosed else "", unordered=unordered)


def _enumerates(parts: tuple[Answer, ...]) -> bool:
    """Whether unbracketed items look like a list and not like a sentence with commas."""
    return all(part.kind != "text" or len(part.text.split()) <= 4 for part in parts)


def _sequence(parts: tuple[Answer, ...], brackets: str, *, unordered: bool) -> Answer:
    if unordered:
        distinct = {(part.kind, part.key): part for part in parts}
        ordered = tuple(sorted(distinct.values(), key=lambda part: (part.kind, part.text)))
        key = frozenset(distinct)
        return Answer("set", key, "{" + "; ".join(part.text for part in ordered) + "}", parts=ordered)
    pair = len(parts) == 2 and all(part.kind in ("number", "math") for part in parts)
    shown = brackets if pair or brackets in ("[)", "(]") else ""
    around = "" if pair and not shown else shown or "[]"
    text = around[:1] + "; ".join(part.text for part in parts) + around[1:]
    return Answer("list", (tuple((p.kind, p.key) for p in parts), shown), text, parts=parts, vague=pair and not shown)


def split_items(text: str) -> list[str] | None:
    """Items between semicolons, else commas, outside brackets and quotes; ``None`` for a single item."""
    for separator in (";", ","):
        items = _split(text, separator)
        if items is not None and len(items) > 1:
            items = [_JOINED.sub("", item.strip()) for item in items]
            last = re.split(r"\s+(?:and|or|und|oder)\s+", items[-1])
            if len(last) == 2 and separator == "," and len(items) > 1:
                items = [*items[:-1], *last]
            if items[-1] == "":
                items.pop()
            return items if len(items) > 1 and all(items) else None
    return None


def _numbered(text: str) -> list[str] | None:
    """``1. Anna 2. Ben``: the items of a list that counts them from 1."""
    marks = list(_NUMBERED.finditer(text))
    if len(marks) < 2 or marks[0].start() or [int(mark[1]) for mark in marks] != list(range(1, len(marks) + 1)):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    items = [text[mark.end() : end].strip().rstrip(",;") for mark, end in zip(marks, ends, strict=True)]
    return items if all(items) else None


def _split(text: str, separator: str) -> list[str] | None:
    items, depth, start, quote = [], 0, 0, ""
    for at, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character == '"':
            quote = character
        elif character in "([{":
            depth += 1
        elif character in ")]}":
            depth -= 1
            if depth < 0:
                return None
        elif character == separator and not depth and not _in_number(text, at):
            items.append(text[start:at])
            start = at + 1
    return [*items, text[start:]] if not depth and not quote else None


def _in_number(text: str, at: int) -> bool:
    """Whether a comma stands inside ``1,234``: three digits follow, and a digit stands before."""
    return bool(text[at] == "," and at and text[at - 1].isdigit() and re.match(r",\d{3}(?!\d)", text[at:]))


def _balanced(text: str) -> bool:
    depth = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        if depth < 0:
            return False
    return depth == 0


def ratio(text: str) -> Answer | None:
    """``3:4`` and ``3 to 4``, in lowest terms."""
    found = re.fullmatch(r"(\d{1,12})(?:\s?:\s?|\s+to\s+)(\d{1,12})", text)
    if found is None or int(found[2]) == 0:
        return None
    value = Fraction(int(found[1]), int(found[2]))
    return Answer("ratio", value, f"{value.numerator} to {value.denominator}")


def spelled_number(value: Fraction) -> str:
    """The canonical wording of a number."""
    return spell(value)
