"""Contemplating: several agents at once, a vote that ends as soon as it is decided, rounds where it is not.

The decisions are pure (``consensus``, ``rounds``); this driver starts the agents, listens, ends
those that no longer matter, and hands the drafts to ``speaking`` for the last words.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helicon.errors import EngineBusy, HeliconError, InputError, Unsupported
from helicon.events import ConsensusChanged, RoundStarted
from helicon.ledger import CallKind
from helicon.messages import Question
from helicon.modes import briefing, policy, rounds, speaking
from helicon.modes.agent import Assignment, Work
from helicon.modes.ballots import ballots_in_time, comparable
from helicon.modes.consensus import Ballot, Standing, settled
from helicon.modes.delegating import delegate
from helicon.modes.dividing import plan_of
from helicon.modes.flight import Flight
from helicon.modes.group_trials import Board, board_for
from helicon.modes.outcome import Outcome
from helicon.modes.stage import Stage, Stopped
from helicon.modes.timetable import Timetable


def check_contemplation(question: Question) -> None:
    """Refuse what a contemplation cannot do.

    Raises:
        Unsupported: tools or a response format.
    """
    what = "tools" if question.tools else "response_format" if question.response_format else ""
    if what:
        raise Unsupported(
            f"{what} cannot be used in the mode contemplating.", hint="Ask in the mode thinking or instant instead."
        )


async def contemplate(stage: Stage, *, earlier: tuple[Work, ...] = ()) -> Outcome:
    """Contemplate the stage's question; ``earlier`` drafts vote in the first round.

    Raises:
        InputError: the engine cannot do the question at all.
        HeliconError: every agent failed.
    """
    check_contemplation(stage.question)
    plan = None if earlier else await plan_of(stage)
    if plan is not None:
        return await delegate(stage, plan)
    contemplation = Contemplation(stage, earlier)
    return await contemplation.run()


class Contemplation:
    """One contemplation on its way."""

    def __init__(self, stage: Stage, earlier: tuple[Work, ...] = ()) -> None:
        self.stage = stage
        self.works: list[Work] = list(earlier)
        """All work of all rounds, in the order of ending."""
        self.current: list[Work] = list(earlier)
        """The work of this round."""
        self.standing = Standing()
        able, question = stage.capabilities, stage.question
        self.policy = policy.policy_of(question.effort, able.slots, budget=question.budget, weighted=able.logprobs)
        self.timetable = Timetable(stage)
        self.board: Board | None = None
        """Of this round, where trial answers can be made."""
        self._flight: Flight | None = None
        self._given_up = 0
        """Outsiders of this round, and agents that the caller ended: their places stay empty."""
        self._left = False
        """The caller ended the last agent that ran."""
        self._earlier = 0
        """Votes of this round from before it."""

    async def run(self) -> Outcome:
        """Rounds until the vote is decided or nothing is left, then the last words."""
        stage = self.stage
        left = self.policy.rounds
        first = len(self.current)
        reason = ""
        while True:
            share = rounds.shares(self.policy.agents, stage.tokens_left)
            most = min(share.agents, self.policy.refiners) if reason else share.agents
            agents = list(range(first, most)) or [first]
            began = stage.now()
            whole = await self._try_round(agents, share.tokens, reason)
            halted, stage.halted = stage.halted, None
            whole = whole and not (stage.stopped or stage.softened or halted or self._left)
            votes = await self._count(complete=whole)
            if not whole:
                break
            left -= 1
            reason = rounds.refine_reason(
                self.standing,
                comparable=comparable(votes),
                left=rounds.Left(rounds=left, tokens=stage.tokens_left, seconds=stage.seconds_left),
                agents=self.policy.agents,
                round_seconds=stage.now() - began,
                lead=self.policy.lead,
            )
            if not reason:
                break
            if not comparable(votes):  # nor will the next round be, whose agents share what tokens are left
                self.policy = replace(self.policy, agents=min(self.policy.agents, self.policy.open_ended))
            first = 0
        return await self._conclude()

    async def _try_round(self, agents: Sequence[int], share: int | None, reason: str) -> bool:
        """``_round``, and whether it could be made; what was finished before still counts where it could not.

        Raises:
            HeliconError: it could not, and nobody has finished.
        """
        try:
            await self._round(agents, share, reason)
        except Stopped:
            return False
        except HeliconError:
            if not any(work.finished for work in self.works):
                raise
            return False
        return True

    async def _round(self, agents: Sequence[int], share: int | None, reason: str) -> None:
        """One pass of the agents, as many at once as the policy says, until all ended or the vote is decided."""
        stage = self.stage
        stage.round += 1
        stage.emit(RoundStarted(round=stage.round, agents=len(agents), reason=reason, at=stage.now()))
        work = await self._brief(agents, share, refine=bool(reason))
        self._earlier, self._given_up = len(self.current), 0
        if self._earlier:  # they vote, but end nothing alone
            votes = await ballots_in_time(stage, self.current)
            self.standing = replace(policy.count(self.policy, votes, 0, len(agents)), rule="")
        stage.on_soften = self._enough
        board = self.board = board_for(stage, self.policy.probing, settled=self._probes_settled)
        try:
            trials = board.trials if board else None
            async with Flight(stage, work, trials=trials, votes=self._earlier) as flight:
                self._flight = flight
                self._start(flight)
                while flight.running:
                    ended = await flight.ended(self.timetable.glance_seconds)
                    if ended:
                        await self._listen(flight, ended)
                    if board is not None:
                        board.ended(ended)
                    self._start(flight)
        finally:
            stage.on_soften = self.board = self._flight = None
            if board is not None:
                await board.close()

    async def _brief(self, agents: Sequence[int], share: int | None, *, refine: bool) -> list[Assignment]:
        """The round's assignments; those of a later round are made of the votes so far, which are then cleared."""
        stage, asked = self.stage, self.stage.question
        if refine:
            messages = briefing.refinements(
                asked, agents, self._written(), seed=stage.seed, round=stage.round, subset=self.policy.subset
            )
            self.current, self.standing = [], Standing()
        else:
            messages = briefing.openings(asked, agents)
        kind: CallKind = "refine" if refine else "agent"
        return await briefing.assignments(stage, messages, share=share, kind=kind, weighted=self.policy.weighted)

    def _start(self, flight: Flight) -> None:
        """Begin as many agents as the policy wants now."""
        if self.stage.ending() or (self.stage.softened and (flight.running or self.works)):
            flight.ground()
            return
        if self.stage.softened:  # nobody has begun: one answers at once
            flight.start(1)
            return
        if self.board is not None and self.board.speaker is not None:
            return  # the vote is settled, and somebody is about to say so
        started = self._earlier + flight.started
        idle = not flight.running and not any(work.finished for work in self.works)
        now = self.timetable.policy(self.policy, started=started, idle=idle)
        busy = flight.running + self._given_up  # an outsider's place stays empty
        flight.start(policy.next_start(now, self.standing, busy, started), within=self.timetable.bounds)

    async def _listen(self, flight: Flight, works: Sequence[Work]) -> None:
        """Take in agents that ended; end the rest when they cannot change the outcome."""
        stage = self.stage
        self.works += works
        self.current += works
        self.timetable.learn(works)
        for work in works:
            if isinstance(work.error, InputError) and not any(other.finished for other in self.works):
                stage.halt("cancelled")  # all would be told the same
                return
            self._given_up += work.ended.entry.stop_reason in ("consensus", "cancelled") and not stage.ending()
            if isinstance(work.error, EngineBusy):  # fewer at once from now on
                self.policy = replace(self.policy, in_flight=max(1, flight.running))
        struck = any(work.ended.entry.stop_reason == "cancelled" for work in works)
        if struck and not flight.running and not stage.ending():
            self._left = True
            flight.ground()
        if not any(work.finished for work in works) or stage.ending():
            return
        votes = await ballots_in_time(stage, self.current)
        if stage.ending():  # stopped while the answers were compared
            return
        may_begin = policy.may_begin(self.policy, votes, self._earlier + flight.started)
        self.standing = policy.count(self.policy, votes, flight.running, min(len(flight.waiting), may_begin))
        speaker = self.board.speaker if self.board else None
        spoken = [work.ended.agent for work in works if work.finished and work.ended.agent == speaker]
        self.standing = settled(self.standing, spoken, "probe")
        self._announce(self.standing.rule)
        told = stage.told(ConsensusChanged)
        if self.standing.decided and flight.running:
            flight.ground()
            stage.halt("consensus")
        elif told is not None and told.round == stage.round:
            self._end_as_told(told)

    def _probes_settled(self, agents: frozenset[int]) -> None:
        """Trial answers decided: the finished ``agents`` hold the answer, or one that runs will give it."""
        flight, self.standing = self._flight, settled(self.standing, agents, "probe")
        if flight is not None and self.standing.decided:
            self._announce("probe")
            flight.ground()
            self.stage.halt("consensus")

    def _end_as_told(self, told: ConsensusChanged) -> None:
        """What ended the vote in an interrupted run without a vote: trial answers, the clock, the caller, a bound."""
        if told.rule == "probe" and told.voters:
            self._probes_settled(frozenset(told.voters[0]))
        elif told.rule == "asked":
            self.stage.soften("asked")
        elif told.rule == "deadline":
            self.stage.soften("deadline")
        elif told.rule == "budget":
            self.stage.stop("budget")

    def _enough(self) -> bool:
        """When there is no more time: whether what is finished will do, and the rest was ended."""
        if any(work.finished for work in self.works):
            self.stage.halt(self.stage.softened or "deadline")
            return True
        return False

    def _announce(self, rule: str) -> None:
        stage, now = self.stage, self.standing
        leader = now.leader
        stage.emit(
            ConsensusChanged(
                round=stage.round,
                leader=leader.best.answer if leader else "",
                votes=tuple((group.best.answer, group.weight) for group in now.groups),
                finished=now.finished,
                running=now.running,
                probability=now.probability,
                decided=bool(rule),
                rule=rule,
                voters=tuple(group.agents for group in now.groups),
                at=stage.now(),
            )
        )

    async def _count(self, *, complete: bool) -> list[Ballot]:
        """The standing after a round: its own votes when they decided or are complete, else every agent's latest."""
        if self.standing.decided:
            return self.standing.ballots
        if self.stage.stopped is not None and self.standing.groups:
            votes = self.standing.ballots
        else:
            votes = await ballots_in_time(self.stage, self.current) if complete else []
            votes = votes or await ballots_in_time(self.stage, list(self._latest().values()))
        self.standing = policy.count(self.policy, votes, 0, 0)
        if self.standing.decided and not complete:
            self.standing = replace(self.standing, rule="")  # who did not finish might have voted otherwise
        return votes

    def _latest(self) -> dict[int, Work]:
        return {work.ended.agent: work for work in self.works if work.finished}

    def _written(self) -> list[rounds.Written]:
        works = self._latest()
        return [
            rounds.Written(
                agent=ballot.agent,
                answer=ballot.answer,
                text=works[ballot.agent].ended.text,
                weight=ballot.weight,
                group=ballot.group,
                length=ballot.length,
            )
            for group in self.standing.groups
            for ballot in group.ballots
        ]

    async def _conclude(self) -> Outcome:
        """The last words, or the error of a contemplation in which nobody could speak."""
        stage = self.stage
        errors = [work.error for work in self.works if work.error is not None]
        refused = [error for error in errors if isinstance(error, InputError)]
        spoken = [work for work in self.works if work.ended.text.strip()]
        if not spoken and errors and (refused or not stage.stopped):
            raise (refused or errors)[0]
        if self.standing.groups and not self.standing.decided and stage.stopped != "cancelled":
            self._announce(_rule(stage))
        return await speaking.conclude(stage, self.standing, self.works, self._written())


def _rule(stage: Stage) -> str:
    if stage.stopped in ("deadline", "budget"):
        return stage.stopped
    return stage.softened or "all_finished"
