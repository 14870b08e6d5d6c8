"""The plot of a replay: right answers against total and against sequential tokens, with the Pareto fronts.

Needs matplotlib, which is loaded here and nowhere else.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import log10
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helicon.errors import SetupError

if TYPE_CHECKING:
    from helicon.evals.replaying import Row, Table

CLOSE = 0.035
"""Part of an axis within which two points share a label."""
INKS = {
    "light": {"back": "#ffffff", "ink": "#22262b", "grid": "#d8dbe0", "front": "#b4552d", "dots": "#466a8c"},
    "dark": {"back": "#14171b", "ink": "#e6e8eb", "grid": "#343a42", "front": "#e38a5f", "dots": "#8fb4d6"},
}


def draw(table: Table, path: Path, *, dark: bool = False) -> None:
    """Write the plot; the file's ending says how (``.svg``, ``.png``, ``.pdf``).

    Raises:
        SetupError: matplotlib is missing, the ending is unknown, or the file cannot be written.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise SetupError(
            "plots need matplotlib, which is not installed.", hint="Install it: pip install matplotlib"
        ) from error
    matplotlib.use("Agg")
    from matplotlib import pyplot

    inks = INKS["dark" if dark else "light"]
    figure, (left, right, words) = pyplot.subplots(
        1, 3, figsize=(13, 5.4), width_ratios=(5, 5, 2.3), layout="constrained", facecolor=inks["back"]
    )
    for axis, name, title in ((left, "total", "total"), (right, "sequential", "sequential")):
        _panel(axis, table, name, inks)
        axis.set_xlabel(f"{title} tokens per question", color=inks["ink"])
    right.sharey(left)
    left.set_ylabel("right answers, %", color=inks["ink"])
    words.axis("off")
    lines = [f"{number:>2}  {title_of(row)}" for number, row in enumerate(table.rows, start=1)]
    shown = {"va": "top", "fontsize": 8, "family": "monospace", "color": inks["ink"], "linespacing": 1.5}
    words.text(0, 0.98, "\n".join(lines), transform=words.transAxes, **shown)
    header = table.pool.header
    figure.suptitle(
        f"{header.model}, {table.questions:,} questions, 95% intervals; the line is the Pareto front", color=inks["ink"]
    )
    try:
        figure.savefig(path, dpi=150, facecolor=inks["back"])
    except ValueError as error:
        raise SetupError(f"{path} cannot be drawn: {error}.", hint="Name a file that ends in .svg or .png.") from error
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        pyplot.close(figure)


def title_of(row: Row) -> str:
    """The policy as the list of names calls it."""
    return f"{row.policy} (live)" if row.live else row.policy


def labels(points: Sequence[tuple[float, float]]) -> list[tuple[float, float, str]]:
    """Where each number stands: one label for points too close to be told apart. Costs are above 0."""
    if not points:
        return []
    logs = [log10(max(cost, 1e-9)) for cost, _ in points]
    wide = max(max(logs) - min(logs), 0.1) * CLOSE
    high = max(max(y for _, y in points) - min(y for _, y in points), 1.0) * CLOSE
    groups: list[list[int]] = []
    for number in range(len(points)):
        for group in groups:
            first = group[0]
            if abs(logs[first] - logs[number]) < wide and abs(points[first][1] - points[number][1]) < high:
                group.append(number)
                break
        else:
            groups.append([number])
    return [(*points[group[0]], ", ".join(str(number + 1) for number in group)) for group in groups]


def _panel(axis: Any, table: Table, name: str, inks: dict[str, str]) -> None:
    points = [(float(getattr(row, name)), 100 * row.accuracy) for row in table.rows]
    axis.set_facecolor(inks["back"])
    axis.set_xscale("log")
    axis.xaxis.set_major_formatter("{x:,.0f}")
    axis.grid(color=inks["grid"], linewidth=0.6)
    for spine in axis.spines.values():
        spine.set_color(inks["grid"])
    axis.tick_params(colors=inks["ink"], which="both")
    best = [getattr(row, f"best_{name}") for row in table.rows]
    line = sorted(point for point, beaten in zip(points, best, strict=True) if beaten)
    axis.step([cost for cost, _ in line], [accuracy for _, accuracy in line], where="post", color=inks["front"])
    for row, (cost, accuracy), on_front in zip(table.rows, points, best, strict=True):
        spread = [[max(0.0, accuracy - 100 * row.low)], [max(0.0, 100 * row.high - accuracy)]]
        colour = inks["front"] if on_front else inks["dots"]
        fill = inks["back"] if row.live else colour
        axis.errorbar(cost, accuracy, yerr=spread, fmt="o", color=colour, mfc=fill, elinewidth=0.5, markersize=5)
    for cost, accuracy, text in labels(points):
        axis.annotate(
            text, (cost, accuracy), xytext=(5, 4), textcoords="offset points", fontsize=7.5, color=inks["ink"]
        )
