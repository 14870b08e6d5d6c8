"""When an engine that had no answer to a probe is asked again: pure."""

from __future__ import annotations

from collections.abc import Iterator

FIRST_SECONDS = 15.0
LONGEST_SECONDS = 600.0


def pauses() -> Iterator[float]:
    """Seconds before each new try, without end: each pause twice the last, up to the longest."""
    pause = FIRST_SECONDS
    while True:
        yield pause
        pause = min(2 * pause, LONGEST_SECONDS)
