"""Policies over trial answers: one chain that ends early, and many chains probed together. Pure.

One chain: the live decision (``helicon.modes.compression``) over the recorded trials. Many chains:
Parallel-Probe's global rule, decided live by ``helicon.modes.probing``, on the simulation's clock. A
trial counts what it generated. Live, trials of one chain run beside it on another slot, so that only the
last one lengthens its path; probes of many chains run on their own slots, so that each one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from helicon.errors import BadOption
from helicon.evals.pool import Trial
from helicon.evals.simulation import Played
from helicon.evals.spec import Spec
from helicon.evals.votes import Voter, ballots
from helicon.messages import as_compression
from helicon.modes import compression
from helicon.modes.consensus import standing
from helicon.modes.policy import Probing
from helicon.modes.probing import NO_ANSWER, Probed, probe


def level_of(spec: Spec) -> compression.Level:
    """The level that a policy's dials name: ``level=safe`` or ``strong``, and single dials changed.

    Raises:
        BadOption: a wrong value.
    """
    name = as_compression(spec.dials.get("level", "safe"))
    if name not in compression.LEVELS:
        raise BadOption(f"the policy {spec.text!r}: the level {name!r} makes no trials; expected safe or strong.")
    level = compression.LEVELS[name]
    return replace(
        level,
        first=spec.whole("first", level.first),
        gap=spec.whole("gap", level.gap),
        sure=spec.share("sure", level.sure),
        share=spec.share("cost", level.share),
        sure_in_a_row=spec.whole("sure_in_a_row", level.sure_in_a_row),
        same_in_a_row=spec.whole("same_in_a_row", level.same_in_a_row),
    )


def play_compressed(voter: Voter, level: compression.Level, *, anywhere: bool = False) -> Played:
    """One chain, ended as soon as its trials settle.

    ``anywhere`` also takes trials where no line or sentence had ended.
    """
    chain = voter.chain
    made: list[compression.Trial] = []
    last_group: int | None = None
    recorded = voter.trials.trials if voter.trials else ()
    for trial, group in zip(recorded, voter.trial_groups, strict=False):
        if trial.at < compression.next_trial(level, made) or not (anywhere or trial.place != "token"):
            continue
        made.append(_as_live(trial, agrees=bool(made) and made[-1].usable and group >= 0 and group == last_group))
        last_group = group
        decision = compression.decide(level, made)
        if decision.action == "exit":
            spent = sum(one.cost for one in made)
            return Played(
                right=trial.right,
                total=trial.at + spent + chain.tokens.answer,
                sequential=trial.at + trial.tokens + chain.tokens.answer,
                rule=decision.reason,
                winner=voter,
            )
        if decision.action == "give_up":
            break
    spent = sum(one.cost for one in made)
    return Played(right=chain.right, total=voter.length + spent, sequential=voter.length, rule="stop", winner=voter)


def _as_live(trial: Trial, *, agrees: bool) -> compression.Trial:
    return compression.Trial(
        at=trial.at,
        answer=trial.answer,
        probability=trial.certainty,
        ended=trial.finished,
        hedged=trial.hedged,
        agrees=agrees,
        cost=trial.tokens,
    )


@dataclass(slots=True)
class _Runner:
    voter: Voter
    given_up: int | None = None
    """Thinking tokens when it was."""
    spent: int = 0
    """On trials."""

    def latest(self, at: int) -> tuple[int, Trial | None]:
        """The group of its answer at that many tokens: the final one's once it ended, else its last trial's."""
        if self.voter.length <= at:
            return (self.voter.ballot.group if self.voter.chain.finished else NO_ANSWER), None
        found: tuple[int, Trial | None] = (NO_ANSWER, None)
        recorded = self.voter.trials.trials if self.voter.trials else ()
        for trial, group in zip(recorded, self.voter.trial_groups, strict=False):
            if trial.at > at:
                break
            found = (group, trial)
        return found


def play_probing(voters: Sequence[Voter], rule: Probing, every: int = 0) -> Played:
    """All chains at once, probed together every so many tokens (0 = as recorded), until the probes settle.

    ``modes.probing.probe`` decides, as live.
    """
    every = every or max((voter.trials.every for voter in voters if voter.trials), default=0)
    runners = {number: _Runner(voter) for number, voter in enumerate(voters)}
    at = overhead = 0
    seen = Probed()
    while every and any(runner.given_up is None and runner.voter.length > at for runner in runners.values()):
        at += every
        latest: dict[int, int] = {}
        dearest = 0
        for number, runner in runners.items():
            if runner.given_up is not None:
                continue
            latest[number], trial = runner.latest(at)
            if trial is not None and trial.at > at - every:
                runner.spent += trial.tokens
                dearest = max(dearest, trial.tokens)
        overhead += dearest
        seen = probe(rule, seen, latest, [number for number in latest if runners[number].voter.length > at])
        if seen.settled:
            return _settled([runners[number] for number in runners], at, overhead, seen.leader)
        for number in seen.outsiders:
            runners[number].given_up = at
    return _finished(list(runners.values()), overhead)


def _cost(runner: _Runner, at: int) -> int:
    until = at if runner.given_up is None else runner.given_up
    return min(runner.voter.length, until) + runner.spent


def _settled(runners: Sequence[_Runner], at: int, overhead: int, leader: int) -> Played:
    """The leading answer: of a chain that ended with it, else of one that runs and is asked for it now."""
    holding = [(runner, *runner.latest(at)) for runner in runners if runner.given_up is None]
    held = [(runner, trial) for runner, group, trial in holding if group == leader]
    runner, trial = min(held, key=lambda pair: pair[1] is not None)
    closing = 0 if trial is None else runner.voter.chain.tokens.answer
    return Played(
        right=runner.voter.chain.right if trial is None else trial.right,
        total=sum(_cost(runner, at) for runner in runners) + closing,
        sequential=at + overhead + closing,
        agents=len(runners),
        rule="probe",
        winner=runner.voter,
    )


def _finished(runners: Sequence[_Runner], overhead: int) -> Played:
    """Nobody runs any more: a majority of those who were not given up."""
    left = [runner.voter for runner in runners if runner.given_up is None]
    best = standing(ballots(left, plain=True), running=0).leader
    winner = next((voter for voter in left if best is not None and voter.ballot.agent == best.best.agent), None)
    longest = max((voter.length for voter in left), default=0)
    return Played(
        right=winner is not None and winner.chain.right,
        total=sum(_cost(runner, longest) for runner in runners),
        sequential=longest + overhead,
        agents=len(runners),
        rule="all_finished",
        winner=winner,
    )
