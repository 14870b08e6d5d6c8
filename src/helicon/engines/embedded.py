"""The embedded engine: llama.cpp in a supervised child process, spoken to like any other engine.

A request waits for a slot, goes to the child through the OpenAI-compatible client over a private socket,
and is tried once more when the child dies before anything was said. What is said stays said: later
deaths end in ``EngineDied``. Native code never runs in this process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helicon.engines.fit import Fit, fit
from helicon.engines.gguf_check import ModelFile, check_file
from helicon.engines.machine import available_memory, graphics_memory, physical_cores
from helicon.engines.prefix import place
from helicon.engines.protocol import (
    AnswerText,
    Capabilities,
    Delta,
    Health,
    ModelInfo,
    Prefill,
    Request,
    Running,
    Shared,
    ThinkingText,
)
from helicon.engines.restarts import USUAL_BACKOFF, Backoff
from helicon.engines.slots import Seat, SlotQueue, prompt_text
from helicon.engines.spec import ModelSpec
from helicon.engines.supervisor import HostSettings, Supervisor
from helicon.engines.timeouts import DEFAULT_TIMEOUTS, Timeouts
from helicon.engines.wire import chat_body
from helicon.errors import (
    BadModelFile,
    EngineDied,
    EngineProtocol,
    EngineRefused,
    EngineUnavailable,
    OutOfMemory,
    PromptTooLong,
)
from helicon.families import detect

if TYPE_CHECKING:
    from helicon.engines.openai_client import OpenAIEngine

READY_SECONDS = 60.0
"""How long a request waits for an engine that is starting again."""
NANO_CONTEXT = 4096
"""Nano's tasks are short: a small cache keeps its start quick and its process small."""
LETTERS_OF_A_TOKEN = 64
"""No prompt holds more letters per token than this, runs of blanks apart."""
PREFILL_SECONDS = 600.0
"""How long reading a shared prefix may take."""
SMALL_BYTES = 32 * 10**6
"""For smaller models a second thread costs more waiting than it saves, and wherever cores are shared it costs most
of the speed: 8 streams on nano made 416 tokens a second with two threads on two busy cores, 2,107 with one."""
WARMUP_BYTES = 64 * 10**6
"""Larger models read their weights once before they are called ready, and get all cores. A smaller one runs
on one thread: its steps are shorter than the wait of threads for each other, which on a busy machine grows
to a hundred times the work (a probe of 0.03 s took 5.9 s on two threads)."""
_TEXTS = (ThinkingText, AnswerText)


