"""What is written down at the end of a run; for one whose process died, what its stored events came to."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helicon.errors import InputError
from helicon.events import Event, Fold, Result, from_dict, to_dict
from helicon.server.shown import ThinkingClock, summary_of

if TYPE_CHECKING:
    from helicon.store import Library, RunRow, RunState, StoredMessage

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


def row_of(result: Result, state: RunState, asked: str) -> dict[str, Any]:
    """The arguments of ``Library.end_run`` beside the id and the message."""
    tokens = result.ledger.tokens
    return {
        "state": state,
        "mode": result.mode if result.run_id else asked,
        "stop_reason": result.stop_reason or "",
        "ledger": to_dict(result.ledger),
        "prompt": tokens.prompt,
        "cached": tokens.cached,
        "thinking": tokens.thinking,
        "answer": tokens.answer,
        "cancelled": result.ledger.cancelled.generated,
        "seconds": round(result.seconds, 4),
        "money": result.ledger.money,
    }


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
    changes: dict[str, Any] = {"text": result.answer, "state": "interrupted", "error": INTERRUPTED, "summary": summary}
    library.end_run(row.id, **row_of(result, "interrupted", row.mode), message=changes)
    return replace(message, **changes), conversation.blind
