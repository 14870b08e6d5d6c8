"""Contemplating.

1. Agents run side by side with distinct seeds and hints, no more than the engine has slots; as one ends, the
   next begins, if its vote may still matter.
2. Four equal votes end the round, and the stragglers are cancelled at the engine, counted as such.
3. Unanimous: the best agent's own words. Dissent: its words and a line about the drafts.
4. No majority, or nothing to compare: another round over an anonymous digest, while rounds are left.
5. Open-ended drafts end in a streamed synthesis that names its drafts; when it fails, the best draft speaks.
6. One failing agent is data; when all fail, the run fails.
7. Forced votes weigh half; unfinished agents do not vote.
8. The shared prompt is placed by the engine and its cost is in the ledger.
9. Effort moves from few agents, one after the other, to many at once that must agree more clearly.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace

import pytest

from helicon.engines.protocol import Request, Shared
from helicon.engines.scripted import ABLE, Script, ScriptedEngine, script
from helicon.errors import EngineDied, EngineRefused
from helicon.events import (
    AgentEnded,
    AgentStarted,
    AnswerDelta,
    AnswerReset,
    CallEnded,
    ConsensusChanged,
    DraftDelta,
    RoundStarted,
    replay,
)
from helicon.ledger import Tokens
from helicon.messages import Effort
from helicon.modes import prompts
from helicon.modes.policy import EFFORTS
from tests.modes.playing import engine_of, long_thought, of, play, question

MUTE = replace(ABLE, logprobs=False)
ESSAY = "There is much to say about rivers, about how they rise and where they end, and about the people on them. " * 4


def by_hint(answers: Sequence[str], *, thought: str = "Hm.", delays: Sequence[float] = ()):  # type: ignore[no-untyped-def]
    """A script that answers by the agent's number, read from its hint; later rounds get the last answer."""

    def choose(request: Request) -> Script:
        text = request.messages[-1].text
        agent = next((n for n, hint in enumerate(prompts.HINTS) if n and text.endswith(hint)), 0)
        if prompts.REFINE_CLOSING in text or prompts.SYNTHESIS_CLOSING in text:
            agent = len(answers) - 1
        return script(thought, answers[agent], delay_seconds=delays[agent] if delays else 0.0)

    return choose


async def test_agents_differ_in_seed_and_hint() -> None:
    engine = engine_of([script("Hm.", "It is 42.")])
    events, _ = await play(replace(question(mode="contemplating", agents=8), effort="high"), engine)
    started = of(AgentStarted, events)
    assert len({event.seed for event in started}) == 8
    assert [event.hint for event in started] == list(prompts.HINTS)
    assert len({request.messages for request in engine.requests}) == 8
    assert all(request.messages[-1].text.startswith("What is 17 + 25?") for request in engine.requests)
    assert engine.counts.most_running == 8


async def test_the_same_seed_gives_the_same_run() -> None:
    async def seeds(seed: int) -> list[int]:
        events, _ = await play(question(mode="contemplating", seed=seed), engine_of([script("Hm.", "It is 42.")]))
        return [event.seed for event in of(AgentStarted, events)]

    assert await seeds(5) == await seeds(5)
    assert not set(await seeds(5)) & set(await seeds(6))


async def test_no_more_agents_run_than_the_engine_has_slots() -> None:
    engine = engine_of(by_hint([f"It is {n}." for n in range(8)]), capabilities=replace(ABLE, slots=3))
    events, _ = await play(question(mode="contemplating", rounds=1, agents=8), engine)
    assert engine.counts.most_running == 3
    assert engine.counts.finished == 8
    assert [event.agents for event in of(RoundStarted, events)] == [8]


async def test_the_next_agent_begins_as_soon_as_one_ends() -> None:
    delays = [0.2, *[0.002] * 7]
    engine = engine_of(by_hint([f"It is {n}." for n in range(8)], delays=delays), capabilities=replace(ABLE, slots=2))
    events, _ = await play(question(mode="contemplating", rounds=1, agents=8), engine)
    ends = [event.agent for event in of(AgentEnded, events)]
    assert ends[-1] == 0, "nobody waited for the slow one"
    last = next(event for event in of(AgentStarted, events) if event.agent == 7)
    assert events.index(last) < events.index(of(AgentEnded, events)[-1])


