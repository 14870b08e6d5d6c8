"""``helicon trace export``: runs as JSONL, JSON or Markdown; and writing a file that is whole or not there."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helicon.cli.plain import clean, json_text, one_line
from helicon.cli.trace_text import spoken, title
from helicon.errors import SetupError
from helicon.events import replay, to_dict
from helicon.timeline import Lane, Turn, duration
from helicon.timeline_fold import timeline

if TYPE_CHECKING:
    from helicon.store import Trace

KINDS = {".json": "json", ".md": "markdown", ".markdown": "markdown"}


def kind_of(output: Path | None) -> str:
    """The format that a file's name asks for; JSONL where it says nothing."""
    return KINDS.get(output.suffix.lower(), "jsonl") if output else "jsonl"


def exported(traces: Sequence[Trace], kind: str) -> str:
    """The traces as text that ends in a newline."""
    match kind:
        case "json":
            records = [as_json(trace) for trace in traces]
            return json_text(records[0] if len(records) == 1 else records) + "\n"
        case "markdown":
            return "\n".join(as_markdown(trace) for trace in traces)
        case _:
            return "".join(as_lines(trace) for trace in traces)


def as_lines(trace: Trace) -> str:
    """A header and the stored lines as they are."""
    from helicon.cli.commands import version
    from helicon.store import header_line

    return "".join(f"{line}\n" for line in (header_line(version()), *trace.lines))


def as_json(trace: Trace) -> dict[str, Any]:
    """One value: the question, the result as ``helicon ask --json`` prints it, the timeline, and every event."""
    return {
        "id": trace.id,
        "place": trace.place,
        "whole": not trace.cut,
        "question": trace.summary.question,
        "result": to_dict(replay(trace.events)),
        "timeline": to_dict(timeline(trace.events)),
        "events": [json.loads(line) for line in trace.lines],
    }


def as_markdown(trace: Trace) -> str:
    """A page for people: question, answer, a table of agents, every thought."""
    run, words = timeline(trace.events), spoken(trace.events)
    created = datetime.fromtimestamp(run.created, UTC).strftime("%Y-%m-%d %H:%M UTC") if run.created else ""
    facts = [run.mode, one_line(run.model), created, duration(run.seconds), f"{run.tokens.generated:,} tokens"]
    lines = [f"# {_inline(run.question) or one_line(trace.id) or 'A run'}", ""]
    lines += [" · ".join(fact for fact in facts if fact), ""]
    if run.decision:
        leader = f" for {_inline(run.decision.leader)}" if run.decision.leader else ""
        lines += [f"Decided after {duration(run.decision.at)}{leader}: {run.decision.reason}.", ""]
    lines += ["## Answer", "", _quoted(run.answer) if run.answer.strip() else "None.", ""]
    if run.lanes:
        lines += ["## Agents", "", "| agent | round | from | to | answer | tokens | confidence | ended |"]
        lines += ["|---|---|---|---|---|---|---|---|"]
        lines += [_row(lane, turn) for lane in run.lanes for turn in lane.turns]
        lines += [""]
    if any(thought.thinking for thought in words.thoughts):
        lines += ["## Thoughts", ""]
        for thought in words.thoughts:
            text = "".join(thought.thinking).strip()
            if text:
                lines += [f"### {_inline(title(thought))}", "", _quoted(text), ""]
    return "\n".join(lines)


def _row(lane: Lane, turn: Turn) -> str:
    confidence = "" if turn.confidence is None else f"{turn.confidence:.2f}"
    cells = (
        "all" if lane.agent < 0 else str(lane.agent + 1),
        str(turn.round),
        duration(turn.start),
        duration(turn.end),
        _inline(turn.answer)[:80],
        f"{turn.tokens.generated:,}",
        confidence,
        turn.note or turn.state,
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _inline(text: str) -> str:
    """Model text on one line of Markdown, without a mark that means something there."""
    words = one_line(text)
    for mark in "\\`*_[]<>#":
        words = words.replace(mark, "\\" + mark)
    return words


def _quoted(text: str) -> str:
    """Model text as a fenced block that it cannot leave."""
    shown = clean(text).strip()
    longest = max((len(run) for run in shown.replace("`", "\n`").split("\n") if set(run) == {"`"}), default=0)
    fence = "`" * max(3, _longest_run(shown) + 1, longest + 1)
    return f"{fence}text\n{shown}\n{fence}"


def _longest_run(text: str) -> int:
    longest = current = 0
    for char in text:
        current = current + 1 if char == "`" else 0
        longest = max(longest, current)
    return longest


def write(path: Path, text: str) -> None:
    """Write a file whole: a failure leaves what was there before.

    Raises:
        SetupError: it cannot be written.
    """
    try:
        if path.exists() and not path.is_file():
            with path.open("w", encoding="utf-8", errors="backslashreplace") as device:
                device.write(text)
            return
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_text(text, encoding="utf-8", errors="backslashreplace", newline="\n")
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise SetupError(f"the file {str(path)!r} cannot be written: {error.strerror}.") from error
