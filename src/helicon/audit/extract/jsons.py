"""JSON, JSON with comments and JSON lines, read in one pass with places: broken parts cost only themselves."""

from __future__ import annotations

import json as standard
import re
from collections.abc import Iterator
from dataclasses import dataclass

from helicon.audit.extract.page import Page
from helicon.audit.extract.placing import key_of, plausible
from helicon.audit.extract.strings import string
from helicon.audit.values import Role

TOKEN = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?|//[^\n]*|/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?|[{}\[\],:]')
MAX_DEPTH = 200
ROW_KEYS = ("id", "name", "value", "model", "model_id", "model_name")


@dataclass(slots=True)
class Place:
    """An open object or list."""

    array: bool
    key: str = ""
    index: int = 0
    waiting: bool = True
    """Whether the next string of an object is a key."""


@dataclass(frozen=True, slots=True)
class Value:
    """One string value, its key path, and where its text begins."""

    path: tuple[str, ...]
    text: str
    offset: int
    listed: bool
    key: bool = False
    """Whether it is the key itself."""
    comment: bool = False

    @property
    def symbol(self) -> str:
        return dotted(self.path)


def dotted(path: tuple[str, ...]) -> str:
    return ".".join(path).replace(".[", "[")


def values(text: str, page: Page | None = None) -> Iterator[Value]:
    """The strings of a JSON text, in order."""
    stack: list[Place] = []
    depth = 0
    for token in TOKEN.finditer(text):
        raw = token.group()
        first = raw[0]
        if first in "{[":
            depth += 1
            if depth <= MAX_DEPTH:
                stack.append(Place(first == "["))
            elif page:
                page.unread(f"nested deeper than {MAX_DEPTH}")
        elif first in "}]":
            if stack and depth <= MAX_DEPTH:
                stack.pop()
            depth = max(0, depth - 1)
        elif depth > MAX_DEPTH:
            continue
        elif first == "/":
            yield Value((), raw, token.start(), False, comment=True)
        elif not stack:
            if first == '"':
                yield Value((), _decoded(raw), token.start() + 1, False)
        elif first == ",":
            stack[-1].index += 1
            stack[-1].waiting = True
        elif first == ":":
            stack[-1].waiting = False
        elif stack[-1].array or not stack[-1].waiting:
            yield Value(_path(stack), _decoded(raw), token.start() + 1, stack[-1].array)
        else:
            stack[-1].key = _decoded(raw)
            yield Value(_path(stack), stack[-1].key, token.start() + 1, False, key=True)


def _path(stack: list[Place]) -> tuple[str, ...]:
    return tuple(f"[{one.index}]" if one.array else one.key[:80] for one in stack[-8:])


def _decoded(raw: str) -> str:
    body = raw[1:-1] if len(raw) > 1 and raw[-1] == '"' else raw[1:]
    if "\\" not in body:
        return body
    try:
        return str(standard.loads(f'"{body}"', strict=False))
    except ValueError:
        return body


def json(page: Page) -> None:
    """Every string of a JSON text under its key path."""
    before = Value((), "", 0, False)
    for value in values(page.text, page):
        option, before = before if before.text.startswith("-") and value.listed else None, value
        if option and option.path[:-1] == value.path[:-1]:
            string(page, value.text, value.offset, option.text.lstrip("-"))
        elif value.comment:
            page.prose(value.text, value.offset, "commented")
        elif value.key:
            if plausible(value.text):
                page.add(value.text, value.offset, value.symbol, role="alias")
        else:
            role: Role = "option" if optional(value.path) else "active"
            string(page, value.text, value.offset, value.symbol, role=role)


def optional(path: tuple[str, ...]) -> bool:
    """Whether a place is one of several to choose from: in a list, a catalogue's row, a table of names."""
    if not path:
        return False
    in_list = len(path) > 1 and path[-2].startswith("[")
    return path[-1].startswith("[") or (in_list and key_of(path[-1]) in ROW_KEYS) or plausible(path[-1])
