"""When a dead engine is started again, and how its end is told in words. Decisions only."""

from __future__ import annotations

import signal
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

EndKind: TypeAlias = Literal["closed", "memory", "signal", "abort", "start", "exit"]

EXIT_FAILED = 3
"""The child's exit code for "could not start" (``child.EXIT_FAILED``)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """How long to wait before each start, and when to give up."""

    first_seconds: float = 1.0
    """Doubled after each failure."""
    most_seconds: float = 60.0
    failures: int = 5
    """So many within ``window_seconds`` mean that it is down for good."""
    window_seconds: float = 300.0

    def wait(self, ends: Sequence[float], now: float) -> float | None:
        """Seconds to wait after the failures at the times ``ends``; ``None`` = give up."""
        recent = sum(1 for end in ends if now - end <= self.window_seconds)
        if recent >= self.failures:
            return None
        return min(self.most_seconds, self.first_seconds * 2.0 ** max(0, recent - 1))


USUAL_BACKOFF = Backoff()


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """How a child ended."""

    kind: EndKind
    words: str
    restart: bool
    """Whether starting it again may help."""


def read_end(code: int, log: Sequence[str] = ()) -> End:
    """The meaning of an exit code (negative = signal) and the last lines of the log."""
    said = f" Its last words: {log[-1]}" if log else ""
    if code == 0:
        return End(kind="closed", words="the engine's process was closed.", restart=True)
    if code == EXIT_FAILED:
        return End(kind="start", words=f"the engine could not start.{said}", restart=False)
    if code in (-signal.SIGKILL, 128 + signal.SIGKILL):
        words = "the engine was killed (signal 9), most often by the system for want of memory."
        return End(kind="memory", words=words, restart=True)
    if code in (-signal.SIGABRT, 128 + signal.SIGABRT):
        return End(kind="abort", words=f"the engine gave up on an inner check (abort).{said}", restart=True)
    if code < 0 or code > 128:
        number = -code if code < 0 else code - 128
        return End(kind="signal", words=f"the engine crashed ({signal_name(number)}).{said}", restart=True)
    return End(kind="exit", words=f"the engine ended with exit code {code}.{said}", restart=True)


def signal_name(number: int) -> str:
    """For example ``SIGSEGV``; the number where the system has no name for it."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def lack_of_memory(log: Sequence[str]) -> bool:
    """Whether the log of a failed start says that memory was missing."""
    text = "\n".join(log).lower()
    marks = ("failed to allocate", "out of memory", "unable to allocate", "bad_alloc", "cannot allocate memory")
    return any(mark in text for mark in marks)