async def test_a_decided_vote_starts_nobody_else() -> None:
    engine = engine_of([script("Hm.", "It is 42.")], capabilities=replace(ABLE, slots=4))
    events, result = await play(question(mode="contemplating"), engine)
    assert engine.counts.started == 3
    assert result.consensus is not None
    assert (result.consensus.rule, result.consensus.running) == ("beta", 13)
    assert len(of(AgentStarted, events)) == 3


async def test_only_disagreement_starts_more() -> None:
    engine = engine_of(by_hint(["It is 42.", "It is 17.", *["It is 42."] * 6]))
    events, result = await play(question(mode="contemplating"), engine)
    assert result.consensus is not None
    assert result.consensus.decided
    assert 3 < len(of(AgentStarted, events)) <= 11, "the first three, and eight at once beside the rest of them"
    assert engine.counts.most_running <= 8


async def test_stragglers_are_cancelled_and_counted() -> None:
    delays = [0.0] * 2 + [0.2] * 6
    engine = engine_of(by_hint(["It is 42."] * 8, thought=long_thought(50), delays=delays))
    events, result = await play(question(mode="contemplating"), engine)
    assert result.answer == "It is 42."
    assert result.stop_reason == "stop"
    assert (engine.counts.finished, engine.counts.cancelled, engine.counts.running) == (2, 1, 0)
    ends = {event.agent: event.entry.stop_reason for event in of(AgentEnded, events)}
    assert ends == {agent: "stop" if agent < 2 else "consensus" for agent in range(3)}
    assert result.ledger.tokens.generated == engine.counts.tokens.generated
    assert result.rests_on == (0, 1)
    assert of(ConsensusChanged, events)[-1].decided


@pytest.mark.parametrize(
    ("effort", "begun", "rule"), [("low", 2, "beta"), ("medium", 3, "beta"), ("high", 16, "all_finished")]
)
async def test_effort_on_an_easy_question(effort: Effort, begun: int, rule: str) -> None:
    engine = engine_of([script("Hm.", "It is 42.")])
    events, result = await play(replace(question(mode="contemplating"), effort=effort), engine)
    assert len(of(AgentStarted, events)) == begun
    assert result.consensus is not None
    assert result.consensus.rule == rule


async def test_low_effort_breaks_a_tie_and_refines_nothing() -> None:
    engine = engine_of(by_hint(["It is 42.", *["It is 17."] * 7]))
    events, result = await play(replace(question(mode="contemplating"), effort="low"), engine)
    assert result.consensus is not None
    assert (result.consensus.rule, result.consensus.leader) == ("beta", "17")
    assert len(of(AgentStarted, events)) <= 5
    assert engine.counts.most_running <= 3
    engine = engine_of(by_hint([f"It is {n}." for n in range(8)]))
    events, _ = await play(replace(question(mode="contemplating"), effort="low"), engine)
    assert len(of(RoundStarted, events)) == 1


async def test_high_effort_gives_each_agent_drafts_of_its_own() -> None:
    engine = engine_of(lambda request: script("Hm.", f"It is {request.seed}."))
    events, _ = await play(replace(question(mode="contemplating", agents=8, rounds=2), effort="high"), engine)
    assert len(of(RoundStarted, events)) == 2
    digests = [request.messages[-1].text for request in engine.requests[8:]]
    assert len(set(digests)) == 8
    assert all(text.count("\n[") == 4 for text in digests)


async def test_unanimous_drafts_speak_in_the_best_agents_words() -> None:
    answers = ["Six times seven, so the answer is 42."] + ["Answer: 42"] * 7
    engine = engine_of(by_hint(answers))
    events, result = await play(question(mode="contemplating"), engine)
    assert result.answer == "Answer: 42"  # the shortest chain
    assert len(of(AnswerDelta, events)) == 2
    assert len(of(DraftDelta, events)) >= 10


