"""``helicon ask --resume TRACE``: the events of a run that was cut or stopped, for the run that goes on from it."""

from __future__ import annotations

from collections.abc import Sequence

from helicon.cli.plain import one_line
from helicon.cli.sources import Settings
from helicon.cli.trace_places import find
from helicon.errors import InputError
from helicon.events import Event, RunEnded, RunStarted

STOPPED = ("cancelled", "error")
"""How a run ended that can be gone on with."""


def earlier_of(name: str, settings: Settings) -> Sequence[Event]:
    """The events of the trace ``name``.

    Raises:
        InputError: there is no such trace, its run came to its end, or its beginning or a part of it cannot be read.
        SetupError: the place is not there.
    """
    trace = find(name, settings)
    if trace.unread:
        raise InputError(
            f"{len(trace.unread)} events of the trace {name!r} cannot be read by this version: "
            f"{', '.join(map(one_line, sorted(set(trace.unread))))}.",
            hint="Ask the question again, or go on with the version that wrote the trace.",
        )
    last = trace.events[-1] if trace.events else None
    if isinstance(last, RunEnded) and last.stop_reason not in STOPPED:
        raise InputError(
            f"the run in the trace {name!r} came to its end ({last.stop_reason}); expected one that did not.",
            hint=f"See it again: helicon trace replay {name}",
        )
    return trace.events


def check_model(earlier: Sequence[Event], model: str) -> None:
    """Refuse to go on with another model: its agents would vote together with those of the first.

    Raises:
        InputError: it is another one.
    """
    started = earlier[0]
    if isinstance(started, RunStarted) and started.model != model:
        raise InputError(
            f"the earlier run asked the model {one_line(started.model)!r}, this one is {model!r}.",
            hint="Name the same model with --model.",
        )
