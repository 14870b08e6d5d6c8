"""Requests on the wire.

1. Every body streams, asks for usage, and holds only fields that are named here.
2. Sampling values go out as given, as far as the dialect takes them; none is invented.
3. Thinking is switched by the family's means in the dialect's words; a budget of nothing switches it off.
4. Text to go on from becomes an open last turn where the dialect can, and is refused where it cannot.
5. Any text can be sent; values that JSON lacks are refused.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines.dialects import DIALECTS, Dialect, Sighting, recognise
from helicon.engines.protocol import Capabilities, Request
from helicon.engines.wire import chat_body, encode, lacks
from helicon.errors import BadOption
from helicon.families import UNKNOWN, Family, detect
from helicon.messages import Image, Message, Sampling, Text, ToolCall, system, user

ASK = Request(messages=(user("2 + 2?"),))
LLAMA, VLLM, OLLAMA, OPENAI = (DIALECTS[name] for name in ("llama.cpp", "vllm", "ollama", "openai"))
QWEN = detect(name="Qwen3-4B")
R1 = detect(name="DeepSeek-R1")
GPT_OSS = detect(name="gpt-oss-20b")
ALLOWED = {
    "model", "messages", "stream", "stream_options", "temperature", "top_p", "top_k", "min_p", "presence_penalty",
    "frequency_penalty", "max_tokens", "max_completion_tokens", "seed", "stop", "tools", "tool_choice",
    "response_format", "logprobs", "top_logprobs", "id_slot", "chat_template_kwargs", "reasoning_effort",
    "reasoning_budget_tokens", "thinking_token_budget", "reasoning_control", "continue_final_message",
    "add_generation_prompt", "return_progress", "timings_per_token", "cache_prompt",
}  # fmt: skip


def body(
    request: Request, dialect: Dialect = LLAMA, family: Family = QWEN, known: Capabilities | None = None
) -> dict[str, Any]:
    return chat_body(request, model="m", family=family, dialect=dialect, capabilities=known)


FULL = replace(
    ASK,
    thinking_budget=100,
    max_tokens=200,
    sampling=Sampling(temperature=0.0, top_p=0.9, top_k=7, min_p=0.1, presence_penalty=1.5, frequency_penalty=-0.5),
    seed=2**40 + 3,
    stop=("END",),
    tools=({"type": "function", "function": {"name": "clock"}},),
    tool_choice="auto",
    response_format={"type": "json_object"},
    top_logprobs=5,
    prefill_answer="So",
    slot=3,
)


@pytest.mark.parametrize("dialect", DIALECTS.values(), ids=lambda dialect: dialect.name)
@pytest.mark.parametrize("family", [QWEN, R1, GPT_OSS, UNKNOWN], ids=lambda family: family.name)
def test_only_named_fields_leave(dialect: Dialect, family: Family) -> None:
    sent = body(FULL, dialect, family)
    assert set(sent) <= ALLOWED
    assert sent["stream"] is True
    assert "n" not in sent
    assert dialect.stream_options is None or sent["stream_options"]["include_usage"] is True
    assert json.loads(encode(sent)) == sent


def test_llama_cpp_gets_what_makes_it_countable_and_cancellable() -> None:
    sent = body(replace(FULL, tools=()))
    assert sent["return_progress"] is sent["timings_per_token"] is True
    assert (sent["top_k"], sent["min_p"], sent["temperature"]) == (7, 0.1, 0.0)
    assert sent["id_slot"] == 3
    assert sent["seed"] < 2**31
    assert (sent["logprobs"], sent["top_logprobs"]) == (True, 5)
    assert "logprobs" not in body(FULL), "llama.cpp refuses log-probabilities beside tools"


def test_values_that_nobody_gave_stay_away() -> None:
    sent = body(ASK, OPENAI)
    assert set(sent) == {"model", "messages", "stream", "stream_options"}


def test_openai_knows_no_foreign_fields() -> None:
    sent = body(FULL, OPENAI)
    assert not {"top_k", "min_p", "id_slot", "max_tokens", "chat_template_kwargs"} & set(sent)
    assert sent["max_completion_tokens"] == 200


@pytest.mark.parametrize(
    ("dialect", "family", "thinking", "budget", "expected"),
    [
        (LLAMA, QWEN, True, None, {"chat_template_kwargs": {"enable_thinking": True}, "reasoning_control": True}),
        (LLAMA, QWEN, True, 64, {"chat_template_kwargs": {"enable_thinking": True}, "reasoning_budget_tokens": 64}),
        (LLAMA, QWEN, False, None, {"chat_template_kwargs": {"enable_thinking": False}}),
        (LLAMA, QWEN, True, 0, {"chat_template_kwargs": {"enable_thinking": False}}),
        (LLAMA, R1, False, None, {"reasoning_budget_tokens": 1, "reasoning_effort": "none"}),
        (LLAMA, GPT_OSS, False, None, {"reasoning_effort": "low"}),
        (LLAMA, GPT_OSS, True, None, {"reasoning_effort": "medium"}),
        (LLAMA, UNKNOWN, False, None, {"chat_template_kwargs": {"enable_thinking": False}}),
        (OLLAMA, QWEN, False, None, {"reasoning_effort": "none"}),
        (OLLAMA, QWEN, True, None, {}),
        (VLLM, QWEN, False, None, {"chat_template_kwargs": {"enable_thinking": False}}),
        (OPENAI, UNKNOWN, False, None, {}),
    ],
)
def test_the_switch_of_thinking(
    dialect: Dialect, family: Family, thinking: bool, budget: int | None, expected: dict[str, Any]
) -> None:
    sent = body(replace(ASK, thinking=thinking, thinking_budget=budget), dialect, family)
    fields = ("chat_template_kwargs", "reasoning_effort", "reasoning_budget_tokens", "thinking_token_budget")
    assert {name: sent[name] for name in fields if name in sent} == {
        name: value for name, value in expected.items() if name in fields
    }
    if "reasoning_control" in expected:
        assert sent["reasoning_control"] is True


def test_a_budget_that_no_probe_confirmed_is_not_sent_to_vllm() -> None:
    bounded = replace(ASK, thinking_budget=64)
    assert "thinking_token_budget" not in body(bounded, VLLM)
    confirmed = Capabilities(thinking="kwarg", budget_field="thinking_token_budget")
    assert body(bounded, VLLM, known=confirmed)["thinking_token_budget"] == 64
    assert "reasoning_budget_tokens" not in body(bounded, LLAMA, known=Capabilities(thinking="kwarg"))


def test_a_probed_switch_is_used_beside_the_familys() -> None:
    sent = body(replace(ASK, thinking=False), LLAMA, UNKNOWN, Capabilities(thinking="kwarg", thinking_kwarg="thinking"))
    assert sent["chat_template_kwargs"] == {"thinking": False}


@pytest.mark.parametrize(
    ("thought", "begun", "turn", "part"),
    [
        ("Hm", None, {"role": "assistant", "content": "", "reasoning_content": "Hm"}, "reasoning_content"),
        ("Hm", "", {"role": "assistant", "content": "", "reasoning_content": "Hm"}, "content"),
        ("Hm", "So", {"role": "assistant", "content": "So", "reasoning_content": "Hm"}, "content"),
        (None, "So", {"role": "assistant", "content": "So"}, "content"),
    ],
)
def test_going_on_from_text(thought: str | None, begun: str | None, turn: dict[str, str], part: str) -> None:
    sent = body(replace(ASK, prefill_thinking=thought, prefill_answer=begun))
    assert sent["messages"][-1] == turn
    assert sent["continue_final_message"] == part
    assert sent["add_generation_prompt"] is False


def test_nothing_to_go_on_from_is_a_usual_request() -> None:
    sent = body(replace(ASK, prefill_answer=""))
    assert len(sent["messages"]) == 1
    assert "continue_final_message" not in sent


def test_what_an_engine_lacks_is_said_before_asking() -> None:
    inside = replace(ASK, prefill_thinking="Hm")
    assert lacks(inside, LLAMA) is None
    assert "inside a thought" in str(lacks(inside, VLLM))
    assert "go on from text" in str(lacks(replace(ASK, prefill_answer="So"), OLLAMA))
    assert lacks(replace(ASK, prefill_answer="So"), VLLM) is None
    seeing = replace(ASK, messages=(user("?", Image(data=b"x", media_type="image/png")),))
    assert lacks(seeing, LLAMA) is None, "unknown before the probe: the engine decides"
    assert "see images" in str(lacks(seeing, LLAMA, Capabilities()))
    assert lacks(seeing, LLAMA, Capabilities(images=True)) is None


def test_turns_of_every_kind() -> None:
    call = ToolCall(id="c1", name="clock", arguments='{"zone": "UTC"}')
    turns = (
        system("Be brief."),
        user("What is this?", Image(data=b"\x89PNG", media_type="image/png")),
        Message(role="assistant", tool_calls=(call,)),
        Message(role="tool", parts=(Text("12:00"),), tool_call_id="c1"),
    )
    sent = body(Request(messages=turns))["messages"]
    assert sent[0] == {"role": "system", "content": "Be brief."}
    assert sent[1]["content"] == [
        {"type": "text", "text": "What is this?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw=="}},
    ]
    assert sent[2]["tool_calls"][0]["function"] == {"name": "clock", "arguments": '{"zone": "UTC"}'}
    assert sent[3] == {"role": "tool", "content": "12:00", "tool_call_id": "c1"}


@given(st.text())
def test_any_text_becomes_valid_json(text: str) -> None:
    sent = json.loads(encode(body(Request(messages=(user(text),)))).decode("utf-8"))
    repaired = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    assert sent["messages"][0]["content"] == repaired


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_values_without_json_are_refused(value: Any) -> None:
    with pytest.raises(BadOption, match="JSON"):
        encode({"temperature": value})


@pytest.mark.parametrize(
    ("seen", "name"),
    [
        (Sighting(owned_by="llamacpp"), "llama.cpp"),
        (Sighting(props={"total_slots": 4}), "llama.cpp"),
        (Sighting(owned_by="library", ollama={"version": "0.12"}), "ollama"),
        (Sighting(owned_by="vllm"), "vllm"),
        (Sighting(models={"data": [{"id": "m", "max_model_len": 4096}]}), "vllm"),
        (Sighting(owned_by="sglang", models={"data": [{"max_model_len": 4096}]}), "sglang"),
        (Sighting(lmstudio={"data": []}), "lmstudio"),
        (Sighting(host="api.openai.com"), "openai"),
        (Sighting(root="<h1>Mistral.rs</h1>"), "mistral.rs"),
        (Sighting(openapi={"paths": {"/load_model": {}, "/reset": {}, "/v1/chat/completions": {}}}), "transformers"),
        (Sighting(), "generic"),
    ],
)
def test_dialects_are_told_by_what_they_show(seen: Sighting, name: str) -> None:
    assert recognise(seen).name == name
