"""``helicon trace list``: a row for each run, as a table that fits the terminal or as records."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from helicon.cli.drawing import head, styled
from helicon.cli.plain import one_line
from helicon.cli.trace_drawing import moment
from helicon.cli.trace_places import short
from helicon.events import to_dict
from helicon.timeline import duration

if TYPE_CHECKING:
    from rich.text import Text

    from helicon.store import Summary

GAP = 2
LEAST_WORDS = 12
"""Columns for question and answer together, below which the columns before them are left out."""


def record(row: Summary) -> dict[str, Any]:
    """A row as JSON."""
    return {
        "id": row.id,
        "created": row.created,
        "time": _iso(row.created),
        "mode": row.mode,
        "asked_mode": row.asked_mode,
        "model": row.model,
        "question": row.question,
        "answer": row.answer,
        "tokens": to_dict(row.tokens),
        "seconds": row.seconds,
        "stop_reason": row.stop_reason or None,
        "place": row.place,
    }


def _iso(created: float) -> str:
    try:
        return datetime.fromtimestamp(created, UTC).isoformat(timespec="seconds")
    except (OverflowError, OSError, ValueError):
        return ""


def table(rows: Sequence[Summary], width: int, *, plain: bool = False) -> list[Text]:
    """A line per run under a headline, none wider than ``width``; narrow terminals see fewer columns."""
    facts = [
        (
            moment(row.created) if row.created else "-",
            short(row.id),
            one_line(row.mode),
            head(one_line(row.model), 16, plain),
            f"{row.tokens.generated:,}",
            duration(row.seconds) if row.stop_reason else "-",
            one_line(row.stop_reason) or "cut",
        )
        for row in rows
    ]
    names = ["TIME", "ID", "MODE", "MODEL", "TOKENS", "TOOK", "STOP"]
    widths = [max(len(name), *(len(fact[place]) for fact in facts)) for place, name in enumerate(names)]
    shown = list(range(len(names)))
    usual = all(fact[6] == "stop" for fact in facts)
    for least in (3, 6, 2, 4, 5) if usual else (3, 2, 4, 5, 6):  # what a narrow terminal does without, first to last
        if width - sum(widths[place] + GAP for place in shown) >= 2 * LEAST_WORDS + GAP:
            break
        shown.remove(least)
    room = max(LEAST_WORDS, width - sum(widths[place] + GAP for place in shown))
    asking = max(LEAST_WORDS // 2, (room - GAP) * 3 // 5)
    answering = max(4, room - GAP - asking)
    lines = [_line(names, widths, shown, "QUESTION", "ANSWER", asking, answering, plain)]
    lines[0].stylize("dim")
    for row, fact in zip(rows, facts, strict=True):
        words = one_line(row.question), one_line(row.answer)
        lines.append(_line(list(fact), widths, shown, *words, asking, answering, plain))
    return lines


def _line(
    fact: list[str],
    widths: list[int],
    shown: list[int],
    question: str,
    answer: str,
    asking: int,
    answering: int,
    plain: bool,
) -> Text:
    from rich.cells import set_cell_size

    line = styled("")
    gap = " " * GAP
    for place in shown:
        cell = f"{fact[place]:>{widths[place]}}" if place in (4, 5) else f"{fact[place]:<{widths[place]}}"
        line.append(cell + gap, style="bold" if place == 1 else "")
    line.append(set_cell_size(head(question, asking, plain), asking) + gap)
    line.append(head(answer, answering, plain))
    line.rstrip()
    return line
