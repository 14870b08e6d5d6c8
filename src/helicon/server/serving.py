"""Running the server: the port, the signals, the orderly end.

``serve`` binds first, so that a taken port is told before a model loads; opens the store; runs until a
signal; then drains: new requests get 503, running ones may finish for four fifths of the grace time, the
rest is stopped and told ``server_shutdown``. A second signal ends the process at once. The engines belong
to the caller.
"""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import sys
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from types import FrameType
from typing import Any, TypeVar

import uvicorn

from helicon.engines.protocol import Engine
from helicon.errors import SetupError
from helicon.server.app import App, create_app
from helicon.server.desk import Opener
from helicon.server.models import Origin, registry_of
from helicon.server.protocol import protocol_class
from helicon.server.settings import Settings

T = TypeVar("T")
LISTEN_BACKLOG = 2048


def bind(settings: Settings) -> socket.socket:
    """A listening socket at the settings' address.

    Raises:
        SetupError: the port is taken or not allowed, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if sys.platform != "win32":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((settings.host.strip("[]"), settings.port))
        listener.listen(LISTEN_BACKLOG)
    except OSError as error:
        listener.close()
        raise _bind_error(settings, error) from error
    listener.setblocking(False)
    return listener


def _bind_error(settings: Settings, error: OSError) -> SetupError:
    if error.errno == errno.EADDRINUSE:
        return SetupError(
            f"port {settings.port} of {settings.host} is taken by another program.",
            hint=f"Stop it, or choose another port: --port {settings.port + 1}.",
        )
    if error.errno == errno.EACCES:
        return SetupError(f"port {settings.port} may not be opened by this user.", hint="Choose --port 1024 or above.")
    return SetupError(f"{settings.host!r} cannot be bound: {error.strerror}.", hint="Check --host.")


def url_of(listener: socket.socket) -> str:
    """The address of a bound socket, for people."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


class Server(uvicorn.Server):
    """uvicorn's server with an end that tells and waits."""

    def __init__(
        self, config: uvicorn.Config, app: App, grace_seconds: float, on_ready: Callable[[], None] | None
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._helicon = app
        self._grace = grace_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell it."""
        await super().startup(sockets)
        if self._on_ready is not None:
            self._on_ready()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """First signal: begin the end. Second: be gone."""
        if self.should_exit:
            signal.signal(sig, signal.SIG_DFL)
            os.kill(os.getpid(), sig)
            return
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain while the port still answers with 503, then close."""
        await self._helicon.drain(self._grace * 0.8)
        await super().shutdown(sockets)
        if tasks := list(self.server_state.tasks):
            await asyncio.wait(tasks, timeout=1)


def server_for(app: App, settings: Settings, on_ready: Callable[[], None] | None = None) -> Server:
    """A server that is not yet running."""
    config = uvicorn.Config(
        app,
        http=protocol_class(settings),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=max(1, int(settings.idle_seconds)),
        timeout_graceful_shutdown=max(1, int(settings.grace_seconds * 0.2)),
    )
    return Server(config, app, settings.grace_seconds, on_ready)


async def serve(
    settings: Settings,
    engines: Sequence[Engine],
    *,
    listener: socket.socket | None = None,
    on_ready: Callable[[str], None] | None = None,
    origins: Mapping[int, Origin] | None = None,
    opener: Opener | None = None,
) -> None:
    """Serve ``engines`` until a signal comes. ``on_ready`` gets the address once requests are answered; ``origins``
    says why each engine is served, by its place; ``opener`` opens what is added on the page.

    Raises:
        SetupError: the port, or no engine.
        StoreError: the database.
    """
    listener = listener or bind(settings)
    try:
        registry = await registry_of(engines, created=int(time.time()), origins=origins)
        opening = asyncio.create_task(create_app(settings, registry, opener=opener))
        try:
            app = await whole(opening)
            url = url_of(listener)
            server = server_for(app, settings, on_ready=lambda: on_ready(url) if on_ready else None)
            await server.serve(sockets=[listener])
        finally:
            if not opening.cancelled() and opening.exception() is None:
                await whole(asyncio.create_task(opening.result().close()))
    finally:
        listener.close()


async def whole(task: asyncio.Task[T]) -> T:
    """Wait until the task has ended, whatever it came to; a cancellation of the waiter is raised after that.

    Databases are opened and closed like this: half a start leaves threads, and half an end loses what waits.
    """
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait((task,))
        raise


def run(main: Coroutine[Any, Any, T]) -> T:
    """``asyncio.run`` on uvloop where it is installed."""
    try:
        import uvloop
    except ImportError:
        return asyncio.run(main)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(main)
