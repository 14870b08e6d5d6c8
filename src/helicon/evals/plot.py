"""The plot of a replay: right answers against total and against sequential tokens, with the Pareto fronts.

Needs matplotlib, which is loaded here and nowhere else.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from helicon.errors import SetupError

if TYPE_CHECKING:
    from helicon.evals.replaying import Row, Table

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
    figure, axes = pyplot.subplots(1, 2, figsize=(12, 5.2), sharey=True, layout="constrained", facecolor=inks["back"])
    for axis, name, words in zip(axes, ("total", "sequential"), ("total tokens", "sequential tokens"), strict=True):
        _panel(axis, table, name, inks)
        axis.set_xlabel(f"{words} per question", color=inks["ink"])
    axes[0].set_ylabel("right answers, %", color=inks["ink"])
    header = table.pool.header
    figure.suptitle(f"{header.model}, {table.questions:,} questions, 95% intervals", color=inks["ink"])
    try:
        figure.savefig(path, dpi=150, facecolor=inks["back"])
    except ValueError as error:
        raise SetupError(f"{path} cannot be drawn: {error}.", hint="Name a file that ends in .svg or .png.") from error
    except OSError as error:
        raise SetupError(f"{path} cannot be written: {error.strerror}.") from error
    finally:
        pyplot.close(figure)


def _panel(axis: Any, table: Table, name: str, inks: dict[str, str]) -> None:
    def cost(row: Row) -> float:
        return float(getattr(row, name))

    axis.set_facecolor(inks["back"])
    axis.set_xscale("log")
    axis.grid(color=inks["grid"], linewidth=0.6)
    for spine in axis.spines.values():
        spine.set_color(inks["grid"])
    axis.tick_params(colors=inks["ink"], which="both")
    best = sorted((row for row in table.rows if getattr(row, f"best_{name}")), key=cost)
    axis.step([cost(row) for row in best], [100 * row.accuracy for row in best], where="post", color=inks["front"])
    for row in table.rows:
        colour = inks["front"] if row in best else inks["dots"]
        below, above = max(0.0, row.accuracy - row.low), max(0.0, row.high - row.accuracy)
        axis.errorbar(
            cost(row),
            100 * row.accuracy,
            yerr=[[100 * below], [100 * above]],
            fmt="o",
            color=colour,
            elinewidth=0.7,
            alpha=0.9,
            markersize=5,
        )
        axis.annotate(
            f"{row.policy} (live)" if row.live else row.policy,
            (cost(row), 100 * row.accuracy),
            xytext=(4, 4),
            textcoords="offset points",
            fontsize=6.5,
            color=inks["ink"],
        )
