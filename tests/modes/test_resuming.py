"""Durable runs: a run that was cut goes on from its events.

1. Cut after any event, also with deltas merged: no agent that had finished asks the engine again, the answer is the
   same, and all tokens together are those of the whole run and of what unfinished agents had used.
2. The events of the resumed run are a run's own: one beginning, one end, times in order, every agent once in its
   round, and they replay to the live result.
3. What was decided there is decided alike: modes, plans, votes, comparisons, a written synthesis, trial answers.
4. A finished thought without its answer is answered; where the engine cannot go on from it, thought again.
5. A run that was resumed can be interrupted and resumed itself; nothing is lost or counted twice.
6. Agents that failed or were cancelled with the run are run anew; those that were ended before it went on are not.
7. A deadline counts what both runs took. Another question, or events without their beginning, are refused.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace

import pytest

from helicon.engines import EmbeddedEngine, Engine, open_engine
from helicon.engines.protocol import Capabilities, Delta, Request
from helicon.engines.scripted import ABLE, FAMILY, INFO, Script, ScriptedEngine, script
from helicon.errors import BadOption, EngineDied
from helicon.events import (
    AgentEnded,
    AgentStarted,
    AnswerDelta,
    AnswerReset,
    CallEnded,
    ConsensusChanged,
    DraftDelta,
    DraftsCompared,
    Event,
    ModeChosen,
    PlanMade,
    Result,
    RoundStarted,
    RunEnded,
    RunResumed,
    RunStarted,
    SourcesMarked,
    ThinkingDelta,
    from_dict,
    replay,
    to_dict,
)
from helicon.ledger import Entry, Tokens
from helicon.messages import Question
from helicon.modes import Run, prompts
from helicon.modes.earlier import count
from tests.modes.playing import engine_of, long_thought, of, play, question

MUTE = replace(ABLE, logprobs=False)
ESSAY = "There is much to say about rivers, about how they rise and where they end, and about the people on them. " * 4
Make = Callable[[], ScriptedEngine]


def by_agent(answers: Sequence[str], *, thought: str = "Let me see.", later: str = "", delay: float = 0.0) -> Make:
    """An engine whose agents answer by their number; those of a later round say ``later``."""

    def choose(request: Request) -> Script:
        text = request.messages[-1].text
        agent = next((n for n, hint in enumerate(prompts.HINTS) if n and text.endswith(hint)), 0)
        if prompts.REFINE_CLOSING in text:
            return script(thought, later or answers[-1], delay_seconds=delay)
        return script(thought, answers[agent], delay_seconds=delay, logprob=-0.01)

    return lambda: ScriptedEngine(choose, capabilities=ABLE)


def merged(events: Sequence[Event]) -> list[Event]:
    """Consecutive deltas of one agent and type as one, stored and read back, as a server keeps them."""
    joined: list[Event] = []
    for event in events:
        last = joined[-1] if joined else None
        if isinstance(event, ThinkingDelta | DraftDelta) and type(last) is type(event) and last.agent == event.agent:
            joined[-1] = replace(event, text=last.text + event.text)
        elif isinstance(event, AnswerDelta) and isinstance(last, AnswerDelta):
            joined[-1] = replace(event, text=last.text + event.text, logprobs=last.logprobs + event.logprobs)
        else:
            joined.append(event)
    return [from_dict(json.loads(json.dumps(to_dict(event)))) for event in joined]


async def resume(asked: Question, engine: Engine, earlier: Sequence[Event]) -> tuple[list[Event], Result]:
    """The resumed run's events and result."""
    async with Run(asked, engine, earlier=earlier) as run:
        events = [event async for event in run]
        return events, run.result


def check_stream(events: Sequence[Event], result: Result) -> None:
    """Whether the events are those of a run (contract 2)."""
    assert isinstance(events[0], RunStarted)
    assert isinstance(events[-1], RunEnded)
    assert len(of(RunStarted, events)) == len(of(RunEnded, events)) == 1
    times = [event.at for event in events]
    assert times == sorted(times)
    assert replay(events) == result
    assert replay(merged(events)).ledger == result.ledger
    begun = [(event.agent, event.round) for event in of(AgentStarted, events)]
    ended = [(event.agent, event.round) for event in of(AgentEnded, events)]
    assert len(set(begun)) == len(begun)
    assert sorted(begun) == sorted(ended)
    rounds = [event.round for event in of(RoundStarted, events)]
    assert rounds == sorted(set(rounds))


