"""Text folded to words for the search, and where words occur in a text. Pure.

Letters lose accents and case ("Ação" is "acao"), in every script; full and half width are one. Scripts that are
written without spaces give single characters and pairs, an emoji is a word of its own. The words of a text are kept
once and without order: a search asks whether all of its words are in one text, the last one as a beginning.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

LONGEST_WORD = 64
"""Characters; longer words are cut, here and in the question."""
MOST_BYTES = 500_000
"""Of one text's words together in UTF-8; PostgreSQL takes no more than 1 MiB."""
MOST_QUESTION = 16
"""Words of a question that count."""

MARKS = (
    "\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u1ab0-\u1aff\u1dc0-\u1dff\u200b-\u200f\u2060\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f\ufeff\u00ad"
)
"""Accents, vowel points, variation selectors and what is not seen at all."""
SPACELESS = (
    "\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff"
)
"""Thai, Lao, Tibetan, Burmese, Khmer, Kana, Han."""
INDIC = "\u0900-\u0dff"
"""Vowel signs of these scripts are no letters to Python, and belong to the word."""
PICTURES = "\u2190-\u2bff\U0001f000-\U0001faff"
_MARK = re.compile(f"[{MARKS}]")
_WORD = re.compile(f"[{SPACELESS}]+|[{PICTURES}]|(?:(?![{SPACELESS}{PICTURES}])(?:[^\\W_]|[{INDIC}]))+")
_SPACELESS = re.compile(f"[{SPACELESS}]")


def fold(text: str) -> str:
    """The text without accents, case and width."""
    if text.isascii():
        return text.lower()
    bare = _MARK.sub("", unicodedata.normalize("NFKD", text))
    return _MARK.sub("", unicodedata.normalize("NFKC", bare.casefold()))


def words(text: str) -> list[str]:
    """The different words of a text, as the index has them."""
    found: dict[str, None] = {}
    size, widest = 0, 1 if text.isascii() else 4
    for piece in dict.fromkeys(_WORD.findall(fold(text))):
        for word in _parts(piece):
            if word not in found:
                found[word] = None
                size += widest * len(word) + 1
        if size > MOST_BYTES:
            break
    return list(found)


def _parts(piece: str) -> list[str]:
    if _SPACELESS.match(piece):
        return [*piece, *(piece[n : n + 2] for n in range(len(piece) - 1))]
    return [piece[:LONGEST_WORD]]


def question(text: str) -> list[str]:
    """The words that a text must have to fit a question; the last is a beginning. Empty where it has none."""
    wanted: dict[str, None] = {}
    for piece in _WORD.findall(fold(text[:1000])):
        pairs = [piece[n : n + 2] for n in range(len(piece) - 1)] if _SPACELESS.match(piece) else []
        for word in pairs or [piece[:LONGEST_WORD]]:
            wanted.pop(word, None)
            wanted[word] = None
        if len(wanted) >= MOST_QUESTION:
            break
    return list(wanted)[:MOST_QUESTION]


@lru_cache(maxsize=8192)
def _same_length(character: str) -> str:
    """A character folded to exactly one, so that places stay what they were; ``\\1`` for a mark."""
    if _MARK.match(character):
        return "\1"
    folded = fold(character)
    return folded[0] if folded else "\1"


def hits(text: str, wanted: list[str]) -> list[tuple[int, int]]:
    """Where the words of a question occur in a text: start and end in characters, in order, without overlap."""
    if not wanted:
        return []
    level = text.lower() if text.isascii() else "".join(map(_same_length, text))
    found: list[tuple[int, int]] = []
    for match in _pattern(tuple(wanted)).finditer(level):
        start, end = match.span(1)
        if found and start <= found[-1][1]:
            start, end = found[-1][0], max(end, found.pop()[1])
        found.append((start, end))
    return found


@lru_cache(maxsize=64)
def _pattern(wanted: tuple[str, ...]) -> re.Pattern[str]:
    """Matches any of the words in a text of ``_same_length``."""
    alternatives = []
    for word in sorted(wanted, key=len, reverse=True):
        spelled = "\1*".join(map(re.escape, word))
        alone = bool(_SPACELESS.match(word)) or not word[0].isalnum()
        end = "" if alone or word == wanted[-1] else "(?![^\\W_]|\1)"
        start = "" if alone else "(?<![^\\W_])(?<!\1)"
        alternatives.append(f"{start}{spelled}\1*{end}")
    return re.compile(f"(?=({'|'.join(alternatives)}))")


ROOM = 160
"""Characters of a snippet."""
BEFORE = 40
"""Of them before the first hit."""
SEARCHED = 200_000
"""Characters of a text in which the first hit is looked for."""


def snippet(text: str, wanted: list[str]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Words around the first hit on one line, and the hits in them; the text's beginning where none is seen."""
    searched = text[:SEARCHED]
    found = hits(searched, wanted)
    first = found[0][0] if found else 0
    start = max(0, first - BEFORE)
    if start:
        space = searched.find(" ", start, first)
        start = space + 1 if space >= 0 else start
    piece = searched[start : start + ROOM]
    line = ("… " if start else "") + " ".join(piece.split()) + (" …" if len(text) > start + ROOM else "")
    return line, tuple(hits(line, wanted))
