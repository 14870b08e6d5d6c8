"""The unmodified ``openai`` package for Python, against a live server.

1. Plain, streamed and asynchronous calls work; thinking, usage and the ``helicon`` block can be read.
2. Tools come back as the package's own objects.
3. Errors raise the package's own classes, with status, code and type; an error in a stream raises too.
4. Leaving a stream stops the engine.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from helicon.engines.protocol import Request, ToolCallDelta
from helicon.engines.scripted import Script, ScriptedEngine, script
from helicon.messages import ToolCall
from helicon.server.auth import KeyRing
from tests.server.live import LiveServer, serving, wait_until

KEY = "hk-test-0123456789abcdef"
CALL = ToolCall("call_1", "weather", '{"city": "Bern"}')
ASK: Any = [{"role": "user", "content": "What is 17 + 25?"}]
WEATHER: Any = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}


def answer(request: Request) -> Script:
    words = request.messages[-1].text
    if request.tools:
        return Script(deltas=(ToolCallDelta(CALL),))
    if "die" in words:
        return script("a b", "c d e", fault="die", fault_after=3)
    if "long" in words:
        return script(" ".join(["word"] * 2000), "x", delay_seconds=0.01)
    return script("17 + 25 is 42.", "It is 42.")


@pytest.fixture(scope="module")
def engine() -> ScriptedEngine:
    return ScriptedEngine(answer)


@pytest.fixture(scope="module")
def live(engine: ScriptedEngine) -> Iterator[LiveServer]:
    with serving([engine], keys=KeyRing.of([KEY])) as server:
        yield server


@pytest.fixture
def client(live: LiveServer) -> Iterator[OpenAI]:
    with OpenAI(base_url=f"{live.url}/v1", api_key=KEY, max_retries=0, timeout=60) as made:
        yield made


def test_a_plain_call(client: OpenAI) -> None:
    reply = client.chat.completions.create(model="scripted@thinking", messages=ASK, seed=3, temperature=0.2)
    message = reply.choices[0].message
    assert message.content == "It is 42."
    assert message.model_extra is not None
    assert message.model_extra["reasoning_content"] == "17 + 25 is 42."
    assert reply.choices[0].finish_reason == "stop"
    assert reply.usage is not None
    assert reply.usage.completion_tokens_details is not None
    assert reply.usage.completion_tokens_details.reasoning_tokens == 5
    assert reply.model_extra is not None
    assert reply.model_extra["helicon"]["run_id"] == reply._request_id


def test_a_streamed_call(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="scripted@thinking", messages=ASK, stream=True, stream_options={"include_usage": True}
    )
    content, thinking, usage, finish = "", "", None, None
    for chunk in stream:
        if chunk.choices:
            delta = chunk.choices[0].delta
            content += delta.content or ""
            thinking += (delta.model_extra or {}).get("reasoning_content", "")
            finish = chunk.choices[0].finish_reason or finish
        usage = chunk.usage or usage
    assert (thinking, content, finish) == ("17 + 25 is 42.", "It is 42.", "stop")
    assert usage is not None
    assert usage.total_tokens == 13


def test_a_contemplation_with_options(client: OpenAI) -> None:
    reply = client.chat.completions.create(
        model="scripted@contemplating", messages=ASK, extra_body={"helicon": {"agents": 3, "rounds": 1}}
    )
    assert reply.choices[0].message.content is not None
    assert reply.model_extra is not None
    assert reply.model_extra["helicon"]["consensus"]["leader"] == "42"
    effort = client.chat.completions.create(model="scripted", messages=ASK, reasoning_effort="minimal")
    assert effort.model_extra is not None
    assert effort.model_extra["helicon"]["mode"] == "instant"


async def test_the_asynchronous_client(live: LiveServer) -> None:
    async with AsyncOpenAI(base_url=f"{live.url}/v1", api_key=KEY, max_retries=0) as client:
        stream = await client.chat.completions.create(model="scripted@instant", messages=ASK, stream=True)
        text = [chunk.choices[0].delta.content or "" async for chunk in stream]
    assert "".join(text) == "It is 42."


@pytest.mark.parametrize("stream", [False, True])
def test_tools(client: OpenAI, stream: bool) -> None:
    given: Any = {"model": "scripted@thinking", "messages": ASK, "tools": [WEATHER]}
    if stream:
        with client.chat.completions.stream(**given) as events:
            final = events.get_final_completion()
        call = (final.choices[0].message.tool_calls or [])[0]
    else:
        reply = client.chat.completions.create(**given)
        assert reply.choices[0].finish_reason == "tool_calls"
        call = (reply.choices[0].message.tool_calls or [])[0]
    assert call.id == "call_1"
    assert call.type == "function"
    assert call.function.arguments == '{"city": "Bern"}'


def test_models(client: OpenAI) -> None:
    assert "scripted@contemplating" in [model.id for model in client.models.list()]
    assert client.models.retrieve("scripted@thinking").owned_by == "helicon"


@pytest.mark.parametrize(
    ("given", "error", "code"),
    [
        ({"model": "none"}, openai.NotFoundError, "model_not_found"),
        ({"model": "scripted@fast"}, openai.BadRequestError, "unknown_mode"),
        ({"temperature": 9}, openai.BadRequestError, "invalid_value"),
        ({"messages": []}, openai.BadRequestError, "invalid_messages"),
        ({"extra_body": {"nonsense": 1}}, openai.BadRequestError, "unknown_field"),
    ],
)
@pytest.mark.parametrize("stream", [False, True])
def test_errors_are_the_packages_own(
    client: OpenAI, given: dict[str, Any], error: type[openai.APIStatusError], code: str, stream: bool
) -> None:
    with pytest.raises(error) as caught:
        client.chat.completions.create(**{"model": "scripted", "messages": ASK, "stream": stream, **given})
    assert caught.value.code == code
    assert caught.value.type == "invalid_request_error"


def test_a_wrong_key(live: LiveServer) -> None:
    with (
        OpenAI(base_url=f"{live.url}/v1", api_key="wrong", max_retries=0) as client,
        pytest.raises(openai.AuthenticationError),
    ):
        client.models.list()


def test_a_death_in_a_stream_raises(client: OpenAI) -> None:
    stream = client.chat.completions.create(
        model="scripted@thinking", messages=[{"role": "user", "content": "die"}], stream=True
    )
    with pytest.raises(openai.APIError) as caught:
        list(stream)
    assert caught.value.code == "engine_died"


def test_leaving_a_stream_stops_the_engine(client: OpenAI, engine: ScriptedEngine) -> None:
    before = engine.counts.cancelled
    with client.chat.completions.create(
        model="scripted@thinking", messages=[{"role": "user", "content": "long"}], stream=True
    ) as stream:
        for _, _ in zip(range(5), stream, strict=False):
            pass
        assert engine.counts.running == 1
    wait_until(lambda: engine.counts.running == 0)
    assert engine.counts.cancelled == before + 1
