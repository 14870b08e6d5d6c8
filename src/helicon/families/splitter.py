"""The incremental splitter: raw model text in, pieces of thinking and of answer out.

For engines that do not separate the two. It knows nothing of sockets or events: feed it
text as it comes with ``decode`` and end with ``flush``. However the text is cut into
chunks, the joined pieces are the same; nothing is lost but delimiters and the newlines
that touch them. Text waits only while it may still become a delimiter.

::

    answer ──opener──▶ thinking ──closer──▶ answer ──opener──▶ ...
                           └──answer header──▶ answer

An opener right after a quotation mark or a backtick is a mention of the tag, not a thought.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, TypeAlias

from helicon.families.family import Delimiters

Kind: TypeAlias = Literal["thinking", "answer"]
Piece: TypeAlias = tuple[Kind, str]

_QUOTES = ("`", '"', "'")


class Splitter:
    """Separates thinking from answer, chunk by chunk."""

    def __init__(self, delimiters: Sequence[Delimiters], *, preopened: bool = False) -> None:
        """
        Args:
            delimiters: a family's pairs; without any, all text is answer.
            preopened: the prompt ended inside a thought, so the text begins as thinking even
                without an opener (and everything is thinking if the closer never comes).
        """
        self._delimiters = tuple(delimiters)
        tokens = (text for d in delimiters for text in (d.open, d.close, d.answer, d.answer_close))
        self._firsts = frozenset(token[0] for token in tokens if token)
        self._kind: Kind = "thinking" if preopened and delimiters else "answer"
        self._opener: str | None = None
        """How the current thought was opened; ``None`` when the prompt did it."""
        self._buffer = ""
        self._newlines = ""
        """Newlines held back: a delimiter that follows swallows them."""
        self._bare = preopened
        """Nothing written since the last delimiter, so newlines are swallowed."""
        self._last = ""
        """The last character written, to tell mentions."""

    def decode(self, text: str) -> list[Piece]:
        """The pieces that are certain now; neighbouring pieces differ in kind."""
        held = self._buffer or self._newlines or self._bare
        if text and not held and text[-1] != "\n" and self._firsts.isdisjoint(text):
            self._last = text[-1]
            return [(self._kind, text)]  # nothing in it can begin a delimiter
        self._buffer += text
        return self._pieces(final=False)

    def flush(self) -> list[Piece]:
        """What was held back, at the end of the text."""
        return self._pieces(final=True)

    def _pieces(self, *, final: bool) -> list[Piece]:
        pieces: list[Piece] = []
        while True:
            start, token = self._find(final=final)
            self._write(self._buffer[:start], pieces)
            self._buffer = self._buffer[start:]
            if token is None:
                break
            self._buffer = self._buffer[len(token) :]
            self._turn(token)
        if final and self._newlines:
            _append(pieces, self._kind, self._newlines)
            self._newlines = ""
        return pieces

    def _find(self, *, final: bool) -> tuple[int, str | None]:
        """Where the buffer's certain text ends, and the delimiter that ends it, if one does."""
        tokens = self._tokens()
        openers = tuple(d.open for d in self._delimiters)
        longest = max(map(len, (*tokens, *openers)), default=0)
        firsts = {token[0] for token in (*tokens, *openers)}
        for at, character in enumerate(self._buffer):
            if character not in firsts:
                continue
            rest = self._buffer[at : at + longest]
            here = tokens + openers if self._may_open(at) else tokens
            if not final and any(len(rest) < len(token) and token.startswith(rest) for token in here):
                return at, None
            found = max((token for token in here if rest.startswith(token)), key=len, default=None)
            if found is not None:
                return at, found
        return len(self._buffer), None

    def _tokens(self) -> tuple[str, ...]:
        """The delimiters, openers aside, that mean something in the present state."""
        if self._kind == "answer":
            wanted = [text for d in self._delimiters for text in (d.answer, d.answer_close)]
        else:
            wanted = [d.close for d in self._delimiters if self._opener in (None, d.open)]
            wanted += [d.answer for d in self._delimiters]
        return tuple(dict.fromkeys(filter(None, wanted)))

    def _may_open(self, at: int) -> bool:
        """Whether an opener at this place of the buffer opens a thought."""
        if self._kind == "thinking":  # only the opener that repeats the prompt's own
            return self._bare and self._opener is None and not self._buffer[:at].strip("\n")
        before = self._buffer[at - 1] if at else self._last
        return before not in _QUOTES

    def _turn(self, token: str) -> None:
        """Change state at a delimiter."""
        self._newlines, self._last = "", ""
        self._bare = True
        if any(token == d.open for d in self._delimiters):
            self._kind, self._opener = "thinking", token
        else:
            self._kind, self._opener = "answer", None

    def _write(self, text: str, pieces: list[Piece]) -> None:
        """Add text of the present kind, holding back the newlines at its end."""
        if self._bare:
            text = text.lstrip("\n")
        if not text:
            return
        self._bare = False
        self._last = text[-1]
        whole = self._newlines + text
        body = whole.rstrip("\n")
        self._newlines = whole[len(body) :]
        _append(pieces, self._kind, body)


def _append(pieces: list[Piece], kind: Kind, text: str) -> None:
    """Add text to the last piece, or a new one where the kind changes."""
    if not text:
        return
    if pieces and pieces[-1][0] == kind:
        pieces[-1] = (kind, pieces[-1][1] + text)
    else:
        pieces.append((kind, text))


def joined(pieces: Iterable[Piece]) -> tuple[str, str]:
    """All thinking and all answer of a list of pieces."""
    texts: dict[Kind, str] = {"thinking": "", "answer": ""}
    for kind, text in pieces:
        texts[kind] += text
    return texts["thinking"], texts["answer"]
