"""From raw rows to the table: shares with intervals, tokens, paired differences. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from common import paired, wilson


def summarise(asked: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One row of the table from its questions; a failed question is a wrong one, and is counted."""
    count = len(asked)
    right = sum(item["right"] for item in asked)
    total = sum(item["tokens"] for item in asked)
    return {
        "questions": count,
        "right": right,
        "accuracy": right / count,
        "interval": list(wilson(right, count)),
        "tokens": total / count,
        "sequential": sum(item["sequential"] for item in asked) / count,
        "seconds": sum(item["seconds"] for item in asked) / count,
        "tokens_per_right": total / max(1, right),
        "calls": sum(item["calls"] for item in asked) / count,
        "errors": sum(bool(item["error"]) for item in asked),
    }


Asked = dict[int, dict[str, Any]]
"""What one row answered, by the question's number."""


def comparisons(rows: dict[str, Asked], groups: dict[str, str], baseline: str) -> list[dict[str, Any]]:
    """Each of Helicon's rows against the baseline and against the best row of the peers' servers and libraries.

    A row that answered only some of the questions is not taken for the best one.
    """
    most = max((len(asked) for asked in rows.values()), default=0)
    peers = [name for name in rows if groups[name] in "CD" and len(rows[name]) == most]
    best = max(peers, key=lambda name: summarise(list(rows[name].values()))["accuracy"], default=None)
    out = []
    for name in (name for name in rows if groups[name] == "E"):
        for other in dict.fromkeys(n for n in (baseline, best) if n and n in rows):
            both = sorted(rows[name].keys() & rows[other].keys())
            if not both:
                continue
            first, second = [rows[other][n] for n in both], [rows[name][n] for n in both]
            mine, theirs = summarise(second), summarise(first)
            out.append(
                {
                    "row": name,
                    "against": other,
                    "questions": len(both),
                    **paired(first, second),
                    "tokens_ratio": mine["tokens"] / max(1e-9, theirs["tokens"]),
                    "sequential_ratio": mine["sequential"] / max(1e-9, theirs["sequential"]),
                    "seconds_ratio": mine["seconds"] / max(1e-9, theirs["seconds"]),
                }
            )
    return out
