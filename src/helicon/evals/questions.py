"""The questions of an evaluation: nano's families with fresh seeds, harder ones, or a user's own file.

Ids are stable: they come from the question's text, or from the user. ``half_of`` splits by id, so that
policies are tuned on one half and reported on the other, whatever else is in the pool.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, TypeAlias

from helicon.errors import BadOption
from helicon.evals.scoring import problem

SETS = ("nano", "hard")
KEYS = ("question", "answer", "scorer", "id")
FRESH_SEED = 11
"""Of nano's questions: others than the stored held-out set (0) and the one its sampling was tuned on (7)."""

Half: TypeAlias = Literal["all", "tune", "report"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalQuestion:
    """One question with the answer it expects."""

    id: str
    question: str
    answer: str
    scorer: str = "same"
    """See ``helicon.evals.scoring``."""
    set: str = ""
    """``nano``, ``hard``, or the name of the user's file."""
    family: str = ""
    level: int = 0


def half_of(id: str) -> Half:
    """``tune`` or ``report``, by hash."""
    return "tune" if sha256(f"half:{id}".encode()).digest()[0] & 1 else "report"


def questions_of(sets: Iterable[str], count: int | None, seed: int = FRESH_SEED) -> list[EvalQuestion]:
    """The questions of each set in turn, ``count`` of each; ``None`` = 100, and all of a file.

    Raises:
        BadOption: no such set or file, a wrong line in it, or the same id twice.
    """
    found: list[EvalQuestion] = []
    for name in sets:
        if name in SETS:
            made = _nano(count or 100, seed) if name == "nano" else _hard(count or 100, seed)
        else:
            made = read_own(Path(name))[:count]
        found.extend(made)
    seen: set[str] = set()
    for question in found:
        if question.id in seen:
            raise BadOption(f"the question {question.id!r} is there twice.", hint="Give each an id of its own.")
        seen.add(question.id)
    return found


def _nano(count: int, seed: int) -> list[EvalQuestion]:
    from helicon.training.grading import EQUATIONS
    from helicon.training.tasks import held_out

    return [
        EvalQuestion(
            id=f"nano/{made.family}/{_mark(made.question)}",
            question=made.question,
            answer=made.answer,
            scorer="countdown" if made.family in EQUATIONS else "same",
            set="nano",
            family=made.family,
            level=made.level,
        )
        for made in held_out(count, seed=seed)
    ]


def _hard(count: int, seed: int) -> list[EvalQuestion]:
    from helicon.evals.hard import FAMILIES, LEVELS, make_hard

    names = list(FAMILIES)
    found: dict[str, EvalQuestion] = {}
    number = 10**6 * seed
    while len(found) < count:
        family = names[len(found) % len(names)]
        level = LEVELS[len(found) // len(names) % len(LEVELS)]
        made = make_hard(family, number, level)
        number += 1
        id = f"hard/{family}/{_mark(made.question)}"
        found.setdefault(
            id,
            EvalQuestion(id=id, question=made.question, answer=made.answer, set="hard", family=family, level=level),
        )
    return list(found.values())


def _mark(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:10]


def read_own(path: Path) -> list[EvalQuestion]:
    """A user's JSONL file: an object a line with ``question``, ``answer``, and perhaps ``scorer`` and ``id``.

    Raises:
        BadOption: the file cannot be read, or a line is wrong; the message names file, line and value.
    """
    if not path.exists():
        raise BadOption(
            f"there is no question set and no file {str(path)!r}; expected {' or '.join(SETS)}, or a JSONL file.",
            hint='A line of it is like {"question": "What is 2 + 2?", "answer": "4"}.',
        )
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadOption(f"{path} cannot be read: {error}.", hint="Save it as UTF-8 text.") from error
    found = list(_own(path, lines))
    if not found:
        raise BadOption(f"{path} has no questions.", hint='Write one a line: {"question": "...", "answer": "..."}.')
    return found


def _own(path: Path, lines: list[str]) -> Iterator[EvalQuestion]:
    seen: dict[str, int] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        place = f"{path}, line {number}"
        stored = _object(line, place)
        question, answer = _text(stored, "question", place), _text(stored, "answer", place)
        scorer = _text(stored, "scorer", place) if "scorer" in stored else "same"
        wrong = problem(scorer, answer)
        if wrong:
            raise BadOption(f"{place}: {wrong}")
        id = _text(stored, "id", place) if "id" in stored else f"{path.stem}/{_mark(question)}"
        if id in seen:
            raise BadOption(f"{place}: the id {id!r} is that of line {seen[id]} too; expected one of its own.")
        seen[id] = number
        yield EvalQuestion(id=id, question=question, answer=answer, scorer=scorer, set=path.stem, family=path.stem)


def _object(line: str, place: str) -> dict[str, Any]:
    try:
        stored = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadOption(f"{place}: this is no JSON: {error}.") from error
    if not isinstance(stored, dict):
        raise BadOption(f"{place}: {line[:60]!r} is no object; expected {{...}} with question and answer.")
    for key in stored:
        near = get_close_matches(key, KEYS, n=1, cutoff=0.8)
        if key not in KEYS and near:
            raise BadOption(f"{place}: the key {key!r} is unknown.", hint=f"Did you mean {near[0]!r}?")
    return stored


def _text(stored: dict[str, Any], key: str, place: str) -> str:
    value = stored.get(key)
    if isinstance(value, int | float) and not isinstance(value, bool) and key != "question":
        return str(value)
    if not isinstance(value, str) or not value.strip():
        said = repr(value) if key in stored else "missing"
        raise BadOption(f"{place}: {key!r} is {said}; expected text.")
    return value
