"""Pool files: gzip'ed JSONL that can be appended to, and that survives a kill in the middle of a line.

Each write is a gzip member of whole lines; a file of many members is one gzip file to every other
program (``zcat pool.jsonl.gz``). A member that was cut off at the end is taken away by the next writer, which
samples again what it held; one that was damaged in the middle is passed over, and what follows it is kept.
One writer at a time, kept by an advisory lock on the file itself.
"""

from __future__ import annotations

import fcntl
import gzip
import json
import zlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import IO, Any, NamedTuple, Self

from helicon.errors import BadOption, InputError, SetupError
from helicon.evals.pool import Chain, Header, Line, Pool, from_line, gather, to_line, without_tokens

FLUSH_BYTES = 1 << 18
"""Of lines that wait for their member; larger members compress better."""
CHUNK = 1 << 16
LEVEL = 6
MAGIC = b"\x1f\x8b\x08"
"""What each member begins with."""


class Member(NamedTuple):
    """One write of a pool file."""

    begin: int
    end: int
    """Places in the file, in bytes."""
    content: bytes


def members(file: IO[bytes]) -> Iterator[Member]:
    """Every whole member from the file's place on; cut and damaged ones are left out."""
    start = file.tell()
    while (begin := _next_begin(file, start)) is not None:
        file.seek(begin)
        found = _member(file)
        if found is None:
            start = begin + 1
        else:
            size, content = found
            start = begin + size
            yield Member(begin, start, content)


def _next_begin(file: IO[bytes], start: int) -> int | None:
    """Where a member may begin, from ``start`` on: right there, unless there is damage."""
    file.seek(start)
    kept = file.read(len(MAGIC))
    at = start
    while kept != MAGIC and (chunk := file.read(CHUNK)):
        seen = kept + chunk
        place = seen.find(MAGIC)
        if place >= 0:
            return at + place
        kept = seen[1 - len(MAGIC) :]
        at += len(seen) - len(kept)
    return at if kept == MAGIC else None


def _member(file: IO[bytes]) -> tuple[int, bytes] | None:
    """Length and content of the member at the file's place; ``None`` when it is not whole."""
    unpacker, parts, size = zlib.decompressobj(wbits=31), [], 0
    while not unpacker.eof:
        chunk = file.read(CHUNK)
        if not chunk:
            return None
        size += len(chunk)
        try:
            parts.append(unpacker.decompress(chunk))
        except zlib.error:
            return None
    return size - len(unpacker.unused_data), b"".join(parts)


class PoolWriter:
    """A pool file open for sampling; a context manager.

    ``lines`` are what the file already held. Lines written are on the disk after ``flush``, which
    comes by itself every now and then and at the end.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.header: Header | None = None
        self.lines: list[Line] = []
        self._waiting: list[bytes] = []
        self._size = 0
        self._file: IO[bytes] | None = None

    def __enter__(self) -> Self:
        """Open and lock the file, read it, and cut off what a kill left.

        Raises:
            SetupError: another process writes it, or it cannot be opened.
            BadOption: it is no pool.
        """
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file = self.path.open("a+b", buffering=0)
        except OSError as error:
            raise SetupError(f"{self.path} cannot be opened: {error.strerror}.") from error
        try:
            self._lock(self._file)
            self._read(self._file)
        except BaseException:
            self._file.close()
            raise
        return self

    def _lock(self, file: IO[bytes]) -> None:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise SetupError(
                f"another process is recording into {self.path}.",
                hint="Wait for it, or record into another file.",
            ) from error

    def _read(self, file: IO[bytes]) -> None:
        file.seek(0)
        end = 0
        for member in members(file):
            end = member.end
            for line in _parsed(self.path, member.content):
                if isinstance(line, Header):
                    self.header = self.header or line
                else:
                    self.lines.append(without_tokens(line) if isinstance(line, Chain) else line)
        size = file.seek(0, 2)
        if size > end:
            if end == 0 and not _begins_like_gzip(file):
                raise BadOption(f"{self.path} is no pool; expected a new file or one of helicon eval record.")
            file.truncate(end)
            file.seek(0, 2)
        if self.lines and self.header is None:
            raise BadOption(f"{self.path} has no header, so it is no pool.")

    def write(self, line: Line) -> None:
        """Take one line."""
        packed = json.dumps(to_line(line), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        self._waiting.append(packed + b"\n")
        self._size += len(packed)
        if self._size >= FLUSH_BYTES:
            self.flush()

    def flush(self) -> None:
        """Write what waits as one member.

        Raises:
            SetupError: the disk is full, or gone.
        """
        if not self._waiting or self._file is None:
            return
        packed = memoryview(gzip.compress(b"".join(self._waiting), LEVEL))
        end = self._file.seek(0, 2)
        self._waiting.clear()
        self._size = 0
        try:
            while packed:
                packed = packed[self._file.write(packed) :]
        except OSError as error:
            self._file.truncate(end)  # no half member, behind which nothing could be read
            raise SetupError(
                f"{self.path} cannot be written: {error.strerror}.",
                hint="Make room; then record again, which goes on where this ended.",
            ) from error

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Write what waits, and let the file go."""
        if self._file is None:
            return
        try:
            self.flush()
        finally:
            self._file.close()


def _begins_like_gzip(file: IO[bytes]) -> bool:
    file.seek(0)
    start = file.read(2)
    return bool(start) and b"\x1f\x8b".startswith(start)


def _parsed(path: Path, content: bytes) -> Iterator[Line]:
    for row in content.splitlines():
        try:
            stored: Any = json.loads(row)
            yield from_line(stored)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise BadOption(
                f"{path} has a line that is none of a pool: {row[:80].decode('utf-8', 'replace')!r} ({error})."
            ) from error


def read_lines(path: Path) -> Iterator[Line]:
    """Every line of a pool file; members that are cut or damaged are left out.

    Raises:
        BadOption: there is no such file, or it is no pool.
    """
    try:
        with path.open("rb") as file:
            for member in members(file):
                yield from _parsed(path, member.content)
    except OSError as error:
        raise BadOption(
            f"{path} cannot be read: {error.strerror}.", hint=f"Record it first: helicon eval record {path}"
        ) from error


def read_pool(path: Path) -> Pool:
    """A whole pool.

    Raises:
        BadOption: there is no such file, it is no pool, or of a later version.
    """
    lines = list(read_lines(path))
    header = next((line for line in lines if isinstance(line, Header)), None)
    if header is None:
        raise BadOption(f"{path} is no pool; expected a file of helicon eval record.", hint=_instead(path))
    if header.format > 1:
        raise InputError(f"{path} has the format {header.format}, which is later than 1.", hint="Update helicon.")
    return replace(gather(header, lines), damaged=damage(path))


def damage(path: Path) -> int:
    """Bytes of the file that cannot be read although later ones can; a write that was cut at its end is none."""
    with path.open("rb") as file:
        lost = before = 0
        for member in members(file):
            lost += member.begin - before
            before = member.end
    return lost


def _instead(path: Path) -> str:
    with path.open("rb") as file:
        plain = file.read(1) == b"{"
    return f"It is not compressed: gzip {path}" if plain else "Record one: helicon eval record pool.jsonl.gz"