async def cut_everywhere(asked: Question, make: Make, *, same_words: bool = True, step: int = 1) -> list[Event]:
    """Cut a run after each of its events and resume it (contracts 1 and 2); gives the whole run's events.

    ``same_words``: the answer does not depend on which agents were heard before the vote was decided. ``step``
    leaves out pieces of text.
    """
    whole, expected = await play(asked, make())
    check_stream(whole, expected)
    votes = [n for n, event in enumerate(whole) if isinstance(event, ConsensusChanged) and event.decided]
    for number, last in enumerate(whole, start=1):
        if number % step and isinstance(last, ThinkingDelta | DraftDelta | AnswerDelta):
            continue
        for cut in (whole[:number], merged(whole[:number])):
            engine = make()
            events, result = await resume(asked, engine, cut)
            try:
                check_resumed(cut, events, result, engine)
                check_same(expected, result, words=same_words or bool(votes and number > votes[-1]))
                most = expected.ledger.tokens.generated + sum(entry.tokens.generated for entry in interrupted(events))
                if same_words:
                    assert result.ledger.tokens.generated <= most + asked_again(cut)
                if of(RunEnded, cut):
                    assert engine.counts.started == 0
                    assert result == replace(expected, run_id=result.run_id, seconds=result.seconds)
            except AssertionError as error:
                error.add_note(f"cut after event {number} of {len(whole)}, {type(whole[number - 1]).__name__}")
                raise
    return whole


def check_resumed(cut: Sequence[Event], events: Sequence[Event], result: Result, engine: ScriptedEngine) -> None:
    """Whether a resumed run is a run, asks no finished agent again, and counts everything once."""
    check_stream(events, result)
    ended = {(event.agent, event.round): event for event in of(AgentEnded, cut)}
    finished = {turn: event for turn, event in ended.items() if event.finished}
    begun = {(event.agent, event.round): event.seed for event in of(AgentStarted, cut)}
    assert not {begun[turn] for turn in finished} & {request.seed for request in engine.requests if request.thinking}
    again = {(event.agent, event.round): event for event in of(AgentEnded, events)}
    assert {turn: again.get(turn) for turn in finished} == finished
    assert of(RunResumed, events)[-1].agents >= len(finished)
    lost = interrupted(events)
    assert {(entry.agent, entry.round) for entry in lost if entry.agent >= 0} <= set(begun) - set(ended)
    now = sum((entry.tokens for entry in lost), Tokens()).generated - spent(cut, only="interrupted").generated
    assert result.ledger.tokens.generated == spent(cut).generated + now + engine.counts.tokens.generated


def check_same(expected: Result, result: Result, *, words: bool) -> None:
    """Whether a resumed run came to what the whole one had come to."""
    assert (result.stop_reason, result.mode, result.plan and result.plan.parts) == (
        expected.stop_reason,
        expected.mode,
        expected.plan and expected.plan.parts,
    )
    if expected.consensus is not None:
        assert result.consensus is not None
        assert (result.consensus.leader, result.consensus.decided) == (
            expected.consensus.leader,
            expected.consensus.decided,
        )
    if words:
        assert result.answer == expected.answer


def interrupted(events: Sequence[Event]) -> list[Entry]:
    """What unfinished calls had used."""
    return [event.entry for event in of(CallEnded, events) if event.entry.stop_reason == "interrupted"]


def spent(events: Sequence[Event], *, only: str = "") -> Tokens:
    """What the ended calls among the events used."""
    entries = [event.entry for event in events if isinstance(event, AgentEnded | CallEnded)]
    return sum((entry.tokens for entry in entries if only in ("", entry.stop_reason)), Tokens())


def asked_again(cut: Sequence[Event]) -> int:
    """Calls of nobody that had ended when the step that they belong to had not."""
    if of(DraftsCompared, cut):
        return 0
    return sum(event.entry.tokens.generated for event in of(CallEnded, cut) if event.entry.kind == "compare")


# 1, 2. Cut anywhere


async def test_a_contemplation_cut_after_each_event() -> None:
    answers = ["It is 42.", "It is 17.", "It is 42.", *["It is 42."] * 5]
    whole = await cut_everywhere(
        question(mode="contemplating", agents=8), by_agent(answers, thought=long_thought(6)), same_words=False
    )
    assert len(whole) >= 60
    assert len(of(AgentEnded, whole)) == 8


async def test_a_vote_that_all_agree_in() -> None:
    whole = await cut_everywhere(question(mode="contemplating"), by_agent(["It is 42."] * 16, thought=long_thought(12)))
    assert of(ConsensusChanged, whole)[-1].rule