async def test_dissent_is_said() -> None:
    engine = engine_of(by_hint(["It is 42.", "It is 17.", "It is 42.", "It is 17.", "It is 42.", "It is 42."]))
    _, result = await play(question(mode="contemplating", agents=6), engine)
    assert result.answer == "It is 42.\n\nRests on drafts 1, 3, 5, 6 of 6; drafts 2, 4 say 17."
    assert result.rests_on == (0, 2, 4, 5)
    assert result.consensus is not None
    assert result.consensus.votes == (("42", 4.0), ("17", 2.0))


async def test_answers_are_compared_by_meaning() -> None:
    engine = engine_of(by_hint(["Answer: 0.5", "Answer: 1/2", "Answer: 50%"]))
    _, result = await play(question(mode="contemplating", agents=3), engine)
    assert result.consensus is not None
    assert len(result.consensus.votes) == 1


async def test_a_round_without_majority_is_refined() -> None:
    engine = engine_of(by_hint([f"It is {n}." for n in range(7)] + ["It is 42."]))
    events, result = await play(question(mode="contemplating", agents=8), engine)
    first, second = of(RoundStarted, events)
    assert (first.round, second.round) == (1, 2)
    assert "no majority" in second.reason
    digests = {request.messages[-1].text for request in engine.requests[8:]}
    assert len(digests) == 1
    text = digests.pop()
    assert text.startswith(f"What is 17 + 25?\n\n{prompts.DIGEST_OPENING}\n[1] ")
    assert text.endswith(prompts.REFINE_CLOSING)
    assert "Hm." not in text
    assert result.answer == "It is 42."
    assert {entry.kind for entry in result.ledger.entries} == {"agent", "refine"}


async def test_each_round_says_what_it_came_to_and_cost() -> None:
    engine = engine_of(by_hint([f"It is {n}." for n in range(7)] + ["It is 42."]))
    events, result = await play(question(mode="contemplating", agents=8), engine)
    first, second = result.rounds
    assert (first.round, first.reason, first.agents) == (1, "", 8)
    assert first.consensus is not None
    assert (first.consensus.decided, first.consensus.finished) == (False, 8)
    assert "no majority" in second.reason
    assert second.consensus is not None
    assert (second.consensus.leader, second.consensus.decided) == ("42", True)
    assert first.tokens.generated == 8 * 4
    assert first.tokens + second.tokens == result.ledger.tokens
    assert replay(events) == result


async def test_rounds_are_bounded_and_a_plurality_speaks_in_the_end() -> None:
    engine = engine_of(by_hint(["It is 3.", "It is 3.", "It is 5.", "It is 6.", "It is 7."]))
    events, result = await play(question(mode="contemplating", agents=5, rounds=1), engine)
    assert len(of(RoundStarted, events)) == 1
    assert result.answer.startswith("It is 3.\n\nRests on drafts 1, 2 of 5; draft 3 says 5;")
    last = of(ConsensusChanged, events)[-1]
    assert (last.decided, last.rule) == (True, "all_finished")


async def test_open_ended_drafts_are_refined_and_synthesised() -> None:
    def essays(request: Request) -> Script:
        if request.messages[-1].text.endswith(prompts.SYNTHESIS_CLOSING):
            assert not request.thinking
            return script("", "Rivers rise and end [2].\n\nRests on [1], [3].")
        return script("Hm.", f"{request.seed}: {ESSAY}")

    engine = engine_of(essays)
    events, result = await play(question("Tell me of rivers", mode="contemplating", agents=3), engine)
    assert len(of(RoundStarted, events)) == 2
    assert "compared" in of(RoundStarted, events)[1].reason
    assert re.fullmatch(r"Rivers rise and end \[\d\].\n\nRests on \[\d\], \[\d\].", result.answer)
    assert len(of(AnswerDelta, events)) > 5
    assert len(result.rests_on) == 2
    assert {event.entry.kind for event in of(CallEnded, events)} == {"compare", "synthesis"}
    assert {event.entry.agent for event in of(CallEnded, events)} == {-1}
    assert result.ledger.tokens == engine.counts.tokens


