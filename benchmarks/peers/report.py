"""Plots and one HTML page from ``benchmarks/results/peers.json``.

    python benchmarks/peers/report.py            # needs matplotlib (the extra "train" brings it)

Writes ``peers-total`` and ``peers-sequential`` as SVG and PNG, light and dark, and ``peers.html``, which holds
everything and opens from disk.
"""

from __future__ import annotations

import argparse
import html
import io
import json
import re
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from common import RESULTS  # noqa: E402

GROUPS = {
    "A": "one chain",
    "B": "votes",
    "C": "optillm",
    "D": "its_hub",
    "E": "Helicon",
}
MARKERS = {"A": "o", "B": "s", "C": "^", "D": "v", "E": "D"}
THEMES: dict[str, dict[str, Any]] = {
    "light": {
        "paper": "#ffffff",
        "ink": "#1c2330",
        "grid": "#d9dde4",
        "A": "#7a8494",
        "B": "#2f6fb3",
        "C": "#b3541e",
        "D": "#8a4fb0",
        "E": "#0b7a55",
    },
    "dark": {
        "paper": "#12161d",
        "ink": "#e6e9ee",
        "grid": "#323a47",
        "A": "#98a2b3",
        "B": "#6fb1f5",
        "C": "#f09a5c",
        "D": "#c79af0",
        "E": "#4fd1a1",
    },
}
AXES = {"tokens": "tokens generated per question", "sequential": "tokens on the longest path"}


def front(points: list[tuple[float, float]]) -> list[tuple[float, float]]:
    """Those that no other beats: fewer tokens and at least as right."""
    best, out = -1.0, []
    for cost, share in sorted(points, key=lambda p: (p[0], -p[1])):
        if share > best:
            out.append((cost, share))
            best = share
    return out


