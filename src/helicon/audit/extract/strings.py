"""What a string of any language may hold: a name, an address, a command, a default in ``${...}``, JSON."""

from __future__ import annotations

import re

from helicon.audit.extract.page import MAX_NESTED, Page
from helicon.audit.values import Kind, Role

DEFAULT = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]{0,80})(?::?[-=]([^{}$]{0,300}))?\}")
VARIABLE = re.compile(r"\$\{?([A-Za-z_][A-Za-z0-9_]{0,80})\}?")
COMMANDS = (
    "ollama ", "--model", "-hf ", "vllm serve", "hf download", "huggingface-cli", "huggingface.co/", "hf.co/",
    "lms get", "docker model", "_model=", "model=", "MODEL=",
)  # fmt: skip
SAID = ("help", "description", "doc", "title", "message", "placeholder", "summary", "comment", "label", "tooltip")
"""Keys whose values are for people."""
MAX_STRING = 200_000


def string(
    page: Page,
    text: str,
    offset: int,
    symbol: str,
    *,
    role: Role = "active",
    kind: Kind | None = None,
    lines: bool = False,
    sure: bool = False,
    at: tuple[int, int] | None = None,
    indent: int = 0,
) -> None:
    """Keep what a string says. ``lines``: its lines are lines of the file, from ``at`` on, each after an ``indent``."""
    plain = text.strip()
    if len(plain) < 2 or len(plain) > MAX_STRING:
        return
    if "${" in plain and _default(page, plain, offset, symbol, role, at):
        return
    if not any(map(str.isspace, plain)):
        page.add(plain, offset + len(text) - len(text.lstrip()), symbol, role=role, kind=kind, sure=sure, at=at)
        return
    last = symbol.rpartition(".")[2].lower()
    if last.startswith(SAID) or last.endswith(SAID):
        page.prose(plain, offset, "doc", symbol, at or page.where(offset))
        return
    if page.nested >= MAX_NESTED:
        return
    part = page.inner(text, offset, symbol, lines=lines, role=role if role in ("commented", "doc") else None)
    if at:
        rest = [(at[0] + number, indent) if lines else (at[0], at[1] - 1) for number in range(1, text.count("\n") + 1)]
        part.places = [(at[0], at[1] - 1), *rest]
    if plain[0] in "[{" and plain[-1] in "]}":
        from helicon.audit.extract.jsons import json

        json(part)
    elif any(mark in plain for mark in COMMANDS):
        from helicon.audit.extract.commands import commands

        commands(part)
    else:
        part.prose(text, 0, "doc")


def _default(page: Page, text: str, offset: int, symbol: str, role: Role, at: tuple[int, int] | None) -> bool:
    """``${VAR:-default}``: the default; a variable without one that stands for a model is unresolved."""
    from helicon.audit.extract.placing import modelish

    whole = DEFAULT.fullmatch(text)
    if whole and whole.group(2):
        name = whole.group(1)
        at = (at[0], at[1] + whole.start(2)) if at else None
        page.add(whole.group(2), offset + whole.start(2), symbol or name, role=role, note=f"default of {name}", at=at)
        return True
    if whole and modelish(symbol):
        at = (at[0], at[1] + 2) if at else None
        page.add(whole.group(1), offset + 2, symbol, role="unresolved", kind="env", at=at)
        return True
    filled = DEFAULT.sub(lambda found: found.group(2) or found.group(), text)
    if filled != text and "${" not in filled and not any(map(str.isspace, filled)):
        page.add(filled, offset, symbol, role=role, note="with the defaults of its variables", at=at)
        return True
    return False
