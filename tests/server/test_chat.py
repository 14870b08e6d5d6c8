"""The chat route, over real sockets.

1. A reply is OpenAI's ``chat.completion``, with thinking in ``reasoning_content`` and a ``helicon`` block.
2. A stream begins with the role, carries thinking before content, ends with finish, usage (if asked) and [DONE].
3. The mode comes from the model's suffix, ``helicon.mode`` or ``reasoning_effort``, else it is auto.
4. Tools, log-probabilities, JSON schema pass through; contemplating refuses tools with a 400.
5. An engine's failure before the first byte is a status; after it, an error event and no [DONE].
6. ``helicon.events`` adds the run's events, and replaying them gives the same answer.
"""

from __future__ import annotations

from typing import Any

import pytest

from helicon.engines.protocol import AnswerText, Request, ToolCallDelta
from helicon.engines.scripted import Script, ScriptedEngine, script
from helicon.events import from_dict, replay
from helicon.messages import ToolCall
from tests.server.live import LiveServer, serving

ASK = [{"role": "user", "content": "What is 17 + 25?"}]


def body(model: str = "scripted@thinking", **more: Any) -> dict[str, Any]:
    return {"model": model, "messages": ASK, **more}


def test_a_whole_reply_has_openai_shape_and_the_helicon_block(server: LiveServer) -> None:
    reply = server.chat(body())
    found = reply.json()
    assert reply.status == 200
    assert reply.headers["content-type"] == "application/json"
    assert found["object"] == "chat.completion"
    assert found["model"] == "scripted@thinking"
    assert found["id"] == f"chatcmpl-{found['helicon']['run_id']}"
    assert reply.headers["x-request-id"] == found["helicon"]["run_id"]
    [choice] = found["choices"]
    assert choice["message"] == {
        "role": "assistant",
        "content": "It is 42.",
        "refusal": None,
        "reasoning_content": "17 + 25 is 42.",
    }
    assert choice["finish_reason"] == "stop"
    assert found["usage"] == {
        "prompt_tokens": 5,
        "completion_tokens": 8,
        "total_tokens": 13,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": 5},
    }
    assert found["helicon"]["mode"] == "thinking"
    assert [agent["answer"] for agent in found["helicon"]["agents"]] == ["42"]


def test_a_stream_thinks_first_then_answers_then_counts(server: LiveServer) -> None:
    reply = server.chat(body(stream=True, stream_options={"include_usage": True}))
    *chunks, done = reply.chunks
    assert reply.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert done == "[DONE]"
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks if chunk["choices"]]
    assert deltas[0] == {"role": "assistant", "content": ""}
    kinds = [next(iter(delta)) for delta in deltas[1:-1]]
    assert kinds == ["reasoning_content"] * 5 + ["content"] * 3
    assert "".join(delta.get("reasoning_content", "") for delta in deltas) == "17 + 25 is 42."
    assert "".join(delta.get("content", "") for delta in deltas) == "It is 42."
    assert chunks[-2]["choices"][0]["finish_reason"] == "stop"
    assert chunks[-2]["helicon"]["mode"] == "thinking"
    assert chunks[-1]["choices"] == []
    assert chunks[-1]["usage"]["completion_tokens_details"] == {"reasoning_tokens": 5}
    assert all(chunk["usage"] is None for chunk in chunks[:-1])
    assert len({chunk["id"] for chunk in chunks}) == 1


def test_a_stream_without_include_usage_has_no_usage(server: LiveServer) -> None:
    chunks = server.chat(body(stream=True)).chunks
    assert all("usage" not in chunk for chunk in chunks[:-1])


@pytest.mark.parametrize(
    ("model", "more", "mode", "thinking_tokens"),
    [
        ("scripted", {}, "auto", None),
        ("scripted@instant", {}, "instant", 0),
        ("scripted@thinking", {}, "thinking", 5),
        ("scripted@contemplating", {"helicon": {"agents": 3}}, "contemplating", 15),
        ("scripted", {"helicon": {"mode": "instant"}}, "instant", 0),
        ("scripted", {"reasoning_effort": "none"}, "instant", 0),
        ("scripted", {"reasoning_effort": "low"}, "thinking", 5),
        ("scripted", {"reasoning_effort": "high"}, "thinking", 5),
        ("scripted", {"reasoning_effort": "xhigh", "helicon": {"agents": 2}}, "contemplating", 10),
        ("scripted@instant", {"reasoning_effort": "high"}, "instant", 0),
        ("scripted@thinking", {"helicon": {"budget_tokens": 2}}, "thinking", 2),
    ],
)
def test_the_mode_comes_from_suffix_helicon_object_or_effort(
    server: LiveServer, model: str, more: dict[str, Any], mode: str, thinking_tokens: int | None
) -> None:
    found = server.chat(body(model, **more)).json()
    assert found["helicon"]["asked_mode"] == mode
    if thinking_tokens is not None:
        assert found["usage"]["completion_tokens_details"]["reasoning_tokens"] == thinking_tokens


