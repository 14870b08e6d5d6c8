"""Source code of other languages, as strings and comments: one linear pass, no grammar.

Every token pattern ends where its line or the text ends, so an unclosed quote costs one line, not the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from helicon.audit.extract.page import Page
from helicon.audit.extract.placing import plausible
from helicon.audit.extract.strings import string
from helicon.audit.values import Mention, Role

DOUBLE = r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?'
SINGLE = r"'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'?"
CHARACTER = r"'(?:\\.|[^'\\\n])'"
BACKTICK = r"`[^`\\]*+(?:\\.[^`\\]*+)*+`?"
RAW_BACKTICK = r"`[^`]*+`?"
TRIPLE = r'"""[^"]*+(?:"(?!"")[^"]*+)*+(?:""")?'
TRIPLE_SINGLE = r"'''[^']*+(?:'(?!'')[^']*+)*+(?:''')?"
VERBATIM = r'@"[^"]*+(?:""[^"]*+)*+"?'
RUST_RAW = r'r#"[^"]*+(?:"(?!#)[^"]*+)*+(?:"#)?'
SLASHES = r"//[^\n]*+"
BLOCK = r"/\*[^*]*+(?:\*(?!/)[^*]*+)*+(?:\*/)?"
HASH = r"#[^\n]*+"
BEFORE = re.compile(
    r"([A-Za-z_$][\w$.-]{0,80})[\"'\]]?\s{0,8}"
    r"(?::\s{0,4}[\w.<>|?&'\[\] ]{0,40}=|:=|=>|[:=(,\[]|\?\?|\|\|)\s{0,8}[&*@$]{0,2}$"
)
LOOK_BACK = 160
CONSTANT = re.compile(
    r"\b(\w{0,40}[mM]odel(?:Id|ID|Name|_id|_name)?)[\"']?\s{0,4}(?::=|[:=(])\s{0,4}(?:[\w]{1,40}\.){1,3}(\w{2,60})"
)
TABLE = 12
"""From so many constants on, a file's models are a table of an SDK."""


@dataclass(frozen=True)
class Language:
    """How a language writes strings and comments."""

    tokens: re.Pattern[str]
    constants: bool = False
    """Whether models are often named as constants of a package: ``openai.GPT4o``."""


def _language(*patterns: str, constants: bool = False) -> Language:
    return Language(re.compile("|".join(patterns), re.DOTALL), constants)


SCRIPT = _language(SLASHES, BLOCK, DOUBLE, SINGLE, BACKTICK)
GO = _language(SLASHES, BLOCK, DOUBLE, RAW_BACKTICK, CHARACTER, constants=True)
JAVA = _language(SLASHES, BLOCK, TRIPLE, DOUBLE, CHARACTER, constants=True)
SHARP = _language(SLASHES, BLOCK, TRIPLE, VERBATIM, DOUBLE, CHARACTER, constants=True)
RUST = _language(SLASHES, BLOCK, RUST_RAW, DOUBLE, CHARACTER, constants=True)
RUBY = _language(HASH, DOUBLE, SINGLE)
PHP = _language(SLASHES, BLOCK, HASH, DOUBLE, SINGLE)
PYTHON = _language(HASH, TRIPLE, TRIPLE_SINGLE, DOUBLE, SINGLE)


def code(page: Page, language: Language) -> None:
    """Every string under the name before it; comments as such."""
    kept = len(page.found)
    for token in language.tokens.finditer(page.text):
        raw = token.group()
        if raw.startswith(("//", "/*", "#")):
            page.prose(raw, token.start(), "commented")
            continue
        body, skip = _body(raw)
        if len(body) < 2:
            continue
        symbol, role = _before(page.text, token.start())
        if page.text[token.end() : token.end() + 3].lstrip()[:1] == ":" and plausible(body):
            role = "alias"
        string(page, body, token.start() + skip, symbol, role=role, lines="\n" in body)
    if language.constants:
        for found in CONSTANT.finditer(page.text):
            owner = _owner(page.text, found.start(2))
            page.add(owner + found.group(2), found.start(2) - len(owner), found.group(1))
        _tables(page, kept)


def _owner(text: str, start: int) -> str:
    at = start
    while at > 0 and (text[at - 1].isalnum() or text[at - 1] in "._") and start - at < 80:
        at -= 1
    return text[at:start]


def _body(raw: str) -> tuple[str, int]:
    """The text of a string token, and how many characters stand before it."""
    for quote, close in (('"""', '"""'), ("'''", "'''"), ('@"', '"'), ('r#"', '"#')):
        if raw.startswith(quote):
            end = len(raw) - len(close) if raw.endswith(close) and len(raw) >= len(quote) + len(close) else len(raw)
            return raw[len(quote) : end], len(quote)
    return (raw[1:-1] if len(raw) > 1 and raw[-1] == raw[0] else raw[1:]), 1


def _before(text: str, start: int) -> tuple[str, Role]:
    """The name that a string is given to, and whether it is one of a list."""
    line = text[max(0, start - LOOK_BACK) : start]
    found = BEFORE.search(line)
    last = line.rstrip()[-1:]
    if found:
        return found.group(1), "option" if last in ("[", ",") else "active"
    return "", "option" if last in ("[", ",", "{") else "active"


def _tables(page: Page, kept: int) -> None:
    """Many constants of one file are what an SDK offers, not what a program uses."""
    mine = page.found[kept:]
    if sum(_constant(one) for one in mine) >= TABLE:
        page.found[kept:] = [replace(one, role="alias") if _constant(one) else one for one in mine]


def _constant(mention: Mention) -> bool:
    return mention.symbol[:1].isupper() and mention.role in ("active", "option")
