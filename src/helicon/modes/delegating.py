"""Delegating: the parts of a divided request, each answered by agents of its own, and put together.

The plan is ``dividing``'s. Agents of a part begin with a fresh conversation. Parts that need others come
in later rounds, with the answers filled in. A part that fails is said to have failed, and never takes
the others with it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from helicon.errors import HeliconError
from helicon.events import AnswerDelta, PlanMade, RoundStarted, Source
from helicon.ledger import StopReason
from helicon.messages import Effort, Message, Question, Text
from helicon.modes import planning, prompts
from helicon.modes.agent import Assignment, Work, bounds, draft, run_agent
from helicon.modes.assembling import Answered, lacking, numbered
from helicon.modes.ballots import ballots_in_time, comparable
from helicon.modes.composing import compose, mark
from helicon.modes.compression_trials import trials_for
from helicon.modes.consensus import Standing, standing
from helicon.modes.outcome import Outcome
from helicon.modes.stage import NOBODY, Stage, Stopped, derived_seed

REPLY_TOKENS = 1024
"""Of one agent's answer to its part, beside its thinking."""
AT_ONCE = 16
"""Agents side by side where the engine does not say how many it can run."""
OTHERS_CHARACTERS = 40
"""Of an answer that differs, where it is named."""
REQUEST_CHARACTERS = 4000
"""A request up to this length is shown to the agents of its parts, so that pronouns have their meaning."""
VOTERS: dict[Effort, tuple[int, int]] = {"low": (1, 0), "medium": (2, 1), "high": (3, 2)}
"""Agents of one part, and how many more begin where these disagree."""


async def delegate(stage: Stage, made: PlanMade) -> Outcome:
    """Run a plan.

    Raises:
        HeliconError: every part failed.
    """
    return await Delegation(stage, made).run()


