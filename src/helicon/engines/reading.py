"""The chunks of one streamed reply, read into deltas: a state machine without I/O.

It keeps thinking and answer apart (by the engine's own field, else by the family's delimiters),
assembles tool calls, and counts tokens: from the engine's running counts where it gives them,
else one per delta until the final usage tells better. A chunk of a wrong shape raises ``Malformed``
and changes little; the caller skips it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from helicon.engines.protocol import (
    AnswerText,
    Delta,
    Finish,
    FinishReason,
    Prefill,
    Running,
    ThinkingText,
    ToolCallDelta,
)
from helicon.events import TokenLogprob
from helicon.families import Splitter
from helicon.ledger import Tokens
from helicon.messages import ToolCall

_REASONS: dict[str, FinishReason] = {
    "stop": "stop",
    "eos": "stop",
    "end_turn": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


class Malformed(ValueError):
    """A chunk that is JSON but not of the protocol's shape."""


@dataclass(slots=True)
class _Call:
    """A tool call under way."""

    id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


class Reader:
    """Feed ``read`` with chunks; at the end ask ``finish``."""

    def __init__(
        self,
        *,
        splitter: Splitter | None = None,
        thinking_budget: int | None = None,
        trim_thinking: bool = True,
        trim_answer: bool = True,
    ) -> None:
        """
        Args:
            trim_thinking: drop newlines before the first word of the thought (some engines give out
                those of the template); not where the thought goes on from given text.
            trim_answer: likewise for the answer.
            splitter: takes thoughts out of ``content`` until the engine shows a field of its own for them.
            thinking_budget: the bound that the engine was given, to tell whether it was hit.
        """
        self.id = ""
        """The engine's name for this completion."""
        self.reason: FinishReason | None = None
        self._trim = {"thinking": trim_thinking, "answer": trim_answer}
        self.separated = False
        """The engine has a field of its own for thoughts."""
        self.valid = False
        """At least one chunk had the protocol's shape."""
        self.malformed = 0
        """Chunks that had not."""
        self._splitter = splitter
        self._budget = thinking_budget
        self._calls: dict[int, _Call] = {}
        self._logprobs: tuple[TokenLogprob, ...] = ()
        self._prompt = 0
        self._cached = 0
        self._generated: int | None = None
        """The engine's count; ``None`` while it gave none."""
        self._told_thinking: int | None = None
        """The engine's count of thinking tokens."""
        self._before_answer: int | None = None
        """Tokens generated before the first of the answer."""
        self._thoughts = 0
        self._answers = 0
        self._last = Tokens()
        self._seen: tuple[int | None, ...] = ()
        """What the last count was made of."""

    @property
    def tokens(self) -> Tokens:
        """The counts so far."""
        if self._seen and self._seen == self._made_of():
            return self._last
        total = self._generated
        if total is None:
            return Tokens(prompt=self._prompt, cached=self._cached, thinking=self._thoughts, answer=self._answers)
        if self._told_thinking:
            thinking = self._told_thinking
        elif not self._thoughts:
            thinking = 0
        elif not self._answers:
            thinking = total
        elif self._before_answer is not None:
            thinking = self._before_answer
        else:
            thinking = round(total * self._thoughts / (self._thoughts + self._answers))
        thinking = min(thinking, total)
        return Tokens(prompt=self._prompt, cached=self._cached, thinking=thinking, answer=total - thinking)

    @property
    def estimated(self) -> bool:
        """Whether the counts are our own."""
        return self._generated is None and bool(self._thoughts or self._answers)

    def read(self, chunk: Any) -> list[Delta]:
        """The deltas of one chunk, its count among them.

        Raises:
            Malformed: the chunk is no object, or one of its fields has a wrong type.
        """
        deltas: list[Delta] = []
        self.take(chunk, deltas)
        self.count(deltas)
        return deltas

    def take(self, chunk: Any, deltas: list[Delta]) -> None:
        """Add the deltas of one chunk, without its count.

        Raises:
            Malformed: the chunk is no object, or one of its fields has a wrong type.
        """
        try:
            self._read(chunk, deltas)
        except (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError) as error:
            self.malformed += 1
            raise Malformed(f"{type(error).__name__}: {error}") from error

    def count(self, deltas: list[Delta]) -> None:
        """Add the running count, where it has changed since the last."""
        seen = self._made_of()
        if seen != self._seen:
            tokens = self.tokens
            self._seen = seen
            if tokens != self._last:
                self._last = tokens
                deltas.append(Running(tokens, self.estimated))

    def _made_of(self) -> tuple[int | None, ...]:
        """What the counts so far are made of."""
        return (
            self._prompt,
            self._cached,
            self._generated,
            self._thoughts,
            self._answers,
            self._told_thinking,
            self._before_answer,
        )

    def plain(self, chunk: Any) -> str | None:
        """The text of a chunk that adds to the answer and says nothing else: the most frequent, by a short way.

        ``None`` for any other chunk, which ``take`` reads.
        """
        if self._splitter is not None or self._trim["answer"] or self._logprobs or not self.id:
            return None
        try:
            (choice,) = chunk["choices"]
            delta = choice["delta"]
            text = delta["content"]
            more = choice.get("finish_reason") or choice.get("logprobs") or choice.get("index") or chunk.get("usage")
            if more or len(delta) > 1 or chunk.get("timings") or chunk.get("prompt_progress"):
                return None
        except (TypeError, ValueError, KeyError, AttributeError):
            return None
        if not text or not isinstance(text, str):
            return None
        self.valid = True
        self._answer_begins()
        return text

    def _read(self, chunk: Any, deltas: list[Delta]) -> None:
        if not self.id:
            self.id = str(chunk.get("id") or "")
        self._count(chunk)
        progress = chunk.get("prompt_progress")
        if progress:
            deltas.append(self._progress(progress))
        choices = chunk.get("choices")
        self.valid = self.valid or choices is not None
        if choices:
            choice = choices[0]
            if choice.get("index", 0) == 0:
                self._choice(choice, deltas)

    def _choice(self, choice: dict[str, Any], deltas: list[Delta]) -> None:
        logprobs = choice.get("logprobs")
        if logprobs and logprobs.get("content"):
            self._logprobs += tuple(_logprobs(logprobs["content"]))
        body = choice.get("delta")
        if body is None:
            body = choice.get("message")
        if body:
            thought = body.get("reasoning_content") or body.get("reasoning")
            if thought:
                self.separated = True
                self._splitter = None
                self._say("thinking", str(thought), deltas)
            content = body.get("content") or body.get("refusal")
            if content:
                for kind, text in self._split(content):
                    self._say(kind, text, deltas)
            if body.get("tool_calls"):
                self._tools(body["tool_calls"], deltas)
        reason = choice.get("finish_reason")
        if reason:
            self.reason = _REASONS.get(str(reason), "stop")
            self._flush(deltas)

    def _split(self, content: Any) -> Iterable[tuple[str, str]]:
        """``content`` as pieces of thinking and answer; some vendors send it as a list of parts."""
        if isinstance(content, list):
            return [piece for part in content for piece in _part(part)]
        if not isinstance(content, str):
            raise TypeError(f"content is a {type(content).__name__}")
        return self._splitter.decode(content) if self._splitter is not None else (("answer", content),)

    def _say(self, kind: str, text: str, deltas: list[Delta]) -> None:
        if self._trim[kind]:
            text = text.lstrip("\n")
            if not text:
                return
            self._trim[kind] = False
        logprobs, self._logprobs = self._logprobs, ()
        if kind == "thinking":
            self._thoughts += 1
            deltas.append(ThinkingText(text, logprobs))
        else:
            self._answer_begins()
            deltas.append(AnswerText(text, logprobs))

    def _answer_begins(self) -> None:
        self._answers += 1
        if self._before_answer is None and self._generated is not None:
            self._before_answer = max(0, self._generated - 1)

    def _tools(self, fragments: list[dict[str, Any]], deltas: list[Delta]) -> None:
        for place, fragment in enumerate(fragments):
            number = int(fragment.get("index", place))
            if number not in self._calls:
                self._release(deltas)
                self._calls[number] = _Call()
            call = self._calls[number]
            call.id = call.id or str(fragment.get("id") or "")
            function = fragment.get("function") or {}
            call.name = call.name or str(function.get("name") or "")
            arguments = function.get("arguments")
            if arguments:
                call.arguments.append(arguments if isinstance(arguments, str) else _as_json(arguments))
            self._answer_begins()

    def _release(self, deltas: list[Delta]) -> None:
        """Give out the calls under way: they are whole once another begins or the stream ends."""
        for number, call in self._calls.items():
            if call.name:
                whole = ToolCall(id=call.id or f"call_{number}", name=call.name, arguments="".join(call.arguments))
                deltas.append(ToolCallDelta(whole))
                call.name = ""

    def _flush(self, deltas: list[Delta]) -> None:
        if self._splitter is not None:
            for kind, text in self._splitter.flush():
                self._say(kind, text, deltas)
            self._splitter = None
        self._release(deltas)

    def _progress(self, progress: dict[str, Any]) -> Delta:
        read, total = int(progress["processed"]), int(progress["total"])
        self._prompt = max(self._prompt, read)
        self._cached = min(self._prompt, int(progress.get("cache", 0)))
        return Prefill(read, total)

    def _count(self, chunk: dict[str, Any]) -> None:
        timings = chunk.get("timings")
        if timings:
            self._cached = max(self._cached, int(timings.get("cache_n", 0)))
            self._prompt = max(self._prompt, self._cached + int(timings.get("prompt_n", 0)))
            predicted = int(timings.get("predicted_n", 0))
            if predicted:
                self._generated = predicted
        usage = chunk.get("usage")
        if usage:
            self._usage(usage)

    def _usage(self, usage: dict[str, Any]) -> None:
        self._prompt = max(self._prompt, int(usage.get("prompt_tokens") or 0))
        cached = (usage.get("prompt_tokens_details") or {}).get("cached_tokens")
        self._cached = min(self._prompt, max(self._cached, int(cached or 0)))
        completion = usage.get("completion_tokens")
        if completion:
            self._generated = max(int(completion), self._generated or 0)
        details = usage.get("completion_tokens_details") or {}
        told = details.get("reasoning_tokens") or usage.get("reasoning_tokens")
        if told:
            self._told_thinking = int(told)

    def end(self) -> list[Delta]:
        """What was held back, when the stream broke off or ended without a finish reason."""
        deltas: list[Delta] = []
        self._flush(deltas)
        return deltas

    def finish(self) -> Finish | None:
        """The last delta; ``None`` when the engine never said that it was done."""
        if self.reason is None:
            return None
        tokens = self.tokens
        hit = self._budget is not None and self._answers > 0 and 0 < self._budget <= tokens.thinking
        reason: FinishReason = "tool_calls" if self._calls and self.reason == "stop" else self.reason
        return Finish(reason, tokens, self.estimated, hit)


def _part(part: Any) -> Iterable[tuple[str, str]]:
    """Mistral's parts: ``{"type": "thinking", "thinking": [{"type": "text", ...}]}`` beside text parts."""
    if isinstance(part, str):
        yield "answer", part
    elif part.get("type") == "thinking":
        inner = part.get("thinking") or ""
        texts = [inner] if isinstance(inner, str) else [str(piece.get("text") or "") for piece in inner]
        yield from (("thinking", text) for text in texts if text)
    elif part.get("text"):
        yield "answer", str(part["text"])


def _logprobs(entries: list[dict[str, Any]]) -> Iterable[TokenLogprob]:
    for entry in entries:
        top = tuple((str(other["token"]), float(other["logprob"])) for other in entry.get("top_logprobs") or ())
        yield TokenLogprob(token=str(entry["token"]), logprob=float(entry["logprob"]), top=top)


def _as_json(value: Any) -> str:
    import json

    return json.dumps(value, ensure_ascii=False)
