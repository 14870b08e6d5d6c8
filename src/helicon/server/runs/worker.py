"""Which process drives a run, and whether that process still lives.

A name says host and process; a process in a container has a host of its own only together with its namespace.
"""

from __future__ import annotations

import os
import secrets
import socket

DEAD_SECONDS = 20.0
"""A worker that was not heard of for this long is taken for dead."""


def worker_name() -> str:
    """A name for this process, new each time."""
    return f"{_host()} {os.getpid()} {secrets.token_hex(4)}"


def is_dead(worker: str, beat: float, *, now: float, mine: str) -> bool:
    """Whether the worker of that name is gone; ``beat`` is when it was last heard of."""
    if worker == mine:
        return False
    host, _, rest = worker.partition(" ")
    number = rest.partition(" ")[0]
    if host == _host() and number.isdigit() and (int(number) == os.getpid() or not _lives(int(number))):
        return True
    return now - beat > DEAD_SECONDS


def _host() -> str:
    try:
        namespace = os.stat("/proc/self/ns/pid").st_ino
    except OSError:
        namespace = 0
    return f"{socket.gethostname().replace(' ', '-')}/{namespace}"


def _lives(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's, so it lives
        return True
    return True
