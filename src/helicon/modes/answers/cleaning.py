"""Taking the dress off an answer: Markdown, LaTeX wrappers, typographic variants, closing punctuation."""

from __future__ import annotations

import re
import unicodedata

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_SUPERSCRIPT = re.compile(r"[⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_VARIANTS = str.maketrans(
    {
        "−": "-",
        "‐": "-",
        "‑": "-",
        "–": "-",
        "⁄": "/",
        "’": "'",
        "‘": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "×": "*",
        "·": "*",
        "⋅": "*",
        "÷": "/",
        "…": "...",
    }
)
_GROUPING_SPACE = re.compile(r"(?<=\d)[\u00a0\u202f\u2009](?=\d{3}(?!\d))")
_LATEX = (
    (re.compile(r"\\(?:left|right|displaystyle|limits|quad|qquad|!|,|;|:|>)(?![a-zA-Z])"), " "),
    (re.compile(r"\\(?:text|mathrm|textbf|mathbf|operatorname|textit|mbox|mathsf|texttt)\s*\{([^{}]*)\}"), r" \1 "),
    (re.compile(r"\\[dt]frac(?![a-zA-Z])"), r"\\frac"),
    (re.compile(r"\^\s*\{?\\circ\}?"), "°"),
    (re.compile(r"\{,\}"), ","),
    (re.compile(r"\\([%$&#_{}])"), r"\1"),
    (re.compile(r"\\(?:times|cdot)(?![a-zA-Z])"), "*"),
    (re.compile(r"\\(?:approx|simeq)(?![a-zA-Z])"), "≈"),
    (re.compile(r"\\frac\s*\{(-?\d+)\}\s*\{(\d+)\}"), r" \1/\2 "),
    (re.compile(r"\\frac\s*(\d)\s*(\d)"), r" \1/\2 "),
)
_WRAPPERS = (
    ("**", "**"),
    ("__", "__"),
    ("$$", "$$"),
    ("\\(", "\\)"),
    ("\\[", "\\]"),
    ("`", "`"),
    ("*", "*"),
    ("$", "$"),
    ('"', '"'),
    ("'", "'"),
)
_MEANT = re.compile(r"(?:^|[\s.])[a-zA-Z]\.$|\.\.\.$|[\w)]!$(?<=[\d)]!)")
"""A closing sign that is not punctuation: initials, an ellipsis, a factorial."""
_BOXED = re.compile(r"\\(?:boxed|fbox)\s*\{")
_APPROXIMATELY = re.compile(
    r"^(?:=|≈|~|about|approximately|approx\.?|roughly|around|circa|nearly)\s*(?=[\d$€£¥.+-])", re.I
)


def boxed(text: str) -> str | None:
    r"""The content of the last ``\boxed{...}``, nested braces included; an unclosed one reaches to the end."""
    last = None
    for found in _BOXED.finditer(text):
        last = found
    if last is None:
        return None
    depth, start = 1, last.end()
    for at in range(start, len(text)):
        if text[at] == "\\":
            continue
        escaped = text[at - 1] == "\\"
        if text[at] == "{" and not escaped:
            depth += 1
        elif text[at] == "}" and not escaped:
            depth -= 1
            if depth == 0:
                return text[start:at].strip()
    return text[start:].strip()


def typography(text: str) -> str:
    """One form for dashes, quotes, spaces, superscripts and compatibility characters."""
    text = _SUPERSCRIPT.sub(lambda found: "^" + found[0].translate(_SUPERSCRIPTS), text)
    text = _GROUPING_SPACE.sub("'", text)
    text = re.sub(r"(?<=\d)(?=[½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞])", " ", text)
    text = unicodedata.normalize("NFKC", text).translate(_VARIANTS)
    return re.sub(r"\s+", " ", text).strip()


def unwrap(text: str) -> str:
    """Without Markdown emphasis, dollar signs of mathematics, quotes, and a closing full stop."""
    for _ in range(6):
        before = text
        text = text.strip()
        for opener, closer in _WRAPPERS:
            inner = text[len(opener) : -len(closer)]
            whole = len(text) > len(opener) + len(closer) and text.startswith(opener) and text.endswith(closer)
            if whole and opener not in inner and closer not in inner:
                text = inner.strip()
        if text.endswith((".", ",", ";", "!", ":")) and not _MEANT.search(text):
            text = text[:-1]
        if text == before:
            break
    return text


def clean(text: str) -> str:
    """An answer on one line, as plain as it can be without changing what it says."""
    inner = boxed(text)
    text = unwrap(typography(text if inner is None else inner))
    if "\\" in text or "{" in text:
        for pattern, plain in _LATEX:
            text = pattern.sub(plain, text)
    text = _APPROXIMATELY.sub("", unwrap(re.sub(r"\s+", " ", text)))
    return text.strip()
