"""How soon a run stops once its client has left, in measures that a busy machine does not change.

1. From the moment the server hears of the leaving, no agent's engine call gives another token, and all are closed
   after less than a tenth of a second of the server's own computing; the promise is half a second.
2. An endpoint that speaks every 20 ms is hung up on before it has said 25 tokens more (half a second of its time)
   when a client of ``helicon serve`` leaves, and 50 (a second) when ``helicon ask`` gets Ctrl-C.

``benchmarks/cancel.py`` measures both on the wall clock.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from helicon.engines.protocol import Delta, Request
from helicon.engines.scripted import ScriptedEngine
from helicon.server.protocol import BoundedProtocol
from tests.cli.conftest import PATIENCE_SECONDS, Shell
from tests.engines.upstream import Asked, Wire, said, upstream
from tests.server.live import serving, wait_until
from tests.server.test_endpoints import behind
from tests.server.test_leaving import STATES, chat_bytes, leave

TOKEN_SECONDS = 0.02


@dataclass
class Stamp:
    """A moment in the server's thread."""

    computed: float = field(default_factory=time.thread_time)
    """Seconds this thread has computed so far."""
    generated: int = 0


class Stamped(ScriptedEngine):
    """Notes when each of its calls is over."""

    def __init__(self, state: str) -> None:
        super().__init__([STATES[state]])
        self.ended: list[Stamp] = []

    async def stream(self, request: Request) -> AsyncGenerator[Delta, None]:
        try:
            async with aclosing(super().stream(request)) as deltas:
                async for delta in deltas:
                    yield delta
        finally:
            self.ended.append(Stamp(generated=self.counts.tokens.generated))


@pytest.mark.parametrize("how", ["FIN", "RST"])
@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("agents", [1, 8])
def test_nothing_is_said_after_the_leaving(
    agents: int, state: str, stream: bool, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = Stamped(state)
    heard = list[Stamp]()
    lost = BoundedProtocol.connection_lost

    def hear(self: BoundedProtocol, error: Exception | None) -> None:
        heard.append(Stamp(generated=engine.counts.tokens.generated))
        lost(self, error)

    monkeypatch.setattr(BoundedProtocol, "connection_lost", hear)
    with serving([engine]) as server:
        sock = server.connect()  # closed by ``leave``
        more = {"helicon": {"agents": agents}} if agents > 1 else {}
        sock.sendall(chat_bytes("contemplating" if agents > 1 else "thinking", stream=stream, **more))
        wait_until(lambda: engine.counts.running >= min(2, agents))  # agents start in waves
        if state != "prefill":
            wait_until(lambda: engine.counts.tokens.generated > agents)
        leave(sock, how)
        wait_until(lambda: len(engine.ended) == engine.counts.started and engine.counts.running == 0)
    first, last = heard[0], engine.ended[-1]
    assert last.generated == first.generated
    assert engine.counts.tokens.generated == first.generated
    assert last.computed - first.computed < 0.1


@dataclass
class Spoken:
    """What an endpoint that never ends has said."""

    tokens: int = 0

    async def __call__(self, asked: Asked, wire: Wire) -> None:
        if asked.path.endswith("/models"):
            await wire.reply({"object": "list", "data": [{"id": "m", "object": "model"}]})
            return
        if not asked.path.endswith("/chat/completions") or "stream" not in asked.body:
            await wire.reply({"error": "nothing here"}, status=404)
            return
        await wire.head()
        while True:
            await wire.sse(said("word "))
            self.tokens += 1
            await asyncio.sleep(TOKEN_SECONDS)


@pytest.mark.parametrize("stream", [True, False], ids=["streamed", "whole"])
async def test_an_endpoint_is_hung_up_on_when_a_client_leaves(stream: bool) -> None:
    spoken = Spoken()
    async with upstream(spoken) as seen, behind(seen.url) as (live, _):
        sock: socket.socket = await asyncio.to_thread(live.connect)
        sock.sendall(chat_bytes("instant", stream=stream, model="m@instant"))
        while spoken.tokens < 10:  # noqa: ASYNC110 - the endpoint is no event
            await asyncio.sleep(TOKEN_SECONDS)
        before = spoken.tokens
        sock.close()
        await asyncio.wait_for(seen.gone.wait(), PATIENCE_SECONDS)
        assert spoken.tokens - before < 0.5 / TOKEN_SECONDS


async def test_an_endpoint_is_hung_up_on_when_somebody_presses_control_c(tmp_path: Path) -> None:
    spoken = Spoken()
    async with upstream(spoken) as seen:
        command = ("ask", "Hi", "--mode", "instant", "--model", f"{seen.url}#m")
        with Shell(tmp_path).start(*command) as process:
            for _ in range(int(PATIENCE_SECONDS / TOKEN_SECONDS)):
                if spoken.tokens >= 10 and seen.chats:
                    break
                await asyncio.sleep(TOKEN_SECONDS)
            seen.gone.clear()
            before = spoken.tokens
            assert before
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(seen.gone.wait(), PATIENCE_SECONDS)
            assert spoken.tokens - before < 1.0 / TOKEN_SECONDS
            _, err = await asyncio.to_thread(process.communicate, timeout=PATIENCE_SECONDS)
            assert process.returncode == 130, err


def test_the_measure_notices() -> None:
    """A call that goes on after the leaving would be seen: its tokens are counted where the engine makes them."""
    engine = Stamped("thinking")

    async def use() -> None:
        async with aclosing(engine.stream(Request(messages=(), max_tokens=5))) as deltas:
            async for _ in deltas:
                pass

    asyncio.run(use())
    assert engine.ended[0].generated == engine.counts.tokens.generated > 0
