"""A replay's table in words: cells for a terminal, Markdown, CSV, and JSON."""

from __future__ import annotations

import csv
import io
from typing import Any

from helicon.evals.replaying import Row, Table
from helicon.evals.statistics import Difference
from helicon.events import to_dict

HEAD = ("policy", "right, %", "against", "tokens", "sequential", "per right", "chains")
LEAST_NEEDED = ("chains", "per right", "against")
"""Columns that a narrow terminal leaves out, in this order."""
FRONT = "*"
"""Marks a figure on the Pareto front."""


def cells(row: Row, *, baseline: bool) -> tuple[str, ...]:
    """One row as text."""
    per_right = "-" if row.per_right is None else f"{row.per_right:,.0f}"
    return (
        f"{row.policy} (live)" if row.live else row.policy,
        f"{100 * row.accuracy:.1f} ({100 * row.low:.1f}-{100 * row.high:.1f})",
        "baseline" if baseline else against(row),
        f"{row.total:,.0f}{_share(row.total_share)}{FRONT if row.best_total else ''}",
        f"{row.sequential:,.0f}{_share(row.sequential_share)}{FRONT if row.best_sequential else ''}",
        per_right,
        f"{row.agents:.1f}",
    )


def against(row: Row) -> str:
    """The paired difference in points with its interval."""
    found = row.against
    return "" if found is None else _points(found)


def _points(found: Difference) -> str:
    return f"{100 * found.value:+.1f} ({100 * found.low:+.1f} {100 * found.high:+.1f})"


def _share(share: float | None) -> str:
    return "" if share is None else f" ({share:.0%})"


def foot(table: Table) -> list[str]:
    """What a reader needs beside the table."""
    header = table.pool.header
    half = {"all": "all questions", "tune": "the tuning half", "report": "the reporting half"}[table.half]
    orders = "chains in recorded order" if table.orders == 1 else f"{table.orders} shuffled orders of the chains"
    notes = [
        f"{header.model} on {table.questions:,} questions ({half}), {orders}.",
        f"right, against: points with their 95% intervals; against is beside {table.baseline}, paired.",
        f"tokens: means per question, and as a share of the baseline's; {FRONT}: Pareto front.",
    ]
    found = sorted(row.against.detectable for row in table.rows if row.against is not None)
    if found:
        points = 100 * found[len(found) // 2]
        notes.append(f"so few questions seldom show differences below {points:.1f} points.")
    notes += [
        f"live beside replay, {name}: {_points(found.right)} points, "
        f"tokens {found.total:.0%}, sequential {found.sequential:.0%}, on {found.right.questions:,} questions"
        for name, found in table.agreement.items()
    ]
    if table.incomplete:
        notes.append(f"left out: {table.incomplete:,} questions whose chains are not all recorded yet")
    if table.pool.damaged:
        notes.append(f"left out: what {table.pool.damaged:,} damaged bytes in the middle of the file held")
    notes += [f"left out: {name}, because {reason}" for name, reason in table.skipped.items()]
    return notes


def markdown(table: Table) -> str:
    """A Markdown table, numbers to the right."""
    lines = [f"| {' | '.join(HEAD)} |", "|---" + "|---:" * (len(HEAD) - 1) + "|"]
    lines += [f"| {' | '.join(_escaped(row, table))} |" for row in table.rows]
    return "\n".join([*lines, "", *foot(table)])


def _escaped(row: Row, table: Table) -> list[str]:
    shown = cells(row, baseline=row.policy == table.baseline and not row.live)
    return [shown[0].join("``"), *(cell.replace("|", "\\|").replace(FRONT, "\\*") for cell in shown[1:])]


def as_dict(table: Table) -> dict[str, Any]:
    """Everything, for ``--json``."""
    return {
        "pool": to_dict(table.pool.header),
        "half": table.half,
        "orders": table.orders,
        "baseline": table.baseline,
        "questions": table.questions,
        "incomplete": table.incomplete,
        "rows": [to_dict(row) for row in table.rows],
        "skipped": dict(table.skipped),
        "agreement": {name: to_dict(found) for name, found in table.agreement.items()},
    }


COLUMNS = (
    "policy",
    "questions",
    "accuracy",
    "low",
    "high",
    "total",
    "sequential",
    "per_right",
    "agents",
    "total_share",
    "sequential_share",
    "best_total",
    "best_sequential",
    "p",
    "live",
    "seconds",
)


def as_csv(table: Table) -> str:
    """One line a policy, numbers unrounded, the difference in columns of its own."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, "difference", "difference_low", "difference_high"])
    for row in table.rows:
        found = row.against
        beside = (found.value, found.low, found.high) if found else ("", "", "")
        values = [getattr(row, name) for name in COLUMNS]
        writer.writerow(["" if value is None else value for value in (*values, *beside)])
    return out.getvalue()
