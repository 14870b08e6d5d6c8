"""``helicon eval record``: opens the engine, shows the progress on stderr, says what came of it."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from helicon.budgets import Budget
from helicon.cli.commands import version
from helicon.cli.reading import tell_download
from helicon.cli.sources import Settings

if TYPE_CHECKING:
    from helicon.evals.questions import Half

PLAIN_SECONDS = 30.0
"""Between two lines of progress where stderr is no terminal."""


async def run(
    path: Path,
    settings: Settings,
    *,
    sets: tuple[str, ...],
    count: int | None,
    chains: int,
    instant: int,
    probes: int | None,
    refine: bool,
    parallel: int | None,
    pool_seed: int,
) -> int:
    """Record, and return the exit code."""
    from helicon.cli.engines import open_as_set
    from helicon.evals import Plan, questions_of, record

    budget = Budget(thinking_tokens=settings["budget_tokens"], max_tokens=settings["max_tokens"])
    plan = Plan(
        questions=questions_of(sets or ("nano",), count),
        chains=chains,
        instant=instant,
        probes=probes,
        refine=refine,
        budget=budget,
        seed=pool_seed,
        parallel=parallel,
    )
    engine = await open_as_set(settings["model"], settings, confirm=tell_download)
    try:
        with showing() as report:
            progress = await record(path, engine, plan, version=version(), report=report)
    finally:
        await engine.close()
    failed = f"; {progress.failed} failed, record again to try them once more" if progress.failed else ""
    print(
        f"{path}: {len(plan.questions)} questions, {progress.fresh:,} chains recorded now, "
        f"{progress.done - progress.fresh:,} were there, {progress.tokens:,} tokens{failed}"
    )
    return 1 if progress.failed else 0


async def run_live(path: Path, settings: Settings, *, policies: tuple[str, ...], half: Half, count: int | None) -> int:
    """Run modes live, and return the exit code."""
    from helicon.cli.engines import open_as_set
    from helicon.evals import live

    engine = await open_as_set(settings["model"], settings, confirm=tell_download)
    names = policies or ("contemplating:effort=medium",)
    try:
        with showing() as report:
            progress = await live(path, engine, names, version=version(), half=half, count=count, report=report)
    finally:
        await engine.close()
    before = progress.done - progress.fresh
    print(f"{path}: {progress.fresh:,} runs now, {before:,} were there, {progress.tokens:,} tokens")
    return 0


@contextmanager
def showing() -> Iterator[Callable[..., None]]:
    """A function that shows progress: a bar in a terminal, a line now and then elsewhere."""
    from helicon.evals import Progress

    if not sys.stderr.isatty():
        last = monotonic()

        def line(progress: Progress) -> None:
            nonlocal last
            if monotonic() - last >= PLAIN_SECONDS:
                last = monotonic()
                print(words(progress), file=sys.stderr, flush=True)

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (BarColumn(), TextColumn("{task.description}"), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("starting", total=None)

        def move(progress: Progress) -> None:
            bar.update(task, total=progress.total, completed=progress.done, description=words(progress))

        yield move


def words(progress: object) -> str:
    """How far it is."""
    from helicon.evals import Progress

    assert isinstance(progress, Progress)
    failed = f", {progress.failed} failed" if progress.failed else ""
    return f"{progress.done:,} of {progress.total:,}, {progress.tokens:,} tokens{failed}"
