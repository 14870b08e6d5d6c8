"""A trace: the stored lines of one run, read back as events. Pure; files and databases are elsewhere.

A line is one event as JSON. The first line of a trace in a file is a header, which says that it is one:

    {"type":"trace","format":"helicon-trace","version":1,"helicon":"0.1.0"}
    {"type":"run_started",...}
    ...
    {"type":"run_ended",...}

Lines are kept exactly as they are stored, so that replaying or exporting gives them back byte for byte.
What a newer version wrote is read as far as this one knows it: unknown types of events and unknown fields
are passed over and counted. A trace without its ``run_ended`` was cut; what is there is still a trace.
"""

from __future__ import annotations

import json
import math
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from typing import Any, Literal, cast, get_args, get_origin, get_type_hints

from helicon.errors import InputError
from helicon.events import EVENT_TYPES, DraftDelta, Event, RunEnded, RunStarted, ThinkingDelta, from_dict, to_dict
from helicon.ledger import Tokens

FORMAT = "helicon-trace"
VERSION = 1
"""Grows when a reader of the version before would misunderstand; new events and fields do not make it grow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """One stored run."""

    place: str
    """Where it is: a file's name or a database's URL without its password."""
    lines: tuple[str, ...]
    """One event each, as stored; a file's header is not among them."""
    events: tuple[Event, ...]
    """Those that this version can read, in the stored order."""
    unread: tuple[str, ...] = ()
    """Types of the events that it cannot read, one for each such line."""
    cut: str = ""
    """Why the trace is not whole, in words; empty where it is."""
    version: int = VERSION

    @property
    def id(self) -> str:
        """The run's id; empty when the trace was cut before its first event."""
        return next((event.run_id for event in self.events if isinstance(event, RunStarted)), "")

    @property
    def summary(self) -> Summary:
        """The trace in one row."""
        first = next((event for event in self.events if isinstance(event, RunStarted)), None)
        last = next((event for event in reversed(self.events) if isinstance(event, RunEnded)), None)
        return summarise(first, last, place=self.place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """One row of a list of traces."""

    id: str
    place: str
    created: float
    """Seconds since 1970, UTC."""
    model: str
    mode: str
    """That gave the answer."""
    asked_mode: str
    question: str
    answer: str
    stop_reason: str
    """Empty where the trace was cut."""
    seconds: float
    tokens: Tokens


def summarise(first: RunStarted | None, last: RunEnded | None, *, place: str) -> Summary:
    """The row that a run's first and last event give."""
    asked = first.mode if first else ""
    return Summary(
        id=first.run_id if first else "",
        place=place,
        created=first.created if first else 0.0,
        model=first.model if first else "",
        mode=last.mode if last else asked,
        asked_mode=asked,
        question=first.question if first else "",
        answer=last.answer if last else "",
        stop_reason=last.stop_reason if last else "",
        seconds=last.at if last else 0.0,
        tokens=last.ledger.tokens if last else Tokens(),
    )


def line_of(event: Event) -> str:
    """An event as it is stored: compact JSON in ASCII, without a line end."""
    return json.dumps(to_dict(event), separators=(",", ":"))


def header_line(program: str) -> str:
    """The first line of a trace in a file; ``program`` is the version that writes it."""
    header = {"type": "trace", "format": FORMAT, "version": VERSION, "helicon": program}
    return json.dumps(header, separators=(",", ":"))


def event_in(line: str) -> Event | None:
    """The event that a stored line holds; ``None`` where this version cannot read it."""
    stored = read_object(line)
    return None if stored is None else read_event(stored)


def read_object(line: str) -> dict[str, Any] | None:
    """The JSON object in a line; ``None`` where it holds none."""
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def read_event(stored: dict[str, Any]) -> Event | None:
    """The event in an object; ``None`` for an unknown type, and for fields that are missing or of a wrong kind."""
    kind = stored.get("type")
    if not isinstance(kind, str) or kind not in EVENT_TYPES:
        return None
    if (delta := _delta(kind, stored)) is not None:
        return delta
    try:
        event = from_dict(stored)
    except (InputError, RecursionError):
        return None
    return event if _fits(cast(Any, type(event)))(event) else None


def trace_of(lines: Iterable[str], *, place: str, version: int = VERSION, torn: bool = False) -> Trace:
    """The trace that stored lines make; ``torn`` when the last of them lacks its line end.

    A line in the middle that cannot be read is counted; a torn last line that cannot be read is left out.
    """
    kept: list[str] = []
    events: list[Event] = []
    unread: list[str] = []
    cut = ""
    for line in lines:
        kept.append(line)
        stored = read_object(line)
        event = read_event(stored) if stored is not None else None
        if event is not None:
            events.append(event)
        else:
            unread.append(str(stored.get("type"))[:40] if stored is not None else "a line that is no JSON object")
    if torn and kept and read_object(kept[-1]) is None:
        kept.pop()
        unread.pop()
        cut = "its last line is cut short"
    elif not any(isinstance(event, RunEnded) for event in events):
        cut = "it has no end" if events else "it holds no event"
    return Trace(place=place, lines=tuple(kept), events=tuple(events), unread=tuple(unread), cut=cut, version=version)


def _delta(kind: str, stored: dict[str, Any]) -> Event | None:
    """The short way for what most lines are; ``None`` for everything else, and for whatever is odd about them."""
    if kind not in DELTAS or len(stored) != 4:
        return None
    agent, text, at = stored.get("agent"), stored.get("text"), stored.get("at")
    if type(agent) is int and type(text) is str and type(at) is float and math.isfinite(at):
        return DELTAS[kind](agent=agent, text=text, at=at)
    return None


DELTAS: dict[str, type[ThinkingDelta | DraftDelta]] = {"thinking_delta": ThinkingDelta, "draft_delta": DraftDelta}

# Whether the values of an event that was read are of the kinds its fields promise.


@cache
def _fits(hint: Any) -> Callable[[Any], bool]:
    """A check of one type; a ``Literal`` takes every text, because newer versions have more words."""
    if hint is float:
        return lambda value: isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if hint is int:
        return lambda value: isinstance(value, int) and not isinstance(value, bool)
    if hint in (str, bool):
        return lambda value: isinstance(value, hint)
    if is_dataclass(hint) and isinstance(hint, type):
        return _fits_dataclass(hint)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Literal:
        return lambda value: isinstance(value, str)
    if origin in (types.UnionType, typing.Union):
        checks = [_fits(argument) for argument in arguments]
        return lambda value: any(check(value) for check in checks)
    if origin is tuple and arguments[-1] is Ellipsis:
        inner = _fits(arguments[0])
        return lambda value: isinstance(value, tuple) and all(map(inner, value))
    if origin is tuple:
        parts = [_fits(argument) for argument in arguments]
        return lambda value: (
            isinstance(value, tuple)
            and len(value) == len(parts)
            and all(check(item) for check, item in zip(parts, value, strict=True))
        )
    if hint is type(None):
        return lambda value: value is None
    return lambda _value: True


def _fits_dataclass(kind: type) -> Callable[[Any], bool]:
    hints = get_type_hints(kind)
    checks = [(field.name, _fits(hints[field.name])) for field in fields(kind)]
    return lambda value: isinstance(value, kind) and all(check(getattr(value, name)) for name, check in checks)
