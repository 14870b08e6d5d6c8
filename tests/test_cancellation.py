"""Each public coroutine cancelled at its first, second, ... last wait, as a database is tested by failing each write.

1. ``CancelledError`` comes out, at every wait.
2. No task is left, and no file or socket is open that was not before.
3. Nothing runs at an engine any more; places, queues and keys' accounts are as before; a request is counted once
   and its tokens are in the books.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import signal
import threading
import types
from collections.abc import AsyncIterator, Callable, Coroutine, Generator, Iterator
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from helicon.engines import EmbeddedEngine, Engine, Request, ScriptedEngine, discover, open_engine
from helicon.engines.scripted import script
from helicon.engines.supervisor import HostSettings, Supervisor
from helicon.events import AgentEnded, Event
from helicon.messages import MODES, Question, user
from helicon.modes import Run
from helicon.server.app import App, create_app
from helicon.server.auth import KeyRing
from helicon.server.http import Scope
from helicon.server.limits import read_body
from helicon.server.models import registry_of
from helicon.server.serving import bind, serve
from helicon.server.settings import Settings
from helicon.server.ssrf import Policy, fetch
from tests.server.live import LiveServer, serving

KEY = "hk-cancelled-0123456789"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 32
MOST_WAITS = 2000
linux_only = pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="counts open files in /proc")


@dataclass
class Countdown:
    """Cancels the task that drives a coroutine at its n-th wait."""

    at: int
    waits: int = 0
    task: asyncio.Task[Any] | None = field(default=None, repr=False)

    @types.coroutine
    def drive(self, work: Coroutine[Any, Any, Any]) -> Generator[Any, Any, Any]:
        """``work``, with its waits counted."""
        value: Any = None
        error: BaseException | None = None
        while True:
            try:
                wanted = work.send(value) if error is None else work.throw(error)
            except StopIteration as end:
                return end.value
            self.waits += 1
            if self.waits == self.at:
                assert self.task is not None
                asyncio.get_running_loop().call_soon(self.task.cancel)
            value = error = None
            try:
                value = yield wanted
            except BaseException as thrown:  # noqa: BLE001 - handed on to the work
                error = thrown

    @property
    def reached(self) -> bool:
        """Whether the work waited that often."""
        return self.waits >= self.at


Case: TypeAlias = Callable[[], AbstractAsyncContextManager[Coroutine[Any, Any, Any]]]
"""Gives a coroutine; at its end, checks what must be left behind."""


async def sweep(case: Case, *, least: int, step: int = 1, may_end: bool = False) -> int:
    """Run ``case`` cancelled at each of its waits; returns how many there were.

    ``may_end``: Python 3.11's ``wait_for`` hides a cancellation that comes together with its result.
    """
    await once(case, Countdown(at=10**9))  # what is imported and kept open once, is
    files, before, n = open_files(), asyncio.all_tasks(), 0
    for n in range(1, MOST_WAITS, step):
        count = Countdown(at=n)
        cancelled = await once(case, count)
        assert asyncio.all_tasks() == before, f"cancelled at wait {n}: {asyncio.all_tasks() - before}"
        if not count.reached:
            break
        assert cancelled or may_end, f"cancelled at wait {n}, it went on"
    assert n >= least, f"it waits {n} times only"
    for _ in range(200):
        gc.collect()
        if open_files() <= files:
            break
        await asyncio.sleep(0.05)
    assert open_files() <= files, f"{open_files()} files are open; {files} were before"
    return n


async def once(case: Case, count: Countdown) -> bool:
    """One run; whether ``CancelledError`` came out."""
    async with case() as work:

        async def driven() -> None:
            await count.drive(work)

        count.task = asyncio.create_task(driven())
        await asyncio.wait((count.task,))
        if not count.task.cancelled() and (error := count.task.exception()) is not None:
            raise error
    await asyncio.sleep(0)
    return count.task.cancelled()


def open_files() -> int:
    """How many descriptors this process has; 0 where that cannot be known."""
    return len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0


# The server


def scope_of(*headers: tuple[bytes, bytes]) -> Scope:
    always = [(b"host", b"localhost"), (b"content-type", b"application/json")]
    authorization = [(b"authorization", f"Bearer {KEY}".encode())]
    return {
        "type": "http",
        "method": "POST",
        "path": "/v1/chat/completions",
        "headers": [*always, *authorization, *headers],
        "root_path": "",
    }


@dataclass
class Caller:
    """A client at the level of ASGI; each of its steps is a wait of the server."""

    body: bytes
    sent: list[Any] = field(default_factory=list)
    pieces: int = 3

    async def receive(self) -> dict[str, Any]:
        await asyncio.sleep(0)
        if not self.pieces:
            await asyncio.Event().wait()
        self.pieces -= 1
        size = len(self.body) // 3 + 1
        start = (2 - self.pieces) * size
        return {"type": "http.request", "body": self.body[start : start + size], "more_body": self.pieces > 0}

    async def send(self, message: Any) -> None:
        await asyncio.sleep(0)
        self.sent.append(message)


def chat_body(mode: str, *, stream: bool, content: Any = "What is 17 + 25?") -> bytes:
    body: dict[str, Any] = {"model": f"scripted@{mode}", "messages": [{"role": "user", "content": content}]}
    return json.dumps({**body, "stream": stream, "helicon": {"agents": 3}}).encode()


@asynccontextmanager
async def app_of(engine: Engine, **settings: Any) -> AsyncIterator[App]:
    given = Settings(keys=KeyRing.from_text(f"{KEY} tokens_per_day=1000000", source="a test"), **settings)
    policy = Policy(judge=lambda _: "", ports=None)
    app = await create_app(given, await registry_of([engine], created=1), policy=policy)
    yield app
    await app.close()


def nothing_is_left(app: App, engine: ScriptedEngine) -> None:
    """The third sentence of the module's text."""
    core = app.core
    assert (core.gate.running, core.gate.waiting, len(core.live)) == (0, 0, 0)
    assert [account.held for account in core.shares.accounts] == [0]
    assert engine.counts.running == 0
    assert engine.counts.started == engine.counts.finished + engine.counts.cancelled
    counted = sum(
        sample.value
        for metric in core.metrics.requests.collect()
        for sample in metric.samples
        if sample.name.endswith("_total")
    )
    assert counted == (1 if engine.counts.started else counted) <= 1
    spent = core.shares.accounts[0].windows["tokens in a day"]._sum
    assert spent >= engine.counts.tokens.generated


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
@pytest.mark.parametrize("mode", MODES)
async def test_a_chat_request(mode: str, stream: bool) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        engine = ScriptedEngine([script("17 + 25 is 42.", "It is 42.")])
        async with app_of(engine) as app:
            caller = Caller(chat_body(mode, stream=stream))
            yield app(scope_of(), caller.receive, caller.send)
            nothing_is_left(app, engine)

    await sweep(case, least=8)


