"""Trial answers: the calls behind compression, beside one thought or between two parts of it.

The decisions are ``helicon.modes.compression``'s. A trial goes on from the thought so far, closed in
the family's way, and from the first word of an answer, so that a few tokens show what the model would
say now. Trials are greedy, counted in the ledger as ``probe``, and shown as ``ThoughtProbed``. One that
fails ends the trials of its thought and nothing else.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace

from helicon.budgets import Split
from helicon.engines.protocol import EndsThinking, Request
from helicon.events import CallEnded, ThoughtProbed, TokenLogprob
from helicon.modes import confidence
from helicon.modes.call import Call
from helicon.modes.compression import (
    LEVELS,
    TAIL,
    TRIAL_TOKENS,
    Decision,
    Level,
    Trial,
    boundary,
    decide,
    hedges,
    is_crowded,
    next_trial,
    obstacle,
    overdue,
    reserve,
    too_slow,
    way_of,
)
from helicon.modes.stage import Stage, Stopped, ended

OPENING = "Answer:"
"""The beginning of a trial answer; ``read_answer`` knows it as a label."""


def trials_for(stage: Stage, split: Split, *, agent: int, round: int) -> tuple[Split, Trials | None]:
    """The trials of one agent's thought, and its tokens without those kept for them.

    ``None`` when the question wants no compression, or there is nothing to compress.
    """
    question = stage.question
    level = LEVELS.get(question.compression)
    if level is None or split.thinking < level.first:
        return split, None
    why_not = obstacle(question, stage.capabilities)
    allowance = None
    if not why_not and (question.budget.max_tokens is not None or stage.tokens_left is not None):
        split, allowance = reserve(split, level)
        if not allowance:
            why_not = "the token bound leaves none for trials"
    return split, Trials(stage, level, agent=agent, round=round, allowance=allowance, why_not=why_not)


def closed(thought: str, closing: str) -> str:
    """A thought that was cut at a boundary, with the family's closing words."""
    return thought.rstrip("\n") + closing


