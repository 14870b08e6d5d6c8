"""The files of a tree in a stable order, and what was left out and why. Opens nothing."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from helicon.audit.values import Unread

MAX_DEPTH = 100
MAX_FILES = 2_000_000
QUIET = frozenset({
    ".git", ".hg", ".svn", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".tox", ".nox", ".eggs",
    ".idea", ".terraform", ".gradle", ".cache",
})  # fmt: skip
"""Folders that hold no work of the tree's own."""
TOLD = frozenset({
    "node_modules", "bower_components", "venv", ".venv", "site-packages", "vendor", "third_party", "third-party",
})  # fmt: skip
"""Folders of other people's code: left out, and the report says so."""


@dataclass(frozen=True, slots=True)
class File:
    """A regular file: its path from the root with forward slashes, where it is, and its bytes."""

    path: str
    place: str
    size: int


def walk(root: Path) -> Iterator[File | Unread]:
    """Every regular file below a root, in order; links are not followed. A root that is a file gives that file."""
    if not root.is_dir():
        yield File(root.name, str(root), root.stat().st_size)
        return
    inside = os.path.realpath(root)
    count = 0
    todo = [(str(root), "", 0)]
    while todo:
        folder, path, depth = todo.pop()
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            yield Unread(path or ".", f"the folder cannot be read: {error.strerror or error}")
            continue
        below = []
        for entry in found:
            inner = _name(f"{path}/{entry.name}" if path else entry.name)
            one = _entry(entry, inner, inside)
            if one is None:
                if depth >= MAX_DEPTH:
                    yield Unread(inner, f"a folder deeper than {MAX_DEPTH}")
                elif not _left_out(entry.name, entry.path):
                    below.append((entry.path, inner, depth + 1))
                elif entry.name not in QUIET:
                    yield Unread(inner, "left out: other people's code")
                continue
            count += 1
            if count > MAX_FILES:
                yield Unread(inner, f"and everything after it: more than {MAX_FILES:,} files")
                return
            if not isinstance(one, bool):
                yield one
        todo.extend(reversed(below))


def _name(path: str) -> str:
    """A path that can be printed, whatever bytes its name has."""
    return (
        os.fsencode(path).decode("utf-8", "replace").replace("\\", "/")
        if os.sep == "\\"
        else os.fsencode(path).decode("utf-8", "replace")
    )


def _left_out(name: str, place: str) -> bool:
    return name in QUIET or name in TOLD or os.path.exists(os.path.join(place, "pyvenv.cfg"))


def _entry(entry: os.DirEntry[str], path: str, inside: str) -> File | Unread | bool | None:
    """A file, a reason, ``False`` for what needs no word; ``None`` for a folder."""
    try:
        if entry.is_symlink():
            return _link(entry, path, inside)
        mode = entry.stat(follow_symlinks=False)
    except OSError as error:
        return Unread(path, f"it cannot be looked at: {error.strerror or error}")
    if stat.S_ISDIR(mode.st_mode):
        return None
    if not stat.S_ISREG(mode.st_mode):
        return Unread(path, "no regular file: a pipe, a socket or a device")
    return File(path, entry.path, mode.st_size)


def _link(entry: os.DirEntry[str], path: str, inside: str) -> Unread | bool:
    """A link into the tree needs no word: its target is read where it is."""
    try:
        target = os.path.realpath(entry.path, strict=True)
    except OSError as error:
        return Unread(path, f"a link that leads nowhere: {error.strerror or error}")
    within = target == inside or target.startswith(inside.rstrip(os.sep) + os.sep)
    return False if within else Unread(path, "a link that leads out of the tree")
