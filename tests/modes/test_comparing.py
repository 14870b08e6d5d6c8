"""Open-ended drafts are compared by the model itself.

1. Every pair is judged in both orders, nameless; the calls are bounded and each has its line in the ledger.
2. A clear winner speaks in its own words, and the answer's source says so.
3. Where it is close, a synthesis is written from the drafts that are not clearly beaten, and its marks become sources.
4. A judge that looks at the place alone decides nothing: the bias is measured, and all drafts stay.
5. Unreadable and failed verdicts are unscored; without any, the synthesis sees every draft.
6. Tokens, deadline and cancellation bound it; a model that cannot judge is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeAlias

import pytest

from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, FAMILY, INFO, Script, ScriptedEngine, script
from helicon.events import CallEnded, DraftsCompared, Event, Result, SourcesMarked, replay
from helicon.modes import Run, prompts
from tests.modes.playing import engine_of, of, play, question

RIVERS = "There is much to say about rivers, about how they rise and where they end, and about the people on them. "
SYNTHESIS = "Rivers rise in hills [1]. They end in the sea [2][9].\n\nRests on [1], [2]."


Judge: TypeAlias = str | Callable[[str, str], str]
"""What it says of the numbers of the two drafts it sees."""


def judged_by(verdict: Judge, *, synthesis: str = SYNTHESIS) -> Callable[[Request], Script]:
    """Agents write drafts that begin with "Draft <their hint's number>"; ``verdict`` sees two of them."""

    def choose(request: Request) -> Script:
        text = request.messages[-1].text
        if text.endswith(prompts.JUDGEMENT_CLOSING):
            assert not request.thinking
            first, second = re.findall(r"Draft [AB]:\nDraft (\d)", text)
            return script("", verdict if isinstance(verdict, str) else verdict(first, second))
        if text.endswith(prompts.SYNTHESIS_CLOSING):
            return script("", synthesis)
        number = next((n for n, hint in enumerate(prompts.HINTS) if n and text.endswith(hint)), 0)
        return script("Hm.", f"Draft {number}. {RIVERS * 4}")

    return choose


async def ask(verdict: Judge, *, agents: int = 3, **more: Any) -> tuple[list[Event], Result]:
    asked = question("Tell me of rivers", mode="contemplating", agents=agents, rounds=1, **more)
    events, result = await play(asked, engine_of(judged_by(verdict)))
    assert replay(events) == result
    return events, result


async def test_a_clear_winner_speaks() -> None:
    events, result = await ask(lambda first, second: f"It is fuller.\nVerdict: {'A' if first > second else 'B'}")
    assert result.answer.startswith("Draft 2.")
    assert result.rests_on == (2,)
    comparison = result.comparison
    assert comparison is not None
    assert [agent for agent, _ in comparison.ranking] == [2, 1, 0]
    assert (comparison.pairs, comparison.flipped, comparison.unscored, comparison.clear) == (3, 0, 0, True)
    assert comparison.position_bias == 0.0
    kinds = [entry.kind for entry in result.ledger.entries]
    assert kinds == ["agent"] * 3 + ["compare"] * 6
    assert result.sources is not None
    assert [(s.start, s.end, s.agents) for s in result.sources.sources] == [(0, len(result.answer), (2,))]
    assert len(of(CallEnded, events)) == 6


async def test_a_judge_of_places_decides_nothing() -> None:
    _, result = await ask("Verdict: A")
    comparison = result.comparison
    assert comparison is not None
    assert (comparison.pairs, comparison.flipped, comparison.first) == (3, 3, 3)
    assert comparison.position_bias == 1.0
    assert not comparison.clear
    assert "synthesis" in {entry.kind for entry in result.ledger.entries}


async def test_close_drafts_are_synthesised_and_the_marks_become_sources() -> None:
    def verdict(first: str, second: str) -> str:
        if "0" in (first, second):  # the first draft loses against both others, which are equal
            return f"Verdict: {'B' if first == '0' else 'A'}"
        return "Verdict: tie"

    events, result = await ask(verdict)
    agents = set(result.rests_on)
    assert agents == {1, 2}
    assert result.sources is not None
    assert result.sources.unknown == ("[9]",)
    stated = {result.answer[s.start : s.end]: s.agents for s in result.sources.sources}
    assert list(stated) == ["Rivers rise in hills", "They end in the sea"]
    assert {agent for named in stated.values() for agent in named} == agents
    assert "[9]" not in result.answer
    for statement, named in stated.items():  # readers see the agents' own numbers, from 1
        assert f"{statement} [{named[0] + 1}]" in result.answer
    assert len(of(SourcesMarked, events)) == 1


@pytest.mark.parametrize("words", ["", "Both are fine drafts.", "Verdict: C"])
async def test_unreadable_verdicts_are_unscored(words: str) -> None:
    _, result = await ask(words)
    comparison = result.comparison
    assert comparison is not None
    assert (comparison.pairs, comparison.unscored, comparison.position_bias) == (0, 3, None)
    assert len({strength for _, strength in comparison.ranking}) == 1
    assert set(result.rests_on) <= {0, 1, 2}
    assert result.answer.startswith("Rivers rise")


async def test_failing_judges_do_no_harm() -> None:
    def choose(request: Request) -> Script:
        if request.messages[-1].text.endswith(prompts.JUDGEMENT_CLOSING):
            return script("", "Verdict: A", fault="die")
        return judged_by("")(request)

    asked = question("Tell me of rivers", mode="contemplating", agents=2, rounds=1)
    _, result = await play(asked, engine_of(choose))
    assert result.comparison is not None
    assert result.comparison.unscored == 1
    assert result.answer.startswith("Rivers rise")
    assert result.error == ""


async def test_the_calls_are_few() -> None:
    _, result = await ask("Verdict: A", agents=8)
    calls = [entry for entry in result.ledger.entries if entry.kind == "compare"]
    assert len(calls) == 2 * 2 * 8


async def test_low_effort_judges_one_circle() -> None:
    asked = replace(question("Tell me of rivers", mode="contemplating", agents=5, rounds=1), effort="low")
    _, result = await play(asked, engine_of(judged_by("Verdict: A")))
    drafts = len(result.agents)
    assert [entry.kind for entry in result.ledger.entries].count("compare") <= 2 * drafts
    assert result.comparison is not None
    assert result.comparison.pairs <= drafts


async def test_the_runs_tokens_bound_the_pairs() -> None:
    events, result = await ask("Verdict: A", agents=3, total_tokens=1200)
    calls = [entry for entry in result.ledger.entries if entry.kind == "compare"]
    assert 0 < len(calls) < 6
    assert len(of(DraftsCompared, events)) == 1
    assert result.ledger.tokens.generated <= 1200


async def test_a_model_that_cannot_judge_is_not_asked() -> None:
    family = replace(FAMILY, composes=False)
    engine = ScriptedEngine(judged_by("Verdict: A"), capabilities=ABLE, info=replace(INFO, family=family))
    _, result = await play(question("Tell me of rivers", mode="contemplating", agents=3, rounds=1), engine)
    assert result.comparison is None
    assert not any(prompts.MARKS_WISH in request.messages[-1].text for request in engine.requests)


async def test_cancelled_while_judging() -> None:
    engine = engine_of(judged_by("Verdict: A " * 200))
    asked = question("Tell me of rivers", mode="contemplating", agents=3, rounds=1)
    async with Run(asked, engine) as run:
        judging = False
        async for _ in run:
            if not judging and any(r.messages[-1].text.endswith(prompts.JUDGEMENT_CLOSING) for r in engine.requests):
                judging = True
                run.cancel()
    assert judging
    assert run.result.stop_reason == "cancelled"
    assert engine.counts.running == 0
    assert run.result.ledger.tokens.generated == engine.counts.tokens.generated


async def test_a_near_deadline_ends_the_judging() -> None:
    def choose(request: Request) -> Script:
        if request.messages[-1].text.endswith(prompts.JUDGEMENT_CLOSING):
            return script("", "Verdict: A", first_delay_seconds=60)
        return judged_by("")(request)

    asked = question("Tell me of rivers", mode="contemplating", agents=3, rounds=1, deadline_seconds=2.0)
    _, result = await play(asked, engine_of(choose))
    assert result.answer.startswith("Draft ")
    assert result.stop_reason == "deadline"
    assert result.seconds < 30
