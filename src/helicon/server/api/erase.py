"""``/api/erase``: everything of a person, gone."""

from __future__ import annotations

from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit, port_of
from helicon.server.sessions import set_cookie


async def erase(visit: Visit, _query: Nothing, _body: shapes.Erase) -> Answer:
    """Conversations, pictures, runs, votes, costs, preferences and logins; other people's stay."""
    desk = visit.desk
    desk.hub.drop(visit.owner)
    await desk.sessions.end_all(visit.owner)
    for shelf in desk.shelves:
        await shelf.ask(shelf.library.erase, visit.owner)
    desk.tell(visit.owner, "deleted")
    headers = (set_cookie(port_of(visit.exchange), "", seconds=0),) if desk.sessions.asked else ()
    return Answer({"done": True}, headers=headers)


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/erase",
        does="Remove everything that this person has here, for good.",
        handler=erase,
        body=shapes.Erase,
        reply=shapes.Done,
    ),
)
