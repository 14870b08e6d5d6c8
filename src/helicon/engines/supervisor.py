"""Keeps one engine host alive: starts it, hears when it is ready, starts it again after a crash, ends it.

Knows processes and their private folders, nothing of tokens.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import secrets
import socket
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, TypeAlias

from helicon.engines.folders import Folders
from helicon.engines.restarts import USUAL_BACKOFF, Backoff, End, lack_of_memory, read_end
from helicon.errors import BadModelFile, EngineUnavailable, HeliconError, OutOfMemory, SetupError

State: TypeAlias = Literal["starting", "ready", "waiting", "down", "closed"]

HOST_FILE = Path(__file__).with_name("child.py")
LOAD_SECONDS = 900.0
"""A model that has not been loaded by then is given up."""
CLOSE_SECONDS = 5.0
_LOG_LINES, _LINE_LETTERS = 60, 300
_LOG_HEAD = re.compile(r"^[\d.]+ [A-Z] +\S+ +\S+: *")
"""llama.cpp's time, level, part and function."""
_SECRET_MARKS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL")


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSettings:
    """What a host is started with; see ``child.build``."""

    model: Path
    mmproj: Path | None = None
    name: str
    slots: int
    context: int
    cells: int
    threads: int
    gpu_layers: int = -1
    """-1 = as many as fit, where the build can use a GPU at all."""
    warmup: bool = False
    save_bytes: int = 0
    """The most that one saved prefix may take."""
    loopback: bool = not hasattr(socket, "AF_UNIX") or sys.platform == "win32"
    """Serve on a port of 127.0.0.1 instead of a UNIX socket."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a host listens."""

    base_url: str
    socket_path: str | None
    key: str = field(repr=False)


