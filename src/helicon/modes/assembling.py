"""Putting the answers of parts together, and saying which parts have none. Pure.

``numbered`` is the plain way, for models that cannot write one text from several, and for runs that
have no time left: the answers under their numbers, each statement's source known exactly. Where a
model writes the text, ``lacking`` finds the results that it lost, and ``numbered`` adds these.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from helicon.events import Source
from helicon.messages import SubQuestion
from helicon.modes.prompts import bounded, clipped

REPLY_CHARACTERS = 2048
"""Of a part's answer that go on: into the last call, into parts that need it, into the numbered text."""
NAME_CHARACTERS = 80
"""Of a part's question, where it is named."""
CHECKED_CHARACTERS = 80
"""Short answers up to this length must stand in a text that puts parts together."""
_SAID_OTHERWISE = ("yes", "no", "true", "false")
"""Answers that a good text says in other words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What became of one part."""

    number: int
    """From 1."""
    part: SubQuestion
    agent: int = -1
    """Whose words these are; -1 where there are none."""
    answer: str = ""
    """The short answer; empty when it has none."""
    text: str = ""
    """The whole answer; empty when the part failed."""
    cut: bool = False
    """A bound ended the text."""
    dissent: str = ""
    """How many of its agents say so, and what the others say; empty where all agree."""
    why: str = ""
    """Why it failed."""

    @property
    def reply(self) -> str:
        """What is said of it: the bounded text, and what is to be known of it."""
        notes = "; ".join(note for note in ("unfinished" if self.cut else "", self.dissent) if note)
        words = clipped(self.text, REPLY_CHARACTERS)
        return f"{words} ({notes})" if notes else words

    @property
    def result(self) -> str:
        """What a part that needs this one reads."""
        return self.answer or clipped(self.text, REPLY_CHARACTERS)


def numbered(parts: Sequence[Answered], *, offset: int = 0) -> tuple[str, tuple[Source, ...]]:
    """The answers under their numbers, failures in words; sources count from ``offset``."""
    text, sources = "", []
    for part in parts:
        text += f"{chr(10) * 2 if text else ''}{part.number}. "
        start = len(text)
        text += _indented(_said(part), " " * len(f"{part.number}. "))
        if part.text:
            sources.append(Source(start=offset + start, end=offset + len(text), agents=(part.agent,)))
    return text, tuple(sources)


def lacking(text: str, parts: Sequence[Answered]) -> list[Answered]:
    """The parts that ``text`` does not carry: those that failed, and those whose short answer is not in it."""
    plain = _plain(text)
    return [part for part in parts if not part.text or not _carries(plain, part.answer)]


def _carries(plain: str, answer: str) -> bool:
    wanted = _plain(answer)
    if not wanted or wanted in _SAID_OTHERWISE or len(wanted) > CHECKED_CHARACTERS:
        return True
    return re.search(rf"(?<!\w){re.escape(wanted)}(?!\w)", plain) is not None


def _plain(text: str) -> str:
    """Lower case, without emphasis, thousands' commas and spare spaces."""
    flat = re.sub(r"[*_`$\\]", "", text.casefold())
    flat = re.sub(r"(?<=\d),(?=\d{3}\b)", "", flat)
    return " ".join(flat.split()).rstrip(".")


def _said(part: Answered) -> str:
    if not part.text:
        return f"Not answered ({bounded(part.part.text, NAME_CHARACTERS)}): {part.why.rstrip('.')}."
    return part.reply


def _indented(text: str, margin: str) -> str:
    first, *others = text.split("\n")
    return "\n".join([first, *(f"{margin}{line}" if line.strip() else "" for line in others)])
