"""``helicon models``: what can be used here, and with ``--probe`` what each model can do."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from helicon.cli.commands import settings_of
from helicon.cli.plain import json_text, one_line
from helicon.cli.reading import tell_download
from helicon.cli.sources import Settings, load
from helicon.errors import HeliconError

NANO = "nano"
ABILITIES = (
    "thinking",
    "budget_field",
    "prefill_thinking",
    "prefill_answer",
    "logprobs",
    "images",
    "tools",
    "json_schema",
    "n",
    "end_thinking",
    "share_prefix",
    "slots",
    "context",
)


@click.command("models")
@settings_of("models")
def command(**options: Any) -> int:
    """List the models that can be used here.

    These are nano and the engines found running on this machine, or those given with --model.
    A model that cannot be used is listed with the reason; the exit code is 1 when it was asked for.
    """
    settings = load(options)
    rows = asyncio.run(survey(settings))
    if settings["json"]:
        print(json_text(rows))
    else:
        print("\n".join(listing(rows)))
        if settings["probe"]:
            print("\n" + "\n".join(abilities(rows)))
    return int(any(row["error"] and row["origin"] == "given" for row in rows))


async def survey(settings: Settings) -> list[dict[str, Any]]:
    """One record per model; a model that fails has an ``error``."""
    from helicon.engines import discover

    given: tuple[str, ...] = settings["models"]
    rows = [_row(spec.strip(), "given") for spec in given]
    if not given:
        rows = [_row(NANO, "package")]
        for found in await discover():
            rows += [_row(spec, "found", found.engine) for spec in found.specs]
    for row in rows:
        await _look(row, settings)
    return rows


def _row(spec: str, origin: str, engine: str = "") -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys(("spec", "origin", "name", "engine", "family", "licence", "error"), "")
    return {**row, "spec": spec, "origin": origin, "engine": engine, "capabilities": None}


async def _look(row: dict[str, Any], settings: Settings) -> None:
    """Fill in what is known of one model; its failure becomes part of the record."""
    from helicon.cli.engines import open_as_set
    from helicon.engines import parse_spec
    from helicon.events import to_dict

    try:
        spec = parse_spec(row["spec"])
        row["name"] = spec.label
        if spec.kind in ("nano", "file"):
            _read_file(row, spec.place)
        if settings["probe"]:
            engine = await open_as_set(spec, settings, confirm=tell_download)
            try:
                info = engine.info
                row.update(name=info.name, engine=info.engine, family=info.family.title, licence=info.licence)
                row["capabilities"] = to_dict(await engine.probe())
            finally:
                await engine.close()
    except HeliconError as error:
        row["error"] = str(error)


def _read_file(row: dict[str, Any], place: str) -> None:
    """What the file itself says."""
    from helicon.engines import check_file
    from helicon.families import detect

    file = check_file(place)
    family = detect(name=file.name or row["name"], architecture=file.architecture, template=file.template)
    row.update(engine="embedded", family=family.title, licence=file.licence or family.licence)


def listing(rows: list[dict[str, Any]]) -> list[str]:
    """A line per model, in columns."""
    table: list[tuple[str, ...]] = [("MODEL", "ENGINE", "FAMILY", "LICENCE", "")]
    for row in rows:
        note = f"cannot be used: {row['error']}" if row["error"] else NOTES[row["origin"]]
        cells = [one_line(str(row[key])) or "-" for key in ("spec", "engine", "family", "licence")]
        table.append((*cells, note))
    return columns(table)


NOTES = {"package": "ships with helicon", "found": "found running", "given": ""}


def abilities(rows: list[dict[str, Any]]) -> list[str]:
    """What each probed model can do: a line per ability, a column per model."""
    probed = [row for row in rows if row["capabilities"]]
    table: list[tuple[str, ...]] = [("CAN", *(one_line(row["name"]) for row in probed))]
    for name in ABILITIES:
        values = tuple(_said(name, row["capabilities"]) for row in probed)
        table.append((name.replace("_", " "), *values))
    notes = [f"{one_line(row['name'])}: {one_line(note)}" for row in probed for note in row["capabilities"]["notes"]]
    return columns(table) + (["", *notes] if notes else [])


def _said(name: str, found: dict[str, Any]) -> str:
    value = found[name]
    if name == "thinking" and found["thinking_kwarg"]:
        return f"{value} ({found['thinking_kwarg']})"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    return "-" if value is None else one_line(str(value))


def columns(table: list[tuple[str, ...]], gap: int = 2) -> list[str]:
    """The rows with their cells in line; the last cell is as long as it likes."""
    from unicodedata import east_asian_width

    def size(words: str) -> int:
        return sum(2 if east_asian_width(char) in "WF" else 1 for char in words)

    widths = [max(size(row[place]) for row in table) + gap for place in range(len(table[0]))]
    return [
        "".join(cell + " " * (width - size(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]