def test_a_contemplation_shows_its_progress_as_lines_and_its_consensus(server: LiveServer) -> None:
    chunks = server.chat(body("scripted@contemplating", stream=True, helicon={"agents": 4})).chunks
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks[:-1]]
    lines = "".join(delta.get("reasoning_content", "") for delta in deltas).splitlines()
    assert lines[0].startswith("Round 1: 4 agents.")
    assert lines[1] == "[agent 1] thinks aloud:"
    assert lines[2] == "17 + 25 is 42."
    assert any(line.startswith("[agent 2] answers 42") for line in lines)
    assert "".join(delta.get("content", "") for delta in deltas).startswith("It is 42.")
    block = chunks[-2]["helicon"]
    assert block["consensus"]["leader"] == "42"
    assert block["consensus"]["decided"] is True
    assert len(block["agents"]) == 3, "the fourth was not needed"


def test_log_probabilities_have_openai_shape(server: LiveServer) -> None:
    found = server.chat(body("scripted@instant", logprobs=True, top_logprobs=1)).json()
    [first, *_] = found["choices"][0]["logprobs"]["content"]
    assert first == {
        "token": "It",
        "logprob": -0.25,
        "bytes": [73, 116],
        "top_logprobs": [{"token": "It", "logprob": -0.25, "bytes": [73, 116]}],
    }
    streamed = server.chat(body("scripted@instant", logprobs=True, stream=True)).chunks
    tokens = [
        token["token"]
        for chunk in streamed[:-1]
        if chunk["choices"][0]["logprobs"]
        for token in chunk["choices"][0]["logprobs"]["content"]
    ]
    assert tokens == ["It", " is", " 42."]


