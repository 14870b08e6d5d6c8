"""Whole modes replayed: a contemplation with its second round, and ``auto`` with its routing. Pure.

The decisions are those of ``helicon.modes``: ``policy``, ``rounds``, ``looks``, ``routing``. A contemplation to
which ``auto`` escalates is taken from the recorded agents of a plain one, whose seeds a live one does not share.
"""

from __future__ import annotations

from dataclasses import replace

from helicon.evals.simulation import Played, Round, outcome, play_round
from helicon.evals.votes import Case, Score, Voter
from helicon.modes import rounds
from helicon.modes.admissions import admits
from helicon.modes.ballots import comparable
from helicon.modes.looks import look
from helicon.modes.policy import Policy
from helicon.modes.routing import ADMITTED, Routing, doubt_instant, doubt_thinking


def contemplated(case: Case, policy: Policy, *, score: Score | None, earlier: int = 0) -> Played:
    """One contemplation, with a second round where the first stayed open and drafts of one are recorded."""
    first = play_round(case.voters, policy, score=score, earlier=earlier)
    reason = rounds.refine_reason(
        first.standing,
        comparable=comparable(first.standing.ballots),
        left=rounds.Left(rounds=policy.rounds - 1),
        agents=policy.agents,
        round_seconds=0.0,
        lead=policy.lead,
    )
    if not reason or not case.refined:
        return outcome(first)
    return second_round(case, first, policy, score=score)


def second_round(case: Case, first: Round, policy: Policy, *, score: Score | None) -> Played:
    """A refinement after a round that stayed open, from the drafts that were recorded for it.

    The recorded drafts have seen a digest of the first agents in recorded order, so a shuffled replay
    takes them for what other digests of the same question would have given.
    """
    agents = min(policy.refiners, len(case.refined))
    later = replace(policy, agents=agents, in_flight=min(policy.in_flight, agents))
    second = play_round(case.refined, later, score=score)
    last = second if second.standing.leader is not None else first
    played = outcome(last)
    return replace(
        played,
        total=first.total + second.total,
        sequential=first.sequential + second.sequential,
        agents=first.agents + second.agents,
        rule=f"refine {played.rule}".strip(),
    )


def routed(case: Case, routing: Routing, policy: Policy, *, score: Score | None) -> Played:
    """``auto``: instant where the question looks easy, a thought where that is doubted, a contemplation after it."""
    spent = 0
    quick: Voter | None = None
    if look(case.entry.asked.question).easy:
        quick = case.instant[0]
        spent = quick.length
        doubt, more = _instant_doubt(case, routing)
        spent += more
        if not doubt:
            return _stands(quick, spent, "instant")
    thought = case.voters[0]
    spent += thought.length
    if quick is not None and quick.chain.finished and not thought.chain.finished:
        return _stands(quick, spent, "instant")
    if not _thinking_doubt(thought, quick, routing):
        return _stands(thought, spent, "thinking")
    played = contemplated(case, policy, score=score, earlier=1)
    return replace(
        played,
        total=played.total + spent,
        sequential=played.sequential + spent,
        agents=played.agents + 1,
        rule="contemplating",
    )


def _stands(voter: Voter, spent: int, mode: str) -> Played:
    return Played(right=voter.chain.right, total=spent, sequential=spent, rule=mode, winner=voter)


def _instant_doubt(case: Case, routing: Routing) -> tuple[str, int]:
    """Why the instant answer should not stand, and the tokens that a second sample of it took."""
    chain = case.instant[0].chain
    if not chain.finished or not chain.answer:
        return "", 0
    if admits(chain.text):
        return ADMITTED, 0
    if chain.certainty is not None:
        return doubt_instant(routing, chain.certainty), 0
    second = case.instant[1]
    agree = not second.chain.finished or second.ballot.group == case.instant[0].ballot.group
    return "" if agree else "two instant answers disagree", second.length


def _thinking_doubt(thought: Voter, quick: Voter | None, routing: Routing) -> str:
    """Why the answer after thinking should not stand."""
    chain = thought.chain
    if not chain.finished or not chain.answer:
        return ""
    compare = chain.certainty is None and quick is not None and bool(quick.chain.answer)
    return doubt_thinking(
        routing,
        chain.certainty,
        cut=chain.reason == "budget",
        differs=compare and quick is not None and quick.ballot.group != thought.ballot.group,
        admitted=admits(chain.text),
    )
