"""An engine without a model: it replays scripts, with timing and faults.

For tests, examples and dry runs. It obeys a request as a model's engine would: ``thinking=False``
leaves the thought out, ``thinking_budget`` cuts it, ``max_tokens`` ends the stream with ``length``,
a prefilled thought is not said again. One word counts as one token. It counts what runs and what
was generated, so that a test can assert that a cancelled stream really stopped.

    engine = ScriptedEngine([script("17 + 25 is 42.", "42"), script("Hm.", fault="die", fault_after=1)])

It does not look at the words of a question; give a function instead of a list for that.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, aclosing, nullcontext
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from helicon.engines.protocol import (
    AnswerText,
    Capabilities,
    Delta,
    Finish,
    FinishReason,
    Health,
    ModelInfo,
    Prefill,
    Request,
    Running,
    Shared,
    ThinkingText,
    ToolCallDelta,
)
from helicon.engines.unshared import unshared
from helicon.errors import (
    EngineBusy,
    EngineDied,
    EngineProtocol,
    EngineRefused,
    EngineTimeout,
    EngineUnavailable,
    HeliconError,
    PromptTooLong,
    Unsupported,
)
from helicon.events import TokenLogprob
from helicon.families import Delimiters, Family
from helicon.ledger import Tokens
from helicon.messages import Sampling, ToolCall

Fault: TypeAlias = Literal["down", "refuse", "busy", "time_out", "protocol", "die", "stall", "too_long"]
"""``stall`` says nothing more and waits until it is cancelled; the others raise."""

_FAULTS: dict[str, HeliconError] = {
    "down": EngineUnavailable("the scripted engine is down.", hint="This script says so."),
    "refuse": EngineRefused("the scripted engine refused the request.", hint="This script says so."),
    "busy": EngineBusy("the scripted engine has no room now.", hint="This script says so."),
    "time_out": EngineTimeout("the scripted engine was silent for 1 seconds.", hint="This script says so."),
    "protocol": EngineProtocol("the scripted engine answered something that is no protocol."),
    "die": EngineDied("the scripted engine ended in the middle of its stream."),
    "too_long": PromptTooLong("the prompt has 9000 tokens; the scripted context has 8192."),
}

FAMILY = Family(
    name="scripted",
    title="Scripted",
    patterns=(r"^scripted\b",),
    switch="kwarg",
    kwargs=("enable_thinking",),
    thinks_by_default=True,
    delimiters=(Delimiters(open="<think>", close="</think>"),),
    thinking_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=20, min_p=0.0),
    instant_sampling=Sampling(temperature=0.7, top_p=0.8, top_k=20, min_p=0.0),
    licence="Apache-2.0",
)
INFO = ModelInfo(name="scripted", family=FAMILY, engine="scripted", place="memory", licence="Apache-2.0")
ABLE = Capabilities(
    thinking="kwarg",
    thinking_kwarg="enable_thinking",
    budget_field="thinking_budget",
    prefill_answer=True,
    prefill_thinking=True,
    logprobs=True,
    images=True,
    tools=True,
    json_schema=True,
    end_thinking=False,
    share_prefix=False,
    context=8192,
)
"""What a scripted engine claims unless told otherwise."""
WELL = Health(ready=True, detail="scripted")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One reply."""

    deltas: tuple[Delta, ...]
    """Text deltas count one token each, a tool call its words; the other kinds pass as given."""
    delay_seconds: float = 0.0
    """Before every delta; 0 still lets other tasks run."""
    first_delay_seconds: float = 0.0
    """Before the first delta, as a prefill."""
    finish: FinishReason | None = None
    """``None``: ``tool_calls`` when there are any, else ``stop``."""
    fault: Fault | None = None
    fault_after: int = 0
    """The fault comes after this many deltas of this script."""
    prompt_tokens: int | None = None
    """``None``: the words of the messages."""
    cached_tokens: int = 0


def words(text: str) -> list[str]:
    """``text`` in word-sized pieces, each with the space before it; joined they give ``text`` again."""
    return re.findall(r"\s*\S+|\s+$", text)


def script(
    thinking: str = "",
    answer: str = "",
    *,
    tool_calls: Sequence[ToolCall] = (),
    logprob: float | None = None,
    delay_seconds: float = 0.0,
    first_delay_seconds: float = 0.0,
    finish: FinishReason | None = None,
    fault: Fault | None = None,
    fault_after: int = 0,
    prompt_tokens: int | None = None,
    cached_tokens: int = 0,
) -> Script:
    """A script from texts, one delta per word; ``logprob`` gives every answer word that log-probability."""

    def sure(word: str) -> tuple[TokenLogprob, ...]:
        return () if logprob is None else (TokenLogprob(token=word, logprob=logprob, top=((word, logprob),)),)

    deltas: list[Delta] = [ThinkingText(word, sure(word)) for word in words(thinking)]
    deltas += [AnswerText(word, sure(word)) for word in words(answer)]
    deltas += [ToolCallDelta(call) for call in tool_calls]
    return Script(
        deltas=tuple(deltas),
        delay_seconds=delay_seconds,
        first_delay_seconds=first_delay_seconds,
        finish=finish,
        fault=fault,
        fault_after=fault_after,
        prompt_tokens=prompt_tokens,
        cached_tokens=cached_tokens,
    )


@dataclass(slots=True)
class Counts:
    """What the engine did so far."""

    started: int = 0
    running: int = 0
    """Streams generating at this moment; 0 once every stream ended or was closed."""
    most_running: int = 0
    finished: int = 0
    """Streams that ended by themselves."""
    cancelled: int = 0
    """Streams closed by their consumer."""
    failed: int = 0
    tokens: Tokens = field(default_factory=Tokens)
    """Everything generated, cancelled streams included."""


