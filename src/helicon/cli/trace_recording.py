"""``helicon ask --trace FILE --database URL``: the run's events on their way to a file and a database.

The file grows with the run; the database gets the whole run at its end. Neither can take the answer away:
a failure is kept and told when the answer has been printed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from helicon.errors import HeliconError, SetupError
from helicon.events import Event, RunStarted, replay, to_dict

if TYPE_CHECKING:
    from helicon.store import Store, TraceWriter


class Recording:
    """Feed it the run's events; ``close`` tells what was not stored."""

    def __init__(self, file: Path | None, database: str | None) -> None:
        self._path = file
        self._database = database
        self._writer: TraceWriter | None = None
        self._store: Store | None = None
        self._events: list[Event] = []
        self._failures: list[HeliconError] = []

    def open(self) -> None:
        """Find out whether the places can be written, before anything is asked.

        Raises:
            SetupError: they cannot.
            StoreError: the database does not answer.
        """
        if self._path is not None:
            from helicon.cli.commands import version
            from helicon.store import TraceWriter

            writer = TraceWriter(self._path, program=version())
            writer.check()
            self._writer = writer
        if self._database is not None:
            from helicon.store import open_store

            self._store = open_store(self._database)

    def feed(self, event: Event) -> None:
        """Store one more event."""
        if self._writer is not None:
            writer = self._writer
            self._try(lambda: writer.write(event))
        if self._store is not None:
            self._events.append(event)

    def close(self) -> list[HeliconError]:
        """Store what is left; the failures that nobody was told of yet."""
        if (writer := self._writer) is not None:
            self._writer = None
            self._try(writer.close)
        if (store := self._store) is not None:
            self._store = None
            if self._events:
                self._try(lambda: _save(store, self._events))
            store.close()
        failures, self._failures = self._failures, []
        return failures

    def _try(self, write: Callable[[], None]) -> None:
        try:
            write()
        except HeliconError as error:
            # Not a StoreError: trying again would ask again, and the answer has been given.
            self._failures.append(SetupError(error.message, hint=error.hint))


def _save(store: Store, events: list[Event]) -> None:
    from helicon.store import StoredRun

    result = replay(events)
    started = next((event for event in events if isinstance(event, RunStarted)), None)
    run = StoredRun(
        id=result.run_id,
        created=int(started.created) if started else 0,
        model=result.model,
        mode=result.mode,
        status=result.stop_reason or "cancelled",
        ledger=to_dict(result.ledger),
        events=tuple(events),
    )
    store.save([run])