class EmbeddedEngine:
    """One model file in one child process; made by ``start``."""

    def __init__(
        self,
        info: ModelInfo,
        file: ModelFile,
        sizes: Fit,
        supervisor: Supervisor,
        client: OpenAIEngine,
    ) -> None:
        self.file = file
        self.sizes = sizes
        self.supervisor = supervisor
        self._info = info
        self._client = client
        self._roomy = sizes.cells >= sizes.slots * sizes.context
        self._queue = SlotQueue(sizes.slots, sizes.cells)
        self._reserved: dict[int, Seat] = {}
        self._generation = supervisor.generation
        self._running: dict[int, Request] = {}
        """Requests as they were sent, by the identity of those that were given."""

    @classmethod
    async def start(
        cls,
        spec: ModelSpec,
        *,
        backoff: Backoff = USUAL_BACKOFF,
        loopback: bool | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> EmbeddedEngine:
        """Check the file, start its host and wait until it is ready.

        Raises:
            BadModelFile: the file is missing, damaged, or cannot be loaded.
            OutOfMemory: it does not fit.
            SetupError: the process or its socket cannot be made.
        """
        file, eyes = _check(spec)
        sizes = await _sizes(spec, file, eyes)
        settings = HostSettings(
            model=file.path.absolute(),
            mmproj=eyes.path.absolute() if eyes else None,
            name=spec.label,
            slots=sizes.slots,
            context=sizes.context,
            cells=sizes.cells,
            threads=physical_cores() if file.weight_bytes > WARMUP_BYTES else 1,
            warmup=file.weight_bytes > WARMUP_BYTES,
            save_bytes=file.kv_width * 2 * sizes.context,
        )
        if loopback is not None:
            settings = replace(settings, loopback=loopback)
        info = _info(spec, file)
        supervisor = Supervisor(settings, backoff=backoff)
        await supervisor.start()
        try:
            # Imported while the child loads the model: the two take about as long.
            from helicon.engines.dialects import DIALECTS
            from helicon.engines.openai_client import OpenAIEngine

            address = await supervisor.ready()
            client = OpenAIEngine(
                info,
                address.base_url,
                key=address.key,
                socket_path=address.socket_path,
                dialect=DIALECTS["llama.cpp"],
                timeouts=timeouts,
            )
        except BaseException:
            await supervisor.close()
            raise
        return cls(info, file, sizes, supervisor, client)

    @property
    def info(self) -> ModelInfo:
        """The model."""
        return self._info

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        """See ``Engine.stream``.

        Raises:
            PromptTooLong: the prompt has more tokens than the context, or so many letters that it must.
            EngineDied: the child ended after something had been said, or twice before.
            EngineUnavailable: it is not back in time, or down.
        """
        self._refuse_giants(request)
        async with self._seat(request) as seat:
            self._running[id(request)] = placed = replace(request, slot=seat.slot)
            try:
                for last in (False, True):
                    generation, said = await self._ready(), False
                    try:
                        async with aclosing(self._client.stream(placed)) as deltas:
                            async for delta in deltas:
                                if isinstance(delta, _TEXTS):
                                    seat.said(delta.text)
                                said = said or _says(delta)
                                yield delta
                        return
                    except (EngineDied, EngineUnavailable, EngineProtocol) as error:
                        if not await self.supervisor.ended(generation):
                            raise
                        if said or last:
                            raise self._died() from error
            finally:
                del self._running[id(request)]

    async def end_thinking(self, request: Request) -> bool:
        """Close the running thought of this very request now; ``False`` where it does not think any more."""
        placed = self._running.get(id(request))
        return placed is not None and await self._client.end_thinking(placed)

    async def probe(self) -> Capabilities:
        """See ``Engine.probe``."""
        await self._ready()
        return self._own(await self._client.probe())

    @property
    def capabilities(self) -> Capabilities | None:
        """What is known now; ``None`` before the first probe."""
        found = self._client.capabilities
        return None if found is None else self._own(found)

    def _own(self, found: Capabilities) -> Capabilities:
        """What was found, and what is known without asking."""
        return replace(found, share_prefix=True, slots=self.sizes.slots, context=self.sizes.context)

    async def health(self) -> Health:
        """See ``Engine.health``; asks the supervisor, so it is instant."""
        return Health(
            ready=self.supervisor.state == "ready", detail=self.supervisor.detail, running=self._queue.running
        )

    async def count(self, request: Request) -> int | None:
        """See ``Engine.count``."""
        await self._ready()
        return await self._client.count(request)

    @asynccontextmanager
    async def share_prefix(self, requests: Sequence[Request]) -> AsyncIterator[Shared]:
        """See ``Engine.share_prefix``: the common prompt is read on one slot and copied to the others."""
        await self._ready()
        saves = self.supervisor.folders.saves if self.supervisor.folders else None
        if saves is None or len(requests) < 2:
            yield Shared(requests=tuple(requests))
            return
        placed = await place(
            requests, queue=self._queue, post=self._post, render=self._render, need=self._need, saves=saves
        )
        self._reserved.update(placed.seats)
        try:
            yield Shared(requests=placed.requests, tokens=placed.tokens, seconds=placed.seconds)
        finally:
            for slot, seat in placed.seats.items():
                if self._reserved.get(slot) is seat:
                    del self._reserved[slot]
                    self._queue.leave(slot, seat.held)

    async def close(self) -> None:
        """See ``Engine.close``."""
        try:
            await self._client.close()
        finally:
            await self.supervisor.close()

    # Inside

    @asynccontextmanager
    async def _seat(self, request: Request) -> AsyncIterator[Seat]:
        """The seat that ``share_prefix`` kept for this request, or the next free one."""
        kept = self._reserved.get(request.slot) if request.slot is not None else None
        if kept is None or not kept.is_for(prompt_text(request)):
            async with self._queue.seat(request, await self._need(request)) as seat:
                yield seat
            return
        del self._reserved[kept.slot]
        try:
            yield kept
        finally:
            self._queue.leave(kept.slot, kept.held)

    def _refuse_giants(self, request: Request) -> None:
        """Refuse what cannot fit before anybody spends seconds on counting its tokens."""
        letters = sum(len(message.text) for message in request.messages)
        if letters > self.sizes.context * LETTERS_OF_A_TOKEN:
            raise PromptTooLong(
                f"the prompt has {letters:,} letters, more than {self.sizes.context:,} tokens can hold.",
                hint="Shorten it, or start the model with a longer context (,ctx=TOKENS).",
            )

    async def _need(self, request: Request) -> int:
        """Cells that a request may fill, where there are not enough for all slots to be full."""
        if self._roomy:
            return 0
        prompt = await self.count(request) if request.max_tokens is not None else None
        if prompt is None or request.max_tokens is None:
            return self.sizes.context
        return min(self.sizes.context, prompt + request.max_tokens)

    async def _post(self, path: str, body: Mapping[str, Any]) -> Any:
        reply = await self._client.call("POST", path, body, seconds=PREFILL_SECONDS)
        if reply.status != 200:
            raise EngineRefused(f"the engine refused {path} with status {reply.status}.")
        return reply.json

    async def _render(self, request: Request) -> str:
        """The prompt as the model's template writes it."""
        body = chat_body(request, model=self.info.name, family=self.info.family, dialect=self._client.dialect)
        return str((await self._post("/apply-template", body))["prompt"])

    async def _ready(self) -> int:
        """Wait for the child; return which one it is."""
        await self.supervisor.ready(READY_SECONDS)
        if self.supervisor.generation != self._generation:
            self._generation = self.supervisor.generation
            self._queue.forget()
        return self._generation

    def _died(self) -> EngineDied:
        end = self.supervisor.last_end
        return EngineDied(
            f"the engine of {self.info.name!r} ended while it answered: {end.words if end else 'reason unknown.'}",
            hint="It starts again by itself; ask again.",
        )


def _says(delta: Delta) -> bool:
    """Whether the consumer saw something generated, which a second try would say again."""
    if isinstance(delta, Running):
        return delta.tokens.generated > 0
    return not isinstance(delta, Prefill)


def _check(spec: ModelSpec) -> tuple[ModelFile, ModelFile | None]:
    """Read the headers of the model and of its eyes."""
    file = check_file(spec.place)
    if file.is_projector:
        raise BadModelFile(
            f"{spec.place!r} holds only a model's eyes (mmproj); expected the model itself.",
            hint=f"Name the model's file, and this one as ,mmproj={spec.place}.",
        )
    if spec.mmproj is None:
        return file, None
    eyes = check_file(spec.mmproj)
    if not eyes.is_projector:
        raise BadModelFile(f"mmproj={spec.mmproj} is a whole model; expected the mmproj file that belongs to it.")
    return file, eyes


async def _sizes(spec: ModelSpec, file: ModelFile, eyes: ModelFile | None) -> Fit:
    """The sizes that fit into main memory or, where it is too small, into a graphics card's as well."""
    context = spec.context or (NANO_CONTEXT if spec.kind == "nano" else None)
    eyes_bytes = eyes.weight_bytes if eyes else 0
    free = available_memory()
    try:
        return fit(file, eyes_bytes=eyes_bytes, context=context, slots=spec.slots, available=free)
    except OutOfMemory:
        more = await asyncio.to_thread(graphics_memory)
        if free is None or not more:
            raise
        return fit(file, eyes_bytes=eyes_bytes, context=context, slots=spec.slots, available=free + more)


def _info(spec: ModelSpec, file: ModelFile) -> ModelInfo:
    called = f"{file.name}/{spec.label}"  # the name people gave counts as much as the one inside
    family = detect(name=called, architecture=file.architecture, template=file.template)
    return ModelInfo(
        name=spec.label,
        family=family,
        engine="embedded",
        place=str(spec.place),
        licence=file.licence or family.licence,
    )
