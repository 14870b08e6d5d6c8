"""Settings of one a line: INI, .env, .properties, TOML, Terraform, templates; and anything that is near enough.

A line is ``key = value`` or ``key: value``; strings in quotes that stand elsewhere belong to the key before them.
"""

from __future__ import annotations

import re

from helicon.audit.extract.page import Page
from helicon.audit.extract.placing import plausible
from helicon.audit.extract.strings import string
from helicon.audit.values import Role

LINE = re.compile(r"[ \t]*+(?:-[ \t]++)?(?:export[ \t]++)?([\"']?)([A-Za-z_][\w.-]{0,120}+)\1[ \t]*+(=>|[:=])[ \t]*+")
SECTION = re.compile(r"[ \t]*+\[\[?([\w.\"'/ -]{1,120})\]\]?[ \t]*+(?:[#;].*)?$")
BLOCK = re.compile(r"[ \t]*+([A-Za-z_][\w-]{0,80})(?:[ \t]++\"([^\"\n]{0,80})\"){0,2}[ \t]*+\{[ \t]*+$")
QUOTED = re.compile(r'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"?|\'[^\'\n]*+\'?|#[^\n]*')
TEMPLATE = re.compile(r"\{\{-?[ \t]*+([^{}\n]{0,300})\}\}")
DEFAULTED = re.compile(r"default[ \t]++\"([^\"\n]{1,300})\"")


def settings(page: Page) -> None:
    """Every line's value under its key."""
    section = key = ""
    for number, line in enumerate(page.text.split("\n")):
        start = page.starts[number]
        plain = line.strip()
        if not plain:
            continue
        if plain.startswith(("#", ";", "//", "!", "*", "/*")):
            page.prose(line, start, "commented")
            continue
        header = SECTION.match(line) if plain[0] == "[" else None
        block = BLOCK.match(line) if plain.endswith("{") else None
        if header:
            section, key = header.group(1).strip("\"' "), ""
            continue
        if block:
            section = block.group(2) or block.group(1)
            continue
        found = LINE.match(line)
        if found:
            key = found.group(2)
        symbol = f"{section}.{key}" if section and key else key or section
        _value(page, line, found.end() if found else 0, start, symbol, assigned=bool(found))


def _value(page: Page, line: str, at: int, start: int, symbol: str, *, assigned: bool) -> None:
    rest = line[at:].rstrip("\r\n ")
    if "{{" in rest:
        for template in TEMPLATE.finditer(rest):
            for default in DEFAULTED.finditer(template.group(1)):
                offset = start + at + template.start(1) + default.start(1)
                page.add(default.group(1), offset, symbol, note="default of a template")
        return
    if assigned and rest[:1] not in ('"', "'", "[", "{", ""):
        cut = min((at for at in (rest.find(" #"), rest.find(" ;")) if at >= 0), default=len(rest))
        value, hash_, comment = rest[:cut], rest[cut : cut + 2], rest[cut + 2 :]
        value = value.rstrip(" ,;\r\t")
        string(page, value, start + at, symbol, role="active")
        if hash_:
            page.prose(comment, start + at + len(rest) - len(comment), "commented")
        return
    whole = QUOTED.match(rest)
    one = bool(whole and assigned and not rest[whole.end() :].strip(" ,;\r"))
    role: Role = "active" if one or (assigned and rest[:1] in "\"'") else "option"
    strings = 0
    for found in QUOTED.finditer(rest):
        text = found.group()
        if text[0] == "#":
            page.prose(text, start + at + found.start(), "commented", symbol)
            continue
        strings += 1
        body = text[1:-1] if len(text) > 1 and text[-1] == text[0] else text[1:]
        string(page, body, start + at + found.start() + 1, symbol, role=role)
    if not strings and not assigned and plausible(rest.strip(" -,\r")):
        bare = rest.strip(" -,\r")
        page.add(bare, start + at + rest.index(bare), symbol, role="option")
