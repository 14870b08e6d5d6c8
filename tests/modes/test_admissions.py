"""An answer that says it is none is known by its words.

1. What the writer says of itself counts, in eight languages.
2. That a thing cannot be known, and what others say, is an answer.
3. Quotations, code, and what stands far above the end do not count.
4. A doubted vote weighs a quarter, also when it was forced.
"""

from __future__ import annotations

import pytest

from helicon.modes.admissions import LOOKED_AT, admits
from helicon.modes.consensus import Ballot, standing
from helicon.training.tasks.question import GAVE_UP


@pytest.mark.parametrize(
    "text",
    [
        f"{GAVE_UP}\nAnswer: 41",
        "I could not find a combination that works, so I settle for 41.",
        "I couldn't verify this. Answer: 41",
        "I cannot determine the exact value; about 41.",
        "I can't work it out.",
        "I didn't find it. The closest I found is 41.",
        "I'm not entirely sure, but 41.",
        "I am unsure. Answer: 41",
        "My best guess is 41.",
        "This is just a guess: 41",
        "I don't know.",
        "I was not able to solve this.",
        "Ich bin mir nicht sicher: 41",
        "Ich konnte die Lösung nicht finden.",
        "Je ne suis pas sûr. Réponse : 41",
        "Je n’ai pas trouvé.",
        "No estoy segura. Respuesta: 41",
        "No pude encontrar la combinación.",
        "Não tenho certeza; 41.",
        "Não consegui resolver.",
        "Non sono sicuro: 41",
        "我不确定，大概是41。",
    ],
)
def test_an_admission(text: str) -> None:
    assert admits(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Answer: 41",
        "It cannot be determined from these facts.",
        "There is no such number.",
        "None of the numbers is prime.",
        "I checked every case and could not be happier. I could not find any error in the proof.",
        "The suspect said that he did not know. Answer: Anna",
        "Not 41 but 42.",
        "The nearest town is B.",
        "No, it is not certain that he lies.",
        "The guess 7 is too high, so 6.",
        "Der Zug fährt nicht sicher.",
        "`I don't know` is what the program prints.",
        "> I am not sure\n\nThat is what she wrote. Answer: 3",
        '```\nprint("I don\'t know")\n```\nAnswer: 3',
    ],
)
def test_no_admission(text: str) -> None:
    assert not admits(text)


def test_only_the_end_of_a_long_answer_is_read() -> None:
    assert not admits("I don't know. " + "x" * LOOKED_AT)


def test_a_doubted_vote_weighs_a_quarter() -> None:
    doubted = [Ballot(agent=n, group=0, answer="41", doubted=True) for n in range(7)]
    found = [Ballot(agent=n, group=1, answer="42", forced=False) for n in (7, 8)]
    now = standing([*doubted, *found], running=3)
    assert now.leader is not None
    assert now.leader.best.answer == "42"
    assert Ballot(agent=0, group=0, answer="41", doubted=True, forced=True).weight == 0.25
