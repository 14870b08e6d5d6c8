"""What runs cost, summed over days or months (UTC), by model and mode."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from helicon.store.database import Database
from helicon.store.tables import PAGE_RUNS
from helicon.store.values import Bucket, LedgerRow

P = PAGE_RUNS.c
COUNTS = ("prompt", "cached", "thinking", "answer", "cancelled")
SUMS = ("seconds", "money")
DAY = 86_400


class Ledgers(Database):
    """The part of a ``Library`` that has to do with costs."""

    def ledger_rows(
        self,
        owner: str,
        since: float,
        until: float,
        bucket: Bucket = "day",
        *,
        conversation: str | None = None,
    ) -> list[LedgerRow]:
        """What the runs that began from ``since`` and before ``until`` cost, oldest first; running ones not yet.

        Raises:
            StoreError: the database cannot be read.
        """
        day = sa.cast(sa.func.floor(P.created / DAY), sa.BigInteger).label("day")
        sums = [sa.func.sum(P[name]).label(name) for name in (*COUNTS, *SUMS)]
        conditions = [P.owner == owner, P.created >= since, P.created < until, P.state != "running"]
        if conversation is not None:
            conditions.append(P.conversation == conversation)
        query = sa.select(day, P.model, P.mode, sa.func.count().label("runs"), *sums).where(*conditions)
        with self._reading() as connection:
            rows = connection.execute(query.group_by("day", P.model, P.mode)).all()
        merged: dict[tuple[str, str, str], LedgerRow] = {}
        for row in rows:
            date = datetime.fromtimestamp(row.day * DAY, UTC)
            name = date.strftime("%Y-%m-%d" if bucket == "day" else "%Y-%m")
            counts = {count: int(getattr(row, count)) for count in ("runs", *COUNTS)}
            seconds, money = float(row.seconds), float(row.money)
            if (old := merged.get((name, row.model, row.mode))) is not None:
                counts = {count: value + getattr(old, count) for count, value in counts.items()}
                seconds, money = seconds + old.seconds, money + old.money
            merged[name, row.model, row.mode] = LedgerRow(
                bucket=name, model=row.model, mode=row.mode, seconds=seconds, money=money, **counts
            )
        return [merged[key] for key in sorted(merged)]
