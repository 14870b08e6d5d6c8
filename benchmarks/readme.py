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
        f"{count} questions, one at a time, {machine['cores']} cores ({machine['processor']}, load average "
        f"{machine['load_1min']} at the end, so its seconds count for little). Paired: {pairs}.",
    ]
    return lines


def held_out_line() -> list[str]:
    stored = json.loads((ROOT / "recipes" / "nano" / "results" / "evaluation.json").read_text(encoding="utf-8"))
    every = stored["accuracy"]["all"]
    parts = [
        f"{name} {row['share']:.1%} ({row['interval'][0]:.1%} to {row['interval'][1]:.1%})"
        for name, row in every.items()
    ]
    return [
        f"On all {stored['questions']} held-out questions, each mode at its plainest (`recipes/nano/evaluate.py`; "
        f"majority: eight thoughts, one vote each): {', '.join(parts)}.",
    ]


def peers_table() -> list[str]:
    """Helicon's modes beside the baseline and the best rows of each peer; nothing before that was measured."""
    if not (RESULTS / "peers.json").exists():
        return []
    stored = load("peers")
    rows, groups = stored["summary"], stored["groups"]
    whole = max(row["questions"] for row in rows.values())

    def best(start: str) -> list[str]:
        names = [name for name in rows if name.startswith(start) and rows[name]["questions"] == whole]
        return [max(names, key=lambda name: rows[name]["accuracy"])] if names else []

    shown = ["sampled", "majority@8", "majority@16", "Adaptive-Consistency", *best("optillm"), *best("its_hub")]
    shown += [name for name in rows if groups[name] == "E"]
    lines = [
        "",
        f"Beside open peers, one engine, {whole} questions, all rows in turn, beside other work (load average "
        f"{stored['machine']['load_1min']} on {stored['machine']['cores']} cores; `python benchmarks/peers/run.py`; "
        f"all {len(rows)} rows with plots: `python benchmarks/peers/report.py` writes `benchmarks/results/"
        "peers.html`):",
        "",
        "| row | right | tokens | longest path | seconds | tokens per right answer |",
        "|---|---|---|---|---|---|",
    ]
    for name in (name for name in shown if name in rows):
        row, ours = rows[name], groups[name] == "E"
        lines.append(
            f"| {f'**Helicon: {name}**' if ours else name} | {row['accuracy']:.1%} | {row['tokens']:.0f} "
            f"| {row['sequential']:.0f} | {row['seconds']:.2f} | {row['tokens_per_right']:.0f} |"
        )
    pairs = [
        f"{c['row']} against {c['against']}: {c['points']:+.1f} points ({c['low']:+.1f} to {c['high']:+.1f}), "
        f"{c['tokens_ratio']:.0%} of its tokens, {c['sequential_ratio']:.0%} of its longest path, "
        f"{c['seconds_ratio']:.0%} of its seconds"
        for c in stored["comparisons"]
        if c["row"].startswith(("contemplating", "auto"))
    ]
    return [*lines, "", f"Paired: {'; '.join(pairs)}."]


def missed() -> list[str]:
    """Targets that are not reached, with what was got."""
    added = load("gateway")["added_ms"]
    ratio = load("engine_speed")["ratio"]
    lines = []
    if ratio < 0.95:
        lines.append(f"95% of the bare engine's speed (got {ratio:.1%})")
    slow = max(added["whole"]["p50"], added["first content"]["p50"])
    if slow > 2:
        lines.append(f"2 ms added at p50 (got up to {slow:.1f} ms at 100 requests a second{back_to_back()})")
    every = json.loads((ROOT / "recipes" / "nano" / "results" / "evaluation.json").read_text(encoding="utf-8"))
    share = {name: row["share"] for name, row in every["accuracy"]["all"].items()}
    if share["thinking"] < 0.7:
        lines.append(f"70% right for nano's thinking (got {share['thinking']:.1%})")
    pair = load("modes")["paired"]["contemplating - thinking"]
    if pair["points"] < 6:
        lines.append(
            f"6 points more for contemplating than for thinking (got {pair['points']:.1f}, see the model card)"
        )
    return ["", f"Targets not reached yet: {'; '.join(lines)}."] if lines else []


def back_to_back() -> str:
    """What the gateway adds when one request follows the other, if that was measured."""
    whole = load("gateway").get("throughput", {}).get("whole", {}).get("1")
    if not whole:
        return ""
    ours, direct = whole["helicon"]["milliseconds"]["p50"], whole["direct"]["milliseconds"]["p50"]
    return f"; {ours - direct:.1f} ms when one follows the other"


def gateway_rows(stored: dict[str, Any]) -> list[str]:
    """What a run without these parts did not measure is left out."""
    rows = []
    if "throughput" in stored:
        whole = stored["throughput"]["whole"]
        count = max(whole, key=lambda count: float(whole[count]["helicon"]["per_second"]))
        best = whole[count]["helicon"]
        against = ""
        if "times_litellm" in stored:
            times = stored["times_litellm"]["whole"]
            against = f"; {min(times.values())} to {max(times.values())} times LiteLLM's proxy"
        rows.append(
            f"| replies per second through the gateway, one worker | {best['per_second']:.0f} with {count} "
            f"connections, {best['cpu_ms']:.2f} ms of CPU each{against} | `gateway.py` |"
        )
    if "added_per_chunk_ms" in stored:
        chunk = stored["added_per_chunk_ms"]
        rows.append(
            f"| added by the gateway, each chunk of 8 streams | p50 {chunk['p50']:.2f} ms, p99 {chunk['p99']:.2f} ms "
            "| `gateway.py` |"
        )
    if "storm" in stored:
        storms = stored["storm"]["storms"]
        rows.append(
            f"| after {storms[-1]['clients']:,} clients that left in the middle | "
            f"{storms[-1]['running_upstream_after']} generations left, "
            f"{storms[-1]['resident_mib'] - storms[0]['resident_mib']:+.1f} MiB from the first to the last of "
            f"{len(storms)} storms | `gateway.py` |"
        )
    return rows


def other_table() -> list[str]:
    first, speed, prefix, gateway, memory, wheel, page = map(
        load, ("first_token", "engine_speed", "prefix", "gateway", "memory", "wheel", "page")
    )
    stream, library = page["stream"], page["library"]
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
        *gateway_rows(gateway),
        f"| the page: first paint of a cold visit; all it loads then | {page['first_paint_ms']['p50']:.0f} ms; "
        f"{page['first_visit_bytes'] / 1024:.0f} KiB with its data | `page.py` |",
        f"| the page: 16 agents at 3,000 tokens a second together | {stream['frames_per_second']:.0f} frames a second "
        f"(an empty page {page['empty_page_frames_per_second']:.0f}), a key shows after "
        f"{stream['input_median']:.0f} ms | `page.py` |",
        f"| the page: list and search of {library['conversations']:,} conversations | {library['list_p95_ms']:.0f} and "
        f"{library['search_p95_ms']:.0f} ms (p95) | `page.py` |",
        f"| memory of `helicon serve` on nano | server {moments[-1]['server_mib']:.0f} MiB, engine "
        f"{moments[-1]['engine_mib']:.0f} MiB | `memory.py` |",
        f"| the wheel, and all it installs | {wheel['wheel_mib']:.1f} MiB, {wheel['installed_mib']:.0f} MiB "
        f"| `wheel.py` |",
    ]


def figures() -> str:
    """The block between the markers."""
    return "\n".join([*modes_table(), "", *held_out_line(), *peers_table(), "", *other_table(), *missed()])


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