@pytest.mark.parametrize(("agents", "begun"), [(None, 8), (12, 12), (5, 5)])
async def test_open_ended_drafts_begin_eight_agents_or_as_many_as_were_asked_for(
    agents: int | None, begun: int
) -> None:
    engine = engine_of(lambda request: script("Hm.", f"{request.seed}: {ESSAY}"))
    events, result = await play(question("Tell me of rivers", mode="contemplating", agents=agents), engine)
    started = [sum(event.round == round for event in of(AgentStarted, events)) for round in (1, 2)]
    assert started == [begun, 4], "a later round has fewer, who read all drafts"
    assert of(RoundStarted, events)[1].agents == 4
    assert all(event.running + event.finished <= begun for event in of(ConsensusChanged, events)[1:])
    assert result.answer
    assert engine.counts.running == 0


async def test_nobody_waits_for_agents_that_never_begin() -> None:
    same = "I can do sums and dates, and I say so when asked for other things."

    def some(request: Request) -> Script:
        asked = request.messages[-1].text
        agent = next((n for n, hint in enumerate(prompts.HINTS) if n and asked.endswith(hint)), 0)
        return script("Hm.", same if agent in (2, 3, 4, 5, 6) else f"{request.seed}: {ESSAY}")

    never = replace(EFFORTS["medium"], tau=2.0, spare=8)
    with pytest.MonkeyPatch.context() as patched:
        patched.setitem(EFFORTS, "medium", never)
        events, result = await play(
            question("Write a poem", mode="contemplating", rounds=1), engine_of(some, capabilities=MUTE)
        )
    assert len(of(AgentStarted, events)) == 8, "not sixteen"
    assert result.consensus is not None
    assert result.consensus.decided
    assert result.consensus.rule in ("lossless", "all_finished")
    assert result.consensus.running <= 3


@pytest.mark.parametrize("fault_after", [0, 3])
async def test_when_the_synthesis_fails_the_best_draft_speaks(fault_after: int) -> None:
    def essays(request: Request) -> Script:
        if request.messages[-1].text.endswith(prompts.SYNTHESIS_CLOSING):
            return script("", "Rivers rise and end [2].", fault="die", fault_after=fault_after)
        return script("Hm.", f"{request.seed}: {ESSAY}")

    events, result = await play(
        question("Tell me of rivers", mode="contemplating", agents=2, rounds=1), engine_of(essays)
    )
    assert result.answer.endswith(ESSAY)
    assert len(of(AnswerReset, events)) == (1 if fault_after else 0)
    assert result.stop_reason == "stop"


async def test_equal_open_ended_drafts_need_no_synthesis() -> None:
    engine = engine_of([script("", "I can do sums and dates, and I say so when asked for other things.")])
    events, result = await play(question("Write a poem", mode="contemplating"), engine)
    assert engine.counts.started == 3
    assert result.answer.startswith("I can do sums")
    assert len(of(RoundStarted, events)) == 1


async def test_one_failing_agent_is_data() -> None:
    def some(request: Request) -> Script:
        return script("Hm.", "It is 42.", fault="die" if request.seed == 1 else None, fault_after=1)

    events, result = await play(question(mode="contemplating", agents=4), engine_of(some))
    failed = [event for event in of(AgentEnded, events) if event.error]
    assert [(event.agent, event.entry.stop_reason) for event in failed] == [(0, "error")]
    assert failed[0].entry.tokens == Tokens(prompt=5, thinking=1)
    assert result.answer == "It is 42."
    assert result.error == ""


async def test_when_all_agents_fail_the_run_fails() -> None:
    with pytest.raises(EngineDied):
        await play(question(mode="contemplating"), engine_of([script("Hm.", "42", fault="die")]))


