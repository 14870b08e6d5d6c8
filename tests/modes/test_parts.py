"""Parts of a request, seen from its words.

1. Numbered, lettered and bulleted lists, sentences and joined tasks show parts, when every one of them asks.
2. Parts are clear when each can be understood alone; an opening that all share goes in front of each.
3. A part that names an earlier answer needs that part.
4. Options, facts and steps are no parts, and none of nano's own tasks is divided.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.messages import check_plan
from helicon.modes.parts import separate

CLEAR = [
    ("1. What is 17 + 25? 2. Sort 5, 3, 9.", ["What is 17 + 25?", "Sort 5, 3, 9."]),
    ("1) What is 17 + 25?\n2) Sort 5, 3, 9.", ["What is 17 + 25?", "Sort 5, 3, 9."]),
    ("Please answer both:\n(a) What is 17 + 25?\n(b) Name the capital of Peru.", None),
    ("- Write a haiku about rain\n- Translate 'good morning' into French", None),
    ("What is 17 + 25? What is the gcd of 12 and 18?", ["What is 17 + 25?", "What is the gcd of 12 and 18?"]),
    ("What is 17 + 25 and also sort 5, 3, 9.", ["What is 17 + 25?", "Sort 5, 3, 9."]),
    ("Sort 5, 3, 9. Also, compute 17 * 3.", ["Sort 5, 3, 9", "Compute 17 * 3."]),
    (
        "For the list 5, 3, 9: (a) sort it; (b) find the sum",
        ["For the list 5, 3, 9: Sort it", "For the list 5, 3, 9: Find the sum"],
    ),
    ("1. What is 2 + 2? 2. Sort these numbers: 3, 1, 2.", None),
    ("1. What is 2 + 2? 2. It is 18:25. What time was it 1 h ago?", None),
    ("Calculate: (a) 3 + 4 (b) 5 * 6", None),
    ("Translate into French: 1. What is your name? 2. Where do you live?", None),
    ("Here are two questions.\n\n1. What does `1. x` mean?\n2. What does this do?\n```\n3. f(1)\n```", None),
    ("1. 43 + 67 - 22\n2. 44 x 9 = ?", ["43 + 67 - 22", "44 x 9 = ?"]),
]
UNCLEAR = [
    "1. What is 17 + 25? 2. Double it.",
    "What is a monad? Why?",
    "What is the capital of Peru? How many people live in it?",
    "1. Write a poem about rivers. 2. Now translate the above into French.",
    "What is 2 + 2? Ann likes that number. What is 3 + 3?",
    "1. What is 2 + 2?\n2. What is 3 + 3?\n\nThen add them up.",
    "1. Sort 3, 1, 2. 2. Double the answer to 7.",
    "Which is harder: 1. What is 17 * 23? 2. What is 221 / 13?",
    "Review this recipe: 1. Add flour. 2. Make a dough.",
    "Is this right? 1. Add 2 and 2. 2. Double it.",
]
NONE = [
    "What is 17 + 25?",
    "",
    "Rank these: 1. milk 2. eggs",
    "Which is cheaper: (a) 150 g for 1.70 (b) 100 g for 1.00?",
    "My day: 1. I got up. 2. I ate. How was it?",
    "Is it 1. or 2. that you mean?",
    "Each person always lies or always tells the truth. Ann says: Ben lies. Who tells the truth? Name all.",
    "Will is older than Uma. Who is youngest of all?",
    "Continue: 6, 14, 23, 33, ?",
    "What does this do?\n```\n1. What is it? 2. Why is it?\n- What?\n- Why?\n```",
]


@pytest.mark.parametrize(("text", "parts"), CLEAR)
def test_clear_parts(text: str, parts: list[str] | None) -> None:
    found = separate(text)
    assert found.clear
    assert len(found.parts) == 2
    assert found.reason.startswith("its words show 2 ")
    if parts is not None:
        assert [part.text for part in found.parts] == parts


@pytest.mark.parametrize("text", UNCLEAR)
def test_unclear_parts(text: str) -> None:
    found = separate(text)
    assert len(found.parts) >= 2
    assert not found.clear


@pytest.mark.parametrize("text", NONE)
def test_no_parts(text: str) -> None:
    assert separate(text).parts == ()


@pytest.mark.parametrize(
    ("second", "text"),
    [
        ("Double the answer to 1.", "Double {1}."),
        ("What is 3 times the previous result?", "What is 3 times {1}?"),
        ("Add 5 to the result of part 1.", "Add 5 to {1}."),
    ],
)
def test_a_part_that_names_an_earlier_answer_needs_it(second: str, text: str) -> None:
    found = separate(f"1. What is 17 + 25? 2. {second}")
    assert found.clear
    assert (found.parts[1].text, found.parts[1].needs) == (text, (1,))


def test_neighbours_in_a_long_list_share_a_part() -> None:
    items = [f"{n}. What is {n} + {n}?" for n in range(1, 101)]
    whole = separate("\n".join(items[:16]))
    assert (len(whole.parts), whole.shared) == (16, False)
    for count in (17, 30, 99):
        found = separate("\n".join(items[:count]))
        assert (len(found.parts), found.clear, found.shared) == (16, True, True)
        assert [text for part in found.parts for text in re.findall(r"What is \d+ \+ \d+\?", part.text)] == [
            item.partition(" ")[2] for item in items[:count]
        ]
    assert found.reason == "its words show 99 numbered parts, which 16 agents share"
    assert separate("\n".join(item.replace(f"{n}.", "-", 1) for n, item in enumerate(items, start=1))).parts == ()


def test_a_long_list_whose_items_need_each_other_is_no_plan() -> None:
    items = [f"{n}. What is {n} + {n}?" for n in range(1, 18)]
    assert separate("\n".join([*items, "18. Add 5 to the result of part 1."])).parts == ()


def test_nanos_own_tasks_are_not_divided() -> None:
    from helicon.training.tasks import FAMILIES, LEVELS, make_question

    for family in FAMILIES:
        for level in LEVELS:
            for seed in range(20):
                text = make_question(family, seed, level).question
                assert separate(text).parts == (), text


pieces = st.sampled_from(
    [
        "1. ",
        "2. ",
        "\n3) ",
        "(b) ",
        "- ",
        "What is 2 + 2? ",
        "Sort 3, 1. ",
        "and also ",
        "it ",
        "the answer to 1 ",
        "\n\n",
    ]
)


@given(st.lists(pieces, max_size=12).map("".join) | st.text(max_size=60))
def test_any_words_give_a_plan_that_can_be_run_or_none(text: str) -> None:
    found = separate(text)
    if found.parts:
        assert len(found.parts) >= 2
        check_plan(found.parts)
    else:
        assert not found.clear
