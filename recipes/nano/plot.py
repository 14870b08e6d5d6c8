"""Plots of a training run: the loss curve, and accuracy by family and mode.

python recipes/nano/plot.py --log runs/nano/log.jsonl
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
MODES = {"instant": "#b9b4a7", "thinking": "#5b7c99", "majority": "#c26d3f"}


def plot_loss(entries: list[dict[str, Any]], path: Path) -> None:
    """Training loss over tokens, with the time on the upper axis."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 4), layout="constrained")
    millions = [entry["tokens"] / 1e6 for entry in entries]
    axes.plot(millions, [entry["loss"] for entry in entries], color=MODES["thinking"], linewidth=1.4)
    axes.set_yscale("log")
    axes.set_xlabel("million tokens read")
    axes.set_ylabel("loss on the assistant's tokens")
    axes.set_title(f"nano: {entries[-1]['step']} steps in {entries[-1]['seconds'] / 60:.0f} minutes")
    axes.grid(alpha=0.3, which="both")
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def plot_accuracy(result: dict[str, Any], path: Path) -> None:
    """One group of bars per family, with 95% intervals."""
    from matplotlib import pyplot

    accuracy = result["accuracy"]
    names = ["all", *sorted(n for n in accuracy if n not in ("all", "agents"))]
    figure, axes = pyplot.subplots(figsize=(11, 4.2), layout="constrained")
    for offset, (mode, colour) in enumerate(MODES.items()):
        shares = [accuracy[name][mode] for name in names]
        values = [100 * share["share"] for share in shares]
        low = [max(0.0, v - 100 * s["interval"][0]) for v, s in zip(values, shares, strict=True)]
        high = [max(0.0, 100 * s["interval"][1] - v) for v, s in zip(values, shares, strict=True)]
        places = [i + (offset - 1) * 0.27 for i in range(len(names))]
        label = "majority of 8" if mode == "majority" else mode
        axes.bar(places, values, 0.25, color=colour, label=label)
        axes.errorbar(places, values, yerr=[low, high], fmt="none", ecolor="#333333", linewidth=0.8, capsize=1.5)
    axes.set_xticks(range(len(names)), [name.replace("_", " ") for name in names], rotation=40, ha="right")
    axes.set_ylabel("right answers, %")
    axes.set_ylim(0, 105)
    axes.set_title(f"nano on {result['questions']} held-out questions")
    figure.legend(ncols=3, loc="outside upper right", frameon=False, fontsize=8)
    axes.grid(axis="y", alpha=0.3)
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--log", type=Path, help="log.jsonl of the run; copied into the results")
    options = parser.parse_args()
    RESULTS.mkdir(exist_ok=True)
    stored = RESULTS / "loss.jsonl"
    if options.log:
        stored.write_text(options.log.read_text())
    if stored.exists():
        plot_loss([json.loads(line) for line in stored.read_text().splitlines()], RESULTS / "loss.png")
    evaluation = RESULTS / "evaluation.json"
    if evaluation.exists():
        plot_accuracy(json.loads(evaluation.read_text()), RESULTS / "accuracy.png")


if __name__ == "__main__":
    main()
