"""The numbered log of one run, as everybody reads it: the page that asked, a second window, a window that comes back.

A log is a list of JSON lines that only grows. Readers keep a number, take what is behind it, and are woken when
there is more; so a slow reader costs nothing but its place in the list, and no reader can miss a line or see one
twice. ``RunLog`` knows nothing of engines, databases or sockets.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from helicon.server.replies import dumps
from helicon.server.runs.veil import veiled

if TYPE_CHECKING:
    from helicon.server.shelf import Shelf
    from helicon.store import RunState, StoredMessage

FRAME_CHARACTERS = 128 * 1024
"""So much of a log is sent at once at most."""


class RunLog:
    """One run's events and state."""

    def __init__(
        self,
        run_id: str,
        owner: str,
        *,
        conversation: str,
        shelf: Shelf,
        model: str,
        mode: str,
        created: float,
        message: StoredMessage | None = None,
        blind: bool = False,
    ) -> None:
        self.run_id = run_id
        self.owner = owner
        self.conversation = conversation
        self.shelf = shelf
        self.model = model
        self.mode = mode
        self.created = created
        self.message = message
        """The message that the run writes, as it stands."""
        self.blind = blind
        """Who answers is not to be seen yet."""
        self.lines: list[str] = []
        self.state: RunState = "running"
        self.deleted = False
        """Nobody may see it any more."""
        self.ended_at = 0.0
        """``monotonic``; 0 while it runs."""
        self._watchers: set[Callable[[], None]] = set()

    def __len__(self) -> int:
        return len(self.lines)

    @property
    def ended(self) -> bool:
        """No line comes any more."""
        return self.state != "running"

    @property
    def watched(self) -> bool:
        """Whether somebody reads along."""
        return bool(self._watchers)

    def watch(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` whenever there is more, until ``unwatch``."""
        self._watchers.add(wake)

    def unwatch(self, wake: Callable[[], None]) -> None:
        """Call it no more."""
        self._watchers.discard(wake)

    def append(self, lines: list[str]) -> None:
        """The next lines."""
        if lines:
            self.lines += lines
            self.wake()

    def end(self, state: RunState, message: StoredMessage | None) -> None:
        """The last line was the last."""
        self.state, self.message, self.ended_at = state, message or self.message, time.monotonic()
        self.wake()

    def wake(self) -> None:
        """Everybody who watches looks again."""
        for wake in list(self._watchers):
            wake()

    def shown(self, start: int, end: int | None = None) -> list[str]:
        """The lines from ``start`` as they may be seen."""
        lines = self.lines[start:end]
        return [veiled(line) for line in lines] if self.blind else lines


class Reader:
    """One reader's place in a log; gives the frames of the page's stream."""

    def __init__(self, log: RunLog, start: int, show: Callable[[StoredMessage], dict[str, Any]]) -> None:
        self.log = log
        self._show = show
        self._reset = start > len(log)
        """It asked for more than there is, so what it has is of something else."""
        self.at = 0 if self._reset else start
        self.done = False

    @property
    def ready(self) -> bool:
        """Whether ``frame`` has something."""
        return not self.done and (self._reset or self.at < len(self.log) or self.log.ended)

    def frame(self) -> bytes:
        """The next frame; the last one tells the end."""
        if self._reset or self.at < len(self.log):
            return self._events()
        self.done = True
        message = self.log.message
        end = {
            "run": self.log.run_id,
            "length": len(self.log),
            "state": self.log.state,
            "message": self._show(message) if message is not None else None,
        }
        return b"event: end\ndata: " + dumps(end) + b"\n\n"

    def _events(self) -> bytes:
        begin, size, end = self.at, 0, self.at
        lines = self.log.lines
        while end < len(lines) and (size == 0 or size + len(lines[end]) <= FRAME_CHARACTERS):
            size += len(lines[end])
            end += 1
        reset = ',"reset":true' if self._reset else ""
        self._reset, self.at = False, end
        body = ",".join(self.log.shown(begin, end))
        head = f'event: run\ndata: {{"run":"{self.log.run_id}","from":{begin},"to":{end}{reset},"events":['
        return f"{head}{body}]}}\n\n".encode("utf-8", "replace")
