"""Finding the short, comparable answer in what a model wrote."""

# ruff: noqa: SIM905 - lists of words read better as text
from __future__ import annotations

import re

from helicon.modes.answers.canonical import canonical
from helicon.modes.answers.cleaning import boxed, unwrap
from helicon.modes.answers.structures import fenced, json_value

MAX_TEXT = 20_000
"""Characters read from the end of a text."""
MAX_ANSWER = 500
"""Characters of an answer in words; code and JSON may be longer."""

_LABEL = re.compile(
    r"^[ \t>#*_-]*(?:the\s+)?(?:final\s+|short\s+)?"
    r"(?:answer|antwort|réponse|respuesta|risposta|resposta|答案)[ \t]*(?:is[ \t]*)?"
    r"[*_]*(?:[ \t]*[:\uff1a]|[ \t]+[-–—][ \t])[ \t]*[*_]*[ \t]*(?P<value>.*)$",
    re.I | re.M,
)
_LABEL_INSIDE = re.compile(
    r"(?<=[.!?:)\]}*$])[ \t]+[*_]*(?:the\s+)?(?:final\s+|short\s+)?"
    r"(?:answer|antwort|réponse|respuesta|risposta|resposta)[*_]*[ \t]*[:\uff1a][ \t]*[*_]*[ \t]*(?P<value>\S[^\n]*)",
    re.I,
)
"""The label behind a sentence, on the same line."""
_HEADING = re.compile(
    r"^[ \t]*(?:#{1,6}[ \t]*(?:final[ \t]+)?answer[ \t]*:?|\*\*(?:final[ \t]+)?answer:?\*\*:?)[ \t]*$", re.I | re.M
)
_SENTENCE = re.compile(
    r"\b(?:the|my|our|correct|final|best)\s+(?:\w+\s+)?(?:answer|result|solution|choice|option)\s+"
    r"(?:is|are|would be|must be|=)\s*:?\s*(?P<value>[^\n]+)",
    re.I,
)
_SUBJECT = re.compile(
    r"(?:^|[.:]\s+)(?P<value>[^.:\n]{1,60}?)\s+(?:is|are)\s+(?:the|my|our)\s+(?:final |correct |right |best )?"
    r"(?:answer|result|solution|choice|option)\b"
    r"|\b(?:option|choice|answer)\s+(?P<letter>\(?[A-J]\)?)\s+is\b",
    re.I,
)
_OPENING = re.compile(r"^(?:therefore|so|thus|hence|then|finally|consequently|in total|altogether)\b[,:]?\s+", re.I)
_NOTATION = re.compile(r"\$([^$\n]*[\\a-zA-Z][^$\n]*)\$|\\\(([^\n]+?)\\\)")
_LINK = re.compile(
    r"(?:\s(?:is|are|was|were|equals|costs?|takes|gives|makes|totals?|be|becomes|has|have|=|≈|→|:)|'s)\s+(?=\S)|[=≈]\s*(?=\S)",
    re.I,
)
_WHEN = re.compile(r"\s(?:at|on|by|until|in)\s+(?=\S)", re.I)
_NAME = re.compile(r"\s(?:is|are|was|were)\s+(?P<value>[A-Z][\w'.-]*(?: [A-Z\d][\w'.-]*| of| the| de){0,4})", re.S)
_BOLD = re.compile(r"\*\*([^*\n]{1,200})\*\*")
_LETTER = re.compile(r"\(([A-J])\)")
_NOTE = re.compile(r"\n\s*Rests on (?:drafts? \d|\[\d|none\b)[^\n]*\s*\Z", re.I)
"""The line in which a contemplation or a synthesis names its drafts; no part of the answer."""
_BLOCK = re.compile(r"```[^\n]*\n.*?```", re.S)
_CERTAIN = frozenset("number quantity ordinal ratio date time weekday boolean json assignment".split())
"""Kinds that a text has only when it is nothing but a value."""


def read_answer(text: str) -> str:
    """The short answer inside an answer's text; empty when the text is open-ended. Never raises.

    In this order: a box, the last labelled line ("Answer: ..."), JSON or code that is the whole
    text, a sentence that names the answer, a bold last line, a choice's letter, the value that ends
    the last sentence, a code block, a short reply.
    """
    text = _NOTE.sub("", text[-MAX_TEXT:]).strip()
    if not text:
        return ""
    labelled = _labelled(text)
    box = boxed(text)
    if box and (labelled is None or boxed(labelled) is not None or text.rfind("\\boxed") > text.rfind(labelled)):
        return _short(box)
    if labelled is not None:
        return _short(labelled)
    if fenced(text) is not None or json_value(text) is not None:
        return text
    for found in (_named(text), _from_last_line(text)):
        if found:
            return _short(found)
    blocks = _BLOCK.findall(text)
    if blocks:
        return str(blocks[-1]).strip()
    return _short_reply(text)


