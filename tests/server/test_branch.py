"""From a branch to what the model reads.

1. The path goes from the root to the leaf, and nowhere else; a leaf that is not there is told.
2. The system prompt comes first, also the imported ones; turns alternate whatever the tree holds.
3. Options become budgets as on /v1.
"""

from __future__ import annotations

from typing import Literal

import pytest

from helicon.errors import BadMessages, BadOption
from helicon.messages import Image, Text
from helicon.server.runs.branch import path_to, question_of, turns
from helicon.server.shown import title_of
from helicon.store import ImageRef, StoredMessage


def message(
    id: str, parent: str | None, role: Literal["user", "assistant", "system"], text: str, *files: str
) -> StoredMessage:
    images = tuple(ImageRef(file=file, media_type="image/png") for file in files)
    return StoredMessage(id=id, conversation="c", parent=parent, role=role, text=text, images=images)


TREE = [
    message("1", None, "user", "a"),
    message("2", "1", "assistant", "b"),
    message("3", "1", "assistant", "c"),
    message("4", "3", "user", "d"),
]


def test_the_path_to_a_leaf() -> None:
    assert [one.id for one in path_to(TREE, "4")] == ["1", "3", "4"]
    assert [one.id for one in path_to(TREE, "2")] == ["1", "2"]
    assert path_to(TREE, None) == []
    with pytest.raises(BadMessages, match="no message '9'"):
        path_to(TREE, "9")
    ring = [message("1", "2", "user", "a"), message("2", "1", "assistant", "b")]
    with pytest.raises(BadMessages):
        path_to(ring, "1")


def test_turns_alternate() -> None:
    seen = {"f": Image(b"png", "image/png")}
    path = [
        message("0", None, "system", "Imported."),
        message("1", "0", "user", "a", "f", "gone"),
        message("2", "1", "assistant", "  "),
        message("3", "2", "user", "b"),
        message("4", "3", "assistant", "c"),
        message("5", "4", "assistant", "d"),
        message("6", "5", "user", "e"),
    ]
    made = turns(path, " Be kind. ", seen)
    assert [(one.role, one.text) for one in made] == [
        ("system", "Be kind.\n\nImported."),
        ("user", "a\n\nb"),
        ("assistant", "c\n\nd"),
        ("user", "e"),
    ]
    assert made[1].parts == (Text("a"), seen["f"], Text("\n\n"), Text("b"))
    assert [one.role for one in turns(path[1:2], "", seen)] == ["user"]


def test_options_become_budgets() -> None:
    options = {
        "agents": 3,
        "budget_tokens": 5,
        "deadline_seconds": 2.5,
        "effort": "high",
        "temperature": 0.5,
        "seed": 9,
    }
    question = question_of(turns(TREE[:1], "", {}), "contemplating", options)
    budget = question.budget
    assert (budget.agents, budget.thinking_tokens, budget.deadline_seconds) == (3, 5, 2.5)
    assert (question.effort, question.compression, question.delegate) == ("high", "safe", "auto")
    assert (question.sampling.temperature, question.seed) == (0.5, 9)
    with pytest.raises(BadOption):
        question_of((), "instant", {"agents": 1000})


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("Hi", "Hi"),
        ("  one\n\n two ", "one two"),
        ("", ""),
        ("word " * 30, ("word " * 12).strip() + "…"),
        ("x" * 99, "x" * 60 + "…"),
    ],
)
def test_titles(text: str, title: str) -> None:
    assert title_of(text) == title
