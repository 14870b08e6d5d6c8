"""What the routes of one server share: its settings, models, gate, metrics, store, and the runs now alive."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from helicon.server.auth import Doorkeeper
from helicon.server.errors import ShuttingDown
from helicon.server.http import Scope, Send
from helicon.server.limits import Gate, Receive, Shares
from helicon.server.metrics import Metrics
from helicon.server.models import Registry
from helicon.server.settings import Settings
from helicon.server.ssrf import Policy

if TYPE_CHECKING:
    from helicon.modes import Run
    from helicon.store import Recorder

Stopped = Literal["", "client", "shutdown"]


def shutting_down() -> ShuttingDown:
    """The error of everything that a shutdown ends."""
    return ShuttingDown("this server is shutting down.", hint="Send the request again in a moment.")


@dataclass(eq=False, slots=True)
class Live:
    """One run on its way, so that it can be stopped from outside."""

    run: Run | None = None
    stopped: Stopped = ""
    """Who ended it, if not the run itself."""
    over: bool = False
    """The run's last event came; what happens now can stop nothing."""

    def stop(self, by: Stopped) -> None:
        """Cancel the run at once; the first reason stands."""
        if self.over:
            return
        self.stopped = self.stopped or by
        if self.run is not None:
            self.run.cancel()


@dataclass(eq=False, slots=True, kw_only=True)
class Core:
    """See the module's text."""

    settings: Settings
    registry: Registry
    door: Doorkeeper
    gate: Gate
    shares: Shares
    metrics: Metrics
    recorder: Recorder | None = None
    policy: Policy = field(default_factory=Policy)
    """How pictures are fetched."""
    pictures: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(4))
    """Requests that may read their pictures at the same time."""
    live: set[Live] = field(default_factory=set)
    draining: bool = False
    _idle: asyncio.Event = field(default_factory=asyncio.Event)

    def begin(self, live: Live) -> None:
        """A run begins."""
        self.live.add(live)
        self._idle.clear()

    def end(self, live: Live) -> None:
        """A run is over and answered."""
        self.live.discard(live)
        if not self.live:
            self._idle.set()

    async def drain(self, seconds: float) -> None:
        """Refuse new requests, let the running ones end for ``seconds``, then stop what is left and wait."""
        self.draining = True
        self.gate.fail_waiting(shutting_down())
        if await self._emptied(seconds):
            return
        for live in list(self.live):
            live.stop("shutdown")
        await self._emptied(1)

    async def _emptied(self, seconds: float) -> bool:
        if self.live:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._idle.wait()
        return not self.live


@dataclass(eq=False, slots=True)
class Exchange:
    """One request at one server: what a handler gets."""

    core: Core
    scope: Scope
    receive: Receive
    send: Send
    key: int | None = None
    """Which key it came with; ``None`` where none is asked."""
