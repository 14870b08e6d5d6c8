"""``helicon eval replay``: reads the pool, plays the policies, prints the table in one of its forms."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from helicon.cli.plain import clean, json_text
from helicon.cli.sources import Settings

if TYPE_CHECKING:
    from helicon.evals import Table
    from helicon.evals.questions import Half

GAP = 2


def run(
    path: Path,
    settings: Settings,
    *,
    policies: tuple[str, ...],
    baseline: str,
    half: Half,
    wanted: str,
    orders: int,
    markdown: bool,
    csv: bool,
    plot: tuple[Path, ...],
    dark: bool,
) -> int:
    """Replay, and return the exit code."""
    from helicon.evals import read_pool, replay, report

    if markdown + csv + bool(settings["json"]) > 1:
        raise click.UsageError("--json, --markdown and --csv exclude each other.")
    table = replay(read_pool(path), policies, baseline=baseline, half=half, orders=orders, wanted=wanted)
    for picture in plot:
        from helicon.evals.plot import draw

        draw(table, picture, dark=dark)
        print(f"drew {picture}", file=sys.stderr)
    if settings["json"]:
        print(json_text(report.as_dict(table)))
    elif markdown:
        print(clean(report.markdown(table)))
    elif csv:
        print(report.as_csv(table), end="")
    else:
        show(table)
    return 0


def show(table: Table) -> None:
    """The table for people: as wide as it is in a pipe, without its last columns in a narrow terminal."""
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    from helicon.evals import report

    rows = [report.cells(row, baseline=row.policy == table.baseline and not row.live) for row in table.rows]
    shown = list(range(len(report.HEAD)))
    widths = [max(map(len, column)) for column in zip(report.HEAD, *rows, strict=True)]
    console = Console()
    for name in report.LEAST_NEEDED:
        if console.is_terminal and sum(widths[place] + GAP for place in shown) > console.width:
            shown.remove(report.HEAD.index(name))
    if not console.is_terminal:
        console = Console(width=sum(widths) + GAP * len(widths))
    grid = Grid(box=None, pad_edge=False, padding=(0, GAP, 0, 0), header_style="bold")
    for place in shown:
        grid.add_column(report.HEAD[place], justify="right" if place else "left", no_wrap=True)
    for row in rows:
        grid.add_row(*(Text(clean(row[place])) for place in shown))
    console.print(grid)
    for note in report.foot(table):
        console.print(Text(clean(note)), soft_wrap=True)
