"""The questions of an evaluation.

1. Nano's are held out of training, fresh, and the same every time; fewer are the beginning of more.
2. Hard ones are seeded and beyond nano's own families; their answers are right.
3. A user's file is read with its scorers; a wrong line is named with file, line and value.
4. Halves are stable and about even.
"""

from __future__ import annotations

import json
import re
from math import gcd
from pathlib import Path
from typing import Any

import pytest

from helicon.errors import BadOption
from helicon.evals import half_of, questions_of
from helicon.evals.hard import FAMILIES, LEVELS, make_hard
from helicon.evals.questions import read_own
from helicon.training.tasks import held_out, is_held_out


def test_nanos_are_fresh_and_stable() -> None:
    made = questions_of(["nano"], 64)
    assert made == questions_of(["nano"], 96)[:64]
    assert all(is_held_out(question.question) for question in made)
    known = {question.question for question in held_out(200)}
    assert sum(question.question in known for question in made) < 20  # easy texts are few and may come twice
    assert {question.scorer for question in made if question.family == "countdown"} == {"countdown"}
    assert len({question.id for question in made}) == 64


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("level", LEVELS)
def test_hard_ones_are_seeded(family: str, level: int) -> None:
    made = [make_hard(family, seed, level) for seed in range(12)]
    assert made == [make_hard(family, seed, level) for seed in range(12)]
    assert len({one.question for one in made}) == 12
    assert all(one.answer for one in made)


def test_hard_answers_are_right() -> None:
    for seed in range(30):
        level = seed % 3
        chain = make_hard("long_chain", seed, level)
        terms = re.findall(r"(?:^|[+-] ?)\d+", chain.question[re.search(r"\d", chain.question).start() :])  # type: ignore[union-attr]
        assert sum(int(term.replace(" ", "")) for term in terms) == int(chain.answer)
        assert len(terms) == (6, 9, 12)[level]
        product = make_hard("long_product", seed, level)
        a, b = map(int, re.findall(r"\d+", product.question))
        assert a * b == int(product.answer)
        divisor = make_hard("large_gcd", seed, level)
        assert gcd(*map(int, re.findall(r"\d+", divisor.question))) == int(divisor.answer)


def test_a_hard_ordering_follows_from_its_facts() -> None:
    for seed in range(20):
        made = make_hard("long_ordering", seed, seed % 3)
        pairs = [
            (a, b) if word in ("taller", "older", "faster", "heavier") else (b, a)
            for a, word, b in re.findall(r"(\w+) is (\w+) than (\w+)\.", made.question)
        ]
        order = [next(iter({a for a, _ in pairs} - {b for _, b in pairs}))]
        while len(order) <= len(pairs):
            order.append(dict(pairs)[order[-1]])
        if "List" in made.question:
            assert made.answer == ", ".join(order)
        else:
            place = int(re.search(r"number (\d+)", made.question)[1])  # type: ignore[index]
            assert made.answer == order[place - 1]


def test_unknown_families_and_levels_are_refused() -> None:
    with pytest.raises(ValueError, match="unknown family 'none'"):
        make_hard("none", 1)
    with pytest.raises(ValueError, match="unknown level 7"):
        make_hard("two_steps", 1, 7)


def write(path: Path, *rows: Any) -> Path:
    path.write_text("\n".join(row if isinstance(row, str) else json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_users_file(tmp_path: Path) -> None:
    path = write(
        tmp_path / "mine.jsonl",
        {"question": "2 + 2?", "answer": 4},
        "",
        {"question": "Capital of France?", "answer": "Paris", "scorer": "contains", "id": "fr", "source": "a book"},
        {"question": "Pick.", "answer": "(B)", "scorer": "choice"},
    )
    first, second, third = read_own(path)
    assert (first.answer, first.scorer, first.set) == ("4", "same", "mine")
    assert (second.id, second.scorer) == ("fr", "contains")
    assert third.scorer == "choice"
    assert questions_of([str(path)], None) == [first, second, third]
    assert questions_of([str(path)], 2) == [first, second]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("{not json", "line 2: this is no JSON"),
        ("[1, 2]", "line 2: '[1, 2]' is no object"),
        ({"question": "Q?"}, "line 2: 'answer' is missing"),
        ({"question": "", "answer": "1"}, "line 2: 'question' is ''"),
        ({"question": "Q?", "answer": True}, "line 2: 'answer' is True"),
        ({"question": "Q?", "answer": "1", "scorer": "judge"}, "the scorer is 'judge'"),
        ({"question": "Q?", "answer": "blue", "scorer": "number"}, "'blue' reads as 'text'"),
        ({"question": "Q?", "answer": "(", "scorer": "regex"}, "no regular expression"),
        ({"question": "Q?", "answer": "24", "scorer": "countdown"}, "no equation"),
        ({"question": "Q?", "answer": "1", "scorrer": "exact"}, "'scorrer' is unknown. Did you mean 'scorer'?"),
        ({"question": "Q?", "answer": "1", "id": "a"}, "the id 'a' is that of line 1 too"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, row: Any, words: str) -> None:
    path = write(tmp_path / "mine.jsonl", {"question": "2 + 2?", "answer": 4, "id": "a"}, row)
    with pytest.raises(BadOption) as error:
        read_own(path)
    assert words in str(error.value)
    assert str(path) in str(error.value)


def test_no_such_set(tmp_path: Path) -> None:
    with pytest.raises(BadOption, match="no question set and no file 'nanno'; expected nano or hard"):
        questions_of(["nanno"], 3)
    with pytest.raises(BadOption, match="has no questions"):
        questions_of([str(write(tmp_path / "empty.jsonl"))], 3)
    with pytest.raises(BadOption, match="twice"):
        questions_of(["hard", "hard"], 3)


def test_halves_are_stable_and_about_even() -> None:
    ids = [question.id for question in questions_of(["nano", "hard"], 200)]
    halves = [half_of(id) for id in ids]
    assert halves == [half_of(id) for id in ids]
    assert 150 < halves.count("tune") < 250
    assert set(halves) == {"tune", "report"}
