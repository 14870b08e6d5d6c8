"""Questions drawn from reasoning-gym, solved in nano's own words.

Needs the ``train`` extra. The texts and numbers are reasoning-gym's; the worked
solutions are ours. Items whose solution has no lean form here (negative totals)
are passed over.
"""

from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import Any

from helicon.training.extra import need
from helicon.training.tasks.arithmetic import solve_chain
from helicon.training.tasks.divisors import euclid
from helicon.training.tasks.letters import spelling
from helicon.training.tasks.question import TaskQuestion
from helicon.training.tasks.steps import divide, subtract

GENERATORS: dict[str, dict[str, Any]] = {
    "chain_sum": {"min_terms": 2, "max_terms": 4, "min_digits": 1, "max_digits": 3},
    "gcd": {"max_numbers": 2, "max_value": 150},
    "simple_equations": {"max_value": 60, "min_terms": 2, "max_terms": 2},
    "letter_counting": {"min_words": 1, "max_words": 2},
}
"""Names and settings of the datasets drawn from."""

FAMILY_OF = {
    "chain_sum": "arithmetic",
    "gcd": "divisors",
    "simple_equations": "equation",
    "letter_counting": "letters",
}
BLOCK = 2000


@cache
def dataset(name: str, block: int) -> Any:
    """One seeded block of a generator; blocks are cached because making one reads word lists."""
    gym = need("reasoning_gym")
    return gym.create_dataset(name, size=BLOCK, seed=block, **GENERATORS[name])


def gym_question(name: str, seed: int, *, blocks: int = 40) -> TaskQuestion | None:
    """The item of ``name`` for ``seed``, or None when it has no lean solution."""
    random = Random(f"gym/{name}/{seed}")
    item = dataset(name, random.randrange(blocks))[random.randrange(BLOCK)]
    question, answer = str(item["question"]).strip(), str(item["answer"])
    solve = {"chain_sum": chain_sum, "gcd": common, "simple_equations": simple, "letter_counting": count}[name]
    thought = solve(item["metadata"], answer)
    if thought is None:
        return None
    return TaskQuestion(
        question=question,
        answer=answer,
        thought=thought,
        family=FAMILY_OF[name],
        check=f"{answer} fits",
    )


def chain_sum(metadata: dict[str, Any], answer: str) -> str | None:
    found = re.findall(r"([+-]?) ?(\d+)", metadata["expression"])
    terms = [(-1 if sign == "-" else 1, int(number)) for sign, number in found]
    total = 0
    for sign, value in terms:
        total += sign * value
        if total < 0:
            return None
    thought, result = solve_chain(terms)
    return thought if str(result) == answer else None


def common(metadata: dict[str, Any], answer: str) -> str | None:
    numbers = metadata["numbers"]
    thought = euclid(numbers[0], numbers[1])
    return thought if len(numbers) == 2 and thought.endswith(f" {answer}") else None


def simple(metadata: dict[str, Any], answer: str) -> str | None:
    shape = re.fullmatch(r"(\d+)\*\w(?: \+ (\d+))? = (\d+)", metadata["equation"])
    if shape is None:
        return None
    a, b, c = int(shape[1]), int(shape[2] or 0), int(shape[3])
    if a > 12 or a * int(answer) + b != c:
        return None
    steps = f"{subtract(c, b)} " if b else ""
    return f"{steps}{divide(c - b, a)}"


def count(metadata: dict[str, Any], answer: str) -> str | None:
    text = "".join(c for c in metadata["span"] if not c.isspace())
    if not text.isascii() or not text.isalpha() or not 4 <= len(text) <= 22:
        return None
    thought, total = spelling(text.lower(), metadata["target_letter"])
    return thought if str(total) == answer else None
