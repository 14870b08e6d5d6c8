"""What every benchmark shares: the machine in words, percentiles, and where results go.

Each script measures one thing, prints a small table and writes its raw results to
``benchmarks/results/NAME.json``. Machines are noisy: compare only within one run.
"""

from __future__ import annotations

import json
import math
import os
import platform
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any

from helicon.evals.scoring import is_right
from helicon.evals.statistics import difference
from helicon.evals.statistics import wilson as wilson
from helicon.training.grading import EQUATIONS

ROOT = Path(__file__).resolve().parents[1]
RESULTS = ROOT / "benchmarks" / "results"
HELD_OUT = ROOT / "recipes" / "nano" / "heldout.jsonl"


def machine() -> dict[str, Any]:
    """Processor, cores, memory and versions, without any name of the machine."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text().splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    pages = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    from importlib.metadata import version

    return {
        "processor": model,
        "cores": os.cpu_count(),
        "memory_gib": round(pages / 2**30, 1),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "xllamacpp": version("xllamacpp"),
        "load_1min": round(os.getloadavg()[0], 2),
    }


def held_out(count: int | None = None, *, skip: int = 0) -> list[dict[str, str]]:
    """``count`` (all) of nano's held-out questions with their answers and families, after ``skip`` others.

    In a shuffled order that is always the same: the file itself begins with easy ones.
    """
    items = [json.loads(line) for line in HELD_OUT.read_text(encoding="utf-8").splitlines()]
    Random("held out").shuffle(items)
    return items[skip:][:count]


def correct(answer: str, item: Mapping[str, str]) -> bool:
    """Whether a short answer is right for a held-out question; of equations, any that works is."""
    scorer = "countdown" if item.get("family") in EQUATIONS else "same"
    return is_right(scorer, item["answer"], answer=answer, text=answer)


def paired(first: Sequence[Mapping[str, Any]], second: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """Second minus first in points of right answers on the same questions, with the 95% interval."""
    found = difference([float(row["right"]) for row in first], [float(row["right"]) for row in second])
    return {"points": 100 * found.value, "low": 100 * found.low, "high": 100 * found.high}


def percentile(values: Sequence[float], share: float) -> float:
    """The nearest-rank percentile; ``share`` from 0 to 1."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, math.ceil(share * len(ordered)) - 1))]


def write(name: str, results: dict[str, Any]) -> None:
    """Store a result with the machine, the command and the date."""
    RESULTS.mkdir(parents=True, exist_ok=True)
    path = RESULTS / f"{name}.json"
    body = {
        "command": " ".join(["python", str(Path(sys.argv[0]).resolve().relative_to(ROOT)), *sys.argv[1:]]),
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        **results,
    }
    path.write_text(json.dumps(body, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"wrote {path.relative_to(ROOT)}")


def table(rows: Sequence[Sequence[object]]) -> None:
    """Print rows as aligned columns; the first row is the head."""
    texts = [[str(cell) for cell in row] for row in rows]
    widths = [max(len(row[column]) for row in texts) for column in range(len(texts[0]))]
    for number, row in enumerate(texts):
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))
