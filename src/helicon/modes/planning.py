"""Plans of divided requests as text: what a model or a person writes, and what is shown to edit. Pure.

Two forms are read: a JSON array of strings or of ``{"text": ..., "needs": [1]}``, and numbered lines.
In both, ``{1}`` stands for the answer of part 1; where ``needs`` is not given, these marks are the needs.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from helicon.errors import BadOption
from helicon.messages import SubQuestion, check_plan

PLACE = re.compile(r"\{(\d{1,2})\}")
_LINE = re.compile(r"^[ \t]*[*_]*\(?(\d{1,2})[.)\]:][*_]*[ \t]+(?=\S)", re.MULTILINE)
_EXAMPLE = 'For example: ["What is 17 + 25?", "Double {1}."]'


def parse_plan(text: str) -> tuple[SubQuestion, ...]:
    """The plan that ``text`` holds, words around a JSON array allowed.

    Raises:
        BadOption: neither form is in it, or the plan cannot be run.
    """
    array = _array(text)
    if array is not None:
        return plan_of(array)
    lines = _numbered(text)
    if not lines:
        raise BadOption("the plan is neither a JSON array nor numbered lines.", hint=_EXAMPLE)
    return plan_of(lines)


def plan_of(parts: Sequence[Any]) -> tuple[SubQuestion, ...]:
    """A plan from what JSON or a caller gives.

    Raises:
        BadOption: a part of a wrong form, or a plan that cannot be run.
    """
    if isinstance(parts, str) or not isinstance(parts, Sequence):
        raise BadOption(f"the plan is {_shown(parts)}; expected a list of parts.", hint=_EXAMPLE)
    plan = tuple(_part(part, number, len(parts)) for number, part in enumerate(parts, start=1))
    check_plan(plan)
    return plan


def plan_text(plan: Sequence[SubQuestion]) -> str:
    """Numbered lines that ``parse_plan`` reads back."""
    return "\n".join(f"{number}. {part.text}" for number, part in enumerate(plan, start=1))


def plan_json(plan: Sequence[SubQuestion]) -> list[dict[str, Any]]:
    """The exact form, for JSON."""
    return [{"text": part.text, "needs": list(part.needs)} for part in plan]


def levels(plan: Sequence[SubQuestion]) -> list[list[int]]:
    """The numbers of the parts, from 1, in rounds: each round needs only answers of earlier ones."""
    depth: dict[int, int] = {}
    for number, part in enumerate(plan, start=1):
        depth[number] = 1 + max((depth[need] for need in part.needs), default=-1)
    return [[n for n in depth if depth[n] == level] for level in range(max(depth.values(), default=-1) + 1)]


def filled(part: SubQuestion, answers: Mapping[int, str]) -> str:
    """The part's text with the answers that it needs in their places; those without a place come behind."""
    text = PLACE.sub(
        lambda found: answers[int(found[1])] if int(found[1]) in part.needs and int(found[1]) in answers else found[0],
        part.text,
    )
    places = {int(found) for found in PLACE.findall(part.text)}
    behind = [f"The answer of part {need} is {answers[need]}" for need in part.needs if need not in places]
    return "\n\n".join([text, *behind])


def _part(part: Any, number: int, parts: int) -> SubQuestion:
    if isinstance(part, SubQuestion):
        return part
    if isinstance(part, str):
        return SubQuestion(part.strip(), _places(part, parts))
    if isinstance(part, Mapping):
        text, needs = part.get("text", part.get("question")), part.get("needs")
        others = set(part) - {"text", "question", "needs"}
        fits = needs is None or (isinstance(needs, list | tuple) and all(type(need) is int for need in needs))
        if isinstance(text, str) and fits and not others:
            return SubQuestion(text.strip(), _places(text, parts) if needs is None else tuple(needs))
    raise BadOption(
        f'part {number} of the plan is {_shown(part)}; expected a string or {{"text": "...", "needs": [1]}}.'
    )


def _places(text: str, parts: int) -> tuple[int, ...]:
    return tuple(sorted({int(found) for found in PLACE.findall(text) if 1 <= int(found) <= parts}))


def _array(text: str) -> list[Any] | None:
    """The first JSON array of strings or objects in the text."""
    decoder = json.JSONDecoder()
    for found in re.finditer(r"\[", text):
        try:
            value, _ = decoder.raw_decode(text, found.start())
        except (ValueError, RecursionError):
            continue
        if isinstance(value, list) and all(isinstance(item, str | dict) for item in value):
            return value
    return None


def _numbered(text: str) -> list[str]:
    marks: list[re.Match[str]] = []
    for found in _LINE.finditer(text):
        if int(found[1]) == len(marks) + 1:
            marks.append(found)
    ends = [mark.start() for mark in marks[1:]] + [len(text)] * bool(marks)
    return [text[mark.end() : end].strip() for mark, end in zip(marks, ends, strict=True)]


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else text[:77] + "..."
