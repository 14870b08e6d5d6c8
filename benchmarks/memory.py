"""Resident memory of ``helicon serve`` on nano: the server, the engine's child, idle and after work.

``python benchmarks/memory.py [--requests N]`` (Linux: reads /proc).
"""

from __future__ import annotations

import argparse
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

from common import table, write

DATA = f"{tempfile.gettempdir()}/helicon-benchmarks"
"""A measured server keeps nothing in its user's folders."""


def resident_mib(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(child) for child in (task / "children").read_text().split()]
    return found


def ask(url: str, number: int) -> None:
    body = {
        "model": "nano@contemplating",
        "messages": [{"role": "user", "content": f"What is {number + 11} * 7?"}],
    }
    request = urllib.request.Request(
        f"{url}/v1/chat/completions", json.dumps(body).encode(), {"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=120) as reply:
        reply.read()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=100)
    options = parser.parse_args()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "helicon", "serve", "--model", "nano", "--port", str(port), "--data", DATA]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(f"{url}/health", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        seen: dict[str, dict[str, float]] = {}
        for moment in ("idle", "after one", f"after {options.requests}"):
            if moment == "after one":
                ask(url, 0)
            elif moment != "idle":
                for number in range(options.requests):
                    ask(url, number)
            engine = sum(resident_mib(child) for child in children(server.pid))
            seen[moment] = {"server_mib": resident_mib(server.pid), "engine_mib": engine}
    finally:
        server.terminate()
        server.wait(30)
    table(
        [
            ["moment", "server MiB", "engine MiB"],
            *([moment, f"{m['server_mib']:.0f}", f"{m['engine_mib']:.0f}"] for moment, m in seen.items()),
        ]
    )
    write("memory", {"moments": seen})


if __name__ == "__main__":
    main()
