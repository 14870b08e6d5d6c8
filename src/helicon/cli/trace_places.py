"""Where traces are looked for, and how one is named.

A trace is named by its file (``run.jsonl``, ``FILE#ID`` where a file holds several, ``-`` for stdin), by its
run's id or a beginning of it that fits one run only, or as ``last``. Ids are looked for in the database and
the folder of the settings; where neither is set, in the files of the current folder.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from helicon.cli.plain import one_line
from helicon.cli.sources import Settings
from helicon.errors import InputError

if TYPE_CHECKING:
    from helicon.store import Archive, Summary, Trace, Traces

    Place: TypeAlias = Archive | Traces

LAST = "last"
STDIN = "-"
NEAR = 5
"""Ids that are named when one is unknown or fits several."""
SHORT = 8


def place_at(name: str) -> Place:
    """The traces of a database's URL, a file or a folder."""
    from helicon.store import Traces, open_archive

    return open_archive(name) if "://" in name else Traces(Path(name).expanduser())


@contextmanager
def places(settings: Settings, names: Sequence[str] = ()) -> Iterator[list[Place]]:
    """The places that were named, or those of the settings; closed at the end.

    Raises:
        SetupError: a place that was named or set is not there.
    """
    from helicon.store import Archive, Traces, open_archive

    opened: list[Place] = []
    try:
        opened += [place_at(name) for name in names]
        if settings["database"] and (not names or settings.found("database").source == "option"):
            opened.append(open_archive(settings["database"]))
        folder: Path | None = settings["trace"]
        if folder is not None and folder.exists() and not opened_by_option(settings, names):
            opened.append(Traces(folder))
        if not opened and folder is None:
            opened.append(Traces(Path()))
        yield opened
    finally:
        for place in opened:
            if isinstance(place, Archive):
                place.close()


def opened_by_option(settings: Settings, names: Sequence[str]) -> bool:
    """Whether the command line itself says where to look."""
    return bool(names) or settings.found("database").source == "option"


def newest(found: Sequence[Place], *, limit: int | None, search: str = "") -> tuple[list[Summary], bool]:
    """The newest runs of all places in which ``search`` occurs, and whether there are more."""
    rows: list[Summary] = []
    for place in found:
        with closing(place.summaries()) as summaries:  # type: ignore[type-var]
            fitting = (row for row in summaries if _fits(row, search))
            rows += islice(fitting, None if limit is None else limit + 1)
    rows.sort(key=lambda row: (row.created, row.id), reverse=True)
    return (rows, False) if limit is None else (rows[:limit], len(rows) > limit)


def _fits(row: Summary, search: str) -> bool:
    words = search.casefold().split()
    text = " ".join((row.question, row.answer, row.id, row.model, row.mode)).casefold()
    return all(word in text for word in words)


def find(name: str, settings: Settings) -> Trace:
    """The one trace of that name.

    Raises:
        InputError: there is none, or several; the message names those that are near.
        SetupError: the file or the place is not there.
    """
    if name == STDIN:
        return _only(_stdin(), "stdin")
    path, run_id = _as_file(name)
    if path is not None:
        from helicon.store import Traces

        if path.is_dir():
            raise InputError(
                f"{str(path)!r} is a folder; expected one trace.", hint=f"See what it holds: helicon trace list {path}"
            )
        if run_id:
            with places(settings, [str(path)]) as opened:
                return _by_id(run_id, opened[:1])
        return _only(Traces(path).read(), str(path))
    with places(settings) as opened:
        return _by_id(name, opened)


def _as_file(name: str) -> tuple[Path | None, str]:
    """The file and the id in it, where the name is a file's."""
    whole = Path(name).expanduser()
    if whole.exists():
        return whole, ""
    head, mark, run_id = name.rpartition("#")
    if mark and Path(head).expanduser().is_file():
        return Path(head).expanduser(), run_id
    return (whole, "") if "/" in name or whole.suffix else (None, "")


def _only(traces: list[Trace], place: str) -> Trace:
    if len(traces) == 1:
        return traces[0]
    ids = [short(trace.id) for trace in traces]
    raise InputError(
        f"{place} holds {len(traces)} traces; expected one.", hint=f"Name one of them: {place}#{', #'.join(ids[:NEAR])}"
    )


def _stdin() -> list[Trace]:
    from helicon.store import scan, trace_of

    found = scan(sys.stdin.buffer, "stdin", lambda _found: True)
    return [trace_of(each.lines, place="stdin", version=each.version, torn=each.torn) for each in found]


def _by_id(name: str, opened: Sequence[Place]) -> Trace:
    rows, _ = newest(opened, limit=1 if name == LAST else None)
    if name == LAST:
        fitting = rows
    else:
        plain = name.removeprefix("run_").removeprefix("chatcmpl-")  # as replies name a run
        fitting = [row for row in rows if row.id == name] or [
            row for row in rows if row.id.startswith(name) or tail(row.id).startswith(plain)
        ]
    where = ", ".join(repr(place.place) for place in opened) or "the folder of the settings"
    if not fitting:
        raise InputError(f"there is no trace {name!r} in {where}.", hint=_hint(name, rows))
    ids = {row.id for row in fitting}
    if len(ids) > 1:
        near = ", ".join(sorted(ids)[:NEAR])
        raise InputError(f"{len(ids)} traces begin with {name!r}: {near}.", hint="Write more of the id.")
    for place in opened:
        if traces := place.read(fitting[0].id):
            return traces[0]
    raise InputError(f"there is no trace {name!r} in {where}.")


def _hint(name: str, rows: Sequence[Summary]) -> str:
    """The ids most like the name, else the newest ones."""
    from difflib import get_close_matches

    if not rows:
        return "Store one first: helicon ask QUESTION --trace run.jsonl"
    names = {short(row.id): row for row in rows} | {row.id: row for row in rows}
    near = list(dict.fromkeys(names[found].id for found in get_close_matches(name, names, n=NEAR, cutoff=0.5)))
    if near:
        return f"Near it: {', '.join(map(short, near))}."
    return f"The newest: {', '.join(short(row.id) for row in rows[:NEAR])}. All of them: helicon trace list"


def tail(run_id: str) -> str:
    """The part of an id that tells it from others: what follows its prefix."""
    return run_id.rsplit("_", 1)[-1].rsplit("-", 1)[-1]


def short(run_id: str) -> str:
    """An id as lists show it; long enough for a few thousand runs."""
    return one_line(tail(run_id))[:SHORT] or "-"
