"""The end of a run whose process died: what its stored events came to. Called in a thread of the shelf."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from helicon.errors import InputError
from helicon.events import Event, Fold, from_dict
from helicon.server.shown import ThinkingClock, summary_of

if TYPE_CHECKING:
    from helicon.store import Library, RunRow, StoredMessage

INTERRUPTED = "the server ended while this was answered."


def events_in(lines: list[str]) -> list[Event]:
    """Stored lines as events; those that a newer version wrote and nobody here knows are left out."""
    events = []
    for line in lines:
        try:
            events.append(from_dict(json.loads(line)))
        except (InputError, ValueError):
            continue
    return events


def end_as_found(library: Library, row: RunRow) -> tuple[StoredMessage, bool] | None:
    """Give the message of an interrupted run the text and the numbers that its events hold; the message, and
    whether its conversation is blind."""
    message = library.message(row.owner, row.message)
    conversation = library.conversation(row.owner, row.conversation)
    if message is None or conversation is None:
        return None
    fold, clock = Fold(), ThinkingClock()
    for event in events_in(library.events(row.id)):
        fold.feed(event)
        clock.feed(event)
    result = fold.result
    summary = summary_of(result, clock.seconds) if result.run_id else None
    library.update_message(
        row.owner, message.id, text=result.answer, state="interrupted", error=INTERRUPTED, summary=summary
    )
    message = replace(message, text=result.answer, state="interrupted", error=INTERRUPTED, summary=summary)
    return message, conversation.blind
