"""What changed, told to every window of its owner.

Each window has a feed with bounded room: one that falls too far behind is told to look at everything anew.
Only windows of this process hear of a change; runs of other processes are seen by their logs.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable
from typing import Any

from helicon.server.errors import HttpRefusal

ROOM = 256
MOST_FEEDS = 64
"""Windows of one owner."""


def change(
    kind: str, *, conversation: str | None = None, run: str | None = None, message: dict[str, Any] | None = None
) -> dict[str, Any]:
    """One change as the stream tells it."""
    return {"kind": kind, "conversation": conversation, "run": run, "message": message}


class Feed:
    """The changes that one window has not yet been told."""

    def __init__(self, wake: Callable[[], None]) -> None:
        self._wake = wake
        self._waiting: deque[dict[str, Any]] = deque()

    def put(self, told: dict[str, Any]) -> None:
        """One more change."""
        if len(self._waiting) >= ROOM:
            self._waiting.clear()
            told = change("conversation")
        self._waiting.append(told)
        self._wake()

    def take(self) -> list[dict[str, Any]]:
        """Everything that waits."""
        taken = list(self._waiting)
        self._waiting.clear()
        return taken


class Changes:
    """The feeds of all windows."""

    def __init__(self) -> None:
        self._feeds: defaultdict[str, set[Feed]] = defaultdict(set)

    def listen(self, owner: str, wake: Callable[[], None]) -> Feed:
        """A new window's feed; give it back with ``leave``.

        Raises:
            HttpRefusal: 429, the owner has too many windows.
        """
        if len(self._feeds[owner]) >= MOST_FEEDS:
            raise HttpRefusal(
                f"{MOST_FEEDS} windows are open already.", hint="Close some.", status=429, code="too_many_windows"
            )
        feed = Feed(wake)
        self._feeds[owner].add(feed)
        return feed

    def leave(self, owner: str, feed: Feed) -> None:
        """A window is closed."""
        self._feeds[owner].discard(feed)
        if not self._feeds[owner]:
            del self._feeds[owner]

    def tell(self, owner: str, told: dict[str, Any]) -> None:
        """All windows of ``owner``."""
        for feed in self._feeds.get(owner, ()):
            feed.put(told)

    def tell_everybody(self, told: dict[str, Any]) -> None:
        """All windows of all owners."""
        for owner in list(self._feeds):
            self.tell(owner, told)
