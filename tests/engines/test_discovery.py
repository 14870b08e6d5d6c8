"""Endpoints: found on this machine, and opened by their spec.

1. Engines are found by what they answer, with their models; what is no engine is nobody.
2. Ports where nobody listens, or somebody says nothing, cost little time.
3. An endpoint's dialect is recognised; the only model needs no name; several do; an unknown one is
   an error that lists what is there.
4. Down, a web page, a key wanted: each has its own error.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from aiohttp import web

from helicon.engines import EmbeddedEngine, discover, open_engine, parse_spec
from helicon.engines.opening import key_for
from helicon.errors import EngineProtocol, EngineRefused, EngineUnavailable, SetupError, UnknownModel
from tests.engines.streams import ask, finish

Routes: TypeAlias = dict[str, Any]


@asynccontextmanager
async def endpoint(routes: Routes, *, key: str | None = None) -> AsyncIterator[int]:
    """A server on loopback that answers ``routes`` with JSON (or text); its port."""

    async def answer(request: web.Request) -> web.Response:
        if key is not None and request.headers.get("Authorization") != f"Bearer {key}":
            return web.json_response({"error": {"message": "no key"}}, status=401)
        body = routes.get(request.path)
        if body is None:
            return web.json_response({"error": "not found"}, status=404)
        return web.Response(text=body, content_type="text/html") if isinstance(body, str) else web.json_response(body)

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


def models(*names: str, **more: Any) -> Routes:
    """A list of models."""
    return {"/v1/models": {"object": "list", "data": [{"id": name, "object": "model", **more} for name in names]}}


KINDS: dict[str, Callable[[], Routes]] = {
    "llama.cpp": lambda: models("m", owned_by="llamacpp"),
    "ollama": lambda: {**models("gemma4:12b", "qwen3:4b", owned_by="library"), "/api/version": {"version": "0.30"}},
    "vllm": lambda: models("org/m", owned_by="vllm", max_model_len=4096),
    "sglang": lambda: models("org/m", owned_by="sglang"),
    "lmstudio": lambda: {**models("m"), "/api/v0/models": {"data": [{"id": "m"}]}},
}


async def test_engines_are_found_by_what_they_answer() -> None:
    async with endpoint(KINDS["ollama"]()) as ollama, endpoint(KINDS["vllm"]()) as vllm, endpoint({}) as nobody:
        found = await discover(5, ports=(vllm, nobody, ollama))
        assert [(one.engine, one.models) for one in found] == [
            ("vllm", ("org/m",)),
            ("ollama", ("gemma4:12b", "qwen3:4b")),
        ]
        assert found[1].specs[0] == f"http://127.0.0.1:{ollama}/v1#gemma4:12b"


async def test_silence_costs_no_more_than_the_time_given() -> None:
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    start = time.monotonic()
    assert await discover(0.3, ports=(port, 1, 9)) == []
    assert time.monotonic() - start < 5
    server.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_dialects_are_recognised(kind: str) -> None:
    async with endpoint(KINDS[kind]()) as port:
        engine = await open_engine(f"http://127.0.0.1:{port}#{'qwen3:4b' if kind == 'ollama' else ''}")
        try:
            assert engine.info.engine == kind
            assert engine.info.place == f"http://127.0.0.1:{port}/v1"
        finally:
            await engine.close()


async def test_names_of_models() -> None:
    async with endpoint(models("one")) as single, endpoint(models("a", "b:latest")) as several:
        engine = await open_engine(f"http://127.0.0.1:{single}/v1")
        assert engine.info.name == "one"
        await engine.close()
        engine = await open_engine(f"http://127.0.0.1:{several}/v1#b")
        assert engine.info.name == "b:latest"
        await engine.close()
        with pytest.raises(UnknownModel, match="has several models; expected one by name: a, b:latest"):
            await open_engine(f"http://127.0.0.1:{several}/v1")
        with pytest.raises(UnknownModel, match="has no model 'c'; expected one of a, b:latest"):
            await open_engine(f"http://127.0.0.1:{several}/v1#c")
    async with endpoint(models()) as empty:
        with pytest.raises(UnknownModel, match="serves no model now"):
            await open_engine(f"http://127.0.0.1:{empty}/v1")


async def test_what_is_no_engine() -> None:
    with pytest.raises(EngineUnavailable, match=r"nobody answers at http://127\.0\.0\.1:9/v1"):
        await open_engine("http://127.0.0.1:9/v1#m")
    async with endpoint({"/v1/models": "<html>Welcome</html>"}) as port:
        with pytest.raises(EngineProtocol, match="answers a web page"):
            await open_engine(f"http://127.0.0.1:{port}/v1#m")
    async with endpoint({}) as port:
        engine = await open_engine(f"http://127.0.0.1:{port}/v1#m")  # lists nothing, but may answer
        await engine.close()
        with pytest.raises(EngineProtocol, match="list of models with status 404"):
            await open_engine(f"http://127.0.0.1:{port}/v1")


async def test_keys() -> None:
    async with endpoint(models("m"), key="right") as port:
        engine = await open_engine(f"http://127.0.0.1:{port}/v1", keys={f"127.0.0.1:{port}": "right"})
        assert "right" not in repr(engine.info)
        await engine.close()
        with pytest.raises(EngineRefused, match="asks for a key") as caught:
            await open_engine(f"http://127.0.0.1:{port}/v1", keys={"127.0.0.1": "canary"})
        assert "canary" not in str(caught.value)


def test_the_most_exact_key_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {"Host": "a", "host:8000": "b", "http://host:8000/v1": "c", "other": "env:OTHER_KEY"}
    assert key_for("http://host:8000/v1", keys) == "c"
    assert key_for("http://host:8000/v2", keys) == "b"
    assert key_for("https://host/v1", keys) == "a"
    assert key_for("https://elsewhere/v1", keys) is None
    with pytest.raises(SetupError, match="OTHER_KEY, which is not set"):
        key_for("https://other/v1", keys)
    monkeypatch.setenv("OTHER_KEY", "d")
    assert key_for("https://other/v1", keys) == "d"


async def test_our_own_engine_by_its_address(toy_gguf: Path) -> None:
    loopback = await EmbeddedEngine.start(parse_spec(str(toy_gguf)), loopback=True)
    try:
        address = await loopback.supervisor.ready()
        host = address.base_url.removeprefix("http://")
        engine = await open_engine(f"{address.base_url}/v1", keys={host: address.key})
        try:
            assert (engine.info.engine, engine.info.name) == ("llama.cpp", "toy")
            assert (await finish(engine, ask("Hello."))).tokens.prompt > 0
        finally:
            await engine.close()
    finally:
        await loopback.close()
