"""Auto: the cheapest mode that suffices, escalating when the model itself looks unsure.

::

    looks easy ──▶ instant, held back ──sure──▶ answer
         │              │ unsure, or two samples disagree
    looks hard ────▶ thinking, answer held back ──sure──▶ answer
                        │ unsure, cut short, or it differs from the instant answer
                        ▼
                   contemplating, with the thought's draft as one vote

Sure means, where the engine gives log-probabilities, that the geometric mean probability of the
answer's tokens is at least what ``routing`` asks for at the question's effort; elsewhere that a second
instant sample says the same. Only short, comparable answers are judged: a poem has improbable tokens
and nothing to compare. An answer is held back for its first ``HELD`` characters; a longer one streams,
and is withdrawn if it is overruled.
"""

from __future__ import annotations

from helicon.events import AnswerDelta, AnswerReset, ModeChosen, TokenLogprob
from helicon.messages import Mode
from helicon.modes.admissions import admits
from helicon.modes.agent import Work, speak
from helicon.modes.ballots import ballots_in_time
from helicon.modes.contemplating import contemplate
from helicon.modes.dividing import wanted
from helicon.modes.instant import answer_at_once
from helicon.modes.looks import look
from helicon.modes.outcome import Outcome, of_one
from helicon.modes.routing import ADMITTED, ROUTINGS, Routing, doubt_instant, doubt_thinking
from helicon.modes.stage import Stage
from helicon.modes.thinking import think_once

HELD = 400
"""Characters of an answer that are held back until it is judged."""


class Held:
    """A sink that holds an answer back until it is judged or grows long."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.released = False
        self._pieces: list[tuple[str, tuple[TokenLogprob, ...]]] = []
        self._length = 0
        self._speak = speak(stage, stage.question.top_logprobs)

    def __call__(self, text: str, logprobs: tuple[TokenLogprob, ...]) -> None:
        """Take one piece."""
        if self.released:
            self._speak(text, logprobs)
            return
        self._pieces.append((text, logprobs))
        self._length += len(text)
        if self._length > HELD:
            self.release()

    def release(self) -> None:
        """Let everything out, from now on at once."""
        self.released = True
        for text, logprobs in self._pieces:
            self._speak(text, logprobs)
        self._pieces.clear()

    def withdraw(self, reason: str) -> None:
        """Take back what was let out; what was held is dropped."""
        if self.released:
            self.stage.emit(AnswerReset(reason=reason, at=self.stage.now()))
        self._pieces.clear()


async def choose(stage: Stage) -> Outcome:
    """Pick a mode, answer, and escalate while unsure.

    Raises:
        HeliconError: the engine failed and there is no answer.
    """
    question = stage.question
    plain = not question.tools and not question.response_format
    divided = wanted(question) if question.budget.thinking_tokens != 0 else ""
    if divided:
        _choose(stage, "contemplating", divided)
        return await contemplate(stage)
    first = look(question.text)
    stage.round = 1
    quick: Work | None = None
    if first.easy or question.budget.thinking_tokens == 0:
        _choose(stage, "instant", first.reason if first.easy else "no thinking tokens are allowed")
        sink = Held(stage)
        quick = await answer_at_once(stage, sink, top_logprobs=_probing(stage, plain))
        wanted_more = plain and question.budget.thinking_tokens != 0
        doubt = _chosen_before(stage) or (await _instant_doubt(stage, quick) if wanted_more else "")
        if not doubt or not _may_escalate(stage):
            sink.release()
            return of_one("instant", quick)
        sink.withdraw(doubt)
        stage.round += 1
        _choose(stage, "thinking", doubt, quick.certainty)
    else:
        _choose(stage, "thinking", first.reason)
    sink = Held(stage)
    work = await think_once(stage, sink, top_logprobs=_probing(stage, plain))
    if quick is not None and quick.finished and not work.finished and stage.stopped != "cancelled":
        sink.withdraw("the thought gave no answer, so the instant one stands")
        return _instant_stands(stage, quick, work)
    wanted_more = plain and question.budget.agents != 1
    doubt = _chosen_before(stage) or (await _thinking_doubt(stage, quick, work) if wanted_more else "")
    if not doubt or not _may_escalate(stage):
        sink.release()
        return of_one("thinking", work)
    sink.withdraw(doubt)
    _choose(stage, "contemplating", doubt, work.certainty)
    return await contemplate(stage, earlier=(work,))


def _instant_stands(stage: Stage, quick: Work, work: Work) -> Outcome:
    """The whole instant answer, where a bound or a failure left the thought after it without one."""
    for piece in quick.pieces:
        stage.emit(AnswerDelta(text=piece, at=stage.now()))
    reason = quick.ended.entry.stop_reason if work.error else stage.stopped or work.ended.entry.stop_reason
    return Outcome(mode="instant", answer=quick.ended.text, stop_reason=reason, rests_on=(quick.ended.agent,))


def _choose(stage: Stage, mode: Mode, reason: str, confidence: float | None = None) -> None:
    stage.emit(ModeChosen(mode=mode, reason=reason, confidence=confidence, at=stage.now()))


def _chosen_before(stage: Stage) -> str:
    """Why an interrupted run went on to the next mode; empty where none did."""
    told = stage.told(ModeChosen)
    return told.reason if told is not None else ""


def _probing(stage: Stage, plain: bool) -> int | None:
    """Ask for the chosen token's probability alone; engines refuse that beside tools."""
    return 0 if plain and stage.capabilities.logprobs else None


def _may_escalate(stage: Stage) -> bool:
    """Whether time and tokens are left for more."""
    left = stage.tokens_left
    return not stage.stopped and not stage.softened and (left is None or left >= _routing(stage).least_tokens)


async def _instant_doubt(stage: Stage, first: Work) -> str:
    """Why an instant answer should not stand; empty when it may."""
    if not first.finished:
        return ""
    if not first.ended.answer:
        return ""
    if admits(first.ended.text):
        return ADMITTED
    if first.certainty is not None:
        return doubt_instant(_routing(stage), first.certainty)
    if not _may_escalate(stage):
        return ""
    second = await answer_at_once(stage, _silent, agent=1)
    if not second.finished or await _same(stage, first, second):
        return ""
    return "two instant answers disagree"


async def _thinking_doubt(stage: Stage, quick: Work | None, work: Work) -> str:
    """Why the answer of one thought should not stand; empty when it may."""
    if not work.finished or not work.ended.answer:
        return ""
    known = work.certainty is not None or quick is None or not quick.ended.answer
    differs = not known and quick is not None and not await _same(stage, quick, work)
    cut = work.ended.entry.stop_reason == "budget"
    admitted = admits(work.ended.text)
    return doubt_thinking(_routing(stage), work.certainty, cut=cut, differs=differs, admitted=admitted)


def _routing(stage: Stage) -> Routing:
    return ROUTINGS[stage.question.effort]


async def _same(stage: Stage, one: Work, other: Work) -> bool:
    votes = await ballots_in_time(stage, [one, other])
    return len({vote.group for vote in votes}) == 1


def _silent(text: str, logprobs: tuple[TokenLogprob, ...]) -> None:
    """A sample nobody reads."""
