"""A command in a pseudo-terminal of 80 columns, as a person would run it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.cli.conftest import PATIENCE_SECONDS, Shell

SEQUENCE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\r")


class Screen:
    """What a running command wrote so far, and its keyboard."""

    def __init__(self, process: subprocess.Popen[bytes], master: int) -> None:
        self.process = process
        self.master = master
        self.data = b""

    @property
    def raw(self) -> str:
        """Everything written, control sequences included."""
        return self.data.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """Everything written, without control sequences."""
        return SEQUENCE.sub("", self.raw)

    def press(self, keys: str) -> None:
        """Type."""
        os.write(self.master, keys.encode())

    def read(self, seconds: float) -> bool:
        """Take what comes within ``seconds``; false at the end."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return True
        try:
            more = os.read(self.master, 65536)
        except OSError:  # Linux says so when the other side is closed
            return False
        self.data += more
        return bool(more)

    def wait_for(self, words: str) -> None:
        """Read until ``words`` were shown."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while words not in self.text:
            assert self.read(0.1), f"ended without {words!r}: {self.raw!r}"
            assert time.monotonic() < ends, f"no {words!r} in {self.raw!r}"

    def finish(self) -> int:
        """Read to the end; the exit code."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while self.read(0.1) and time.monotonic() < ends:
            pass
        return self.process.wait(PATIENCE_SECONDS)


@contextmanager
def terminal(shell: Shell, *arguments: str, columns: int = 80, lines: int = 24, **options: object) -> Iterator[Screen]:
    """Run ``helicon`` with a controlling terminal of its own; ``stdout`` may be sent elsewhere."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    environment = {name: value for name, value in shell.env().items() if name not in ("COLUMNS", "LINES")}
    process = subprocess.Popen(
        shell.words(*arguments),
        cwd=shell.folder,
        env=environment,
        start_new_session=True,
        preexec_fn=_own_terminal,
        **{"stdin": slave, "stdout": slave, "stderr": slave, **options},  # type: ignore[call-overload]
    )
    os.close(slave)
    try:
        yield Screen(process, master)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        os.close(master)


def _own_terminal() -> None:
    fcntl.ioctl(2, termios.TIOCSCTTY, 0)
