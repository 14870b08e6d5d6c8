"""``POST /v1/chat/completions``: from bytes to a run and back, with the client watched all the way.

The order: read and check the request, read its pictures, wait for a place, run. Whenever the client
leaves, what is under way is cancelled at once, and the run's ledger is still kept.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from helicon.errors import HeliconError, PromptTooLong, ServerBusy
from helicon.events import Event, Result, to_dict
from helicon.messages import Question
from helicon.modes import Run
from helicon.server import replies
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
T = TypeVar("T")

CHARACTERS_PER_TOKEN = 64
"""No tokenizer packs more into a token of ordinary text; a longer prompt is refused before an engine reads it."""


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
            images = await client.race(_in_turn(core.pictures, reading))
        question = question_of(request, turns, images, suffix)
        refuse_giants(question, served)
        job = Job(request, served, question, began, x.key)
        await _enter(core, client, x.key)
        entered = time.perf_counter()
        core.begin(job.live)
        try:
            job.question = core.shares.bound(x.key, question)
            await _answer(core, job, client, x.send)
        finally:
            core.end(job.live)
            core.gate.leave(time.perf_counter() - entered)
            core.shares.give(x.key)


async def _in_turn(turns: asyncio.Semaphore, reading: Coroutine[Any, Any, T]) -> T:
    """Pictures are held in memory while they are read, so only a few requests read theirs at once."""
    try:
        async with turns:
            return await reading
    finally:
        reading.close()


async def _enter(core: Core, client: Client, key: int | None) -> None:
    """Take a place at the gate within the key's share; both are to be given back."""
    try:
        core.shares.take(key)
        try:
            await client.enter(core.gate)
        except BaseException:
            core.shares.give(key)
            raise
    except ServerBusy:
        core.metrics.refused.inc()
        raise


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
    if job.live.stopped == "client":
        status = 499
        core.metrics.cancelled.inc()
    elif status == 200 and result.stop_reason == "error":
        status = 500  # the failure came after the status line
    mode = result.mode if result.run_id else job.question.mode
    core.metrics.count_request(mode, status)
    core.metrics.count_run(result)
    core.shares.spend(job.key, result.ledger)
    if core.recorder is None:
        return
    from helicon.store import StoredRun

    kept = core.recorder.put(
        StoredRun(
            id=job.run_id,
            created=job.created,
            model=job.served.name,
            mode=mode,
            status=_status_word(job.live, result),
            ledger=to_dict(result.ledger),
            events=tuple(job.events),
        )
    )
    if not kept:
        core.metrics.unstored.inc()


def _status_word(live: Live, result: Result) -> str:
    if live.stopped:
        return "cancelled"
    return result.stop_reason or "error"


def refuse_giants(question: Question, served: Served) -> None:
    """Refuse a prompt that no context of this size can hold, without asking the engine.

    Raises:
        PromptTooLong: more than 64 characters for every token of the context.
    """
    context = served.capabilities.context
    if context is None:
        return
    characters = sum(len(message.text) for message in question.messages)
    if characters > context * CHARACTERS_PER_TOKEN:
        raise PromptTooLong(
            f"the conversation has {characters} characters; the context of {served.name!r} has {context} tokens, "
            f"which hold at most about {context * CHARACTERS_PER_TOKEN}.",
            hint="Send less text, or use a model with a longer context.",
        )
