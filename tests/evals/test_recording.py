"""Recording, on nano in the real engine; scripted where the engine must fail.

1. A pool holds what a live run would sample: the same seeds, hints and words, with times and confidences
   of every token, instant answers beside it.
2. What is there is not sampled again; more chains are added; other settings are refused.
3. A recording that is killed goes on where it stopped.
4. Trial answers and second-round drafts come where they are wished.
5. An engine's failure is data, tried again later; nothing but failures ends the recording.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from helicon.budgets import Budget
from helicon.engines import EmbeddedEngine, ScriptedEngine
from helicon.engines.scripted import ABLE, script
from helicon.errors import BadOption, EngineError, Unsupported
from helicon.evals import EvalQuestion, Plan, Progress, questions_of, read_pool, record, replay
from helicon.evals import recording as recording_module
from helicon.evals.pool import Pool
from helicon.events import AgentEnded, AgentStarted
from helicon.messages import Question, user
from helicon.modes import Run

QUESTIONS = questions_of(["nano"], 3)
BUDGET = Budget(thinking_tokens=150, max_tokens=220)


def plan(**changes: object) -> Plan:
    usual = Plan(questions=QUESTIONS, chains=4, instant=2, budget=BUDGET)
    return replace(usual, **changes)  # type: ignore[arg-type]


async def fill(path: Path, engine: EmbeddedEngine | ScriptedEngine, plan: Plan) -> tuple[Progress, Pool]:
    progress = await record(path, engine, plan, version="test")
    return progress, read_pool(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pool.jsonl.gz"


async def test_a_pool_of_nano(nano_engine: EmbeddedEngine, path: Path) -> None:
    progress, pool = await fill(path, nano_engine, plan())
    assert (progress.done, progress.fresh, progress.failed) == (18, 18, 0)
    assert (pool.header.model, pool.header.engine, pool.depth) == ("nano", "embedded", 4)
    for entry in pool.entries:
        assert [chain.agent for chain in entry.thinking] == [0, 1, 2, 3]
        assert len({chain.seed for chain in entry.thinking}) == 4
        assert len(entry.instant) == 2
        for chain in entry.thinking:
            assert len(chain.ms) == chain.tokens.generated > 0
            assert len(chain.confidences) > 0
            assert sum(chain.ms) <= 1000 * chain.seconds + 50
            assert chain.tokens.thinking <= 150 + 32
            assert chain.finished or not chain.right
            assert chain.answer in chain.text
        assert all(chain.tokens.thinking == 0 for chain in entry.instant)
    assert replay(pool).questions == 3

    again, same = await fill(path, nano_engine, plan())
    assert (again.done, again.fresh) == (18, 0)
    assert same == pool
    more, wider = await fill(path, nano_engine, plan(chains=5))
    assert (more.fresh, wider.depth) == (3, 5)
    with pytest.raises(BadOption, match=r"recorded with seed 1, now 2.*another file"):
        await fill(path, nano_engine, plan(seed=2))
    with pytest.raises(BadOption, match="recorded with budget"):
        await fill(path, nano_engine, plan(budget=Budget()))


async def test_a_pool_is_what_a_live_run_samples(nano_engine: EmbeddedEngine, path: Path) -> None:
    _, pool = await fill(path, nano_engine, plan(questions=QUESTIONS[:1], parallel=1))
    asked = pool.entries[0].asked
    question = Question(
        messages=(user(asked.question),),
        mode="contemplating",
        budget=replace(BUDGET, agents=4, rounds=1),
        compression="off",
        effort="high",
        seed=asked.seed,
    )
    async with Run(question, nano_engine) as run:
        events = [event async for event in run]
    seeds = {event.agent: event.seed for event in events if isinstance(event, AgentStarted)}
    recorded = {chain.agent: chain for chain in pool.entries[0].thinking}
    assert seeds.items() <= {agent: chain.seed for agent, chain in recorded.items()}.items()
    ended = [event for event in events if isinstance(event, AgentEnded) and event.entry.stop_reason == "stop"]
    assert ended
    assert any(recorded[event.agent].answer == event.answer for event in ended)


async def test_trials_and_second_rounds(nano_engine: EmbeddedEngine, path: Path) -> None:
    hard = [question for question in questions_of(["hard"], 3) if question.family != "two_steps"]
    _, pool = await fill(path, nano_engine, plan(questions=hard[:2], chains=3, instant=0, probes=20, refine=True))
    trials = [trial for entry in pool.entries for made in entry.trials.values() for trial in made.trials]
    assert trials
    assert all(trial.tokens > 0 and trial.at >= 20 for trial in trials)
    for entry in pool.entries:
        assert set(entry.trials) == {0, 1, 2}
        answers = {chain.answer for chain in entry.thinking if chain.finished}
        assert len(entry.refine) == (3 if len(answers) > 1 else 0)
    names = [row.policy for row in replay(pool).rows]
    assert "compressed:level=safe" in names
    assert "probe@3" in names

    first, _ = await fill(path, nano_engine, plan(questions=hard[:2], chains=3, instant=0))
    assert first.fresh == 0


async def test_an_engine_that_cannot_go_on_from_a_thought(path: Path) -> None:
    engine = ScriptedEngine([script("Hm.", "1")], capabilities=replace(ABLE, prefill_thinking=False))
    with pytest.raises(Unsupported, match="Leave --probes out"):
        await fill(path, engine, plan(probes=10))
    assert not path.exists()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_module, "FIRST_PAUSE_SECONDS", 0.001)


@pytest.mark.usefixtures("hasty")
async def test_a_failure_is_data_and_tried_again_later(path: Path) -> None:
    one = [EvalQuestion(id="a", question="2 + 2?", answer="4")]
    failing = [script("2 + 2 is 4.", "Answer: 4"), *[script("Hm.", fault="die", fault_after=1)] * 3]
    small = plan(questions=one, chains=2, instant=0, parallel=1)
    progress, pool = await fill(path, ScriptedEngine(failing), small)
    assert (progress.failed, progress.done) == (1, 2)
    chains = pool.entries[0].thinking
    assert [chain.right for chain in chains] == [True, False]
    assert "ended in the middle" in chains[1].error
    assert chains[1].reason == "error"
    again, pool = await fill(path, ScriptedEngine([script("2 + 2 is 4.", "Answer: 4")]), small)
    assert (again.fresh, again.failed) == (1, 0)
    assert [chain.right for chain in pool.entries[0].thinking] == [True, True]


@pytest.mark.usefixtures("hasty")
async def test_an_engine_that_is_down_ends_the_recording(path: Path) -> None:
    engine = ScriptedEngine([script(fault="down")] * 500)
    with pytest.raises(EngineError, match="times in a row: the scripted engine is down"):
        await fill(path, engine, plan(chains=16))
    assert read_pool(path).entries


async def test_a_cancelled_recording_keeps_what_it_had(nano_engine: EmbeddedEngine, path: Path) -> None:
    seen = asyncio.Event()
    task = asyncio.create_task(
        record(path, nano_engine, plan(), version="test", report=lambda now: seen.set() if now.fresh > 2 else None)
    )
    await asyncio.wait_for(seen.wait(), 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    kept = sum(len(entry.thinking) + len(entry.instant) for entry in read_pool(path).entries)
    assert 2 < kept < 18
    progress, _ = await fill(path, nano_engine, plan())
    assert (progress.done, progress.fresh) == (18, 18 - kept)


def test_a_killed_recording_goes_on(path: Path, nano: Path) -> None:
    command = [sys.executable, "-m", "helicon", "eval", "record", str(path), "--model", str(nano), "--count", "4"]
    command += ["--chains", "6", "--budget-tokens", "120", "--max-tokens", "200"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as killed:
        for _ in range(600):
            if path.exists() and path.stat().st_size > 0:
                break
            time.sleep(0.1)
        busy = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
        killed.send_signal(signal.SIGKILL)
    if busy.returncode:  # the first one was still at it
        assert "another process is recording" in busy.stderr
    with path.open("ab") as file:
        file.write(b"\x1f\x8b\x08\x00torn")
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert ended.returncode == 0, ended.stderr
    assert "4 questions" in ended.stdout
    pool = read_pool(path)
    assert (len(pool.entries), pool.depth) == (4, 6)
