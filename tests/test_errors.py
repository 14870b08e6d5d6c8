"""The tree of errors and its two tables.

1. One root. Every class that is raised stands in the table below, with its HTTP status and code, its exit code and
   whether the same call may work a moment later; a class that is missing here fails this test.
2. Every error survives pickling and copying with its words, and is also the error of Python that callers expect.
3. Every place in the package that makes an error says what was expected, gives a hint, or makes a class that has a
   next step of its own.
4. Over HTTP each answers with its status, type, code, message and next step, streamed or not, and says whether and
   when to try again.
5. The command ends with its exit code, the message and the next step on lines of their own, and nothing on stdout.
"""

from __future__ import annotations

import ast
import copy
import importlib
import pickle
import pkgutil
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

import helicon
from helicon import errors
from helicon.cli import run
from helicon.engines.protocol import Request
from helicon.engines.scripted import INFO, Script, ScriptedEngine
from helicon.errors import HeliconError
from helicon.server.errors import FAULT_MESSAGE, KINDS, BadRequest, HttpRefusal, KeyLimit, ShuttingDown, kind_of
from tests.server.live import LiveServer, serving

SOURCE = Path(helicon.__file__).parent
INVALID, LIMIT, SERVER = "invalid_request_error", "rate_limit_error", "server_error"
# class: (HTTP status, type, code, exit code, retryable, the error of Python it also is)
TABLE: dict[type[HeliconError], tuple[int, str, str, int, bool, type[BaseException]]] = {
    errors.InputError: (400, INVALID, "invalid_request", 1, False, ValueError),
    errors.UnknownModel: (404, INVALID, "model_not_found", 1, False, ValueError),
    errors.UnknownMode: (400, INVALID, "unknown_mode", 1, False, ValueError),
    errors.BadOption: (400, INVALID, "invalid_value", 1, False, ValueError),
    errors.BadMessages: (400, INVALID, "invalid_messages", 1, False, ValueError),
    errors.PromptTooLong: (400, INVALID, "context_length_exceeded", 1, False, ValueError),
    errors.BadImage: (400, INVALID, "invalid_image", 1, False, ValueError),
    errors.ForbiddenAddress: (400, INVALID, "forbidden_address", 1, False, ValueError),
    errors.Unsupported: (400, INVALID, "unsupported", 1, False, ValueError),
    errors.BadModelFile: (503, SERVER, "bad_model_file", 1, False, ValueError),
    errors.EngineError: (502, SERVER, "engine_error", 1, False, HeliconError),
    errors.EngineUnavailable: (503, SERVER, "engine_unavailable", 75, True, ConnectionError),
    errors.EngineTimeout: (504, SERVER, "engine_timeout", 75, True, TimeoutError),
    errors.EngineBusy: (503, SERVER, "engine_busy", 75, True, HeliconError),
    errors.EngineRefused: (502, SERVER, "engine_refused", 1, False, HeliconError),
    errors.EngineProtocol: (502, SERVER, "engine_protocol", 1, False, HeliconError),
    errors.EngineDied: (502, SERVER, "engine_died", 75, True, ConnectionError),
    errors.OutOfMemory: (503, SERVER, "out_of_memory", 1, False, MemoryError),
    errors.ServerBusy: (429, LIMIT, "server_busy", 75, True, HeliconError),
    errors.Unauthorized: (401, "authentication_error", "invalid_api_key", 1, False, PermissionError),
    errors.StoreError: (503, SERVER, "store_error", 75, True, HeliconError),
    errors.SetupError: (503, SERVER, "setup_error", 1, False, HeliconError),
    BadRequest: (400, INVALID, "invalid_value", 1, False, ValueError),
    HttpRefusal: (400, INVALID, "bad_request", 1, False, ValueError),
    KeyLimit: (429, LIMIT, "rate_limit_exceeded", 75, True, HeliconError),
    ShuttingDown: (503, SERVER, "server_shutdown", 75, True, HeliconError),
}


def descendants(root: type[HeliconError]) -> Iterator[type[HeliconError]]:
    yield root
    for child in root.__subclasses__():
        yield from descendants(child)


def test_no_class_is_missing_from_the_tables() -> None:
    for module in pkgutil.walk_packages(helicon.__path__, "helicon."):
        if not module.name.endswith(("__main__", "engines.child")) and not module.name.startswith("helicon.training"):
            with suppress(ImportError):  # an extra that is not installed
                importlib.import_module(module.name)
    ours = {kind for kind in descendants(HeliconError) if kind.__module__.startswith("helicon.")}
    assert ours - {HeliconError} == set(TABLE)
    assert set(KINDS) == set(TABLE) - {BadRequest, HttpRefusal}, "these two carry their own status or code"


