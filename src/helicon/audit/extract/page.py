"""One text being read: where an offset stands, what has been found, what could not be read."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from helicon.audit.extract.placing import kind_of, lasting, plausible, role_of, uses, words
from helicon.audit.values import Kind, Mention, Role

MAX_LITERAL = 300
MAX_NESTED = 3
"""Texts inside texts: JSON in YAML in a notebook."""


@dataclass
class Page:
    """A text of a file, or a part of one, and its mentions."""

    path: str
    text: str
    found: list[Mention] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)
    places: Sequence[tuple[int, int]] = ()
    """For each line of a part: its line in the file, and the column before its first character."""
    above: str = ""
    """The symbol that the part stands in."""
    forced: Role | None = None
    """The role of everything in a part."""
    nested: int = 0

    @cached_property
    def starts(self) -> list[int]:
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        return starts

    @cached_property
    def uses(self) -> frozenset[str]:
        """What the text is about: ``ollama``, ``api``, ``hub``."""
        return uses(self.text)

    @cached_property
    def usual(self) -> Role:
        """The role that the path gives."""
        return self.forced or role_of(self.path)

    def where(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, in the file."""
        number = bisect_right(self.starts, offset) - 1
        return self.place(number, offset - self.starts[number])

    def place(self, number: int, characters: int) -> tuple[int, int]:
        """Line and column in the file of a line of the text, both counted from 0."""
        if not self.places:
            return number + 1, characters + 1
        line, shift = self.places[min(number, len(self.places) - 1)]
        return line, characters + shift + 1

    def add(
        self,
        literal: str,
        offset: int,
        symbol: str = "",
        *,
        role: Role = "active",
        kind: Kind | None = None,
        note: str = "",
        at: tuple[int, int] | None = None,
        sure: bool = False,
    ) -> None:
        """Keep a literal that may name a model. With a ``kind`` the place says what it is, and it is kept as it is."""
        literal = literal.strip()
        if not 1 < len(literal) <= MAX_LITERAL or "\n" in literal:
            return
        symbol = self.named(symbol)
        chosen = kind or kind_of(symbol, literal, self.uses, sure=sure)
        if chosen == "text" and not plausible(literal):
            return
        line, column = at or self.where(offset)
        self.found.append(
            Mention(self.path, line, column, literal, lasting(role, self.usual), chosen, symbol[:200], note)
        )

    def prose(self, text: str, offset: int, role: Role, symbol: str = "", at: tuple[int, int] | None = None) -> None:
        """Keep the words of a text for people that may name a model; ``at`` is where it begins in the file."""
        for start, word in words(text):
            line, column = (at[0], at[1] + start) if at else self.where(offset + start)
            symbols = self.named(symbol)[:200]
            self.found.append(Mention(self.path, line, column, word, lasting(role, self.usual), "text", symbols))

    def named(self, symbol: str) -> str:
        """A symbol below that of the part."""
        between = "" if not symbol or symbol.startswith("[") or not self.above else "."
        return self.above + between + symbol

    def inner(self, text: str, offset: int, symbol: str, *, lines: bool, role: Role | None = None) -> Page:
        """A part that is a text of its own. With ``lines`` its lines are lines of this text, else it is on one."""
        symbol = self.named(symbol)
        number = bisect_right(self.starts, offset) - 1
        first, column = self.where(offset)
        count = text.count("\n") + 1
        if lines:
            rest = [(self.place(number + k, 0)[0], self.place(number + k, 0)[1] - 1) for k in range(1, count)]
            places = [(first, column - 1), *rest]
        else:
            places = [(first, column - 1)] + [(first, 0)] * (count - 1)
        return self.part(text, places, symbol, role)

    def part(self, text: str, places: Sequence[tuple[int, int]], symbol: str = "", role: Role | None = None) -> Page:
        return Page(
            self.path, text, self.found, self.reasons, places, symbol, role or self.forced, nested=self.nested + 1
        )

    def unread(self, reason: str) -> None:
        if reason not in self.reasons:
            self.reasons.append(reason)