class ScriptedEngine:
    """An ``Engine`` that replays scripts.

    ``scripts`` is a list (the n-th request gets the n-th, the last one repeats) or a function of the
    request. ``slots`` bounds how many streams generate at once; the rest wait in line.
    """

    def __init__(
        self,
        scripts: Sequence[Script] | Callable[[Request], Script],
        *,
        info: ModelInfo = INFO,
        capabilities: Capabilities = ABLE,
        slots: int | None = None,
        health: Health = WELL,
    ) -> None:
        if not callable(scripts) and not scripts:
            raise ValueError("a scripted engine needs at least one script.")
        self._scripts = scripts
        self._info = info
        self._capabilities = capabilities
        self._health = health
        self._places = asyncio.Semaphore(slots) if slots else None
        self.requests: list[Request] = []
        """Every request, in the order of arrival."""
        self.counts = Counts()
        self.closed = False

    @property
    def info(self) -> ModelInfo:
        """As given."""
        return self._info

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        """Replay the script of this request; raises what its fault says."""
        chosen = self._choose(request)
        self.requests.append(request)
        self.counts.started += 1
        async with self._places or nullcontext():
            self.counts.running += 1
            self.counts.most_running = max(self.counts.most_running, self.counts.running)
            try:
                async with aclosing(self._play(chosen, request)) as played:
                    async for delta in played:
                        yield delta
            except HeliconError:
                self.counts.failed += 1
                raise
            except BaseException:  # the consumer left: GeneratorExit or CancelledError
                self.counts.cancelled += 1
                raise
            else:
                self.counts.finished += 1
            finally:
                self.counts.running -= 1

    def _choose(self, request: Request) -> Script:
        if self.closed:
            raise EngineUnavailable("the scripted engine is closed.", hint="Open a new one.")
        if request.tools and not self._capabilities.tools:
            raise Unsupported("the scripted engine cannot call tools.")
        if not self._capabilities.images and any(message.images for message in request.messages):
            raise Unsupported("the scripted engine cannot see images.", hint="Use an engine with images.")
        if callable(self._scripts):
            return self._scripts(request)
        return self._scripts[min(len(self.requests), len(self._scripts) - 1)]

    async def _play(self, chosen: Script, request: Request) -> AsyncGenerator[Delta, None]:
        prompt = chosen.prompt_tokens
        if prompt is None:
            prompt = sum(len(words(message.text)) for message in request.messages)
        count = Tokens(prompt=prompt, cached=min(chosen.cached_tokens, prompt))
        self.counts.tokens += count
        if chosen.first_delay_seconds:
            await asyncio.sleep(chosen.first_delay_seconds)
        spoken, budget_hit = obey(chosen.deltas, request)
        reason: FinishReason = chosen.finish or ("tool_calls" if _calls_tools(spoken) else "stop")
        for number, delta in enumerate(spoken):
            if number == chosen.fault_after:
                await _fail(chosen.fault)
            await asyncio.sleep(chosen.delay_seconds)
            if request.max_tokens is not None and count.generated >= request.max_tokens:
                reason = "length"
                break
            cost = _cost(delta)
            count += cost
            self.counts.tokens += cost
            yield delta
            if cost.generated:
                yield Running(count)
        else:
            if chosen.fault_after >= len(spoken):
                await _fail(chosen.fault)
        if not any(isinstance(delta, Finish) for delta in spoken):
            yield Finish(reason, count, budget_hit=budget_hit)

    async def probe(self) -> Capabilities:
        """As given."""
        return self._capabilities

    async def health(self) -> Health:
        """As given, with what runs now."""
        if self.closed:
            return Health(ready=False, detail="closed", running=0)
        return Health(ready=self._health.ready, detail=self._health.detail, running=self.counts.running)

    async def count(self, request: Request) -> int | None:
        """The words of the messages."""
        return sum(len(words(message.text)) for message in request.messages)

    def share_prefix(self, requests: Sequence[Request]) -> AbstractAsyncContextManager[Shared]:
        """The requests as they are."""
        return unshared(requests)

    async def close(self) -> None:
        """Refuse every later request."""
        self.closed = True


def obey(deltas: Sequence[Delta], request: Request) -> tuple[list[Delta], bool]:
    """What of a script this request lets out, and whether its thinking budget cut the thought."""
    silent = not request.thinking or request.prefill_answer is not None
    skip = len(words(request.prefill_thinking or ""))
    spoken: list[Delta] = []
    thoughts = 0
    budget_hit = False
    for delta in deltas:
        if isinstance(delta, ThinkingText):
            thoughts += 1
            if silent or thoughts <= skip:
                continue
            if request.thinking_budget is not None and thoughts > request.thinking_budget:
                budget_hit = True
                continue
        spoken.append(delta)
    return spoken, budget_hit


def _calls_tools(deltas: Sequence[Delta]) -> bool:
    return any(isinstance(delta, ToolCallDelta) for delta in deltas)


async def _fail(fault: Fault | None) -> None:
    if fault is None:
        return
    if fault == "stall":
        await asyncio.Event().wait()
    error = _FAULTS[fault]
    raise type(error)(error.message, hint=error.hint)


def _cost(delta: Delta) -> Tokens:
    match delta:
        case ThinkingText():
            return Tokens(thinking=1)
        case AnswerText():
            return Tokens(answer=1)
        case ToolCallDelta(call=call):
            return Tokens(answer=max(1, len(words(call.arguments))))
        case Prefill() | Running() | Finish():
            return Tokens()
