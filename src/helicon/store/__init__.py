"""The store: runs, their events and ledgers, in SQLite, PostgreSQL or files. Names are imported when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helicon.store.archive import Archive as Archive
    from helicon.store.archive import open_archive as open_archive
    from helicon.store.journal import safe_for_wal as safe_for_wal
    from helicon.store.recorder import Recorder as Recorder
    from helicon.store.store import Store as Store
    from helicon.store.store import StoredRun as StoredRun
    from helicon.store.store import open_store as open_store
    from helicon.store.tracefile import Traces as Traces
    from helicon.store.tracefile import TraceWriter as TraceWriter
    from helicon.store.tracefile import scan as scan
    from helicon.store.traces import VERSION as VERSION
    from helicon.store.traces import Summary as Summary
    from helicon.store.traces import Trace as Trace
    from helicon.store.traces import event_in as event_in
    from helicon.store.traces import header_line as header_line
    from helicon.store.traces import trace_of as trace_of

_PLACES = {
    "archive": ("Archive", "open_archive"),
    "journal": ("safe_for_wal",),
    "recorder": ("Recorder",),
    "store": ("Store", "StoredRun", "open_store"),
    "tracefile": ("TraceWriter", "Traces", "scan"),
    "traces": ("VERSION", "Summary", "Trace", "event_in", "header_line", "trace_of"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "VERSION",
    "Archive",
    "Recorder",
    "Store",
    "StoredRun",
    "Summary",
    "Trace",
    "TraceWriter",
    "Traces",
    "event_in",
    "header_line",
    "open_archive",
    "open_store",
    "safe_for_wal",
    "scan",
    "trace_of",
]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
