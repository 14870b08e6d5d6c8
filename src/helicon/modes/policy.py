"""The policy of a contemplation: what one ``effort`` means in numbers, and its two decisions. Pure.

``next_start`` says how many agents begin now, ``decided`` whether the votes suffice. Both take
values and return values, so that the live driver (``contemplating``) and a replay over recorded
traces decide alike: feed ``decided`` after every agent's end, and ``next_start`` whenever it said
no. Nothing here waits, draws or knows an engine.

    policy = policy_of("medium", slots=8)
    started = next_start(policy, Standing(), running=0, started=0)
    ...
    rule = decided(policy, ballots, running, may_begin(policy, ballots, started))

The three efforts move along one line. ``low`` spends tokens last: it starts only as many agents as
would settle the vote if they agreed, so a hard question takes several steps one after the other.
``high`` spends time last: everything that the engine can run at once runs at once, and the vote must be
clearer. ``medium`` hedges by one agent, and once votes differ by eight more. The numbers were chosen by replays over
recorded chains (``helicon eval``): of all that were tried each is on the Pareto front.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from helicon.budgets import Budget
from helicon.messages import Effort
from helicon.modes.consensus import Ballot, Standing, Stop, beta_probability, standing

Ties: TypeAlias = Literal["shorter", "wait"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Probing:
    """Trial answers of all running agents, for long thoughts only (Parallel-Probe, reading across agents).

    A probe is global: it ends the vote for all agents or none. What one agent's own trial answers
    say never ends that agent as finished; at most it is given up as an outsider.
    """

    after: int = 512
    """Thinking tokens of an agent before its first trial answer: shorter thoughts never pay for one."""
    every: int = 256
    """Thinking tokens between two trial answers of one agent."""
    stable: int = 3
    """Probes in a row with the same leading answer that settle the vote."""
    share: float = 0.5
    """Of the agents (finished ones by their answer, running ones by their last trial) that the leader needs."""
    warm_up: int = 2
    """Probes of the round that neither settle nor give up anything."""
    cost: float = 0.25
    """Generated tokens that an agent's trials may cost, as a share of its thinking tokens."""
    outsider: int = 4
    """Trial answers in a row beside the leading one after which an agent is given up; 0 = never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How one contemplation trades tokens, time and certainty. ``policy_of`` makes the usual three."""

    effort: Effort = "medium"
    agents: int = 16
    """Most agents of one round."""
    open_ended: int = 8
    """Most agents of one round where most answers cannot be compared, so that no vote ends it. It shows once
    some ended: who began before that goes on."""
    in_flight: int = 8
    """Most agents that run at the same time; never more than the engine's slots."""
    spare: int = 1
    """Agents that run beyond those who would settle the vote if all of them agreed with its leader."""
    dissent: int = 8
    """Further agents that run once votes differ: a hard question then waits less often."""
    tau: float = 0.87
    """Probability of the leader's lead at which the Beta rule ends a vote; above 1 = never."""
    least_finished: int = 2
    """Votes that must be in before the Beta or the share rule may end a round."""
    share: float = 0.0
    """Part of all weight at which the leader has won (DeepConf's rule); 0 = never."""
    short: int = 0
    """Votes after which the leader of these, the shortest chains, has won (short-m@k); 0 = never."""
    ties: Ties = "wait"
    """What the short rule does with a tie: the shorter chain wins, or one more agent breaks it."""
    lossless: bool = True
    """Whether a lead that nobody can overtake any more ends a vote."""
    weighted: bool = False
    """Whether votes weigh by confidence, which may still move as more agents end."""
    rounds: int = 2
    """Rounds in all; 1 = no refinement. A later round comes only where the earlier one stayed open."""
    lead: float = 0.25
    """Part of all weight at which a leader ahead of all others stands without another round."""
    refiners: int = 4
    """Most agents of a later round: what many drafts could not settle, a few that read them all may."""
    subset: int = 0
    """Drafts in each agent's own digest of a later round (recursive aggregation); 0 = one digest for all."""
    probing: Probing | None = Probing()
    """``None`` = no trial answers."""

    @property
    def stop(self) -> Stop:
        """The part that counting votes needs."""
        return Stop(
            tau=self.tau,
            least_finished=self.least_finished,
            share=self.share,
            short=self.short,
            short_ties=self.ties == "shorter",
            lossless=self.lossless,
            weighted=self.weighted,
        )


