"""The report of ``helicon audit`` for a terminal: by model, worst first, three lines a finding."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from textwrap import wrap

from helicon.audit.values import GATE, LEVELS, Finding, Mention, Report, Role, Use
from helicon.cli.plain import one_line

MAX_PLACES = 3
MAX_UNREAD = 10
MAX_OTHERS = 12
NOTICE = "Obligations as the licences state them, no legal advice."


def text(report: Report, width: int, roles: Sequence[Role] = GATE) -> str:
    """The whole report, its lines no wider than ``width`` where words allow; models of other roles only by name."""
    wanted = [use for use in report.uses if use.roles & {*roles}]
    findings: dict[int, list[Finding]] = {id(use): [] for use in report.uses}
    for one in report.findings:
        if one.state != "not_triggered":
            findings[id(one.use)].append(one)
    lines: list[str] = []
    for use in sorted(wanted, key=lambda use: (_worst(findings[id(use)]), use.model.id.lower())):
        lines += _use(use, width, roles)
        for finding in findings[id(use)]:
            lines += _finding(finding, width)
        lines.append("")
    if not report.uses:
        lines += ["No models were found.", ""]
    others = [use for use in report.uses if not use.roles & {*roles}]
    if others:
        names = ", ".join(one_line(use.model.id) for use in others[:MAX_OTHERS])
        more = f" and {len(others) - MAX_OTHERS:,} more" if len(others) > MAX_OTHERS else ""
        lines += wrap(f"Not {' or '.join(roles)}, so without findings here: {names}{more}.", width)
        lines.append("")
    shown = [one for use in wanted for one in findings[id(use)]]
    return "\n".join(lines + _end(report, wanted, shown, width))


def _worst(findings: Sequence[Finding]) -> int:
    return min((LEVELS.index(one.level) for one in findings), default=len(LEVELS))


def _use(use: Use, width: int, roles: Sequence[Role]) -> Iterator[str]:
    model = use.model
    licence = " and ".join(one.name for one in model.licences) if model.licence else "licence not known"
    title = f"{one_line(model.id)} · {licence}{' · service' if model.api else ''}"
    yield from wrap(title, width, subsequent_indent="  ")
    ranked = sorted(use.mentions, key=lambda one: (one.role not in roles, one))
    for mention in ranked[:MAX_PLACES]:
        yield f"  {_place(mention)}"
    if len(ranked) > MAX_PLACES:
        yield f"  and {len(ranked) - MAX_PLACES:,} more places"


def _place(mention: Mention) -> str:
    where = f"{mention.path}:{mention.line}" if mention.line else mention.path
    note = f" ({one_line(mention.note)})" if mention.note else ""
    return f"{one_line(where)} {mention.role}{note}"


def _finding(finding: Finding, width: int) -> list[str]:
    """What is asked; the clause and where it stands; the next step. A note is its first line."""
    said = f"{finding.level} {finding.rule} {finding.id}: {finding.text} {finding.question}"
    clause = finding.clause if finding.clause.startswith("(") or not finding.clause else f"“{finding.clause}”"
    dated = f"{finding.source}, read {finding.as_of}" if finding.as_of else finding.source
    lines = [said] if finding.level == "note" else [said, f"{clause} [{dated}]", finding.next]
    return [part for line in lines for part in _wrapped(line, width)]


def _wrapped(line: str, width: int) -> list[str]:
    return wrap(one_line(line), width, initial_indent="  ", subsequent_indent="    ", break_on_hyphens=False)


def _end(report: Report, uses: Sequence[Use], shown: Sequence[Finding], width: int) -> list[str]:
    scan = report.scan
    lines = []
    if scan.unread:
        lines.append(f"Not read, or not whole: {len(scan.unread):,}")
        for one in scan.unread[:MAX_UNREAD]:
            lines += _wrapped(f"{one.path}: {one.reason}", width)
        if len(scan.unread) > MAX_UNREAD:
            lines.append(f"  and {len(scan.unread) - MAX_UNREAD:,} more; --format json lists them")
        lines.append("")
    if report.situation is None and any(one.state == "depends" for one in shown):
        lines += wrap("What depends on you is asked above; answer in a file and give it with --situation.", width)
    lines += [line for note in report.notes for line in wrap(note, width)]
    counts = ", ".join(f"{sum(one.level == level for one in shown):,} {level}s" for level in LEVELS)
    total = f"{len(uses):,} models, {counts}; {scan.files:,} files. Knowledge of {report.knowledge_as_of}."
    return [*lines, *wrap(f"{total} {NOTICE}", width)]
