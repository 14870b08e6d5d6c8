"""The page's fold against the package's own.

Contract:
1. On runs of the scripted engine and of nano, live or cut short anywhere, the fold has what
   ``helicon.events.replay`` and ``helicon.timeline`` have: answers, thoughts, tokens, votes, the decision, lanes.
2. Agents whose answers mean the same are in one group, by the vote; in older traces by their spelling.
3. Unknown event types and later fields change nothing.
4. 200,000 tokens of 64 agents are folded within a third of a second.
"""

from __future__ import annotations

import asyncio
import json
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from helicon import Question, Run, user
from helicon.budgets import Budget
from helicon.engines import ScriptedEngine, open_engine
from helicon.engines.protocol import Engine, Request
from helicon.engines.scripted import Script, script
from helicon.events import Event, from_dict, replay, to_dict
from helicon.messages import SubQuestion
from helicon.timeline_fold import timeline
from helicon.web import FOLDER
from tests.web import runs
from tests.web.harness import HERE

NODE = shutil.which("node")
pytestmark = pytest.mark.skipif(NODE is None, reason="no Node on this machine; test_run_view.py folds in Chromium")
ANSWERS = ["1/2", "0.5", "50%", "2", "0.5", "1/2", "2", "0.5"]


def folded(*lists: Sequence[dict[str, Any]]) -> list[Any]:
    """What the page's fold makes of each list."""
    command = [str(NODE), str(HERE / "facts.js"), str(FOLDER / "run")]
    done = subprocess.run(command, input=json.dumps(lists), capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    found: list[Any] = json.loads(done.stdout)
    return found


async def events_of(engine: Engine, text: str, **asked: Any) -> list[Event]:
    """Every event of one run."""
    question = Question(messages=(user(text),), **asked)
    async with Run(question, engine) as run:
        return [event async for event in run]


def differing(request: Request) -> Script:
    """Each agent's own answer, by how many came before."""
    differing.calls += 1  # type: ignore[attr-defined]
    answer = ANSWERS[differing.calls % len(ANSWERS)]  # type: ignore[attr-defined]
    return script("Let me see. It may be " + answer, f"So it is.\nAnswer: {answer}", delay_seconds=0.002, logprob=-0.2)


async def scripted_runs() -> dict[str, list[Event]]:
    """Runs in every mode on engines without a model."""
    differing.calls = 0  # type: ignore[attr-defined]
    votes = ScriptedEngine(differing)
    sure = ScriptedEngine([script("17 and 25 make 42.", "The answer is 42.", logprob=-0.01)] * 40)
    dying = ScriptedEngine([script("one two", "5", fault="die", fault_after=1), *[script("Hm.", "Answer: 5")] * 20])
    parts = (SubQuestion(text="What is 1 + 1?"), SubQuestion(text="What is {1} + 2?", needs=(1,)))
    return {
        "votes": await events_of(votes, "How much?", mode="contemplating", effort="high"),
        "instant": await events_of(sure, "What is 17 + 25?", mode="instant"),
        "thinking": await events_of(sure, "What is 17 + 25?", mode="thinking"),
        "auto": await events_of(sure, "What is 17 + 25?", mode="auto"),
        "agreed": await events_of(sure, "What is 17 + 25?", mode="contemplating", budget=Budget(agents=5)),
        "failing": await events_of(dying, "What is it?", mode="contemplating", budget=Budget(agents=4)),
        "divided": await events_of(sure, "Work it out.", mode="contemplating", plan=parts),
    }


async def nano_runs() -> dict[str, list[Event]]:
    """Runs on a real model."""
    engine = await open_engine("nano")
    try:
        return {
            "nano": await events_of(engine, "What is 4871 * 3962?", mode="contemplating", seed=3, effort="high"),
            "nano auto": await events_of(
                engine, "Anna has 12 apples, eats 5 and buys 9. How many?", mode="auto", seed=4
            ),
        }
    finally:
        await engine.close()


@pytest.fixture(scope="module")
def traces() -> dict[str, list[dict[str, Any]]]:
    """Stored runs by name, and each once more cut in the middle."""

    async def both() -> dict[str, list[Event]]:
        return {**await scripted_runs(), **await nano_runs()}

    whole = {name: [to_dict(event) for event in events] for name, events in asyncio.run(both()).items()}
    for name, made in (("made up", runs.contemplation(16)), ("refined", runs.refined()), ("compared", runs.compared())):
        whole[name] = made
    whole["thought"] = runs.thought()
    stored = json.loads(json.dumps(whole))
    cut = {f"{name}, cut": events[: len(events) * 2 // 3] for name, events in stored.items()}
    return {**stored, **cut}


@pytest.fixture(scope="module")
def pairs(traces: dict[str, list[dict[str, Any]]]) -> dict[str, tuple[list[Event], Any]]:
    """Each run's events and what the page made of them."""
    made = folded(*traces.values())
    return {
        name: ([from_dict(event) for event in events], page)
        for (name, events), page in zip(traces.items(), made, strict=True)
    }


def test_answers_tokens_and_thoughts_are_those_of_replay(pairs: dict[str, tuple[list[Event], Any]]) -> None:
    for name, (events, page) in pairs.items():
        ours = replay(events)
        assert page["answer"] == ours.answer, name
        assert page["stop"] == (ours.stop_reason or ""), name
        assert page["error"] == ours.error, name
        assert page["rests_on"] == list(ours.rests_on), name
        assert page["entries"] == to_dict(ours.ledger.entries), name
        assert page["rounds"] == [one.round for one in ours.rounds], name
        assert page["plan"] == (to_dict(ours.plan) if ours.plan else None), name
        assert page["sources"] == (to_dict(ours.sources) if ours.sources else None), name
        assert page["comparison"] == (to_dict(ours.comparison) if ours.comparison else None), name
        theirs = {one["agent"]: one for one in page["agents"]}
        assert sorted(theirs) == [agent.agent for agent in ours.agents], name
        for agent in ours.agents:
            one = theirs[agent.agent]
            assert one["tokens"] == to_dict(agent.tokens), name
            assert (one["answer"], one["thinking"]) == (agent.answer, agent.thinking), name
        if ours.stop_reason:
            assert page["tokens"] == ours.ledger.tokens.generated, name


def test_lanes_and_the_decision_are_those_of_the_timeline(pairs: dict[str, tuple[list[Event], Any]]) -> None:
    for name, (events, page) in pairs.items():
        if name.endswith(", cut"):
            continue  # there the timeline closes what is open, which the page lets grow
        ours = timeline(events)
        assert page["seconds"] == ours.seconds, name
        theirs = {lane["agent"]: lane for lane in page["lanes"]}
        assert sorted(theirs) == sorted(lane.agent for lane in ours.lanes), name
        for lane in ours.lanes:
            drawn = theirs[lane.agent]
            assert drawn["segments"] == [[one.start, one.end, one.phase] for one in lane.segments], (name, lane.agent)
            assert [turn[0] for turn in drawn["turns"]] == [turn.round for turn in lane.turns], name
            assert [turn[3] for turn in drawn["turns"]] == [turn.state for turn in lane.turns], name
        if ours.decision is None:
            assert page["decision"] is None, name
        else:
            found = {"at": ours.decision.at, "leader": ours.decision.leader, "rule": ours.decision.rule}
            assert page["decision"] == found, name


def test_votes_are_those_of_the_events(pairs: dict[str, tuple[list[Event], Any]]) -> None:
    for name, (events, page) in pairs.items():
        changes = [to_dict(event) for event in events if event.type == "consensus_changed"]
        assert [one["votes"] for one in page["standings"]] == [change["votes"] for change in changes], name
        assert [one["agents"] for one in page["standings"]] == [change["voters"] for change in changes], name


def test_answers_that_mean_the_same_are_one_group(pairs: dict[str, tuple[list[Event], Any]]) -> None:
    events, page = pairs["votes"]
    ended = {event.agent: event.answer for event in events if event.type == "agent_ended" and event.answer}
    voted = {agent for agents in page["standings"][-1]["agents"] for agent in agents}
    half = {page["groups"][str(agent)] for agent in voted if ended[agent] in ("1/2", "0.5", "50%")}
    two = {page["groups"][str(agent)] for agent in voted if ended[agent] == "2"}
    assert len(half) == 1
    assert not two or (len(two) == 1 and two != half)


def test_older_traces_without_voters_are_grouped_by_their_spelling() -> None:
    old = [{key: value for key, value in event.items() if key != "voters"} for event in runs.contemplation(16)]
    new = runs.contemplation(16)
    before, after = folded(old, new)
    assert before["groups"] == after["groups"]
    assert before["standings"][-1]["agents"] == after["standings"][-1]["agents"]


def test_what_a_later_version_adds_changes_nothing() -> None:
    events = runs.contemplation(8)
    later: list[dict[str, Any]] = [
        {"type": "from_the_future", "agent": 3, "at": 99.0},
        {"type": "constructor", "at": 99.0},
        {"type": None},
    ]
    mixed: list[dict[str, Any]] = [one for event in events for one in ({**event, "new_field": [1]}, *later)]
    plain, extended = folded(events, mixed)
    assert extended == plain


def test_a_large_trace_is_folded_fast(tmp_path: Path) -> None:
    trace = tmp_path / "large.json"
    trace.write_text(json.dumps(runs.flood(64, rate=20_000, seconds=11.5)), "utf-8")
    program = f"""
        import {{ readFileSync }} from "node:fs";
        const {{ feedAll, newRun, agents }} = await import({json.dumps(str(FOLDER / "run" / "fold.js"))});
        const events = JSON.parse(readFileSync({json.dumps(str(trace))}, "utf8"));
        const times = [];
        let words = 0;
        for (let turn = 0; turn < 3; turn += 1) {{
          const start = performance.now();
          const run = feedAll(newRun(), events);
          const texts = agents(run).map((lane) => lane.last.thinking.text);
          times.push(performance.now() - start);
          words = texts.reduce((sum, text) => sum + text.split(/\\s+/).length, 0);
        }}
        console.log(JSON.stringify([words, Math.min(...times)]));
    """
    command = [str(NODE), "--input-type=module", "-e", program]
    words, milliseconds = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert words > 190_000
    assert milliseconds < 300, milliseconds
