"""Probes across agents.

1. A vote is settled when one answer led enough probes in a row and enough agents hold it, after the warm-up.
2. Who stays beside the leading answer is given up; whoever comes back counts again.
3. Live: thoughts that stay short are never tried; nor is anything where the engine cannot go on from a thought,
   or the question wants no compression.
4. When the probes settle the vote, a finished agent speaks, or one of the running closes its thought and
   answers; the others end, and every trial is in the ledger.
5. A trial that fails, or an agent that ends meanwhile, loses nothing.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, INFO, Script, ScriptedEngine, script
from helicon.events import AgentEnded, ConsensusChanged, Event, Result, ThoughtProbed
from helicon.modes import prompts
from helicon.modes.compression_trials import OPENING
from helicon.modes.policy import EFFORTS, Probing
from helicon.modes.probing import NO_ANSWER, Probed, probe
from tests.modes.playing import engine_of, of, play, question

RULE = Probing(stable=3, share=0.5, warm_up=1, outsider=3)


def seen(*probes: dict[int, int], rule: Probing = RULE) -> Probed:
    """The state after these probes; all agents run."""
    now = Probed()
    for latest in probes:
        now = probe(rule, now, latest, latest.keys())
    return now


def test_three_probes_in_a_row_settle() -> None:
    held = {0: 7, 1: 7, 2: 7, 3: 9}
    assert not seen(held, held).settled
    now = seen(held, held, held)
    assert (now.settled, now.leader, now.holds, now.row) == (True, 7, 3, 3)


def test_the_warm_up_settles_nothing() -> None:
    held = {0: 7, 1: 7}
    patient = replace(RULE, warm_up=4)
    assert not seen(*[held] * 4, rule=patient).settled
    assert seen(*[held] * 5, rule=patient).settled


def test_a_leader_needs_its_share() -> None:
    held = {0: 7, 1: 7, 2: 9, 3: 11, 4: NO_ANSWER}
    assert not seen(*[held] * 5, rule=replace(RULE, outsider=0)).settled


def test_a_change_of_the_leader_begins_the_row_again() -> None:
    now = seen({0: 7, 1: 7, 2: 9}, {0: 7, 1: 7, 2: 9}, {0: 9, 1: 7, 2: 9}, {0: 9, 1: 9, 2: 9})
    assert (now.leader, now.row, now.settled) == (9, 2, False)


def test_a_tie_goes_to_the_answer_that_led() -> None:
    assert seen({0: 7, 1: 7, 2: 5}, {0: 7, 1: 5}).leader == 7


def test_outsiders_are_given_up() -> None:
    held = {0: 7, 1: 9, 2: 11, 3: 7}
    assert seen(held, held).outsiders == ()
    assert seen(held, held, held).outsiders == (1, 2)
    back = {0: 7, 1: 7, 2: 11, 3: 7}
    assert seen(held, held, back, held).outsiders == (2,)
    assert seen(held, held, held, rule=replace(RULE, outsider=0)).outsiders == ()


@given(st.lists(st.dictionaries(st.integers(0, 5), st.integers(-1, 3), min_size=1), min_size=1, max_size=8))
def test_probes_hold_together(probes: list[dict[int, int]]) -> None:
    now = seen(*probes)
    assert now.probes == len(probes)
    assert set(now.outsiders) <= set(probes[-1])
    assert now.row <= len(probes)
    if now.settled:
        assert now.row >= RULE.stable
        assert 2 * now.holds >= len(probes[-1])
        assert not any(probes[-1][agent] == now.leader for agent in now.outsiders)


def number_of(request: Request) -> int:
    """Which agent asks, read from its hint."""
    text = request.messages[-1].text
    return next((n for n, hint in enumerate(prompts.HINTS) if n and text.endswith(hint)), 0)


def lines(tokens: int) -> str:
    """A thought of that many words, eight to a line."""
    return "\n".join(" ".join(f"w{line}x{word}" for word in range(8)) for line in range(tokens // 8)) + "\nso"


class Thinkers(ScriptedEngine):
    """Agents that think long; a trial answer is what ``held`` says of its agent and its tokens so far."""

    def __init__(
        self, held: dict[int, str], *, length: int = 3000, fault: bool = False, slots: int | None = None
    ) -> None:
        self.trials: list[tuple[int, int]] = []
        self.held = held
        self.length = length
        self.fault = fault
        super().__init__(self._script, capabilities=replace(ABLE, slots=slots), info=INFO)

    def _script(self, request: Request) -> Script:
        agent = number_of(request)
        answer = self.held.get(agent, "42")
        if request.prefill_answer == OPENING:
            self.trials.append((agent, len((request.prefill_thinking or "").split())))
            return script("", f" {answer}", logprob=-0.1, fault="die" if self.fault else None)
        return script(lines(self.length), f"It is {answer}.", delay_seconds=0.0002)


FAST = Probing(after=64, every=32, stable=2, share=0.5, warm_up=1, outsider=2, cost=1.0)


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes that come soon, so that tests need no thousands of tokens; five agents begin."""
    slow_vote = replace(EFFORTS["medium"], agents=8, tau=0.95, least_finished=3, dissent=0, probing=FAST)
    monkeypatch.setitem(EFFORTS, "medium", slow_vote)


