"""One chain of a pool: sampled by the modes' own agent on a watched engine, read and judged.

The same words, seeds, bounds and closing calls as in a live run: agent ``i`` of a question reads
``prompts.with_hint(question, i)`` and draws with ``derived_seed(seed, 1, i)``, so a pool holds what a
contemplation of that question and seed would sample. Thoughts run to their own end: compression is off,
because a replay can cut a whole thought and cannot lengthen a cut one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from time import monotonic

from helicon.budgets import Budget
from helicon.engines.protocol import Capabilities, Engine
from helicon.evals.grouping import written_of
from helicon.evals.pool import Asked, Chain, ChainKind, Place, Trial, Trials, deltas
from helicon.evals.questions import EvalQuestion
from helicon.evals.scoring import is_right
from helicon.evals.watching import Watched
from helicon.events import Event, TokenLogprob
from helicon.messages import Question, Sampling, user
from helicon.modes import prompts, rounds
from helicon.modes.agent import Assignment, Work, bounds, run_agent
from helicon.modes.call import Call
from helicon.modes.compression import TAIL, boundary, hedges, overdue
from helicon.modes.compression_trials import OPENING, trial_request
from helicon.modes.confidence import TOP, certainty
from helicon.modes.stage import NOBODY, Stage, derived_seed


def asked_of(question: EvalQuestion, seed: int) -> Asked:
    """The question as the pool of ``seed`` holds it."""
    digest = blake2b(f"{seed}:{question.id}".encode(), digest_size=4).digest()
    return Asked(
        id=question.id,
        question=question.question,
        answer=question.answer,
        scorer=question.scorer,
        set=question.set,
        family=question.family,
        level=question.level,
        seed=int.from_bytes(digest, "big") & 0x7FFFFFFF,
    )


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a trial is made."""

    at: int
    """Thinking tokens before it."""
    thought: str
    place: Place


def spots(thoughts: Sequence[tuple[int, str]], every: int) -> list[Spot]:
    """Where trials of a whole thought are made, at least ``every`` tokens apart.

    Where a line ended and the next one began, as live trials are (``modes.compression.boundary``); where
    a sentence did, when that is overdue; and at any token when neither came for another ``every`` tokens,
    so that thoughts without lines have trials too.
    """
    found: list[Spot] = []
    due, whole, tail = every, "", ""
    last = thoughts[-1][0] if thoughts else 0
    for at, piece in thoughts:
        sentences = overdue(at, due)
        cut = boundary(tail, piece, sentences=sentences) if at >= due else None
        if cut is not None:
            found.append(Spot(at, whole + piece[:cut], "sentence" if sentences else "line"))
        elif at >= due + every and at < last:
            found.append(Spot(at, whole + piece, "token"))
        if found and found[-1].at == at:
            due = at + every
        whole += piece
        tail = (tail + piece)[-TAIL:]
    return found


