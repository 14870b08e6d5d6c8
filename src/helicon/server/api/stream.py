"""``/api/stream``: the one connection of a window, over which it hears of its runs and of everything that changed."""

from __future__ import annotations

import time
from functools import partial

from helicon.server.api import shapes
from helicon.server.api.operation import Operation, Visit
from helicon.server.api.sse import Wire
from helicon.server.changes import Feed
from helicon.server.errors import HttpRefusal
from helicon.server.replies import dumps
from helicon.server.runs.runlog import Reader
from helicon.server.shown import show_message


async def stream(visit: Visit, query: shapes.StreamQuery, _body: None) -> None:
    """Frames of every run that was asked for, and changes; see docs/app.md for the contract."""
    desk, owner = visit.desk, visit.owner
    readers: list[Reader] = []
    unknown: list[str] = []
    for asked in query.run:
        run_id, _, start = asked.partition(":")
        try:
            log = await desk.hub.read(owner, run_id)
        except HttpRefusal:
            unknown.append(run_id)
            continue
        readers.append(Reader(log, int(start or 0), partial(show_message, blind=log.blind)))
    async with Wire(visit) as wire:
        feed = desk.changes.listen(owner, wire.wake)
        try:
            for reader in readers:
                reader.log.watch(wire.wake)
            await wire.start()
            await wire.write(b"event: hello\ndata: " + dumps({"now": time.time()}) + b"\n\n")
            for run_id in unknown:
                await wire.write(b"event: end\ndata: " + dumps(_gone(run_id)) + b"\n\n")
            while wire.open:
                if not await _told(wire, readers, feed):
                    await wire.wait()
        finally:
            desk.changes.leave(owner, feed)
            for reader in readers:
                reader.log.unwatch(wire.wake)


async def _told(wire: Wire, readers: list[Reader], feed: Feed) -> bool:
    """Send one frame of each run that has more, and the changes; false where there was nothing."""
    frames = [reader.frame() for reader in readers if reader.ready]
    frames += [b"event: change\ndata: " + dumps(told) + b"\n\n" for told in feed.take()]
    for frame in frames:
        await wire.write(frame)
    return bool(frames)


def _gone(run_id: str) -> dict[str, object]:
    return {"run": run_id, "length": 0, "state": "gone", "message": None}


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/stream",
        does="Everything that happens, as server-sent events: `run=RUN:FROM` for each run to follow.",
        handler=stream,
        query=shapes.StreamQuery,
        media_type="text/event-stream",
        refusals=(429,),
    ),
)
