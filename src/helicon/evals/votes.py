"""A question's chains made ready for voting: groups of equal answers, weights, and the clock's lengths.

Everything that does not depend on a policy is worked out here once, so that a replay of thousands of
votes takes seconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Literal, TypeAlias, get_args

from helicon.evals.grouping import groups_of, key_of
from helicon.evals.pool import Chain, Entry, Scores, Trials, scores_of
from helicon.modes import confidence
from helicon.modes.admissions import admits
from helicon.modes.consensus import Ballot

Score: TypeAlias = Literal["mean", "tail", "lowest", "bottom"]
SCORES: tuple[Score, ...] = get_args(Score)


@dataclass(frozen=True, slots=True)
class Voter:
    """One thinking chain as a policy sees it."""

    chain: Chain
    ballot: Ballot
    """With the full weight of a plain vote."""
    scores: Scores = Scores()
    trials: Trials | None = None
    trial_groups: tuple[int, ...] = ()
    """Of the trial answers, in one numbering with the final answers; -1 = nothing to compare."""

    @property
    def length(self) -> int:
        """Tokens it generates from its start to its end."""
        return self.chain.tokens.generated


@dataclass(frozen=True, slots=True)
class Case:
    """One question, ready to be played."""

    entry: Entry
    voters: tuple[Voter, ...]
    """In the order in which agents begin."""
    refined: tuple[Voter, ...] = ()
    instant: tuple[Voter, ...] = field(default=())

    def shuffled(self, seed: int) -> Case:
        """The same question with its chains in another order; the order of ``seed`` is always the same."""
        order = Random(f"{seed}:{self.entry.asked.id}")
        voters, instant = list(self.voters), list(self.instant)
        order.shuffle(voters)
        order.shuffle(instant)
        return Case(self.entry, tuple(voters), self.refined, tuple(instant))


def case_of(entry: Entry) -> Case:
    """Work out groups and scores of one question."""
    chains = [*entry.thinking, *entry.refine, *entry.instant]
    recorded = [entry.trials.get(chain.agent) for chain in entry.thinking]
    keys = [key_of(chain.answer, chain.text) if chain.finished else "" for chain in chains]
    tried = [trial.answer if trial.finished else "" for trials in recorded if trials for trial in trials.trials]
    groups = groups_of([*keys, *tried])
    later = iter(max(group, -1) for group in groups[len(chains) :])
    voters = [_voter(chain, group) for chain, group in zip(chains, groups, strict=False)]
    for place, trials in enumerate(recorded):
        if trials is not None:
            numbers = tuple(next(later) for _ in trials.trials)
            voters[place] = Voter(voters[place].chain, voters[place].ballot, voters[place].scores, trials, numbers)
    first, second = len(entry.thinking), len(entry.thinking) + len(entry.refine)
    return Case(entry, tuple(voters[:first]), tuple(voters[first:second]), tuple(voters[second:]))


def _voter(chain: Chain, group: int) -> Voter:
    ballot = Ballot(
        agent=chain.agent,
        group=group,
        answer=chain.answer,
        forced=chain.forced,
        doubted=admits(chain.text),
        length=chain.tokens.generated,
    )
    return Voter(chain, ballot, scores_of(chain.confidences))


def ballots(voters: Sequence[Voter], *, score: Score | None = None, plain: bool = False) -> list[Ballot]:
    """The votes of those who finished.

    Args:
        score: confidences of that kind weigh, normalised among these voters as in a live run.
        plain: one finished chain, one vote, as published majorities count: nothing is halved.
    """
    done = [voter for voter in voters if voter.chain.finished]
    if score is None and not plain:
        return [voter.ballot for voter in done]
    weights = confidence.weights([getattr(voter.scores, score) for voter in done]) if score else [1.0] * len(done)
    return [
        Ballot(
            agent=voter.ballot.agent,
            group=voter.ballot.group,
            answer=voter.ballot.answer,
            confidence_weight=weight,
            forced=voter.ballot.forced and not plain,
            doubted=voter.ballot.doubted and not plain,
            length=voter.ballot.length,
        )
        for voter, weight in zip(done, weights, strict=True)
    ]
