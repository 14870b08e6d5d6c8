"""The ASGI application: the table of routes, and the one place where every request is let in or refused.

Order for each request: ``Host`` and ``Origin``, the matched route's method, its key, the server's state,
then the handler. Authorisation is decided on the route that matched, never on a URL's text. Whatever
goes wrong before a reply begins is answered here in OpenAI's error form.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.routing import Route, Router

from helicon.errors import HeliconError
from helicon.server.auth import doorkeeper
from helicon.server.chat import chat
from helicon.server.core import Core, Exchange, shutting_down
from helicon.server.errors import HttpRefusal, reply_for
from helicon.server.http import JSON, Header, Scope, Send, reply_error, reply_with
from helicon.server.limits import Gate, Receive, Shares
from helicon.server.metrics import CONTENT_TYPE, Metrics
from helicon.server.models import Registry
from helicon.server.pages import Page, load_pages
from helicon.server.replies import dumps
from helicon.server.settings import Settings, is_loopback
from helicon.server.ssrf import Policy

log = logging.getLogger("helicon.server")

Handler = Callable[[Exchange], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Door:
    """One route's rules and its handler; an ASGI application."""

    core: Core
    handler: Handler
    methods: tuple[str, ...]
    public: bool = False
    """Answered without a key."""
    while_draining: bool = False
    area: str = ""
    """What a key's ``routes`` name; see ``keys.ROUTES``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cors: tuple[Header, ...] = ()
        try:
            self.core.door.check(scope["headers"])
            cors = _cors(self.core, scope)
            if scope["method"] == "OPTIONS" and cors:
                await reply_with(send, 204, b"", b"text/plain", *cors)
                return
            key = self._admit(scope)
            await self.handler(Exchange(self.core, scope, receive, _with(send, cors), key))
        except HeliconError as error:
            retry = self.core.gate.retry_after_seconds
            await reply_error(send, reply_for(error, retry_after_seconds=retry), *cors)
        except ConnectionError:
            return  # the client left; there is nobody to tell
        except Exception as error:
            log.exception("%s %s failed", scope["method"], scope["path"][:200])
            await reply_error(send, reply_for(error), *cors)

    def _admit(self, scope: Scope) -> int | None:
        key = None if self.public else self.core.settings.keys.check(scope["headers"], self.area)
        method = scope["method"]
        if method not in self.methods:
            raise HttpRefusal(
                f"{method} is not allowed here; expected {' or '.join(self.methods)}.", status=405, code="bad_method"
            )
        if method == "POST" and not _is_json(scope):
            raise HttpRefusal(
                "the request's Content-Type is not application/json.",
                hint="Send the header 'Content-Type: application/json'.",
                status=415,
                code="bad_content_type",
            )
        if method == "POST" and _header(scope, b"content-encoding") not in (b"", b"identity"):
            raise HttpRefusal(
                "the request's body is compressed, which is not supported.",
                hint="Send it without Content-Encoding.",
                status=415,
                code="bad_content_encoding",
            )
        if self.core.draining and not self.while_draining:
            raise shutting_down()
        return key


class App:
    """The application of one server, with its ending."""

    def __init__(self, core: Core) -> None:
        self.core = core
        doors = [
            ("/v1/chat/completions", Door(core, chat, ("POST",), area="chat")),
            ("/v1/models", Door(core, models, ("GET", "HEAD"), area="models")),
            ("/v1/models/{name:path}", Door(core, model, ("GET", "HEAD"), area="models")),
            ("/health", Door(core, health, ("GET", "HEAD"), public=True, while_draining=True)),
            ("/metrics", Door(core, metrics, ("GET", "HEAD"), while_draining=True, area="metrics")),
        ]
        # The page is public, because a browser cannot send a key before it has the page that asks for one.
        for path, page in load_pages().items():
            doors.append((path, Door(core, _page_handler(page), ("GET", "HEAD"), public=True)))
        self.routes = [Route(path, endpoint=door) for path, door in doors]
        self._doors = {path: door for path, door in doors if "{" not in path}
        self._router = Router(
            self.routes, redirect_slashes=False, default=Door(core, nowhere, ("GET", "HEAD", "POST", "PUT", "DELETE"))
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._doors.get(scope["path"], self._router)(scope, receive, send)

    async def drain(self, seconds: float) -> None:
        """Refuse what is new; give what runs ``seconds`` to end, then end it."""
        await self.core.drain(seconds)

    async def close(self) -> None:
        """Write what is still to be written; the engines are the caller's."""
        if self.core.recorder is not None:
            await self.core.recorder.close()


