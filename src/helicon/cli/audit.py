"""``helicon audit``: which models a tree uses, under which licences, and what those ask of you."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import click

from helicon.audit.values import GATE, LEVELS, Role
from helicon.cli.plain import json_text
from helicon.errors import BadOption, HeliconError

if TYPE_CHECKING:
    from helicon.audit.situation import Situation
    from helicon.audit.values import Finding, Mention, Model, Report, Use

FAILED = 2
EXAMPLES = """\
\b
Examples:
  helicon audit .
  helicon audit . --situation situation.toml --fail-on error
  helicon audit . --format json --output audit.json
"""


@click.command("audit", epilog=EXAMPLES)
@click.argument("path", type=click.Path(path_type=Path))
@click.option(
    "--situation",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Whose audit it is, as TOML; without it, what depends on that is asked.",
)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write the report into FILE.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning"]),
    default="error",
    show_default=True,
    help="End with 1 when there is a finding of this level or worse.",
)
@click.option(
    "--roles",
    default=",".join(GATE),
    metavar="ROLES",
    show_default=True,
    help="Uses that are shown in full and count for the exit code.",
)
def command(path: Path, situation: Path | None, form: str, output: Path | None, fail_on: str, roles: str) -> int:
    """Say which models a tree uses, and what their licences ask of you.

    Nothing in the tree is run, and nothing is sent anywhere. The exit code is 0 when no finding
    counts, 1 when one does, 2 when the audit failed. This is no legal advice.
    """
    from helicon.cli import tell

    try:
        counted = _roles(roles)
        report = audit(path, situation)
        _write(_rendered(report, form, output, counted), output)
    except HeliconError as error:
        tell(error)
        return FAILED
    return int(any(counts(one, fail_on, counted) for one in report.findings))


def audit(path: Path, situation: Path | None = None) -> Report:
    """The report on a tree.

    Raises:
        BadOption: there is no such tree, or the situation file is wrong.
    """
    from datetime import UTC, datetime

    from helicon.audit.knowledge import knowledge
    from helicon.audit.resolve import group
    from helicon.audit.rules import judge
    from helicon.audit.scan import scan
    from helicon.audit.situation import read
    from helicon.audit.values import Report

    said: Situation | None = read(situation) if situation else None
    known, today = knowledge(), datetime.now(UTC).date()
    found = scan(path)
    uses = group(found.mentions, known)
    stale = known.stale(today)
    note = f"The knowledge is of {known.as_of} and may be stale; a newer release of helicon has newer knowledge."
    findings = tuple(judge(uses, said, known, today))
    return Report(found, said, uses, findings, known.as_of, stale, today.isoformat(), notes=(note,) if stale else ())


def counts(finding: Finding, least: str, roles: tuple[Role, ...]) -> bool:
    """Whether a finding counts for the exit code."""
    bad = [*LEVELS].index(finding.level) <= [str(one) for one in LEVELS].index(least)
    return bad and finding.state != "not_triggered" and bool(finding.use.roles & {*roles})


def _roles(words: str) -> tuple[Role, ...]:
    known: tuple[Role, ...] = get_args(Role)
    names = [name.strip() for name in words.split(",") if name.strip()]
    wrong = next((name for name in names if name not in known), "")
    if wrong or not names:
        raise BadOption(f"--roles has {wrong or words!r}; expected some of {', '.join(known)}, comma-separated.")
    return tuple(role for role in known if role in names)


def _rendered(report: Report, form: str, output: Path | None, roles: tuple[Role, ...]) -> str:
    if form == "json":
        return json_text(record(report))
    import shutil

    from helicon.cli.audit_text import text

    width = 100 if output else max(40, min(120, shutil.get_terminal_size((100, 24)).columns))
    return text(report, width, roles)


def _write(text: str, output: Path | None) -> None:
    if output is None:
        print(text)
        return
    try:
        output.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise BadOption(f"The report cannot be written to {output}: {error.strerror or error}.") from error
    print(f"Written to {output}.", file=sys.stderr)


def record(report: Report) -> dict[str, Any]:
    """The report as JSON."""
    numbers = {id(use.model): number for number, use in enumerate(report.uses)}
    scan = report.scan
    return {
        "tool": "helicon audit",
        "root": scan.root,
        "today": report.today,
        "knowledge_as_of": report.knowledge_as_of,
        "stale": report.stale,
        "situation": report.situation.values() if report.situation else None,
        "files": scan.files,
        "bytes": scan.bytes,
        "seconds": round(scan.seconds, 3),
        "models": [_use(use) for use in report.uses],
        "findings": [_finding(one, numbers[id(one.use.model)]) for one in report.findings],
        "unread": [{"path": one.path, "reason": one.reason} for one in scan.unread],
        "notes": list(report.notes),
        "notice": "Obligations as the licences state them, no legal advice.",
    }


def _use(use: Use) -> dict[str, Any]:
    return {**_model(use.model), "mentions": [_mention(one) for one in use.mentions]}


def _model(model: Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "known": model.known,
        "family": model.family,
        "api": model.api,
        "licences": [one.id for one in model.licences],
        "expression": model.expression,
        "declared": model.declared,
        "bases": list(model.bases),
        "provenance": list(model.provenance),
        "confidence": model.confidence,
        "source": model.source,
        "as_of": model.as_of,
        "note": model.note,
    }


def _mention(mention: Mention) -> dict[str, Any]:
    names = ("path", "line", "column", "literal", "role", "kind", "symbol", "note", "declared", "base")
    return {name: getattr(mention, name) for name in names}


def _finding(finding: Finding, model: int) -> dict[str, Any]:
    names = ("id", "rule", "level", "state", "text", "clause", "source", "as_of", "confidence", "question", "next")
    values = {name: getattr(finding, name) for name in names}
    return {**values, "licence": finding.licence, "model": finding.use.model.id, "use": model}
