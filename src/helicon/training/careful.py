"""Careful thoughts: longer ones that check their result, work it out again and say it once more.

Nano's own thoughts are lean: one line of work and nothing after the result, so there is nothing that
could be ended early. A careful nano thinks as large models do, who go on checking what they know. Its
thoughts are lines::

    17+25: 17+20=37 37+5=42
    Check: last digit 2, fits
    Again: 17+20=37 37+5=42
    Both 42

In a share of them (``SLIPS``) the first line ends in a wrong result, which the second way finds, so that a
thought which is ended at its first line pays for it, and one whose answer has settled does not.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from helicon.training.tasks import TaskQuestion

SLIPS = 0.06
"""Share of the thoughts whose first line has a wrong result."""
MOST_CHARACTERS = 900
"""Longer ones (a long search) are not said again: a training row has room for 512 tokens."""


def careful_thought(random: Random, question: TaskQuestion, wrong: Sequence[str] = (), *, slips: float = SLIPS) -> str:
    """The worked solution of ``question`` as a self-checking thought.

    ``wrong`` are plausible wrong answers; without one that stands in the last line there is no slip.
    """
    work, answer = question.thought, question.answer
    if question.settled is not None:  # a search that gave up has nothing to check
        return work
    check = f"Check: {question.check}" if question.check else ""
    again = f"Again: {work}" if 3 * len(work) <= MOST_CHARACTERS else ""
    slipped = slip(work, answer, wrong)
    if slipped and again and random.random() < slips:
        return _lines(slipped[0], again, f"Not {slipped[1]} but {answer}", again, check, f"So {answer}")
    middle = [check, again]
    if random.random() < 0.4:
        middle.reverse()
    restated = f"Both {answer}" if again else f"So {answer}"
    return _lines(work, *middle, restated)


def slip(work: str, answer: str, wrong: Sequence[str]) -> tuple[str, str] | None:
    """The work with a wrong result in its end, and that result; ``None`` when it does not end in its answer."""
    others = [other for other in wrong if other != answer and "\n" not in other]
    if not answer or not others or not work.endswith(answer):
        return None
    return work[: -len(answer)] + others[0], others[0]


def _lines(*lines: str) -> str:
    return "\n".join(line for line in lines if line)
