"""``/api/session``: who is here, logging in and out."""

from __future__ import annotations

import helicon
from helicon.errors import Unauthorized
from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit, port_of
from helicon.server.errors import HttpRefusal
from helicon.server.images import MAX_IMAGES
from helicon.server.sessions import Person, set_cookie


async def show(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """Also answered to whoever is not logged in."""
    return Answer(_told(visit, await _known(visit)))


async def begin(visit: Visit, _query: Nothing, body: shapes.Login) -> Answer:
    """A right key becomes a cookie."""
    sessions = visit.desk.sessions
    if not sessions.asked:
        return Answer(_told(visit, await _known(visit)))
    client = visit.exchange.scope.get("client")
    person, token = await sessions.begin(body.key, client[0] if client else "")
    return Answer(_told(visit, person), headers=(set_cookie(port_of(visit.exchange), token),))


async def end(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """The cookie opens nothing any more."""
    port = port_of(visit.exchange)
    await visit.desk.sessions.end(visit.exchange.scope["headers"], port)
    return Answer({"done": True}, headers=(set_cookie(port, "", seconds=0),))


async def _known(visit: Visit) -> Person | None:
    try:
        return await visit.desk.sessions.person(visit.exchange.scope["headers"], port_of(visit.exchange), "page")
    except (Unauthorized, HttpRefusal):
        return None


def _told(visit: Visit, person: Person | None) -> dict[str, object]:
    desk, settings = visit.desk, visit.desk.core.settings
    return {
        "user": None if person is None or person.key is None else {"id": person.owner, "name": person.owner[4:10]},
        "login": desk.sessions.asked,
        "version": helicon.__version__,
        "languages": desk.languages,
        "storage": None if person is None else desk.storage(),
        "limits": {
            "max_image": settings.max_image,
            "max_images": MAX_IMAGES,
            "max_body": settings.max_body,
            "max_import": settings.max_import,
        },
        "may_change_models": person is not None and desk.sessions.may(person, "engines"),
    }


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/session",
        does="Who is logged in, and what this server is like.",
        handler=show,
        reply=shapes.Session,
        public=True,
    ),
    Operation(
        method="POST",
        path="/api/session",
        does="Log in with a key: sets a cookie for 30 days.",
        handler=begin,
        body=shapes.Login,
        reply=shapes.Session,
        public=True,
        refusals=(429,),
    ),
    Operation(method="DELETE", path="/api/session", does="Log out.", handler=end, reply=shapes.Done, public=True),
)