def trial_request(first: Request, thought: str, *, closing: str, logprobs: bool) -> Request:
    """The request of one trial answer: what ``first`` asked, gone on from ``thought``."""
    sampling = replace(first.sampling, temperature=0.0, presence_penalty=0.0, frequency_penalty=0.0)
    return replace(
        first,
        sampling=sampling,
        max_tokens=TRIAL_TOKENS,
        thinking_budget=None,
        stop=("\n",),
        top_logprobs=0 if logprobs else None,
        prefill_thinking=closed(thought, closing),
        prefill_answer=OPENING,
        slot=None,
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a trial is made."""

    thought: str
    """Up to the boundary."""
    at: int
    """Thinking tokens, those just past the boundary included."""
    seconds: float
    """Since the thought began."""


class Trials:
    """The trial answers of one agent's thought, over one or more calls."""

    def __init__(
        self, stage: Stage, level: Level, *, agent: int, round: int, allowance: int | None = None, why_not: str = ""
    ) -> None:
        """
        Args:
            allowance: generated tokens for all trials together; ``None`` = bounded by the level alone.
            why_not: why there can be none.
        """
        self.stage = stage
        self.level = level
        self.agent = agent
        self.round = round
        self.made: list[Trial] = []
        self.settled: str | None = None
        """The thought that its trials settled; its answer goes on from here."""
        self._allowance = allowance
        self._why_not = why_not
        self._over = bool(why_not)
        self._parts: list[str] = []
        self._tail = ""
        self._earlier = 0
        self._began = 0.0
        self._main: Call | None = None
        self._spot: Spot | None = None
        self._task: asyncio.Task[None] | None = None
        self._trial: Call | None = None

    def begin(self, main: Call) -> None:
        """Watch the first call of the thought, or the one that goes on with it."""
        if self._main is not None:
            self._earlier += self._main.tokens.thinking
        elif self._why_not:
            self._say(0, None, Decision("unable", self._why_not))
        else:
            self._began = self.stage.now()
        self._main = main
        if not self._over:
            main.watch = self._look

    @property
    def thought(self) -> str:
        """All of it so far."""
        return "".join(self._parts)

    def _look(self, piece: str) -> None:
        """A piece of the thought came: make a trial if one is due and a boundary was passed."""
        tail, main = self._tail, self._main
        self._parts.append(piece)
        self._tail = (tail + piece)[-TAIL:]
        busy = self._task is not None and not self._task.done()
        if main is None or self._over or busy or self.stage.softened or main.pausing or not main.in_thought:
            return
        at = self._earlier + main.tokens.thinking
        due = next_trial(self.level, self.made)
        if at < due or not self._affordable():
            return
        cut = boundary(tail, piece, sentences=overdue(at, due))
        if cut is None:
            return
        thought = self.thought
        self._spot = Spot(thought[: len(thought) - len(piece) + cut], at, self.stage.now() - self._began)
        embedded = self.stage.engine.info.engine == "embedded"
        if way_of(self.stage.capabilities, embedded=embedded, prompt_tokens=main.tokens.prompt) == "between":
            main.pausing = True
        else:
            self._task = asyncio.create_task(self._try(main, self._spot))

    def _affordable(self) -> bool:
        spent = sum(trial.cost for trial in self.made)
        return self._allowance is None or spent + TRIAL_TOKENS <= self._allowance

    async def between(self) -> None:
        """Make the trial that the thought was cut for."""
        assert self._main is not None
        assert self._spot is not None
        await self._try(self._main, self._spot)

    async def close(self) -> None:
        """End a trial that still runs, and wait for that."""
        self._over = True
        if self._trial is not None:
            self._trial.stop("cancelled")
        if self._task is not None:
            await ended(self._task)
            self._task.result()

    async def _try(self, main: Call, spot: Spot) -> None:
        stage = self.stage
        if self._over:
            return
        request = trial_request(
            main.request,
            spot.thought,
            closing=stage.engine.info.family.closing,
            logprobs=stage.capabilities.logprobs,
        )
        call = self._trial = Call(stage, request, _silent, kind="probe", agent=self.agent, round=self.round)
        try:
            await call.run()
        except Stopped:
            return
        stage.emit(CallEnded(entry=call.entry, at=stage.now()))
        if call.error is not None:
            self._over = True
            self._say(spot.at, None, Decision("give_up", f"the trial failed: {call.error.message}"))
        elif call.finish is not None:
            self.made.append(await self._read(call, spot))
            self._act(main, spot, slow=too_slow(call.seconds, spot.at, spot.seconds))
            if self.settled is not None:
                await self._end(main)

    async def _read(self, call: Call, spot: Spot) -> Trial:
        from helicon.modes.answers import read_answer, same

        text = "".join(call.answer)
        trial = Trial(
            at=spot.at,
            answer=read_answer(f"{OPENING}{text}") if text.strip() else "",
            probability=confidence.certainty(call.logprobs),
            ended=call.finish is not None and call.finish.reason == "stop",
            hedged=hedges(text),
            cost=call.tokens.generated,
        )
        if not self.made or not trial.usable or not self.made[-1].usable:
            return trial
        before = self.made[-1].answer
        agrees = before == trial.answer or await asyncio.to_thread(same, before, trial.answer)
        return replace(trial, agrees=agrees)

    def _act(self, main: Call, spot: Spot, *, slow: bool) -> None:
        """Do what the trials so far say."""
        decision = decide(self.level, self.made)
        if slow and decision.action == "go_on":
            decision = Decision("give_up", "a trial takes long here")
        if decision.action == "exit":
            if main.in_thought or main.reason == "trial":  # it still thinks, or was cut for this trial
                self.settled = spot.thought.rstrip("\n")
                self._over = True
            else:
                decision = Decision("go_on", "the thought had ended by itself")
        elif decision.action == "give_up":
            self._over = True
        self._say(spot.at, self.made[-1], decision)

    async def _end(self, main: Call) -> None:
        """End the settled thought: cut at its boundary or, on a crowded engine, by the engine's own control.

        A cut ends the thought exactly where it was tried, but its answer takes another call, which would wait
        in line there. The control keeps the slot, and ends the thought a few words later, inside a line.
        """
        engine, able = self.stage.engine, self.stage.capabilities
        if main.in_thought and able.end_thinking and isinstance(engine, EndsThinking):
            try:
                health = await self.stage.guard(engine.health())
                crowded = is_crowded(able, health)
                if crowded and await self.stage.guard(engine.end_thinking(main.request)):
                    self.settled = None  # the engine goes on to the answer by itself, from all of the thought
                    return
            except Stopped:
                return
        main.close_thought("settled")

    def _say(self, at: int, trial: Trial | None, decision: Decision) -> None:
        self.stage.emit(
            ThoughtProbed(
                agent=self.agent,
                thinking=at,
                answer=trial.answer if trial else "",
                probability=trial.probability if trial else None,
                decision=decision.action,
                reason=decision.reason,
                at=self.stage.now(),
            )
        )


def _silent(text: str, logprobs: tuple[TokenLogprob, ...]) -> None:
    """A trial answer is not the run's."""