async def create_app(settings: Settings, registry: Registry, *, policy: Policy | None = None) -> App:
    """The application over these models; opens the database where one is set.

    Raises:
        StoreError: the database cannot be opened.
        SetupError: an allowed host or origin is malformed.
    """
    door = doorkeeper(
        loopback=is_loopback(settings.host),
        allowed_hosts=(*settings.allowed_hosts, *([settings.host] if settings.host.startswith("127.") else [])),
        allowed_origins=settings.allowed_origins,
    )
    recorder = None
    if settings.database is not None:
        from helicon.store import Recorder, open_store

        recorder = Recorder(await asyncio.to_thread(open_store, settings.database))
    core = Core(
        settings=settings,
        registry=registry,
        door=door,
        gate=Gate(settings.max_running, settings.max_waiting),
        shares=Shares(settings.keys, settings.max_running + settings.max_waiting),
        metrics=Metrics(),
        recorder=recorder,
        policy=policy or Policy(),
    )
    return App(core)


async def models(x: Exchange) -> None:
    """``GET /v1/models``."""
    await reply_with(x.send, 200, dumps(x.core.registry.listing()), JSON)


async def model(x: Exchange) -> None:
    """``GET /v1/models/{name}``."""
    await reply_with(x.send, 200, dumps(x.core.registry.card(x.scope["path_params"]["name"])), JSON)


async def health(x: Exchange) -> None:
    """``GET /health``: 200 while requests are taken, 503 while the server ends."""
    state = {
        "status": "draining" if x.core.draining else "ok",
        "running": x.core.gate.running,
        "waiting": x.core.gate.waiting,
    }
    await reply_with(x.send, 503 if x.core.draining else 200, dumps(state), JSON)


async def metrics(x: Exchange) -> None:
    """``GET /metrics``."""
    x.core.metrics.running.set(x.core.gate.running)
    x.core.metrics.waiting.set(x.core.gate.waiting)
    if x.core.recorder is not None:
        x.core.metrics.lost.set(x.core.recorder.lost)
    await reply_with(x.send, 200, x.core.metrics.text(), CONTENT_TYPE)


async def nowhere(x: Exchange) -> None:
    """Every other path."""
    raise HttpRefusal(
        f"there is nothing at {x.scope['path'][:200]!r}.", hint="See docs/http.md.", status=404, code="not_found"
    )


def _page_handler(page: Page) -> Handler:
    async def send_page(x: Exchange) -> None:
        status, body, media_type, headers = page.reply(x.scope["headers"])
        await reply_with(x.send, status, body, media_type, *headers)

    return send_page


def _is_json(scope: Scope) -> bool:
    return _header(scope, b"content-type").partition(b";")[0].strip() == b"application/json"


def _header(scope: Scope, wanted: bytes) -> bytes:
    """The first header of that name in lower case, empty where there is none."""
    for name, value in scope["headers"]:
        if name == wanted:
            found: bytes = value
            return found.lower()
    return b""


def _cors(core: Core, scope: Scope) -> tuple[Header, ...]:
    """What a page of an allowed foreign origin needs; nothing for everybody else."""
    if not core.door.origins:
        return ()
    asked = _header(scope, b"access-control-request-headers") or b"authorization, content-type"
    for name, value in scope["headers"]:
        if name == b"origin" and value.decode("latin-1").lower() in core.door.origins:
            return (
                (b"access-control-allow-origin", value),
                (b"access-control-allow-headers", asked),
                (b"access-control-allow-methods", b"GET, POST"),
                (b"vary", b"origin"),
            )
    return ()


def _with(send: Send, headers: tuple[Header, ...]) -> Send:
    if not headers:
        return send

    async def sending(message: Scope) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return sending