async def test_a_chat_request_with_a_database(tmp_path: Path) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        engine = ScriptedEngine([script("17 + 25 is 42.", "It is 42.")])
        async with app_of(engine, database=str(tmp_path / "runs.db")) as app:
            caller = Caller(chat_body("thinking", stream=True))
            yield app(scope_of(), caller.receive, caller.send)
            nothing_is_left(app, engine)
            assert app.core.recorder is not None
            assert app.core.recorder.lost == 0

    waits = await sweep(case, least=8, step=2)
    from helicon.store import open_store

    store = open_store(str(tmp_path / "runs.db"))
    assert 1 <= store.count() <= waits
    store.close()


@pytest.fixture
def pictures() -> Iterator[str]:
    """A server of one picture, in a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/moved":
                self.send_response(302)
                self.send_header("location", "/picture")
                self.send_header("content-length", "0")
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("content-type", "image/png")
            self.send_header("content-length", str(len(PNG)))
            self.end_headers()
            self.wfile.write(PNG)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/moved"
        server.shutdown()


async def test_a_chat_request_with_a_picture_of_the_web(pictures: str) -> None:
    parts = [{"type": "text", "text": "What?"}, {"type": "image_url", "image_url": {"url": pictures}}]

    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        engine = ScriptedEngine([script("", "A cat.")])
        async with app_of(engine) as app:
            caller = Caller(chat_body("instant", stream=False, content=parts))
            yield app(scope_of(), caller.receive, caller.send)
            nothing_is_left(app, engine)
            assert app.core.pictures._value == 4

    await sweep(case, least=6)


async def test_fetching_a_picture(pictures: str) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, Any]]:
        yield fetch(pictures, Policy(judge=lambda _: "", ports=None))

    await sweep(case, least=4)


async def test_waiting_in_the_queue() -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        engine = ScriptedEngine([script("", "Hi.")])
        async with app_of(engine, max_running=1) as app:
            assert app.core.gate.try_enter()
            asyncio.get_running_loop().call_later(0.02, app.core.gate.leave)
            caller = Caller(chat_body("instant", stream=False))
            yield app(scope_of(), caller.receive, caller.send)
            await asyncio.sleep(0.03)
            nothing_is_left(app, engine)

    await sweep(case, least=6)


async def test_reading_a_body() -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, bytes]]:
        yield read_body(scope_of(), Caller(b"x" * 100).receive, limit=1000, seconds=10)

    assert await sweep(case, least=4) == 4


async def test_serving_from_its_start_to_its_end(tmp_path: Path) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        listener = bind(Settings(port=0))
        settings = Settings(port=0, database=str(tmp_path / "runs.db"))
        engine = ScriptedEngine([script("", "Hi.")])
        yield serve(settings, [engine], listener=listener, on_ready=lambda _: signal.raise_signal(signal.SIGTERM))
        assert listener.fileno() == -1

    await sweep(case, least=4, may_end=True)


# Runs


@pytest.mark.parametrize("mode", MODES)
async def test_a_run(mode: Any) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        engine = ScriptedEngine([script("17 + 25 is 42.", "It is 42.")])
        run = Run(Question(messages=(user("What is 17 + 25?"),), mode=mode), engine)

        async def ask() -> None:
            async with run:
                async for _ in run:
                    await asyncio.sleep(0)

        yield ask()
        assert engine.counts.running == 0
        assert engine.counts.started == engine.counts.finished + engine.counts.cancelled
        assert run.result.ledger.tokens.generated == engine.counts.tokens.generated

    await sweep(case, least=5)


async def test_a_resumed_run() -> None:
    asked = Question(messages=(user("What is 17 + 25?"),), mode="contemplating", seed=1)
    events: list[Event] = []
    await Run(asked, ScriptedEngine([script("17 + 25 is 42.", "It is 42.")])).play(events.append)
    cut = events[: next(n for n, event in enumerate(events) if isinstance(event, AgentEnded)) + 1]
    before = sum(event.entry.tokens.generated for event in cut if isinstance(event, AgentEnded))

    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        engine = ScriptedEngine([script("17 + 25 is 42.", "It is 42.")])
        run = Run(asked, engine, earlier=cut)

        async def ask() -> None:
            async with run:
                async for _ in run:
                    await asyncio.sleep(0)

        yield ask()
        assert engine.counts.running == 0
        if run.result.stop_reason is not None:
            entries = run.result.ledger.entries
            lost = sum(entry.tokens.generated for entry in entries if entry.stop_reason == "interrupted")
            assert run.result.ledger.tokens.generated == before + lost + engine.counts.tokens.generated

    await sweep(case, least=5)


# Engines


@pytest.fixture(scope="module")
def foreign() -> Iterator[LiveServer]:
    """An endpoint in a thread of its own."""
    with serving([ScriptedEngine([script("Hm, hm.", "It is 42.")])]) as live:
        yield live


def all_of(engine: Engine) -> Coroutine[Any, Any, None]:
    async def ask() -> None:
        async with aclosing(engine.stream(Request(messages=(user("Hi?"),), max_tokens=16))) as deltas:
            async for _ in deltas:
                pass

    return ask()


CALLS: dict[str, Callable[[Engine], Coroutine[Any, Any, object]]] = {
    "stream": all_of,
    "probe": lambda engine: engine.probe(),
    "health": lambda engine: engine.health(),
    "close": lambda engine: engine.close(),
}


@pytest.mark.parametrize("name", CALLS)
async def test_a_foreign_engine(foreign: LiveServer, name: str) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, object]]:
        engine = await open_engine(f"{foreign.url}/v1#scripted")
        try:
            yield CALLS[name](engine)
        finally:
            await engine.close()

    await sweep(case, least=1)
    await asyncio.to_thread(quiet, foreign)


def quiet(server: LiveServer) -> None:
    from tests.server.live import wait_until

    wait_until(lambda: not server.app.core.live)


async def test_opening_a_foreign_engine(foreign: LiveServer) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        async def open_and_close() -> None:
            engine = await open_engine(f"{foreign.url}/v1#scripted")
            await engine.close()

        yield open_and_close()

    await sweep(case, least=3)


async def test_looking_for_engines(foreign: LiveServer) -> None:
    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, object]]:
        yield discover(5.0, ports=(foreign.port, 1))

    await sweep(case, least=2)


@linux_only
async def test_a_host_of_our_own(toy_gguf: Path) -> None:
    """Start, ready and close; whatever is cancelled, one more ``close`` leaves no process."""
    settings = HostSettings(model=toy_gguf, name="toy", slots=2, context=256, cells=512, threads=1)

    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        host = Supervisor(settings)

        async def live() -> None:
            await host.start()
            try:
                await host.ready()
            finally:
                await host.close()

        yield live()
        process = host._process
        if process is not None:
            await asyncio.wait_for(process.wait(), 30)
        assert host.folders is None or not host.folders.home.exists()
        await tasks_end()

    await sweep(case, least=4)


@linux_only
async def test_opening_an_engine_of_our_own(toy_gguf: Path) -> None:
    opened = list[EmbeddedEngine]()

    @asynccontextmanager
    async def case() -> AsyncIterator[Coroutine[Any, Any, None]]:
        async def open_and_close() -> None:
            engine = await open_engine(str(toy_gguf))
            assert isinstance(engine, EmbeddedEngine)
            opened.append(engine)
            await engine.close()

        yield open_and_close()
        for engine in opened:
            await engine.close()
        opened.clear()
        await tasks_end()

    await sweep(case, least=3)


async def tasks_end() -> None:
    """Transports of ended processes close their pipes in a few turns of the loop."""
    for _ in range(20):
        await asyncio.sleep(0)


def test_the_countdown_counts() -> None:
    """The method itself: a coroutine that swallows its cancellation is caught."""

    @asynccontextmanager
    async def deaf() -> AsyncIterator[Coroutine[Any, Any, None]]:
        async def work() -> None:
            for _ in range(3):
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(0.001)

        yield work()

    with pytest.raises(AssertionError, match="it went on"):
        asyncio.run(sweep(deaf, least=1))
