"""Consensus: who leads, and whether more votes can matter. Pure; no waiting, no engine.

Only agents that ended by themselves vote. A vote whose thinking was closed by a budget weighs half, one
whose own words doubt it a quarter. Answers are compared elsewhere (``helicon.modes.answers``); here they are groups.

Five rules end a vote (in this order; ``Stop`` says which are in force):

* ``all_finished``: nobody is left, and the leader holds more than half of the weight.
* ``beta``: with ``a`` votes for the leader and ``b`` for the runner-up, a uniform prior gives
  ``P(p1 > p2) = sum_{k=0..a} C(a+b+1, k) / 2^(a+b+1)``; at ``tau`` or more it is enough
  (Adaptive-Consistency, Aggarwal et al., EMNLP 2023; the closed form replaces its numerical integral).
* ``share``: the leader holds a named part of all weight (DeepConf's stop, Fu et al. 2025).
* ``short``: the first ``m`` votes are in, which are those of the shortest chains, and one answer
  leads among them (short-m@k, Hassid et al. 2025).
* ``lossless``: the leader keeps the lead whatever the running agents vote and however the weights
  of those votes that are still being normalised move inside their range.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import comb, exp, lgamma, log

from helicon.modes.confidence import HEAVIEST, LIGHTEST

TINY = 1e-300
FORCED = 0.5
"""Weight of a vote whose thinking was closed by a budget."""
DOUBTED = 0.25
"""Weight of a vote whose own words say that it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ballot:
    """One finished agent's vote."""

    agent: int
    group: int
    """Equal answers have equal groups."""
    answer: str
    confidence_weight: float = 1.0
    """From ``confidence.weights``: 1.0 without log-probabilities."""
    forced: bool = False
    """Its thinking was closed by a budget."""
    doubted: bool = False
    """Its own words say that it did not find the answer, or is not sure of it (``admissions``)."""
    length: int = 0
    """Tokens generated; the shorter chain wins a tie."""

    @property
    def evidence(self) -> float:
        """1, or less for a forced or doubted vote."""
        return DOUBTED if self.doubted else FORCED if self.forced else 1.0

    @property
    def weight(self) -> float:
        """What the vote weighs now."""
        return self.evidence * self.confidence_weight


@dataclass(frozen=True, slots=True)
class Group:
    """All votes for one answer."""

    ballots: tuple[Ballot, ...]

    @property
    def weight(self) -> float:
        """The sum over its votes."""
        return sum(ballot.weight for ballot in self.ballots)

    @property
    def evidence(self) -> float:
        """The number of votes, forced and doubted ones by their weight."""
        return sum(ballot.evidence for ballot in self.ballots)

    @property
    def shortest(self) -> int:
        """Tokens of its shortest chain."""
        return min(ballot.length for ballot in self.ballots)

    @property
    def best(self) -> Ballot:
        """The vote whose words speak for the group: heaviest, then shortest, then first."""
        return min(self.ballots, key=lambda ballot: (-ballot.weight, ballot.length, ballot.agent))

    @property
    def agents(self) -> tuple[int, ...]:
        """Who voted so, in order."""
        return tuple(sorted(ballot.agent for ballot in self.ballots))


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A vote at one moment."""

    groups: tuple[Group, ...] = ()
    """Heaviest first; ties go to the shorter chain, then to the lower agent."""
    running: int = 0
    """Agents that may still vote, waiting ones included."""
    probability: float = 0.0
    rule: str = ""
    """Which rule ended the vote; empty while it is open."""

    @property
    def decided(self) -> bool:
        """Whether a rule ended the vote."""
        return bool(self.rule)

    @property
    def finished(self) -> int:
        """Votes that are in."""
        return sum(len(group.ballots) for group in self.groups)

    @property
    def leader(self) -> Group | None:
        """The heaviest group."""
        return self.groups[0] if self.groups else None

    @property
    def ballots(self) -> list[Ballot]:
        """All votes that are in."""
        return [ballot for group in self.groups for ballot in group.ballots]

    @property
    def share(self) -> float:
        """The leader's part of all weight, 0 without votes."""
        total = sum(group.weight for group in self.groups)
        return self.groups[0].weight / total if total else 0.0

    @property
    def ahead(self) -> bool:
        """Whether the leader has more weight than any other, not only the shorter chain."""
        return bool(self.groups) and all(self.groups[0].weight > group.weight for group in self.groups[1:])

    @property
    def unanimous(self) -> bool:
        """Whether all votes that are in say the same."""
        return len(self.groups) == 1


