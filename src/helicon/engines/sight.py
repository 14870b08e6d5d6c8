"""Looking at an endpoint: what it shows of itself, which dialect it speaks, which models it serves.

Asks only for what engines tell everybody. A route that does not exist, or answers something else than
JSON, counts as silence; nothing is taken from a port's number.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from helicon.engines.dialects import Dialect, Sighting, recognise

if TYPE_CHECKING:
    import aiohttp

MOST_BYTES = 4 << 20
"""Longer replies are no list of models."""
MOST_MODELS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One endpoint."""

    base_url: str
    """Ends in ``/v1`` or whatever the models' route is below."""
    dialect: Dialect
    models: tuple[str, ...]
    """Their names, as the endpoint lists them."""
    status: int
    """Of the models' route; 0 = no reply."""
    problem: str = ""
    """Why there was no list of models, in words."""
    architecture: str | None = None
    template: str | None = None
    """The chat template, where the engine shows it."""


def base_of(url: str) -> str:
    """``url`` with ``/v1`` where it names only a host."""
    parts = urlsplit(url)
    return url.rstrip("/") + ("/v1" if parts.path in ("", "/") else "")


def root_of(url: str) -> str:
    """Scheme and host."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


async def look(session: aiohttp.ClientSession, url: str, *, key: str | None = None) -> Seen:
    """Look at one endpoint; never raises for what it answers or does not answer."""
    base, root = base_of(url), root_of(url)
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    first = await _get(session, base + "/models", headers)
    if first.problem:
        return Seen(base_url=base, dialect=recognise(Sighting()), models=(), status=0, problem=first.problem)
    models = first.mapping
    names = _names(models)
    owner = _owner(models)
    sighting = Sighting(owned_by=owner, models=models, host=urlsplit(url).hostname or "")
    if recognise(sighting).name == "generic":
        routes = ("/props", "/api/version", "/get_model_info", "/version", "/api/v0/models", "/", "/openapi.json")
        props, ollama, sglang, version, lmstudio, page, openapi = await asyncio.gather(
            *(_get(session, root + route, headers) for route in routes)
        )
        sighting = Sighting(
            owned_by=owner,
            models=models,
            props=props.mapping,
            ollama=ollama.mapping,
            sglang=sglang.mapping,
            version=version.mapping,
            lmstudio=lmstudio.mapping,
            root=page.text[:4000],
            openapi=openapi.mapping,
            host=sighting.host,
        )
    dialect = recognise(sighting)
    props_map = sighting.props
    if dialect.name == "llama.cpp" and not props_map:
        props_map = (await _get(session, root + "/props", headers)).mapping
    template = props_map.get("chat_template")
    problem = "" if first.status == 200 and names is not None else _trouble(first)
    return Seen(
        base_url=base,
        dialect=dialect,
        models=names or (),
        status=first.status,
        problem=problem,
        template=template if isinstance(template, str) else None,
    )


@dataclass(frozen=True, slots=True)
class _Reply:
    status: int
    text: str
    problem: str = ""

    @property
    def mapping(self) -> Mapping[str, Any]:
        """The body where it is a successful JSON object."""
        if self.status != 200:
            return {}
        try:
            body = json.loads(self.text)
        except (ValueError, RecursionError):
            return {}
        return body if isinstance(body, dict) else {}


async def _get(session: aiohttp.ClientSession, url: str, headers: Mapping[str, str]) -> _Reply:
    import aiohttp

    try:
        async with session.get(url, headers=headers, allow_redirects=False) as reply:
            body = await reply.content.read(MOST_BYTES)
            while len(body) < MOST_BYTES and (more := await reply.content.read(MOST_BYTES - len(body))):
                body += more
            return _Reply(reply.status, body.decode("utf-8", errors="replace"))
    except TimeoutError:
        return _Reply(0, "", "it does not answer in time")
    except (aiohttp.ClientError, OSError, ValueError) as error:
        return _Reply(0, "", " ".join(str(error).split())[:200] or type(error).__name__)


def _names(models: Mapping[str, Any]) -> tuple[str, ...] | None:
    listed = models.get("data", models.get("models"))
    if not isinstance(listed, list):
        return None
    names = (item.get("id", item.get("name")) for item in listed[:MOST_MODELS] if isinstance(item, dict))
    return tuple(dict.fromkeys(name for name in names if isinstance(name, str) and name))


def _owner(models: Mapping[str, Any]) -> str:
    listed = models.get("data")
    if isinstance(listed, list) and listed and isinstance(listed[0], dict):
        return str(listed[0].get("owned_by", ""))
    return ""


def _trouble(reply: _Reply) -> str:
    if reply.text.lstrip()[:1] == "<":
        return f"it answers a web page (status {reply.status}), not a list of models"
    return f"it answers its list of models with status {reply.status}"