async def test_two_rounds() -> None:
    answers = [f"It is {n}." for n in range(4)]
    asked = question(mode="contemplating", agents=4, rounds=2)
    whole = await cut_everywhere(asked, by_agent(answers, later="It is 3."))
    assert [event.round for event in of(RoundStarted, whole)] == [1, 2]


async def test_thinking_and_instant() -> None:
    def make() -> ScriptedEngine:
        return engine_of([script(long_thought(9), "It is 42, as I said.", logprob=-0.1)])

    await cut_everywhere(question(mode="thinking"), make)
    await cut_everywhere(question(mode="instant"), make)


async def test_open_ended_drafts_are_compared_once() -> None:
    essays = [f"{ESSAY} Number {n}." for n in range(3)]

    def make() -> ScriptedEngine:
        def choose(request: Request) -> Script:
            text = request.messages[-1].text
            if prompts.JUDGEMENT_CLOSING in text:
                return script("", "Both are alike. Verdict: tie")
            if prompts.SYNTHESIS_CLOSING in text:
                return script("", "Rivers rise in the hills [1]. They end in the sea [2, 3], or not [9].")
            agent = next((n for n, hint in enumerate(prompts.HINTS) if n and text.endswith(hint)), 0)
            return script("Hm.", essays[agent])

        return ScriptedEngine(choose, info=replace(INFO, family=replace(FAMILY, composes=True)))

    asked = question("Write about rivers.", mode="contemplating", agents=3, rounds=1)
    whole = await cut_everywhere(asked, make, step=12)
    [compared] = of(DraftsCompared, whole)
    assert compared.pairs
    assert not compared.clear
    assert of(SourcesMarked, whole)
    after = next(n for n, e in enumerate(whole) if isinstance(e, CallEnded) and e.entry.kind == "synthesis")
    engine = make()
    _, result = await resume(asked, engine, whole[: after + 1])
    assert engine.counts.started == 0, "it was written"
    assert result.sources is not None
    [marked] = of(SourcesMarked, whole)
    assert (result.sources.sources, result.rests_on) == (marked.sources, of(RunEnded, whole)[0].rests_on)


async def test_a_divided_request() -> None:
    def make() -> ScriptedEngine:
        def choose(request: Request) -> Script:
            text = request.messages[-1].text
            return script(long_thought(4), "It is 42." if "17 + 25" in text else "It is 7.")

        return ScriptedEngine(choose)

    asked = question("1. What is 17 + 25? 2. What is 3 + 4? 3. Double the answer to 1.", mode="contemplating")
    whole = await cut_everywhere(asked, make)
    assert of(PlanMade, whole)
    assert [event.round for event in of(RoundStarted, whole)] == [1, 2]


async def test_a_plan_of_the_model_is_kept() -> None:
    def make() -> ScriptedEngine:
        def choose(request: Request) -> Script:
            text = request.messages[-1].text
            if prompts.PLAN_CLOSING in text:
                return script("", '["What is 17 + 25?", "What is 3 + 4?"]')
            return script("Hm.", "It is 42." if "17 + 25" in text else "It is 7.")

        return ScriptedEngine(choose, info=replace(INFO, family=replace(FAMILY, composes=True)))

    asked = replace(question("Add the numbers for me, all of them.", mode="contemplating"), delegate="on")
    whole, expected = await play(asked, make())
    planned = next(n for n, event in enumerate(whole) if isinstance(event, PlanMade))
    assert of(PlanMade, whole)[0].source == "model"
    for number in range(planned + 1, len(whole) + 1):
        engine = make()
        events, result = await resume(asked, engine, whole[:number])
        check_stream(events, result)
        assert (result.answer, result.plan) == (expected.answer, expected.plan)
        assert [e.entry.kind for e in of(CallEnded, events)].count("plan") == 1


@pytest.mark.parametrize("logprobs", [True, False])
async def test_auto_escalates_as_it_did(logprobs: bool) -> None:
    def make() -> ScriptedEngine:
        def choose(request: Request) -> Script:
            if not request.thinking:
                return script("", f"It is {(request.seed or 0) % 5}.", logprob=-0.9)
            if request.messages[-1].text == "Is it so?":
                return script(long_thought(3), "It is 6.", logprob=-0.9)
            return script(long_thought(3), "It is 6.", logprob=-0.1)

        return ScriptedEngine(choose, capabilities=ABLE if logprobs else MUTE)

    asked = question("Is it so?", mode="auto")
    whole = await cut_everywhere(asked, make)
    assert len(of(ModeChosen, whole)) >= 2


