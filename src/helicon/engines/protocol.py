"""What an engine is: messages in, a stream of deltas out.

An engine never decides anything about modes. It renders one ``Request`` to its own wire, yields
deltas as they arrive, and stops generating upstream as soon as the consumer closes the iterator
(``aclosing`` it), in prefill too. The last delta of a stream that was not closed early is ``Finish``.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

from helicon.events import TokenLogprob
from helicon.families import Family, Switch
from helicon.ledger import Tokens
from helicon.messages import Message, Sampling, ToolCall


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of an engine."""

    messages: tuple[Message, ...]
    thinking: bool = True
    """Whether the model may think; families without a switch ignore it."""
    thinking_budget: int | None = None
    """At most this many thinking tokens where the engine can bound them itself (``Capabilities.budget``);
    ``None`` = unbounded."""
    max_tokens: int | None = None
    """Thinking and answer together."""
    sampling: Sampling = Sampling()
    """Already merged with the family's defaults by the caller."""
    seed: int | None = None
    stop: tuple[str, ...] = ()
    tools: tuple[Mapping[str, Any], ...] = ()
    tool_choice: str | Mapping[str, Any] | None = None
    response_format: Mapping[str, Any] | None = None
    top_logprobs: int | None = None
    prefill_thinking: str | None = None
    """Thought text the model continues from, inside its open thought (``Capabilities.prefill_thinking``)."""
    prefill_answer: str | None = None
    """Answer text to continue from; with ``prefill_thinking`` set too, the thought is closed first."""
    slot: int | None = None
    """The engine's slot that already holds this prompt's prefix; set only by ``share_prefix``."""


@dataclass(frozen=True, slots=True)
class ThinkingText:
    """More of the thought."""

    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerText:
    """More of the answer."""

    text: str
    logprobs: tuple[TokenLogprob, ...] = ()


@dataclass(frozen=True, slots=True)
class ToolCallDelta:
    """A whole tool call, assembled from the wire's fragments."""

    call: ToolCall


@dataclass(frozen=True, slots=True)
class Prefill:
    """The engine is still reading the prompt."""

    read: int
    """Prompt tokens read so far."""
    total: int


@dataclass(frozen=True, slots=True)
class Running:
    """Running token counts of this call (never decreasing); may come before any text."""

    tokens: Tokens
    estimated: bool = False
    """True where the engine gave none and deltas were counted."""


FinishReason: TypeAlias = Literal["stop", "length", "tool_calls", "content_filter"]


@dataclass(frozen=True, slots=True)
class Finish:
    """The end of a stream that ended by itself."""

    reason: FinishReason
    tokens: Tokens
    estimated: bool = False
    budget_hit: bool = False
    """The engine closed the thought because its budget ended."""


Delta: TypeAlias = ThinkingText | AnswerText | ToolCallDelta | Prefill | Running | Finish


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a probe found. Unknown abilities are absent, never guessed present."""

    thinking: Switch = "none"
    thinking_kwarg: str | None = None
    """For example ``enable_thinking``."""
    budget_field: str | None = None
    """The body field that bounds thinking, confirmed by a positive control; ``None`` = cut and continue."""
    prefill_answer: bool = False
    prefill_thinking: bool = False
    logprobs: bool = False
    images: bool = False
    tools: bool = False
    json_schema: bool = False
    n: bool = False
    end_thinking: bool = False
    share_prefix: bool = False
    slots: int | None = None
    """Requests it runs at once, where it says so."""
    context: int | None = None
    """Tokens of one request, prompt and output together."""
    notes: tuple[str, ...] = ()
    """What could not be probed and why, in words."""
    settled: bool = True
    """False while a probe had no answer because the engine was slow, loading or busy; it is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """Whether an engine can take a request now."""

    ready: bool
    detail: str = ""
    running: int | None = None
    """Requests generating at the engine at this moment, where it says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelInfo:
    """What is known of the model behind an engine."""

    name: str
    """The name clients use."""
    family: Family
    engine: str
    """For example ``embedded``, ``llama.cpp``, ``vllm``, ``ollama``, ``openai``."""
    place: str
    """File or URL, without keys."""
    licence: str = ""
    price_prompt: float = 0.0
    """Money per million prompt tokens."""
    price_generated: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """What ``share_prefix`` gives."""

    requests: tuple[Request, ...]
    """In the order given, some or all with their ``slot`` set."""
    tokens: Tokens = Tokens()
    """Read once for all of them, for the ledger."""
    seconds: float = 0.0


@runtime_checkable
class Engine(Protocol):
    """See the module's text for the contract of ``stream``."""

    @property
    def info(self) -> ModelInfo: ...

    def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        """Run one request; use it inside ``contextlib.aclosing``.

        Raises:
            InputError: the request cannot be done (too long, images without eyes, ...).
            EngineError: see ``helicon.errors``.
        """
        ...

    async def probe(self) -> Capabilities:
        """Find out what this engine can do; the answer is kept for the engine's life."""
        ...

    async def health(self) -> Health:
        """Ask whether it can work now; never raises."""
        ...

    async def count(self, request: Request) -> int | None:
        """Prompt tokens of a request as the engine would read it; ``None`` where it cannot say."""
        ...

    def share_prefix(self, requests: Sequence[Request]) -> AbstractAsyncContextManager[Shared]:
        """The same requests, placed so that their common prompt prefix is read once.

        Inside the ``async with`` the placed requests may be streamed, each once; leaving it frees
        their places. Where the engine cannot, or shares by itself, they come back unchanged.
        """
        ...

    async def close(self) -> None:
        """Stop the engine's process or connections; a second call does nothing."""
        ...


@runtime_checkable
class EndsThinking(Protocol):
    """An engine whose running thought can be closed from outside (``Capabilities.end_thinking``)."""

    async def end_thinking(self, request: Request) -> bool:
        """Close the running thought of this very request now, so that its answer begins in the same stream.

        ``False`` where it cannot, or the request does not run or does not think any more.
        """
        ...
