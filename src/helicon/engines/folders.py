"""Private folders of the embedded engine, and what killed processes left behind.

A folder (0700) holds one engine's socket; another, in memory where there is room, its saved prefixes.
A lock in the first tells a later process whether the owner still lives.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path

from helicon.errors import SetupError

_PREFIX = "helicon-"
_SOCKET_LETTERS = 100
"""A UNIX socket's path may have 104 bytes on macOS and 108 on Linux."""
_MEMORY = Path("/dev/shm")


class Folders:
    """The folders of one engine; ``remove`` them when it ends."""

    def __init__(self, save_bytes: int) -> None:
        """Make them; ``save_bytes`` is the most that one saved prefix may take.

        Raises:
            SetupError: no folder can be made.
        """
        try:
            sweep()
            self.home = _private_folder()
        except OSError as error:
            raise SetupError(
                f"no private folder can be made: {error}.",
                hint="Set TMPDIR to a folder that can be written.",
            ) from error
        self._lock = _lock(self.home)
        self.saves = self.home
        with contextlib.suppress(OSError):
            if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2 * save_bytes:
                self.saves = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_MEMORY))
                (self.saves / "owner").write_text(str(self.home), encoding="utf-8")

    @property
    def all(self) -> list[str]:
        """Every folder."""
        return sorted({str(self.home), str(self.saves)})

    @property
    def socket_path(self) -> Path:
        """Where the engine listens."""
        return self.home / "engine.sock"

    def remove(self) -> None:
        """Delete them; a second call does nothing."""
        for folder in self.all:
            shutil.rmtree(folder, ignore_errors=True)
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep(places: tuple[str, ...] | None = None) -> None:
    """Remove what processes that were killed left behind: folders of ours whose lock nobody holds."""
    for place in places or (tempfile.gettempdir(), str(_MEMORY)):
        with contextlib.suppress(OSError):
            for folder in Path(place).glob(_PREFIX + "*"):
                if _abandoned(folder):
                    shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    with contextlib.suppress(OSError):
        status = folder.lstat()
        if not hasattr(os, "getuid") or status.st_uid != os.getuid() or not folder.is_dir() or folder.is_symlink():
            return False
        if (folder / "owner").is_file():
            return not Path((folder / "owner").read_text(encoding="utf-8")).exists()
        if (folder / "lock").is_file():
            held = _lock(folder)
            if held is None:
                return False
            os.close(held)
            return True
    return False


def _lock(folder: Path) -> int | None:
    """Hold the folder's lock; ``None`` where another process does, or where there are no locks."""
    try:
        import fcntl
    except ImportError:
        return None
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _private_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    if len(os.fsencode(folder)) + len("/engine.sock") > _SOCKET_LETTERS and Path("/tmp").is_dir():
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir="/tmp"))
    return folder
