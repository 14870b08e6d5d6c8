"""How long an engine may be silent: values only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeouts:
    """How long an engine may be silent, in seconds."""

    connect: float = 5.0
    """Until the connection stands."""
    first_byte: float = 600.0
    """From the request to the first byte of the reply: reading a long prompt falls in here."""
    idle: float = 120.0
    """Between two pieces of a reply."""


DEFAULT_TIMEOUTS = Timeouts()


def longer(field: str) -> str:
    """How somebody waits longer, in words: the option, and the field of ``Timeouts``."""
    return f"--{field.replace('_', '-')}-timeout SECONDS (from Python, Timeouts({field}=...))"
