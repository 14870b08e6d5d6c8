"""What the parts of one run share: the question, the engine, the clock, the events, the ways to stop.

A stage decides nothing about modes. It knows which calls are running, and has three ways to end
them: ``soften`` asks thoughts to close and answer (a deadline is near, or the answer is asked for),
``strike`` ends one agent, ``stop`` ends everything now. It also knows what a run that was interrupted
left to the one that goes on from it: nothing here, see ``helicon.modes.resuming``.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from hashlib import blake2b
from time import time
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

from helicon.engines.protocol import Capabilities, Engine
from helicon.events import Event, Fold
from helicon.ledger import CallKind, Entry, StopReason, Tokens
from helicon.messages import Question, Sampling

if TYPE_CHECKING:
    from helicon.modes.agent import Assignment, Work
    from helicon.modes.call import Sink
    from helicon.modes.earlier import Thought

T = TypeVar("T")
E = TypeVar("E", bound=Event)

NOBODY = -1
"""The agent of a call that belongs to none."""
FALLBACK_SAMPLING = Sampling(
    temperature=0.7, top_p=0.95, top_k=40, min_p=0.0, presence_penalty=0.0, frequency_penalty=0.0
)
"""Where neither the question nor the family says anything: engines' own defaults differ, so values are always sent."""
CLOSING_SHARE = 0.25
CLOSING_SECONDS = 5.0
"""Of a deadline, this share and at most these seconds are kept for closing a thought and answering."""
LAST_SHARE = 0.1
LAST_SECONDS = 0.1
"""Kept for ending the calls, so that the last event comes before the deadline."""


class Stopped(Exception):
    """The run was stopped while something was awaited; never leaves this package."""


class Stoppable(Protocol):
    """A running call of an engine."""

    tokens: Tokens
    agent: int

    def stop(self, reason: StopReason) -> None:
        """End it now."""

    def close_thought(self, reason: StopReason) -> None:
        """End it now if it is still thinking, to be asked for its answer."""


def derived_seed(seed: int, round: int, agent: int) -> int:
    """The seed of one agent in one round.

    The first agent of the first round takes the question's own seed, so that a plain call is
    repeatable by hand; every other one takes 31 bits of BLAKE2b over ``seed:round:agent``.
    """
    if round <= 1 and agent <= 0:
        return seed
    digest = blake2b(f"{seed}:{round}:{agent}".encode(), digest_size=4).digest()
    return int.from_bytes(digest, "big") & 0x7FFFFFFF


