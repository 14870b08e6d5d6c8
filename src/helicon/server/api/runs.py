"""``/api/runs``: a run's events, as one list or as a stream of its own; and its stop."""

from __future__ import annotations

import asyncio
import json

from helicon.budgets import MAX_AGENTS
from helicon.server.api import shapes
from helicon.server.api.operation import Answer, Nothing, Operation, Visit
from helicon.server.api.sse import Wire
from helicon.server.door import header
from helicon.server.errors import BadRequest
from helicon.server.replies import dumps


async def show(visit: Visit, _query: Nothing, _body: None) -> Answer:
    """Everything of a run that there is now."""
    log = await visit.desk.hub.read(visit.owner, visit.part("id"))
    run = {
        "id": log.run_id,
        "state": log.state,
        "length": len(log),
        "conversation": log.conversation,
        "message": log.message.id if log.message else "",
        "model": "" if log.blind else log.model,
        "mode": "" if log.blind else log.mode,
        "created": log.created,
    }
    lines = log.shown(0)
    return Answer({"run": run, "events": await asyncio.to_thread(lambda: [json.loads(line) for line in lines])})


async def events(visit: Visit, query: shapes.EventsQuery, _body: None) -> None:
    """For programs: ``id`` is the event's number, so a client that reconnects by itself goes on behind it."""
    log = await visit.desk.hub.read(visit.owner, visit.part("id"))
    last = header(visit.exchange.scope, b"last-event-id")
    at = int(last) + 1 if last.isdigit() and len(last) < 12 else query.start
    at = at if at <= len(log) else 0
    async with Wire(visit) as wire:
        log.watch(wire.wake)
        try:
            await wire.start()
            while wire.open:
                parts = [
                    b"id: %d\ndata: %s\n\n" % (at + n, line.encode()) for n, line in enumerate(log.shown(at, at + 500))
                ]
                at += len(parts)
                if parts:
                    await wire.write(b"".join(parts))
                elif log.ended:
                    await wire.write(b"event: end\ndata: " + dumps({"state": log.state, "length": len(log)}) + b"\n\n")
                    break
                else:
                    await wire.wait()
        finally:
            log.unwatch(wire.wake)


async def stop(visit: Visit, _query: Nothing, _body: shapes.Empty) -> Answer:
    """Noted at once; the end comes in the stream."""
    return Answer({"state": await visit.desk.hub.stop(visit.owner, visit.part("id"))}, 202)


async def decide(visit: Visit, _query: Nothing, _body: shapes.Empty) -> Answer:
    """Answer from what is there; asking again changes nothing."""
    run_id = visit.part("id")
    if (run := await visit.desk.hub.running_here(visit.owner, run_id)) is not None:
        run.decide_now()
    return await _state(visit, run_id)


async def stop_agent(visit: Visit, _query: Nothing, _body: shapes.Empty) -> Answer:
    """The others go on."""
    run_id, agent = visit.part("id"), visit.part("agent")
    if not agent.isdigit() or int(agent) >= MAX_AGENTS:
        raise BadRequest(f"agent is {agent[:20]!r}; expected a number from 0 to {MAX_AGENTS - 1}.", param="agent")
    if (run := await visit.desk.hub.running_here(visit.owner, run_id)) is not None:
        run.stop_agent(int(agent))
    return await _state(visit, run_id)


async def _state(visit: Visit, run_id: str) -> Answer:
    return Answer({"state": (await visit.desk.hub.read(visit.owner, run_id)).state}, 202)


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/runs/{id}",
        does="A run with all its events so far.",
        handler=show,
        reply=shapes.WholeRun,
        refusals=(404,),
    ),
    Operation(
        method="GET",
        path="/api/runs/{id}/events",
        does="The events of one run as server-sent events; `Last-Event-ID` or `from` says where to begin.",
        handler=events,
        query=shapes.EventsQuery,
        media_type="text/event-stream",
        refusals=(404,),
    ),
    Operation(
        method="POST",
        path="/api/runs/{id}/stop",
        does="Stop a run at the engine; doing so again changes nothing.",
        handler=stop,
        body=shapes.Empty,
        reply=shapes.Stopping,
        status=202,
        refusals=(404,),
    ),
    Operation(
        method="POST",
        path="/api/runs/{id}/decide",
        does="Let a contemplation answer now with what has been found.",
        handler=decide,
        body=shapes.Empty,
        reply=shapes.Stopping,
        status=202,
        refusals=(404, 409),
    ),
    Operation(
        method="POST",
        path="/api/runs/{id}/agents/{agent}/stop",
        does="End one agent of a contemplation; the others go on.",
        handler=stop_agent,
        body=shapes.Empty,
        reply=shapes.Stopping,
        status=202,
        refusals=(404, 409),
    ),
)
