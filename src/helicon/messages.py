"""Conversations: the one inner message type, and a question made of it.

Values only; no I/O and no ids. The wire forms of others (OpenAI's) are translated at the rims:
``helicon.engines`` towards an engine, ``helicon.server`` from a client.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from helicon.budgets import Budget
from helicon.errors import BadOption, UnknownMode

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]
Mode: TypeAlias = Literal["instant", "thinking", "contemplating", "auto"]
MODES: tuple[Mode, ...] = get_args(Mode)
Compression: TypeAlias = Literal["off", "safe", "strong"]
"""How early a thought may be ended once its answer looks settled."""
COMPRESSIONS: tuple[Compression, ...] = get_args(Compression)
Effort: TypeAlias = Literal["low", "medium", "high"]
"""How a contemplation trades tokens against time and certainty, from cheap to thorough."""
EFFORTS: tuple[Effort, ...] = get_args(Effort)
Delegation: TypeAlias = Literal["auto", "off", "on"]
"""Whether a contemplation divides a request: where its words show parts, never, or also where the model sees some."""
DELEGATIONS: tuple[Delegation, ...] = get_args(Delegation)
MAX_PARTS = 16
"""Of a divided request."""


def as_mode(name: str) -> Mode:
    """``name`` as a mode.

    Raises:
        UnknownMode: it is none of the four.
    """
    for mode in MODES:
        if name == mode:
            return mode
    raise UnknownMode(f"unknown mode {name!r}; expected one of {', '.join(MODES)}.")


def as_compression(name: str) -> Compression:
    """``name`` as a compression.

    Raises:
        BadOption: it is none of the three.
    """
    for compression in COMPRESSIONS:
        if name == compression:
            return compression
    raise BadOption(f"compression is {name!r}; expected one of {', '.join(COMPRESSIONS)}.")


def as_effort(name: str) -> Effort:
    """``name`` as an effort.

    Raises:
        BadOption: it is none of the three.
    """
    for effort in EFFORTS:
        if name == effort:
            return effort
    raise BadOption(f"effort is {name!r}; expected one of {', '.join(EFFORTS)}.")


def as_delegation(name: str) -> Delegation:
    """``name`` as a way to delegate.

    Raises:
        BadOption: it is none of the three.
    """
    for delegation in DELEGATIONS:
        if name == delegation:
            return delegation
    raise BadOption(f"delegate is {name!r}; expected one of {', '.join(DELEGATIONS)}.")


@dataclass(frozen=True, slots=True)
class Text:
    """Words."""

    text: str


@dataclass(frozen=True, slots=True)
class Image:
    """A picture, already fetched and checked."""

    data: bytes = field(repr=False)
    media_type: str
    """For example ``image/png``."""


Part: TypeAlias = Text | Image


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call the model wishes: ``arguments`` is JSON as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One turn of a conversation."""

    role: Role
    parts: tuple[Part, ...] = ()
    tool_calls: tuple[ToolCall, ...] = ()
    """Only on assistant turns."""
    tool_call_id: str | None = None
    """Only on tool turns: which call this answers."""

    @property
    def text(self) -> str:
        """The words of all text parts, joined."""
        return "".join(part.text for part in self.parts if isinstance(part, Text))

    @property
    def images(self) -> tuple[Image, ...]:
        """The pictures, in order."""
        return tuple(part for part in self.parts if isinstance(part, Image))


def user(text: str, *images: Image) -> Message:
    """A user's turn of words and pictures."""
    return Message(role="user", parts=(Text(text), *images))


def system(text: str) -> Message:
    """A system turn."""
    return Message(role="system", parts=(Text(text),))


def assistant(text: str) -> Message:
    """A model's turn."""
    return Message(role="assistant", parts=(Text(text),))


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampling:
    """How tokens are drawn. ``None`` leaves the choice to the family's defaults."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None

    def over(self, defaults: Sampling) -> Sampling:
        """These values, with ``defaults`` where they are ``None``."""
        return Sampling(
            **{
                name: mine if (mine := getattr(self, name)) is not None else getattr(defaults, name)
                for name in self.__slots__
            }
        )


@dataclass(frozen=True, slots=True)
class SubQuestion:
    """One part of a divided request, for an agent that reads nothing else."""

    text: str
    """``{1}`` in it stands for the answer of part 1, where ``needs`` names that part."""
    needs: tuple[int, ...] = ()
    """Earlier parts, counted from 1, that must be answered before."""


def check_plan(parts: tuple[SubQuestion, ...]) -> None:
    """Refuse a plan that cannot be run.

    Raises:
        BadOption: no part or too many, an empty one, or one that needs itself or a later one.
    """
    if not 1 <= len(parts) <= MAX_PARTS:
        raise BadOption(f"the plan has {len(parts)} parts; expected from 1 to {MAX_PARTS}.")
    for number, part in enumerate(parts, start=1):
        if not part.text.strip():
            raise BadOption(f"part {number} of the plan is empty; expected a question.")
        for need in part.needs:
            if isinstance(need, bool) or not isinstance(need, int) or not 1 <= need < number:
                raise BadOption(
                    f"part {number} of the plan needs part {need!r}; expected the number of an earlier part.",
                    hint="Put the part that is needed first.",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What somebody asks: a conversation, a mode, and the bounds of the answer."""

    messages: tuple[Message, ...]
    """At least one; the last is a user or tool turn."""
    mode: Mode = "auto"
    budget: Budget = Budget()
    compression: Compression = "safe"
    effort: Effort = "medium"
    """Of a contemplation."""
    delegate: Delegation = "auto"
    """Of a contemplation."""
    plan: tuple[SubQuestion, ...] | None = None
    """How a contemplation divides the request; ``None`` leaves it to ``delegate``."""
    sampling: Sampling = Sampling()
    seed: int | None = None
    """Agents' seeds derive from it; ``None`` draws a fresh one, which the trace records."""
    stop: tuple[str, ...] = ()
    tools: tuple[Mapping[str, Any], ...] = ()
    """OpenAI tool definitions, passed through."""
    tool_choice: str | Mapping[str, Any] | None = None
    response_format: Mapping[str, Any] | None = None
    """OpenAI's ``response_format``, passed through."""
    top_logprobs: int | None = None
    """Ask for log-probabilities of the answer, with this many alternatives (0 = the chosen only)."""

    def __post_init__(self) -> None:
        if self.plan is None:
            return
        check_plan(self.plan)
        if self.mode not in ("contemplating", "auto"):
            raise BadOption(
                f"a plan is given in the mode {self.mode!r}, which does not divide requests; "
                "expected 'contemplating' or 'auto'."
            )
        if self.delegate == "off":
            raise BadOption("a plan is given, but delegate is 'off'; leave out one of the two.")

    @property
    def text(self) -> str:
        """The words of the last user turn."""
        for message in reversed(self.messages):
            if message.role == "user":
                return message.text
        return ""

    def with_text(self, text: str) -> tuple[Message, ...]:
        """The conversation with the last user turn's words replaced, its pictures kept."""
        for index in range(len(self.messages) - 1, -1, -1):
            turn = self.messages[index]
            if turn.role == "user":
                changed = Message(role="user", parts=(Text(text), *turn.images))
                return (*self.messages[:index], changed, *self.messages[index + 1 :])
        return (*self.messages, user(text))
