"""Open-ended drafts, compared by the model itself: nameless, in pairs, each pair in both orders.

The pairs and what follows from their verdicts are ``helicon.modes.ranking``'s. This driver asks the
judges side by side, inside the run's tokens and time, and says what came out as an event. Nothing
that fails here fails the run: without verdicts the drafts are as good as each other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

from helicon.engines.protocol import Request
from helicon.errors import HeliconError
from helicon.events import CallEnded, DraftsCompared
from helicon.modes import prompts, ranking
from helicon.modes.agent import Assignment, bounds, request_of
from helicon.modes.call import Call
from helicon.modes.ranking import Judged, Verdict
from helicon.modes.rounds import Written
from helicon.modes.stage import NOBODY, Stage, Stopped, derived_seed

VERDICT_TOKENS = 160
"""Of one judge's reply: a sentence and a verdict."""
THINKING_VERDICT_TOKENS = 1024
"""The same where thinking cannot be switched off."""
AT_ONCE = 8
"""Judges side by side where the engine does not say how many it can run."""
SEED_ROUND = 1000
"""Keeps judges' seeds apart from agents'."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What a comparison gives to the last words."""

    best: Written
    clear: bool
    """Whether ``best`` leads safely."""
    contenders: tuple[Written, ...]
    """The drafts that the best does not clearly beat, best first, itself included."""


async def compare(stage: Stage, drafts: Sequence[Written]) -> Compared | None:
    """Let the model judge the drafts; ``None`` where that cannot be done or gave no verdict."""
    told = stage.told(DraftsCompared)
    if told is not None and {agent for agent, _ in told.ranking} == {draft.agent for draft in drafts}:
        stage.emit(told)
        return _read(drafts, told)
    chosen = _affordable(stage, drafts)
    if not chosen:
        return None
    verdicts = await _judge(stage, drafts, [order for a, b in chosen for order in ((a, b), (b, a))])
    judged = [
        Judged(left=a, right=b, forward=verdicts[2 * index], backward=verdicts[2 * index + 1])
        for index, (a, b) in enumerate(chosen)
    ]
    scored = [pair for pair in judged if pair.points is not None]
    strong = ranking.strengths(len(drafts), judged)
    order = sorted(range(len(drafts)), key=lambda n: (-round(strong[n], 9), -drafts[n].weight, drafts[n].length, n))
    compared = DraftsCompared(
        round=stage.round,
        ranking=tuple((drafts[n].agent, strong[n]) for n in order),
        pairs=len(scored),
        flipped=sum(pair.flipped for pair in scored),
        first=sum(pair.flipped and pair.forward == "first" for pair in scored),
        unscored=len(judged) - len(scored),
        clear=len(ranking.contenders(strong)) == 1,
        at=stage.now(),
    )
    stage.emit(compared)
    return _read(drafts, compared)


def _read(drafts: Sequence[Written], compared: DraftsCompared) -> Compared | None:
    """What a comparison says about the drafts; nothing where no verdict could be read."""
    if not compared.pairs:
        return None
    written = {draft.agent: draft for draft in drafts}
    order = [written[agent] for agent, _ in compared.ranking]
    close = ranking.contenders([strength for _, strength in compared.ranking])
    contenders = tuple(draft for n, draft in enumerate(order) if n in close)
    return Compared(best=order[0], clear=compared.clear, contenders=contenders)


def _affordable(stage: Stage, drafts: Sequence[Written]) -> list[tuple[int, int]]:
    """The pairs that the effort and the run's tokens allow; half of what is left is kept for the answer."""
    if len(drafts) < 2 or stage.ending() or stage.softened or not stage.engine.info.family.composes:
        return []
    left = stage.tokens_left
    most = len(drafts) if stage.question.effort == "low" else 2 * len(drafts)
    if left is not None:
        most = min(most, left // 2 // (2 * _reply(stage)))
    return ranking.pairs(len(drafts), seed=derived_seed(stage.seed, SEED_ROUND, NOBODY), most=most)


def _reply(stage: Stage) -> int:
    always = stage.engine.info.family.switch == "always"
    return THINKING_VERDICT_TOKENS if always else VERDICT_TOKENS


async def _judge(stage: Stage, drafts: Sequence[Written], orders: Sequence[tuple[int, int]]) -> list[Verdict | None]:
    """One verdict for each order; ``None`` where none could be had."""
    verdicts: list[Verdict | None] = [None] * len(orders)
    room = asyncio.Semaphore(max(1, stage.capabilities.slots or AT_ONCE))

    async def one(number: int) -> None:
        async with room:
            with suppress(Stopped, HeliconError):
                first, second = (drafts[n].text for n in orders[number])
                verdicts[number] = await _verdict(stage, first, second, number)

    stage.on_soften = lambda: _enough(stage)
    tasks = [asyncio.create_task(one(number)) for number in range(len(orders))]
    try:
        await asyncio.gather(*tasks)
    finally:
        stage.on_soften = None
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
        stage.halted = None
    return verdicts


def _enough(stage: Stage) -> bool:
    """When there is no more time: the verdicts that are in must do."""
    stage.halt(stage.softened or "deadline")
    return True


async def _verdict(stage: Stage, first: str, second: str, number: int) -> Verdict | None:
    request = await _request(stage, prompts.judgement(stage.question.text, first, second), number)
    call = Call(stage, request, _silent, kind="compare", agent=NOBODY, round=stage.round)
    await call.run()
    stage.emit(CallEnded(entry=call.entry, at=stage.now()))
    return ranking.read_verdict("".join(call.answer)) if call.error is None else None


async def _request(stage: Stage, text: str, number: int) -> Request:
    """A short reply, without chance and without the question's own stop words."""
    messages = stage.question.with_text(text)
    work = Assignment(
        agent=NOBODY,
        round=stage.round,
        seed=derived_seed(stage.seed, SEED_ROUND, number),
        messages=messages,
        thinking=False,
        bounds=await bounds(stage, messages, thinking=False),
    )
    plain = request_of(stage, work)
    least = min(_reply(stage), plain.max_tokens or _reply(stage))
    return replace(plain, max_tokens=least, sampling=replace(plain.sampling, temperature=0.0), stop=())


def _silent(text: str, logprobs: object) -> None:
    """A judge's words are nobody's answer."""
