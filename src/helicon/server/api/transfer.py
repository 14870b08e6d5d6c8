"""Taking conversations out and in: export as Markdown or JSON, import of ChatGPT's, Open WebUI's and our own exports.

Both go in pieces: an export of any size is neither held in memory on its way out nor on its way in.
"""

from __future__ import annotations

import asyncio
import re
import tempfile
import time
from collections.abc import Iterator
from itertools import islice
from typing import IO, TYPE_CHECKING, Any, cast
from urllib.parse import quote

import helicon
from helicon.errors import HeliconError
from helicon.server.api import shapes
from helicon.server.api.operation import PRIVATE, Answer, Nothing, Operation, Visit
from helicon.server.errors import HttpRefusal
from helicon.server.http import NOSNIFF, Header, reply_with
from helicon.server.limits import declared_length
from helicon.server.runs.beginning import refuse_blind

if TYPE_CHECKING:
    from typing import BinaryIO

    from helicon.store import Library, Report

PIECES = 64
"""Of an export, made in a thread and sent at once."""
BLOCK = 4 * 1024 * 1024
"""Of an import, written at once."""
_ODD = re.compile(r"[^\w .()-]+")


async def one(visit: Visit, query: shapes.ExportQuery, _body: None) -> None:
    """The whole tree as JSON, or the branch that is shown as Markdown."""
    shelf, conversation = await visit.desk.shelves.conversation(visit.owner, visit.part("id"))
    refuse_blind(conversation)
    name = " ".join(_ODD.sub(" ", conversation.title).split())[:80] or "conversation"
    await visit.desk.hub.caught_up(visit.owner, conversation.id)
    if query.format == "json":
        await _send(visit, _json(shelf.library, visit.owner, [conversation.id]), f"{name}.json")
        return
    from helicon.store.formats import markdown

    messages = await visit.desk.hub.tree(shelf, visit.owner, conversation.id)
    text = await asyncio.to_thread(markdown, conversation, messages)
    body = text.encode("utf-8", "replace")
    media_type = b"text/markdown; charset=utf-8"
    await reply_with(visit.send, 200, body, media_type, _saved_as(f"{name}.md"), *PRIVATE)


async def everything(visit: Visit, _query: Nothing, _body: None) -> None:
    """All that are not in the bin and not incognito."""
    await visit.desk.hub.caught_up(visit.owner)
    library = visit.desk.shelves.main.library
    await _send(visit, _json(library, visit.owner, None), f"helicon-{time.strftime('%Y-%m-%d')}.json")


def _json(library: Library, owner: str, ids: list[str] | None) -> Iterator[bytes]:
    from helicon.store.formats import write_export

    return write_export(library, owner, ids, release=helicon.__version__)


def _saved_as(name: str) -> Header:
    return (b"content-disposition", f"attachment; filename*=UTF-8''{quote(name, safe='')}".encode())


async def _send(visit: Visit, pieces: Iterator[bytes], name: str) -> None:
    """Pieces from a thread, as they come; a failure in the middle breaks the reply off, so that nobody takes it for
    whole."""
    first = await asyncio.to_thread(_some, pieces)
    headers = [(b"content-type", b"application/json"), NOSNIFF, _saved_as(name), *PRIVATE]
    await visit.send({"type": "http.response.start", "status": 200, "headers": headers})
    more = first
    while more:
        await visit.send({"type": "http.response.body", "body": more, "more_body": True})
        try:
            more = await asyncio.to_thread(_some, pieces)
        except HeliconError as error:
            raise ConnectionAbortedError(str(error)) from error
    await visit.send({"type": "http.response.body", "body": b"", "more_body": False})


def _some(pieces: Iterator[bytes]) -> bytes:
    return b"".join(islice(pieces, PIECES))


async def take(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """The file as it is, JSON or the export's .zip, as the body; what is there already is not doubled."""
    shelf = visit.desk.shelves.main
    with tempfile.TemporaryFile(prefix="helicon-import-") as file:
        await _receive(visit, file)
        report = await shelf.ask(_import, shelf.library, visit.owner, cast("BinaryIO", file))
    if report.error is not None and not report.imported + report.updated + report.skipped:
        raise report.error
    visit.desk.tell(visit.owner, "conversation")
    notes = [*report.notes, *([str(report.error)] if report.error is not None else [])]
    counts = {name: getattr(report, name) for name in ("imported", "updated", "skipped")}
    return Answer({**counts, "notes": notes})


def _import(library: Library, owner: str, file: BinaryIO) -> Report:
    from helicon.store.formats import read_export

    return library.import_conversations(owner, read_export(file))


async def _receive(visit: Visit, file: IO[bytes]) -> None:
    """The body into a file, within the bound of its size; each piece within the time of a body."""
    settings = visit.desk.core.settings
    most = settings.max_import
    declared = declared_length(visit.exchange.scope["headers"])
    if declared is not None and declared > most:
        raise _too_large(most)
    held, size, more = bytearray(), 0, True
    while more:
        try:
            async with asyncio.timeout(settings.body_seconds):
                message: Any = await visit.exchange.receive()
        except TimeoutError as error:
            raise HttpRefusal(
                f"nothing of the file came for {settings.body_seconds:g} s.",
                hint="Send it again.",
                status=408,
                code="body_timeout",
            ) from error
        if message["type"] == "http.disconnect":
            raise ConnectionResetError("the client left while it sent its file")
        held += message.get("body", b"")
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
        if size > most:
            raise _too_large(most)
        if len(held) >= BLOCK or not more:
            await asyncio.to_thread(file.write, bytes(held))
            held.clear()
    file.seek(0)


def _too_large(most: int) -> HttpRefusal:
    return HttpRefusal(
        f"the file is larger than {most} bytes.", hint="Import it in parts.", status=413, code="body_too_large"
    )


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/conversations/{id}/export",
        does="A conversation as a file.",
        handler=one,
        query=shapes.ExportQuery,
        media_type="application/octet-stream",
        refusals=(404, 409),
    ),
    Operation(
        method="GET",
        path="/api/export",
        does="All conversations as one JSON file.",
        handler=everything,
        media_type="application/octet-stream",
    ),
    Operation(
        method="POST",
        path="/api/import",
        does="Take in an export of ChatGPT, Open WebUI or Helicon; doing so again adds only what is new.",
        handler=take,
        reply=shapes.Imported,
    ),
)