def plot(results: dict[str, Any], column: str, theme: str) -> Any:
    """Accuracy against ``column`` on a logarithmic axis, with intervals and the Pareto front."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot
    from matplotlib.ticker import FuncFormatter

    look = THEMES[theme]
    figure, axes = pyplot.subplots(figsize=(8.4, 5.4), layout="constrained")
    figure.set_facecolor(look["paper"])
    axes.set_facecolor(look["paper"])
    seen = set()
    points, labels = [], []
    for name, row in results["summary"].items():
        group = results["groups"][name]
        x, y = max(1.0, row[column]), 100 * row["accuracy"]
        points.append((x, y))
        spread = [[y - 100 * row["interval"][0]], [100 * row["interval"][1] - y]]
        axes.errorbar(x, y, yerr=spread, color=look[group], alpha=0.35, linewidth=1)
        label = GROUPS[group] if group not in seen else None
        seen.add(group)
        size = 64 if group == "E" else 40
        axes.scatter(x, y, s=size, marker=MARKERS[group], color=look[group], label=label, zorder=3)
        labels.append((name.removeprefix("optillm ").removeprefix("its_hub "), x, y))
    line = front(points)
    axes.step([x for x, _ in line], [y for _, y in line], where="post", color=look["ink"], alpha=0.4, linewidth=1)
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.set_xlabel(AXES[column], color=look["ink"])
    axes.set_ylabel("right answers, %, with 95% intervals", color=look["ink"])
    axes.grid(color=look["grid"], linewidth=0.6)
    axes.tick_params(colors=look["ink"], which="both")
    for side in axes.spines.values():
        side.set_color(look["grid"])
    legend = figure.legend(loc="outside upper center", ncols=len(GROUPS), frameon=False, fontsize=9)
    for text in legend.get_texts():
        text.set_color(look["ink"])
    place(axes, labels, look["ink"])
    return figure


def place(axes: Any, labels: list[tuple[str, float, float]], color: str) -> None:
    """Write the labels where they touch no other label and no point, as near as that allows."""
    figure = axes.figure
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    marks = [axes.transData.transform((x, y)) for _, x, y in labels]
    taken: list[Any] = []
    inside = axes.get_window_extent(renderer)
    for name, x, y in sorted(labels, key=lambda label: (label[1], -label[2])):
        style = {"xycoords": "data", "textcoords": "offset points", "fontsize": 7.5, "color": color}
        text = axes.annotate(name, (x, y), xytext=(0, 0), va="center", **style)
        for distance in range(9, 160, 9):
            tries = [(8, side * distance, "left") for side in (1, -1)] + [
                (-8, side * distance, "right") for side in (1, -1)
            ]
            if distance == 9:
                tries = [(8, 0, "left"), *tries]
            free = next((t for t in tries if fits(text, t, renderer, taken, marks, inside)), None)
            if free:
                break
        if abs(text.get_position()[1]) > 18:  # far away: a thin line says where it belongs
            text.arrow_patch = None
            axes.annotate(
                "", (x, y), xytext=text.get_position(), textcoords="offset points",
                arrowprops={"arrowstyle": "-", "color": color, "alpha": 0.25, "linewidth": 0.6},
            )  # fmt: skip
        taken.append(text.get_window_extent(renderer))


def fits(
    text: Any, offset: tuple[float, float, str], renderer: Any, taken: list[Any], marks: list[Any], inside: Any
) -> bool:
    """Move the label there; whether it then stands free and inside."""
    text.set_position(offset[:2])
    text.set_ha(offset[2])
    box = text.get_window_extent(renderer)
    if box.x0 < inside.x0 or box.x1 > inside.x1 or box.y0 < inside.y0 or box.y1 > inside.y1:
        return False
    wide = box.padded(1.5)
    return not any(wide.overlaps(other) for other in taken) and not any(wide.contains(*mark) for mark in marks)


def as_svg(figure: Any) -> str:
    """The figure as SVG to be put into a page: no prologue, no fixed size."""
    import matplotlib

    matplotlib.rcParams["svg.hashsalt"] = "helicon"
    out = io.StringIO()
    figure.savefig(out, format="svg", metadata={"Date": None})
    text = out.getvalue()
    head, rest = text[text.index("<svg") :].split(">", 1)
    return re.sub(r' (?:width|height)="[^"]*"', "", head) + ">" + rest


STYLE = """
:root { color-scheme: light dark; --ink: #1c2330; --paper: #fff; --line: #d9dde4; --soft: #5b6575; --ours: #e7f5ef; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e9ee; --paper: #12161d; --line: #323a47; --soft: #98a2b3; --ours: #16302a; }
}
body { margin: 0 auto; max-width: 68rem; padding: 1.5rem; font: 16px/1.55 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.92rem; }
th, td { padding: 0.35rem 0.6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
tr.E { background: var(--ours); }
.soft { color: var(--soft); }
.dark { display: none; }
@media (prefers-color-scheme: dark) { .light { display: none; } .dark { display: block; } }
svg { width: 100%; height: auto; }
code { font-size: 0.9em; }
"""


def table_rows(results: dict[str, Any]) -> str:
    out = []
    for name, row in results["summary"].items():
        low, high = row["interval"]
        cells = [
            html.escape(name),
            f"{row['accuracy']:.1%}",
            f"{low:.1%} to {high:.1%}",
            f"{row['tokens']:,.0f}",
            f"{row['sequential']:,.0f}",
            f"{row['seconds']:.2f}",
            f"{row['tokens_per_right']:,.0f}",
            f"{row['calls']:.1f}",
            str(row["questions"]),
            str(row["errors"]),
        ]
        out.append(f'<tr class="{results["groups"][name]}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "\n".join(out)


def comparison_rows(results: dict[str, Any]) -> str:
    out = []
    for c in results["comparisons"]:
        cells = [
            html.escape(c["row"]),
            html.escape(c["against"]),
            f"{c['points']:+.1f}",
            f"{c['low']:+.1f} to {c['high']:+.1f}",
            f"{c['tokens_ratio']:.0%}",
            f"{c['sequential_ratio']:.0%}",
            f"{c['seconds_ratio']:.0%}",
            str(c["questions"]),
        ]
        out.append("<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>")
    return "\n".join(out)


def page(results: dict[str, Any], drawings: dict[tuple[str, str], str]) -> str:
    """The whole report as one file."""
    machine = results["machine"]
    plots = "".join(
        f"<h2>Right answers against {html.escape(AXES[column])}</h2>"
        + "".join(f'<div class="{theme}">{drawings[column, theme]}</div>' for theme in THEMES)
        for column in AXES
    )
    left_out = "".join(f"<li>{html.escape(n)}: {html.escape(why)}</li>" for n, why in results["left_out"].items())
    head = (
        "row",
        "right",
        "95% interval",
        "tokens",
        "sequential",
        "seconds",
        "tokens/right",
        "calls",
        "asked",
        "failed",
    )
    against = ("row", "against", "points", "95% interval", "tokens", "sequential", "seconds", "questions")
    return f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Helicon beside its peers</title><style>{STYLE}</style>
<h1>Helicon beside its peers</h1>
<p>{results["questions"]} held-out questions, each put to every row in turn, on one engine
(llama.cpp, {html.escape(results["model"])}, {results["slots"]} slots). Tokens are counted between the rows and the
engine, those of calls that were given up included. Sequential tokens are those on the longest path of calls that
waited for each other.</p>
<p class="soft">{html.escape(results["date"])} · {html.escape(str(machine["processor"]))}, {machine["cores"]} cores ·
<code>{html.escape(results["command"])}</code></p>
<div class="wide"><table><thead><tr>{"".join(f"<th>{h}</th>" for h in head)}</tr></thead>
<tbody>{table_rows(results)}</tbody></table></div>
{plots}
<h2>Paired comparisons</h2>
<p>Points: the row's share of right answers minus the other's, over the questions that both were asked.
The ratios are the row's mean over the other's.</p>
<div class="wide"><table><thead><tr>{"".join(f"<th>{h}</th>" for h in against)}</tr></thead>
<tbody>{comparison_rows(results)}</tbody></table></div>
{f"<h2>Left out</h2><ul>{left_out}</ul>" if left_out else ""}
</html>
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=Path, default=RESULTS / "peers.json")
    parser.add_argument("--folder", type=Path, default=RESULTS)
    options = parser.parse_args()
    from matplotlib import pyplot

    results = json.loads(options.results.read_text(encoding="utf-8"))
    drawings = {}
    for column, short in (("tokens", "total"), ("sequential", "sequential")):
        for theme in THEMES:
            figure = plot(results, column, theme)
            drawings[column, theme] = as_svg(figure)
            path = options.folder / f"peers-{short}-{theme}"
            path.with_suffix(".svg").write_text(drawings[column, theme], encoding="utf-8")
            figure.savefig(path.with_suffix(".png"), dpi=110)
            pyplot.close(figure)
    (options.folder / "peers.html").write_text(page(results, drawings), encoding="utf-8")
    print(f"wrote {options.folder / 'peers.html'}")


if __name__ == "__main__":
    main()
