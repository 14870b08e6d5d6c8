"""The store: runs, their events and ledgers, in SQLite or by URL in PostgreSQL. Names are imported when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helicon.store.journal import safe_for_wal as safe_for_wal
    from helicon.store.recorder import Recorder as Recorder
    from helicon.store.store import Store as Store
    from helicon.store.store import StoredRun as StoredRun
    from helicon.store.store import open_store as open_store

_PLACES = {
    "journal": ("safe_for_wal",),
    "recorder": ("Recorder",),
    "store": ("Store", "StoredRun", "open_store"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = ["Recorder", "Store", "StoredRun", "open_store", "safe_for_wal"]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