class Delegation:
    """One divided request on its way."""

    def __init__(self, stage: Stage, made: PlanMade) -> None:
        self.stage = stage
        self.parts = made.parts
        self.shown = made.source == "words" and len(stage.question.text) <= REQUEST_CHARACTERS
        """Whether the agents of the parts may read the whole request too."""
        self.shown = self.shown and stage.engine.info.family.composes
        self.answered: dict[int, Answered] = {}
        self.errors: dict[int, list[HeliconError]] = {n: [] for n in range(1, len(self.parts) + 1)}
        """What went wrong, by part."""
        most = stage.question.budget.agents
        self.room = asyncio.Semaphore(max(1, min(stage.capabilities.slots or AT_ONCE, most or AT_ONCE)))
        self.voters, self.more = VOTERS[stage.question.effort]
        if most is not None and most < self.voters * len(self.parts):
            self.voters, self.more = 1, 0

    async def run(self) -> Outcome:
        """The parts, round by round, then the whole."""
        for numbers in planning.levels(self.parts):
            if self.stage.ending() or self.stage.softened:
                break
            await self._round(numbers)
        return await self._together()

    async def _round(self, numbers: Sequence[int]) -> None:
        stage = self.stage
        ready = [number for number in numbers if not self._missing(number)]
        for number in set(numbers) - set(ready):
            self._fail(number, f"it needs part {self._missing(number)}, which has no answer")
        if not ready:
            return
        stage.round += 1
        named = ", ".join(map(str, ready))
        reason = f"part {named}" if len(ready) == 1 else f"parts {named}"
        stage.emit(RoundStarted(round=stage.round, agents=len(ready) * self.voters, reason=reason, at=stage.now()))
        share = self._share(len(ready))
        tasks = [asyncio.create_task(self._part(number, share)) for number in ready]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    def _missing(self, number: int) -> int | None:
        """The first part that this one needs and that has no answer."""
        return next((n for n in self.parts[number - 1].needs if not self._text(n)), None)

    def _text(self, number: int) -> str:
        part = self.answered.get(number)
        return part.text if part else ""

    def _share(self, ready: int) -> int | None:
        """Tokens of one agent: equal shares for all that may still begin, and one more for the last words."""
        left = self.stage.tokens_left
        if left is None:
            return None
        later = len(self.parts) - len(self.answered) - ready
        return max(1, left // ((ready + max(0, later)) * (self.voters + self.more) + 1))

    def _fail(self, number: int, why: str) -> None:
        self.answered[number] = Answered(number=number, part=self.parts[number - 1], why=why)

    async def _part(self, number: int, share: int | None) -> None:
        """One part: its agents, and more of them where they disagree."""
        works: list[Work] = []
        for first, count in ((0, self.voters), (self.voters, self.more)):
            if count == 0 or (first and await self._enough(works)):
                break
            works += await self._agents(number, range(first, first + count), share)
        now = standing(await ballots_in_time(self.stage, works), running=0)
        best = _best(works, now)
        if best is None:
            self.errors[number] += [work.error for work in works if work.error is not None]
            self._fail(number, _why(self.stage, self.errors[number]))
            return
        self.answered[number] = Answered(
            number=number,
            part=self.parts[number - 1],
            agent=best.ended.agent,
            answer=best.ended.answer,
            text=best.ended.text.strip(),
            cut=not best.finished,
            dissent=dissent(now),
        )

    async def _agents(self, number: int, voters: range, share: int | None) -> list[Work]:
        works = await asyncio.gather(*(self._agent(number, voter, share) for voter in voters))
        return [work for work in works if work is not None]

    async def _agent(self, number: int, voter: int, share: int | None) -> Work | None:
        stage = self.stage
        agent = number - 1 + voter * len(self.parts)
        answers = {n: part.result for n, part in self.answered.items() if part.text}
        text = planning.filled(self.parts[number - 1], answers)
        text = prompts.part(stage.question.text, text) if self.shown else text
        messages = fresh(stage.question, prompts.with_hint(text, voter))
        async with self.room:
            try:
                each = await bounds(stage, messages, thinking=True, tokens=share)
                each = replace(each, total=min(each.total, each.thinking + REPLY_TOKENS))
                each, trials = trials_for(stage, each, agent=agent, round=stage.round)
                if stage.ending():
                    return None
                work = Assignment(
                    agent=agent,
                    round=stage.round,
                    seed=derived_seed(stage.seed, stage.round, agent),
                    messages=messages,
                    thinking=True,
                    bounds=each,
                    kind="part",
                    hint=prompts.HINTS[voter % len(prompts.HINTS)],
                )
                return await run_agent(stage, work, draft(stage, agent), trials=trials)
            except Stopped:
                return None
            except HeliconError as error:  # the prompt could not be counted
                self.errors[number].append(error)
                return None

    async def _enough(self, works: Sequence[Work]) -> bool:
        """Whether no more agents should begin: a majority, answers that cannot be compared, or they are not wanted."""
        struck = any(work.ended.entry.stop_reason == "cancelled" for work in works)
        if struck or self.stage.ending() or self.stage.softened:
            return True
        votes = await ballots_in_time(self.stage, works)
        return bool(votes) and (not comparable(votes) or standing(votes, running=0).decided)

    async def _together(self) -> Outcome:
        stage = self.stage
        if stage.stopped == "cancelled":
            return Outcome(mode="contemplating", answer="", stop_reason="cancelled")
        for number in range(1, len(self.parts) + 1):
            if number not in self.answered:
                self._fail(number, _why(stage, ()))
        parts = [self.answered[number] for number in sorted(self.answered)]
        good = [part for part in parts if part.text]
        errors = [error for number in sorted(self.errors) for error in self.errors[number]]
        if not good and errors and not stage.stopped:
            raise errors[0]
        text, rests_on, reason = await self._composed(parts, good)
        return Outcome(
            mode="contemplating",
            answer=text,
            stop_reason=stage.stopped or stage.softened or reason,
            rests_on=rests_on,
        )

    async def _composed(
        self, parts: Sequence[Answered], good: Sequence[Answered]
    ) -> tuple[str, tuple[int, ...], StopReason]:
        """The answer as it was streamed, the agents it rests on, and how its text ended."""
        stage = self.stage
        agents = tuple(part.agent for part in good)
        spoken = None
        if len(good) > 1 and stage.engine.info.family.composes:
            shown = [(part.number, part.part.text, part.reply) for part in good]
            prompt = prompts.assembly(stage.question.text, shown)
            places = {part.number: part.agent for part in good}
            numbers = range(1, len(parts) + 1)
            spoken = await compose(stage, prompt, [places.get(n, NOBODY) for n in numbers], labels=list(numbers))
        if stage.stopped == "cancelled":
            return spoken.text if spoken else "", tuple(sorted(agents)), "cancelled"
        if spoken is None:
            text, sources = numbered(parts)
            stage.emit(AnswerDelta(text=text, at=stage.now()))
            mark(stage, sources)
            return text, tuple(sorted(agents)), "stop"
        gap = "\n\n"
        rest, more = numbered(lacking(spoken.text, parts), offset=len(spoken.text) + len(gap))
        if rest:
            stage.emit(AnswerDelta(text=gap + rest, at=stage.now()))
        named = [source for source in (*_known(spoken.sources), *more) if source.agents]
        mark(stage, named, spoken.unknown)
        return spoken.text + (gap + rest if rest else ""), tuple(sorted(agents)), spoken.stop_reason


def _known(sources: Sequence[Source]) -> list[Source]:
    """Sources without marks of parts that failed."""
    return [replace(source, agents=tuple(agent for agent in source.agents if agent >= 0)) for source in sources]


def _best(works: Sequence[Work], now: Standing) -> Work | None:
    """The work that speaks for a part: the leader of its vote, else the longest text that was cut."""
    if now.leader is not None:
        return next(work for work in works if work.finished and work.ended.agent == now.leader.best.agent)
    spoken = [work for work in works if work.ended.text.strip() and work.error is None]
    return max(spoken, key=lambda work: len(work.ended.text), default=None)


def dissent(now: Standing) -> str:
    """``2 of 3 agents say so, others: 41``; empty where nobody differs or answers cannot be compared."""
    if len(now.groups) < 2 or not comparable(now.ballots):
        return ""
    others = [prompts.bounded(group.best.answer, OTHERS_CHARACTERS) for group in now.groups[1:] if group.best.answer]
    said = f"{len(now.groups[0].ballots)} of {now.finished} agents say so"
    return f"{said}, others: {' | '.join(others)}" if others else said


def _why(stage: Stage, errors: Sequence[HeliconError]) -> str:
    """Why a part has no answer, in words."""
    if errors:
        return prompts.bounded(errors[0].message, 200)
    if stage.stopped == "budget":
        return "the tokens were spent"
    if stage.softened == "asked":
        return "the answer was asked for before it was ready"
    if stage.stopped or stage.softened:
        return "the time was over"
    return "its agents gave none"


def fresh(question: Question, text: str) -> tuple[Message, ...]:
    """A conversation of system turns and ``text`` alone, with the pictures of the request."""
    systems = tuple(message for message in question.messages if message.role == "system")
    last = next((message for message in reversed(question.messages) if message.role == "user"), None)
    return (*systems, Message(role="user", parts=(Text(text), *(last.images if last else ()))))
