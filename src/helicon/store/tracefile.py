"""Traces in files: one line an event, one file or many in a folder.

``TraceWriter`` writes a run while it happens, each event at once, so that whatever ends the process
leaves a trace up to there. ``Traces`` reads a file (which may hold several traces, one after the other)
or a folder of them. Nothing here creates a folder or a file but the writer.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, TextIO

from helicon.errors import InputError, SetupError, StoreError
from helicon.events import Event, RunEnded, RunStarted
from helicon.store.traces import (
    FORMAT,
    VERSION,
    Summary,
    Trace,
    header_line,
    line_of,
    read_event,
    read_object,
    summarise,
    trace_of,
)

SUFFIX = ".jsonl"
LARGEST = 2**30
"""Bytes of one trace that is read; 64 agents that think for 8,192 tokens each make about a twentieth."""
LONGEST_LINE = 2**28
FIRST_BYTES = 4096
KIND = re.compile(rb'\s*\{\s*"type"\s*:\s*"([a-z_]{1,40})"')


def file_for(path: Path, run_id: str) -> Path:
    """The file that a run goes to: ``path`` itself, or a file named after the run where it is a folder.

    A folder is one that exists, or a name without a suffix.
    """
    if path.is_dir() or (not path.suffix and not path.exists()):
        return path / f"{re.sub(r'[^A-Za-z0-9_.-]', '_', run_id)}{SUFFIX}"
    return path


class TraceWriter:
    """Writes one run's events to ``path``, a file or a folder.

    ``check`` before the run finds out whether that will work; the file is opened at the first event, so a
    run that never began leaves an older trace alone. A failing disk raises once, and later events are
    dropped: the run goes on.
    """

    def __init__(self, path: Path, *, program: str) -> None:
        self.path = path
        self._program = program
        self._file: TextIO | None = None
        self._over = False

    def check(self) -> None:
        """Refuse a place that cannot be written, and a file that holds something else.

        Raises:
            SetupError: with the reason.
        """
        try:
            if file_for(self.path, "run") != self.path:
                self.path.mkdir(parents=True, exist_ok=True)
                probe = self.path / ".helicon-writable"
                probe.touch()
                probe.unlink()
                return
            if self.path.exists() and not self.path.is_file():
                return  # a pipe or a device: opening it may wait for its reader
            if self.path.is_file() and self.path.stat().st_size and not _is_trace(self.path):
                raise SetupError(
                    f"the file {str(self.path)!r} exists and is no trace; it is left as it is.",
                    hint="Name another file with --trace.",
                )
            fresh = not self.path.exists()
            with self.path.open("ab"):
                pass
            if fresh:
                self.path.unlink()
        except OSError as error:
            raise SetupError(
                f"the trace {str(self.path)!r} cannot be written: {error.strerror}.",
                hint="Name a file or a folder of your own with --trace.",
            ) from error

    def write(self, event: Event) -> None:
        """Store one more event.

        Raises:
            StoreError: the disk is full or gone; raised once.
        """
        if self._over:
            return
        try:
            if self._file is None:
                self._file = self._open(event)
                self._file.write(header_line(self._program) + "\n")
            self._file.write(line_of(event) + "\n")
        except OSError as error:
            self._fail(error)

    def _open(self, event: Event) -> TextIO:
        """Only a whole run's first event names the file."""
        path = file_for(self.path, event.run_id if isinstance(event, RunStarted) else "run")
        self.path = path
        return path.open("w", encoding="ascii", buffering=1, newline="\n")

    def close(self) -> None:
        """Close the file.

        Raises:
            StoreError: what was left could not be written.
        """
        file, self._file, self._over = self._file, None, True
        if file is not None:
            try:
                file.close()
            except OSError as error:
                self._fail(error)

    def _fail(self, error: OSError) -> None:
        self._over = True
        file, self._file = self._file, None
        if file is not None:
            with suppress(OSError):  # the same failure again, for the buffered rest
                file.close()
        raise StoreError(
            f"the trace {str(self.path)!r} could not be written: {error.strerror}.",
            hint="Make room, or name another place with --trace.",
        ) from error


@dataclass(slots=True)
class _Found:
    """One trace on its way through a file."""

    version: int = VERSION
    lines: list[str] = field(default_factory=list)
    first: RunStarted | None = None
    last: RunEnded | None = None
    torn: bool = False


def _is_trace(path: Path) -> bool:
    """Whether a file begins as a trace does."""
    try:
        with path.open("rb") as file:
            begins = file.read(FIRST_BYTES)
    except OSError:
        return False
    return f'"{FORMAT}"'.encode() in begins or b'"run_started"' in begins


