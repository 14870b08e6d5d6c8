"""Which journal SQLite may use. Pure.

From 3.7.0 to 3.51.2 a race between a checkpoint and a writer can lose committed pages in WAL mode ("WAL
reset", fixed in 3.51.3 and in the backports 3.44.6 and 3.50.7). Those versions get the rollback journal
with ``synchronous=FULL``, which is slower and does not have the race.
"""

from __future__ import annotations

FIRST_WITH_WAL = (3, 7, 0)
FIXED = (3, 51, 3)
BACKPORTS = ((3, 44, 6), (3, 50, 7))


def safe_for_wal(version: str) -> bool:
    """Whether this ``sqlite_version`` may use WAL with several connections."""
    numbers = tuple(int(part) for part in version.split(".")[:3])
    if numbers < FIRST_WITH_WAL:
        return False
    if numbers >= FIXED:
        return True
    return any(numbers[:2] == backport[:2] and numbers >= backport for backport in BACKPORTS)


def pragmas(version: str) -> tuple[str, ...]:
    """What every new connection of SQLite is told."""
    journal = ("journal_mode=WAL", "synchronous=NORMAL") if safe_for_wal(version) else ("journal_mode=DELETE",)
    if len(journal) == 1:
        journal = (*journal, "synchronous=FULL")
    return (f"busy_timeout={BUSY_MILLISECONDS}", *journal, "foreign_keys=ON", "fullfsync=ON", "secure_delete=ON")


BUSY_MILLISECONDS = 15_000
