"""Probes across agents: when the trial answers of running agents settle a vote, and who is an outsider. Pure.

At a probe every agent has a latest answer: a finished one its own, a running one its last trial's. The
vote is settled when the same answer has led several probes in a row and enough agents hold it
(Parallel-Probe, Zheng et al. 2026). It is settled for all agents or for none: exits of single branches
cost the published runs 2 to 5 points, this one nothing. An agent that keeps standing beside the
leading answer is given up, and counts no more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from helicon.modes.policy import Probing

NO_ANSWER = -1
"""The group of an agent that has none yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What the probes of one round have shown so far."""

    probes: int = 0
    leader: int = NO_ANSWER
    """The group that led the latest probe."""
    row: int = 0
    """Probes in a row that it led."""
    holds: int = 0
    """Agents that hold it."""
    beside: Mapping[int, int] = field(default_factory=dict)
    """By agent: probes in a row in which it held another answer, or none."""
    settled: bool = False
    outsiders: tuple[int, ...] = ()
    """Running agents that this probe gives up."""


def probe(rule: Probing, seen: Probed, latest: Mapping[int, int], running: Collection[int]) -> Probed:
    """One more probe.

    ``latest`` has every agent's group, or ``NO_ANSWER``, without those given up before; ``running`` are
    those of them that have not finished. A tie goes to the answer that led before, then to the lower group.
    """
    number = seen.probes + 1
    counts = Counter(group for group in latest.values() if group != NO_ANSWER)
    if not counts:
        return Probed(probes=number, beside={agent: seen.beside.get(agent, 0) + 1 for agent in latest})
    leader, holds = max(counts.items(), key=lambda item: (item[1], item[0] == seen.leader, -item[0]))
    row = seen.row + 1 if leader == seen.leader else 1
    beside = {agent: 0 if group == leader else seen.beside.get(agent, 0) + 1 for agent, group in latest.items()}
    warm = number > rule.warm_up
    out = [agent for agent in running if warm and rule.outsider and beside.get(agent, 0) >= rule.outsider]
    return Probed(
        probes=number,
        leader=leader,
        row=row,
        holds=holds,
        beside=beside,
        settled=warm and row >= rule.stable and holds >= rule.share * len(latest),
        outsiders=tuple(sorted(out)),
    )
