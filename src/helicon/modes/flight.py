"""The agents of one round in the air: begun when told, side by side, and handed back as each ends.

There is no barrier: any number may begin at any time. Agents that begin together have their common
prompt placed on the engine's slots at once; one that begins alone takes a slot that was just left,
which still holds that prompt. This module decides nothing; see ``policy`` and ``contemplating``.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import Self, TypeAlias

from helicon.budgets import Split
from helicon.engines.protocol import Request
from helicon.errors import EngineError
from helicon.events import CallEnded
from helicon.ledger import Tokens
from helicon.modes.agent import Assignment, Work, draft, request_of, run_agent
from helicon.modes.compression_trials import Trials
from helicon.modes.stage import NOBODY, Stage, Stopped

Ready: TypeAlias = list[tuple[Assignment, Request]]
"""Agents whose prompts are placed."""


class Flight:
    """One round's agents. Leaving it ends what still runs, and waits for that."""

    def __init__(
        self,
        stage: Stage,
        waiting: Iterable[Assignment],
        *,
        trials: Callable[[Assignment], Trials | None] | None = None,
        votes: int = 0,
    ) -> None:
        """
        Args:
            trials: makes the trial answers of an agent that begins; ``None`` = nobody's.
            votes: of the round from before it.
        """
        self.stage = stage
        self._trials = trials
        self.waiting = deque(waiting)
        """Who has not begun, in order."""
        self.started = 0
        self._heard = deque(stage.heard(votes))
        """Agents that an interrupted run had heard, together as there. They are the first to begin, and heard
        before anybody else is placed."""
        self._carried: dict[int, Assignment] = {}
        """Those of them that have begun."""
        self._held: Ready = []
        """Others that have begun, and wait for them."""
        if self._heard:
            order = [agent for together in self._heard for agent in together]
            self.waiting = deque(sorted(self.waiting, key=lambda one: _place(order, one.agent)))
        self._agents: set[asyncio.Task[Work]] = set()
        self._placing: dict[asyncio.Task[Ready], int] = {}
        self._places = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Hold the places of the agents that will begin."""
        await self._places.__aenter__()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Free the places, once nobody uses them any more."""
        try:
            rest: set[asyncio.Task[Work] | asyncio.Task[Ready]] = {*self._agents, *self._placing}
            for task in rest:
                task.cancel()
            if rest:
                await asyncio.wait(rest)
        finally:
            await self._places.__aexit__(kind, error, trace)

    @property
    def running(self) -> int:
        """Agents begun and not ended, those whose prompt is being placed included."""
        return len(self._agents) + sum(self._placing.values()) + len(self._carried) + len(self._held)

    def start(self, number: int, *, within: Callable[[Split], Split] | None = None) -> None:
        """Begin the next ``number`` of those who wait; ``within`` may narrow their bounds."""
        batch = [self.waiting.popleft() for _ in range(min(number, len(self.waiting)))]
        if within is not None:
            batch = [replace(assignment, bounds=within(assignment.bounds)) for assignment in batch]
        self.started += len(batch)
        if self._heard:
            heard = {agent for together in self._heard for agent in together}
            self._carried |= {one.agent: one for one in batch if one.agent in heard}
            batch = [one for one in batch if one.agent not in heard]
        ready = [(assignment, request_of(self.stage, assignment)) for assignment in batch]
        if self._carried:
            self._held += ready
        else:
            self._begin(ready)

    def _begin(self, ready: Ready) -> None:
        if len(ready) > 1 and self.stage.capabilities.share_prefix:
            self.stage.go_live()
            self._placing[asyncio.create_task(self._place(ready))] = len(ready)
        else:
            self._launch(ready)

    async def _hear(self) -> list[Work]:
        """The next agents of the interrupted run, those that were heard together there."""
        together = self._heard.popleft()
        now = [self._carried.pop(agent) for agent in together if agent in self._carried]
        later = [agent for agent in together if agent not in {one.agent for one in now}]
        if later:
            self._heard.appendleft(later)
        return [await run_agent(self.stage, one, draft(self.stage, one.agent)) for one in now]

    async def ended(self, seconds: float | None = None) -> list[Work]:
        """Wait for something to happen, or so many seconds; the agents that ended, if it was that.

        Raises:
            InputError: the prompt itself cannot be read.
        """
        if self._carried:
            return await self._hear()
        if self._held:
            held, self._held = self._held, []
            self._begin(held)
        if not self._agents and not self._placing:
            return []
        await asyncio.wait({*self._agents, *self._placing}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        for placed in [task for task in self._placing if task.done()]:
            del self._placing[placed]
            if not placed.cancelled() and not self.stage.ending():
                self._launch(placed.result())
            elif not placed.cancelled():
                placed.exception()  # nobody begins any more, whatever came of it
        done = {task for task in self._agents if task.done()}
        self._agents -= done
        # In the order of their ends: sums of weights must not depend on where tasks lie in memory.
        return sorted((task.result() for task in done), key=lambda work: (work.ended.at, work.ended.agent))

    def ground(self) -> None:
        """Let nobody begin any more, those included whose prompt is being placed."""
        self.waiting.clear()
        self._held.clear()
        for task in self._placing:
            task.cancel()

    def _launch(self, ready: Ready) -> None:
        for assignment, request in ready:
            sink = draft(self.stage, assignment.agent)
            trials = self._trials(assignment) if self._trials else None
            agent = run_agent(self.stage, assignment, sink, placed=request, trials=trials)
            self._agents.add(asyncio.create_task(agent))

    async def _place(self, ready: Ready) -> Ready:
        requests = [request for _, request in ready]
        try:
            shared = await self._places.enter_async_context(placed(self.stage, requests))
        except Stopped:
            return []
        return [(assignment, request) for (assignment, _), request in zip(ready, shared, strict=True)]


def _place(order: Sequence[int], agent: int) -> int:
    """The agent's place in the order; those who are not in it come last."""
    return order.index(agent) if agent in order else len(order)


@asynccontextmanager
async def placed(stage: Stage, requests: Sequence[Request]) -> AsyncIterator[tuple[Request, ...]]:
    """The requests after ``Engine.share_prefix``, whose cost goes to the ledger.

    A failure to share is no failure of the run: the requests then go as they are.

    Raises:
        InputError: the prompt itself cannot be read.
        Stopped: the run ended meanwhile.
    """
    if len(requests) < 2 or not stage.capabilities.share_prefix:
        yield tuple(requests)
        return
    manager = stage.engine.share_prefix(requests)
    try:
        shared = await stage.guard_any(manager.__aenter__())
    except (EngineError, OSError):
        yield tuple(requests)
        return
    try:
        if shared.tokens != Tokens():
            entry = stage.entry(
                "prime",
                agent=NOBODY,
                round=stage.round,
                tokens=shared.tokens,
                seconds=shared.seconds,
                reason="stop",
                estimated=False,
            )
            stage.emit(CallEnded(entry=entry, at=stage.now()))
        yield shared.requests
    finally:
        with suppress(EngineError, OSError):
            await manager.__aexit__(None, None, None)
