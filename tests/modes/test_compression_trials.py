"""Trial answers on an engine.

1. A settled thought is closed at the boundary where it settled and answered; every token is in the ledger,
   and the events replay to the same result.
2. Trials run beside the thought or between two parts of it; either way nothing of the thought is said twice.
3. ``off``, contemplations and short thoughts make no trial; an engine or a question that cannot says so.
4. A wrong, hedging or failing trial costs its tokens and nothing else.
5. Cancelling, deadlines and bounds hold during trials; trials count in every bound of the run.
6. On nano, in the real engine, the ledger is what the engine counted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helicon.budgets import Budget
from helicon.engines.protocol import Capabilities, Health, Request
from helicon.engines.scripted import ABLE, Script, ScriptedEngine, script
from helicon.events import CallEnded, Event, ThinkingDelta, ThoughtProbed, replay
from helicon.ledger import Entry, Tokens
from helicon.messages import COMPRESSIONS, Compression, Mode, Question
from helicon.modes import Run
from helicon.modes.compression import LEVELS
from helicon.modes.compression_trials import OPENING
from tests.conftest import NANO_FILE
from tests.modes.playing import engine_of, of, play, question
from tests.modes.test_on_engine import Watched

if TYPE_CHECKING:
    from helicon.engines import EmbeddedEngine

ANSWER = "It is 42.\nAnswer: 42"
LINE = 20
"""Words of a line."""
BETWEEN = replace(ABLE, slots=1)
WAYS = pytest.mark.parametrize("able", [ABLE, BETWEEN], ids=["beside", "between"])


def lines(count: int) -> str:
    """A thought of that many different lines."""
    return "\n".join(" ".join(f"word{line}x{word}" for word in range(LINE)) for line in range(count))


def is_trial(request: Request) -> bool:
    return request.prefill_answer == OPENING


def thinker(
    *trials: Script, thought: str | None = None, answer: str = ANSWER, **more: Any
) -> Callable[[Request], Script]:
    """A function that plays a thought and its answer, and these trials one after the other; the last one repeats."""
    made = 0

    def chosen(request: Request) -> Script:
        nonlocal made
        if not is_trial(request):
            return script(lines(12) if thought is None else thought, answer, **more)
        made += 1
        return trials[min(made, len(trials)) - 1]

    return chosen


def ask(compression: Compression = "safe", mode: Mode = "thinking", **budget: Any) -> Question:
    return replace(question(mode=mode, **budget), compression=compression)


SURE = script("", " 42", logprob=-0.01)


@pytest.fixture
def two_in_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """A level that asks for two sure trials, or four: what goes on after a trial is seen only there."""
    patient = replace(LEVELS["safe"], sure=0.95, sure_in_a_row=2, same_in_a_row=4)
    monkeypatch.setattr("helicon.modes.compression_trials.LEVELS", {**LEVELS, "safe": patient})


patiently = pytest.mark.usefixtures("two_in_a_row")


@WAYS
@pytest.mark.parametrize(("logprob", "tried"), [(-0.005, ["exit"]), (-0.03, ["go_on", "go_on", "exit"])])
async def test_safe_asks_for_one_very_sure_trial_or_three(able: Capabilities, logprob: float, tried: list[str]) -> None:
    engine = engine_of(thinker(script("", " 42", logprob=logprob)), capabilities=able)
    events, result = await play(ask(), engine)
    assert [probe.decision for probe in probes(events)] == tried
    assert (result.answer, result.stop_reason) == (ANSWER, "stop")
    assert result.ledger.tokens == engine.counts.tokens


def probes(events: list[Event]) -> list[ThoughtProbed]:
    return of(ThoughtProbed, events)


def kinds(entries: tuple[Entry, ...]) -> list[tuple[str, str]]:
    return [(entry.kind, entry.stop_reason) for entry in entries]


def said(events: list[Event]) -> str:
    return "".join(event.text for event in of(ThinkingDelta, events))


@patiently
async def test_a_settled_thought_is_closed_and_answered() -> None:
    engine = engine_of(thinker(SURE))
    events, result = await play(ask(), engine)
    assert (result.answer, result.stop_reason) == (ANSWER, "stop")
    assert kinds(result.ledger.entries) == [
        ("probe", "stop"),
        ("probe", "stop"),
        ("agent", "settled"),
        ("close", "stop"),
    ]
    assert [probe.decision for probe in probes(events)] == ["go_on", "exit"]
    assert [probe.answer for probe in probes(events)] == ["42", "42"]
    assert result.ledger.tokens == engine.counts.tokens
    assert result.ledger.tokens.thinking < 5 * LINE
    assert result.ledger.cancelled == Tokens()
    assert replay(events) == result
    assert engine.requests[-1].prefill_thinking == lines(3) + engine.info.family.closing


async def test_trials_go_on_from_the_thought_and_are_greedy() -> None:
    engine = engine_of(thinker(SURE))
    await play(ask(), engine)
    first, trial = engine.requests[0], engine.requests[1]
    assert trial.prefill_thinking == lines(2) + engine.info.family.closing
    assert (trial.sampling.temperature, trial.top_logprobs, trial.stop) == (0.0, 0, ("\n",))
    assert trial.messages == first.messages
    assert trial.max_tokens is not None
    assert trial.max_tokens <= 32


@patiently
async def test_between_two_parts_the_thought_goes_on_where_it_was_cut() -> None:
    unsettled = [script("", f" {number}", logprob=-0.01) for number in range(9)]
    engine = engine_of(thinker(*unsettled), capabilities=BETWEEN)
    events, result = await play(ask(), engine)
    assert said(events) == lines(12)
    assert result.ledger.tokens == engine.counts.tokens
    assert {probe.decision for probe in probes(events)} == {"go_on"}
    assert result.stop_reason == "stop"
    parts = [request for request in engine.requests if not is_trial(request)]
    assert len(parts) == len(probes(events)) + 1
    assert len({request.seed for request in parts}) == len(parts)
    assert kinds(result.ledger.entries)[0] == ("agent", "trial")
    assert engine.counts.most_running == 1


@patiently
async def test_between_two_parts_a_settled_thought_is_closed() -> None:
    engine = engine_of(thinker(SURE), capabilities=BETWEEN)
    events, result = await play(ask(), engine)
    assert [probe.decision for probe in probes(events)] == ["go_on", "exit"]
    assert said(events).startswith(lines(3))
    assert result.ledger.tokens.thinking == 3 * LINE + 1
    assert result.ledger.tokens == engine.counts.tokens
    assert (result.answer, result.stop_reason) == (ANSWER, "stop")
    assert replay(events) == result


@WAYS
async def test_stronger_ends_sooner(able: Capabilities) -> None:
    spent = {}
    for level in COMPRESSIONS:
        engine = engine_of(thinker(SURE), capabilities=able)
        _, result = await play(ask(level), engine)
        spent[level] = result.ledger.tokens.thinking
    assert spent["off"] == 12 * LINE > spent["safe"] > spent["strong"]


async def test_off_contemplations_and_lean_thoughts_make_no_trial() -> None:
    lean = thinker(SURE, thought=" ".join(f"word{n}" for n in range(200)))
    for asked, play_script in ((ask("off"), thinker(SURE)), (ask(mode="contemplating"), thinker(SURE)), (ask(), lean)):
        engine = engine_of(play_script)
        events, _ = await play(asked, engine)
        assert probes(events) == []
        assert not any(is_trial(request) for request in engine.requests)


@patiently
@pytest.mark.parametrize(("busy", "works"), [(2, True), (2, False), (1, True)])
async def test_a_crowded_engine_ends_the_thought_itself(*, busy: int, works: bool) -> None:
    class Controlled(ScriptedEngine):
        asked: list[Request]

        async def health(self) -> Health:
            return Health(ready=True, running=busy)

        async def end_thinking(self, request: Request) -> bool:
            self.asked.append(request)
            return works

    engine = Controlled(thinker(SURE), capabilities=replace(ABLE, end_thinking=True, slots=2))
    engine.asked = []
    events, result = await play(ask(), engine)
    assert engine.asked == ([engine.requests[0]] if busy == 2 else [])
    assert [probe.decision for probe in probes(events)] == ["go_on", "exit"]
    by_control = busy == 2 and works
    assert ("close" in {entry.kind for entry in result.ledger.entries}) is not by_control
    assert (result.answer, result.stop_reason) == (ANSWER, "stop")


@patiently
async def test_auto_compresses_its_thought() -> None:
    hard = replace(ask(mode="auto"), messages=question("How many minutes are 3 hours, 12 hours and 7 days?").messages)
    events, result = await play(hard, engine_of(thinker(SURE, logprob=-0.01)))
    assert [probe.decision for probe in probes(events)] == ["go_on", "exit"]
    assert (result.mode, result.stop_reason) == ("thinking", "stop")


@pytest.mark.parametrize(
    ("able", "change", "reason"),
    [
        (replace(ABLE, prefill_thinking=False), {}, "cannot go on from a thought"),
        (ABLE, {"tools": ({"type": "function", "function": {"name": "f"}},)}, "tool"),
        (ABLE, {"response_format": {"type": "json_object"}}, "format"),
    ],
)
async def test_what_cannot_be_tried_says_so_once(able: Capabilities, change: dict[str, Any], reason: str) -> None:
    engine = engine_of(thinker(SURE), capabilities=able)
    events, result = await play(replace(ask(), **change), engine)
    (probe,) = probes(events)
    assert probe.decision == "unable"
    assert reason in probe.reason
    assert (len(engine.requests), result.stop_reason) == (1, "stop")


@patiently
@WAYS
async def test_a_wrong_early_trial_does_not_win(able: Capabilities) -> None:
    wrong = script("", " 41", logprob=-0.01)
    events, result = await play(ask(), engine_of(thinker(wrong, SURE), capabilities=able))
    assert [(probe.answer, probe.decision) for probe in probes(events)] == [
        ("41", "go_on"),
        ("42", "go_on"),
        ("42", "exit"),
    ]
    assert result.stop_reason == "stop"


@patiently
async def test_equal_means_equal_by_meaning() -> None:
    half = script("", " 0.5", logprob=-0.01)
    events, _ = await play(ask(), engine_of(thinker(half, script("", " 1/2", logprob=-0.01))))
    assert [probe.decision for probe in probes(events)] == ["go_on", "exit"]


async def test_hedging_trials_are_given_up() -> None:
    doubtful = script("", " 42? Wait, let me check", logprob=-0.01)
    events, result = await play(ask(), engine_of(thinker(doubtful)))
    assert [probe.decision for probe in probes(events)] == ["go_on", "go_on", "go_on", "give_up"]
    assert said(events) == lines(12)
    assert result.answer == ANSWER


async def test_a_trial_cut_at_its_bound_is_no_answer() -> None:
    endless = script("", " word" * 60, logprob=-0.01)
    events, result = await play(ask(), engine_of(thinker(endless)))
    assert all(probe.decision != "exit" for probe in probes(events))
    assert said(events) == lines(12)
    assert all(entry.tokens.generated <= 32 for entry in result.ledger.entries if entry.kind == "probe")


@WAYS
@pytest.mark.parametrize("fault", ["die", "busy", "refuse", "protocol"])
async def test_a_failing_trial_loses_nothing(able: Capabilities, fault: Any) -> None:
    engine = engine_of(thinker(script("", " 42", fault=fault)), capabilities=able)
    events, result = await play(ask(), engine)
    (probe,) = probes(events)
    assert probe.decision == "give_up"
    assert "failed" in probe.reason
    assert said(events) == lines(12)
    assert (result.answer, result.stop_reason) == (ANSWER, "stop")
    assert ("probe", "error") in kinds(result.ledger.entries)
    assert result.ledger.tokens.generated == engine.counts.tokens.generated


async def test_a_trial_that_hangs_ends_with_its_thought() -> None:
    engine = engine_of(thinker(script("", " 42", fault="stall")))
    events, result = await asyncio.wait_for(play(ask(), engine), 20)
    assert probes(events) == []
    assert said(events) == lines(12)
    assert result.stop_reason == "stop"
    assert ("probe", "cancelled") in kinds(result.ledger.entries)
    assert engine.counts.running == 0


@WAYS
async def test_cancelling_during_a_trial_stops_it_at_the_engine(able: Capabilities) -> None:
    tried = asyncio.Event()
    played = thinker(script("", " 42", fault="stall"), fault="stall", fault_after=100)

    def noticed(request: Request) -> Script:
        if is_trial(request):
            tried.set()
        return played(request)

    engine = engine_of(noticed, capabilities=able)
    async with Run(ask(), engine) as run:
        await asyncio.wait_for(tried.wait(), 20)
        run.cancel()
        result = await asyncio.wait_for(run.finish(), 20)
    assert result.stop_reason == "cancelled"
    assert engine.counts.running == 0
    assert result.ledger.tokens.generated == engine.counts.tokens.generated


@WAYS
async def test_a_deadline_during_a_trial_still_answers(able: Capabilities) -> None:
    def unstuck(request: Request) -> Script:
        made = thinker(script("", " 42", fault="stall"))(request)
        return made if is_trial(request) or request.prefill_answer is not None else replace(made, delay_seconds=0.02)

    engine = engine_of(unstuck, capabilities=able)
    async with Run(ask(deadline_seconds=2.0), engine) as run:
        result = await asyncio.wait_for(run.finish(), 30)
    assert result.stop_reason == "deadline"
    assert result.answer == ANSWER
    assert engine.counts.running == 0


@patiently
@WAYS
@pytest.mark.parametrize("bound", ["total_tokens", "max_tokens"])
@pytest.mark.parametrize("size", [150, 300, 700])
async def test_trials_count_in_the_bounds(able: Capabilities, bound: str, size: int) -> None:
    unsettled = [script("", f" {number}", logprob=-0.01) for number in range(99)]
    engine = engine_of(thinker(*unsettled, thought=lines(60)), capabilities=able)
    events, result = await play(replace(ask(), budget=Budget(**{bound: size})), engine)
    assert result.ledger.tokens.generated <= size
    assert result.ledger.tokens == engine.counts.tokens
    assert result.answer == ANSWER
    assert result.stop_reason == "budget"
    assert probes(events)


@patiently
@WAYS
async def test_a_thinking_budget_holds_over_the_parts_of_a_thought(able: Capabilities) -> None:
    unsettled = [script("", f" {number}", logprob=-0.01) for number in range(99)]
    engine = engine_of(thinker(*unsettled, thought=lines(60)), capabilities=able)
    _, result = await play(ask(thinking_tokens=200), engine)
    assert result.ledger.tokens.thinking <= 201
    assert (result.answer, result.stop_reason) == (ANSWER, "budget")


async def test_a_bound_too_small_for_trials_has_none() -> None:
    engine = engine_of(thinker(SURE))
    events, result = await play(ask(max_tokens=120), engine)
    (probe,) = probes(events)
    assert (probe.decision, probe.reason) == ("unable", "the token bound leaves none for trials")
    assert result.ledger.tokens.generated <= 120


@patiently
async def test_a_slow_trial_is_the_last(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("helicon.modes.compression.SLOW_SECONDS", 0.0)
    monkeypatch.setattr("helicon.modes.compression.SLOW_TOKENS", 0)
    events, _ = await play(ask(), engine_of(thinker(SURE), capabilities=BETWEEN))
    assert [(probe.decision, probe.reason) for probe in probes(events)] == [("give_up", "a trial takes long here")]
    assert said(events) == lines(12)


@pytest.mark.skipif(not NANO_FILE.exists(), reason="nano is not in this tree yet")
@pytest.mark.parametrize("compression", ["safe", "strong"])
async def test_nano_counts_what_the_engine_counted(
    compression: Compression, nano: Path, nano_engine: EmbeddedEngine
) -> None:
    engine = Watched(nano_engine)
    made = 0
    for number in range(6):
        text = f"What is {number + 3}7 + {number + 2}8?\n\nTry a second way and compare."
        asked = replace(question(text, seed=number, deadline_seconds=60), compression=compression)
        began = engine.tokens
        events, result = await play(asked, engine)
        assert result.answer
        assert result.ledger.tokens.generated == engine.tokens.generated - began.generated
        assert result.ledger.tokens.prompt == engine.tokens.prompt - began.prompt
        assert replay(events) == result
        assert all(entry.agent == 0 for entry in result.ledger.entries)
        made += len(probes(events))
        assert len([e for e in of(CallEnded, events) if e.entry.kind == "probe"]) == len(probes(events))
    assert (await nano_engine.health()).running == 0
    assert made
