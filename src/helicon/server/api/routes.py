"""The table of the page's API: every operation, and the doors that lead to them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from helicon.server.api import (
    comparisons,
    conversations,
    description,
    erase,
    files,
    ledger,
    messages,
    models,
    preferences,
    runs,
    session,
    stream,
    transfer,
)
from helicon.server.api.operation import Operation, perform
from helicon.server.door import Door

if TYPE_CHECKING:
    from helicon.server.desk import Desk

_ALL: tuple[Operation, ...] = (
    *session.OPERATIONS,
    *models.OPERATIONS,
    *preferences.OPERATIONS,
    *conversations.OPERATIONS,
    *messages.OPERATIONS,
    *runs.OPERATIONS,
    *stream.OPERATIONS,
    *comparisons.OPERATIONS,
    *transfer.OPERATIONS,
    *ledger.OPERATIONS,
    *files.OPERATIONS,
    *erase.OPERATIONS,
)
OPERATIONS: tuple[Operation, ...] = (*_ALL, *description.describing(_ALL))


def doors(desk: Desk) -> list[tuple[str, Door]]:
    """One door for each path, in the order of the table; who may pass is asked behind it."""
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    return [
        (path, Door(desk.core, partial(perform, desk, methods), tuple(methods), public=True))
        for path, methods in by_path.items()
    ]
