"""``helicon eval``: pools of sampled chains recorded, and policies replayed over them.

The commands read their arguments and print; the work is in ``helicon.evals``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from helicon.budgets import MAX_AGENTS
from helicon.cli.commands import settings_of
from helicon.cli.sources import load

FILE = click.Path(path_type=Path, dir_okay=False)
RECORD_EXAMPLES = """\
\b
Examples:
  helicon eval record pool.jsonl.gz --count 100 --chains 16
  helicon eval record mine.jsonl.gz --questions mine.jsonl --model 4B.gguf
"""
REPLAY_EXAMPLES = """\
\b
Examples:
  helicon eval replay pool.jsonl.gz
  helicon eval replay pool.jsonl.gz --policy majority@16 --policy short@16:m=5
  helicon eval replay pool.jsonl.gz --half report --json

\b
Policies, N chains, dials; with several values (@4,8) several policies:
  instant@N                             answers without thinking
  single                                one thinking chain
  compressed:level=safe                 one chain that ends early
      sure=.99  sure_in_a_row=1  same_in_a_row=3  first=24  gap=12  cost=.25
      anywhere=yes (also where no line ended)
  majority@N:flight=N                   the plain vote
  weighted@N:score=mean                 or tail, lowest, bottom
  beta@N:tau=.95:flight=1               Adaptive-Consistency, or in waves
  lossless@N:flight=N                   until nobody can overtake the leader
  short@N:m=3                           the first m that end
  share@N:share=.95:least=3:flight=N    until the leader has this share
      score=mean (votes weigh)
  probe@N:stable=3:share=.5:warm=2:outsider=4:every=TOKENS
  refine@N:when=open                    or dissent; a second round
  contemplating:effort=medium:flight=8  as helicon ask does it
      slots=8  tau=.87  spare=1  dissent=8  least=2  short=0  share=0
  auto:effort=medium                    as helicon ask routes
      sure_instant=.9  sure_thinking=.8
"""


@click.group("eval")
def command() -> None:
    """Measure how to think: sample chains once, replay any policy over them."""


@command.command("record", epilog=RECORD_EXAMPLES)
@click.argument("pool", type=FILE)
@click.option(
    "--questions",
    "sets",
    multiple=True,
    metavar="SET",
    help="nano (its families, fresh), hard (beyond them), or a JSONL FILE. May be repeated.  [default: nano]",
)
@click.option(
    "--count", type=click.IntRange(1), metavar="N", help="Questions of each set  [default: 100, all of a file]"
)
@click.option(
    "--chains",
    type=click.IntRange(1, MAX_AGENTS),
    default=16,
    metavar="N",
    help="Thinking chains of each question  [default: 16]",
)
@click.option(
    "--instant",
    type=click.IntRange(0, 64),
    default=4,
    metavar="N",
    help="Instant answers of each question  [default: 4]",
)
@click.option(
    "--probes", type=click.IntRange(1), metavar="N", help="Also a trial answer about every N thinking tokens."
)
@click.option("--refine", is_flag=True, help="Also second-round drafts where the first agents differ.")
@click.option(
    "--parallel", type=click.IntRange(1, 1024), metavar="N", help="Chains at once  [default: the engine's slots]"
)
@click.option(
    "--pool-seed", type=click.IntRange(0, 2**31 - 1), default=1, metavar="N", help="All seeds come from N  [default: 1]"
)
@settings_of("eval record")
def record(pool: Path, **options: Any) -> int:
    """Sample chains for every question into POOL.

    POOL is compressed JSONL (.jsonl.gz). What it already holds is not sampled again, so a recording
    that was ended goes on where it stopped, and more chains can be added later.
    """
    import asyncio

    from helicon.cli.eval_recording import run

    own = ("sets", "count", "chains", "instant", "probes", "refine", "parallel", "pool_seed")
    mine = {name: options.pop(name) for name in own}
    return asyncio.run(run(pool, load(options), **mine))


@command.command("live")
@click.argument("pool", type=FILE)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="NAME",
    help="instant, single, compressed:level=..., contemplating[@N]:effort=..., auto. May be repeated  "
    "[default: contemplating:effort=medium]",
)
@click.option(
    "--half", type=click.Choice(["all", "tune", "report"]), default="all", help="Only this half  [default: all]"
)
@click.option("--count", type=click.IntRange(1), metavar="N", help="The first N questions  [default: all]")
@settings_of("eval live")
def live(pool: Path, **options: Any) -> int:
    """Run modes on the questions of POOL, to confirm a replay.

    Each question is asked with the seed of its recording. The next "helicon eval replay" shows what
    happened beside what it replays.
    """
    import asyncio

    from helicon.cli.eval_recording import run_live

    mine = {name: options.pop(name) for name in ("policies", "half", "count")}
    return asyncio.run(run_live(pool, load(options), **mine))


@command.command("replay", epilog=REPLAY_EXAMPLES)
@click.argument("pool", type=FILE)
@click.option(
    "--policy", "policies", multiple=True, metavar="NAME", help="A policy; may be repeated  [default: a table of all]"
)
@click.option("--baseline", default="", metavar="NAME", help="Compare with this one  [default: majority of up to 16]")
@click.option(
    "--half",
    type=click.Choice(["all", "tune", "report"]),
    default="all",
    help="Tune on one half, report on the other  [default: all]",
)
@click.option("--set", "wanted", default="", metavar="SET", help="Only questions of this set or family.")
@click.option(
    "--orders",
    type=click.IntRange(1, 1000),
    default=1,
    metavar="N",
    help="Mean over N orders of the chains  [default: as recorded]",
)
@click.option("--markdown", is_flag=True, help="Print a Markdown table.")
@click.option("--csv", is_flag=True, help="Print CSV.")
@click.option("--plot", type=FILE, multiple=True, metavar="FILE", help="Draw it into FILE (.svg, .png).")
@click.option("--dark", is_flag=True, help="Plots on a dark ground.")
@settings_of("eval replay")
def replay(pool: Path, **options: Any) -> int:
    """Play policies over POOL and compare them.

    A policy is NAME[@CHAINS][:DIAL=VALUE]...; docs/evals.md lists them all. Nothing is sampled, so
    the same POOL and options give the same table.
    """
    from helicon.cli.eval_replaying import run

    own = ("policies", "baseline", "half", "wanted", "orders", "markdown", "csv", "plot", "dark")
    mine = {name: options.pop(name) for name in own}
    return run(pool, load(options), **mine)