class Supervisor:
    """One host, and its successors after crashes. ``start`` it once, ``close`` it once."""

    def __init__(self, settings: HostSettings, *, backoff: Backoff = USUAL_BACKOFF) -> None:
        self.settings = settings
        self.backoff = backoff
        self.state: State = "starting"
        self.generation = 0
        """Counts the hosts: 1 is the first."""
        self.last_end: End | None = None
        self.key = "helicon-" + secrets.token_urlsafe(32)
        self.folders: Folders | None = None
        self._address: Address | None = None
        self._process: asyncio.subprocess.Process | None = None
        self._log: deque[str] = deque(maxlen=_LOG_LINES)
        self._ends: list[float] = []
        self._settled = asyncio.Event()
        self._ended = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None
        self._logger: asyncio.Task[None] | None = None
        self._port = 0
        """On loopback: drawn by the first host and kept by those that follow it."""
        self._failure: HeliconError | None = None

    # Life

    async def start(self) -> None:
        """Start the first host and return at once; ``ready`` waits for it."""
        assert self.generation == 0, "a supervisor starts once"
        try:
            self.folders = Folders(self.settings.save_bytes)
            await self._spawn()
        except BaseException:
            await self.close()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="engine-keeper")

    async def close(self) -> None:
        """End the host and remove its folders; a second call does nothing. Cancelled, it still ends them, unkindly."""
        if self.state == "closed":
            return
        self.state = "closed"
        self._settled.set()
        try:
            if self._keeper is not None:
                self._keeper.cancel()
                await asyncio.wait([self._keeper])
            await self._end_process()
        finally:
            self._end_at_once()

    async def ready(self, timeout_seconds: float = LOAD_SECONDS) -> Address:
        """Where the running host listens, waiting while it starts.

        Raises:
            EngineUnavailable: it is still not back after ``timeout_seconds``, closed, or down for good.
            BadModelFile, OutOfMemory: the host cannot load the model.
        """
        try:
            async with asyncio.timeout(timeout_seconds):
                while self.state in ("starting", "waiting"):
                    await self._settled.wait()
        except TimeoutError:
            raise EngineUnavailable(
                f"the engine of {self.settings.name!r} is not ready after {timeout_seconds:g} seconds.",
                hint="Ask again in a moment.",
            ) from None
        if self.state == "ready" and self._address is not None:
            return self._address
        raise self._failure or EngineUnavailable(f"the engine of {self.settings.name!r} is closed.")

    async def ended(self, generation: int, timeout_seconds: float = 2.0) -> bool:
        """Whether the host of that generation has ended; waits a little, since pipes break before it is known."""
        if self.generation == generation and self.state == "ready":
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._ended.wait(), timeout_seconds)
        return self.generation != generation or self.state != "ready"

    @property
    def detail(self) -> str:
        """The state in words."""
        match self.state:
            case "ready":
                return "ready" if self.generation == 1 else f"ready, started again {self.generation - 1} times"
            case "starting":
                return "loading the model"
            case "waiting":
                return f"starting again: {self.last_end.words if self.last_end else 'the engine ended.'}"
            case "down":
                return str(self._failure or "down")
            case "closed":
                return "closed"

    @property
    def process_id(self) -> int | None:
        """The running host's, for tests and diagnosis."""
        return self._process.pid if self._process and self._process.returncode is None else None

    # The host

    async def _keep(self) -> None:
        """Follow each host to its end, and start the next one while that may help."""
        while True:
            failure = await self._follow()
            now = time.monotonic()
            self._ends.append(now)
            wait = self.backoff.wait(self._ends, now)
            if failure is not None or wait is None:
                self._go_down(failure)
                return
            await asyncio.sleep(wait)
            try:
                await self._spawn()
            except HeliconError as error:
                self._go_down(error)
                return

    async def _follow(self) -> HeliconError | None:
        """See one host through: ready, then its end. An error says that another would fail as this one did."""
        process = self._process
        assert process is not None
        assert process.stdout is not None
        try:
            line = await asyncio.wait_for(process.stdout.readline(), LOAD_SECONDS)
        except (TimeoutError, ValueError):
            line = b""
            _kill(process)
        event = _read_event(line)
        if event.get("event") == "ready":
            self._address = self._where(str(event.get("address", "")))
            self.state = "ready"
            self._settled.set()
        code = await process.wait()
        self._settled.clear()
        self.state = "waiting"
        self._ended.set()
        if self._logger is not None:
            await asyncio.wait([self._logger], timeout=1.0)
        self.last_end = read_end(code, tuple(self._log))
        if self.last_end.restart:
            return None
        return self._start_failure(str(event.get("message", "")))

    def _start_failure(self, message: str) -> HeliconError:
        said = f" It said: {'; '.join(tuple(self._log)[:2])}." if self._log else ""  # the cause comes first
        place = str(self.settings.model)
        if lack_of_memory((*self._log, message)):
            return OutOfMemory(
                f"{place!r} does not fit into the free memory.{said}",
                hint="Use a smaller model or quantisation, or a shorter context with ,ctx=2048.",
            )
        if "ModuleNotFoundError" in message or "ImportError" in message:
            return SetupError(f"the embedded engine cannot be loaded: {message}", hint="Run 'pip install xllamacpp'.")
        if "bind" in said:
            return SetupError(f"the engine cannot open its socket.{said}")
        return BadModelFile(
            f"the engine cannot load {place!r}.{said or ' ' + message}",
            hint="It may be damaged, or newer than this engine.",
        )

    def _go_down(self, failure: HeliconError | None) -> None:
        if failure is None:
            words = self.last_end.words if self.last_end else "the engine ended."
            failure = EngineUnavailable(
                f"the engine of {self.settings.name!r} is down after {len(self._ends)} failures; the last: {words}",
                hint="Start Helicon again when the cause is gone.",
            )
        self._failure = failure
        self.state = "down"
        self._settled.set()

    async def _spawn(self) -> None:
        self.state = "starting"
        self._settled.clear()
        self._ended.clear()
        self._log.clear()
        self.generation += 1
        if (path := self._socket_path()) is not None:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(path)
        try:
            process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",
                str(HOST_FILE),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                env=clean_environment(os.environ),
                start_new_session=True,
            )
        except OSError as error:
            raise SetupError(f"the engine's process cannot be started: {error}.") from error
        self._process = process
        assert process.stdin is not None
        assert process.stderr is not None
        self._logger = asyncio.create_task(self._read_log(process.stderr), name="engine-log")
        with contextlib.suppress(ConnectionError):  # it died already: its end tells why
            process.stdin.write(json.dumps(self._message()).encode() + b"\n")
            await process.stdin.drain()

    def _message(self) -> dict[str, object]:
        settings = self.settings
        assert self.folders is not None
        return {
            "model": str(settings.model),
            "mmproj": str(settings.mmproj or ""),
            "name": settings.name,
            "slots": settings.slots,
            "context": settings.context,
            "cells": settings.cells,
            "threads": settings.threads,
            "gpu_layers": settings.gpu_layers,
            "warmup": settings.warmup,
            "key": self.key,
            "socket": self._socket_path() or "",
            "port": self._port,
            "saves": str(self.folders.saves),
            "folders": self.folders.all,
            "parent": os.getpid(),
            "parent_thread_lasts": threading.current_thread() is threading.main_thread(),
            "path": sys.path,
        }

    def _socket_path(self) -> str | None:
        return None if self.settings.loopback or self.folders is None else str(self.folders.socket_path)

    def _where(self, address: str) -> Address:
        path = self._socket_path()
        base_url = address.rstrip("/") if path is None else "http://localhost"
        if path is None:
            self._port = int(base_url.rpartition(":")[2])
        return Address(base_url, path, self.key)

    async def _read_log(self, stream: asyncio.StreamReader) -> None:
        """Keep the last lines a host printed, for error messages."""
        while True:
            try:
                line = await stream.readline()
            except ValueError:  # longer than the reader's limit: dropped
                continue
            if not line:
                return
            text = _LOG_HEAD.sub("", line.decode("utf-8", errors="replace").strip())
            if text:
                self._log.append(text.replace(self.key, "[key]")[:_LINE_LETTERS])

    async def _end_process(self) -> None:
        process = self._process
        if process is not None:
            if process.stdin is not None:
                process.stdin.close()  # the host ends with its stdin
            try:
                await asyncio.wait_for(process.wait(), CLOSE_SECONDS)
            except TimeoutError:
                _kill(process)
                await process.wait()
            if process.stdout is not None:
                with contextlib.suppress(ValueError):
                    await process.stdout.read()
        if self._logger is not None:
            await asyncio.wait([self._logger], timeout=1.0)

    def _end_at_once(self) -> None:
        """What needs no waiting: after a kind end there is little left of it."""
        if self._process is not None and self._process.returncode is None:
            _kill(self._process)
        for task in (self._keeper, self._logger):
            if task is not None:
                task.cancel()
        if self.folders is not None:
            self.folders.remove()


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """What a host needs of the environment: everything but secrets, and threads that wait without spinning.

    OpenMP's threads otherwise burn a core while they wait for each other, which costs most of the speed
    wherever another process wants that core too.
    """
    kept = {name: value for name, value in environment.items() if not any(m in name.upper() for m in _SECRET_MARKS)}
    if "GOMP_SPINCOUNT" not in kept:
        kept.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    return kept


def _read_event(line: bytes) -> dict[str, object]:
    try:
        event = json.loads(line)
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _kill(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        process.kill()
