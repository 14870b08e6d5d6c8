"""``POST /v1/chat/completions``: from bytes to a run and back, with the client watched all the way.

The order: read and check the request, read its pictures, wait for a place, run. Whenever the client
leaves, what is under way is cancelled at once, and the run's ledger is still kept.
"""

from __future__ import annotations

import logging
import secrets
import time
from dataclasses import dataclass, field

from helicon.errors import HeliconError
from helicon.events import Event, Result
from helicon.messages import Question
from helicon.modes import Run
from helicon.server import replies
from helicon.server.admission import count, enter, in_turn, leave, record, refuse_giants
from helicon.server.core import Core, Exchange, Live, shutting_down
from helicon.server.errors import kind_of
from helicon.server.http import JSON, Send, reply_with
from helicon.server.images import read_images
from helicon.server.limits import read_body
from helicon.server.models import Served
from helicon.server.requests import ChatRequest, parse
from helicon.server.streaming import Stream
from helicon.server.transcript import Reasoning, Transcript
from helicon.server.watching import Client, ClientGone, leaving_of
from helicon.server.wire import question_of, turns_of

log = logging.getLogger("helicon.server")


@dataclass(slots=True)
class Job:
    """One request on its way."""

    request: ChatRequest
    served: Served
    question: Question
    began: float
    """``perf_counter`` at its arrival."""
    key: int | None
    run_id: str = field(default_factory=lambda: secrets.token_hex(12))
    created: int = field(default_factory=lambda: int(time.time()))
    events: list[Event] = field(default_factory=list)
    """Kept only where there is a store, or where the client wants them."""
    live: Live = field(default_factory=Live)
    result: Result | None = None
    """Once the run is over."""


async def chat(x: Exchange) -> None:
    """Answer one chat request.

    Raises:
        HeliconError: whatever is wrong before the first byte of a reply.
        ConnectionError: the client left before the first byte of a reply.
    """
    began = time.perf_counter()
    core = x.core
    body = await read_body(x.scope, x.receive, limit=core.settings.max_body, seconds=core.settings.body_seconds)
    request = parse(body)
    del body
    served, suffix = core.registry.find(request.model)
    turns = turns_of(request)
    references = [reference for turn in turns for reference in turn.images]
    async with Client(x.receive, leaving_of(x.scope)) as client:
        images = {}
        if references:
            settings = core.settings
            reading = read_images(
                references, allow_urls=settings.allow_image_urls, max_bytes=settings.max_image, policy=core.policy
            )
            images = await client.race(in_turn(core.pictures, reading))
        question = question_of(request, turns, images, suffix)
        refuse_giants(question, served)
        job = Job(request, served, question, began, x.key)
        await enter(core, x.key, client.enter)
        entered = time.perf_counter()
        core.begin(job.live)
        try:
            job.question = core.shares.bound(x.key, question)
            await _answer(core, job, client, x.send)
        finally:
            leave(core, x.key, job.live, entered)


async def _answer(core: Core, job: Job, client: Client, send: Send) -> None:
    status = 200
    run = Run(job.question, job.served.engine, run_id=job.run_id, capabilities=job.served.capabilities)
    try:
        job.live.run = run
        client.when_gone(lambda: job.live.stop("client"))
        if core.draining:
            job.live.stop("shutdown")
        if job.request.stream:
            async with run:
                await _stream(core, job, run, send)
        else:
            await _whole(core, job, run, send)
    except ClientGone:
        status = 499
        raise
    except Exception as error:
        status = kind_of(error).status
        raise
    finally:
        client.when_gone(None)
        _record(core, job, job.result or run.result, status)


async def _whole(core: Core, job: Job, run: Run, send: Send) -> None:
    transcript = Transcript()
    reasoning: list[str] = []
    keep = core.recorder is not None or job.request.wants_events

    def take(event: Event) -> None:
        if keep:
            job.events.append(event)
        for piece in transcript.feed(event):
            if isinstance(piece, Reasoning):
                reasoning.append(piece.text)

    result = await run.play(take)
    _check(job.live)
    core.metrics.first_byte.observe(time.perf_counter() - job.began)
    job.result = result
    body = replies.completion(
        job.result,
        model=job.request.model,
        created=job.created,
        reasoning="".join(reasoning),
        events=job.events if job.request.wants_events else None,
    )
    await reply_with(send, 200, body, JSON, (b"x-request-id", job.run_id.encode()))


async def _stream(core: Core, job: Job, run: Run, send: Send) -> None:
    chunks = replies.Chunks(
        run_id=job.run_id,
        model=job.request.model,
        created=job.created,
        include_usage=job.request.include_usage,
    )
    transcript = Transcript()
    stream = Stream(
        send,
        chunks,
        job.run_id,
        lambda: core.metrics.first_byte.observe(time.perf_counter() - job.began),
        with_events=job.request.wants_events,
    )
    try:
        async for event in run:
            if core.recorder is not None:
                job.events.append(event)
            stream.show(event, transcript.feed(event))
            if run.waiting or stream.full:
                await stream.flush()
        _check(job.live)
        job.result = run.result
        await stream.finish(job.result)
    except HeliconError as error:
        if not stream.begun:
            raise
        job.live.over = True  # the end of the reply is no leaving of the client
        await stream.fail(error, run.result)
    except Exception as error:
        if not stream.begun or isinstance(error, ClientGone):
            raise
        log.exception("run %s failed while it streamed", job.run_id)
        job.live.over = True  # the end of the reply is no leaving of the client
        await stream.fail(error, run.result)
    finally:
        await stream.close()


def _check(live: Live) -> None:
    """Nobody stopped the run, and from here nobody can."""
    live.over = True
    if live.stopped == "client":
        raise ClientGone("the client left")
    if live.stopped == "shutdown":
        raise shutting_down()


def _record(core: Core, job: Job, result: Result, status: int) -> None:
    mode = count(core, job.live, job.key, result, job.question.mode, status)
    record(
        core,
        run_id=job.run_id,
        created=job.created,
        served=job.served,
        mode=mode,
        live=job.live,
        result=result,
        events=job.events,
    )
