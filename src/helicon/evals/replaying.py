"""A replay: policies over a pool, one row each. Pure and deterministic; nothing is sampled.

Every policy plays every question, in the recorded order of chains or in several shuffled ones. What it
gets right is a share per question then, and all intervals take questions as the unit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import fmean

from helicon.errors import BadOption
from helicon.evals.policies import Entrant, entrant, expand, usual
from helicon.evals.pool import Pool
from helicon.evals.questions import Half, half_of
from helicon.evals.simulation import Played
from helicon.evals.spec import read_spec
from helicon.evals.statistics import Difference, difference, discordant, wilson
from helicon.evals.votes import Case, case_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One policy's line of the table. Tokens are means per question."""

    policy: str
    questions: int
    accuracy: float
    low: float
    high: float
    """Bounds of the 95% interval (Wilson)."""
    total: float
    """Tokens of all chains, cancelled parts and trials included."""
    sequential: float
    """Tokens on the longest path."""
    per_right: float | None
    """Tokens per right answer; ``None`` when none is right."""
    agents: float
    """Chains begun."""
    against: Difference | None = None
    """This policy minus the baseline, paired; ``None`` on the baseline's own row."""
    p: float | None = None
    """McNemar's exact test against the baseline; ``None`` with several orders."""
    total_share: float | None = None
    """Total tokens as a share of the baseline's."""
    sequential_share: float | None = None
    rules: Mapping[str, float] = field(default_factory=dict)
    """What ended it, as shares of the questions."""
    seconds: float | None = None
    """Mean wall time of a question; only where the policy ran live."""
    live: bool = False
    """It really ran (``helicon.evals.living``); nothing was simulated."""
    best_total: bool = False
    """On the Pareto front of accuracy against total tokens."""
    best_sequential: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """One policy, live beside replayed, on the same questions."""

    right: Difference
    """Live minus replay."""
    total: float
    """Live tokens as a share of the replay's."""
    sequential: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A whole replay."""

    pool: Pool
    half: Half
    orders: int
    baseline: str
    questions: int
    rows: tuple[Row, ...]
    incomplete: int = 0
    """Questions left out because their recording is not finished."""
    skipped: Mapping[str, str] = field(default_factory=dict)
    """Policies that this pool cannot play, with the reason."""
    agreement: Mapping[str, Agreement] = field(default_factory=dict)
    """By policy: what it did live, beside its replay."""


@dataclass(frozen=True, slots=True)
class Marks:
    """What one policy did on every question, in the pool's order; means over the orders."""

    right: tuple[float, ...]
    total: tuple[float, ...]
    sequential: tuple[float, ...]
    agents: tuple[float, ...]
    rules: Mapping[str, float]


def replay(
    pool: Pool,
    policies: Sequence[str] = (),
    *,
    baseline: str = "",
    half: Half = "all",
    orders: int = 1,
    wanted: str = "",
) -> Table:
    """Play the policies (the usual ones when none is named) over one half or all of the questions.

    ``orders`` above 1 plays each question in that many shuffled orders of its chains. ``wanted`` keeps
    the questions of one set or family. A policy's name may hold several values for a dial (``policies.expand``).

    Raises:
        BadOption: an unknown policy, a named one that the pool cannot play, or no questions.
    """
    asked = chosen(pool, half, wanted)
    named = [name for text in policies for name in expand(text)]
    specs = [read_spec(name) for name in (*named, baseline) if name]
    pool = complete(asked, max((spec.count or 0 for spec in specs if spec.name != "instant"), default=0))
    cases = [case_of(entry) for entry in pool.entries]
    names = list(dict.fromkeys(named or usual(pool)))
    if baseline and baseline not in names:
        names.insert(0, baseline)
    entrants = [entrant(name, pool) for name in names]
    skipped = {one.name: reason for one in entrants if (reason := one.lacks(pool))}
    baseline = baseline or _usual_baseline([name for name in names if name not in skipped] or names)
    if baseline in skipped:
        raise BadOption(
            f"the policy {baseline!r} cannot be played: {skipped[baseline]}.", hint="Record more, or name another."
        )
    # Shuffled once for all policies: they meet the same orders, which keeps the pairs paired.
    played = [cases] if orders == 1 else [[case.shuffled(order) for case in cases] for order in range(orders)]
    marks = {one.name: _marks(one, played) for one in entrants if one.name not in skipped}
    ran = sorted({name for entry in pool.entries for name in entry.lived})
    lived = {name: _lived(pool, name) for name in ran}
    rows = []
    for name, mark in marks.items():
        rows.append(_row(name, mark, marks[baseline] if name != baseline else None, orders))
        if (real := lived.pop(name, None)) is not None:
            rows.append(_live_row(name, real, marks[baseline], orders))
    rows += [_live_row(name, real, marks[baseline], orders) for name, real in lived.items() if real is not None]
    # Live agents begin in the recorded order, so only that one can agree.
    pairs = {name: _agreement(name, marks[name], pool) for name in ran if name in marks and orders == 1}
    return Table(
        pool=pool,
        half=half,
        orders=orders,
        baseline=baseline,
        questions=len(cases),
        rows=tuple(_fronts(rows)),
        incomplete=len(asked.entries) - len(cases),
        skipped=skipped,
        agreement=pairs,
    )


