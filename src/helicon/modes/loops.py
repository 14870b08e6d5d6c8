"""The loop guard: whether the end of a thought only repeats itself. Pure."""

from __future__ import annotations

LEAST_REPEATS = 8
LEAST_CHARACTERS = 400
"""How much text must repeat, so that a short run of equal lines (a table, zeros) is no loop."""
LONGEST_PERIOD = 300
_PROBE = LEAST_CHARACTERS - LEAST_CHARACTERS // LEAST_REPEATS
"""Characters at the end that stand once more, one period before, in every loop."""


def is_looping(text: str) -> bool:
    """Whether ``text`` ends in at least ``LEAST_REPEATS`` copies of one piece, ``LEAST_CHARACTERS`` long together.

    The last characters are searched for before themselves: how far back they stand are the only
    periods that a loop could have. Text that goes on has none, so the usual answer costs one search.
    """
    tail = text[-LONGEST_PERIOD * LEAST_REPEATS :]
    end = len(tail)
    if end < LEAST_CHARACTERS:
        return False
    probe = tail[-_PROBE:]
    own = at = end - _PROBE
    while (at := tail.rfind(probe, max(0, own - LONGEST_PERIOD), at + _PROBE - 1)) >= 0:
        period = own - at
        covered = max(LEAST_CHARACTERS, LEAST_REPEATS * period)
        if covered <= end and tail[end - covered + period :] == tail[end - covered : end - period]:
            return True
    return False
