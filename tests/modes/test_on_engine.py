"""The modes on a real engine.

1. Every mode ends, with an answer or a stated reason, and its ledger is what the engine counted.
2. The thinking budget is the engine's own, and the answer keeps its reserve.
3. A cancelled contemplation stops every slot of the engine; so does a vote that is decided.
4. Parallel agents read a long common prompt about once, those that begin later included.
5. On nano: the modes answer a question of its tasks.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helicon.engines.protocol import Delta, Finish, Request, Running
from helicon.events import AgentEnded, AgentStarted, ThinkingDelta, replay
from helicon.ledger import Tokens
from helicon.messages import Mode
from helicon.modes import Run
from tests.conftest import NANO_FILE
from tests.modes.playing import of, play, question

if TYPE_CHECKING:
    from helicon.engines import EmbeddedEngine


class Watched:
    """An engine with a count of its own beside it: the last count of every stream."""

    def __init__(self, engine: EmbeddedEngine) -> None:
        self._engine = engine
        self.ends: dict[int, Tokens] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        number = len(self.ends)
        self.ends[number] = Tokens()
        async for delta in self._engine.stream(request):
            if isinstance(delta, Running | Finish):
                self.ends[number] = delta.tokens
            yield delta

    @property
    def tokens(self) -> Tokens:
        return sum(self.ends.values(), Tokens())


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
async def test_every_mode_ends_and_its_ledger_is_the_engines(mode: Mode, toy_engine: EmbeddedEngine) -> None:
    engine = Watched(toy_engine)
    asked = question("What is 384 * 917?", mode=mode, max_tokens=60, thinking_tokens=20, agents=4, rounds=1)
    events, result = await play(asked, engine)
    assert result.stop_reason in ("stop", "length", "budget")
    assert result.answer or result.stop_reason == "length"
    primed = sum((e.tokens for e in result.ledger.entries if e.kind == "prime"), Tokens())
    assert result.ledger.tokens.generated == engine.tokens.generated
    assert result.ledger.tokens.prompt == engine.tokens.prompt + primed.prompt
    assert all(not entry.estimated for entry in result.ledger.entries)
    assert all(agent.tokens.generated <= 60 for agent in result.agents)
    assert replay(events) == result


async def test_the_engines_own_budget_bounds_the_thought(toy_engine: EmbeddedEngine) -> None:
    _, result = await play(question("Hello", max_tokens=120, thinking_tokens=30), toy_engine)
    assert len(result.ledger.entries) == 1
    assert 0 < result.ledger.tokens.thinking <= 60
    assert result.ledger.tokens.answer > 0


async def test_a_deadline_in_thinking_continues_the_thought_to_its_answer(toy_engine: EmbeddedEngine) -> None:
    async with Run(question("Hello", deadline_seconds=3, max_tokens=8000), toy_engine) as run:
        result = await run.finish()
    assert result.seconds < 3.5
    assert result.stop_reason in ("deadline", "length", "stop")


async def test_cancelling_stops_every_slot(toy_engine: EmbeddedEngine) -> None:
    async with Run(question("Hello", mode="contemplating", max_tokens=8000), toy_engine) as run:
        async for event in run:
            if isinstance(event, ThinkingDelta):
                break
        run.cancel()
        result = await run.finish()
    assert result.stop_reason == "cancelled"
    assert (await toy_engine.health()).running == 0
    assert result.ledger.cancelled.generated > 0


async def test_parallel_agents_read_a_long_prompt_about_once(toy_engine: EmbeddedEngine) -> None:
    text = "The river runs on and on. " * 60
    asked = question(text, mode="contemplating", max_tokens=12, thinking_tokens=4, rounds=1, agents=8)
    events, result = await play(asked, toy_engine)
    assert len(of(AgentStarted, events)) == 8
    alone = max(entry.tokens.prompt for entry in result.ledger.entries)
    assert result.ledger.tokens.prompt > 7 * alone
    assert result.ledger.tokens.prefilled < 2 * alone


async def test_agents_that_begin_later_read_the_long_prompt_no_more(toy_engine: EmbeddedEngine) -> None:
    text = "The river runs on and on. " * 60
    asked = question(text, mode="contemplating", max_tokens=12, thinking_tokens=4, rounds=1, agents=12)
    events, result = await play(asked, toy_engine)
    assert len(of(AgentStarted, events)) == 12, "on eight slots, so some began when others had ended"
    alone = max(entry.tokens.prompt for entry in result.ledger.entries)
    assert result.ledger.tokens.prefilled < 2.5 * alone


async def test_a_decided_vote_leaves_no_slot_running(endless_gguf: Path) -> None:
    from helicon.engines import EmbeddedEngine, parse_spec

    engine = await EmbeddedEngine.start(parse_spec(str(endless_gguf)))
    try:
        async with Run(question("Hello", mode="contemplating", max_tokens=4000), engine) as run:
            told = -1.0
            async for event in run:
                if isinstance(event, ThinkingDelta) and told < 0:
                    assert run._stage is not None
                    run._stage.halt("consensus")  # as a vote does that is decided now
                    told = time.perf_counter()
                if isinstance(event, AgentEnded):
                    break
            while (await engine.health()).running:  # noqa: ASYNC110 - the engine has no event for it
                await asyncio.sleep(0.005)
            seconds = time.perf_counter() - told
        assert seconds < 2, "a fifth of a second on a quiet machine"
    finally:
        await engine.close()


@pytest.mark.skipif(not NANO_FILE.exists(), reason="nano is not in this tree yet")
@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
async def test_nano_answers_a_question_of_its_tasks(mode: Mode, nano: Path, nano_engine: EmbeddedEngine) -> None:
    asked = question("What is 17 + 25?", mode=mode, deadline_seconds=60)
    async with Run(asked, nano_engine) as run:
        result = await asyncio.wait_for(run.finish(), 60)
    assert result.answer
    assert result.stop_reason in ("stop", "budget", "deadline")
    assert (await nano_engine.health()).running == 0