def chosen(pool: Pool, half: Half, wanted: str = "") -> Pool:
    """The part of a pool in one half and one set or family.

    Raises:
        BadOption: there is nothing in it.
    """
    entries = [entry for entry in pool.entries if half in ("all", half_of(entry.asked.id))]
    if wanted:
        entries = [entry for entry in entries if wanted in (entry.asked.set, entry.asked.family)]
    if not entries:
        known = ", ".join(sorted({name for entry in pool.entries for name in (entry.asked.set, entry.asked.family)}))
        raise BadOption(
            f"the pool has no questions{f' of {wanted!r}' if wanted else ''}"
            f"{'' if half == 'all' else f' in the half {half!r}'}.",
            hint=f"Its sets and families: {known or 'none yet'}.",
        )
    return replace(pool, entries=tuple(entries))


def complete(pool: Pool, chains: int = 0) -> Pool:
    """The questions with as many thinking chains as half of them have, or as are asked for where any has so many.

    The others are still on their way, in a recording that began or that adds chains to all.
    """
    counts = sorted((len(entry.thinking) for entry in pool.entries), reverse=True)
    least = max(counts[(len(counts) - 1) // 2], chains if chains <= counts[0] else 0)
    return replace(pool, entries=tuple(entry for entry in pool.entries if len(entry.thinking) >= least))


def _usual_baseline(names: Sequence[str]) -> str:
    """The largest plain majority up to 16, else the first policy."""
    sized = [(int(name[9:]), name) for name in names if name.startswith("majority@") and name[9:].isdigit()]
    fitting = [pair for pair in sized if pair[0] <= 16]
    return max(fitting or sized)[1] if sized else names[0]


def _marks(one: Entrant, orders: Sequence[Sequence[Case]]) -> Marks:
    plays: list[list[Played]] = [[one.play(case) for case in cases] for cases in orders]
    by_question = list(zip(*plays, strict=True))
    rules: dict[str, float] = {}
    weight = 1 / (len(by_question) * len(plays))
    for row in plays:
        for played in row:
            rules[played.rule or "open"] = rules.get(played.rule or "open", 0.0) + weight
    return Marks(
        right=tuple(fmean(p.right for p in row) for row in by_question),
        total=tuple(fmean(p.total for p in row) for row in by_question),
        sequential=tuple(fmean(p.sequential for p in row) for row in by_question),
        agents=tuple(fmean(p.agents for p in row) for row in by_question),
        rules=rules,
    )


def _lived(pool: Pool, name: str) -> tuple[Marks, float] | None:
    """What a policy did live, and its mean seconds; ``None`` unless it ran on every question."""
    found = [entry.lived.get(name) for entry in pool.entries]
    runs = [run for run in found if run is not None]
    if len(runs) < len(found):
        return None
    rules: dict[str, float] = {}
    for run in runs:
        rules[run.rule] = rules.get(run.rule, 0.0) + 1 / len(runs)
    marks = Marks(
        right=tuple(float(run.right) for run in runs),
        total=tuple(float(run.total) for run in runs),
        sequential=tuple(float(run.sequential) for run in runs),
        agents=tuple(float(run.agents) for run in runs),
        rules=rules,
    )
    return marks, fmean(run.seconds for run in runs)


def _live_row(name: str, real: tuple[Marks, float], base: Marks, orders: int) -> Row:
    return replace(_row(name, real[0], base, orders), live=True, seconds=real[1])


def _agreement(name: str, replayed: Marks, pool: Pool) -> Agreement:
    """Over the questions on which it ran, which need not be all."""
    pairs = [(place, run) for place, entry in enumerate(pool.entries) if (run := entry.lived.get(name)) is not None]
    return Agreement(
        right=difference([replayed.right[place] for place, _ in pairs], [float(run.right) for _, run in pairs]),
        total=sum(run.total for _, run in pairs) / max(1e-9, sum(replayed.total[place] for place, _ in pairs)),
        sequential=sum(run.sequential for _, run in pairs)
        / max(1e-9, sum(replayed.sequential[place] for place, _ in pairs)),
    )


def _row(name: str, marks: Marks, base: Marks | None, orders: int) -> Row:
    count = len(marks.right)
    right, total, sequential = sum(marks.right), fmean(marks.total), fmean(marks.sequential)
    low, high = wilson(right, count)
    p = None
    if base is not None and orders == 1:
        p = discordant([r > 0.5 for r in base.right], [r > 0.5 for r in marks.right]).p
    return Row(
        policy=name,
        questions=count,
        accuracy=right / count,
        low=low,
        high=high,
        total=total,
        sequential=sequential,
        per_right=sum(marks.total) / right if right else None,
        agents=fmean(marks.agents),
        against=difference(base.right, marks.right) if base else None,
        p=p,
        total_share=total / fmean(base.total) if base and fmean(base.total) else None,
        sequential_share=sequential / fmean(base.sequential) if base and fmean(base.sequential) else None,
        rules=dict(sorted(marks.rules.items(), key=lambda item: -item[1])),
    )


def front(points: Sequence[tuple[float, float]]) -> list[bool]:
    """Which points (cost, accuracy) no other beats: cheaper and as good, or as cheap and better."""
    return [
        not any((c <= cost and a > accuracy) or (c < cost and a >= accuracy) for c, a in points)
        for cost, accuracy in points
    ]


def _fronts(rows: Sequence[Row]) -> list[Row]:
    totals = front([(row.total, row.accuracy) for row in rows])
    paths = front([(row.sequential, row.accuracy) for row in rows])
    return [
        replace(row, best_total=total, best_sequential=path)
        for row, total, path in zip(rows, totals, paths, strict=True)
    ]
