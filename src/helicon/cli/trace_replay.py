"""``helicon trace replay``: stored events through the display of ``helicon ask``, at their own pace.

The same events in the same order as the live run; nothing is asked of an engine.
"""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from helicon.cli.display import Answer, view_for
from helicon.events import Fold
from helicon.store import event_in

if TYPE_CHECKING:
    from helicon.store import Trace


def play(trace: Trace, *, speed: float, as_json: bool) -> int:
    """Show the run again, ``speed`` times as fast, or print its stored lines; 0 waits for nothing."""
    clock = Clock(speed)
    if as_json:
        for line in trace.lines:
            if speed:
                event = event_in(line)
                clock.wait(event.at if event else None)
                sys.stdout.flush()
            sys.stdout.write(line + "\n")
        return 0
    view = view_for(sys.stderr, thinking=True, answer_here=sys.stdout.isatty())
    answer = Answer(sys.stdout, hold=False)
    fold = Fold()
    try:
        for event in trace.events:
            clock.wait(event.at)
            fold.feed(event)
            view.feed(event)
            answer.feed(event)
        view.close()
        answer.finish(fold.result.answer)
        view.ledger(fold.result)
    finally:
        view.close()
    return 0


class Clock:
    """Waits until a moment of the run has come."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self.began = time.monotonic()
        self.first: float | None = None

    def wait(self, at: float | None) -> None:
        """Sleep until ``at`` (seconds of the run), counted from the first moment."""
        if not self.speed or at is None:
            return
        self.first = at if self.first is None else self.first
        left = (at - self.first) / self.speed - (time.monotonic() - self.began)
        if left > 0:
            time.sleep(left)
