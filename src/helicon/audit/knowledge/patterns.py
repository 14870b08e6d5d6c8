"""Name patterns, indexed by how they begin, so that a name meets only the few that can match it.

A pattern is an anchored regular expression. It has to be linear: no repetition inside a repetition. An optional or
alternative group at its beginning is written out, so that every pattern begins with a letter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Generic, TypeVar

Row = TypeVar("Row")

LITERAL = re.compile(r"(?:[a-z0-9-]|\\\.)+")
COMMON = frozenset({
    "all", "base", "large", "small", "medium", "mini", "tiny", "text", "image", "search", "code", "chat", "data", "use",
    "instruct", "latest", "preview", "turbo", "plus", "flash", "vision", "thinking", "reasoning", "multi", "sentence",
    "transformer", "detection", "segmentation", "embed", "embedding", "english", "cased", "uncased", "function", "qa",
    "translate", "shield", "recurrent", "fast", "computer", "gradient", "lightning", "patch", "table", "step", "spark",
})  # fmt: skip
"""Words that tell a name from no other text."""
KEY = 3
"""Letters of the index at most."""


def expand(pattern: str) -> Iterator[str]:
    """The pattern without a group at its beginning: ``(?:meta-)?llama`` gives ``meta-llama`` and ``llama``."""
    if not pattern.startswith("(?:"):
        yield pattern
        return
    depth, bars, end = 0, [2], 0
    for at, character in enumerate(pattern):
        depth += (character == "(") - (character == ")")
        if character == "|" and depth == 1:
            bars.append(at)
        if depth == 0:
            end = at
            break
    rest = pattern[end + 1 :]
    optional = rest.startswith("?")
    rest = rest.removeprefix("?")
    for start, stop in zip(bars, [*bars[1:], end], strict=True):
        yield from expand(pattern[start + 1 : stop] + rest)
    if optional:
        yield from expand(rest)


def literal(pattern: str) -> str:
    """The letters that every match of an expanded pattern begins with."""
    found = LITERAL.match(pattern)
    text = found.group() if found else ""
    if text and len(text) < len(pattern) and pattern[len(text)] in "?*{":
        text = text[:-2] if text.endswith("\\.") else text[:-1]  # the last one is optional
    return text.replace("\\.", ".")


def word(pattern: str) -> str:
    """The longest run of letters and digits that every match of an expanded pattern holds."""
    runs, run, depth, at = [], "", 0, 0
    while at < len(pattern):
        character = pattern[at]
        depth += (character in "([") - (character in ")]")
        if depth == 0 and character.isalnum():
            run += character
        else:
            if character in "?*{" and run and pattern[at - 1].isalnum():
                run = run[:-1]
            runs.append(run)
            run = ""
        at += 2 if character == "\\" else 1
    runs.append(run)
    telling = [one for one in runs if one not in COMMON and not one[:1].isdigit()]
    return max(telling, key=len, default="") or max(runs, key=len)


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """No letter or digit follows a match, nor the rest of a version: ``glm-5`` does not match ``glm-5.3``."""
    return re.compile(rf"(?:{pattern})(?![a-z0-9]|\.[0-9])")


@dataclass(slots=True)
class Index(Generic[Row]):
    """Rows by their patterns; the order of adding is the order of answers."""

    _buckets: dict[str, list[tuple[int, str, Row]]] = field(default_factory=dict)
    _count: int = 0

    def add(self, patterns: Iterable[str], row: Row) -> None:
        for pattern in patterns:
            for plain in expand(pattern):
                key = literal(plain)[:KEY]
                if not key:
                    raise ValueError(f"the pattern {pattern!r} has to begin with a letter")
                self._buckets.setdefault(key, []).append((self._count, plain, row))
        self._count += 1

    def words(self) -> frozenset[str]:
        """What a text in lower case needs to hold at least one of, to hold any of the names."""
        return frozenset(word(plain) for bucket in self._buckets.values() for _, plain, _ in bucket)

    def find(self, name: str) -> list[tuple[Row, str]]:
        """The rows whose pattern matches at the beginning of the name, each with the text matched, in order."""
        found: dict[int, tuple[Row, str]] = {}
        for length in range(1, KEY + 1):
            for order, pattern, row in self._buckets.get(name[:length], ()):
                if length > len(name) or order in found:
                    continue
                hit = compiled(pattern).match(name)
                if hit:
                    found[order] = (row, hit.group())
        return [found[order] for order in sorted(found)]
