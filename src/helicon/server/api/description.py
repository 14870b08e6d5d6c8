"""``/api/openapi.json``: this API, described for programs."""

from __future__ import annotations

from collections.abc import Sequence

from helicon.server.api.operation import Answer, Nothing, Operation, Visit
from helicon.server.openapi import document


def describing(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """The operation that shows all of them, itself included."""

    async def show(_visit: Visit, _query: Nothing, _body: None) -> Answer:
        return Answer(document(everything))

    own = Operation(method="GET", path="/api/openapi.json", does="This document.", handler=show, public=True)
    everything = (*operations, own)
    return (own,)