async def test_unfinished_agents_do_not_vote() -> None:
    def some(request: Request) -> Script:
        return script("Hm.", "It is 42.") if request.seed == 1 else script("Hm.", "It is 17.", finish="length")

    events, result = await play(question(mode="contemplating", agents=4), engine_of(some))
    assert result.consensus is not None
    assert result.consensus.votes == (("42", 1.0),)
    assert result.answer == "It is 42."
    assert {event.answer for event in of(AgentEnded, events)} == {"42", ""}


async def test_forced_votes_weigh_half() -> None:
    engine = engine_of(by_hint(["It is 17.", "It is 17.", "It is 42.", "It is 42."], thought=long_thought(20)))
    _, result = await play(question(mode="contemplating", agents=4, rounds=1, thinking_tokens=5), engine)
    assert result.consensus is not None
    assert [weight for _, weight in result.consensus.votes] == [1.0, 1.0]


async def test_a_tie_goes_to_the_shorter_chain() -> None:
    thoughts = [long_thought(30), long_thought(30), long_thought(8), long_thought(8)]

    def some(request: Request) -> Script:
        agent = next((n for n, hint in enumerate(prompts.HINTS) if n and request.messages[-1].text.endswith(hint)), 0)
        return script(thoughts[agent], "It is 17." if agent < 2 else "It is 42.")

    mute = replace(ABLE, logprobs=False)
    _, result = await play(question(mode="contemplating", agents=4, rounds=1), engine_of(some, capabilities=mute))
    assert result.consensus is not None
    assert result.consensus.votes == (("42", 2.0), ("17", 2.0))
    assert result.answer.startswith("It is 42.")


async def test_nobody_finished_the_longest_draft_speaks() -> None:
    engine = engine_of(by_hint(["a b c d", "alpha beta gamma delta", "x y z w"]))
    _, result = await play(question(mode="contemplating", agents=3, max_tokens=3), engine)
    assert result.answer == "alpha beta"
    assert result.stop_reason == "length"


async def test_confidence_weighs() -> None:
    def some(request: Request) -> Script:
        sure = request.seed == 1
        return script("Hm.", "It is 42." if sure else "It is 17.", logprob=-9.0 if sure else -1.0)

    _, result = await play(question(mode="contemplating", agents=2, rounds=1), engine_of(some))
    assert result.consensus is not None
    assert result.consensus.leader == "42"
    assert result.consensus.votes[0][1] > result.consensus.votes[1][1]


class Sharing(ScriptedEngine):
    """Places requests on slots, and says what that cost."""

    placed = 0
    inside = 0
    broken = False

    def share_prefix(self, requests: Sequence[Request]) -> AbstractAsyncContextManager[Shared]:
        return self._share(requests)

    @asynccontextmanager
    async def _share(self, requests: Sequence[Request]) -> AsyncIterator[Shared]:
        if self.broken:
            raise EngineRefused("no slots to save.")
        self.placed += len(requests)
        self.inside += 1
        try:
            placed = tuple(replace(request, slot=number) for number, request in enumerate(requests))
            yield Shared(requests=placed, tokens=Tokens(prompt=300), seconds=0.1)
        finally:
            self.inside -= 1


async def test_the_shared_prompt_is_placed_and_paid_once() -> None:
    engine = Sharing([script("Hm.", "It is 42.")], capabilities=replace(ABLE, share_prefix=True, slots=8))
    events, result = await play(question(mode="contemplating"), engine)
    assert (engine.placed, engine.inside) == (3, 0)
    assert sorted(request.slot or 0 for request in engine.requests) == list(range(3))
    prime = of(CallEnded, events)[0].entry
    assert (prime.kind, prime.agent, prime.tokens.prompt) == ("prime", -1, 300)
    assert result.ledger.tokens.prompt == engine.counts.tokens.prompt + 300


async def test_a_failure_to_share_is_no_failure() -> None:
    engine = Sharing([script("Hm.", "It is 42.")], capabilities=replace(ABLE, share_prefix=True))
    engine.broken = True
    _, result = await play(question(mode="contemplating"), engine)
    assert result.answer == "It is 42."
