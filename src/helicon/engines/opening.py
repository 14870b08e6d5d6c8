"""From a model spec to a running engine."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import TypeAlias
from urllib.parse import urlsplit

from helicon.engines.protocol import Engine, ModelInfo
from helicon.engines.spec import ModelSpec, parse_spec
from helicon.engines.timeouts import DEFAULT_TIMEOUTS, Timeouts
from helicon.errors import EngineProtocol, EngineRefused, EngineUnavailable, SetupError, UnknownModel
from helicon.families import detect

Confirm: TypeAlias = Callable[[str], bool]
"""Shows a text (a licence before the first download) and says whether to go on."""
LOOK_SECONDS = 10.0


async def open_engine(
    spec: ModelSpec | str,
    *,
    keys: Mapping[str, str] | None = None,
    confirm: Confirm | None = None,
    timeouts: Timeouts = DEFAULT_TIMEOUTS,
) -> Engine:
    """Start the embedded engine, or connect to an endpoint.

    Args:
        spec: a model spec, or its text.
        keys: keys of endpoints, by URL, ``host:port`` or host; the most exact wins.
        confirm: asked before a model is downloaded for the first time; without it the licence is logged.
        timeouts: how long the engine may be silent.

    Raises:
        UnknownModel: no such model there.
        BadModelFile, OutOfMemory, SetupError: the embedded engine cannot start.
        EngineUnavailable, EngineRefused, EngineProtocol: the endpoint does not answer as one.
    """
    if isinstance(spec, str):
        spec = parse_spec(spec)
    if spec.kind == "endpoint":
        return await _connect(spec, key_for(spec.place, keys or {}), timeouts)
    from helicon.engines.embedded import EmbeddedEngine

    if spec.kind == "hub":
        from helicon.engines.hub import fetch

        spec = await fetch(spec, confirm=confirm)
    return await EmbeddedEngine.start(spec, timeouts=timeouts)


def key_for(url: str, keys: Mapping[str, str]) -> str | None:
    """The key for an endpoint, by its URL, its ``host:port`` or its host; ``env:NAME`` stands for a variable.

    Raises:
        SetupError: the variable is not set.
    """
    parts = urlsplit(url)
    exact = {place.rstrip("/").casefold(): key for place, key in keys.items()}
    names = (url.rstrip("/"), f"{parts.scheme}://{parts.netloc}", parts.netloc, parts.hostname or "")
    key = next((key for name in names if (key := exact.get(name.casefold()))), None)
    if key is None or not key.startswith("env:"):
        return key
    variable = key.removeprefix("env:")
    if not os.environ.get(variable):
        raise SetupError(f"the key of {parts.hostname} is to be in the variable {variable}, which is not set.")
    return os.environ[variable]


async def _connect(spec: ModelSpec, key: str | None, timeouts: Timeouts) -> Engine:
    import aiohttp

    from helicon.engines.openai_client import OpenAIEngine
    from helicon.engines.sight import look

    # Proxies of the environment are for the world outside; an engine on this machine is asked directly.
    local = (urlsplit(spec.place).hostname or "") in ("localhost", "127.0.0.1", "::1")
    timeout = aiohttp.ClientTimeout(total=LOOK_SECONDS + timeouts.connect, sock_connect=timeouts.connect)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=not local) as session:
        seen = await look(session, spec.place, key=key)
    if spec.name and seen.status and not seen.dialect.lists_models:
        name = spec.name
    else:
        name = choose(spec, seen.models, seen.problem, seen.status)
    family = detect(name=name, architecture=seen.architecture, template=seen.template)
    info = ModelInfo(name=name, family=family, engine=seen.dialect.name, place=seen.base_url, licence=family.licence)
    return OpenAIEngine(info, seen.base_url, key=key, dialect=seen.dialect, timeouts=timeouts)


def choose(spec: ModelSpec, models: tuple[str, ...], problem: str, status: int) -> str:
    """The model's name at an endpoint.

    Raises:
        UnknownModel: it is not among ``models``, or it was left out and there are several.
        EngineUnavailable, EngineRefused, EngineProtocol: there is no list of models, and no name to try without.
    """
    if not status:
        raise EngineUnavailable(
            f"nobody answers at {spec.place}: {problem}.", hint="Start the engine there, or check the address."
        )
    if status in (401, 403):
        raise EngineRefused(
            f"{spec.place} refuses with status {status}: it asks for a key.",
            hint="Give its key under [keys] in helicon.toml, by its host.",
        )
    if problem:
        if spec.name and status in (404, 405, 501):
            return spec.name  # some servers list nothing and answer all the same
        raise EngineProtocol(
            f"{spec.place} is no OpenAI-compatible engine: {problem}.",
            hint="Expected a base URL such as http://localhost:8000/v1.",
        )
    if spec.name:
        if spec.name in models or not models:
            return spec.name
        if f"{spec.name}:latest" in models:  # Ollama's way of leaving the tag out
            return f"{spec.name}:latest"
        raise UnknownModel(f"{spec.place} has no model {spec.name!r}; expected one of {_list(models)}.")
    if len(models) == 1:
        return models[0]
    if not models:
        raise UnknownModel(f"{spec.place} serves no model now.", hint="Load one there, or name it with #name.")
    raise UnknownModel(
        f"{spec.place} has several models; expected one by name: {_list(models)}.",
        hint=f"For example {spec.place}#{models[0]}.",
    )


def _list(models: tuple[str, ...]) -> str:
    shown = ", ".join(models[:12])
    return shown if len(models) <= 12 else f"{shown} and {len(models) - 12} more"
