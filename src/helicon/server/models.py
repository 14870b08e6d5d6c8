"""Which models a server has: engines by name, their mode names, and the replies of ``/v1/models``."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from helicon.engines.protocol import Capabilities, Engine
from helicon.errors import SetupError, UnknownMode, UnknownModel
from helicon.messages import MODES, Mode


@dataclass(frozen=True, slots=True)
class Served:
    """One engine under one name."""

    name: str
    engine: Engine
    found: Capabilities
    """What its first probe found."""
    created: int
    """Seconds since 1970: when this server opened it."""

    @property
    def capabilities(self) -> Capabilities:
        """What is known of it now: an engine that was slow at first is asked again until it has answered."""
        known = getattr(self.engine, "capabilities", None)
        return known if isinstance(known, Capabilities) else self.found


class Registry:
    """The models of one server, in the order given; the first is the one shown first."""

    def __init__(self, served: Iterable[Served]) -> None:
        self._served = {one.name: one for one in served}
        if not self._served:
            raise SetupError("the server has no model.", hint="Name one with --model.")
        self._names: dict[str, tuple[Served, Mode | None]] = {}
        for one in self._served.values():
            self._names[one.name] = (one, None)
            for mode in MODES:
                self._names.setdefault(f"{one.name}@{mode}", (one, mode))

    def __iter__(self) -> Iterator[Served]:
        return iter(self._served.values())

    def find(self, name: str) -> tuple[Served, Mode | None]:
        """The engine behind a model's name, and the mode its suffix asks for.

        Raises:
            UnknownMode: the model is known and the suffix is no mode.
            UnknownModel: no such model.
        """
        found = self._names.get(name)
        if found is not None:
            return found
        base, at, suffix = name.rpartition("@")
        if at and base in self._served:
            raise UnknownMode(f"unknown mode {suffix[:80]!r} in {name[:160]!r}; expected one of {', '.join(MODES)}.")
        near = difflib.get_close_matches(name, self._served, n=1)
        shown = ", ".join(repr(known) for known in list(self._served)[:8])
        raise UnknownModel(
            f"unknown model {name[:160]!r}; this server has {shown}.",
            hint=f"Did you mean {near[0]!r}?" if near else "See /v1/models.",
        )

    def listing(self) -> dict[str, Any]:
        """The reply of ``GET /v1/models``."""
        return {"object": "list", "data": [self.card(name) for name in self._names]}

    def card(self, name: str) -> dict[str, Any]:
        """The reply of ``GET /v1/models/{name}``.

        Raises:
            UnknownMode: as ``find``.
            UnknownModel: as ``find``.
        """
        served, mode = self.find(name)
        info, able = served.engine.info, served.capabilities
        return {
            "id": name,
            "object": "model",
            "created": served.created,
            "owned_by": "helicon",
            "helicon": {
                "model": served.name,
                "mode": mode or "auto",
                "engine": info.engine,
                "family": info.family.name,
                "licence": info.licence or info.family.licence,
                "context": able.context,
                "thinking": able.thinking,
                "images": able.images,
                "tools": able.tools,
                "json_schema": able.json_schema,
                "logprobs": able.logprobs,
            },
        }


async def registry_of(engines: Iterable[Engine], *, created: int) -> Registry:
    """Probe the engines and name them; a name that is taken gets a number: ``gemma``, ``gemma-2``."""
    served: list[Served] = []
    taken: set[str] = set()
    for engine in engines:
        name, number = engine.info.name, 1
        while name in taken:
            number += 1
            name = f"{engine.info.name}-{number}"
        taken.add(name)
        served.append(Served(name, engine, await engine.probe(), created))
    return Registry(served)
