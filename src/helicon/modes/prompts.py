"""The words the modes add to a question: pure text in, text out.

Everything is appended *after* the question, so that parallel agents share one
prompt prefix and the engine reads it once. Nano is trained on exactly these
forms (``helicon.training`` imports them), so a change here asks for a new nano.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HINTS: tuple[str, ...] = (
    "",
    "Work step by step.",
    "Check the result before you answer.",
    "Write down what is known first.",
    "Try a second way and compare.",
    "Start from what is asked.",
    "Estimate first, then work it out.",
    "Look for a mistake that is easy to make here.",
)
"""One hint per agent, in turn; the first agent reads the question as it stands."""

DIGEST_OPENING = "Drafts by other agents, in no order; any of them may be wrong:"
REFINE_CLOSING = "Check the drafts, then answer the question yourself."
SYNTHESIS_CLOSING = (
    "Write the final answer. End with one line that names the drafts it rests on, like: Rests on [1], [3]."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What one agent's work shows to the next round: never its raw thoughts."""

    answer: str
    """The short, comparable answer; empty when none could be read."""
    rationale: str
    """The agent's own closing words."""


def with_hint(question: str, agent: int) -> str:
    """The question as agent number ``agent`` (from 0) reads it."""
    hint = HINTS[agent % len(HINTS)]
    return f"{question}\n\n{hint}" if hint else question


def bounded(text: str, characters: int) -> str:
    """``text`` on one line and at most ``characters`` long, cut in the middle with an ellipsis."""
    flat = " ".join(text.split())
    if len(flat) <= characters:
        return flat
    head = max(0, (characters - 3) // 2)
    tail = max(0, characters - 3 - head)
    return f"{flat[:head]}...{flat[len(flat) - tail :]}"


def digest(drafts: Sequence[Draft], *, characters: int = 2000) -> str:
    """The drafts as a numbered, anonymous list of at most about ``characters`` characters.

    The caller shuffles; this function keeps the order it is given.
    """
    each = max(40, characters // max(1, len(drafts)))
    lines = [DIGEST_OPENING]
    for number, draft in enumerate(drafts, start=1):
        words = bounded(draft.rationale, each)
        answer = bounded(draft.answer, each)
        shown = words if not answer or answer in words else f"{words} Answer: {answer}".strip()
        lines.append(f"[{number}] {shown}")
    return "\n".join(lines)


def refinement(question: str, drafts: Sequence[Draft], *, characters: int = 2000) -> str:
    """The user message of a later round: question, digest, what to do."""
    return f"{question}\n\n{digest(drafts, characters=characters)}\n\n{REFINE_CLOSING}"


def synthesis(question: str, drafts: Sequence[Draft], *, characters: int = 4000) -> str:
    """The user message of the last call: question, digest, and the wish for named sources."""
    return f"{question}\n\n{digest(drafts, characters=characters)}\n\n{SYNTHESIS_CLOSING}"
