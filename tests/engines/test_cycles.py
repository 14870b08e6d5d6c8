"""Two hundred starts and ends of the engine's process, by every way it can end.

1. No process is left, not even a zombie; no socket, no folder, in the temporary folder or in memory.
2. The private folder is private while it is there, and the key is in no argument list and no environment.
3. Descriptors, threads and tasks are as many as before.
"""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import threading
from pathlib import Path

import pytest

from helicon.engines.restarts import Backoff
from helicon.engines.supervisor import HostSettings, Supervisor

CYCLES = 200
SHARED_MEMORY = Path("/dev/shm")
pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="reads /proc")


def in_memory() -> set[str]:
    """Our folders in memory: other processes may have theirs there too."""
    return {path.name for path in SHARED_MEMORY.glob("helicon-*")} if SHARED_MEMORY.is_dir() else set()


def look(host: Supervisor) -> None:
    """The second sentence of the module's text."""
    assert host.folders is not None
    for folder in host.folders.all:
        assert stat.S_IMODE(os.stat(folder).st_mode) == 0o700
    for name in ("cmdline", "environ"):
        try:
            shown = Path(f"/proc/{host.process_id}/{name}").read_bytes()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue  # it has just ended
        assert host.key.encode() not in shown


async def cycle(settings: HostSettings, number: int) -> list[int]:
    """One life, ended in the way of its number; the process ids it had."""
    host = Supervisor(settings, backoff=Backoff(first_seconds=0.01, failures=3))
    seen = []
    await host.start()
    process_id = host.process_id
    assert process_id is not None
    seen.append(process_id)
    look(host)
    match number % 8:
        case 0:
            await host.ready()
        case 1:
            os.kill(process_id, signal.SIGKILL)
        case 2:
            await asyncio.sleep(number % 5 * 0.02)
        case 3:
            await asyncio.sleep(number % 5 * 0.02)
            os.kill(process_id, signal.SIGTERM)
        case 4 if number % 16 == 4:
            await host.ready()
            os.kill(process_id, signal.SIGKILL)
            await host.ended(1, 10)
            await host.ready()
            assert host.process_id is not None
            seen.append(host.process_id)
        case 5:
            closing = asyncio.create_task(host.close())
            await asyncio.sleep(0)
            closing.cancel()
            await asyncio.wait((closing,))
    await host.close()
    process = host._process
    assert process is not None
    await process.wait()
    return seen


async def test_two_hundred_lives_leave_nothing(toy_gguf: Path, own_tmp: Path) -> None:
    settings = HostSettings(model=toy_gguf, name="toy", slots=2, context=256, cells=512, threads=1)
    for number in range(8):  # what is opened once and kept, is
        await cycle(settings, number)
    files, threads, memory = len(os.listdir("/proc/self/fd")), threading.active_count(), in_memory()
    seen = list[int]()
    for number in range(CYCLES):
        seen += await cycle(settings, number)
    await asyncio.sleep(0)
    assert len(seen) >= CYCLES
    assert not [process_id for process_id in seen if Path(f"/proc/{process_id}").exists()], "not even zombies"
    assert list(own_tmp.iterdir()) == []
    assert not {name for name in in_memory() - memory if owner_is(own_tmp, name)}
    assert asyncio.all_tasks() == {asyncio.current_task()}
    assert len(os.listdir("/proc/self/fd")) <= files + 2
    assert threading.active_count() <= threads + 2


def owner_is(place: Path, name: str) -> bool:
    """Whether a folder in memory belongs to an engine of this test."""
    try:
        return (SHARED_MEMORY / name / "owner").read_text("utf-8").startswith(str(place))
    except OSError:
        return False
