"""Helicon on a server that is not ours: ``transformers serve`` with nano's weights.

1. All three modes answer, through the same ``ask`` as on the embedded engine.
2. Thinking and answer arrive apart, and every token is in the ledger.
3. The same greedy question gives the same answer as the embedded engine.
4. ``helicon ask`` on the command line takes the server's URL as its model.
5. A run that is cancelled ends at once, and the server answers the next one.

Needs the extra ``train`` and ``transformers[serving]`` (``make test-train``); skips elsewhere.
"""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from helicon.budgets import Budget
from helicon.engines import open_engine
from helicon.events import ThinkingDelta
from helicon.messages import Mode, Question, Sampling, user
from helicon.modes import Run
from tests.foreign.weights import write_folder

for needed in ("torch", "transformers", "fastapi", "uvicorn", "accelerate"):
    pytest.importorskip(needed, reason=f"{needed} is not installed; run: make test-train")

QUESTION = "What is 12 + 30?"


@pytest.fixture(scope="module")
def served(nano: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A running ``transformers serve``; the model spec that names it."""
    folder = write_folder(nano, tmp_path_factory.mktemp("weights") / "nano")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    cache = tmp_path_factory.mktemp("hub")
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "HF_HUB_CACHE": str(cache), "OMP_NUM_THREADS": "1"}
    log = (tmp_path_factory.mktemp("log") / "log").open("w+")
    program = Path(sys.executable).parent / "transformers"
    process = subprocess.Popen(
        [str(program), "serve", str(folder), "--port", str(port), "--device", "cpu"],
        env=environment,
        stdout=log,
        stderr=log,
    )
    try:
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5).close()
                break
            except OSError:
                assert process.poll() is None, Path(log.name).read_text()
                time.sleep(0.1)
        yield f"http://127.0.0.1:{port}/v1#{folder}"
    finally:
        process.terminate()
        process.wait(60)
        log.close()


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating"])
async def test_every_mode_answers(served: str, mode: Mode) -> None:
    engine = await open_engine(served)
    try:
        budget = Budget(agents=3, rounds=1, max_tokens=200)
        async with Run(Question(messages=(user(QUESTION),), mode=mode, budget=budget, seed=1), engine) as run:
            events = [event async for event in run]
        result = run.result
    finally:
        await engine.close()
    assert result.answer.strip()
    assert result.ledger.tokens.prompt > 0
    assert result.ledger.tokens.answer > 0
    thought = "".join(event.text for event in events if isinstance(event, ThinkingDelta))
    assert bool(thought) == (mode != "instant")
    assert "think>" not in result.answer
    if mode == "contemplating":
        assert len(result.agents) == 3


async def test_the_greedy_answer_is_the_embedded_engines(served: str, nano: Path) -> None:
    question = Question(
        messages=(user(QUESTION),), mode="thinking", budget=Budget(max_tokens=200), sampling=Sampling(temperature=0.0)
    )
    answers = []
    for spec in (served, str(nano)):
        engine = await open_engine(spec)
        try:
            async with Run(question, engine) as run:
                answers.append((await run.finish()).answer.strip())
        finally:
            await engine.close()
    assert answers[0] == answers[1]


def test_the_command_takes_its_url(served: str) -> None:
    command = [sys.executable, "-m", "helicon", "ask", QUESTION, "--model", served, "--mode", "instant"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


async def test_a_cancelled_run_leaves_the_server_well(served: str) -> None:
    engine = await open_engine(served)
    try:
        async with Run(Question(messages=(user(QUESTION),), mode="thinking"), engine) as run:
            async for event in run:
                if isinstance(event, ThinkingDelta):
                    run.cancel()
        assert run.result.stop_reason == "cancelled"
        assert run.result.ledger.tokens.generated > 0
        await asyncio.sleep(0)
        async with Run(Question(messages=(user(QUESTION),), mode="instant"), engine) as run:
            assert (await run.finish()).answer.strip()
    finally:
        await engine.close()