class Stage:
    """One run's shared state."""

    resumed: ClassVar[bool] = False
    """Whether it goes on from an interrupted run. Asked before the calls that every run makes many times."""

    def __init__(self, question: Question, engine: Engine, *, seed: int, deliver: Callable[[Event], None]) -> None:
        self.question = question
        self.engine = engine
        self.capabilities = Capabilities()
        self.seed = seed
        self.created = time()
        self.round = 0
        self.fold = Fold()
        self.stopped: StopReason | None = None
        """Why everything was stopped; nothing new may start then."""
        self.halted: StopReason | None = None
        """Why the calls of this round were ended; a later round may start again."""
        self.softened: StopReason | None = None
        """Why thoughts should close: the deadline's reserve has begun, or the answer was asked for."""
        self.struck: set[tuple[int, int]] = set()
        """Agents that were ended from outside, each with its round."""
        self.on_soften: Callable[[], bool] | None = None
        """Asked first when that happens; true when it saw to the running calls itself."""
        self.calls: set[Stoppable] = set()
        self.room = asyncio.Event()
        """Set while the consumer keeps up; calls read no further without it."""
        self.room.set()
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()
        self._deliver = deliver
        self._helpers: set[asyncio.Future[Any]] = set()
        self._timers: list[asyncio.TimerHandle] = []
        self._last: float | None = None
        """When everything is ended, in seconds since the run began; ``None`` without a deadline."""
        self._closing: float | None = None
        """When thoughts are asked to close."""
        self._bounded = question.budget.total_tokens is not None or question.budget.money is not None

    # the clock

    def now(self) -> float:
        """Seconds since the run began."""
        return self._loop.time() - self._began

    def start_deadline(self) -> None:
        """Arm the two timers of the question's deadline."""
        deadline = self.question.budget.deadline_seconds
        if deadline is None:
            return
        self._last = deadline - min(LAST_SECONDS, deadline * LAST_SHARE)
        self._timers = [self._loop.call_at(self._began + self._last, self.stop, "deadline")]
        self.keep_for_closing(min(CLOSING_SECONDS, deadline * CLOSING_SHARE))

    def keep_for_closing(self, seconds: float) -> None:
        """Ask thoughts to close that long before everything is ended; nothing changes once they were asked."""
        if self._last is None or self.softened:
            return
        self._closing = self._last - seconds
        for timer in self._timers[1:]:
            timer.cancel()
        self._timers[1:] = [self._loop.call_at(self._began + self._closing, self.soften)]

    @property
    def seconds_left(self) -> float | None:
        """Until thoughts are asked to close; ``None`` without a deadline."""
        return None if self._closing is None else max(0.0, self._closing - self.now())

    @property
    def seconds_to_end(self) -> float | None:
        """Until everything is ended; ``None`` without a deadline."""
        return None if self._last is None else max(0.0, self._last - self.now())

    # the events

    def emit(self, event: Event) -> None:
        """Fold one event and hand it to the consumer."""
        self.fold.feed(event)
        self._deliver(event)

    def entry(
        self,
        kind: CallKind,
        *,
        agent: int,
        round: int,
        tokens: Tokens,
        seconds: float,
        reason: StopReason,
        estimated: bool,
    ) -> Entry:
        """A ledger entry, priced."""
        return Entry(
            kind=kind,
            agent=agent,
            round=round,
            tokens=tokens,
            seconds=seconds,
            stop_reason=reason,
            model=self.engine.info.name,
            money=self.price(tokens),
            estimated=estimated,
        )

    def price(self, tokens: Tokens) -> float:
        """In the currency of the engine's prices."""
        info = self.engine.info
        if not (info.price_prompt or info.price_generated):
            return 0.0
        return (tokens.prompt * info.price_prompt + tokens.generated * info.price_generated) / 1_000_000

    # what is spent

    @property
    def tokens_left(self) -> int | None:
        """Of the run's own bounds (tokens, money), for calls that start now; ``None`` = no bound."""
        budget = self.question.budget
        spent = self.fold.ledger
        lefts = []
        if budget.total_tokens is not None:
            lefts.append(budget.total_tokens - spent.tokens.generated)
        price = self.engine.info.price_generated
        if budget.money is not None and price > 0:
            lefts.append(int((budget.money - spent.money) * 1_000_000 / price))
        return max(0, min(lefts)) if lefts else None

    def check_spending(self) -> None:
        """Stop the run when what ended and what runs reach the run's bounds."""
        if not self._bounded or self.stopped:
            return
        budget = self.question.budget
        running = sum((call.tokens for call in self.calls), Tokens())
        ended = self.fold.ledger
        generated = ended.tokens.generated + running.generated
        over_tokens = budget.total_tokens is not None and generated > budget.total_tokens
        over_money = budget.money is not None and ended.money + self.price(running) >= budget.money
        if over_tokens or over_money:
            self.stop("budget")

    # the ways to stop

    def stop(self, reason: StopReason) -> None:
        """End every call and every wait now; nothing new starts."""
        if self.stopped:
            return
        self.stopped = reason
        for call in list(self.calls):
            call.stop(reason)
        for helper in list(self._helpers):
            helper.cancel()

    def halt(self, reason: StopReason) -> None:
        """End the calls that run, and those that their agents would make next."""
        self.halted = reason
        for call in list(self.calls):
            call.stop(reason)

    def ending(self) -> StopReason | None:
        """Why no call may start now; ``None`` when one may."""
        return self.stopped or self.halted

    def soften(self, reason: StopReason = "deadline") -> None:
        """The reserve of the deadline begins, or the caller wants the answer now; only the first time counts."""
        if self.softened or self.stopped:
            return
        self.softened = reason
        if self.on_soften is not None and self.on_soften():
            return
        for call in list(self.calls):
            call.close_thought(reason)

    def strike(self, agent: int) -> None:
        """End one agent of this round, its calls to come included; nothing happens where it has ended."""
        if agent < 0 or self.stopped:
            return
        self.struck.add((agent, self.round))
        for call in list(self.calls):
            if call.agent == agent:
                call.stop("cancelled")

    # what an interrupted run left: nothing, in a run that begins

    def go_live(self) -> None:
        """An engine is about to be asked."""

    def finish(self) -> None:
        """The run is about to end."""

    def carried(self, work: Assignment, sink: Sink) -> Work | None:
        """What this agent did in the interrupted run, said again; ``None`` when it has to be run."""
        return None

    def whole_thought(self, work: Assignment) -> Thought | None:
        """The thought that this agent had finished there without its answer, said again, if it can be answered now."""
        return None

    def heard(self, votes: int) -> list[list[int]]:
        """Agents of this round that are carried over, in the order in which they ended, as they were heard there.

        ``votes`` of the round are from before it.
        """
        return []

    def told(self, kind: type[E]) -> E | None:
        """The next event of this kind in the interrupted run."""
        return None

    def synthesis(self) -> tuple[str, StopReason] | None:
        """The text that was composed there, said again, and how it ended; ``None`` when it has to be written."""
        return None

    def close(self) -> None:
        """Disarm the timers."""
        for timer in self._timers:
            timer.cancel()

    async def guard(self, work: Coroutine[Any, Any, T]) -> T:
        """Await ``work``, but give up as soon as the run is stopped.

        Raises:
            Stopped: it was given up; ``work`` has ended by then.
        """
        if self.stopped:
            work.close()
            raise Stopped
        task = asyncio.ensure_future(work)
        self._helpers.add(task)
        try:
            await ended(task)
        finally:
            self._helpers.discard(task)
        if task.cancelled():
            raise Stopped
        return task.result()

    async def guard_any(self, work: Awaitable[T]) -> T:
        """``guard`` for any awaitable, such as a context manager's entry."""

        async def awaited() -> T:
            return await work

        return await self.guard(awaited())


async def ended(*tasks: asyncio.Future[Any]) -> None:
    """Wait until the tasks are done; when the waiter is cancelled, so are they, and they are awaited first."""
    for task in tasks:
        if task.done():
            continue
        waiter = asyncio.get_running_loop().create_future()
        task.add_done_callback(partial(_wake, waiter))
        try:
            await waiter
        except asyncio.CancelledError:
            for one in tasks:
                one.cancel()
            await asyncio.wait(tasks)
            raise


def _wake(waiter: asyncio.Future[None], _: asyncio.Future[Any]) -> None:
    if not waiter.done():
        waiter.set_result(None)
