"""Marks such as ``[2]`` in a composed answer, turned into statements and the agents they rest on. Pure.

``MarkReader`` takes the text as it streams, renames each mark to the number that readers know,
takes out marks that name no draft, and remembers where the others stand. ``statements`` then says
what each of them belongs to: the words before it, back to the sentence's or line's beginning or to
the mark before. Nothing in code is a mark, and neither is the text of a link.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from helicon.events import Source

LONGEST = 80
"""Characters of one mark."""
_JOINT = r"\s*(?:,|;|&|-|–|and)\s*"
_MARK = re.compile(rf"\[\s*\d{{1,2}}(?:{_JOINT}\d{{1,2}}){{0,15}}\s*\]")
_BEGUN = re.compile(r"\[[\d\s,;&\-–and]*")
_NUMBER = re.compile(r"(\d{1,2})(?:\s*[-–]\s*(\d{1,2}))?")
_STEP = re.compile(r"( *)([^\[` ]+|`+|\[|$)")
"""Spaces stay with what follows them, because a mark that is taken out takes them with it."""
_BOUNDARY = re.compile(r"\n|[.!?][\"'”’)\]*_]*\s+")
_MARGIN = re.compile(r"[\s.,;:!?)]*")
_BULLET = re.compile(r"\s*(?:[-*•>]\s+|#+\s+|\d{1,2}[.)]\s+)*")
_RESTS = re.compile(r"[\s*_]*rests on\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One mark in the text that readers see."""

    start: int
    end: int
    agents: tuple[int, ...]


class MarkReader:
    """Feed pieces of the text to ``decode`` and call ``flush`` at the end; both give text to show."""

    def __init__(self, agents: Sequence[int], *, labels: Sequence[int] | None = None) -> None:
        self.agents = tuple(agents)
        """Whom mark 1, mark 2, ... name."""
        self.labels = tuple(labels) if labels is not None else tuple(range(1, len(self.agents) + 1))
        """What readers see in their place."""
        self.marks: list[Mark] = []
        self.unknown: list[str] = []
        self._held = ""
        self._shown: list[str] = []
        self._length = 0
        self._fence = ""
        """The backticks that opened the code we are in."""

    @property
    def text(self) -> str:
        """All that was shown."""
        return "".join(self._shown)

    def decode(self, piece: str) -> str:
        """The text that can be shown after one more piece."""
        return self._read(self._held + piece, final=False)

    def flush(self) -> str:
        """What was still held back."""
        return self._read(self._held, final=True)

    def _read(self, text: str, *, final: bool) -> str:
        began = len(self._shown)
        at = 0
        while at < len(text):
            step = _STEP.match(text, at)
            assert step is not None  # every character is a space or begins one of the four
            spaces, found = step.groups()
            waits = not final and step.end() == len(text)
            if found == "[":
                end = self._bracket(text, step.start(2), spaces, final=final)
                if end is None:
                    break
                at = end
                continue
            if waits and (not found or found[0] == "`"):
                break  # backticks may go on
            if found[:1] == "`":
                self._code(found)
            elif "\n" in found and len(self._fence) in (1, 2):
                self._fence = ""  # code inside a line ends with it
            self._show(spaces + found)
            at = step.end()
        self._held = text[at:]
        return "".join(self._shown[began:])

    def _code(self, ticks: str) -> None:
        if not self._fence:
            self._fence = ticks
        elif ticks == self._fence:
            self._fence = ""

    def _bracket(self, text: str, at: int, spaces: str, *, final: bool) -> int | None:
        """Take the bracket at ``at``; where to go on, or ``None`` when more text must come first."""
        found = None if self._fence else _MARK.match(text, at, at + LONGEST)
        if found is None:
            begun = _BEGUN.match(text, at)
            if not final and not self._fence and begun and begun.end() == len(text) < at + LONGEST:
                return None
        elif found.end() == len(text) and not final:
            return None
        if found is None or text[found.end() : found.end() + 1] == "(":
            self._show(spaces + "[")
            return at + 1
        self._name(found[0], spaces)
        return found.end()

    def _name(self, mark: str, spaces: str) -> None:
        numbers = [number for found in _NUMBER.finditer(mark) for number in _range(found)]
        known = sorted({number for number in numbers if 1 <= number <= len(self.agents)})
        missing = [number for number in dict.fromkeys(numbers) if number not in known]
        self.unknown += [f"[{number}]" for number in missing]
        if not known:
            return
        self._show(spaces)
        start = self._length
        self._show(f"[{', '.join(map(str, sorted(self.labels[number - 1] for number in known)))}]")
        agents = tuple(sorted({self.agents[number - 1] for number in known}))
        self.marks.append(Mark(start=start, end=self._length, agents=agents))

    def _show(self, text: str) -> None:
        if text:
            self._shown.append(text)
            self._length += len(text)


def _range(found: re.Match[str]) -> list[int]:
    first = int(found[1])
    last = int(found[2]) if found[2] else first
    return list(range(first, last + 1)) if first <= last <= first + 15 else [first, last]


def statements(text: str, marks: Sequence[Mark]) -> tuple[Source, ...]:
    """What each mark of ``text`` belongs to; marks on a closing line "Rests on ..." belong to no statement."""
    sources: list[Source] = []
    last = 0
    for mark in marks:
        if _RESTS.match(_line(text, mark.start)):
            last = mark.end
            continue
        begin = _skip(text, last, mark.start)
        if begin >= mark.start and sources and sources[-1].end <= last:
            before = sources[-1]
            agents = tuple(sorted({*before.agents, *mark.agents}))
            sources[-1] = Source(start=before.start, end=before.end, agents=agents)
        elif begin < mark.start:
            end = begin + len(text[begin : mark.start].rstrip())
            inner = text[begin:end]
            cut = max((found.end() for found in _BOUNDARY.finditer(inner) if found.end() < len(inner)), default=0)
            start = begin + cut
            bullet = _BULLET.match(text, start, end)
            start = bullet.end() if bullet and bullet.end() < end else start
            sources.append(Source(start=start, end=end, agents=mark.agents))
        last = mark.end
    return tuple(sources)


def rests_on(text: str, marks: Sequence[Mark], shown: Sequence[int]) -> tuple[int, ...]:
    """Agents of the whole answer: those of its "Rests on" line, else of all marks, else everybody shown."""
    closing = {agent for mark in marks if _RESTS.match(_line(text, mark.start)) for agent in mark.agents}
    named = closing or {agent for mark in marks for agent in mark.agents}
    return tuple(sorted(named or set(shown)))


def _line(text: str, at: int) -> str:
    return text[text.rfind("\n", 0, at) + 1 : at]


def _skip(text: str, start: int, stop: int) -> int:
    """Past the punctuation and space that follow a mark."""
    if start == 0:
        return len(text[:stop]) - len(text[:stop].lstrip())
    found = _MARGIN.match(text, start, stop)
    return found.end() if found else start
