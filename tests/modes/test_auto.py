"""Auto.

1. What looks easy is answered at once, what looks hard is thought about; the reason is an event.
2. An unsure instant answer escalates to thinking, an unsure thought to a contemplation, in which it votes.
3. Without log-probabilities a second instant sample must agree.
4. Short answers are held back until judged; a long one that streamed is withdrawn by ``AnswerReset``.
5. Where the thought after an unsure instant answer ends without an answer, the instant one stands.
6. Open-ended answers, tools, and runs without means are not escalated.
7. Effort moves how sure an answer must be, and how the question is contemplated.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, Script, script
from helicon.events import AgentStarted, AnswerDelta, AnswerReset, ModeChosen
from helicon.messages import Effort
from helicon.modes import look
from helicon.modes.routing import ROUTINGS, doubt_instant, doubt_thinking
from tests.modes.playing import engine_of, of, play, question

MUTE = replace(ABLE, logprobs=False)


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of Greece?",
        "What is 7 + 5?",
        "Hello!",
        "Translate 'good morning' into French.",
        "Who wrote Faust?",
        "",
    ],
)
def test_looks_easy(text: str) -> None:
    assert look(text).easy
    assert look(text).reason.startswith("looks easy")


@pytest.mark.parametrize(
    "text",
    [
        "A 250 g jar costs 3.40 and a 400 g jar costs 5.20. Which is cheaper per 100 g?",
        "What is 384 * 917?",
        "Sort 5, 3, 9 in descending order.",
        "How many times does the letter r occur in strawberry?",
        "Prove that there are infinitely many primes.",
        "What weekday is it 3 days after Monday?",
        "Why is the sky blue?",
        "```python\nprint(1)\n```",
        "word " * 100,
    ],
)
def test_looks_hard(text: str) -> None:
    assert not look(text).easy
    assert look(text).reason.startswith("looks hard")


def modes(events: list[ModeChosen]) -> list[str]:
    return [event.mode for event in events]


async def test_a_sure_instant_answer_stands() -> None:
    engine = engine_of([script("Hm.", "It is 12.", logprob=-0.01)])
    events, result = await play(question("What is 7 + 5?", mode="auto"), engine)
    assert modes(of(ModeChosen, events)) == ["instant"]
    assert (result.mode, result.asked_mode, result.answer) == ("instant", "auto", "It is 12.")
    assert result.reason == "looks easy: small numbers only"
    assert len(engine.requests) == 1
    assert result.logprobs == ()


async def test_what_looks_hard_is_thought_about() -> None:
    engine = engine_of([script("Hm.", "It is 352128.", logprob=-0.01)])
    events, result = await play(question("What is 384 * 917?", mode="auto"), engine)
    assert modes(of(ModeChosen, events)) == ["thinking"]
    assert (result.mode, result.answer) == ("thinking", "It is 352128.")


async def test_doubt_escalates_step_by_step() -> None:
    def unsure(request: Request) -> Script:
        return script("Hm.", "It is 12.", logprob=-0.7)

    engine = engine_of(unsure)
    events, result = await play(question("What is 7 + 5?", mode="auto"), engine)
    assert modes(of(ModeChosen, events)) == ["instant", "thinking", "contemplating"]
    chosen = of(ModeChosen, events)
    assert chosen[1].reason == "the instant answer is unsure (50%)"
    assert chosen[1].confidence == pytest.approx(0.4966, abs=1e-3)
    assert result.mode == "contemplating"
    assert of(AnswerReset, events) == []
    assert "".join(event.text for event in of(AnswerDelta, events)) == result.answer == "It is 12."
    assert result.rests_on[0] == 0  # the thought's draft voted
    assert result.ledger.tokens == engine.counts.tokens


async def test_two_instant_samples_that_disagree_escalate() -> None:
    answers = iter(["It is 12.", "It is 13.", "It is 12.", "It is 12."])
    engine = engine_of(lambda _: script("Hm.", next(answers)), capabilities=MUTE)
    events, result = await play(question("What is 7 + 5?", mode="auto"), engine)
    assert [event.reason for event in of(ModeChosen, events)][1] == "two instant answers disagree"
    assert (result.mode, result.answer) == ("thinking", "It is 12.")


async def test_two_instant_samples_that_agree_stand() -> None:
    engine = engine_of([script("Hm.", "It is 12."), script("Hm.", "Answer: 12")], capabilities=MUTE)
    _, result = await play(question("What is 7 + 5?", mode="auto"), engine)
    assert (result.mode, result.answer, len(engine.requests)) == ("instant", "It is 12.", 2)
    assert engine.requests[0].seed != engine.requests[1].seed


async def test_a_long_answer_streams_and_is_withdrawn() -> None:
    def unsure(request: Request) -> Script:
        return script("Hm.", "So I say this. " * 40 + "\nAnswer: 12", logprob=-0.7)

    engine = engine_of(unsure)
    events, result = await play(question("What is 7 + 5?", mode="auto", agents=1), engine)
    resets = of(AnswerReset, events)
    assert len(resets) == 1
    after = events[events.index(resets[0]) :]
    assert "".join(event.text for event in of(AnswerDelta, after)) == result.answer
    assert result.mode == "thinking"


async def test_open_ended_answers_stand() -> None:
    engine = engine_of([script("Hm.", "A river runs, and with it runs the year. " * 12, logprob=-2.0)])
    _, result = await play(question("Write me a poem", mode="auto"), engine)
    assert (result.mode, len(engine.requests)) == ("instant", 1)


async def test_tools_are_not_escalated() -> None:
    engine = engine_of([script("Hm.", "It is 12.", logprob=-2.0)])
    asked = replace(question("What is 7 + 5?", mode="auto"), tools=({"type": "function"},))
    _, result = await play(asked, engine)
    assert (result.mode, len(engine.requests)) == ("instant", 1)
    assert engine.requests[0].top_logprobs is None


async def test_without_means_nothing_is_escalated() -> None:
    engine = engine_of([script("Hm.", "It is 12.", logprob=-2.0)])
    _, result = await play(question("What is 7 + 5?", mode="auto", total_tokens=100), engine)
    assert result.mode == "instant"
    _, result = await play(question("What is 384 * 917?", mode="auto", thinking_tokens=0), engine)
    assert result.mode == "instant"


async def test_the_instant_answer_stands_when_the_thought_gives_none() -> None:
    engine = engine_of([script("", "It is 12.", logprob=-2.0), script("Hm.", "42", fault="stall", fault_after=1)])
    events, result = await play(question("What is 7 + 5?", mode="auto", deadline_seconds=1.0), engine)
    assert modes(of(ModeChosen, events)) == ["instant", "thinking"]
    assert (result.answer, result.mode, result.stop_reason) == ("It is 12.", "instant", "deadline")


async def test_the_instant_answer_stands_when_the_engine_dies_in_the_thought() -> None:
    engine = engine_of([script("", "It is 12.", logprob=-2.0), script("Hm.", "42", fault="die", fault_after=1)])
    _, result = await play(question("What is 7 + 5?", mode="auto"), engine)
    assert (result.answer, result.mode, result.stop_reason) == ("It is 12.", "instant", "stop")


@pytest.mark.parametrize(("effort", "chosen"), [("low", 1), ("medium", 2), ("high", 3)])
async def test_effort_moves_the_thresholds(effort: Effort, chosen: int) -> None:
    def fair(_: Request) -> Script:
        return script("Hm.", "It is 12.", logprob=-0.15)  # 86%

    asked = replace(question("What is 7 + 5?", mode="auto"), effort=effort)
    events, result = await play(asked, engine_of(fair))
    assert len(of(ModeChosen, events)) == chosen
    assert result.answer == "It is 12."


async def test_an_escalation_contemplates_with_the_questions_effort() -> None:
    engine = engine_of(lambda _: script("Hm.", "It is 352128.", logprob=-0.9))
    asked = question("What is 384 * 917?", mode="auto")
    low, _ = await play(replace(asked, effort="low"), engine)
    high, _ = await play(replace(asked, effort="high"), engine)
    assert len(of(AgentStarted, low)) == 2, "the thought, and one more that agrees"
    assert len(of(AgentStarted, high)) == 16


def test_doubts_are_said() -> None:
    routing = ROUTINGS["medium"]
    assert doubt_instant(routing, 0.95) == ""
    assert doubt_instant(routing, 0.5) == "the instant answer is unsure (50%)"
    assert doubt_thinking(routing, 0.95, cut=False, differs=True) == ""
    assert doubt_thinking(routing, 0.5, cut=True, differs=False) == "the answer after thinking is unsure (50%)"
    assert doubt_thinking(routing, None, cut=False, differs=True) == "the answers before and after thinking differ"
    assert doubt_thinking(routing, 0.95, cut=True, differs=False) == "the thought was cut short by its budget"
    assert ROUTINGS["low"].sure_thinking < routing.sure_thinking < ROUTINGS["high"].sure_thinking
