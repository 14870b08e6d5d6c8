"""The processes that the gateway's benchmark asks: the upstream, ``helicon serve``, LiteLLM's proxy.

LiteLLM lives in an environment of its own, made when it is asked for and missing; one worker, no database, no
network. What a process used is read from /proc (Linux).
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
DATA = f"{tempfile.gettempdir()}/helicon-benchmarks"
"""A measured server keeps nothing in its user's folders."""
LITELLM = HERE / "peers" / ".venvs" / "litellm"
LITELLM_VERSION = "1.106.2"
MODELS = ("instant", "paced", "endless")


@dataclass(frozen=True, slots=True)
class Place:
    """Something that answers chat requests."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    suffix: str = ""
    """Added to a model's name there."""

    @property
    def pids(self) -> list[int]:
        """The process and its children."""
        found, todo = [], [self.process.pid]
        while todo:
            pid = todo.pop()
            found.append(pid)
            for task in Path(f"/proc/{pid}/task").iterdir():
                todo += [int(child) for child in (task / "children").read_text().split()]
        return found

    @property
    def cpu_seconds(self) -> float:
        """Used so far by all its threads."""
        tasks = [task for pid in self.pids for task in Path(f"/proc/{pid}/task").iterdir()]
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    @property
    def resident_mib(self) -> float:
        """Memory now."""
        lines = [line for pid in self.pids for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
        return sum(int(line.split()[1]) for line in lines if line.startswith("VmRSS:")) / 1024

    @property
    def descriptors(self) -> int:
        """Open files and sockets."""
        return sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in self.pids)

    def get(self, path: str) -> str:
        """A small request."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=30) as reply:
            return str(reply.read().decode())


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def ready(place: Place, path: str) -> Place:
    """Wait until it answers."""
    for _ in range(1200):
        try:
            await asyncio.to_thread(place.get, path)
            return place
        except (urllib.error.URLError, OSError):
            pass
        if place.process.poll() is not None:
            raise SystemExit(f"{place.name} ended with {place.process.returncode}")
        await asyncio.sleep(0.1)
    raise SystemExit(f"{place.name} does not answer")


def _start(command: list[str], **environment: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ, **environment}
    )


async def _upstream() -> Place:
    port = free_port()
    process = _start([sys.executable, str(HERE / "upstream.py"), str(port)])
    return await ready(Place("upstream", port, process), "/v1/models")


async def _helicon(upstream: Place) -> Place:
    port = free_port()
    command = [sys.executable, "-m", "helicon", "serve", "--port", str(port), "--data", DATA]
    # 256 connections at once are measured, and a storm of thousands: more than the default lets in.
    command += ["--max-running", "256", "--queue", "4096"]
    for model in MODELS:
        command += ["--model", f"http://127.0.0.1:{upstream.port}/v1#{model}"]
    return await ready(Place("helicon", port, _start(command), "@instant"), "/health")


def install_litellm() -> None:
    """Make its environment, once."""
    if (LITELLM / "bin" / "litellm").exists():
        return
    subprocess.run([sys.executable, "-m", "venv", str(LITELLM)], check=True)
    pip = [str(LITELLM / "bin" / "python"), "-m", "pip", "install", "--quiet"]
    subprocess.run([*pip, f"litellm[proxy]=={LITELLM_VERSION}"], check=True)


async def _litellm(upstream: Place, folder: str) -> Place:
    port = free_port()
    base = f"http://127.0.0.1:{upstream.port}/v1"
    models = [
        {"model_name": name, "litellm_params": {"model": f"openai/{name}", "api_base": base, "api_key": "none"}}
        for name in MODELS
    ]
    config = Path(folder) / "litellm.yaml"  # JSON is YAML
    config.write_text(json.dumps({"model_list": models, "litellm_settings": {"telemetry": False}}), encoding="utf-8")
    command = [str(LITELLM / "bin" / "litellm"), "--config", str(config), "--port", str(port), "--num_workers", "1"]
    settings = {
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        "LITELLM_LOG": "ERROR",
        "LITELLM_DANGEROUSLY_PERMIT_WEAK_OR_UNSET_MASTER_KEY": "true",  # neither place asks for a key
    }
    process = _start([*command, "--host", "127.0.0.1"], **settings)
    return await ready(Place("litellm", port, process), "/health/liveliness")


@asynccontextmanager
async def places(*, litellm: bool) -> AsyncIterator[dict[str, Place]]:
    """The upstream itself (``direct``), Helicon before it, and LiteLLM where it is wanted."""
    if litellm:
        install_litellm()
    opened: list[Place] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            upstream = await _upstream()
            opened.append(upstream)
            opened.append(await _helicon(upstream))
            if litellm:
                opened.append(await _litellm(upstream, folder))
            yield {"direct": upstream, **{place.name: place for place in opened[1:]}}
        finally:
            for place in reversed(opened):
                place.process.terminate()
                place.process.wait(30)
