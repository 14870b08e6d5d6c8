"""Delegation: a request with parts is divided, answered part by part, and put together.

1. Clear parts make a plan without a call; each part goes to agents with a fresh conversation.
2. Unclear parts ask the model for a plan; one that cannot be read leaves the ordinary vote.
3. A plan given is followed as it is; ``off`` never divides; a plan can be made ahead, without a run.
4. A part that names an earlier answer runs after it, with the answer filled in; bounded in size.
5. Agents of a part that differ are joined by one more; at low effort there is one.
6. The model puts the parts together; results that it loses are added; marks become sources.
7. A model that cannot compose gets the numbered answers.
8. A failing part is said to have failed and loses no other; when all fail, the run fails.
9. Tokens, deadline and cancellation bound it; every call has its line in the ledger.
10. Nano answers two of its own tasks joined in one request.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from helicon.engines import EmbeddedEngine
from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, FAMILY, INFO, Script, ScriptedEngine, script
from helicon.errors import EngineDied, Unsupported
from helicon.events import AgentEnded, AgentStarted, AnswerReset, ModeChosen, PlanMade, RoundStarted, replay
from helicon.messages import Effort, Message, Question, SubQuestion, Text, assistant, system, user
from helicon.modes import Run, make_plan, prompts
from helicon.modes.assembling import Answered, lacking, numbered
from tests.modes.playing import engine_of, of, play, question

TWO = "1. What is 17 + 25? 2. Sort 5, 3, 9."
ANSWERS = {"17 + 25": "It is 42.", "Sort 5": "Answer: 3, 5, 9", "Double": "It is 84.", "poem": "Rain, rain. " * 40}
Reply = Callable[[str], Script | None]


def divided(special: Reply = lambda _: None, *, whole: str = "It is 42 [1], and sorted 3, 5, 9 [2].") -> Reply:
    """Agents know ``ANSWERS`` to their own part; ``special`` may say otherwise, seeing the whole prompt."""

    def reply(text: str) -> Script:
        if (own := special(text)) is not None:
            return own
        if prompts.PLAN_CLOSING in text:
            return script("", '["What is 17 + 25?", "Double {1}."]')
        if text.endswith(prompts.ASSEMBLY_CLOSING):
            return script("", whole)
        asked = text.rpartition(prompts.PART_OPENING)[2]
        return script("Hm.", next((answer for key, answer in ANSWERS.items() if key in asked), "What?"))

    return reply


def able(reply: Reply, **capabilities: object) -> ScriptedEngine:
    return engine_of(_by_text(reply), capabilities=replace(ABLE, **capabilities))  # type: ignore[arg-type]


def plain(reply: Reply) -> ScriptedEngine:
    """An engine whose model cannot compose, as nano cannot."""
    info = replace(INFO, family=replace(FAMILY, composes=False))
    return ScriptedEngine(_by_text(reply), capabilities=ABLE, info=info)


def _by_text(reply: Reply) -> Callable[[Request], Script]:
    def choose(request: Request) -> Script:
        made = reply(request.messages[-1].text)
        assert made is not None
        return made

    return choose


def asked(text: str = TWO, *, effort: Effort = "medium", **more: object) -> Question:
    made = question(text, mode="contemplating")
    return replace(made, effort=effort, **more)  # type: ignore[arg-type]


async def test_a_long_list_is_shared_by_agents_that_can_answer_several_at_once() -> None:
    text = "\n".join(f"{n}. What is 17 + 25?" for n in range(1, 31))
    events, _ = await play(asked(text, effort="low"), able(divided()))
    assert len(of(PlanMade, events)[0].parts) == 16
    events, _ = await play(asked(text, effort="low"), plain(divided()))
    assert not of(PlanMade, events)


async def test_clear_parts_are_divided_without_a_call() -> None:
    engine = able(divided())
    events, result = await play(asked(messages=(system("Be kind."), user(TWO))), engine)
    plan = of(PlanMade, events)[0]
    assert plan.source == "words"
    assert [part.text for part in plan.parts] == ["What is 17 + 25?", "Sort 5, 3, 9."]
    assert result.plan == plan
    assert replay(events) == result
    kinds = [entry.kind for entry in result.ledger.entries]
    assert sorted(kinds) == ["part"] * 4 + ["synthesis"]
    agents = {event.agent: event.answer for event in of(AgentEnded, events)}
    assert agents == {0: "42", 1: "3, 5, 9", 2: "42", 3: "3, 5, 9"}
    assert [event.reason for event in of(RoundStarted, events)] == ["parts 1, 2"]
    for request in engine.requests[:4]:
        assert [message.role for message in request.messages] == ["system", "user"]
        assert request.thinking
    assert result.ledger.tokens == engine.counts.tokens


async def test_the_model_puts_the_parts_together_and_its_marks_become_sources() -> None:
    _, result = await play(asked(), able(divided()))
    assert result.answer == "It is 42 [1], and sorted 3, 5, 9 [2]."
    assert result.stop_reason == "stop"
    assert result.rests_on == (0, 1)
    assert result.sources is not None
    stated = [(result.answer[s.start : s.end], s.agents) for s in result.sources.sources]
    assert stated == [("It is 42", (0,)), ("and sorted 3, 5, 9", (1,))]


async def test_results_that_the_model_loses_are_added() -> None:
    _, result = await play(asked(), able(divided(whole="It is 42 [1] [7].")))
    assert result.answer == "It is 42 [1].\n\n2. Answer: 3, 5, 9"
    assert result.sources is not None
    assert [s.agents for s in result.sources.sources] == [(0,), (1,)]
    assert result.answer[result.sources.sources[1].start :] == "Answer: 3, 5, 9"
    assert result.sources.unknown == ("[7]",)


@pytest.mark.parametrize("fault_after", [0, 3])
async def test_when_putting_together_fails_the_numbered_answers_stand(fault_after: int) -> None:
    def special(text: str) -> Script | None:
        if text.endswith(prompts.ASSEMBLY_CLOSING):
            return script("", "It is 42 and more.", fault="die", fault_after=fault_after)
        return None

    events, result = await play(asked(), able(divided(special)))
    assert result.answer == "1. It is 42.\n\n2. Answer: 3, 5, 9"
    assert len(of(AnswerReset, events)) == (1 if fault_after else 0)


async def test_a_model_that_cannot_compose_gets_the_numbered_answers() -> None:
    engine = plain(divided())
    _, result = await play(asked(), engine)
    assert result.answer == "1. It is 42.\n\n2. Answer: 3, 5, 9"
    assert {entry.kind for entry in result.ledger.entries} == {"part"}
    assert {request.messages[-1].text.partition("\n")[0] for request in engine.requests} == {
        "What is 17 + 25?",
        "Sort 5, 3, 9.",
    }
    assert result.sources is not None
    assert [result.answer[s.start : s.end] for s in result.sources.sources] == ["It is 42.", "Answer: 3, 5, 9"]


async def test_a_part_that_needs_another_runs_after_it() -> None:
    text = "1. What is 17 + 25? 2. Double the answer to 1. 3. Sort 5, 3, 9."
    engine = plain(divided())
    events, result = await play(asked(text, effort="low"), engine)
    assert [event.reason for event in of(RoundStarted, events)] == ["parts 1, 3", "part 2"]
    assert engine.requests[-1].messages[-1].text == "Double 42."
    assert result.answer == "1. It is 42.\n\n2. It is 84.\n\n3. Answer: 3, 5, 9"


async def test_unclear_parts_ask_the_model_for_a_plan() -> None:
    engine = able(divided(whole="42 [1] and 84 [2]."))
    events, result = await play(asked("1. What is 17 + 25? 2. Double it."), engine)
    plan = of(PlanMade, events)[0]
    assert (plan.source, plan.parts[1]) == ("model", SubQuestion("Double {1}.", (1,)))
    assert result.ledger.entries[0].kind == "plan"
    assert result.ledger.entries[0].agent == -1
    assert prompts.PART_OPENING not in engine.requests[1].messages[-1].text
    assert result.answer == "42 [1] and 84 [2]."


@pytest.mark.parametrize("words", ["I would rather not.", "[]", '["Only this?"]', '["Double {2}.", "What?"]'])
async def test_a_plan_that_cannot_be_used_leaves_the_vote(words: str) -> None:
    def special(text: str) -> Script | None:
        return script("", words) if prompts.PLAN_CLOSING in text else script("Hm.", "It is 84.")

    events, result = await play(asked("1. What is 17 + 25? 2. Double it."), able(divided(special)))
    assert not of(PlanMade, events)
    assert result.consensus is not None
    assert result.answer == "It is 84."
    assert [entry.kind for entry in result.ledger.entries].count("plan") == 1


async def test_earlier_turns_are_left_to_the_model() -> None:
    messages = (user("Hello"), assistant("Hello."), user(TWO))
    events, _ = await play(asked(messages=messages), able(divided()))
    assert of(PlanMade, events)[0].source == "model"


@pytest.mark.parametrize(
    ("delegate", "text", "planned"), [("off", TWO, 0), ("auto", "Is it so?", 0), ("on", "Is it so?", 1)]
)
async def test_the_switch(delegate: str, text: str, planned: int) -> None:
    events, result = await play(asked(text, delegate=delegate), able(divided()))
    assert [entry.kind for entry in result.ledger.entries].count("plan") == planned
    assert len(of(PlanMade, events)) == planned


async def test_a_plan_given_is_followed() -> None:
    plan = (SubQuestion("What is 17 + 25?"), SubQuestion("Double {1}.", (1,)))
    events, result = await play(asked("Tell me two things", plan=plan), plain(divided()))
    assert of(PlanMade, events)[0] == PlanMade(
        parts=plan, source="given", reason="given by the caller", at=of(PlanMade, events)[0].at
    )
    assert result.answer == "1. It is 42.\n\n2. It is 84."


async def test_a_plan_can_be_made_ahead() -> None:
    engine = able(divided())
    made = await make_plan(asked("1. What is 17 + 25? 2. Double it."), engine)
    assert made.plan is not None
    assert [part.text for part in made.plan.parts] == ["What is 17 + 25?", "Double {1}."]
    assert made.ledger.tokens == engine.counts.tokens
    assert (await make_plan(asked("What is 17 + 25?"), engine)).plan is None


async def test_auto_divides_lists_and_plans() -> None:
    events, result = await play(replace(asked(), mode="auto"), able(divided()))
    assert [(event.mode, event.reason) for event in of(ModeChosen, events)] == [
        ("contemplating", "its words show 2 numbered parts")
    ]
    assert result.mode == "contemplating"
    events, _ = await play(replace(asked("Two things"), mode="auto", plan=(SubQuestion("A?"),)), able(divided()))
    assert of(ModeChosen, events)[0].reason == "a plan is given"


async def test_agents_that_differ_are_joined_by_one_more() -> None:
    def special(text: str) -> Script | None:
        if text.endswith(prompts.HINTS[1]) and "17 + 25" in text.rpartition(prompts.PART_OPENING)[2]:
            return script("Hm.", "It is 41.")
        return None

    events, result = await play(asked(), able(divided(special, whole="Both are done.")))
    assert sorted(event.agent for event in of(AgentStarted, events)) == [0, 1, 2, 3, 4]
    assert result.rests_on == (0, 1)
    assert "1. It is 42. (2 of 3 agents say so, others: 41)" in result.answer


@pytest.mark.parametrize(("effort", "agents"), [("low", 2), ("medium", 4), ("high", 6)])
async def test_effort_says_how_many_agents_a_part_has(effort: Effort, agents: int) -> None:
    events, _ = await play(asked(effort=effort), able(divided()))
    assert len(of(AgentStarted, events)) == agents


async def test_open_ended_parts_need_no_vote() -> None:
    text = "1. Write a poem about rain. 2. What is 17 + 25?"
    events, result = await play(asked(text), plain(divided()))
    assert len(of(AgentStarted, events)) == 4
    assert result.answer.startswith("1. Rain, rain.")
    assert result.answer.endswith("2. It is 42.")


async def test_long_replies_are_bounded() -> None:
    def special(text: str) -> Script | None:
        return script("Hm.", "word " * 2000) if "poem" in text and "Sum" not in text else None

    plan = (SubQuestion("Write a poem"), SubQuestion("Sum it up: {1}", (1,)))
    engine = plain(divided(special))
    await play(asked("Two things", plan=plan, effort="low"), engine)
    assert 1000 < len(engine.requests[-1].messages[-1].text) < 2200


async def test_a_failing_part_loses_no_other() -> None:
    def special(text: str) -> Script | None:
        fails = "Sort" in text.rpartition(prompts.PART_OPENING)[2]
        return script("Hm.", "It is", fault="die", fault_after=1) if fails else None

    text = "1. What is 17 + 25? 2. Sort 5, 3, 9. 3. Double the answer to 2."
    events, result = await play(asked(text, effort="low"), able(divided(special, whole="It is 42 [1].")))
    assert result.answer == (
        "1. It is 42.\n\n"
        "2. Not answered (Sort 5, 3, 9.): the scripted engine ended in the middle of its stream.\n\n"
        "3. Not answered (Double {2}.): it needs part 2, which has no answer."
    )
    assert result.rests_on == (0,)
    assert result.error == ""
    failed = [event for event in of(AgentEnded, events) if event.error]
    assert [event.agent for event in failed] == [1]


async def test_when_all_parts_fail_the_run_fails() -> None:
    with pytest.raises(EngineDied):
        await play(asked(), able(divided(lambda _: script("", "x", fault="die"))))


async def test_a_prompt_that_cannot_be_counted_is_a_failing_part() -> None:
    engine = plain(divided())

    async def count(request: Request) -> int:
        if "Sort" in request.messages[-1].text:
            raise EngineDied("the engine ended while it counted.")
        return 10

    engine.count = count  # type: ignore[method-assign]
    _, result = await play(asked(), engine)
    assert result.answer == "1. It is 42.\n\n2. Not answered (Sort 5, 3, 9.): the engine ended while it counted."


async def test_the_runs_tokens_are_shared() -> None:
    def special(text: str) -> Script | None:
        return script("thought " * 300, "It is 42.")

    _, result = await play(replace(asked(), budget=replace(asked().budget, total_tokens=400)), plain(divided(special)))
    assert result.ledger.tokens.generated <= 400
    assert result.answer


async def test_a_near_deadline_keeps_the_parts_that_are_done() -> None:
    def special(text: str) -> Script | None:
        slow = "Sort" in text.rpartition(prompts.PART_OPENING)[2]
        return script("Hm.", "3, 5, 9", first_delay_seconds=60) if slow else None

    made = asked()
    _, result = await play(replace(made, budget=replace(made.budget, deadline_seconds=2.0)), able(divided(special)))
    assert result.answer == "1. It is 42.\n\n2. Not answered (Sort 5, 3, 9.): the time was over."
    assert result.stop_reason == "deadline"
    assert result.seconds < 30


async def test_cancelled() -> None:
    engine = able(divided(lambda _: script("thought " * 500, "It is 42.", delay_seconds=0.01)))
    async with Run(asked(), engine) as run:
        async for event in run:
            if isinstance(event, AgentStarted):
                run.cancel()
    assert run.result.stop_reason == "cancelled"
    assert engine.counts.running == 0
    assert run.result.ledger.tokens.generated == engine.counts.tokens.generated


async def test_no_more_agents_at_once_than_slots_or_asked() -> None:
    engine = able(divided(), slots=3)
    await play(asked(effort="high"), engine)
    assert engine.counts.most_running == 3
    engine = able(divided())
    await play(replace(asked(), budget=replace(asked().budget, agents=1)), engine)
    assert engine.counts.most_running == 1


async def test_tools_are_refused_also_with_a_plan() -> None:
    tool = {"type": "function", "function": {"name": "f"}}
    with pytest.raises(Unsupported):
        await play(asked(tools=(tool,), plan=(SubQuestion("A?"),)), able(divided()))


def test_numbered_answers_carry_their_sources() -> None:
    parts = [
        Answered(number=1, part=SubQuestion("A?"), agent=4, text="one\ntwo"),
        Answered(number=2, part=SubQuestion("B?"), why="it broke."),
        Answered(number=3, part=SubQuestion("C?"), agent=2, text="three", cut=True),
    ]
    text, sources = numbered(parts, offset=10)
    assert text == "1. one\n   two\n\n2. Not answered (B?): it broke.\n\n3. three (unfinished)"
    assert [(text[s.start - 10 : s.end - 10], s.agents) for s in sources] == [
        ("one\n   two", (4,)),
        ("three (unfinished)", (2,)),
    ]


@pytest.mark.parametrize(
    ("answer", "text", "lost"),
    [
        ("42", "It is **42**.", False),
        ("4", "It is 42.", True),
        ("1,000", "That makes 1000 in all", False),
        ("Paris", "the capital is PARIS", False),
        ("x" * 200, "no", False),
        ("", "anything", False),
        ("No", "221 is 13 times 17.", False),
    ],
)
def test_what_a_text_lacks(answer: str, text: str, lost: bool) -> None:
    part = Answered(number=1, part=SubQuestion("A?"), agent=0, text="said", answer=answer)
    assert bool(lacking(text, [part])) == lost


async def test_nano_answers_two_of_its_tasks_in_one_request(nano_engine: EmbeddedEngine) -> None:
    events, result = await play(
        asked("1. What is 17 + 25? 2. Sort these numbers in ascending order: 5, 3, 9."), nano_engine
    )
    assert [part.text for part in of(PlanMade, events)[0].parts] == [
        "What is 17 + 25?",
        "Sort these numbers in ascending order: 5, 3, 9.",
    ]
    assert result.answer.startswith("1. ")
    assert "\n\n2. " in result.answer
    assert {entry.kind for entry in result.ledger.entries} <= {"part", "close", "prime", "probe"}
    assert replay(events) == result
    assert len(result.rests_on) == 2


def test_a_fresh_conversation_keeps_pictures() -> None:
    from helicon.messages import Image
    from helicon.modes.delegating import fresh

    picture = Image(b"x", "image/png")
    asked = Question(messages=(system("S"), user("A"), assistant("B"), user("C and D", picture)))
    assert fresh(asked, "C") == (system("S"), Message(role="user", parts=(Text("C"), picture)))
