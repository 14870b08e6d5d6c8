"""A tree to a :class:`Scan`: every file read within bounds, each on its own, the rest told."""

from __future__ import annotations

import os
import time
from pathlib import Path

from helicon.audit.extract import extract
from helicon.audit.extract.headers import HEADER_BYTES, kind_of_file
from helicon.audit.extract.kinds import of_file
from helicon.audit.prefilter import may_hold
from helicon.audit.values import Mention, Scan, Unread
from helicon.audit.walk import File, walk
from helicon.errors import BadOption

MAX_BYTES = 8 << 20
"""Text files larger than this are data."""
HEAD = 8192
FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)


def scan(root: Path) -> Scan:
    """Everything that a tree, or one file, names.

    Raises:
        BadOption: there is nothing at ``root``, or it is neither a folder nor a file.
    """
    if not root.exists():
        raise BadOption(f"There is nothing at {root}; expected a folder or a file.", hint="Check the path.")
    if not (root.is_dir() or root.is_file()):
        raise BadOption(f"{root} is a pipe, a socket or a device; expected a folder or a file.")
    started = time.monotonic()
    mentions: list[Mention] = []
    unread: list[Unread] = []
    files = size = 0
    for one in walk(root):
        if isinstance(one, Unread):
            unread.append(one)
            continue
        files += 1
        size += one.size
        _file(one, mentions, unread)
    seconds = time.monotonic() - started
    return Scan(str(root), tuple(sorted(set(mentions))), tuple(sorted(set(unread))), files, size, seconds)


def _file(file: File, mentions: list[Mention], unread: list[Unread]) -> None:
    """Read one file; whatever it holds, the others are read."""
    weights = kind_of_file(file.path)
    if not weights and not _readable(file):
        return
    if not weights and file.size > MAX_BYTES:
        unread.append(Unread(file.path, f"larger than {MAX_BYTES >> 20} MiB"))
        return
    try:
        data = _read(file.place, HEADER_BYTES if weights else MAX_BYTES + 1)
    except OSError as error:
        unread.append(Unread(file.path, f"it cannot be read: {error.strerror or error}"))
        return
    if not weights and (_binary(data) or not may_hold(data)):
        return
    try:
        found = extract(file.path, data)
    except (RecursionError, MemoryError) as error:
        unread.append(Unread(file.path, f"too much for its reader: {type(error).__name__}"))
        return
    mentions += found.mentions
    unread += [Unread(file.path, reason) for reason in found.reasons]


def _readable(file: File) -> bool:
    """Whether a file's name has a reader, or may have one by its first line."""
    name = file.path.rpartition("/")[2]
    if name.endswith((".min.js", ".min.css", ".map")):
        return False
    return of_file(file.path) is not None or ("." not in name and file.size < HEAD * 32)


def _read(place: str, most: int) -> bytes:
    handle = os.open(place, FLAGS)
    with os.fdopen(handle, "rb") as opened:
        return opened.read(most)


def _binary(data: bytes) -> bool:
    return b"\x00" in data[:HEAD] and data[:2] not in (b"\xff\xfe", b"\xfe\xff")
