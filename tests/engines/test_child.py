"""The engine host's process: it dies with its parent, keeps its secrets, and comes back after a crash.

1. However and whenever the parent is killed, no host is left three seconds later, and the next start
   removes what it left in the file system.
2. The socket's folder is private; the key is in no argument list and no environment.
3. Killed while idle, a host is replaced; killed before anything was said, the request is tried once more;
   killed while it spoke, the request ends in ``EngineDied`` and the next one works.
4. After too many failures the engine is down and says why; a host that cannot load is not started again.
"""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path

import pytest

from helicon.engines import EmbeddedEngine, Running, parse_spec
from helicon.engines.folders import sweep
from helicon.engines.restarts import Backoff
from helicon.engines.supervisor import HostSettings, Supervisor, clean_environment
from helicon.errors import BadModelFile, EngineDied, EngineUnavailable
from tests.engines.streams import ask, finish

FAST = Backoff(first_seconds=0.05, failures=3)
linux_only = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")

PARENT = """
import asyncio, sys
from helicon.engines import Request, EmbeddedEngine, parse_spec
from helicon.engines.supervisor import HostSettings, Supervisor
from helicon.messages import user
from pathlib import Path

async def main(moment, model):
    if moment == "importing":
        host = Supervisor(HostSettings(model=Path(model), name="m", slots=2, context=512, cells=512, threads=1))
        await host.start()
        print(host.process_id, host.folders.home, flush=True)
        await asyncio.sleep(60)
    engine = await EmbeddedEngine.start(parse_spec(model))
    print(engine.supervisor.process_id, engine.supervisor.folders.home, flush=True)
    if moment == "generating":
        async for delta in engine.stream(Request(messages=(user("Go on."),), max_tokens=8000)):
            pass
    await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""


def is_alive(process_id: int) -> bool:
    """Whether the process runs: a zombie does not."""
    try:
        os.kill(process_id, 0)
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False


def gone_within(process_id: int, seconds: float) -> bool:
    """Whether the process ends in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not is_alive(process_id):
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
async def engine(endless_gguf: Path) -> AsyncIterator[EmbeddedEngine]:
    """An engine that restarts quickly and speaks until it is stopped."""
    engine = await EmbeddedEngine.start(parse_spec(str(endless_gguf)), backoff=FAST)
    yield engine
    await engine.close()


def kill_host(engine: EmbeddedEngine, number: signal.Signals = signal.SIGKILL) -> None:
    """Kill the running host."""
    assert engine.supervisor.process_id is not None
    os.kill(engine.supervisor.process_id, number)


@linux_only
@pytest.mark.parametrize("moment", ["importing", "idle", "generating"])
def test_the_host_dies_with_its_parent(moment: str, endless_gguf: Path, own_tmp: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, moment, str(endless_gguf)], stdout=subprocess.PIPE, text=True
    )
    try:
        assert parent.stdout is not None
        process_id, folder = parent.stdout.readline().split()
        if moment == "generating":
            time.sleep(0.3)
        parent.kill()
        assert gone_within(int(process_id), 3)
        parent.wait()
        sweep()
        assert not Path(folder).exists()
    finally:
        parent.kill()
        parent.communicate()


@linux_only
async def test_the_key_is_nowhere_to_be_seen(engine: EmbeddedEngine) -> None:
    key, process_id = engine.supervisor.key, engine.supervisor.process_id
    for process in (process_id, os.getpid()):
        for name in ("cmdline", "environ"):
            assert key.encode() not in Path(f"/proc/{process}/{name}").read_bytes()
    assert key not in repr(await engine.supervisor.ready())
    assert key not in repr(engine._client)
    folders = engine.supervisor.folders
    assert folders is not None
    for folder in folders.all:
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    assert stat.S_IMODE(folders.socket_path.stat().st_mode) == 0o600


