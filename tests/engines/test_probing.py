"""Abilities found by trying.

1. On llama.cpp the template, its renderings and a few tokens show everything; the real engine proves it.
2. Elsewhere every ability needs its positive control: a server that swallows a field has no ability.
3. A probe that fails or hangs leaves its ability absent and a note; the others go on.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from helicon.engines import probes
from helicon.engines.openai_client import OpenAIEngine
from helicon.engines.protocol import Capabilities, ModelInfo
from helicon.errors import EngineUnavailable
from helicon.families import UNKNOWN, Family, detect
from tests.engines.upstream import Asked, Handler, Wire, said, upstream

QWEN = detect(name="Qwen3-4B")


@dataclass(frozen=True, kw_only=True)
class Able:
    """A pretended server and what it honours; all else it swallows without a word."""

    switch: bool = False
    always: bool = False
    budget: bool = False
    prefill: bool = False
    logprobs: bool = False
    schema: bool = False
    tools: bool = False
    eyes: bool = False
    several: bool = False

    def __call__(self, asked: Asked, wire: Wire) -> Any:
        return self.answer(asked, wire)

    async def answer(self, asked: Asked, wire: Wire) -> None:
        if asked.method == "GET":
            await wire.reply({"data": [{"id": "m", "max_model_len": 4096}]})
            return
        body = asked.body
        if not body.get("stream"):
            await wire.reply({"choices": [{"index": 0}] * (body["n"] if self.several else 1)})
            return
        await wire.head()
        for chunk in self.chunks(body):
            await wire.sse(chunk)
        await wire.sse("[DONE]")
        await wire.end()

    def chunks(self, body: dict[str, Any]) -> list[Any]:
        on = body.get("chat_template_kwargs", {}).get("enable_thinking", True)
        thoughts = 40 if self.always or (self.switch and on) else 0
        if self.budget and "thinking_token_budget" in body:
            thoughts = min(thoughts, body["thinking_token_budget"])
        text = list("Hello there, my friend")
        if self.schema and "response_format" in body:
            text = list('{"ok": true}')
        told = [said(thought=f"t{number}") for number in range(thoughts)] + [said(letter) for letter in text]
        if self.logprobs and body.get("logprobs"):
            for chunk in told:
                entry = {"token": "x", "logprob": -1.0, "top_logprobs": [{"token": "x", "logprob": -1.0}]}
                chunk["choices"][0]["logprobs"] = {"content": [entry]}
        if self.tools and body.get("tool_choice") == "required":
            call = {"index": 0, "id": "c1", "function": {"name": "clock", "arguments": "{}"}}
            told = [{"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}]
        told = told[: body.get("max_tokens", 1000)]
        usage = {"prompt_tokens": self.length(body), "completion_tokens": len(told)}
        return [*told, said(finish="stop"), {"choices": [], "usage": usage}]

    def length(self, body: dict[str, Any]) -> int:
        seen = 0
        for turn in body["messages"]:
            seen += 10
            if isinstance(turn["content"], list) and self.eyes:
                seen += 64
        return seen - 3 if self.prefill and body.get("continue_final_message") else seen + 2


@asynccontextmanager
async def probed(handler: Handler, *, dialect: str = "vllm", family: Family = QWEN) -> AsyncIterator[Capabilities]:
    async with upstream(handler) as seen:
        info = ModelInfo(name="m", family=family, engine=dialect, place=seen.url)
        engine = OpenAIEngine(info, seen.url)
        try:
            yield await engine.probe()
        finally:
            await engine.close()


async def test_an_engine_with_everything() -> None:
    able = Able(switch=True, budget=True, prefill=True, logprobs=True, schema=True, tools=True, eyes=True, several=True)
    async with probed(able) as found:
        assert found == Capabilities(
            thinking="kwarg",
            thinking_kwarg="enable_thinking",
            budget_field="thinking_token_budget",
            prefill_answer=True,
            logprobs=True,
            images=True,
            tools=True,
            json_schema=True,
            n=True,
            context=4096,
        )


async def test_an_engine_that_swallows_every_field() -> None:
    async with probed(Able()) as found:
        assert (found.thinking, found.budget_field, found.prefill_answer) == ("none", None, False)
        assert not any((found.logprobs, found.images, found.tools, found.json_schema, found.n, found.end_thinking))
        assert any("no call was made" in note for note in found.notes)


async def test_a_model_that_always_thinks() -> None:
    async with probed(Able(always=True), family=UNKNOWN) as found:
        assert (found.thinking, found.budget_field) == ("always", None)


async def test_a_budget_needs_its_control() -> None:
    async with probed(Able(switch=True)) as found:
        assert (found.thinking, found.budget_field) == ("kwarg", None)


async def test_refused_probes_are_notes() -> None:
    class Strict(Able):
        async def answer(self, asked: Asked, wire: Wire) -> None:
            body = json.loads(asked.raw or b"{}")
            refused = {"logprobs", "tools", "response_format", "n"} & set(body)
            if refused:
                await wire.reply({"error": {"message": f"{refused.pop()} is not supported"}}, 400)
            else:
                await super().answer(asked, wire)

    async with probed(Strict(switch=True, logprobs=True, tools=True, schema=True)) as found:
        assert (found.thinking, found.logprobs, found.tools, found.json_schema) == ("kwarg", False, False, False)
        assert {note.partition(":")[0] for note in found.notes} >= {"log-probabilities", "tools", "JSON schema"}


async def test_hanging_probes_are_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(probes, "PROBE_SECONDS", 0.3)

    class Stuck(Able):
        async def answer(self, asked: Asked, wire: Wire) -> None:
            if "response_format" in json.loads(asked.raw or b"{}"):
                await asyncio.sleep(60)
            await super().answer(asked, wire)

    async with probed(Stuck(logprobs=True, schema=True)) as found:
        assert found.logprobs
        assert not found.json_schema
        assert any(note.startswith("JSON schema: no result within") for note in found.notes)


@pytest.mark.parametrize("dialect", ["llama.cpp", "vllm", "generic"])
async def test_nobody_to_probe(dialect: str) -> None:
    async with upstream(Able()) as seen:
        pass
    engine = OpenAIEngine(ModelInfo(name="m", family=QWEN, engine=dialect, place=seen.url), seen.url)
    with pytest.raises(EngineUnavailable):
        await engine.probe()
    await engine.close()


async def test_one_probe_for_all_who_ask() -> None:
    asked = 0

    class Counted(Able):
        async def answer(self, request: Asked, wire: Wire) -> None:
            nonlocal asked
            asked += request.path == "/health"
            await super().answer(request, wire)

    async with upstream(Counted()) as seen:
        engine = OpenAIEngine(ModelInfo(name="m", family=QWEN, engine="vllm", place=seen.url), seen.url)
        first, second = await asyncio.gather(engine.probe(), engine.probe())
        assert first is second
        assert asked == 1
        await engine.close()
