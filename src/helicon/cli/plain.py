"""Model text made safe for a terminal.

A model's words may hold control characters: colours, cursor moves, window titles, clipboard writes,
or marks that turn the direction of writing. None of them belongs in an answer, so they are taken out
before text reaches a terminal. ``Cleaner`` does it for a stream, where a sequence may be cut anywhere;
``clean`` does it for one text. Piped output and JSON keep the model's text (JSON escapes it).
"""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

# C0 but tab and newline, DEL, C1; direction marks, embeddings, overrides and isolates; lone surrogates;
# the two separators that break lines where no line ends; the byte-order mark; tag characters.
CONTROL = (
    "\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2028\u2029\u2066-\u2069\ufeff\U000e0000-\U000e007f"
)
ODD = re.compile(f"[{CONTROL}\ud800-\udfff]")
HIDDEN = re.compile(f"[{CONTROL}]")

State: TypeAlias = Literal["text", "escape", "sequence", "string", "string_escape"]
LONGEST_SEQUENCE = 64
LONGEST_STRING = 4096
"""A control sequence or string longer than this was none; what follows is text again."""


class Cleaner:
    """Takes control sequences out of text that arrives in pieces."""

    def __init__(self) -> None:
        self.state: State = "text"
        self.length = 0

    def decode(self, text: str) -> str:
        """The printable part of one more piece."""
        if self.state == "text" and not ODD.search(text):
            return text
        return "".join(filter(None, map(self._one, text)))

    def _one(self, char: str) -> str:
        if self.state != "text":
            return self._inside(char)
        match char:
            case "\x1b":
                self._enter("escape")
            case "\x9b":
                self._enter("sequence")
            case "\x90" | "\x98" | "\x9d" | "\x9e" | "\x9f":
                self._enter("string")
            case "\u2028" | "\u2029":
                return "\n"
            case _ if "\ud800" <= char <= "\udfff":
                return "\ufffd"
            case _ if ODD.match(char):
                return ""
            case _:
                return char
        return ""

    def _enter(self, state: State) -> None:
        self.state = state
        self.length = 0

    def _inside(self, char: str) -> str:
        self.length += 1
        longest = LONGEST_STRING if self.state.startswith("string") else LONGEST_SEQUENCE
        if char == "\n" or self.length > longest:
            self.state = "text"
            return self._one(char)
        match self.state:
            case "escape" | "string_escape" if char in "[":
                self._enter("sequence")
            case "escape" | "string_escape" if char in "]PX^_":
                self._enter("string")
            case "escape" | "string_escape" if "\x20" <= char <= "\x2f" or char == "\x1b":
                pass  # an intermediate byte, or another beginning
            case "escape" | "string_escape":
                self.state = "text"
            case "sequence" if "\x40" <= char <= "\x7e":
                self.state = "text"
            case "string" if char in "\x07\x9c":
                self.state = "text"
            case "string" if char == "\x1b":
                self.state = "string_escape"
            case _:
                pass
        return ""


def clean(text: str) -> str:
    """``text`` without control sequences."""
    return Cleaner().decode(text)


def one_line(text: str) -> str:
    """``text`` cleaned, with every run of white space as one space."""
    return " ".join(clean(text).split())


def json_text(value: object) -> str:
    """``value`` as readable JSON in which no control character stands bare."""
    import json

    written = json.dumps(value, ensure_ascii=False, indent=2)
    written = HIDDEN.sub(lambda found: _escaped(found.group()), written)
    return re.sub("[\ud800-\udfff]", lambda found: _escaped(found.group()), written)


def _escaped(char: str) -> str:
    units = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i]:02x}{units[i + 1]:02x}" for i in range(0, len(units), 2))
