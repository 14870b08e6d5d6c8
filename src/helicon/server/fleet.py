"""The models of a server while it runs: their health, and adding and removing them from the page.

What is added is kept by its spec and opened again at the next start. One that does not open then is listed as
unhealthy with the reason; it hinders nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helicon.errors import HeliconError, StoreError, UnknownModel
from helicon.messages import MODES
from helicon.server.core import Core
from helicon.server.errors import HttpRefusal
from helicon.server.models import Served

if TYPE_CHECKING:
    from helicon.engines.protocol import Engine
    from helicon.server.shelf import Shelf

log = logging.getLogger("helicon.server")

ADDED = "added models"
"""The shared value: a list of specs."""
HEALTH_SECONDS = 10.0
"""A look at an engine's health is good for so long."""
LOOK_SECONDS = 2.0
OPEN_SECONDS = 300.0
LEAVE_SECONDS = 600.0
"""A removed model's engine waits so long for the runs that are on it."""
_ABILITIES = ("images", "thinking", "tools", "json_schema", "logprobs")


@dataclass(eq=False, slots=True)
class Broken:
    """An added model that does not open."""

    spec: str
    reason: str
    checked: float


class Fleet:
    """Made inside a running event loop; ``open`` once, ``close`` at the end."""

    def __init__(
        self, core: Core, shelf: Shelf, opener: Callable[[str], Awaitable[Engine]], *, on_change: Callable[[], None]
    ) -> None:
        self._core = core
        self._shelf = shelf
        self._opener = opener
        self._on_change = on_change
        self._specs: dict[str, str] = {}
        """Of added models, by name."""
        self._broken: dict[str, Broken] = {}
        self._health: dict[str, dict[str, Any]] = {}
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self) -> None:
        """Begin to open what was added before; the server need not wait for it."""
        try:
            kept = await self._shelf.ask(self._shelf.library.shared, ADDED)
        except StoreError as error:
            log.warning("added models are not known: %s", error)
            return
        specs = [spec for spec in kept if isinstance(spec, str)] if isinstance(kept, list) else []
        for spec in specs:
            self._broken[spec] = Broken(spec, "It is being opened.", time.time())
        for spec in specs:
            self._spawn(self._reopen(spec))

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _reopen(self, spec: str) -> None:
        try:
            served = await self._open(spec)
        except HeliconError as error:
            self._broken[spec] = Broken(spec, str(error), time.time())
            log.warning("the added model %s is not served: %s", spec, error)
        else:
            self._broken.pop(spec, None)
            self._specs[served.name] = spec
            self._core.registry.add(served)
        self._on_change()

    async def _open(self, spec: str) -> Served:
        engine = await self._opener(spec)
        try:
            async with asyncio.timeout(OPEN_SECONDS):
                found = await engine.probe()
        except TimeoutError:
            await engine.close()
            raise UnknownModel(f"{spec!r} could not be probed within {OPEN_SECONDS:g} s.") from None
        except BaseException:
            await engine.close()
            raise
        name = self._core.registry.free_name(engine.info.name)
        return Served(name, engine, found, int(time.time()), origin="added")

    async def add(self, spec: str) -> dict[str, Any]:
        """Open a model and keep it; what is listed of it.

        Raises:
            HeliconError: it cannot be opened, or not be kept.
        """
        spec = spec.strip()
        async with self._turn:
            if spec in self._specs.values():
                raise HttpRefusal(f"{spec[:200]!r} is added already.", status=409, code="exists")
            served = await self._open(spec)
            try:
                await self._keep([*self._specs.values(), *self._broken, spec])
            except HeliconError:
                await served.engine.close()
                raise
            self._broken.pop(spec, None)
            self._specs[served.name] = spec
            self._core.registry.add(served)
        self._on_change()
        return await self.shown(served)

    async def remove(self, name: str) -> None:
        """Serve an added model no more; runs that are on it go on.

        Raises:
            HttpRefusal: 404, no such model; 409, it was not added here.
        """
        async with self._turn:
            if name in self._broken:
                del self._broken[name]
                await self._keep([*self._specs.values(), *self._broken])
            else:
                served = self._find(name)
                if name not in self._specs:
                    raise HttpRefusal(
                        f"the model {name[:160]!r} was given at the start; expected one that was added here.",
                        hint="Start the server without it.",
                        status=409,
                        code="not_added",
                    )
                await self._keep([spec for known, spec in self._specs.items() if known != name] + [*self._broken])
                del self._specs[name]
                self._core.registry.remove(name)
                self._spawn(self._leave(served.engine))
        self._on_change()

    async def _leave(self, engine: Engine) -> None:
        """Close an engine once nothing runs on it."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_SECONDS):
                while self._runs_on(engine):  # noqa: ASYNC110 - a removed model is rare; no run shall pay for it
                    await asyncio.sleep(0.2)
        await engine.close()

    def _runs_on(self, engine: Engine) -> bool:
        return any(live.run is not None and live.run.engine is engine for live in self._core.live)

    async def _keep(self, specs: list[str]) -> None:
        await self._shelf.ask(self._shelf.library.set_shared, ADDED, list(dict.fromkeys(specs)))

    def _find(self, name: str) -> Served:
        for served in self._core.registry:
            if served.name == name:
                return served
        raise HttpRefusal(f"there is no model {name[:160]!r} here.", status=404, code="model_not_found")

    async def probe(self, name: str) -> dict[str, Any]:
        """Ask a model anew what it can do.

        Raises:
            HttpRefusal: 404, no such model.
        """
        if name in self._broken:
            await self._reopen(name)
            if name in self._broken:
                return self._show_broken(self._broken[name])
            served = self._find(next(known for known, spec in self._specs.items() if spec == name))
        else:
            served = self._find(name)
            self._health.pop(name, None)
            await served.engine.probe()
        return await self.shown(served)

    async def listing(self) -> dict[str, Any]:
        """All models, those that do not open last."""
        served = list(self._core.registry)
        models = await asyncio.gather(*(self.shown(one) for one in served))
        return {"models": [*models, *map(self._show_broken, self._broken.values())], "default": served[0].name}

    async def shown(self, served: Served) -> dict[str, Any]:
        """One model as the page sees it."""
        info, able = served.engine.info, served.capabilities
        priced = bool(info.price_prompt or info.price_generated)
        has = {
            "images": able.images,
            "thinking": able.thinking != "none",
            "tools": able.tools,
            "json_schema": able.json_schema,
            "logprobs": able.logprobs,
        }
        return {
            "name": served.name,
            "engine": info.engine,
            "place": info.place,
            "family": info.family.title,
            "licence": info.licence or info.family.licence,
            "origin": served.origin,
            "modes": list(MODES),
            "context": able.context,
            **has,
            "slots": able.slots,
            "prices": {"prompt": info.price_prompt, "generated": info.price_generated} if priced else None,
            "health": await self._healthy(served),
            "why": _why(has, able.notes),
        }

    async def _healthy(self, served: Served) -> dict[str, Any]:
        known = self._health.get(served.name)
        if known is not None and time.time() - known["checked"] < HEALTH_SECONDS:
            return known
        try:
            async with asyncio.timeout(LOOK_SECONDS):
                health = await served.engine.health()
            found = {"ok": health.ready, "message": "" if health.ready else health.detail}
        except TimeoutError:
            found = {"ok": False, "message": f"It did not answer within {LOOK_SECONDS:g} s."}
        self._health[served.name] = found | {"checked": time.time()}
        return self._health[served.name]

    def _show_broken(self, broken: Broken) -> dict[str, Any]:
        return {
            "name": broken.spec,
            "engine": "",
            "place": broken.spec,
            "family": "",
            "licence": "",
            "origin": "added",
            "modes": [],
            "context": None,
            **dict.fromkeys(_ABILITIES, False),
            "slots": None,
            "prices": None,
            "health": {"ok": False, "message": broken.reason, "checked": broken.checked},
            "why": {},
        }

    async def close(self) -> None:
        """Close the engines that were added."""
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(list(self._tasks))
        added = [one.engine for one in self._core.registry if one.name in self._specs]
        await asyncio.gather(*(engine.close() for engine in added))


def _why(has: dict[str, bool], notes: tuple[str, ...]) -> dict[str, str]:
    """The probe's notes on what is missing, by ability: each begins with the ability's name and a colon."""
    found = {}
    for note in notes:
        name, colon, reason = note.partition(": ")
        if colon and has.get(name) is False:
            found[name] = reason
        elif "images" in note and not has["images"]:
            found.setdefault("images", note)
    return found
