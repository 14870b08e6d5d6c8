"""Marks of a composed answer.

1. A mark names the agents of the words before it, back to the sentence's beginning or the mark before.
2. Readers see the agents' own numbers; marks that name no draft are taken out, and said to be.
3. Nothing in code is a mark, nor a link's text.
4. A closing line "Rests on" speaks for the whole answer, not for a statement.
5. However the text is cut into pieces, the same comes out.
"""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.modes.sources import MarkReader, rests_on, statements

SHOWN = [7, 5, 2]
"""The agents behind marks 1, 2, 3."""


def read(text: str, *, labels: list[int] | None = None) -> MarkReader:
    reader = MarkReader(SHOWN, labels=labels)
    reader.decode(text)
    reader.flush()
    return reader


def stated(text: str) -> list[tuple[str, tuple[int, ...]]]:
    reader = read(text)
    return [(reader.text[s.start : s.end], s.agents) for s in statements(reader.text, reader.marks)]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Rivers rise [1]. They end [2].", [("Rivers rise", (7,)), ("They end", (5,))]),
        ("Rivers rise. [1] They end [2][3].", [("Rivers rise.", (7,)), ("They end", (2, 5))]),
        ("A first sentence. Rivers rise [1, 3].", [("Rivers rise", (2, 7))]),
        ("- Rivers rise [1]\n- They end [2-3]\n", [("Rivers rise", (7,)), ("They end", (2, 5))]),
        ("Rivers rise [1], bend [2], and end [3].", [("Rivers rise", (7,)), ("bend", (5,)), ("and end", (2,))]),
        ("Rivers rise [9]. They end [2].", [("They end", (5,))]),
        ("Nothing named.", []),
        ("[1]", []),
        ("Take `a[1]` and [this](b) and [1](c) [2].", [("Take `a[1]` and [this](b) and [1](c)", (5,))]),
        ("```\na[1]\n```\nSo it is [3].", [("So it is", (2,))]),
        ("Rivers rise [1].\n\nRests on [1], [3].", [("Rivers rise", (7,))]),
    ],
)
def test_statements(text: str, wanted: list[tuple[str, tuple[int, ...]]]) -> None:
    assert stated(text) == wanted


def test_readers_see_agents_and_no_unknown_marks() -> None:
    reader = read("Rivers rise [1] and end [9]. So [2, 44].", labels=[8, 6, 3])
    assert reader.text == "Rivers rise [8] and end. So [6]."
    assert reader.unknown == ["[9]", "[44]"]


@pytest.mark.parametrize(
    ("text", "agents"),
    [
        ("So [9] says.\nRests on [1], [3].", (2, 7)),
        ("It is [2] that counts.", (5,)),
        ("Nothing named", (2, 5, 7)),
        ("[44]", (2, 5, 7)),
    ],
)
def test_the_whole_answer_rests_on(text: str, agents: tuple[int, ...]) -> None:
    reader = read(text)
    assert rests_on(reader.text, reader.marks, SHOWN) == agents


pieces = st.sampled_from(
    ["Rivers rise", " ", ".", "[1]", "[2, 3]", "[9]", "[", "]", "`", "```", "\n", "(x)", "[1-3]", "a"]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=14).map("".join), st.data())
def test_the_cut_into_pieces_does_not_matter(text: str, data: st.DataObject) -> None:
    whole = read(text, labels=[8, 6, 3])
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    reader = MarkReader(SHOWN, labels=[8, 6, 3])
    edges = [0, *cuts, len(text)]
    shown = "".join(reader.decode(text[a:b]) for a, b in pairwise(edges)) + reader.flush()
    assert shown == reader.text == whole.text
    assert (reader.marks, reader.unknown) == (whole.marks, whole.unknown)
    assert all(0 <= s.start < s.end <= len(shown) for s in statements(shown, reader.marks))


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=60))
def test_words_without_marks_pass_as_they_are(text: str) -> None:
    reader = MarkReader([])
    assert reader.decode(text) + reader.flush() == text or reader.unknown
