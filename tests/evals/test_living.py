"""Policies that really run.

1. A mode runs on the pool's questions with their seeds, once; a second call runs only what is missing.
2. A replay shows it beside what it plays, with the difference; without a run on every question it does not.
3. The longest path adds up agents that began one after the other, and not those side by side.
4. What is no mode, or another model, is refused.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from helicon.budgets import Budget
from helicon.engines import EmbeddedEngine, ScriptedEngine
from helicon.engines.scripted import script
from helicon.errors import BadOption
from helicon.evals import Plan, live, questions_of, read_pool, record, replay, report
from helicon.evals.living import Longest, setup_of
from helicon.evals.pool import Lived
from helicon.events import AgentEnded, AgentStarted, CallEnded, Event
from helicon.ledger import CallKind, Entry, Tokens
from tests.evals.making import entry, pool

NAMES = ["single", "contemplating@4:effort=low"]


async def test_modes_run_on_a_pool(nano_engine: EmbeddedEngine, tmp_path: Path) -> None:
    path = tmp_path / "pool.jsonl.gz"
    budget = Budget(thinking_tokens=150, max_tokens=220)
    plan = Plan(questions=questions_of(["nano"], 2), chains=4, instant=0, budget=budget)
    await record(path, nano_engine, plan, version="test")
    first = await live(path, nano_engine, NAMES, version="test", count=1)
    assert (first.fresh, first.total) == (2, 2)
    assert not any(row.live for row in replay(read_pool(path), ["majority@4"]).rows)
    second = await live(path, nano_engine, NAMES, version="test")
    assert (second.fresh, second.done) == (2, 4)

    runs = read_pool(path).entries[0].lived
    assert set(runs) == set(NAMES)
    one, many = runs["single"], runs["contemplating@4:effort=low"]
    assert 0 < one.sequential == one.total
    assert 0 < many.sequential <= many.total
    assert 1 <= many.agents <= 8
    assert one.seconds > 0

    table = replay(read_pool(path), ["majority@4", *NAMES])
    assert [(row.policy, row.live) for row in table.rows] == [
        ("majority@4", False),
        ("single", False),
        ("single", True),
        (NAMES[1], False),
        (NAMES[1], True),
    ]
    assert set(table.agreement) == set(NAMES)
    assert "live beside replay, single" in "\n".join(report.foot(table))
    assert "(live)" in report.markdown(table)
    assert report.as_dict(table)["agreement"]["single"]["total"] > 0


def test_live_rows_stand_beside_their_replay() -> None:
    def lived(id: str, right: bool) -> Lived:
        return Lived(
            id=id, policy="single", answer="1", right=right, total=11, sequential=11, agents=1, seconds=0.5, rule="stop"
        )

    entries = [
        replace(entry([("1", 10), ("2", 12)], id=f"q{n}"), lived={"single": lived(f"q{n}", n > 0)}) for n in range(4)
    ]
    table = replay(pool(*entries), ["single"])
    replayed, really = table.rows
    assert (replayed.accuracy, really.accuracy, really.seconds) == (1.0, 0.75, 0.5)
    found = table.agreement["single"]
    assert (found.right.value, found.total) == (-0.25, 1.1)
    more = replay(pool(*entries, entry([("1", 10), ("2", 12)], id="q9")), ["single"])
    assert [row.live for row in more.rows] == [False]
    assert more.agreement["single"] == found


def ended(agent: int, tokens: int, kind: CallKind = "agent") -> Entry:
    return Entry(
        kind=kind, agent=agent, round=1, tokens=Tokens(thinking=tokens), seconds=0.1, stop_reason="stop", model="m"
    )


def test_the_longest_path() -> None:
    path = Longest()

    def start(agent: int) -> Event:
        return AgentStarted(agent=agent, round=1, seed=agent)

    def end(agent: int, tokens: int) -> Event:
        return AgentEnded(agent=agent, round=1, answer="", text="", confidence=None, entry=ended(agent, tokens))

    for event in [start(0), start(1), end(0, 40), start(2), end(1, 70), end(2, 50)]:
        path.feed(event)
    assert path.longest == 90
    for event in [start(4), CallEnded(entry=ended(4, 30)), CallEnded(entry=ended(4, 9, "probe")), end(4, 8)]:
        path.feed(event)
    assert path.longest == 128
    path.feed(CallEnded(entry=ended(-1, 7, "synthesis")))
    assert path.longest == 135


@pytest.mark.parametrize("name", ["majority@8", "beta@4", "single@2", "compressed:sure=0.9", "contemplating:tau=0.9"])
def test_what_is_no_mode_is_refused(name: str) -> None:
    with pytest.raises(BadOption, match="cannot run live"):
        setup_of(name, Budget())


def test_a_policy_becomes_a_question() -> None:
    assert setup_of("contemplating@5:effort=high", Budget()).question.budget.agents == 5
    assert setup_of("compressed:level=strong", Budget()).question.compression == "strong"
    assert setup_of("auto", Budget()).question.mode == "auto"
    assert setup_of("single", Budget()).question.compression == "off"


async def test_an_empty_pool_is_refused(tmp_path: Path) -> None:
    path, engine = tmp_path / "pool.gz", ScriptedEngine([script("Hm.", "1")])
    with pytest.raises(BadOption, match=r"there is no pool .* Record it first"):
        await live(path, engine, ["single"], version="test")
    assert not path.exists()
    path.touch()
    with pytest.raises(BadOption, match="no questions yet"):
        await live(path, engine, ["single"], version="test")