def _labelled(text: str) -> str | None:
    """What follows the last label, on its line or the next one."""
    found = None
    for pattern in (_LABEL, _LABEL_INSIDE, _HEADING):
        for match in pattern.finditer(text):
            if found is None or match.start() > found.start():
                found = match
    if found is None:
        return None
    value = (found.groupdict().get("value") or "").strip().strip("*_ ")
    rest = text[found.end() :].strip()
    if not value:
        block = _BLOCK.match(rest)
        value = block[0] if block else rest.split("\n")[0].strip()
    elif value.startswith("```"):
        block = _BLOCK.match(text, found.start("value"))
        value = block[0] if block else value
    return _first_value(value) or None


def _first_value(value: str) -> str:
    """Of a value with further sentences behind it, the value alone."""
    if "\n" in value or value.startswith("```") or canonical(value).kind != "text":
        return value
    first = re.split(r"(?:(?<=[^\s.]{2})|(?<=\d))[.!?](?=\s+[A-Z(*\d])", value, maxsplit=1)[0]
    return first if canonical(first).kind in _CERTAIN else value


def _named(text: str) -> str | None:
    """The value in the last sentence like "the answer is 42"."""
    found = None
    for match in _SENTENCE.finditer(text):
        found = match
    if found is not None:
        return _first_sentence(unwrap(found["value"]))
    for match in _SUBJECT.finditer(text[-MAX_ANSWER:]):
        found = match
    return str(found["letter"] or found["value"]) if found is not None else None


def _first_sentence(text: str) -> str:
    return unwrap(
        re.split(r"(?<=[^\s.]{2})[.!?](?=\s)|\s[-—]\s|,?\s(?:because|since)\b|,\s(?:which|so)\b", text, maxsplit=1)[0]
    )


def _from_last_line(text: str) -> str | None:
    """The last line's bold words, its only choice letter, or the value that ends it."""
    line = _OPENING.sub("", text.rsplit("\n", 1)[-1].strip())
    bold = _BOLD.findall(line)
    if len(bold) == 1 and (line.strip(" .") == f"**{bold[0]}**" or canonical(bold[0]).kind in _CERTAIN):
        return str(bold[0])
    if line.startswith("```") or len(bold) > 1:
        return None
    whole = canonical(line)
    if whole.kind == "boolean":
        return "yes" if whole.key else "no"
    if _is_value(line) or (whole.kind in ("choice", "math") and len(line) <= 80):
        return line
    letters = set(_LETTER.findall(line))
    if len(letters) == 1:
        return f"({letters.pop()})"
    sentences = re.split(r"(?<=[a-z\d%)][.!])\s+(?=[A-Z])", line)
    last = sentences[-1][-300:]
    for match in _LINK.finditer(last):
        value = unwrap(last[match.end() :])
        if _is_value(value):
            return value
    notation = _NOTATION.findall(last)
    if len(notation) == 1:
        return str(notation[0][0] or notation[0][1])
    for match in reversed(list(_WHEN.finditer(last))):
        value = unwrap(last[match.end() :])
        if canonical(value).kind in ("date", "time", "weekday"):
            return value
    return None


def _is_value(text: str) -> bool:
    """Whether a text is a value and nothing else: a list counts when its items do."""
    if text.count("$") == 1 and re.search(r"\S\$$", text):  # half of a formula
        return False
    found = canonical(text)
    if found.kind in ("list", "set"):
        return all(part.kind in _CERTAIN for part in found.parts)
    return found.kind in _CERTAIN


def _short_reply(text: str) -> str:
    """A text of a few words is its own answer; a longer one is open-ended."""
    words = text.split()
    named = _NAME.search(text) if len(words) <= 16 else None
    if named and named.end() >= len(text.rstrip(" .!")):
        return unwrap(named["value"])
    if "\n" in text or len(text) > 100 or len(words) > 12 or text.endswith("?"):
        return ""
    return unwrap(text)


def _short(value: str) -> str:
    value = value.strip()
    if value.startswith("```") or json_value(value) is not None:
        return value
    return unwrap(value)[:MAX_ANSWER].strip()
