"""The real command in processes of its own, and a real llama.cpp server to ask.

Every command runs in an empty folder with no settings of the machine's user.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

PATIENCE_SECONDS = 60.0
"""Far more than anything here takes, for a machine that is busy with other work."""
LLAMA_HOST = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames = ["127.0.0.1"]
params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
params.sampling.ignore_eos = True
params.port, params.n_parallel, params.n_ctx, params.verbosity = 0, 4, 8192, 0
params.endpoint_slots = params.endpoint_props = params.kv_unified = True
params.warmup = False
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
"""


@dataclass(frozen=True)
class Shell:
    """Runs ``helicon`` as a shell would."""

    folder: Path
    environment: dict[str, str] = field(default_factory=dict)

    def words(self, *arguments: str) -> list[str]:
        """The command line."""
        return [sys.executable, "-m", "helicon", *arguments]

    def env(self, more: Mapping[str, str] | None = None) -> dict[str, str]:
        """The machine's environment without settings of ours."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("HELICON_", "COV_"))}
        clean = {
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "COLUMNS": "80",
            "LINES": "24",
            "TERM": "xterm-256color",
        }
        return {**kept, **clean, **self.environment, **(more or {})}

    def run(
        self, *arguments: str, stdin: bytes = b"", more: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[bytes]:
        """Run to the end, with pipes."""
        return subprocess.run(
            self.words(*arguments),
            input=stdin,
            capture_output=True,
            cwd=self.folder,
            env=self.env(more),
            timeout=PATIENCE_SECONDS,
            check=False,
        )

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start it and return at once."""
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self.words(*arguments), cwd=self.folder, env=self.env(), **{**pipes, **options})


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty folder."""
    return Shell(tmp_path)


@dataclass(frozen=True)
class Llama:
    """A llama.cpp server of its own."""

    url: str

    @property
    def spec(self) -> str:
        """As ``--model`` takes it."""
        return f"{self.url}/v1"

    def running(self) -> int:
        """How many of its slots generate now."""
        with urllib.request.urlopen(f"{self.url}/slots", timeout=10) as reply:
            return sum(bool(slot["is_processing"]) for slot in json.load(reply))

    def wait_for(self, running: bool, seconds: float = PATIENCE_SECONDS) -> float:
        """Wait until some slot generates, or none; return how long that took."""
        began = time.monotonic()
        while bool(self.running()) is not running:
            assert time.monotonic() - began < seconds, f"after {seconds} s: {self.running()} slots run"
            time.sleep(0.02)
        return time.monotonic() - began


@pytest.fixture(scope="session")
def llama(toy_gguf: Path) -> Iterator[Llama]:
    """A real engine on loopback, started without our help; its toy never ends by itself."""
    with subprocess.Popen(
        [sys.executable, "-c", LLAMA_HOST, str(toy_gguf)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().strip().rstrip("/")
        assert url.startswith("http://127.0.0.1:"), url
        yield Llama(url)
        process.kill()