async def test_a_long_answer_that_auto_withdraws() -> None:
    words = " ".join(f"word{n}" for n in range(90))

    def make() -> ScriptedEngine:
        def choose(request: Request) -> Script:
            said = f"{words}. The answer is {6 if request.thinking else 5}."
            return script("Hm, so." if request.thinking else "", said, logprob=-0.01 if request.thinking else -0.9)

        return ScriptedEngine(choose)

    whole = await cut_everywhere(question("Is it so?", mode="auto"), make, step=10)
    assert of(AnswerReset, whole)


# 3. Decided alike


async def test_settled_trial_answers_stay_settled() -> None:
    """The vote was settled by trial answers, and the run cut before the others had ended."""

    def choose(request: Request) -> Script:
        slow = request.messages[-1].text.endswith(prompts.HINTS[1:4])
        return script(long_thought(20), "It is 42.", delay_seconds=0.005 if slow else 0.0)

    asked = question(mode="contemplating", agents=4, rounds=1)
    whole, _ = await play(asked, ScriptedEngine(choose))
    first = next(n for n, event in enumerate(whole) if isinstance(event, ConsensusChanged))
    change = of(ConsensusChanged, whole)[0]
    settled = replace(change, decided=True, rule="probe", voters=((0,),))
    assert change.finished == 1
    engine = by_agent(["It is 42."] * 4)()
    events, result = await resume(asked, engine, [*whole[: first + 1], settled])
    check_stream(events, result)
    assert engine.counts.started == 0
    assert result.consensus is not None
    assert (result.consensus.rule, result.answer) == ("probe", "It is 42.")


async def test_a_decision_has_the_time_it_had() -> None:
    asked = question(mode="contemplating", agents=4)
    whole, _ = await play(asked, by_agent(["It is 42."] * 4, delay=0.005)())
    events, result = await resume(asked, by_agent(["It is 42."] * 4)(), whole[:-1])
    assert of(ConsensusChanged, events) == of(ConsensusChanged, whole)
    assert of(RoundStarted, events) == of(RoundStarted, whole)
    assert of(AgentStarted, events) == of(AgentStarted, whole)
    assert result.seconds >= whole[-2].at
    assert of(RunResumed, events)[0].at == whole[-2].at


async def test_without_a_seed_it_takes_the_one_that_was_drawn() -> None:
    asked = question(mode="contemplating", seed=None)
    whole, first = await play(asked, by_agent(["It is 42."] * 16)())
    events, result = await resume(asked, by_agent(["It is 42."] * 16)(), whole[:9])
    assert result.seed == first.seed
    assert of(AgentStarted, events)[0].seed == of(AgentStarted, whole)[0].seed
    assert result.run_id != first.run_id
    assert of(RunResumed, events)[0].run_id == first.run_id


async def test_fewer_places_at_the_engine_change_nothing_for_those_who_ended() -> None:
    answers = ["It is 42.", "It is 17.", *["It is 42."] * 6]
    asked = question(mode="contemplating", agents=8)
    whole, expected = await play(asked, by_agent(answers, thought=long_thought(6))())
    last = max(n for n, event in enumerate(whole) if isinstance(event, AgentEnded))
    engine = ScriptedEngine([script("Hm.", "It is 42.")], capabilities=replace(ABLE, slots=1))
    events, result = await resume(asked, engine, whole[: last + 1])
    check_stream(events, result)
    assert engine.counts.started == 0
    assert result.ledger.tokens == expected.ledger.tokens


# 4. Finished thoughts


@pytest.mark.parametrize("able", [True, False])
async def test_a_finished_thought_is_answered(able: bool) -> None:
    abilities = replace(ABLE, prefill_thinking=able)

    def make() -> ScriptedEngine:
        return engine_of([script("17 + 25 is 42.", "It is 42, surely.")], capabilities=abilities)

    asked = question(mode="thinking")
    whole, expected = await play(asked, make())
    spoken = next(n for n, event in enumerate(whole) if isinstance(event, AnswerDelta))
    engine = make()
    events, result = await resume(asked, engine, whole[: spoken + 2])
    check_stream(events, result)
    [request] = engine.requests
    assert request.prefill_thinking == ("17 + 25 is 42.\n" if able else None)
    assert result.answer == expected.answer
    assert result.agents[0].thinking == "17 + 25 is 42."
    kinds = [(entry.kind, entry.stop_reason, entry.tokens.thinking) for entry in result.ledger.entries]
    assert kinds == [("agent", "interrupted", 5), ("close", "stop", 0) if able else ("agent", "stop", 5)]


