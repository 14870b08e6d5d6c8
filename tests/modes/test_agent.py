"""One agent.

1. Its request carries the family's sampling, the question's fields, and always explicit values.
2. A thinking budget is the engine's where probed; elsewhere the thought is cut and continued, or asked again.
3. Its ledger has one line per call, and says why each ended.
4. A thought that ends without an answer, or only repeats itself, is closed and answered.
5. The engine counts a prompt only where the context could matter.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from helicon.engines.protocol import AnswerText, Capabilities, Delta, Finish, Request, ThinkingText
from helicon.engines.scripted import ABLE, FAMILY, Script, ScriptedEngine, script, words
from helicon.events import AgentEnded, AnswerDelta, CallEnded, ThinkingDelta, TokenLogprob, ToolCalled
from helicon.ledger import Tokens
from helicon.messages import Question, Sampling, ToolCall, user
from helicon.modes.loops import is_looping
from tests.modes.playing import engine_of, long_thought, of, play, question

CUTTING = replace(ABLE, budget_field=None)
PLAIN = replace(ABLE, budget_field=None, prefill_thinking=False)
THOUGHT = "one two three four five six seven eight nine ten"


async def test_instant_switches_thinking_off() -> None:
    engine = engine_of([script(THOUGHT, "42")])
    events, result = await play(question(mode="instant"), engine)
    request = engine.requests[0]
    assert (request.thinking, request.thinking_budget) == (False, 0)
    assert request.sampling.temperature == FAMILY.instant_sampling.temperature
    assert of(ThinkingDelta, events) == []
    assert result.answer == "42"


async def test_sampling_is_always_explicit_and_the_question_comes_first() -> None:
    engine = engine_of([script(THOUGHT, "42")])
    asked = replace(question(), sampling=Sampling(temperature=0.11), stop=("END",))
    await play(asked, engine)
    sent = engine.requests[0]
    assert sent.sampling.temperature == 0.11
    assert sent.sampling.top_p == FAMILY.thinking_sampling.top_p
    assert all(getattr(sent.sampling, name) is not None for name in Sampling.__slots__)
    assert sent.stop == ("END",)


async def test_a_native_budget_is_the_engines_work() -> None:
    engine = engine_of([script(THOUGHT, "42")])
    events, result = await play(question(thinking_tokens=4), engine)
    assert engine.requests[0].thinking_budget == 4
    assert len(engine.requests) == 1
    assert len(of(ThinkingDelta, events)) == 4
    assert (result.answer, result.stop_reason) == ("42", "budget")


async def test_an_engine_that_ignores_its_budget_field_is_cut_here() -> None:
    def deaf(request: Request) -> Script:
        return script(long_thought(500), "42")

    class Deaf(ScriptedEngine):
        def stream(self, request: Request):  # type: ignore[no-untyped-def]
            return super().stream(replace(request, thinking_budget=None))

    engine = Deaf(deaf)
    _, result = await play(question(thinking_tokens=10), engine)
    assert result.ledger.tokens.thinking < 100
    assert result.answer == "42"
    assert result.stop_reason == "budget"


async def test_cut_and_continue() -> None:
    engine = engine_of([script(THOUGHT, "42")], capabilities=CUTTING)
    events, result = await play(question(thinking_tokens=4), engine)
    first, second = engine.requests
    assert first.thinking_budget is None
    assert second.prefill_thinking == "one two three four" + FAMILY.closing
    assert second.prefill_answer == ""
    assert (result.answer, result.stop_reason) == ("42", "budget")
    assert "".join(event.text for event in of(ThinkingDelta, events)) == "one two three four"
    assert [(entry.kind, entry.stop_reason) for entry in result.ledger.entries] == [
        ("agent", "budget"),
        ("close", "budget"),
    ]
    assert result.ledger.tokens == engine.counts.tokens
    assert result.agents[0].tokens == result.ledger.tokens
    assert len(of(CallEnded, events)) == 1


async def test_cut_and_ask_again_without_thinking() -> None:
    engine = engine_of([script(THOUGHT, "42")], capabilities=PLAIN)
    _, result = await play(question(thinking_tokens=4), engine)
    second = engine.requests[1]
    assert (second.thinking, second.prefill_thinking, second.prefill_answer) == (False, None, None)
    assert (result.answer, result.stop_reason) == ("42", "budget")
    assert result.ledger.tokens.thinking == 4


@pytest.mark.parametrize("able", [ABLE, CUTTING, PLAIN])
async def test_the_answer_keeps_its_reserve(able: Capabilities) -> None:
    engine = engine_of([script(long_thought(900), "word " * 900)], capabilities=able)
    _, result = await play(question(max_tokens=200), engine)
    assert result.ledger.tokens.thinking <= 100 + 1
    assert result.ledger.tokens.answer >= 99
    assert result.ledger.tokens.generated <= 200
    assert result.stop_reason == "length"


async def test_no_thinking_tokens_means_no_thinking() -> None:
    engine = engine_of([script(THOUGHT, "42")], capabilities=CUTTING)
    _, result = await play(question(thinking_tokens=0), engine)
    assert engine.requests[0].thinking is False
    assert (len(engine.requests), result.answer) == (1, "42")


async def test_a_thought_without_an_answer_is_asked_for_one() -> None:
    def mute(request: Request) -> Script:
        return script("", "42") if request.prefill_thinking else script(THOUGHT, "")

    engine = engine_of(mute)
    _, result = await play(question(), engine)
    assert (result.answer, result.stop_reason) == ("42", "stop")
    assert [entry.kind for entry in result.ledger.entries] == ["agent", "close"]


async def test_a_looping_thought_is_closed() -> None:
    engine = engine_of([script("I wonder. " * 3000, "42")])
    _, result = await play(question(), engine)
    assert result.ledger.tokens.thinking < 2000
    assert (result.answer, result.stop_reason) == ("42", "budget")


@pytest.mark.parametrize(
    ("text", "loops"),
    [
        ("Wait, let me check again. " * 40, True),
        ("ab" * 300, True),
        ("0" * 300, False),
        (" ".join(str(n) for n in range(2000)), False),
        ("x = 1\n" * 20, False),
        ("start " + "The same paragraph, which is rather long and comes again and again. " * 9, True),
        ("", False),
    ],
)
def test_loops(text: str, *, loops: bool) -> None:
    assert is_looping(text) is loops


async def test_empty_lines_between_thought_and_answer_belong_to_neither() -> None:
    deltas = (ThinkingText("Hm."), AnswerText("\n"), AnswerText("\n\n"), AnswerText("    x = 1\n"), AnswerText("\n"))
    events, result = await play(question(), engine_of([Script(deltas=deltas)]))
    assert result.answer == "    x = 1\n\n"
    assert "".join(event.text for event in of(AnswerDelta, events)) == result.answer


async def test_tool_calls_pass_through() -> None:
    call = ToolCall(id="call_1", name="weather", arguments='{"city": "Athens"}')
    engine = engine_of([script("", "", tool_calls=[call])])
    tools = ({"type": "function", "function": {"name": "weather"}},)
    events, result = await play(replace(question(mode="instant"), tools=tools, tool_choice="auto"), engine)
    assert engine.requests[0].tools == tools
    assert engine.requests[0].tool_choice == "auto"
    assert result.tool_calls == (call,)
    assert result.stop_reason == "tool_calls"
    assert [event.call for event in of(ToolCalled, events)] == [call]


async def test_logprobs_come_as_asked() -> None:
    token = TokenLogprob(token="42", logprob=-0.1, top=(("42", -0.1), ("41", -2.5)))
    deltas: tuple[Delta, ...] = (ThinkingText("Hm.", (token,)), AnswerText("42", (token,)))
    engine = engine_of([Script(deltas=deltas)])
    events, result = await play(replace(question(), top_logprobs=1), engine)
    assert engine.requests[0].top_logprobs == 1
    assert result.logprobs == (replace(token, top=token.top[:1]),)
    assert of(AgentEnded, events)[0].confidence == pytest.approx(1.3)
    events, result = await play(question(), engine)
    assert result.logprobs == ()
    assert of(AnswerDelta, events)[0].logprobs == ()


async def test_deltas_are_counted_where_the_engine_counts_nothing() -> None:
    class Silent(ScriptedEngine):
        async def stream(self, request: Request):  # type: ignore[no-untyped-def]
            yield ThinkingText("a")
            yield ThinkingText("b")
            yield AnswerText("c")
            raise_after = Finish("stop", Tokens(prompt=3, thinking=2, answer=1), estimated=True)
            yield raise_after

    _, result = await play(question(), Silent([script()]))
    entry = result.ledger.entries[0]
    assert entry.estimated
    assert entry.tokens == Tokens(prompt=3, thinking=2, answer=1)


class Counting(ScriptedEngine):
    counted = 0

    async def count(self, request: Request) -> int | None:
        self.counted += 1
        return await super().count(request)


async def test_a_prompt_is_counted_only_where_the_context_matters() -> None:
    engine = Counting([script(THOUGHT, "42")])
    await play(question(thinking_tokens=100), engine)
    assert engine.counted == 0
    text = "word " * 3000
    asked = Question(messages=(user(text),), mode="thinking", seed=1)
    await play(asked, engine)
    assert engine.counted == 1
    assert engine.requests[-1].max_tokens == 8192 - len(words(text)) - 16
