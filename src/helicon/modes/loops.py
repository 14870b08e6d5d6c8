"""The loop guard: whether the end of a thought only repeats itself. Pure."""

from __future__ import annotations

LEAST_REPEATS = 8
LEAST_CHARACTERS = 400
"""How much text must repeat, so that a short run of equal lines (a table, zeros) is no loop."""
LONGEST_PERIOD = 300


def is_looping(text: str) -> bool:
    """Whether ``text`` ends in at least ``LEAST_REPEATS`` copies of one piece, ``LEAST_CHARACTERS`` long together.

    The smallest period of the tail is found with the prefix function of Knuth, Morris and Pratt,
    in time linear in the tail.
    """
    tail = text[-LONGEST_PERIOD * LEAST_REPEATS :][::-1]
    prefix = [0] * len(tail)
    for index in range(1, len(tail)):
        length = prefix[index - 1]
        while length and tail[index] != tail[length]:
            length = prefix[length - 1]
        if tail[index] == tail[length]:
            length += 1
        prefix[index] = length
        covered = index + 1
        period = covered - length
        if covered >= LEAST_CHARACTERS and covered >= LEAST_REPEATS * period:
            return True
    return False
