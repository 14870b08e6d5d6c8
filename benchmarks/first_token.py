"""Seconds from the start of the process ``helicon ask`` to its first token on nano.

``python benchmarks/first_token.py [--runs N]``; also the time of a bare Python start, for the ratio.
The first token is the first byte of the answer on stdout (instant) or of the thought on stderr, a
terminal (thinking).
"""

from __future__ import annotations

import argparse
import os
import pty
import subprocess
import sys
import time

from common import percentile, table, write

QUESTION = "What is 17 + 25?"


def first_byte(command: list[str]) -> float:
    began = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        process.stdout.read(1)
        elapsed = time.perf_counter() - began
        process.stdout.read()
    return elapsed


def first_thought(command: list[str]) -> float:
    """With a terminal on stderr: the time until the thought shows there; it begins with the question's 17."""
    leader, follower = pty.openpty()
    began = time.perf_counter()
    elapsed = 0.0
    seen = b""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=follower) as process:
        os.close(follower)
        try:
            while chunk := os.read(leader, 65536):
                seen += chunk
                if not elapsed and b"17" in seen:
                    elapsed = time.perf_counter() - began
        except OSError:
            pass
        process.wait()
    os.close(leader)
    assert elapsed, seen
    return elapsed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    options = parser.parse_args()
    helicon = [sys.executable, "-m", "helicon", "ask", QUESTION, "--model", "nano"]
    times: dict[str, list[float]] = {"python": [], "instant": [], "thinking": []}
    for _ in range(options.runs):
        times["python"].append(first_byte([sys.executable, "-c", "print(1)"]))
        times["instant"].append(first_byte([*helicon, "--mode", "instant"]))
        times["thinking"].append(first_thought([*helicon, "--mode", "thinking"]))
    table(
        [
            ["what", "p50 s", "p95 s"],
            *([name, f"{percentile(v, 0.5):.3f}", f"{percentile(v, 0.95):.3f}"] for name, v in times.items()),
        ]
    )
    write("first_token", {"seconds": times, "p50": {name: percentile(v, 0.5) for name, v in times.items()}})


if __name__ == "__main__":
    main()