def test_the_drawn_tree_is_the_tree() -> None:
    tree = (errors.__doc__ or "").split("::")[1].split("A message names")[0]
    drawn = {
        line.split()[0]: "(retryable)" in line for line in re.sub("[│├└─]", " ", tree).splitlines() if line.strip()
    }
    own = [kind for kind in descendants(HeliconError) if kind.__module__ == errors.__name__]
    assert drawn == {kind.__name__: kind.retryable for kind in own}


def made(kind: type[HeliconError], message: str = "x is 7; wanted 8.", hint: str = "") -> HeliconError:
    return kind(message, hint=hint)


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_every_class_keeps_its_words_and_has_a_next_step(kind: type[HeliconError]) -> None:
    expected = TABLE[kind]
    for error in (made(kind), made(kind, hint="Do this."), made(kind, "x is 7; expected 8.")):
        assert isinstance(error, HeliconError)
        assert isinstance(error, expected[5])
        assert error.retryable is expected[4]
        for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
            assert type(twin) is kind
            assert (twin.message, twin.hint, str(twin)) == (error.message, error.hint, str(error))
            assert (twin.retryable, kind_of(twin)) == (error.retryable, kind_of(error))
    assert made(kind).hint.endswith(".")
    assert made(kind, hint="Do this.").hint == "Do this."
    assert str(made(kind, "x is 7; expected 8.")) == "x is 7; expected 8."


def test_what_the_server_adds_survives_pickling() -> None:
    assert pickle.loads(pickle.dumps(KeyLimit("Full.", retry_after_seconds=17))).retry_after_seconds == 17
    bad = pickle.loads(pickle.dumps(BadRequest("No.", param="messages[0]", code="missing_field")))
    assert (bad.param, bad.code) == ("messages[0]", "missing_field")
    refusal = pickle.loads(pickle.dumps(HttpRefusal("No.", status=413, code="body_too_large")))
    assert (refusal.status, refusal.code) == (413, "body_too_large")


def makings() -> list[tuple[str, type[HeliconError], ast.Call]]:
    """Every place in the package that makes one of our errors."""
    by_name = {kind.__name__: kind for kind in descendants(HeliconError)}
    found = []
    for path in sorted(SOURCE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                if name in by_name:
                    found.append((f"{path.relative_to(SOURCE)}:{node.lineno}", by_name[name], node))
    return found


def test_every_place_that_makes_an_error_says_what_to_do_next() -> None:
    places = makings()
    assert len(places) > 150
    for place, kind, call in places:
        hinted = bool(kind.next_step) or any(word.arg == "hint" for word in call.keywords)
        said = ast.unparse(call.args[0]) if call.args else ""
        assert hinted or "expected" in said, f"{place}: {kind.__name__}({said}) has no next step"
        assert kind is not HeliconError, f"{place} makes the root; expected one of its leaves"


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """Its engine fails with the error that the question names."""

    def fail(request: Request) -> Script:
        name = request.messages[-1].text
        raise next(made(kind, f"the {name} of a test is 7; wanted 8.") for kind in TABLE if kind.__name__ == name)

    with serving([ScriptedEngine(fail, info=INFO)]) as live:
        yield live


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_over_http(server: LiveServer, kind: type[HeliconError], stream: bool) -> None:
    status, type_, code, _, retryable, _ = TABLE[kind]
    body: dict[str, Any] = {"model": "scripted@instant", "messages": [{"role": "user", "content": kind.__name__}]}
    reply = server.chat({**body, "stream": stream})
    assert reply.status == status, reply.raw
    assert (reply.error["type"], reply.error["code"]) == (type_, code)
    assert reply.error["message"] == f"the {kind.__name__} of a test is 7; wanted 8. {made(kind).hint}"
    assert reply.error["message"] != FAULT_MESSAGE
    assert ("retry-after" in reply.headers) == (status in (429, 503))
    if status >= 500 or status == 429:
        assert reply.headers["x-should-retry"] == ("true" if retryable else "false")
    assert ("www-authenticate" in reply.headers) == (status == 401)


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.__name__)
def test_in_the_shell(
    kind: type[HeliconError],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def fail(*_: object, **__: object) -> object:
        raise made(kind, "the thing is 7; wanted 8.")

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setattr("helicon.engines.open_engine", fail)
    assert run(["ask", "Hi", "--model", "nano"]) == TABLE[kind][3]
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == f"Error: the thing is 7; wanted 8.\n{made(kind).hint}\n"