WEATHER = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def test_tools_and_schemas_pass_through_and_calls_come_back() -> None:
    call = ToolCall("call_1", "weather", '{"city": "Bern"}')
    engine = ScriptedEngine([Script(deltas=(ToolCallDelta(call),))])
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    with serving([engine]) as server:
        found = server.chat(body("scripted@instant", tools=[WEATHER], tool_choice="auto")).json()
        streamed = server.chat(body("scripted@instant", tools=[WEATHER], stream=True)).chunks
        server.chat(body("scripted@instant", response_format=schema))
    wanted = {"id": "call_1", "type": "function", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
    choice = found["choices"][0]
    assert choice["finish_reason"] == "tool_calls"
    assert choice["message"]["content"] is None
    assert choice["message"]["tool_calls"] == [wanted]
    assert streamed[1]["choices"][0]["delta"] == {"tool_calls": [{"index": 0, **wanted}]}
    assert engine.requests[0].tools == (WEATHER,)
    assert engine.requests[-1].response_format == schema


def test_a_tool_round_trip_reaches_the_engine() -> None:
    engine = ScriptedEngine([script("", "Rain.")])
    turns = [
        {"role": "developer", "content": "Be short."},
        {"role": "user", "content": [{"type": "text", "text": "Weather in Bern?"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [{"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}],
        },
        {"role": "tool", "tool_call_id": "c1", "content": "rain"},
    ]
    with serving([engine]) as server:
        reply = server.chat({"model": "scripted@instant", "messages": turns, "tools": [WEATHER]})
    assert reply.status == 200
    roles = [message.role for message in engine.requests[0].messages]
    assert roles == ["system", "user", "assistant", "tool"]
    assert engine.requests[0].messages[3].tool_call_id == "c1"


@pytest.mark.parametrize(
    "more", [{"tools": [WEATHER]}, {"response_format": {"type": "json_object"}}], ids=["tools", "json"]
)
@pytest.mark.parametrize("stream", [False, True])
def test_contemplating_refuses_tools_and_schemas(server: LiveServer, more: dict[str, Any], stream: bool) -> None:
    reply = server.chat(body("scripted@contemplating", stream=stream, **more))
    assert reply.status == 400
    assert reply.error["type"] == "invalid_request_error"
    assert reply.error["code"] == "unsupported"


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("down", 503, "engine_unavailable"),
        ("refuse", 502, "engine_refused"),
        ("busy", 503, "engine_busy"),
        ("time_out", 504, "engine_timeout"),
        ("protocol", 502, "engine_protocol"),
        ("die", 502, "engine_died"),
        ("too_long", 400, "context_length_exceeded"),
    ],
)
def test_an_engine_that_fails_before_its_first_byte_gives_a_status(
    fault: Any, status: int, code: str, stream: bool
) -> None:
    with serving([ScriptedEngine([script("a b c", "d", fault=fault)])]) as server:
        reply = server.chat(body(stream=stream))
        metrics = server.request("GET", "/metrics").body.decode()
    assert reply.status == status
    assert reply.error["code"] == code
    assert ("retry-after" in reply.headers) == (status == 503)
    assert f'helicon_requests_total{{mode="thinking",status="{status}"}} 1.0' in metrics


@pytest.mark.parametrize("mode", ["thinking", "instant"])
def test_an_engine_that_dies_in_a_stream_ends_it_with_an_error_event(mode: str) -> None:
    with serving([ScriptedEngine([script("a b c", "d e f g", fault="die", fault_after=2)])]) as server:
        chunks = server.chat(body(f"scripted@{mode}", stream=True)).chunks
    assert "[DONE]" not in chunks
    assert all(chunk["choices"][0]["finish_reason"] is None for chunk in chunks[:-1])
    assert chunks[-1]["error"]["code"] == "engine_died"
    assert chunks[-1]["helicon"]["stop_reason"] == "error"


@pytest.mark.parametrize("stream", [False, True])
def test_events_come_along_and_replay_to_the_same_answer(server: LiveServer, stream: bool) -> None:
    reply = server.chat(body("scripted@contemplating", stream=stream, helicon={"events": True, "agents": 3}))
    if stream:
        blocks = [chunk["helicon"] for chunk in reply.chunks[:-1] if "helicon" in chunk]
        events = [event for block in blocks for event in block.get("events", ())]
    else:
        events = reply.json()["helicon"]["events"]
    result = replay(from_dict(event) for event in events)
    assert events[0]["type"] == "run_started"
    assert events[-1]["type"] == "run_ended"
    assert result.answer.startswith("It is 42.")
    assert len(result.agents) == 3


def test_text_that_utf8_cannot_carry_does_not_break_a_stream() -> None:
    engine = ScriptedEngine([Script(deltas=(AnswerText("a\ud800b"), AnswerText("\x00 ü 😀\u2028")))])
    with serving([engine]) as server:
        streamed = server.chat(body("scripted@instant", stream=True)).chunks
        whole = server.chat(body("scripted@instant")).json()
    text = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in streamed[:-1])
    assert text == whole["choices"][0]["message"]["content"] == "a?b\x00 ü 😀\u2028"


def test_budgets_reach_the_run() -> None:
    seen: list[Request] = []

    def answer(request: Request) -> Script:
        seen.append(request)
        return script("one two three four five six", "It is 42.")

    with serving([ScriptedEngine(answer)]) as server:
        cut = server.chat(body("scripted@instant", max_completion_tokens=2)).json()
        stopped = server.chat(body(seed=7, stop=["END"], temperature=0.1, top_p=0.5)).json()
    assert cut["choices"][0]["finish_reason"] == "length"
    assert cut["usage"]["completion_tokens"] == 2
    assert seen[-1].stop == ("END",)
    assert seen[-1].sampling.temperature == 0.1
    assert stopped["helicon"]["seed"] == 7


def test_models_are_listed_with_their_modes(server: LiveServer) -> None:
    listing = server.request("GET", "/v1/models").json()
    names = [card["id"] for card in listing["data"]]
    assert names == ["scripted"] + [f"scripted@{mode}" for mode in ("instant", "thinking", "contemplating", "auto")]
    card = server.request("GET", "/v1/models/scripted@thinking").json()
    assert card in listing["data"]
    assert card["helicon"]["mode"] == "thinking"
    assert server.request("GET", "/v1/models/other").status == 404


def test_metrics_count_requests_and_tokens() -> None:
    with serving([ScriptedEngine([script("a b", "c")])]) as server:
        server.chat(body())
        server.chat(body(stream=True))
        text = server.request("GET", "/metrics").body.decode()
    assert 'helicon_requests_total{mode="thinking",status="200"} 2.0' in text
    assert 'helicon_tokens_total{kind="thinking"} 4.0' in text
    assert "helicon_first_byte_seconds_count 2.0" in text
    assert "helicon_running 0.0" in text