@dataclass(frozen=True, slots=True)
class Sampler:
    """Samples chains on one engine."""

    engine: Engine
    able: Capabilities
    budget: Budget
    sampling: Sampling = Sampling()
    probes: int | None = None
    """Thinking tokens between two trial answers; ``None`` = no trials."""

    async def thinking(self, asked: Asked, agent: int) -> tuple[Chain, Trials | None]:
        """One thinking chain, and its trial answers where they are wished."""
        watched = Watched(self.engine)
        stage = self._stage(asked, watched)
        text = prompts.with_hint(asked.question, agent)
        assignment = await self._assignment(stage, asked, agent, text, round=1, thinking=True)
        chain, work = await self._run(stage, watched, asked, assignment, "thinking")
        if self.probes is None or work.error is not None or not self.able.prefill_thinking:
            return chain, None
        return chain, await self._trials(stage, watched, asked, assignment, self.probes)

    async def instant(self, asked: Asked, agent: int) -> Chain:
        """One answer without thinking; no hint, as in the mode instant."""
        watched = Watched(self.engine)
        stage = self._stage(asked, watched)
        assignment = await self._assignment(stage, asked, agent, asked.question, round=1, thinking=False)
        return (await self._run(stage, watched, asked, assignment, "instant"))[0]

    async def refine(self, asked: Asked, first: Sequence[Chain], agent: int) -> Chain:
        """One draft of a second round that has seen the digest of the ``first`` round's chains."""
        watched = Watched(self.engine)
        stage = self._stage(asked, watched)
        picked = rounds.pick_drafts(written_of(first), seed=derived_seed(asked.seed, 1, NOBODY))
        text = prompts.refinement(asked.question, rounds.as_drafts(picked))
        assignment = await self._assignment(stage, asked, agent, text, round=2, thinking=True)
        return (await self._run(stage, watched, asked, replace(assignment, kind="refine"), "refine"))[0]

    def _stage(self, asked: Asked, engine: Engine) -> Stage:
        question = Question(
            messages=(user(asked.question),),
            mode="thinking",
            budget=self.budget,
            compression="off",
            sampling=self.sampling,
            seed=asked.seed,
        )
        stage = Stage(question, engine, seed=asked.seed, deliver=_unheard)
        stage.capabilities = self.able
        return stage

    async def _assignment(
        self, stage: Stage, asked: Asked, agent: int, text: str, *, round: int, thinking: bool
    ) -> Assignment:
        stage.round = round
        messages = stage.question.with_text(text)
        return Assignment(
            agent=agent,
            round=round,
            seed=derived_seed(asked.seed, round, agent),
            messages=messages,
            thinking=thinking,
            bounds=await bounds(stage, messages, thinking=thinking),
            top_logprobs=TOP if self.able.logprobs else None,
        )

    async def _run(
        self, stage: Stage, watched: Watched, asked: Asked, assignment: Assignment, kind: ChainKind
    ) -> tuple[Chain, Work]:
        began = monotonic()
        work = await run_agent(stage, assignment, _silent)
        ended = work.ended
        chain = Chain(
            id=asked.id,
            kind=kind,
            agent=assignment.agent,
            seed=assignment.seed,
            thinking="".join(text for _, text in watched.thoughts),
            text=ended.text,
            answer=ended.answer,
            tokens=work.tokens,
            seconds=round(monotonic() - began, 4),
            ms=deltas(watched.times),
            confidences=tuple(round(100 * value) for value in watched.confidences),
            certainty=_rounded(work.certainty),
            reason=ended.entry.stop_reason,
            forced=work.forced,
            finished=work.finished,
            right=work.finished and await _judge(asked, ended.answer, ended.text),
            error=ended.error,
        )
        return chain, work

    async def _trials(self, stage: Stage, watched: Watched, asked: Asked, assignment: Assignment, every: int) -> Trials:
        """Close the thought now and then, and see what the answer would be; made as live trials are."""
        from helicon.modes.answers import read_answer

        trials: list[Trial] = []
        for spot in spots(watched.thoughts, every):
            request = trial_request(
                watched.requests[0], spot.thought, closing=self.engine.info.family.closing, logprobs=self.able.logprobs
            )
            call = Call(stage, request, _silent, kind="probe", agent=assignment.agent, round=1)
            await call.run()
            if call.error is not None:
                break
            text = "".join(call.answer)
            natural = call.finish is not None and call.finish.reason == "stop"
            answer = read_answer(f"{OPENING}{text}") if natural and text.strip() else ""
            trials.append(
                Trial(
                    at=spot.at,
                    answer=answer,
                    tokens=call.tokens.generated,
                    certainty=_rounded(certainty(call.logprobs)),
                    finished=natural,
                    right=natural and await _judge(asked, answer, text),
                    hedged=hedges(text),
                    place=spot.place,
                )
            )
        return Trials(id=asked.id, agent=assignment.agent, every=every, trials=tuple(trials))


async def _judge(asked: Asked, answer: str, text: str) -> bool:
    return await asyncio.to_thread(is_right, asked.scorer, asked.answer, answer=answer, text=text)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _silent(text: str, logprobs: tuple[TokenLogprob, ...]) -> None:
    """Answers are read from the agent's end."""


def _unheard(event: Event) -> None:
    """Events are not needed: the watched engine saw everything."""
