"""``helicon serve``: open the engines, say what is served and how to call it, and hand over to the server."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any

import click

from helicon.cli.commands import settings_of
from helicon.cli.plain import one_line
from helicon.cli.reading import tell_download
from helicon.cli.sources import Settings, load
from helicon.errors import HeliconError
from helicon.messages import MODES

if TYPE_CHECKING:
    from helicon.engines import Engine
    from helicon.server import Settings as ServerSettings
    from helicon.server.models import Origin

NANO = "nano"
FOUND_SECONDS = 60.0
"""For the probe of a model that was found, not named: a server that hangs does not hold up the others."""
MOST_FOUND = 4
"""Models of one found engine that are served unasked: each is tried at the start, and some engines load
a model into memory for that."""
EXAMPLES = """\
\b
Examples:
  helicon serve
  helicon serve --model ./Qwen3-4B-Q4_K_M.gguf --model nano
  helicon serve --host 0.0.0.0 --api-key-file keys.txt
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """One engine that is served, and why."""

    engine: Engine
    origin: str
    """In words, for the list at the start."""
    kind: Origin = "named"


@click.command("serve", epilog=EXAMPLES)
@settings_of("serve")
def command(**options: Any) -> int:
    """Serve models to any OpenAI client, each in its three modes.

    Without --model this serves nano and every engine found running on this machine, and says which.
    """
    settings = load(options)
    to_server = server_settings(settings)
    from helicon.server import run

    return run(Serving(settings, to_server).serve())


def server_settings(settings: Settings) -> ServerSettings:
    """The server's own settings, checked before anything is opened.

    Raises:
        SetupError: keys that cannot be read, or an address that needs keys and has none.
    """
    from helicon.server import KeyRing
    from helicon.server import Settings as ServerSettings

    keys = KeyRing.from_text(os.environ.get("HELICON_API_KEYS", ""), source="HELICON_API_KEYS")
    if settings["api_key_file"] is not None:
        keys += KeyRing.from_file(settings["api_key_file"])
    return ServerSettings(
        host=settings["host"],
        port=settings["port"],
        keys=keys,
        allowed_hosts=settings["allow_host"],
        allowed_origins=settings["allow_origin"],
        database=settings["database"],
        data=str(settings["data"].absolute()),
        max_running=settings["max_running"],
        max_waiting=settings["queue"],
        allow_image_urls=settings["image_urls"],
    )


class Serving:
    """One call of ``helicon serve`` from its first port to its last engine."""

    def __init__(self, settings: Settings, to_server: ServerSettings) -> None:
        self.settings = settings
        self.to_server = to_server
        self.opened: list[Opened] = []
        self.ready = False
        self.signal = 0

    async def serve(self) -> int:
        """Open everything, run the server until a signal ends it, close everything; the exit code."""
        from helicon.server import bind
        from helicon.server import serve as run_server

        listener = bind(self.to_server)
        with self._signals():
            try:
                await open_all(self.settings, self.opened)
                engines = [one.engine for one in self.opened]
                await run_server(
                    self.to_server,
                    engines,
                    listener=listener,
                    on_ready=self._announce,
                    origins={place: one.kind for place, one in enumerate(self.opened)},
                    opener=self._open_more,
                )
            except asyncio.CancelledError:
                if not self.signal:
                    raise
                return 128 + self.signal
            finally:
                listener.close()
                await asyncio.gather(*(one.engine.close() for one in self.opened))
        return 0

    async def _open_more(self, spec: str) -> Engine:
        """A model that is added on the page: with the same keys and time-outs."""
        from helicon.cli.engines import open_as_set

        return await open_as_set(spec, self.settings, confirm=tell_download)

    def _announce(self, address: str) -> None:
        self.ready = True
        if self.signal:  # its cancellation was lost on the way: a wait may end with its result at the same moment
            signal.raise_signal(self.signal)
            return
        print("\n".join(announcement(address, self.opened, keys=bool(self.to_server.keys))), flush=True)

    @contextmanager
    def _signals(self) -> Iterator[None]:
        """Until the server takes its signals over, one of them stops the opening of models."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        assert task is not None

        def handle(number: int, _frame: FrameType | None) -> None:
            if self.signal and not self.ready:
                os._exit(128 + number)
            self.signal = number
            if not self.ready:
                loop.call_soon_threadsafe(task.cancel)

        before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


async def open_all(settings: Settings, opened: list[Opened]) -> None:
    """Append the engines that were named, or nano and those that are found, to ``opened``.

    Raises:
        HeliconError: one that was named cannot be opened; a found one that fails is left out, with a line on stderr.
    """
    from helicon.engines import discover

    given: tuple[str, ...] = settings["models"]
    wanted = [(spec.strip(), "") for spec in given] or [(NANO, "ships with helicon")]
    if not given:
        for found in await discover():
            wanted += [(spec, f"found: {found.engine} at {found.url}") for spec in found.specs[:MOST_FOUND]]
            if len(found.specs) > MOST_FOUND:
                more = f"{len(found.specs) - MOST_FOUND} more models at {found.url}"
                print(f"Not served: {more}; name one with --model {found.url}#NAME", file=sys.stderr, flush=True)
    for spec, origin in wanted:
        if (one := await _open(spec, origin, settings, must=not origin or spec == NANO)) is not None:
            opened.append(one)


async def _open(spec: str, origin: str, settings: Settings, *, must: bool) -> Opened | None:
    from helicon.cli.engines import open_as_set

    if sys.stderr.isatty():
        print(f"Opening {one_line(spec)} ...", file=sys.stderr, flush=True)
    async with AsyncExitStack() as unless_kept:
        try:
            engine = await open_as_set(spec, settings, confirm=tell_download)
            unless_kept.push_async_callback(engine.close)
            async with asyncio.timeout(None if must else FOUND_SECONDS):
                await engine.probe()  # the engine keeps the answer, and the server asks for it
        except (HeliconError, TimeoutError) as error:
            if must:
                raise
            why = str(error) or f"it could not be probed within {FOUND_SECONDS:g} seconds."
            print(f"Not served: {one_line(spec)}: {one_line(why)}", file=sys.stderr, flush=True)
            return None
        unless_kept.pop_all()
    kind: Origin = "found" if origin.startswith("found") else "ships with helicon" if origin else "named"
    return Opened(engine, origin or f"{engine.info.engine}, {engine.info.place}", kind)


def announcement(address: str, opened: list[Opened], *, keys: bool) -> list[str]:
    """What people read when the server is ready."""
    names = [one_line(one.engine.info.name) for one in opened]
    width = max(map(len, names))
    lines = [f"Helicon is ready at {address}", ""]
    for number, (name, one) in enumerate(zip(names, opened, strict=True)):
        lines.append(f"  {'models' if not number else '':<8}{name:<{width}}  {one_line(one.origin)}")
    first = names[0]
    modes = " ".join(f"{first}@{mode}" for mode in MODES if mode != "auto")
    lines += [f"  {'modes':<8}{modes} ({first} alone chooses)"]
    lines += [
        f"  {'try':<8}curl {address}/v1/chat/completions \\",
        f"  {'':<8}  -H 'Content-Type: application/json' \\",
    ]
    if keys:
        lines += [f'  {"":<8}  -H "Authorization: Bearer $KEY" \\']
    lines += [
        f'  {"":<8}  -d \'{{"model": "{first}@thinking", "messages":',
        f'  {"":<8}      [{{"role": "user", "content": "What is 17 * 23?"}}]}}\'',
        f"  {'stop':<8}Ctrl-C",
        "",
    ]
    return lines