EFFORTS: dict[Effort, Policy] = {
    "low": Policy(effort="low", agents=8, in_flight=3, spare=0, dissent=0, tau=0.8, rounds=1),
    "medium": Policy(effort="medium"),
    "high": Policy(effort="high", in_flight=16, spare=16, tau=0.93, least_finished=3, rounds=3, refiners=8, subset=4),
}
"""Each effort on an engine that runs any number of requests at once."""


def policy_of(effort: Effort, slots: int | None, *, budget: Budget | None = None, weighted: bool = False) -> Policy:
    """The policy of an effort on an engine with ``slots`` (``None`` = unknown, taken as enough).

    ``budget`` may name agents and rounds, which then hold instead of the effort's own.
    """
    policy = replace(EFFORTS[effort], weighted=weighted)
    if budget is not None and budget.agents is not None:
        more = budget.agents > policy.agents and policy.in_flight >= policy.agents
        in_flight = budget.agents if more else policy.in_flight
        policy = replace(policy, agents=budget.agents, open_ended=budget.agents, in_flight=in_flight)
    if budget is not None and budget.rounds is not None:
        policy = replace(policy, rounds=budget.rounds)
    fit = min(policy.agents, policy.in_flight, slots or policy.in_flight)
    return replace(policy, in_flight=max(1, fit))


def count(policy: Policy, ballots: Iterable[Ballot], running: int, unstarted: int) -> Standing:
    """The votes as this policy reads them: who leads, and which rule ends the vote."""
    return standing(ballots, running=running + unstarted, stop=policy.stop)


def decided(policy: Policy, ballots: Iterable[Ballot], running: int, unstarted: int) -> str:
    """Which rule ends the vote now; empty while it is open.

    ``running`` agents may still vote, ``unstarted`` may still begin (``may_begin``).
    """
    return count(policy, ballots, running, unstarted).rule


def next_start(policy: Policy, standing: Standing, running: int, started: int) -> int:
    """How many agents begin now.

    ``running`` and ``started`` count this round's agents, ``standing`` has the votes that are in. As
    many run as would settle the vote if all agreed with its leader, and ``spare`` more.
    """
    left = may_begin(policy, standing.ballots, started)
    if standing.decided or not left:
        return 0
    more = policy.spare + (0 if standing.unanimous or not standing.groups else policy.dissent)
    wanted = min(policy.in_flight, settling(policy, standing) + more)
    return max(0, min(left, wanted - running))


def may_begin(policy: Policy, votes: Collection[Ballot], started: int) -> int:
    """How many more agents may begin in a round in which ``started`` have, with these votes in.

    Those who wait beyond it never vote, so no rule may wait for them.
    """
    comparable = not votes or sum(1 for vote in votes if vote.answer) * 2 > len(votes)
    return max(0, (policy.agents if comparable else min(policy.agents, policy.open_ended)) - started)


def settling(policy: Policy, standing: Standing) -> int:
    """The fewest further votes that would end the vote, all of them for its leader; at least 1."""
    leader = standing.leader
    mine = leader.evidence if leader else 0.0
    rival = max((group.evidence for group in standing.groups[1:]), default=0.0)
    most = max(1, policy.agents - standing.finished)
    for more in range(1, most):
        votes, finished = mine + more, standing.finished + more
        enough = finished >= policy.least_finished
        if enough and beta_probability(votes, rival) >= policy.tau:
            return more
        if policy.short and finished >= policy.short and (votes > rival or policy.ties == "shorter"):
            return more
        if policy.lossless and not policy.weighted and votes - rival > policy.agents - finished:
            return more
    return most
