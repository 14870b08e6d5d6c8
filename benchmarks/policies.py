"""The policies behind the modes: replayed over recorded chains, confirmed live, and what any routing could save.

    python benchmarks/policies.py [--count 400] [--chains 20] [--live 200] [--model nano]

Records a pool (``runs/policies.jsonl.gz``; a stopped recording goes on), replays the usual policies over the reporting
half (the thresholds were chosen on the other one), runs the modes live on the same questions and seeds, and writes both
side by side to ``benchmarks/results/policies.json``.

The last line is an oracle: a router that asks one thought, is told whether it is right, and contemplates only
where it is not, with that thought as one vote. No routing that begins with a thought can be as right as
contemplating for less.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path
from statistics import fmean

from common import ROOT, table, write
from helicon import __version__
from helicon.budgets import Budget
from helicon.engines import open_engine
from helicon.evals import Plan, questions_of, read_pool, record, replay, report
from helicon.evals import live as run_live
from helicon.evals.contemplation import contemplated
from helicon.evals.policies import entrant
from helicon.evals.pool import Pool
from helicon.evals.replaying import chosen, complete
from helicon.evals.votes import case_of
from helicon.modes.policy import policy_of

POLICIES = (
    "single",
    "majority@4",
    "majority@8",
    "majority@16",
    "beta@16",
    "beta@16:flight=8",
    "lossless@16",
    "short@16:m=3",
    "weighted@16",
    "contemplating:effort=low",
    "contemplating:effort=medium",
    "contemplating:effort=high",
    "auto:effort=medium",
)
LIVE = (
    "single",
    "contemplating:effort=low",
    "contemplating:effort=medium",
    "contemplating:effort=high",
    "auto:effort=medium",
)
BUDGET = Budget(thinking_tokens=512)
HALF = "report"
CHAINS = 20
"""Of each question: what the largest policy needs."""


async def sample(path: Path, model: str, count: int, chains: int, live: int) -> None:
    """The pool, and the modes run live on its reporting half."""
    engine = await open_engine(model)
    try:
        plan = Plan(questions=questions_of(["nano"], count), chains=chains, instant=1, budget=BUDGET)
        await record(path, engine, plan, version=__version__)
        if live:
            await run_live(path, engine, LIVE, version=__version__, half=HALF, count=live)
    finally:
        await engine.close()


def oracle(pool: Pool) -> dict[str, float]:
    """A router that knows which thought is wrong; see the module's text."""
    cases = [case_of(entry) for entry in complete(chosen(pool, HALF), CHAINS).entries]
    contemplating = entrant("contemplating:effort=medium", pool)
    policy = policy_of("medium", pool.header.slots, weighted=False)
    right, spent, whole, base = [], [], [], []
    for case in cases:
        first = case.voters[0]
        full = contemplating.play(case)
        whole.append(full.total)
        base.append(full.right)
        if first.chain.right:
            right.append(True)
            spent.append(first.length)
        else:
            more = contemplated(case, policy, score=None, earlier=1)
            right.append(more.right)
            spent.append(first.length + more.total)
    return {
        "questions": len(cases),
        "accuracy": fmean(right),
        "contemplating": fmean(base),
        "tokens": fmean(spent),
        "of_contemplating": fmean(spent) / fmean(whole),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--chains", type=int, default=CHAINS)
    parser.add_argument("--live", type=int, default=200, help="questions of the reporting half that run live")
    parser.add_argument("--model", default="nano")
    parser.add_argument("--pool", type=Path, default=ROOT / "runs" / "policies.jsonl.gz")
    options = parser.parse_args()
    options.pool.parent.mkdir(parents=True, exist_ok=True)
    asyncio.run(sample(options.pool, options.model, options.count, options.chains, options.live))
    pool = read_pool(options.pool)
    found = replay(pool, POLICIES, baseline="majority@16", half=HALF)
    table([report.HEAD, *(report.cells(row, baseline=row.policy == found.baseline) for row in found.rows)])
    print("\n".join(report.foot(found)))
    best = oracle(pool)
    print(
        f"oracle: {best['accuracy']:.1%} right for {best['of_contemplating']:.0%} of contemplating's tokens "
        f"(contemplating: {best['contemplating']:.1%})"
    )
    write("policies", {**report.as_dict(found), "oracle": best})


if __name__ == "__main__":
    main()
