"""What goes to whom: the key to the engine alone, local traffic past no proxy, nothing after closing."""

from __future__ import annotations

import pytest

from helicon.engines.http import Http
from helicon.errors import EngineUnavailable
from tests.engines.clients import KEY, answer, both, collect, good


async def test_keys_are_shown_nowhere() -> None:
    async with both(good) as (engine, seen):
        assert KEY not in repr(engine)
        assert KEY not in repr(engine._http)
        assert KEY not in repr(vars(engine))
    with_user = Http("http://me:secret@host:8000/v1?key=secret")
    assert with_user.place == "http://host:8000/v1"
    await with_user.close()
    assert seen.url


async def test_no_proxy_on_the_way_to_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("no_proxy", "")
    async with both(good) as (engine, _):
        assert answer(await collect(engine)) == "4"
    away = Http("http://engine.example:8000/v1")
    assert away.proxy == "http://127.0.0.1:1"
    await away.close()


async def test_closed_engines_say_so() -> None:
    async with both(good) as (engine, _):
        await engine.close()
        await engine.close()
        with pytest.raises(EngineUnavailable, match="closed"):
            await collect(engine)
        assert not (await engine.health()).ready
