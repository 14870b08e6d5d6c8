"""``/api/ledger``: what runs cost."""

from __future__ import annotations

import time
from typing import Any

from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Operation, Visit
from helicon.server.shown import plain

COUNTS = ("runs", "prompt", "cached", "thinking", "answer", "cancelled", "seconds", "money")


async def show(visit: Visit, query: shapes.LedgerQuery, _body: None) -> Answer:
    """Days and months are UTC's. Runs that are still going are not in it."""
    until = time.time() + 1 if query.until is None else query.until
    shelves = visit.desk.shelves
    shelf = shelves.main
    if query.conversation is not None:
        shelf, _ = await shelves.conversation(visit.owner, query.conversation)
    found = await shelf.ask(
        shelf.library.ledger_rows, visit.owner, query.since, until, query.bucket, conversation=query.conversation
    )
    rows = [plain(row) for row in found]
    totals: dict[str, Any] = {name: sum(row[name] for row in rows) for name in COUNTS}
    return Answer({"rows": rows, "totals": totals, "currency": ""})


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/ledger",
        does="What runs cost by day or month, model and mode.",
        handler=show,
        query=shapes.LedgerQuery,
        reply=shapes.Ledger,
        refusals=(404,),
    ),
)
