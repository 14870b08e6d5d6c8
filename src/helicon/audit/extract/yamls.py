"""YAML by its events: key paths with places, never an object. Aliases are not followed, tags are not obeyed.

A template (``{{ }}``) or broken YAML is read as lines of settings instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from helicon.audit.extract.jsons import dotted, optional
from helicon.audit.extract.lines import settings
from helicon.audit.extract.page import Page
from helicon.audit.extract.placing import key_of, plausible
from helicon.audit.extract.strings import string
from helicon.audit.values import Kind, Role

COMMENT = re.compile(r"(?:^|(?<=[ \t]))#[^\n]*", re.MULTILINE)
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
MAX_DEPTH = 200
MAX_EVENTS = 1_000_000


@dataclass(slots=True)
class Place:
    """An open mapping or sequence."""

    sequence: bool
    key: str = ""
    index: int = -1
    waiting: bool = True


@dataclass(frozen=True, slots=True)
class Scalar:
    """A key or a value, where it stands, and whether it is a block of lines."""

    path: tuple[str, ...]
    text: str
    line: int
    column: int
    key: bool
    block: bool
    quoted: bool


def scalars(text: str) -> Iterator[Scalar]:
    """The scalars of all documents, in order; ``yaml.YAMLError`` or ``ValueError`` where the text is broken."""
    stack: list[Place] = []
    for count, event in enumerate(yaml.parse(text, Loader=LOADER)):
        if count > MAX_EVENTS or len(stack) > MAX_DEPTH:
            raise ValueError(f"larger than {MAX_EVENTS:,} events or nested deeper than {MAX_DEPTH}")
        if isinstance(event, yaml.SequenceStartEvent | yaml.MappingStartEvent):
            _next(stack, "")
            stack.append(Place(isinstance(event, yaml.SequenceStartEvent)))
        elif isinstance(event, yaml.SequenceEndEvent | yaml.MappingEndEvent):
            stack.pop()
        elif isinstance(event, yaml.AliasEvent):
            _next(stack, "")
        elif isinstance(event, yaml.ScalarEvent):
            key = _next(stack, event.value)
            path = tuple(f"[{one.index}]" if one.sequence else one.key[:80] for one in stack[-8:])
            mark = event.start_mark
            assert mark is not None
            yield Scalar(
                path,
                event.value,
                mark.line,
                mark.column,
                key,
                event.style in ("|", ">"),
                event.style in ("'", '"'),
            )


def _next(stack: list[Place], key: str) -> bool:
    """Step to the next place of the innermost collection; whether it is a key."""
    if not stack:
        return False
    top = stack[-1]
    if top.sequence:
        top.index += 1
        return False
    if top.waiting:
        top.key = key
    top.waiting = not top.waiting
    return not top.waiting


def read_yaml(page: Page) -> None:
    """Every scalar under its key path; comments by themselves."""
    if "{{" in page.text:
        settings(page)
        return
    kept = len(page.found)
    try:
        before = None
        for scalar in scalars(page.text):
            _scalar(page, scalar, before)
            before = scalar
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        del page.found[kept:]
        mark = getattr(error, "problem_mark", None)
        where = f", line {page.place(mark.line, 0)[0]}" if mark else ""
        page.unread(f"no valid YAML{where}: read as lines of text")
        settings(page)
        return
    for found in COMMENT.finditer(page.text):
        page.prose(found.group(), found.start(), "commented")


def _scalar(page: Page, scalar: Scalar, before: Scalar | None) -> None:
    at = page.place(scalar.line, scalar.column + scalar.quoted)
    symbol = dotted(scalar.path)
    if scalar.key:
        if plausible(scalar.text):
            page.add(scalar.text, 0, symbol, role="alias", at=at)
        return
    role: Role = "option" if optional(scalar.path) else "active"
    kind: Kind | None = "image" if key_of(symbol) == "image" and _image(scalar.text) else None
    text = scalar.text
    if _environment(scalar):
        name, equals, rest = text.partition("=")
        if equals:
            string(page, rest, 0, name, at=(at[0], at[1] + len(name) + 1))
            return
    if key_of(symbol) == "value" and len(scalar.path) > 1:
        symbol = named(page, scalar) or symbol
        role = "active"
    if before and before.text.startswith("-") and before.path[:-1] == scalar.path[:-1] and listed(scalar.path):
        symbol, role = before.text.lstrip("-"), "active"
    indent = 0
    if scalar.block:
        number = min(scalar.line + 1, len(page.starts) - 1)
        first = page.text[page.starts[number] : page.starts[number] + 200]
        indent = len(first) - len(first.lstrip(" "))
        at = page.place(number, indent)
    several = scalar.block or "\n" in text
    string(page, text, 0, symbol, role=role, kind=kind, lines=several, at=at, indent=indent)


def named(page: Page, scalar: Scalar) -> str:
    """The name before a value in a list of ``name``/``value`` pairs, as in Kubernetes."""
    lines = page.text[page.starts[max(0, scalar.line - 1)] : page.starts[scalar.line]]
    head, found, name = lines.strip().removeprefix("- ").partition("name:")
    return name.strip().strip("\"'") if found and not head else ""


def _environment(scalar: Scalar) -> bool:
    """Whether a scalar is ``NAME=value`` in a list of compose's ``environment`` or of arguments."""
    name = scalar.text.partition("=")[0]
    return listed(scalar.path) and name.isidentifier() and name.isupper()


def listed(path: tuple[str, ...]) -> bool:
    """Whether a path ends in a list."""
    return bool(path) and path[-1].startswith("[")


def _image(text: str) -> bool:
    return text.startswith(("nvcr.io/nim/", "ai/", "hf.co/", "docker.io/ai/")) or plausible(text)
