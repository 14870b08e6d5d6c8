"""Bad input over HTTP: each gets its status, code and a message that says what was expected; the engine is not asked.

1. The table: unknown names, wrong types, empty conversations, pictures that are none, text that is no JSON.
2. Prompts past the context, and of five megabytes, are refused as too long.
3. Generated bodies never give a 5xx, and no reply shows the inside of the program.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, INFO, Script, ScriptedEngine, script
from tests.server.live import LiveServer, serving

PNG = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 32).decode()


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine([script("", "Yes.")])


@pytest.fixture(scope="module")
def server(engine: ScriptedEngine) -> Iterator[LiveServer]:
    with serving([engine], allow_image_urls=False) as live:
        yield live


def ask(content: Any = "Hi?", **more: Any) -> dict[str, Any]:
    return {"model": "scripted@instant", "messages": [{"role": "user", "content": content}], **more}


def image(url: Any) -> dict[str, Any]:
    return ask([{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": url}}])


TOOL = {"type": "function", "function": {"name": "weather"}}

# name: (body, status, code, words of the message, param)
TABLE: dict[str, tuple[Any, int, str, str, str | None]] = {
    "no JSON": (b"hello", 400, "invalid_json", "no valid JSON", None),
    "empty body": (b"", 400, "invalid_json", "no valid JSON", None),
    "cut JSON": (b'{"model": "scripted"', 400, "invalid_json", "EOF", None),
    "a list": ([], 400, "invalid_json", "no JSON object", None),
    "invalid UTF-8": (b'{"model": "scripted", "messages": "\xff\xfe"}', 400, "invalid_json", "no valid JSON", None),
    "lone surrogate": (b'{"model": "\\ud800"}', 400, "invalid_json", "no valid JSON", None),
    "deep JSON": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, "invalid_json", "recursion", None),
    "unknown model": (ask(model="gpt-9"), 404, "model_not_found", "unknown model 'gpt-9'; this server has", None),
    "near model": (ask(model="scriptd"), 404, "model_not_found", "Did you mean 'scripted'?", None),
    "unknown mode": (ask(model="scripted@fast"), 400, "unknown_mode", "expected one of instant, thinking", None),
    "helicon.mode": (ask(helicon={"mode": "deep"}), 400, "unknown_mode", "helicon.mode is 'deep'", None),
    "two modes": (ask(helicon={"mode": "thinking"}), 400, "invalid_value", "expected one of them", "helicon.mode"),
    "no model": ({"messages": []}, 400, "missing_field", "model is missing", "model"),
    "no messages": ({"model": "scripted"}, 400, "missing_field", "messages is missing", "messages"),
    "unknown field": (ask(temprature=1), 400, "unknown_field", "Did you mean 'temperature'?", "temprature"),
    "unknown option": (ask(helicon={"agent": 2}), 400, "unknown_field", "Did you mean 'agents'?", "helicon.agent"),
    "string number": (ask(temperature="1"), 400, "invalid_value", "temperature is '1'", "temperature"),
    "hot": (ask(temperature=2.1), 400, "invalid_value", "less than or equal to 2", "temperature"),
    "bool tokens": (ask(max_tokens=True), 400, "invalid_value", "max_tokens is True", "max_tokens"),
    "no tokens": (ask(max_tokens=0), 400, "invalid_value", "greater than or equal to 1", "max_tokens"),
    "huge seed": (ask(seed=2**63), 400, "invalid_value", "seed", "seed"),
    "NaN": (b'{"model":"scripted","messages":[],"top_p":NaN}', 400, "invalid_value", "finite number", "top_p"),
    "n": (ask(n=2), 400, "invalid_value", "n is 2; expected 1", "n"),
    "stop": (ask(stop=["a"] * 5), 400, "invalid_value", "up to 4 strings", "stop"),
    "stop type": (ask(stop=5), 400, "invalid_value", "stop is 5", "stop"),
    "agents": (ask(helicon={"agents": 65}), 400, "invalid_value", "less than or equal to 64", "helicon.agents"),
    "deadline": (ask(helicon={"deadline_seconds": 0}), 400, "invalid_value", "above 0|greater than 0", None),
    "effort": (ask(reasoning_effort="lots"), 400, "invalid_value", "'none', 'minimal'", "reasoning_effort"),
    "logit_bias": (ask(logit_bias={"1": 2}), 400, "unsupported", "logit_bias is not supported", None),
    "modalities": (ask(modalities=["audio"]), 400, "unsupported", "only ['text']", None),
    "top_logprobs": (ask(top_logprobs=2), 400, "invalid_value", "needs logprobs", "top_logprobs"),
    "empty messages": ({"model": "scripted", "messages": []}, 400, "invalid_messages", "messages is empty", None),
    "empty question": (ask("  "), 400, "invalid_messages", "the last message is empty", None),
    "content null": (ask(None), 400, "invalid_messages", "messages[0].content is missing", None),
    "content number": (ask(5), 400, "invalid_messages", "messages[0].content is 5", None),
    "part": (ask([{"type": "txt"}]), 400, "invalid_messages", "messages[0].content[0] is", None),
    "audio part": (ask([{"type": "input_audio"}]), 400, "unsupported", "only text and image_url", None),
    "role": (
        {"model": "scripted", "messages": [{"role": "usr", "content": "a"}]},
        400,
        "invalid_value",
        "messages[0].role is 'usr'",
        "messages[0].role",
    ),
    "last assistant": (
        {"model": "scripted", "messages": [{"role": "assistant", "content": "a"}]},
        400,
        "invalid_messages",
        "the last message is of role 'assistant'",
        None,
    ),
    "tool without id": (
        {"model": "scripted", "messages": [{"role": "tool", "content": "a"}]},
        400,
        "invalid_messages",
        "no tool_call_id",
        None,
    ),
    "tools type": (ask(tools=["a"]), 400, "invalid_value", "tools[0]", "tools[0]"),
    "tools name": (ask(tools=[{"type": "function"}]), 400, "invalid_value", "tools[0] is", "tools[0]"),
    "tool_choice alone": (ask(tool_choice="auto"), 400, "invalid_value", "without tools", "tool_choice"),
    "tool_choice": (ask(tools=[TOOL], tool_choice="yes"), 400, "invalid_value", "expected 'none'", "tool_choice"),
    "response_format": (ask(response_format={"type": "xml"}), 400, "invalid_value", "json_schema", "response_format"),
    "data URI of text": (image("data:text/plain;base64,aGVsbG8="), 400, "invalid_image", "is no picture", None),
    "data URI of lies": (image("data:image/png;base64,aGVsbG8="), 400, "invalid_image", "begin with b'hello'", None),
    "data URI no base64": (image("data:image/png;base64,%%%"), 400, "invalid_image", "no valid base64", None),
    "data URI plain": (image("data:image/png,abc"), 400, "invalid_image", "no base64 data URI", None),
    "data URI empty": (image("data:,"), 400, "invalid_image", "no base64 data URI", None),
    "image URL off": (image("https://example.com/a.png"), 400, "forbidden_address", "fetches none", None),
    "image null": (image(None), 400, "invalid_messages", "content[1] is", None),
}


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("stream", [False, True])
def test_the_table_of_bad_input(server: LiveServer, engine: ScriptedEngine, name: str, stream: bool) -> None:
    body, status, code, words, param = TABLE[name]
    if isinstance(body, dict) and stream:
        body = {**body, "stream": True}
    reply = server.chat(body)
    assert reply.status == status, reply.raw
    assert reply.headers["content-type"] == "application/json"
    assert set(reply.error) == {"message", "type", "param", "code"}
    assert reply.error["code"] == code
    assert reply.error["type"] == "invalid_request_error"
    assert any(word in reply.error["message"] for word in words.split("|")), reply.error["message"]
    if param is not None:
        assert reply.error["param"] == param
    assert len(reply.error["message"]) < 600
    assert engine.counts.started == 0


def test_harmless_standard_fields_are_taken() -> None:
    body = ask(
        user="u",
        metadata={"a": "b"},
        store=True,
        service_tier="auto",
        safety_identifier="s",
        prompt_cache_key="k",
        parallel_tool_calls=True,
        modalities=["text"],
        logit_bias={},
        n=1,
        stop="END",
        response_format={"type": "text"},
        stream_options=None,
        verbosity="low",
    )
    echoed: dict[str, Any] = {
        "role": "assistant",
        "content": "a",
        "refusal": None,
        "annotations": [],
        "reasoning_content": "b",
    }
    body["messages"] = [{"role": "user", "content": "a", "name": "n"}, echoed, *body["messages"]]
    with serving([ScriptedEngine([script("", "Yes.")])]) as server:
        assert server.chat(body).status == 200


def test_a_picture_reaches_an_engine_that_sees(engine: ScriptedEngine) -> None:
    eyes = ScriptedEngine([script("", "A cat.")])
    with serving([eyes]) as server:
        assert server.chat(image(f"data:image/jpeg;base64,{PNG}")).status == 200
    [picture] = eyes.requests[0].messages[0].images
    assert picture.media_type == "image/png"


def test_an_engine_without_eyes_refuses_pictures() -> None:
    blind = ScriptedEngine([script("", "?")], capabilities=replace(ABLE, images=False))
    with serving([blind]) as server:
        reply = server.chat(image(f"data:image/png;base64,{PNG}"))
    assert reply.status == 400
    assert reply.error["code"] == "unsupported"
    assert "images" in reply.error["message"]


def test_a_picture_has_a_size(server: LiveServer) -> None:
    with serving([ScriptedEngine([script("", "?")])], max_image=1000) as small:
        data = base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"\0" * 2000).decode()
        reply = small.chat(image(f"data:image/png;base64,{data}"))
    assert reply.status == 400
    assert "1000 bytes" in reply.error["message"]


@pytest.mark.parametrize("stream", [False, True])
def test_a_prompt_of_five_megabytes_is_too_long(server: LiveServer, engine: ScriptedEngine, stream: bool) -> None:
    reply = server.chat(ask("word " * 1_000_000, stream=stream))
    assert reply.status == 400
    assert reply.error["code"] == "context_length_exceeded"
    assert "5000000 characters" in reply.error["message"]
    assert "8192 tokens" in reply.error["message"]
    assert engine.counts.started == 0


def test_a_prompt_past_the_context_is_too_long() -> None:
    with serving([ScriptedEngine([script("", "x", fault="too_long")])]) as server:
        reply = server.chat(ask("word " * 9000))
    assert reply.status == 400
    assert reply.error["code"] == "context_length_exceeded"
    assert "9000" in reply.error["message"]
    assert "8192" in reply.error["message"]


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True)
    | st.text(max_size=20)
    | st.sampled_from(["scripted", "scripted@thinking", "user", "tool", "text", "image_url", "function", "auto"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
FIELDS = [
    "temperature top_p top_k min_p max_tokens max_completion_tokens seed stop n logprobs top_logprobs tools",
    "tool_choice response_format reasoning_effort helicon stream stream_options user logit_bias presence_penalty foo",
]
bodies = st.fixed_dictionaries(
    {
        "model": st.sampled_from(["scripted", "scripted@instant", "scripted@thinking"]) | json_values,
        "messages": json_values
        | st.lists(
            st.fixed_dictionaries(
                {"role": st.sampled_from(["system", "user", "assistant", "tool"]), "content": json_values},
                optional={"tool_calls": json_values, "tool_call_id": json_values, "name": json_values},
            ),
            max_size=3,
        ),
    },
    optional={name: json_values for line in FIELDS for name in line.split()},
)


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(body=bodies)
def test_generated_bodies_never_break_the_server(server: LiveServer, body: dict[str, Any]) -> None:
    reply = server.chat(json.dumps(body).encode())
    assert 200 <= reply.status < 500, reply.raw
    assert b"Traceback" not in reply.raw
    assert b"object at 0x" not in reply.raw


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=200))
def test_generated_bytes_never_break_the_server(server: LiveServer, data: bytes) -> None:
    assert server.chat(data).status == 400


def test_an_unforeseen_fault_is_a_500_without_words_from_inside(caplog: pytest.LogCaptureFixture) -> None:
    def broken(request: Request) -> Script:
        raise RuntimeError("secret detail")

    with serving([ScriptedEngine(broken, info=INFO)]) as server:
        for stream in (False, True):
            reply = server.chat(ask(stream=stream))
            assert reply.status == 500
            assert reply.error["code"] == "internal_error"
            assert b"secret detail" not in reply.raw
        assert server.request("GET", "/health").status == 200
    assert "secret detail" in caplog.text
