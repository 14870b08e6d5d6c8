"""Does it fit: memory and cores of this machine, and the sizes a model is started with.

1. Free memory is the least of what the system and the control group leave; page cache counts as free.
2. Hyper-threads count once; a quota bounds the cores.
3. The usual sizes are eight slots of at most 8,192 tokens; the cache shrinks before a model is refused.
4. What cannot fit is refused with the figures.
"""

from __future__ import annotations

from pathlib import Path

import pytest
import xllamacpp
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines.fit import fit
from helicon.engines.gguf_check import ModelFile
from helicon.engines.machine import available_memory, graphics_memory, physical_cores, words
from helicon.errors import OutOfMemory

QWEN = ModelFile(
    path=Path("q.gguf"),
    architecture="qwen3",
    name="Qwen3 4B",
    context=40960,
    layers=36,
    kv_width=36 * 8 * 256,
    vocabulary=151_936,
    weight_bytes=2_500_000_000,
)
GB = 10**9


def write(root: Path, files: dict[str, str]) -> Path:
    """A pretended file system."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return root


MEMINFO = "MemTotal: 16000000 kB\nMemFree: 1000 kB\nMemAvailable: 8000000 kB\n"


def test_memory_of_the_system(tmp_path: Path) -> None:
    assert available_memory(write(tmp_path, {"proc/meminfo": MEMINFO})) == 8_000_000 * 1024


def test_memory_of_a_container(tmp_path: Path) -> None:
    files = {
        "proc/meminfo": MEMINFO,
        "sys/fs/cgroup/memory.max": "2000000000\n",
        "sys/fs/cgroup/memory.current": "1500000000\n",
        "sys/fs/cgroup/memory.stat": "anon 5\ninactive_file 300000000\n",
    }
    assert available_memory(write(tmp_path, files)) == 800_000_000


def test_memory_of_an_older_container(tmp_path: Path) -> None:
    files = {
        "proc/meminfo": MEMINFO,
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "1000000000",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "400000000",
    }
    assert available_memory(write(tmp_path, files)) == 600_000_000


def test_no_limit_is_no_limit(tmp_path: Path) -> None:
    files = {
        "proc/meminfo": MEMINFO,
        "sys/fs/cgroup/memory.max": "max\n",
        "sys/fs/cgroup/memory.current": "1",
        "sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712",
        "sys/fs/cgroup/memory/memory.usage_in_bytes": "1",
    }
    assert available_memory(write(tmp_path, files)) == 8_000_000 * 1024


def test_this_machine_has_memory_and_cores() -> None:
    memory = available_memory()
    assert memory is None or memory > 0
    assert physical_cores() >= 1


def test_graphics_memory_is_that_of_graphics_cards() -> None:
    cards = [device for device in xllamacpp.get_device_info() if "GPU" in device["type"].name]
    assert (graphics_memory() > 0) == bool(cards)


def test_threads_of_a_core_and_quotas(tmp_path: Path) -> None:
    pairs = {f"sys/devices/system/cpu/cpu{n}/topology/thread_siblings_list": "0-1023" for n in range(1024)}
    assert physical_cores(write(tmp_path, pairs)) == 1
    assert physical_cores(write(tmp_path / "q", {"sys/fs/cgroup/cpu.max": "100000 100000\n"})) == 1
    assert physical_cores(write(tmp_path / "m", {"sys/fs/cgroup/cpu.max": "max 100000\n"})) >= 1


def test_the_usual_sizes() -> None:
    sizes = fit(QWEN, available=64 * GB)
    assert (sizes.slots, sizes.context, sizes.cells) == (8, 8192, 65536)


def test_wishes_are_kept_within_what_the_model_was_trained_for() -> None:
    assert fit(QWEN, context=100_000, slots=2, available=None).context == 40960
    assert fit(QWEN, context=2048, slots=3).cells == 3 * 2048


def test_the_cache_shrinks_before_the_model_is_refused() -> None:
    sizes = fit(QWEN, available=10 * GB)
    assert 8192 <= sizes.cells < 65536
    assert sizes.memory < 10 * GB
    assert sizes.context == 8192


def test_what_cannot_fit_is_refused_with_the_figures() -> None:
    with pytest.raises(OutOfMemory, match=r"'Qwen3 4B' needs about \d\.\d GB \(2\.5 GB of weights.* 3\.0 GB are free"):
        fit(QWEN, available=3 * GB)
    assert fit(QWEN, available=int(3.5 * GB), context=512).cells >= 512


@given(st.integers(0, 100 * GB), st.integers(1, 64), st.integers(256, 1 << 17))
def test_what_is_started_fits(available: int, slots: int, context: int) -> None:
    try:
        sizes = fit(QWEN, available=available, slots=slots, context=context)
    except OutOfMemory:
        assert available < fit(QWEN, slots=1, context=context).memory
    else:
        assert sizes.memory <= available
        assert sizes.context <= sizes.cells <= sizes.context * slots


def test_bytes_in_words() -> None:
    assert [words(n) for n in (12, 1500, 2_400_000, 4_400_000_000)] == ["12 bytes", "1.5 kB", "2.4 MB", "4.4 GB"]