def settled(standing: Standing, agents: Collection[int], rule: str) -> Standing:
    """The vote ended by a rule that speaks for the answer of these agents, whatever the weights."""
    first = [group for group in standing.groups if not set(group.agents).isdisjoint(agents)]
    rest = [group for group in standing.groups if group not in first]
    return replace(standing, groups=(*first, *rest), rule=rule) if first else standing


@lru_cache(maxsize=4096)
def beta_probability(leader: float, runner_up: float) -> float:
    """``P(p1 > p2)`` after that many votes for each; a uniform prior on the two shares.

    Exact for whole votes. For parts of votes it is the regularised incomplete beta function
    ``I_1/2(runner_up + 1, leader + 1)``, of which the sum is the case of whole numbers.
    """
    if leader == int(leader) and runner_up == int(runner_up):
        total = int(leader + runner_up) + 1
        return sum(comb(total, k) for k in range(int(leader) + 1)) / (1 << total)
    if runner_up > leader:
        return _incomplete_beta(runner_up + 1, leader + 1)
    return 1 - _incomplete_beta(leader + 1, runner_up + 1)


def _incomplete_beta(a: float, b: float) -> float:
    """``I_1/2(a, b)`` for ``a >= b``: the continued fraction of DLMF 8.17.22, by Lentz's method.

    With ``a < b`` it would converge too slowly.
    """
    front = exp(lgamma(a + b) - lgamma(a) - lgamma(b) - (a + b) * log(2)) / a
    value = c = 1.0
    d = 0.0
    for step in range(200):
        m = step // 2
        if step == 0:
            part = 1.0
        elif step % 2 == 0:
            part = m * (b - m) / ((a + 2 * m - 1) * (a + 2 * m)) / 2
        else:
            part = -(a + m) * (a + b + m) / ((a + 2 * m) * (a + 2 * m + 1)) / 2
        d = 1 / (1 + part * d or TINY)
        c = 1 + part / c or TINY
        value *= c * d
        if abs(c * d - 1) < 1e-12 and step:
            break
    return front * (value - 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """When a vote ends; the fields are those of ``policy.Policy``."""

    tau: float = 0.95
    least_finished: int = 3
    share: float = 0.0
    short: int = 0
    short_ties: bool = False
    """Whether the short rule ends a tie too, for the shorter chain."""
    lossless: bool = True
    weighted: bool = False
    """Confidences weigh, and may still move inside ``[LIGHTEST, HEAVIEST]`` as more agents end."""


USUAL = Stop()


def standing(ballots: Iterable[Ballot], *, running: int, stop: Stop = USUAL) -> Standing:
    """Count the votes; ``running`` is how many agents may still vote, those who have yet to begin included."""
    groups = _grouped(ballots)
    if not groups:
        return Standing(running=running)
    others = groups[1:]
    runner_up = max((group.evidence for group in others), default=0.0)
    probability = beta_probability(groups[0].evidence, runner_up)
    rule = _rule(groups, probability, running=running, stop=stop)
    return Standing(groups=groups, running=running, probability=probability, rule=rule)


def _rule(groups: Sequence[Group], probability: float, *, running: int, stop: Stop) -> str:
    leader, others = groups[0], groups[1:]
    finished = sum(len(group.ballots) for group in groups)
    total = sum(group.weight for group in groups)
    if running == 0 and leader.weight * 2 > total:
        return "all_finished"
    if finished >= stop.least_finished and probability >= stop.tau:
        return "beta"
    if stop.share and finished >= stop.least_finished and leader.weight >= stop.share * total:
        return "share"
    if stop.short and finished >= stop.short and (stop.short_ties or _leads(leader, others)):
        return "short"
    if running and stop.lossless and lossless(leader, others, running=running, weighted=stop.weighted):
        return "lossless"
    return ""


def _leads(leader: Group, others: Sequence[Group]) -> bool:
    """Whether more votes, not only heavier ones, speak for the leader."""
    return all(leader.evidence > group.evidence for group in others)


def lossless(leader: Group, others: Sequence[Group], *, running: int, weighted: bool) -> bool:
    """Whether no way the vote can go on takes the lead from ``leader``."""
    least, most = (LIGHTEST, HEAVIEST) if weighted else (1.0, 1.0)
    mine = leader.evidence * least
    rival = max((group.evidence for group in others), default=0.0) * most
    return mine - rival > running * most


def _grouped(ballots: Iterable[Ballot]) -> tuple[Group, ...]:
    by_group: dict[int, list[Ballot]] = {}
    for ballot in ballots:
        by_group.setdefault(ballot.group, []).append(ballot)
    groups = [Group(tuple(votes)) for votes in by_group.values()]
    return tuple(sorted(groups, key=lambda group: (-round(group.weight, 9), group.shortest, min(group.agents))))
