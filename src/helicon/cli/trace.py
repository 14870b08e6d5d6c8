"""``helicon trace``: stored runs, listed, drawn, replayed, compared, exported and deleted.

The commands read their arguments and print; what they print is made in the modules named ``trace_*``.
A trace that is not whole, or newer than this program, is shown as far as it can be read, and stderr says so.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from helicon.cli.commands import settings_of
from helicon.cli.plain import clean, json_text, one_line
from helicon.cli.sources import load
from helicon.cli.trace_places import find, newest, places
from helicon.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from helicon.store import Trace

NAMES = """\
\b
TRACE is a file (FILE#ID where it holds several, "-" for stdin), a run's id
or its beginning, or "last".
"""
EXAMPLES = """\
\b
Examples:
  helicon ask "Is 221 prime?" --mode contemplating --trace run.jsonl
  helicon trace show run.jsonl
  helicon trace list --database sqlite:///helicon.db
"""


class InOrder(click.Group):
    """Lists its commands as they are written here."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """In the order in which people meet them."""
        return list(self.commands)


@click.group("trace", cls=InOrder, epilog=EXAMPLES)
def command() -> None:
    """Read stored runs: list, show, replay, compare, export, delete.

    Runs are stored by "helicon ask --trace FILE", and by "helicon ask" and "helicon serve" in
    a --database. Without one, the traces are looked for in the files of this folder.
    """


@command.command("list")
@click.argument("where", nargs=-1, metavar="[FILE|FOLDER|URL]...")
@click.option(
    "--limit", type=click.IntRange(1), default=20, metavar="N", help="At most N, the newest first.  [default: 20]"
)
@click.option("--search", default="", metavar="WORDS", help="Only those with all of WORDS in question or answer.")
@settings_of("trace")
def list_(where: tuple[str, ...], limit: int, search: str, **options: Any) -> int:
    """List stored runs, the newest first."""
    from helicon.cli.trace_list import record, table

    settings = load(options)
    with places(settings, where) as found:
        rows, more = newest(found, limit=limit, search=search)
        names = ", ".join(repr(place.place) for place in found)
    if settings["json"]:
        print(json_text([record(row) for row in rows]))
        return 0
    if not rows:
        print(f"No traces in {clean(names) or 'the places of the settings'}.", file=sys.stderr)
        return 0
    console = _console()
    for line in table(rows, console.width, plain=_plain(console)):
        console.print(line, soft_wrap=True)
    if more:
        print(f"There are more; show them with --limit {limit * 5}.", file=sys.stderr)
    return 0


@command.command("show", epilog=NAMES)
@click.argument("trace")
@click.option("--svg", type=click.Path(path_type=Path), metavar="FILE", help="Draw it into FILE as SVG instead.")
@click.option("--text", is_flag=True, help="Print every thought in words.")
@settings_of("trace")
def show(trace: str, svg: Path | None, text: bool, **options: Any) -> int:
    """Draw the agents of a run over time.

    One lane per agent: waiting, reading, thinking, answering, and how it ended; a line through the
    lanes where the outcome was decided; beside them answer, tokens and confidence.
    """
    from helicon.cli.board import ledger_line
    from helicon.cli.trace_drawing import answer_lines, drawing
    from helicon.events import replay
    from helicon.timeline_fold import timeline

    settings = load(options)
    found = find(trace, settings)
    _tell(found)
    run = timeline(found.events)
    if not found.events and not settings["json"]:
        raise InputError(f"the trace in {found.place} holds no event.", hint="Its run ended before it began.")
    if svg is not None:
        from helicon.cli.trace_export import write
        from helicon.timeline_svg import svg as draw

        write(svg, draw(run))
        return 0
    if settings["json"]:
        from helicon.cli.trace_export import as_json

        print(json_text(as_json(found)))
        return 0
    console = _console()
    if text:
        from helicon.cli.trace_text import thoughts

        for block in thoughts(found.events):
            console.print(block, soft_wrap=True)
        return 0
    for line in drawing(run, console.width, plain=_plain(console)):
        console.print(line, soft_wrap=True)
    if run.answer.strip():
        console.print()
        console.print(answer_lines(run, 12), markup=False, highlight=False, soft_wrap=True)
    console.print()
    console.print(clean(ledger_line(replay(found.events), console.width)), style="dim", markup=False, soft_wrap=True)
    return 0


@command.command("replay", epilog=NAMES)
@click.argument("trace")
@click.option(
    "--speed",
    type=click.FloatRange(0, 1_000_000),
    metavar="X",
    help="X times as fast as it happened; 0 at once  [default: 1, and 0 with --json]",
)
@settings_of("trace")
def replay_(trace: str, speed: float | None, **options: Any) -> int:
    """Play a run again as "helicon ask" showed it; no engine is needed.

    With --json, print its events instead, exactly as they are stored, one a line.
    """
    from helicon.cli.trace_replay import play

    settings = load(options)
    found = find(trace, settings)
    _tell(found)
    default = 0.0 if settings["json"] else 1.0
    return play(found, speed=default if speed is None else speed, as_json=settings["json"])


@command.command("compare", epilog=NAMES)
@click.argument("first", metavar="A")
@click.argument("second", metavar="B")
@settings_of("trace")
def compare(first: str, second: str, **options: Any) -> int:
    """Show two runs side by side, and where they differ."""
    from helicon.cli.trace_compare import comparison, table

    settings = load(options)
    one, other = find(first, settings), find(second, settings)
    _tell(one)
    _tell(other)
    found = comparison(one, other)
    if settings["json"]:
        print(json_text(found.record()))
        return 0
    console = _console()
    for line in table(found, console.width, plain=_plain(console)):
        console.print(line, soft_wrap=True)
    return 0


@command.command("export", epilog=NAMES)
@click.argument("traces", nargs=-1, metavar="[TRACE]...")
@click.option("--all", "every", is_flag=True, help="All runs of the database or folder.")
@click.option("--format", "kind", type=click.Choice(["jsonl", "json", "markdown"]), help="[default: as FILE is named]")
@click.option("--output", type=click.Path(path_type=Path), metavar="FILE", help="Write FILE instead of stdout.")
@settings_of("trace", without=("json",))
def export(traces: tuple[str, ...], every: bool, kind: str | None, output: Path | None, **options: Any) -> int:
    """Write runs as JSONL, JSON or Markdown.

    JSONL is what helicon ask --trace writes; every command here reads it again.
    """
    from helicon.cli.trace_export import exported, kind_of, write

    if bool(traces) == every:
        raise click.UsageError("name the traces to export, or give --all for every one.")
    settings = load(options)
    if every:
        with places(settings) as opened:
            found = [trace for place in opened for trace in place.read()]
    else:
        found = [find(name, settings) for name in traces]
    for trace in found:
        _tell(trace)
    text = exported(found, kind or kind_of(output))
    if output is None:
        sys.stdout.write(text)
        sys.stdout.flush()
    else:
        write(output, text)
    return 0


@command.command("delete", epilog=NAMES)
@click.argument("traces", nargs=-1, required=True, metavar="TRACE...")
@click.option("--yes", is_flag=True, help="Do not ask.")
@settings_of("trace", without=("json",))
def delete(traces: tuple[str, ...], yes: bool, **options: Any) -> int:
    """Delete runs for ever: from the database, or their files."""
    from helicon.cli.trace_places import place_at, short

    settings = load(options)
    found = [find(name, settings) for name in traces]
    if any(trace.place == "stdin" for trace in found):
        raise InputError("what comes from stdin cannot be deleted; expected a file or an id.", hint="Name the file.")
    for trace in found:
        print(f"{short(trace.id)}  {one_line(trace.summary.question)[:60]}  ({clean(trace.place)})", file=sys.stderr)
    if not yes:
        if not sys.stdin.isatty():
            raise InputError("nobody is there to confirm.", hint="Add --yes to delete without being asked.")
        click.confirm(f"Delete {'it' if len(found) == 1 else f'these {len(found)}'} for ever?", abort=True, err=True)
    for trace in found:
        with places(settings, [trace.place] if "://" not in trace.place else []) as opened:
            place = next((each for each in opened if each.place == trace.place), None) or place_at(trace.place)
            place.delete(trace.id)
    return 0


def _tell(trace: Trace) -> None:
    """On stderr: what of the trace is missing or cannot be read."""
    from helicon.store import VERSION

    notes: list[str] = []
    if trace.cut:
        notes.append(f"the trace is not whole: {trace.cut}. What is there is used.")
    if trace.version > VERSION:
        notes.append(
            f"the trace is of version {trace.version}, newer than this program reads ({VERSION}); "
            "what it does not know is passed over."
        )
    if trace.unread:
        counted = ", ".join(f"{one_line(kind)} ({count})" for kind, count in Counter(trace.unread).most_common(5))
        notes.append(f"{len(trace.unread)} stored events cannot be read by this version: {counted}.")
    for note in notes:
        print(f"Note: {clean(note)}", file=sys.stderr)


def _console() -> Console:
    from rich.console import Console

    return Console(file=sys.stdout, highlight=False, markup=False, emoji=False)


def _plain(console: Console) -> bool:
    return not console.encoding.lower().startswith("utf")


__all__: Sequence[str] = ["command"]
