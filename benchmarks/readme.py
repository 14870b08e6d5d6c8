"""Writes the measured tables into README.md from ``benchmarks/results``: ``python benchmarks/readme.py``.

``--check`` writes nothing and fails when the README differs; the tests call ``figures`` for the same.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
RESULTS = ROOT / "benchmarks" / "results"
BEGIN, END = "<!-- figures:begin -->", "<!-- figures:end -->"


def load(name: str) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads((RESULTS / f"{name}.json").read_text(encoding="utf-8"))
    return stored


def modes_table() -> list[str]:
    stored = load("modes")
    lines = [
        "| mode | right | 95% interval | tokens | longest path | seconds | tokens per right answer |",
        "|---|---|---|---|---|---|---|",
    ]
    for mode, row in stored["modes"].items():
        low, high = row["interval"]
        lines.append(
            f"| {mode} | **{row['accuracy']:.1%}** | {low:.1%} to {high:.1%} | {row['generated_tokens']:.0f} "
            f"| {row['sequential_tokens']:.0f} | {row['seconds']:.2f} | {row['tokens_per_right']:.0f} |"
        )
    count = next(iter(stored["modes"].values()))["questions"]
    machine = stored["machine"]
    pairs = "; ".join(
        f"{name.replace(' - ', ' against ')}: {pair['points']:+.1f} points ({pair['low']:+.1f} to {pair['high']:+.1f})"
        for name, pair in stored["paired"].items()
    )
    lines += [
        "",
        f"{count} questions, one at a time, {machine['cores']} cores ({machine['processor']}). Paired: {pairs}.",
    ]
    return lines


def other_table() -> list[str]:
    first, speed, prefix, gateway, memory, wheel = map(
        load, ("first_token", "engine_speed", "prefix", "gateway", "memory", "wheel")
    )
    added = gateway["added_ms"]
    moments = list(memory["moments"].values())
    return [
        "| what | figure | script |",
        "|---|---|---|",
        f"| `helicon ask` to the first token, process start included | {first['p50']['instant']:.2f} s instant, "
        f"{first['p50']['thinking']:.2f} s thinking (p50; Python alone {first['p50']['python']:.2f} s) "
        "| `first_token.py` |",
        f"| embedded engine through Helicon against the bare engine | {speed['ratio']:.1%} of its tokens per second "
        f"| `engine_speed.py` |",
        f"| prompt tokens read for {prefix['agents']} agents on a prompt of {prefix['thinking']['prompt']:,} tokens | "
        f"{prefix['contemplating']['prefilled']:,}: {prefix['ratio']:.2f} times one agent's "
        f"(not shared: {prefix['unshared']['prefilled']:,}) | `prefix.py` |",
        f"| added by the gateway, whole reply | p50 {added['whole']['p50']:.2f} ms, p99 {added['whole']['p99']:.2f} ms "
        f"| `gateway.py` |",
        f"| added by the gateway, first streamed content | p50 {added['first content']['p50']:.2f} ms, "
        f"p99 {added['first content']['p99']:.2f} ms | `gateway.py` |",
        f"| memory of `helicon serve` on nano | server {moments[-1]['server_mib']:.0f} MiB, engine "
        f"{moments[-1]['engine_mib']:.0f} MiB | `memory.py` |",
        f"| the wheel, and all it installs | {wheel['wheel_mib']:.1f} MiB, {wheel['installed_mib']:.0f} MiB "
        f"| `wheel.py` |",
    ]


def figures() -> str:
    """The block between the markers."""
    return "\n".join([*modes_table(), "", *other_table()])


def filled(readme: str) -> str:
    """The README with the measured block in its place."""
    head, rest = readme.split(BEGIN)
    return f"{head}{BEGIN}\n{figures()}\n{END}{rest.split(END)[1]}"


def main() -> int:
    before = README.read_text(encoding="utf-8")
    after = filled(before)
    if "--check" in sys.argv:
        return int(before != after)
    README.write_text(after, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
