"""A contemplation replayed on a clock of tokens: who begins when, who ends when, and when the vote is over.

Every running agent generates one token per tick, so an agent's chain takes as many ticks as it has
tokens. The decisions are the live driver's own (``helicon.modes.policy``): ``count`` after every end,
``next_start`` while it is open. An agent that is cancelled has generated what it had by then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import heappop, heappush

from helicon.evals.votes import Score, Voter, ballots
from helicon.modes.consensus import Ballot, Standing
from helicon.modes.policy import Policy, count, may_begin, next_start


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """What one policy came to on one question."""

    right: bool
    total: int
    """Tokens generated: all agents, trials and cancelled parts included."""
    sequential: int
    """Tokens on the longest path: the clock when the answer was there."""
    agents: int = 1
    """Chains begun."""
    rule: str = ""
    """What ended it."""
    winner: Voter | None = None
    """Whose answer it gives; ``None`` when nobody finished."""


@dataclass(frozen=True, slots=True)
class Round:
    """One round of a contemplation, over."""

    standing: Standing
    voters: tuple[Voter, ...]
    """Who ended, in that order."""
    total: int
    sequential: int
    agents: int


def play_round(
    voters: Sequence[Voter], policy: Policy, *, score: Score | None = None, plain: bool = False, earlier: int = 0
) -> Round:
    """Play agents in their order until the vote is over or nobody is left.

    The first ``earlier`` voters ended before the round: they vote and cost nothing, but end nothing alone.

    Raises:
        ValueError: fewer voters than the policy has agents.
    """
    if len(voters) < policy.agents:
        raise ValueError(f"the policy has {policy.agents} agents, but only {len(voters)} chains are there")
    running: list[tuple[int, int]] = []
    """When each ends, and its number."""
    begun: dict[int, int] = {}
    ended: list[Voter] = list(voters[:earlier])
    votes: list[Ballot] = ballots(ended, score=score, plain=plain)
    now = replace(count(policy, votes, 0, policy.agents - earlier), rule="") if votes else Standing()
    clock = total = 0
    started = earlier
    patient = never_early(policy)
    while True:
        for _ in range(next_start(policy, now, len(running), started) if started < policy.agents else 0):
            heappush(running, (clock + voters[started].length, started))
            begun[started] = clock
            started += 1
        if not running:
            break
        clock, number = heappop(running)
        total += voters[number].length
        ended.append(voters[number])
        votes += ballots([voters[number]], plain=plain)
        if patient and (running or started < policy.agents):
            continue
        if score is not None:  # weights are relative, so each end moves them all
            votes = ballots(ended, score=score, plain=plain)
        now = count(policy, votes, len(running), may_begin(policy, votes, started))
        if now.decided:
            break
    total += sum(clock - begun[number] for _, number in running)
    return Round(now, tuple(ended), total, clock, started - earlier)


def never_early(policy: Policy) -> bool:
    """Whether no rule of the policy can end a vote before the last agent: then counting can wait."""
    return policy.tau > 1 and not policy.share and not policy.short and not policy.lossless


def outcome(round: Round) -> Played:
    """The round's answer: the words of the leading group's best agent."""
    best = round.standing.leader.best if round.standing.leader else None
    winner = next((voter for voter in round.voters if best is not None and voter.ballot.agent == best.agent), None)
    return Played(
        right=winner is not None and winner.chain.right,
        total=round.total,
        sequential=round.sequential,
        agents=round.agents,
        rule=round.standing.rule,
        winner=winner,
    )
