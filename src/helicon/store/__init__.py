"""The store: conversations, runs and ledgers, in SQLite, PostgreSQL or files. Names are imported when first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from helicon.lazy import exports

if TYPE_CHECKING:
    from helicon.store.archive import Archive as Archive
    from helicon.store.archive import open_archive as open_archive
    from helicon.store.journal import safe_for_wal as safe_for_wal
    from helicon.store.library import Library as Library
    from helicon.store.library import open_library as open_library
    from helicon.store.library import open_memory_library as open_memory_library
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
    from helicon.store.values import Bucket as Bucket
    from helicon.store.values import Conversation as Conversation
    from helicon.store.values import ConversationKind as ConversationKind
    from helicon.store.values import Found as Found
    from helicon.store.values import ImageRef as ImageRef
    from helicon.store.values import Imported as Imported
    from helicon.store.values import LedgerRow as LedgerRow
    from helicon.store.values import MessageState as MessageState
    from helicon.store.values import Page as Page
    from helicon.store.values import Report as Report
    from helicon.store.values import Role as Role
    from helicon.store.values import RunRow as RunRow
    from helicon.store.values import RunState as RunState
    from helicon.store.values import StoredFile as StoredFile
    from helicon.store.values import StoredMessage as StoredMessage
    from helicon.store.values import StoredTrace as StoredTrace
    from helicon.store.values import Vote as Vote
    from helicon.store.values import VoteEntry as VoteEntry

__getattr__, __dir__, __all__ = exports(
    __name__,
    {
        "archive": ("Archive", "open_archive"),
        "journal": ("safe_for_wal",),
        "library": ("Library", "open_library", "open_memory_library"),
        "recorder": ("Recorder",),
        "store": ("Store", "StoredRun", "open_store"),
        "tracefile": ("TraceWriter", "Traces", "scan"),
        "traces": ("VERSION", "Summary", "Trace", "event_in", "header_line", "trace_of"),
        "values": (
            "Bucket",
            "Conversation",
            "ConversationKind",
            "Found",
            "ImageRef",
            "Imported",
            "LedgerRow",
            "MessageState",
            "Page",
            "Report",
            "Role",
            "RunRow",
            "RunState",
            "StoredFile",
            "StoredMessage",
            "StoredTrace",
            "Vote",
            "VoteEntry",
        ),
    },
)
