"""Engines that run on this machine: their usual ports on loopback, asked all at once, known by their answers."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from dataclasses import dataclass

USUAL_PORTS = (8080, 11434, 8000, 30000, 1234)
"""llama.cpp; Ollama; vLLM and transformers serve; SGLang; LM Studio."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """One engine that answered."""

    engine: str
    """The dialect's name, for example ``ollama``."""
    url: str
    """For a spec: ``{url}#{model}``."""
    models: tuple[str, ...]

    @property
    def specs(self) -> tuple[str, ...]:
        """One model spec per model."""
        return tuple(f"{self.url}#{model}" for model in self.models)


async def discover(timeout_seconds: float = 0.5, *, ports: Sequence[int] = USUAL_PORTS) -> list[Found]:
    """Engines on this machine with their models, in the order of ``ports``; never raises for what is not there.

    A port that answers no list of models is nobody's. Nothing but 127.0.0.1 is asked.
    """
    open_ports = [port for port, is_open in zip(ports, await _open(ports, timeout_seconds), strict=True) if is_open]
    if not open_ports:
        return []
    import aiohttp

    from helicon.engines.sight import look

    timeout = aiohttp.ClientTimeout(total=timeout_seconds)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=False) as session:
        seen = await asyncio.gather(*(look(session, f"http://127.0.0.1:{port}/v1") for port in open_ports))
    return [
        Found(engine=one.dialect.name, url=one.base_url, models=one.models)
        for one in seen
        if one.models and not one.problem
    ]


async def _open(ports: Sequence[int], timeout_seconds: float) -> list[bool]:
    return await asyncio.gather(*(_listens(port, timeout_seconds) for port in ports))


async def _listens(port: int, timeout_seconds: float) -> bool:
    """Whether anybody accepts connections there: cheaper than loading an HTTP client to learn that nobody does."""
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", port), timeout_seconds)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()
    return True