def test_secrets_of_the_environment_are_not_handed_on() -> None:
    given = {"PATH": "/bin", "HF_TOKEN": "t", "OPENAI_API_KEY": "k", "DB_PASSWORD": "p", "CUDA_VISIBLE_DEVICES": "0"}
    kept = clean_environment(given)
    assert kept == {"PATH": "/bin", "CUDA_VISIBLE_DEVICES": "0", "OMP_WAIT_POLICY": "PASSIVE"}


async def test_killed_while_idle_it_comes_back(engine: EmbeddedEngine) -> None:
    kill_host(engine)
    assert await engine.supervisor.ended(1)
    assert (await engine.health()).ready is False
    assert (await finish(engine, ask("Hello."))).tokens.prompt > 0
    assert engine.supervisor.generation == 2
    assert "started again" in (await engine.health()).detail


async def test_killed_while_it_loads_it_comes_back(toy_gguf: Path) -> None:
    settings = HostSettings(model=toy_gguf, name="toy", slots=2, context=256, cells=512, threads=1)
    host = Supervisor(settings, backoff=FAST)
    await host.start()
    try:
        assert host.process_id is not None
        os.kill(host.process_id, signal.SIGKILL)
        assert (await host.ready(60)).key == host.key
        assert host.generation == 2
    finally:
        await host.close()


async def test_killed_before_anything_was_said_the_request_is_tried_again(engine: EmbeddedEngine) -> None:
    task = asyncio.create_task(finish(engine, ask("word " * 700, max_tokens=4)))
    await asyncio.sleep(0.05)
    kill_host(engine)
    assert (await task).tokens.prompt > 700
    assert engine.supervisor.generation == 2


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
async def test_killed_while_it_spoke(engine: EmbeddedEngine, number: signal.Signals) -> None:
    async def speak() -> None:
        killed = False
        async with aclosing(engine.stream(ask("Go on.", max_tokens=8000))) as deltas:
            async for delta in deltas:
                if isinstance(delta, Running) and delta.tokens.generated > 3 and not killed:
                    kill_host(engine, number)
                    killed = True

    with pytest.raises(EngineDied, match=r"ended while it answered: .*(SIGSEGV|abort|memory)") as caught:
        await speak()
    assert caught.value.retryable
    assert (await finish(engine, ask("Again."))).tokens.prompt > 0
    assert engine._queue.running == 0


def test_it_lives_in_a_loop_of_another_thread(toy_gguf: Path) -> None:
    async def use() -> int:
        engine = await EmbeddedEngine.start(parse_spec(str(toy_gguf)))
        try:
            return (await finish(engine, ask("Hello."))).tokens.prompt
        finally:
            await engine.close()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(asyncio.run, use()).result() > 0


async def test_too_many_failures_and_it_is_down(engine: EmbeddedEngine) -> None:
    for generation in (1, 2, 3):
        await engine.supervisor.ready()
        kill_host(engine)
        assert await engine.supervisor.ended(generation, 10)
    with pytest.raises(EngineUnavailable, match=r"is down after 3 failures; the last: .*signal 9"):
        await finish(engine, ask("Hello."))
    health = await engine.health()
    assert not health.ready
    assert "3 failures" in health.detail


async def test_a_host_that_cannot_load_is_not_started_again(tmp_path: Path) -> None:
    host = Supervisor(
        HostSettings(model=tmp_path / "gone.gguf", name="m", slots=1, context=256, cells=256, threads=1), backoff=FAST
    )
    await host.start()
    try:
        with pytest.raises(BadModelFile, match="cannot load"):
            await host.ready()
        assert host.generation == 1
        assert host.state == "down"
    finally:
        await host.close()


def test_a_folder_whose_owner_lives_is_left_alone(own_tmp: Path) -> None:
    from helicon.engines.folders import Folders

    lives = Folders(save_bytes=1000)
    abandoned = own_tmp / "helicon-dead"
    abandoned.mkdir()
    (abandoned / "lock").touch()
    foreign = own_tmp / "helicon-notes"
    foreign.mkdir()
    sweep()
    assert lives.home.exists()
    assert lives.saves.exists()
    assert not abandoned.exists()
    assert foreign.exists()
    lives.remove()
    assert not lives.home.exists()
