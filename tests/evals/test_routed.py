"""``auto`` over recorded chains: the routing of ``helicon.modes``, moved by its dials.

1. A question that looks easy is answered at once where the recorded instant answer is sure enough.
2. Otherwise its first thought is taken; where that is unsure, the other agents vote beside it.
3. Everything that was tried on the way is paid for, one after the other.
4. Without log-probabilities two instant answers must agree, and thought and instant answer too.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from helicon.evals import replay
from helicon.evals.policies import entrant
from helicon.evals.pool import Entry
from helicon.evals.simulation import Played
from helicon.evals.votes import case_of
from tests.evals.making import entry, pool

EASY, HARD = "Who wrote it?", "What is 17 * 23 * 5?"


def asked(text: str, *, instant: float | None, thinking: float | None, first: str = "1", quick: str = "1") -> Entry:
    """Sixteen agents (the first says ``first``, the others 1) and two instant answers, with their certainties."""
    made = entry([(first, 50), *[("1", 60)] * 15], instant=[(quick, 5), ("1", 6)])
    scores = (100,) if thinking is not None else ()
    return Entry(
        replace(made.asked, question=text),
        tuple(replace(chain, certainty=thinking, confidences=scores) for chain in made.thinking),
        tuple(replace(chain, certainty=instant) for chain in made.instant),
    )


def played(made: Entry, name: str = "auto") -> Played:
    holding = pool(made)
    one = entrant(name, holding)
    assert not one.lacks(holding)
    return one.play(case_of(made))


def test_a_sure_instant_answer_stands() -> None:
    found = played(asked(EASY, instant=0.95, thinking=0.99))
    assert (found.rule, found.total, found.sequential, found.right) == ("instant", 5, 5, True)


def test_an_unsure_one_is_thought_about() -> None:
    found = played(asked(EASY, instant=0.5, thinking=0.99, quick="7"))
    assert (found.rule, found.total, found.sequential, found.right) == ("thinking", 55, 55, True)
    assert played(asked(EASY, instant=0.5, thinking=0.99), "auto:sure_instant=0.4").rule == "instant"


def test_an_unsure_thought_is_contemplated_and_votes() -> None:
    found = played(asked(HARD, instant=0.99, thinking=0.5, first="7"))
    assert (found.rule, found.right) == ("contemplating", True)
    assert found.sequential in (50 + 60, 50 + 2 * 60)
    assert found.total in (50 + 60 * (found.agents - 1), 50 + 60 * (found.agents - 2)), "one may begin at the very end"
    kept = played(asked(HARD, instant=0.99, thinking=0.5, first="7"), "auto:sure_thinking=0.4")
    assert (kept.rule, kept.right, kept.total) == ("thinking", False, 50)


def test_the_thoughts_vote_spares_an_agent() -> None:
    alone = played(asked(HARD, instant=0.99, thinking=0.5), "contemplating:effort=medium")
    after = played(asked(HARD, instant=0.99, thinking=0.5))
    assert after.agents <= alone.agents


def test_without_log_probabilities_answers_must_agree() -> None:
    assert played(asked(EASY, instant=None, thinking=None)).rule == "instant"
    assert played(asked(EASY, instant=None, thinking=None)).total == 5 + 6
    doubted = played(asked(EASY, instant=None, thinking=None, quick="7"))
    assert (doubted.rule, doubted.right) == ("contemplating", True)


@pytest.mark.parametrize("effort", ["low", "medium", "high"])
def test_every_effort_has_its_routing(effort: str) -> None:
    made = asked(EASY, instant=0.85, thinking=0.99)
    assert played(made, f"auto:effort={effort}").rule == ("instant" if effort == "low" else "thinking")


def test_it_stands_in_the_usual_table() -> None:
    table = replay(pool(asked(HARD, instant=0.9, thinking=0.99)))
    assert next(row for row in table.rows if row.policy == "auto").rules == {"thinking": 1.0}
