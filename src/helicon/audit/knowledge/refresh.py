"""Rebuild the table of closings from wheels of litellm, given as files.

::

    pip download --no-deps litellm -d wheels          # the newest; older ones by ==VERSION
    python -m helicon.audit.knowledge.refresh wheels/*.whl --as-of 2026-11-28

litellm (MIT) carries a catalogue of API models with dates of deprecation, and drops what is retired: what an older
wheel lists and the newest does not is itself worth knowing. Nothing of a wheel is imported, and this script opens no
connection. The dates are litellm's, not the providers'.
"""

from __future__ import annotations

import argparse
import json
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

CATALOGUES = ("litellm/model_prices_and_context_window_backup.json",)
VERSION = re.compile(r"litellm-(\d+(?:\.\d+)*)")
DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
TARGET = Path(__file__).parent / "data" / "lifecycle.json"
MAX_BYTES = 64 * 1024 * 1024
GEOMETRY = re.compile(r"(?:\d+-x-\d+|max-x-max|(?:hd|standard|low|medium|high|auto)|\d+-steps)/")
"""Prefixes of prices by picture size, which are no part of a name."""

Entries = Mapping[str, Mapping[str, object]]


def catalogue(wheel: Path) -> Entries:
    """The entries of a wheel's catalogue, or of a JSON file that is one."""
    if wheel.suffix == ".json":
        data = json.loads(wheel.read_bytes())
    else:
        with zipfile.ZipFile(wheel) as archive:
            name = next((one for one in CATALOGUES if one in archive.namelist()), None)
            if name is None:
                raise SystemExit(f"{wheel} holds no catalogue; expected {' or '.join(CATALOGUES)}")
            if archive.getinfo(name).file_size > MAX_BYTES:
                raise SystemExit(f"the catalogue of {wheel} is larger than {MAX_BYTES} bytes")
            data = json.loads(archive.read(name))
    return {str(key): value for key, value in data.items() if isinstance(value, dict) and key != "sample_spec"}


def version(wheel: Path) -> tuple[int, ...]:
    found = VERSION.search(wheel.name)
    if not found:
        raise SystemExit(f"{wheel.name} does not say its version; expected litellm-VERSION...")
    return tuple(int(part) for part in found.group(1).split("."))


def plain(name: str) -> str:
    """A name in lower case, without the sizes that image prices put before it."""
    while GEOMETRY.match(name):
        name = GEOMETRY.sub("", name, count=1)
    return name.lower()


def closings(entries: Entries) -> dict[str, str]:
    """Name -> date, for the entries that have one; the earliest where several entries share a name."""
    found: dict[str, str] = {}
    for name, entry in sorted(entries.items()):
        when = str(entry.get("deprecation_date", ""))
        if DATE.fullmatch(when):
            key = plain(name)
            found[key] = min(found.get(key, when), when)
    return found


def build(wheels: Sequence[tuple[str, Entries]], as_of: str) -> dict[str, object]:
    """The table, from catalogues oldest first, each with its version."""
    newest_version, newest = wheels[-1]
    names = {plain(name) for name in newest}
    removed: dict[str, list[str]] = {}
    for old_version, entries in wheels[:-1]:
        dates = closings(entries)
        for name in entries:
            key = plain(name)
            if key not in names:
                removed[key] = [old_version, dates.get(key, removed.get(key, ["", ""])[1])]
    return {
        "schema": "helicon-lifecycle/1",
        "as_of": as_of,
        "source": f"litellm {newest_version} (MIT), model_prices_and_context_window_backup.json",
        "compared_with": [old for old, _ in wheels[:-1]],
        "dates": dict(sorted(closings(newest).items())),
        "removed": dict(sorted(removed.items())),
        "listed": sorted(names),
    }


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("wheels", nargs="+", type=Path, help="wheels of litellm; the newest version counts as now")
    parser.add_argument("--as-of", type=date.fromisoformat, required=True, help="the day on which the newest was read")
    parser.add_argument("--output", type=Path, default=TARGET)
    given = parser.parse_args(arguments)
    wheels = sorted(given.wheels, key=version)
    labelled = [(".".join(map(str, version(wheel))), catalogue(wheel)) for wheel in wheels]
    table = build(labelled, given.as_of.isoformat())
    given.output.write_text(json.dumps(table, separators=(",", ":"), ensure_ascii=False) + "\n", encoding="utf-8")
    size = given.output.stat().st_size
    counts = {key: len(table[key]) for key in ("dates", "removed", "listed")}  # type: ignore[arg-type]
    print(
        f"{given.output}: {counts['dates']} dates, {counts['removed']} removed, {counts['listed']} listed, {size} bytes"
    )


if __name__ == "__main__":
    main()
