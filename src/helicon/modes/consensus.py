"""Consensus: who leads, and whether more votes can matter. Pure; no waiting, no engine.

Only agents that ended by themselves vote. A vote whose thinking was closed by a budget weighs
half. Answers are compared elsewhere (``helicon.modes.answers``); here they are groups.

Three rules end a vote (in this order):

* ``beta``: with ``a`` votes for the leader and ``b`` for the runner-up, a uniform prior gives
  ``P(p1 > p2) = sum_{k=0..a} C(a+b+1, k) / 2^(a+b+1)``; at ``TAU`` or more it is enough
  (Adaptive-Consistency, Aggarwal et al., EMNLP 2023; the closed form replaces its numerical integral).
* ``lossless``: the leader keeps the lead whatever the running agents vote and however the weights
  of those votes that are still being normalised move inside their range.
* ``all_finished``: nobody is left, and the leader holds more than half of the weight.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, comb, floor

from helicon.modes.confidence import HEAVIEST, LIGHTEST

TAU = 0.95
"""Probability at which the leader counts as settled."""
LEAST_FINISHED = 3
"""Votes that must be in before the Beta rule may end a round."""
FORCED_WEIGHT = 0.5
"""Of a vote whose thinking was closed by a budget."""


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
    length: int = 0
    """Tokens generated; the shorter chain wins a tie."""

    @property
    def evidence(self) -> float:
        """1, or half of it for a forced vote."""
        return FORCED_WEIGHT if self.forced else 1.0

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
        """The number of votes, forced ones halved."""
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
    def unanimous(self) -> bool:
        """Whether all votes that are in say the same."""
        return len(self.groups) == 1


def beta_probability(leader: int, runner_up: int) -> float:
    """``P(p1 > p2)`` after that many votes for each, exactly; a uniform prior on the two shares."""
    total = leader + runner_up + 1
    return sum(comb(total, k) for k in range(leader + 1)) / (1 << total)


def standing(ballots: Iterable[Ballot], *, running: int, weighted: bool = False, tau: float = TAU) -> Standing:
    """Count the votes.

    ``running`` is how many agents may still vote. ``weighted`` says that confidences weigh, and may
    still move inside ``[LIGHTEST, HEAVIEST]`` as more agents end.
    """
    groups = _grouped(ballots)
    if not groups:
        return Standing(running=running)
    others = groups[1:]
    runner_up = max((group.evidence for group in others), default=0.0)
    probability = beta_probability(floor(groups[0].evidence), ceil(runner_up))
    finished = sum(len(group.ballots) for group in groups)
    rule = ""
    if running == 0:
        total = sum(group.weight for group in groups)
        rule = "all_finished" if groups[0].weight * 2 > total else ""
    elif finished >= LEAST_FINISHED and probability >= tau:
        rule = "beta"
    elif lossless(groups[0], others, running=running, weighted=weighted):
        rule = "lossless"
    return Standing(groups=groups, running=running, probability=probability, rule=rule)


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