async def test_a_thought_that_was_cut_is_closed_in_the_familys_words() -> None:
    abilities = replace(ABLE, budget_field=None)

    def make() -> ScriptedEngine:
        return engine_of([script(long_thought(20), "It is 42, surely.")], capabilities=abilities)

    asked = question(mode="thinking", thinking_tokens=5)
    whole, expected = await play(asked, make())
    cut = next(n for n, event in enumerate(whole) if isinstance(event, CallEnded))
    for number in range(cut + 1, len(whole) - 1):
        engine = make()
        events, result = await resume(asked, engine, whole[:number])
        check_stream(events, result)
        if engine.requests:
            [request] = engine.requests
            assert request.prefill_thinking == long_thought(5) + FAMILY.closing
        assert (result.answer, result.ledger.tokens.thinking) == (expected.answer, 5)


# 5. Again and again


async def test_a_run_interrupted_again_and_again_counts_everything_once() -> None:
    answers = ["It is 42.", "It is 17.", "It is 42.", "It is 17.", *["It is 42."] * 4]
    asked = question(mode="contemplating", agents=8)
    events, expected = await play(asked, by_agent(answers, thought=long_thought(6))())
    paid, cut = 0, 7
    while cut < len(events):
        left = events[:cut]
        paid = spent(left).generated
        engine = by_agent(answers, thought=long_thought(6))()
        events, result = await resume(asked, engine, merged(left) if cut % 2 else left)
        check_stream(events, result)
        fresh = [entry.tokens.generated for entry in interrupted(events)][len(interrupted(left)) :]
        assert result.ledger.tokens.generated == paid + sum(fresh) + engine.counts.tokens.generated
        assert len(of(RunResumed, events)) == len(of(RunResumed, left)) + 1
        cut += 23
    assert result.consensus is not None
    assert expected.consensus is not None
    assert result.consensus.leader == expected.consensus.leader


async def test_an_answer_interrupted_twice_is_paid_for_once() -> None:
    asked = question(mode="thinking")

    def make() -> ScriptedEngine:
        return engine_of([script("17 + 25 is 42.", "It is 42, surely.")])

    events, _ = await play(asked, make())
    for _ in range(4):
        left = events[: next(n for n, event in enumerate(events) if isinstance(event, AnswerDelta)) + 1]
        events, result = await resume(asked, make(), merged(left))
        check_stream(events, result)
        lost = interrupted(events)
        assert [entry.tokens.thinking for entry in lost] == [5, *[0] * (len(lost) - 1)]
    assert result.answer == "It is 42, surely."
    assert result.ledger.tokens.thinking == 5


# 6. Who failed, and who was ended


async def test_agents_cancelled_with_the_run_are_run_anew() -> None:
    asked = question(mode="contemplating", agents=4)
    async with Run(asked, by_agent(["It is 42."] * 4, thought=long_thought(50), delay=0.002)()) as run:
        events = []
        async for event in run:
            events.append(event)
            if len(events) == 30:
                run.cancel()
    assert {event.entry.stop_reason for event in of(AgentEnded, events)} == {"cancelled"}
    engine = by_agent(["It is 42."] * 4)()
    again, result = await resume(asked, engine, events)
    check_stream(again, result)
    assert (result.answer, result.stop_reason) == ("It is 42.", "stop")
    assert result.ledger.tokens.generated == spent(events).generated + engine.counts.tokens.generated


async def test_a_run_that_failed_is_tried_again() -> None:
    asked = question(mode="contemplating", agents=3)
    broken = engine_of([script("Hm.", fault="die", fault_after=1)])
    events: list[Event] = []
    with pytest.raises(EngineDied):
        await Run(asked, broken).play(events.append)
    assert isinstance(events[-1], RunEnded)
    again, result = await resume(asked, by_agent(["It is 42."] * 3)(), events)
    check_stream(again, result)
    assert (result.answer, result.stop_reason) == ("It is 42.", "stop")


