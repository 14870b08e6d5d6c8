"""One call of an engine: streamed in a task of its own, so that it can be stopped from outside and counted exactly.

A call ends in one of three ways: by itself (``finish`` is set), stopped (``reason`` says why), or
failed (``error`` is set). In each of them the engine's stream is closed when ``run`` returns.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import aclosing
from typing import Any, assert_never

from helicon.engines.protocol import (
    AnswerText,
    Delta,
    Finish,
    Prefill,
    Request,
    Running,
    ThinkingText,
    ToolCallDelta,
)
from helicon.errors import EngineDied, HeliconError
from helicon.events import ThinkingDelta, TokenLogprob, ToolCalled
from helicon.ledger import CallKind, Entry, StopReason, Tokens
from helicon.messages import ToolCall
from helicon.modes.confidence import token_confidence
from helicon.modes.loops import is_looping
from helicon.modes.speed import pace_of
from helicon.modes.stage import Stage, Stopped, ended

Sink = Callable[[str, tuple[TokenLogprob, ...]], None]
"""Where answer text goes as it comes."""
LOOP_CHECK_DELTAS = 64
LOOP_TAIL_DELTAS = 2400
"""The guard reads that many characters at most, and a delta has at least one."""


class Call:
    """One request on its way through the engine."""

    def __init__(
        self,
        stage: Stage,
        request: Request,
        sink: Sink,
        *,
        kind: CallKind,
        agent: int,
        round: int,
        cut_at: int | None = None,
    ) -> None:
        self.stage = stage
        self.request = request
        self.kind: CallKind = kind
        self.agent = agent
        self.round = round
        self.cut_at = cut_at
        """Thinking tokens at which the thought is cut; ``None`` = never."""
        self.thinking: list[str] = []
        self.answer: list[str] = []
        self.tool_calls: list[ToolCall] = []
        self.logprobs: list[TokenLogprob] = []
        """Of the answer."""
        self.confidences: list[float] = []
        """Of every token, thinking and answer."""
        self.tokens = Tokens()
        self.estimated = False
        """The count comes from deltas, not from the engine."""
        self.reason: StopReason | None = None
        self.wants_answer = False
        """Its thought was cut, and its answer should be asked for."""
        self.watch: Callable[[str], None] | None = None
        """Told every piece of the thought as it comes."""
        self.pausing = False
        """Its thought is to be cut for a trial answer, as soon as its last piece is counted."""
        self.finish: Finish | None = None
        self.error: HeliconError | None = None
        self.seconds = 0.0
        self.began: float | None = None
        """When it began, by the stage's clock."""
        self.first: float | None = None
        """When the engine first said something."""
        self._sink = sink
        self._begun = False
        self._thoughts = 0
        self._uncounted = 0
        self._next_loop_check = LOOP_CHECK_DELTAS
        self._counted = False
        self._seen_thinking = 0
        self._seen_answer = 0
        self._pump: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Stream until an end of any of the three kinds.

        Raises:
            Stopped: the run, its round or its agent had been ended before this call began.
        """
        stage = self.stage
        if stage.ending() or (stage.struck and (self.agent, self.round) in stage.struck):
            raise Stopped
        if stage.resumed:
            stage.go_live()
        began = self.began = stage.now()
        pace = pace_of(stage.engine)
        timed = pace.begin()
        pump = self._pump = asyncio.create_task(self._stream())
        stage.calls.add(self)
        try:
            await ended(pump)
        finally:
            stage.calls.discard(self)
            self.seconds = stage.now() - began
            first = None if self.first is None else self.first - began
            pace.end(timed, first_seconds=first, tokens=self.tokens.generated)
        if self.tokens.generated == 0:
            self._estimate()
        self._settle(pump)

    def _settle(self, pump: asyncio.Task[None]) -> None:
        """Name the end."""
        failure = None if pump.cancelled() else pump.exception()
        if self.finish is not None:
            self.reason = None
            self.wants_answer = False
        elif self.reason is not None:
            return
        elif isinstance(failure, HeliconError):
            self.error = failure
        elif failure is not None:
            raise failure
        elif pump.cancelled():
            self.reason = "cancelled"
        else:
            self.error = EngineDied(
                f"the engine {self.stage.engine.info.name!r} ended its stream without saying why.",
                hint="Ask again; if it stays so, look at the engine's own log.",
            )

    def stop(self, reason: StopReason) -> None:
        """End it now; it will not be asked for an answer."""
        if self.finish is None and self._pump is not None and not self._pump.done():
            self.wants_answer = False
            if self.reason is None:
                self.reason = reason
                self._pump.cancel()
            else:
                self.reason = reason

    @property
    def in_thought(self) -> bool:
        """Whether it runs, thinks, and its answer has not begun."""
        open_ended = self.reason is None and self.finish is None and not self._begun and not self.tool_calls
        return open_ended and self.request.thinking

    def close_thought(self, reason: StopReason) -> None:
        """End it now if no answer has begun, to be asked for its answer."""
        if self.in_thought:
            self.reason = reason
            self.wants_answer = True
            if self._pump is not None and asyncio.current_task() is not self._pump:
                self._pump.cancel()

    async def _stream(self) -> None:
        # The protocol says AsyncIterator; every engine's stream is a generator and can be closed.
        stream: Any = self.stage.engine.stream(self.request)
        async with aclosing(stream):
            async for delta in stream:
                self._take(delta)
                if self.finish is not None:
                    continue  # the stream ends by itself, which keeps its connection
                if self.reason is None and not self.stage.room.is_set():
                    await self.stage.room.wait()
                if self.reason is not None:
                    break

    def _take(self, delta: Delta) -> None:
        if self.first is None and not isinstance(delta, Prefill):
            self.first = self.stage.now()
        match delta:
            case ThinkingText():
                self._think(delta)
            case AnswerText():
                if delta.logprobs:
                    self._score(delta.logprobs)
                    self.logprobs.extend(delta.logprobs)
                self._seen_answer += 1
                if not self._counted:
                    self._estimate()
                # Templates part thought and answer by empty lines, which belong to neither.
                text = delta.text if self._begun else delta.text.lstrip("\r\n")
                self._begun = self._begun or bool(text)
                if text or delta.logprobs:
                    self.answer.append(text)
                    self._sink(text, delta.logprobs)
            case Running():
                self._count(delta.tokens, delta.estimated)
            case ToolCallDelta():
                self.tool_calls.append(delta.call)
                self.stage.emit(ToolCalled(agent=self.agent, call=delta.call, at=self.stage.now()))
            case Finish():
                self._count(delta.tokens, delta.estimated)
                self.finish = delta
            case Prefill():
                pass
            case _:
                assert_never(delta)

    def _think(self, delta: ThinkingText) -> None:
        if delta.logprobs:
            self._score(delta.logprobs)
        self._seen_thinking += 1
        if not self._counted:
            self._estimate()
        if not delta.text:
            return
        self.thinking.append(delta.text)
        self.stage.emit(ThinkingDelta(agent=self.agent, text=delta.text, at=self.stage.now()))
        self._thoughts += 1
        self._uncounted += 1
        if not self._counted or self._uncounted > 1:
            self._check_thought()
        if self.watch is not None:
            self.watch(delta.text)

    def _score(self, logprobs: tuple[TokenLogprob, ...]) -> None:
        for token in logprobs:
            confidence = token_confidence(token)
            if confidence is not None:
                self.confidences.append(confidence)

    def _estimate(self) -> None:
        """Go by the deltas, one token each, until the engine gives a count of its own."""
        if self._seen_thinking or self._seen_answer:
            prompt, cached = self.tokens.prompt, self.tokens.cached
            self.tokens = Tokens(prompt=prompt, cached=cached, thinking=self._seen_thinking, answer=self._seen_answer)
            self.estimated = True

    def _count(self, tokens: Tokens, estimated: bool) -> None:
        self._counted = True
        self._uncounted = 0
        self.tokens = tokens
        self.estimated = estimated
        self._check_thought()
        self.stage.check_spending()

    def _check_thought(self) -> None:
        """Close the thought at its bound, or when it only repeats itself.

        Done when a count comes, so that the ledger has the token that was just said; engines that
        do not count after every delta are checked at the deltas.
        """
        if self._begun or not self.thinking or self.reason is not None:
            return
        if self.cut_at is not None and self.tokens.thinking >= self.cut_at:
            self.close_thought("budget")
        elif self.pausing:
            self.close_thought("trial")
        elif self._thoughts >= self._next_loop_check:
            self._next_loop_check = self._thoughts + LOOP_CHECK_DELTAS
            if is_looping("".join(self.thinking[-LOOP_TAIL_DELTAS:])):
                self.close_thought("budget")

    @property
    def stop_reason(self) -> StopReason:
        """Why it ended, in the ledger's words."""
        if self.error is not None:
            return "error"
        if self.reason is not None:
            return self.reason
        if self.finish is None:
            return "cancelled"
        if self.finish.reason == "stop" and self.finish.budget_hit:
            return "budget"
        return self.finish.reason

    @property
    def entry(self) -> Entry:
        """Its line in the ledger."""
        return self.stage.entry(
            self.kind,
            agent=self.agent,
            round=self.round,
            tokens=self.tokens,
            seconds=self.seconds,
            reason=self.stop_reason,
            estimated=self.estimated,
        )
