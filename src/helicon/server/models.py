"""Which models a server has: engines by name, their mode names, and the replies of ``/v1/models``."""

from __future__ import annotations

import difflib
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from helicon.engines.protocol import Capabilities, Engine
from helicon.errors import SetupError, UnknownMode, UnknownModel
from helicon.messages import MODES, Mode

Origin: TypeAlias = Literal["ships with helicon", "found", "named", "added"]


@dataclass(frozen=True, slots=True)
class Served:
    """One engine under one name."""

    name: str
    engine: Engine
    found: Capabilities
    """What its first probe found."""
    created: int
    """Seconds since 1970: when this server opened it."""
    origin: Origin = "named"
    """Why it is served."""

    @property
    def capabilities(self) -> Capabilities:
        """What is known of it now: an engine that was slow at first is asked again until it has answered."""
        known = getattr(self.engine, "capabilities", None)
        return known if isinstance(known, Capabilities) else self.found


class Registry:
    """The models of one server, in the order given; the first is the one shown first.

    Both tables are replaced whole when a model comes or goes, so whoever is reading one reads on undisturbed.
    """

    def __init__(self, served: Iterable[Served]) -> None:
        self._served: dict[str, Served] = {}
        self._names: dict[str, tuple[Served, Mode | None]] = {}
        self._set({one.name: one for one in served})
        if not self._served:
            raise SetupError("the server has no model.", hint="Name one with --model.")

    def _set(self, served: dict[str, Served]) -> None:
        names: dict[str, tuple[Served, Mode | None]] = {}
        for one in served.values():
            names[one.name] = (one, None)
            for mode in MODES:
                names.setdefault(f"{one.name}@{mode}", (one, mode))
        self._served, self._names = served, names

    def __iter__(self) -> Iterator[Served]:
        return iter(self._served.values())

    def free_name(self, name: str) -> str:
        """``name``, or with the first number that makes it free: ``gemma-2``."""
        return _free(name, self._served)

    def add(self, served: Served) -> None:
        """One more model, under a name that is free."""
        self._set({**self._served, served.name: served})

    def remove(self, name: str) -> None:
        """One model less; runs that have it keep it."""
        self._set({known: one for known, one in self._served.items() if known != name})

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


async def registry_of(
    engines: Iterable[Engine], *, created: int, origins: Mapping[int, Origin] | None = None
) -> Registry:
    """Probe the engines and name them; a name that is taken gets a number: ``gemma``, ``gemma-2``.

    ``origins`` says why each is served, by its place; all others were named.
    """
    served: dict[str, Served] = {}
    for place, engine in enumerate(engines):
        name = _free(engine.info.name, served)
        origin = (origins or {}).get(place, "named")
        served[name] = Served(name, engine, await engine.probe(), created, origin)
    return Registry(served.values())


def _free(name: str, taken: Container[str]) -> str:
    free, number = name, 1
    while free in taken:
        number += 1
        free = f"{name}-{number}"
    return free