async def test_an_agent_that_failed_on_the_way_stays_failed() -> None:
    def make() -> ScriptedEngine:
        def choose(request: Request) -> Script:
            if request.messages[-1].text.endswith(prompts.HINTS[1]):
                return script("Hm.", fault="die", fault_after=1)
            return script(long_thought(8), f"It is {request.seed}.")

        return ScriptedEngine(choose)

    asked = question(mode="contemplating", agents=4, rounds=1)
    whole, expected = await play(asked, make())
    failed = next(n for n, event in enumerate(whole) if isinstance(event, AgentEnded) and event.error)
    for number in range(failed + 3, len(whole), 7):
        engine = make()
        events, result = await resume(asked, engine, whole[:number])
        check_stream(events, result)
        assert len(of(AgentEnded, events)) == len(of(AgentEnded, whole))
        assert result.agents[1].error == expected.agents[1].error


async def test_cancelled_on_the_tape_everything_is_still_counted() -> None:
    asked = question(mode="contemplating", agents=8)
    whole, _ = await play(asked, by_agent(["It is 42.", "It is 17.", *["It is 42."] * 6], thought=long_thought(6))())
    cut = whole[: len(whole) - 20]
    run = Run(asked, by_agent(["It is 42."] * 8)(), earlier=cut)
    run.cancel()
    async with run:
        events = [event async for event in run]
    check_stream(events, run.result)
    assert run.result.stop_reason == "cancelled"
    assert run.result.ledger.tokens.generated >= spent(cut).generated


# 7. Bounds


async def test_a_deadline_counts_what_both_runs_took() -> None:
    asked = question(mode="thinking", deadline_seconds=1.0)
    slow = engine_of([script(long_thought(500), "It is 42.", delay_seconds=0.01)])
    whole, first = await play(asked, slow)
    assert first.stop_reason == "deadline"
    cut = [event for event in whole if event.at < 0.5]
    events, result = await resume(asked, slow, cut)
    check_stream(events, result)
    assert result.stop_reason == "deadline"
    assert result.seconds < first.seconds + 0.4
    assert slow.requests[-2].thinking or slow.requests[-1].prefill_thinking


async def test_a_bound_on_tokens_counts_what_both_runs_used() -> None:
    asked = question(mode="thinking", total_tokens=100)
    engine = engine_of([script(long_thought(300), "It is 42.")])
    whole, _ = await play(asked, engine)
    _, result = await resume(asked, engine, whole[:62])
    assert result.ledger.tokens.generated <= 101


async def test_what_is_no_earlier_run_is_refused() -> None:
    whole, _ = await play(question(mode="instant"), engine_of([script("", "42")]))
    with pytest.raises(BadOption, match="first event"):
        Run(question(mode="instant"), engine_of([script("", "42")]), earlier=whole[1:])
    with pytest.raises(BadOption, match="was asked"):
        Run(question("Another?", mode="instant"), engine_of([script("", "42")]), earlier=whole)
    with pytest.raises(BadOption, match="mode 'instant'"):
        Run(question(mode="thinking"), engine_of([script("", "42")]), earlier=whole)


def test_tokens_of_a_cut_text_are_its_pieces_or_words() -> None:
    assert count(["a", "b", "c"]) == 3
    assert count(["three words here"]) == 3
    assert count([]) == 0


# On nano, in the real engine


class Counting:
    """An engine whose streams are counted."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.seeds: list[int | None] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._engine, name)

    async def stream(self, request: Request) -> AsyncIterator[Delta]:
        self.seeds.append(request.seed)
        async for delta in self._engine.stream(request):
            yield delta


@pytest.fixture
async def nano() -> AsyncIterator[Engine]:
    engine = await open_engine("nano")
    yield engine
    await engine.close()


async def test_a_contemplation_of_nano_cut_after_each_event(nano: EmbeddedEngine) -> None:
    asked = replace(question("What is 17 * 23?", mode="contemplating", agents=3, rounds=1), compression="off")
    able: Capabilities = await nano.probe()
    whole, expected = await play(asked, nano)
    assert expected.answer
    ends = [n + 1 for n, event in enumerate(whole) if not isinstance(event, ThinkingDelta | DraftDelta | AnswerDelta)]
    for number in sorted({*ends, *range(1, len(whole), 9)}):
        engine = Counting(nano)
        cut = merged(whole[:number])
        async with Run(asked, engine, capabilities=able, earlier=cut) as run:  # type: ignore[arg-type]
            events = [event async for event in run]
        check_stream(events, run.result)
        finished = {(e.agent, e.round) for e in of(AgentEnded, cut) if e.finished}
        seeds = {e.seed for e in of(AgentStarted, cut) if (e.agent, e.round) in finished}
        assert not seeds & set(engine.seeds)
        assert run.result.answer
        if any(isinstance(event, ConsensusChanged) and event.decided for event in cut):
            assert engine.seeds == []
            assert run.result.answer == expected.answer