async def contemplated(
    engine: ScriptedEngine, *, compression: str = "safe", rounds: int | None = None
) -> tuple[list[Event], Result]:
    asked = question(mode="contemplating", rounds=rounds)
    return await play(replace(asked, compression="off" if compression == "off" else "safe"), engine)


@pytest.mark.usefixtures("soon")
@pytest.mark.parametrize("slots", [None, 5])
async def test_settled_probes_end_the_run(slots: int | None) -> None:
    engine = Thinkers({1: "17"}, length=3000, slots=slots)
    events, result = await contemplated(engine)
    assert result.answer == "It is 42."
    assert result.consensus is not None
    assert (result.consensus.decided, result.consensus.rule) == (True, "probe")
    assert engine.counts.running == 0
    assert max(agent.tokens.thinking for agent in result.agents) < 1500, "nobody thought to the end"
    assert sum(bool(event.answer) for event in of(AgentEnded, events)) == 1, "one speaks"
    assert len(of(ThoughtProbed, events)) >= 10
    assert {entry.kind for entry in result.ledger.entries} >= {"agent", "probe", "close"}
    assert result.ledger.tokens.generated == engine.counts.tokens.generated


@pytest.mark.usefixtures("soon")
async def test_a_finished_agent_speaks_for_settled_probes() -> None:
    class OneIsQuick(Thinkers):
        def _script(self, request: Request) -> Script:
            if number_of(request) == 3 and request.prefill_answer is None:
                return script("Hm.", "It is 42.")
            return super()._script(request)

    _, result = await contemplated(OneIsQuick({}, length=3000))
    assert result.consensus is not None
    assert result.consensus.rule == "probe"
    assert result.answer == "It is 42."
    assert result.rests_on == (3,)


@pytest.mark.usefixtures("soon")
async def test_an_outsider_is_given_up_and_not_replaced() -> None:
    held = {0: "1", 1: "1", 2: "2", 3: "3", 4: "4"}
    events, result = await contemplated(Thinkers(held, length=400), rounds=1)
    cut = [event.agent for event in of(AgentEnded, events) if event.entry.stop_reason == "consensus"]
    assert set(cut) >= {2, 3, 4}
    assert result.answer.startswith("It is 1.")


async def test_short_thoughts_are_never_tried() -> None:
    engine = Thinkers({}, length=300)
    events, _ = await contemplated(engine)
    assert engine.trials == []
    assert of(ThoughtProbed, events) == []


@pytest.mark.usefixtures("soon")
async def test_nothing_is_tried_where_it_cannot_or_should_not_be() -> None:
    engine = Thinkers({}, length=200)
    await contemplated(engine, compression="off")
    assert engine.trials == []
    unable = engine_of(lambda _: script(lines(200), "It is 42."), capabilities=replace(ABLE, prefill_thinking=False))
    await contemplated(unable)
    assert all(request.prefill_answer is None for request in unable.requests)


@pytest.mark.usefixtures("soon")
async def test_trials_that_fail_lose_nothing() -> None:
    engine = Thinkers({}, length=300, fault=True)
    events, result = await contemplated(engine)
    assert result.answer == "It is 42."
    assert result.consensus is not None
    assert result.consensus.rule in ("beta", "all_finished")
    assert engine.trials
    assert all(event.decision == "give_up" for event in of(ThoughtProbed, events))


@pytest.mark.usefixtures("soon")
async def test_a_speaker_that_fails_leaves_the_run_to_others() -> None:
    class Broken(Thinkers):
        """Every answer to a closed thought fails; those who begin later think little."""

        def _script(self, request: Request) -> Script:
            if request.prefill_answer == "":
                return script("", "It is 42.", fault="die")
            if number_of(request) >= 5:
                return script("Hm.", "It is 42.")
            return super()._script(request)

    events, result = await contemplated(Broken({}, length=3000))
    assert result.answer == "It is 42."
    assert result.error == ""
    assert [event.rule for event in of(ConsensusChanged, events)][-1] != "probe"
