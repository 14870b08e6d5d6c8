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
from helicon.messages import Message, Question
from helicon.modes import policy, prompts, rounds, speaking
from helicon.modes.agent import Assignment, Work, bounds
from helicon.modes.ballots import ballots, comparable
from helicon.modes.confidence import TOP
from helicon.modes.consensus import Ballot, Standing
from helicon.modes.delegating import delegate
from helicon.modes.dividing import plan_of
from helicon.modes.flight import Flight
from helicon.modes.outcome import Outcome
from helicon.modes.stage import NOBODY, Stage, Stopped, derived_seed
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

    async def run(self) -> Outcome:
        """Rounds until the vote is decided or nothing is left, then the last words."""
        stage = self.stage
        left = self.policy.rounds
        first = len(self.current)
        reason = ""
        while True:
            share = rounds.shares(self.policy.agents, stage.tokens_left)
            agents = list(range(first, share.agents)) or [first]
            began = stage.now()
            whole = await self._try_round(agents, share.tokens, reason)
            halted, stage.halted = stage.halted, None
            whole = whole and not stage.stopped and not stage.softened and halted is None
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
            )
            if not reason:
                break
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
        messages = self._refinements(agents) if reason else self._openings(agents)
        work = await self._assignments(agents, messages, share, "refine" if reason else "agent")
        earlier = len(self.current)
        stage.on_soften = self._enough
        try:
            async with Flight(stage, [work[agent] for agent in agents]) as flight:
                self._start(flight, earlier)
                while flight.running:
                    ended = await flight.ended(self.timetable.glance_seconds)
                    if ended:
                        await self._listen(flight, ended)
                    self._start(flight, earlier)
        finally:
            stage.on_soften = None

    def _openings(self, agents: Sequence[int]) -> dict[int, tuple[Message, ...]]:
        """What each agent of a first round reads."""
        asked = self.stage.question
        return {agent: asked.with_text(prompts.with_hint(asked.text, agent)) for agent in agents}

    def _refinements(self, agents: Sequence[int]) -> dict[int, tuple[Message, ...]]:
        """What each agent of a later round reads: a digest of the round that ended, whose votes are then cleared."""
        stage, asked = self.stage, self.stage.question
        written, seed = self._written(), derived_seed(self.stage.seed, self.stage.round - 1, NOBODY)
        self.current, self.standing = [], Standing()
        digests = {
            agent: rounds.pick_drafts(written, seed=seed)
            if not self.policy.subset
            else rounds.pick_subset(written, seed=derived_seed(stage.seed, stage.round, agent), size=self.policy.subset)
            for agent in agents
        }
        return {
            agent: asked.with_text(prompts.refinement(asked.text, rounds.as_drafts(digest)))
            for agent, digest in digests.items()
        }

    def _start(self, flight: Flight, earlier: int) -> None:
        """Begin as many agents as the policy wants now; ``earlier`` votes came from before the round."""
        if self.stage.ending() or self.stage.softened:
            flight.ground()
            return
        started = earlier + flight.started
        idle = not flight.running and not any(work.finished for work in self.works)
        now = self.timetable.policy(self.policy, started=started, idle=idle)
        flight.start(policy.next_start(now, self.standing, flight.running, started), within=self.timetable.bounds)

    async def _assignments(
        self, agents: Sequence[int], messages: dict[int, tuple[Message, ...]], share: int | None, kind: CallKind
    ) -> dict[int, Assignment]:
        stage = self.stage
        longest = max(messages.values(), key=lambda turns: sum(len(turn.text) for turn in turns))
        each = await bounds(stage, longest, thinking=True, tokens=share)
        asked = stage.question.top_logprobs
        top = max(TOP, asked or 0) if self.policy.weighted else asked
        return {
            agent: Assignment(
                agent=agent,
                round=stage.round,
                seed=derived_seed(stage.seed, stage.round, agent),
                messages=messages[agent],
                thinking=True,
                bounds=each,
                kind=kind,
                hint=prompts.HINTS[agent % len(prompts.HINTS)] if kind == "agent" else "",
                top_logprobs=top,
            )
            for agent in agents
        }

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
            if isinstance(work.error, EngineBusy):  # fewer at once from now on
                self.policy = replace(self.policy, in_flight=max(1, flight.running))
        if not any(work.finished for work in works) or stage.ending():
            return
        votes = await ballots(self.current)
        if stage.ending():  # stopped while the answers were compared
            return
        self.standing = policy.count(self.policy, votes, flight.running, len(flight.waiting))
        self._announce(self.standing.rule)
        if self.standing.decided and flight.running:
            flight.ground()
            stage.halt("consensus")

    def _enough(self) -> bool:
        """When the deadline is near: whether what is finished will do, and the rest was ended."""
        if any(work.finished for work in self.works):
            self.stage.halt("deadline")
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
                at=stage.now(),
            )
        )

    async def _count(self, *, complete: bool) -> list[Ballot]:
        """The standing after a round: its own votes when they decided or are complete, else every agent's latest."""
        if self.standing.decided:
            return self.standing.ballots
        hurry = self.stage.stopped is not None
        if hurry and self.standing.groups:
            votes = self.standing.ballots
        else:
            votes = await ballots(self.current, hurry=hurry) if complete else []
            votes = votes or await ballots(list(self._latest().values()), hurry=hurry)
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
    if stage.softened or stage.stopped == "deadline":
        return "deadline"
    return "budget" if stage.stopped == "budget" else "all_finished"
