"""Fields of foreign JSON, whatever is in them. Pure."""

from __future__ import annotations

import json
import math
from datetime import datetime
from typing import Any

LATEST = 253_402_300_799.0
"""The last second of the year 9999."""


def text_in(value: Any, *names: str) -> str:
    """The first of these fields that holds a text."""
    if isinstance(value, dict):
        for name in names:
            if isinstance(value.get(name), str):
                return str(value[name])
    return ""


def object_in(value: Any, name: str) -> dict[str, Any]:
    """A field that holds an object, else an empty one."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, dict) else {}


def list_in(value: Any, name: str) -> list[Any]:
    """A field that holds a list, else an empty one."""
    inner = value.get(name) if isinstance(value, dict) else None
    return inner if isinstance(inner, list) else []


def time_in(value: Any, *names: str) -> float:
    """The first of these fields that holds a moment (s, ms or us since 1970, or ISO), in seconds; else 0."""
    for name in names:
        raw = value.get(name) if isinstance(value, dict) else None
        if isinstance(raw, str):
            try:
                raw = datetime.fromisoformat(raw.replace("Z", "+00:00")).timestamp()
            except (ValueError, OverflowError):
                continue
        if isinstance(raw, int | float) and not isinstance(raw, bool):
            try:
                seconds = float(raw)
            except OverflowError:
                continue
            for scale in (1e3, 1e6):
                if seconds > 1e11:
                    seconds /= scale
            if math.isfinite(seconds) and 0 < seconds <= LATEST:
                return seconds
    return 0.0


def count_in(value: Any, name: str) -> int:
    """A field that holds a whole number that a database can keep, else 0."""
    raw = value.get(name) if isinstance(value, dict) else None
    return raw if isinstance(raw, int) and not isinstance(raw, bool) and 0 <= raw < 2**53 else 0


def number_in(value: Any, name: str) -> float:
    """A field that holds a finite number, else 0."""
    raw = value.get(name) if isinstance(value, dict) else None
    if not isinstance(raw, int | float) or isinstance(raw, bool):
        return 0.0
    return float(raw) if abs(raw) < 1e300 else 0.0


def fence(text: str, language: str = "") -> str:
    """A fenced block that its text cannot end."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    marks = "`" * max(3, longest + 1)
    return f"{marks}{language}\n{text.rstrip()}\n{marks}"


def json_note(what: str, value: Any) -> str:
    """Something that has no place of its own, kept as it came."""
    try:
        kept = json.dumps(value, ensure_ascii=False, indent=2)
    except (RecursionError, ValueError):
        kept = "(nested too deeply)"
    return f"({what})\n\n{fence(kept, 'json')}"


def paragraphs(*parts: str) -> str:
    """Texts one below the other, without the empty ones."""
    return "\n\n".join(part.strip("\n") for part in parts if part.strip())
