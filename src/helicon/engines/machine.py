"""What this machine has for a model: memory that is free, and cores that compute.

Reads the system's own files, or ``sysconf`` where there are none. Every answer
may be ``None``: unknown is not zero, and nobody is refused on a guess.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

MACOS_SHARE = 0.8
"""Part of a Mac's memory that a model may take: macOS gives no figure of what it would free."""


def available_memory(root: Path = Path("/")) -> int | None:
    """Bytes a new process may use now: the smaller of what the system and its control group leave."""
    found = [value for value in (_meminfo(root), _cgroup(root)) if value is not None]
    if found:
        return min(found)
    if sys.platform == "darwin":
        return int(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") * MACOS_SHARE)
    return None


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _meminfo(root: Path) -> int | None:
    for line in _read(root / "proc/meminfo").splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            return int(value.split()[0]) * 1024
    return None


def _cgroup(root: Path) -> int | None:
    """What the control group leaves, its page cache counted as free; v2 first, then v1."""
    base = root / "sys/fs/cgroup"
    for line in _read(root / "proc/self/cgroup").splitlines():
        number, _, rest = line.partition(":")
        if number == "0":
            inner = base / rest.partition(":")[2].strip("/")
            base = inner if (inner / "memory.max").exists() else base
    for folder, limit_name, used_name in (
        (base, "memory.max", "memory.current"),
        (base / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
    ):
        limit, used = _read(folder / limit_name).strip(), _read(folder / used_name).strip()
        if limit.isdigit() and used.isdigit() and int(limit) < 1 << 60:
            return max(0, int(limit) - int(used) + _reclaimable(folder))
    return None


def _reclaimable(folder: Path) -> int:
    for line in _read(folder / "memory.stat").splitlines():
        name, _, value = line.partition(" ")
        if name in ("inactive_file", "total_inactive_file") and value.strip().isdigit():
            return int(value)
    return 0


def physical_cores(root: Path = Path("/")) -> int:
    """Cores this process may use, two threads of one core counted once; at least 1.

    Decoding is bound by memory, so a second thread per core costs more than it gives.
    """
    usable = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    cores = {_core(root, cpu) for cpu in usable}
    return max(1, min(len(cores), _quota(root) or len(cores)))


def _core(root: Path, cpu: int) -> str:
    siblings = _read(root / f"sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list").strip()
    return siblings or str(cpu)


def _quota(root: Path) -> int | None:
    """Whole cores of the control group's quota, where it has one."""
    parts = _read(root / "sys/fs/cgroup/cpu.max").split()
    if len(parts) == 2 and parts[0].isdigit() and parts[1].isdigit() and int(parts[1]) > 0:
        return max(1, int(parts[0]) // int(parts[1]))
    return None


_ASK_DEVICES = (
    "import xllamacpp as x; print(sum(d['memory_free'] for d in x.get_device_info() if 'GPU' in d['type'].name))"
)


def graphics_memory() -> int:
    """Bytes free on graphics cards that the installed engine can use; asked in a process of its own, since it
    loads native code. 0 where there are none."""
    try:
        asked = subprocess.run(
            [sys.executable, "-P", "-c", _ASK_DEVICES], capture_output=True, text=True, timeout=60, check=True
        )
        return int(asked.stdout.split()[-1])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return 0


def words(size: int) -> str:
    """A number of bytes as people say it, for example ``4.4 GB``."""
    for unit, scale in (("GB", 10**9), ("MB", 10**6), ("kB", 10**3)):
        if size >= scale:
            return f"{size / scale:.1f} {unit}"
    return f"{size} bytes"