class Traces:
    """The traces of one file or folder."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.place = str(path)

    def summaries(self) -> Iterator[Summary]:
        """A row for each trace; the file that was written last comes first. A folder's other files are passed over.

        Raises:
            SetupError: the file or folder cannot be read.
        """
        for path in self._files():
            for found in reversed(list(self._scan(path, lambda _found: False))):
                yield summarise(found.first, found.last, place=str(path))

    def read(self, run_id: str = "") -> list[Trace]:
        """The traces of that id; of any id where none is given.

        Raises:
            SetupError: the file cannot be read.
            InputError: it is no trace, or too large.
        """
        files = self._files()
        if run_id:
            named = self.path / f"{run_id}{SUFFIX}"
            files = [named] if named in files else files
        traces: list[Trace] = []
        for path in files:
            for found in self._scan(path, lambda found: not run_id or (found.first or _NONE).run_id == run_id):
                if not run_id or (found.first or _NONE).run_id == run_id:
                    traces.append(trace_of(found.lines, place=str(path), version=found.version, torn=found.torn))
        return traces

    def delete(self, run_id: str) -> Path:
        """Remove the file of that one trace.

        Raises:
            InputError: there is none, or its file holds others too.
            SetupError: the file cannot be removed.
        """
        for path in self._files():
            ids = [(found.first or _NONE).run_id for found in self._scan(path, lambda _found: False)]
            if run_id not in ids:
                continue
            if len(ids) > 1:
                raise InputError(f"the file {str(path)!r} holds {len(ids)} traces; expected one.", hint=REMOVE)
            try:
                path.unlink()
            except OSError as error:
                raise SetupError(f"{str(path)!r} cannot be removed: {error.strerror}.") from error
            return path
        raise InputError(f"there is no trace {run_id!r} in {self.place!r}.")

    def _files(self) -> list[Path]:
        try:
            if not self.path.is_dir():
                self.path.stat()
                return [self.path]
            files = [path for path in self.path.glob(f"*{SUFFIX}") if path.is_file()]
            return sorted(files, key=lambda path: (path.stat().st_mtime, path.name), reverse=True)
        except FileNotFoundError as error:
            raise SetupError(f"there is no file {self.place!r}.", hint="Run: helicon trace list") from error
        except OSError as error:
            raise SetupError(f"{self.place!r} cannot be read: {error.strerror}.") from error

    def _scan(self, path: Path, keep: Callable[[_Found], bool]) -> Iterator[_Found]:
        """Every trace of a file; its lines only while ``keep`` says so once its first event is known."""
        in_folder = path != self.path
        if in_folder and not _is_trace(path):
            return
        try:
            with path.open("rb") as file:
                yield from scan(file, str(path), keep)
        except InputError:
            if not in_folder:
                raise
        except OSError as error:
            raise SetupError(f"{str(path)!r} cannot be read: {error.strerror}.") from error


def scan(file: BinaryIO, place: str, keep: Callable[[_Found], bool]) -> Iterator[_Found]:
    """Every trace in a stream of bytes, one after the other.

    Raises:
        InputError: it does not begin as a trace does, or is too large.
    """
    found: _Found | None = None
    size = 0
    while data := file.readline(LONGEST_LINE):
        size += len(data)
        kind = _kind(data)
        if found is None and kind not in ("trace", "run_started"):
            raise InputError(
                f"{place!r} is no trace: its first line is neither a trace's header nor a run's first event.",
                hint="helicon ask QUESTION --trace FILE writes one.",
            )
        if kind == "trace" or (kind == "run_started" and (found is None or found.first or found.lines)):
            if found is not None:
                yield found
            found, size = _Found(), len(data)
        assert found is not None
        found.torn = not data.endswith(b"\n")
        if kind == "trace":
            header = read_object(data.decode("utf-8", "replace")) or {}
            version = header.get("version")
            found.version = version if isinstance(version, int) else VERSION
            continue
        ends, kept = kind in ("run_started", "run_ended"), keep(found)
        if not (ends or kept) or not data.strip():
            continue
        line = data.decode("utf-8", "replace").rstrip("\r\n")
        if ends:
            event = read_event(read_object(line) or {})
            if isinstance(event, RunStarted):
                found.first = event
            elif isinstance(event, RunEnded):
                found.last = event
        if keep(found):
            if size > LARGEST:
                raise InputError(f"a trace in {place!r} is larger than {LARGEST // 2**20} MiB; it is not read.")
            found.lines.append(line)
    if found is None:
        raise InputError(f"{place!r} is empty; expected a trace.", hint="helicon ask QUESTION --trace FILE writes one.")
    yield found


def _kind(data: bytes) -> str:
    """The type of the event in a line; empty where it has none."""
    if match := KIND.match(data):
        return match[1].decode()
    if data[:64].lstrip()[:1] != b"{":
        return ""
    return str((read_object(data.decode("utf-8", "replace")) or {}).get("type", ""))


_NONE = RunStarted(run_id="", mode="auto", model="", seed=0, created=0.0)
REMOVE = "Remove the file yourself, or keep the others first: helicon trace export ID --output FILE"
