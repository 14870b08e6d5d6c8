"""``/api/files``: pictures of messages, sent so that no browser runs anything in them."""

from __future__ import annotations

from urllib.parse import quote

from helicon.server.api.operation import PRIVATE, Nothing, Operation, Visit
from helicon.server.http import reply_with
from helicon.server.images import media_type_of

LOCKED = (b"content-security-policy", b"sandbox; default-src 'none'")


async def show(visit: Visit, _query: Nothing, _body: None) -> None:
    """What its first bytes do not show to be a raster image is offered for saving only."""
    _, file = await visit.desk.shelves.file(visit.owner, visit.part("id"))
    media_type = media_type_of(file.data)
    how = "inline" if media_type else "attachment"
    name = quote(file.name or file.id, safe="")
    await reply_with(
        visit.send,
        200,
        file.data,
        (media_type or "application/octet-stream").encode(),
        LOCKED,
        (b"content-disposition", f"{how}; filename*=UTF-8''{name}".encode()),
        (b"cache-control", b"private, max-age=31536000, immutable"),
        *PRIVATE[1:],
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/files/{id}",
        does="A picture of a message.",
        handler=show,
        media_type="image/*",
        refusals=(404,),
    ),
)
