"""The ASGI application: the table of routes, and the end of them all. Who is let in is ``door``'s business."""

from __future__ import annotations

import asyncio

from starlette.routing import Route, Router

from helicon.engines import open_engine
from helicon.server import api
from helicon.server.auth import doorkeeper
from helicon.server.chat import chat
from helicon.server.core import Core, Exchange
from helicon.server.desk import Desk, Opener, languages_of, open_desk
from helicon.server.door import Door, Handler
from helicon.server.errors import HttpRefusal
from helicon.server.http import JSON, Scope, Send, reply_with
from helicon.server.limits import Gate, Receive, Shares
from helicon.server.metrics import CONTENT_TYPE, Metrics
from helicon.server.models import Registry
from helicon.server.pages import Page, load_pages
from helicon.server.replies import dumps
from helicon.server.settings import Settings, is_loopback
from helicon.server.ssrf import Policy
from helicon.web import FOLDER


class App:
    """The application of one server, with its ending."""

    def __init__(self, core: Core, desk: Desk) -> None:
        self.core = core
        self.desk = desk
        doors = [
            ("/v1/chat/completions", Door(core, chat, ("POST",), area="chat")),
            ("/v1/models", Door(core, models, ("GET", "HEAD"), area="models")),
            ("/v1/models/{name:path}", Door(core, model, ("GET", "HEAD"), area="models")),
            ("/health", Door(core, health, ("GET", "HEAD"), public=True, while_draining=True)),
            ("/metrics", Door(core, metrics, ("GET", "HEAD"), while_draining=True, area="metrics")),
        ]
        doors += api.doors(desk)
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
        """Refuse what is new; give what runs ``seconds`` to end, then end it, and hang up."""
        await self.core.drain(seconds)
        await self.desk.hub.settle()
        self.desk.hang_up()

    async def close(self) -> None:
        """Write what is still to be written; the engines are the caller's."""
        await self.desk.close()
        if self.core.recorder is not None:
            await self.core.recorder.close()


async def create_app(
    settings: Settings, registry: Registry, *, policy: Policy | None = None, opener: Opener | None = None
) -> App:
    """The application over these models; opens the database where one is set. ``opener`` opens further models.

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
    try:
        return App(core, await open_desk(core, opener or open_engine, languages_of(FOLDER / "lang")))
    except BaseException:
        if recorder is not None:
            await recorder.close()
        raise


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
