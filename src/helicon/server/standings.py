"""What votes add up to: who beat whom, with intervals. Pure.

One vote ranks its winner above each other entry of its comparison, and says nothing about the others among each
other; a tie is half a win for everybody; "none good" counts as a vote and ranks nobody. Equal models in equal modes
are one contestant.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

from helicon.evals import wilson

if TYPE_CHECKING:
    from helicon.store import Vote

TIE = "tie"
NONE_GOOD = "none good"
Contestant = tuple[str, str]
"""Model and mode."""


@dataclass(slots=True)
class Record:
    """Wins, losses and ties of one against another, or against all."""

    wins: int = 0
    losses: int = 0
    ties: int = 0

    def shown(self) -> dict[str, Any]:
        """With the share of wins and Wilson's interval of it at 95%."""
        total = self.wins + self.losses + self.ties
        points = self.wins + self.ties / 2
        low, high = wilson(points, total) if total else (0.0, 1.0)
        return {
            "wins": self.wins,
            "losses": self.losses,
            "ties": self.ties,
            "rate": points / total if total else None,
            "low": max(0.0, low),
            "high": min(1.0, high),
        }


def standings(votes: Sequence[Vote]) -> dict[str, Any]:
    """The reply of ``GET /api/comparisons/summary``."""
    entries: dict[Contestant, Record] = {}
    pairs: dict[tuple[Contestant, Contestant], Record] = {}
    for vote in votes:
        names = {entry.message: (entry.model, entry.mode) for entry in vote.entries}
        for name in names.values():
            entries.setdefault(name, Record())
        for one, other in combinations(vote.entries, 2):
            _count(
                vote.winner, (one.message, names[one.message]), (other.message, names[other.message]), entries, pairs
            )
    best = sorted(entries, key=lambda name: (-(entries[name].shown()["rate"] or 0.0), name))
    return {
        "votes": len(votes),
        "pairs": [
            {"first": _named(first), "second": _named(second), **record.shown()}
            for (first, second), record in sorted(pairs.items())
        ],
        "entries": [{**_named(name), **entries[name].shown()} for name in best],
    }


def _count(
    winner: str,
    one: tuple[str, Contestant],
    other: tuple[str, Contestant],
    entries: dict[Contestant, Record],
    pairs: dict[tuple[Contestant, Contestant], Record],
) -> None:
    if one[1] == other[1] or winner not in (TIE, one[0], other[0]):
        return
    first, second = sorted((one[1], other[1]))
    pair = pairs.setdefault((first, second), Record())
    if winner == TIE:
        for record in (pair, entries[first], entries[second]):
            record.ties += 1
        return
    won = one[1] if winner == one[0] else other[1]
    lost = second if won == first else first
    entries[won].wins += 1
    entries[lost].losses += 1
    if won == first:
        pair.wins += 1
    else:
        pair.losses += 1


def _named(name: Contestant) -> dict[str, str]:
    return {"model": name[0], "mode": name[1]}
