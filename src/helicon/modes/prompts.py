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
MARKS_WISH = "After each statement, put the number of the draft it rests on, like [2]."
"""Before ``SYNTHESIS_CLOSING``, for models that can follow it; nano is trained without."""
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


def synthesis(question: str, drafts: Sequence[Draft], *, characters: int = 4000, marks: bool = False) -> str:
    """The user message of the last call: question, digest, and the wish for named sources.

    ``marks`` also asks for the source of each statement.
    """
    closing = f"{MARKS_WISH} {SYNTHESIS_CLOSING}" if marks else SYNTHESIS_CLOSING
    return f"{question}\n\n{digest(drafts, characters=characters)}\n\n{closing}"


# What follows is asked of larger models only, so nano's training knows none of it.

JUDGEMENT_CLOSING = (
    "Which draft answers better? Say in one sentence what decides it. "
    "Then end with one line: Verdict: A, or Verdict: B, or Verdict: tie."
)
PLAN_CLOSING = (
    "Do not answer this request yet. Divide it into parts that can be answered apart from each other, "
    "each worded so that it can be understood alone. Reply with a JSON array of strings and nothing else. "
    "Where a part needs the answer of part 1, write {1} in its place. "
    "If the request is one question, reply with []."
)
PART_OPENING = "Answer only this part of it:"
ASSEMBLY_OPENING = "The parts of this request were answered apart:"
ASSEMBLY_CLOSING = (
    "Write the answer to the whole request from these. Keep every result as it is, and put the number of the part "
    "after what rests on it, like [2]."
)


def clipped(text: str, characters: int) -> str:
    """``text`` with its lines, at most ``characters`` long, cut in the middle."""
    words = text.strip()
    if len(words) <= characters:
        return words
    head = max(0, (characters - 5) // 2)
    tail = max(0, characters - 5 - head)
    return f"{words[:head].rstrip()}\n...\n{words[len(words) - tail :].lstrip()}"


def judgement(question: str, first: str, second: str, *, characters: int = 3000) -> str:
    """The user message of a judge: question and two nameless drafts, of ``characters`` each at most."""
    shown = [f"Draft {name}:\n{clipped(text, characters)}" for name, text in (("A", first), ("B", second))]
    return "\n\n".join([question, *shown, JUDGEMENT_CLOSING])


def planning(request: str, most: int) -> str:
    """The user message that asks for a plan of at most ``most`` parts."""
    return f"{request}\n\n{PLAN_CLOSING} Write at most {most} parts."


def part(request: str, text: str) -> str:
    """The user message of a part's agent that may read the whole request, which comes first: a shared prefix."""
    return f"{request}\n\n{PART_OPENING} {text}"


def assembly(request: str, parts: Sequence[tuple[int, str, str]]) -> str:
    """The user message that puts parts together: numbers, questions and answers, the answers already bounded."""
    shown = [f"[{number}] {text}\n{answer}" for number, text, answer in parts]
    return "\n\n".join([request, ASSEMBLY_OPENING, *shown, ASSEMBLY_CLOSING])
