"""The simple ways to ask.

1. ``ask`` takes text or messages, waits, and returns the whole result.
2. Options are checked before an engine is opened; an unknown one is named.
3. Pictures are told by their first bytes.
4. The public names exist and importing the package loads nothing heavy.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import helicon
from helicon.engines.scripted import ScriptedEngine, script
from helicon.errors import BadImage, BadOption, UnknownMode
from helicon.events import RunEnded
from helicon.messages import Image, assistant, user
from helicon.modes.asking import as_image, ask, make_question, stream

PNG = b"\x89PNG\r\n\x1a\n rest"


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[ScriptedEngine]]:
    """The engines that were opened, all scripted."""
    engines: list[ScriptedEngine] = []

    async def open_scripted(spec: str, **_: Any) -> ScriptedEngine:
        engines.append(ScriptedEngine([script("Hm.", f"{spec} says 42")]))
        return engines[-1]

    monkeypatch.setattr("helicon.engines.open_engine", open_scripted)
    yield engines
    assert all(engine.closed for engine in engines)


def test_ask(opened: list[ScriptedEngine]) -> None:
    result = ask("What is 17 + 25?", mode="thinking", budget_tokens=50, seed=3, temperature=0.2)
    assert result.answer == "nano says 42"
    request = opened[0].requests[0]
    assert (request.thinking_budget, request.seed, request.sampling.temperature) == (50, 3, 0.2)


def test_ask_with_messages_and_pictures(opened: list[ScriptedEngine]) -> None:
    turns = [user("Hello"), assistant("Hello!"), user("What is this?")]
    ask(turns, model="other", mode="instant", images=[PNG])
    sent = opened[0].requests[0].messages
    assert [message.role for message in sent] == ["user", "assistant", "user"]
    assert sent[-1].images == (Image(data=PNG, media_type="image/png"),)


async def test_ask_inside_a_loop_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match=r"helicon\.Run"):
        ask("Hi")


async def test_stream(opened: list[ScriptedEngine]) -> None:
    events = [event async for event in stream("Hi", mode="instant")]
    assert isinstance(events[-1], RunEnded)
    assert len(opened) == 1


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"mode": "deep"}, UnknownMode),
        ({"temprature": 1}, BadOption),
        ({"agents": 0}, BadOption),
        ({"deadline": -1}, BadOption),
        ({"budget_tokens": "many"}, BadOption),
        ({"images": [b"no image"]}, BadImage),
        ({"images": ["/no/such/file.png"]}, BadImage),
    ],
)
def test_options_are_checked_first(options: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        make_question("Hi", **options)


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (PNG, "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "image/webp"),
    ],
)
def test_pictures_are_told_by_their_bytes(data: bytes, media_type: str, tmp_path: Path) -> None:
    file = tmp_path / "picture"
    file.write_bytes(data)
    assert as_image(data) == as_image(file) == as_image(str(file)) == Image(data=data, media_type=media_type)


def test_public_names() -> None:
    for name in helicon.__all__:
        assert getattr(helicon, name) is not None
    for name in helicon.modes.__all__:
        assert getattr(helicon.modes, name) is not None
    with pytest.raises(AttributeError):
        helicon.nothing  # noqa: B018 - the access is the test


def test_importing_loads_nothing_heavy() -> None:
    heavy = ["aiohttp", "pydantic", "rich", "sympy", "math_verify", "starlette", "xllamacpp", "sqlalchemy"]
    code = (
        "import sys, helicon, helicon.events, helicon.modes.run, helicon.modes.contemplating, helicon.modes.auto;"
        f"print([name for name in {heavy!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
