"""The client of every OpenAI-compatible engine, the embedded one included.

It always streams, closes the connection as soon as its consumer leaves (which stops generation
upstream, in prefill too), and keeps counts that are right for cancelled streams. What differs between
engines stands in ``dialects``; the body is made by ``wire``, chunks are read by ``reading``, refusals
by ``refusals``, abilities found by ``probing``, and connections kept by ``http``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager, closing, suppress
from typing import Any

import aiohttp

from helicon.engines import refusals
from helicon.engines.dialects import DIALECTS, GENERIC, Dialect
from helicon.engines.http import Http, Reply
from helicon.engines.incoming import Incoming, Whole
from helicon.engines.joining import joined
from helicon.engines.patience import pauses
from helicon.engines.protocol import AnswerText, Capabilities, Delta, Health, ModelInfo, Request, Shared
from helicon.engines.reading import Malformed, Reader
from helicon.engines.timeouts import DEFAULT_TIMEOUTS, Timeouts
from helicon.engines.unshared import unshared
from helicon.engines.wire import budget_field, chat_body, encode, lacks, thinks
from helicon.errors import EngineDied, EngineError, EngineProtocol, HeliconError, Unsupported
from helicon.families import Splitter

__all__ = ["OpenAIEngine", "Timeouts"]


class OpenAIEngine:
    """An ``Engine`` behind ``/v1/chat/completions``."""

    def __init__(
        self,
        info: ModelInfo,
        base_url: str,
        *,
        key: str | None = None,
        socket_path: str | None = None,
        dialect: Dialect | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
        model: str | None = None,
        capabilities: Capabilities | None = None,
    ) -> None:
        """
        Args:
            info: what is known of the model; ``info.engine`` picks the dialect unless one is given.
            base_url: with or without ``/v1``; behind a ``socket_path`` the host is only a name.
            key: sent as a bearer key, shown nowhere.
            model: the name sent to the engine, where it is not ``info.name``.
            capabilities: when they are known already; ``probe`` then asks nothing.
        """
        self._info = info
        self._dialect = dialect or DIALECTS.get(info.engine, GENERIC)
        self._model = model or info.name
        self._http = Http(base_url, key=key, socket_path=socket_path, timeouts=timeouts)
        self._capabilities = capabilities
        self._probing: asyncio.Lock | None = None
        self._settling: asyncio.Task[None] | None = None
        self._separates = self._dialect.separates
        """Whether the engine was seen to keep thinking in a field of its own."""
        self._live: dict[int, Reader] = {}
        """Readers of running streams by the identity of their request."""

    def __repr__(self) -> str:
        return f"OpenAIEngine({self._info.name!r}, {self._http.place!r}, {self._dialect.name})"

    @property
    def info(self) -> ModelInfo:
        """What is known of the model."""
        return self._info

    @property
    def dialect(self) -> Dialect:
        """The engine's way of speaking."""
        return self._dialect

    @property
    def model(self) -> str:
        """The model's name at the engine."""
        return self._model

    async def stream(
        self, request: Request, *, as_if: Capabilities | None = None, apart: bool = False
    ) -> AsyncGenerator[Delta, None]:
        """Run one request; see ``Engine.stream``.

        Args:
            as_if: stands in for what a probe found.
            apart: give the deltas of chunks that came together one by one, for those who count them.
        """
        known = as_if or self._capabilities
        body = self._body(request, known)
        reader = self._reader(request, known)
        response = await self._http.stream(body, keep=self._dialect.keeps_connection)
        self._live[id(request)] = reader
        try:
            if response.status != 200:
                raise await self._refusal(response, request)
            kind = response.content_type
            if kind == "text/html":
                raise refusals.html(self._http.place, response.status)
            if kind == "application/json":
                incoming: Incoming | Whole = Whole(self._http, response)
            else:
                incoming = Incoming(
                    response,
                    place=self._http.place,
                    timeouts=self._http.timeouts,
                    drain=self._dialect.keeps_connection,
                )
            with closing(incoming):
                while (values := await incoming.read()) is not None:
                    deltas, failure = self._read(reader, values, request, apart=apart)
                    for delta in deltas:
                        yield delta
                    if failure is not None:
                        raise failure
            for delta in reader.end():
                yield delta
            finish = reader.finish()
            if finish is None:
                raise self._broken(reader)
            yield finish
        finally:
            self._separates = self._separates or reader.separated
            self._live.pop(id(request), None)
            response.close()

    def _body(self, request: Request, known: Capabilities | None) -> bytes:
        missing = lacks(request, self._dialect, self._capabilities)
        if missing:
            raise Unsupported(
                f"the engine of {self._info.name!r} cannot {missing}.",
                hint="See 'helicon models --probe' for what each engine can do.",
            )
        return encode(
            chat_body(
                request,
                model=self._model,
                family=self._info.family,
                dialect=self._dialect,
                capabilities=known,
            )
        )

    def _reader(self, request: Request, known: Capabilities | None) -> Reader:
        delimiters = self._info.family.delimiters
        splitter = None
        if delimiters and not self._separates and request.prefill_answer is None:
            opened = request.prefill_thinking is not None or any(pair.preopened for pair in delimiters)
            splitter = Splitter(delimiters, preopened=opened and thinks(request))
        bounded = budget_field(self._dialect, known) is not None
        return Reader(
            splitter=splitter,
            thinking_budget=request.thinking_budget if bounded else None,
            trim_thinking=not request.prefill_thinking,
            trim_answer=not request.prefill_answer,
        )

    def _read(
        self, reader: Reader, values: list[Any], request: Request, *, apart: bool
    ) -> tuple[list[Delta], HeliconError | None]:
        """The deltas of the chunks that came together, with one count, and the error that came after them.

        A chunk of a wrong shape is skipped.
        """
        deltas: list[Delta] = []
        pieces: list[str] = []
        failure = None
        for value in values:
            if not apart and (text := reader.plain(value)) is not None:
                pieces.append(text)
                continue
            if pieces:
                deltas.append(AnswerText("".join(pieces)))
                pieces.clear()
            if isinstance(value, dict) and "error" in value and not value.get("choices"):
                failure = refusals.from_stream(
                    value, place=self._http.place, key=self._http.key, has_images=_has_images(request)
                )
                break
            try:
                reader.take(value, deltas)
            except Malformed:
                continue
            if apart:
                reader.count(deltas)
        if pieces:
            deltas.append(AnswerText("".join(pieces)))
        reader.count(deltas)
        return deltas if apart or len(values) < 2 else joined(deltas), failure

    async def _refusal(self, response: aiohttp.ClientResponse, request: Request) -> HeliconError:
        try:
            async with asyncio.timeout(self._http.timeouts.idle):
                reply = await self._http.whole(response)
        except (TimeoutError, aiohttp.ClientError, OSError):
            reply = Reply(response.status, "", response.headers)
        return self._as_error(reply, has_images=_has_images(request))

    def _as_error(self, reply: Reply, *, has_images: bool = False) -> HeliconError:
        return refusals.from_reply(
            reply.status,
            reply.body,
            place=self._http.place,
            model=self._model,
            headers=reply.headers,
            key=self._http.key,
            has_images=has_images,
        )

    def _broken(self, reader: Reader) -> EngineError:
        if reader.malformed and not reader.valid:
            return EngineProtocol(
                f"{self._http.place} sent nothing that reads as a chat.completion.chunk.", hint=refusals.URL_HINT
            )
        return EngineDied(
            f"the engine at {self._http.place} ended in the middle of its reply, "
            f"after {reader.tokens.generated} tokens and without a finish reason.",
            hint="Ask again; if it happens again, look into the engine's log.",
        )

    async def end_thinking(self, request: Request) -> bool:
        """Close the running thought of this very request now, so that its answer begins.

        ``False`` where the engine cannot, or the request does not run or does not think any more.
        """
        reader = self._live.get(id(request))
        if reader is None or not reader.id or not self._dialect.end_thinking:
            return False
        try:
            reply = await self.call(
                "POST", "/v1/chat/completions/control", {"id": reader.id, "action": "reasoning_end"}, seconds=5
            )
        except EngineError:
            return False
        return reply.status == 200 and isinstance(reply.json, dict) and reply.json.get("success") is True

    async def call(self, method: str, path: str, body: Any = None, *, seconds: float = 30.0) -> Reply:
        """Any other route of the engine: ``/slots``, ``/v1/models``; raises ``EngineError`` when nobody answers."""
        return await self._http.call(method, path, body, seconds=seconds)

    @property
    def capabilities(self) -> Capabilities | None:
        """What is known now; ``None`` before the first probe."""
        return self._capabilities

    async def probe(self) -> Capabilities:
        """Find out what the engine can do, once; what was slow to answer is asked again later, in the background."""
        if self._capabilities is not None:
            return self._capabilities
        if self._probing is None:
            self._probing = asyncio.Lock()
        async with self._probing:
            if self._capabilities is None:
                from helicon.engines.probing import probe

                found = self._capabilities = await probe(self)
                if not found.settled:
                    self._settling = asyncio.create_task(self._settle())
        return self._capabilities

    async def _settle(self) -> None:
        """Probe again, less and less often, until every question has its answer."""
        from helicon.engines.probing import probe

        for pause in pauses():
            await asyncio.sleep(pause)
            with suppress(HeliconError):
                found = self._capabilities = await probe(self)
                if found.settled:
                    return

    async def health(self) -> Health:
        """Ask whether it can work now; never raises."""
        try:
            reply = await self.call("GET", self._dialect.health, seconds=5)
            if reply.status != 200:
                return Health(ready=False, detail=str(self._as_error(reply)))
            if not self._dialect.slots:
                return Health(ready=True)
            slots = (await self.call("GET", "/slots", seconds=5)).json
        except HeliconError as error:
            return Health(ready=False, detail=str(error))
        running = sum(bool(slot.get("is_processing")) for slot in slots) if isinstance(slots, list) else None
        return Health(ready=True, running=running)

    async def count(self, request: Request) -> int | None:
        """Prompt tokens as the engine counts them; ``None`` where it has no such route."""
        body = chat_body(
            request, model=self._model, family=self._info.family, dialect=self._dialect, capabilities=self._capabilities
        )
        routes = {
            "none": None,
            "llama.cpp": ("/v1/chat/completions/input_tokens", "input_tokens"),
            "vllm": ("/tokenize", "count"),
        }
        route = routes[self._dialect.counting]
        if route is None:
            return None
        path, field = route
        try:
            reply = await self.call("POST", path, body)
        except HeliconError:
            return None
        counted = reply.json.get(field) if isinstance(reply.json, dict) else None
        return counted if isinstance(counted, int) else None

    def share_prefix(self, requests: Sequence[Request]) -> AbstractAsyncContextManager[Shared]:
        """The requests as they are: servers with a prefix cache share by themselves."""
        return unshared(requests)

    async def close(self) -> None:
        """Close the connections; the engine itself goes on."""
        settling, self._settling = self._settling, None
        if settling is not None:
            settling.cancel()
            if settling.get_loop() is asyncio.get_running_loop():
                await asyncio.wait((settling,))
        await self._http.close()


def _has_images(request: Request) -> bool:
    return any(message.images for message in request.messages)
