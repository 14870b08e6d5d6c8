"""The last words of a contemplation: whose draft speaks, what is said about the others, and the synthesis.

Unanimous drafts: the best agent's own words. Dissent: the same, and a closing line that says which
drafts they rest on and what the others say. Drafts without a short answer go to ``composing``, which
compares them: the clear winner speaks, or a synthesis of those that lie close.
"""

from __future__ import annotations

from collections.abc import Sequence

from helicon.events import AnswerDelta, Source
from helicon.ledger import StopReason
from helicon.modes import prompts, rounds
from helicon.modes.agent import Work, trimmed
from helicon.modes.ballots import comparable
from helicon.modes.composing import mark, open_ended
from helicon.modes.consensus import Standing
from helicon.modes.outcome import Outcome
from helicon.modes.stage import Stage

NOTE_ANSWER_CHARACTERS = 60
"""Of a differing answer, in the closing line."""


async def conclude(
    stage: Stage, standing: Standing, works: Sequence[Work], written: Sequence[rounds.Written]
) -> Outcome:
    """Stream the answer that ``standing`` gives, and say why it ends here."""
    if stage.stopped == "cancelled":
        return Outcome(mode="contemplating", answer=stage.fold.result.answer, stop_reason="cancelled")
    leader = standing.leader
    if leader is None:
        return _unfinished(stage, works)
    best = {work.ended.agent: work for work in works if work.finished}[leader.best.agent]
    reason = _reason(stage, best)
    if standing.unanimous:
        _say(stage, best)
        return Outcome(mode="contemplating", answer=best.ended.text, stop_reason=reason, rests_on=leader.agents)
    if comparable(standing.ballots):
        note = dissent(standing, len({work.ended.agent for work in works}))
        _say(stage, best)
        stage.emit(AnswerDelta(text=note, at=stage.now()))
        return Outcome(mode="contemplating", answer=best.ended.text + note, stop_reason=reason, rests_on=leader.agents)
    finished = {work.ended.agent: work for work in works if work.finished}
    spoken = await open_ended(stage, written, finished, best)
    if isinstance(spoken, Outcome):
        return spoken
    if stage.ending() == "cancelled":
        return Outcome(mode="contemplating", answer="", stop_reason="cancelled")
    _say(stage, spoken)
    agent, answer = spoken.ended.agent, spoken.ended.text
    mark(stage, [Source(start=0, end=len(answer), agents=(agent,))])
    return Outcome(mode="contemplating", answer=answer, stop_reason=_reason(stage, spoken), rests_on=(agent,))


def dissent(standing: Standing, agents: int) -> str:
    """The closing line: ``Rests on drafts 1, 3, 5 of 6; drafts 2, 4 say 17.``

    Drafts count from 1; ``agents`` is how many began.
    """
    leader = standing.groups[0]
    parts = [f"Rests on {_drafts(leader.agents)} of {agents}"]
    for group in standing.groups[1:]:
        answer = prompts.bounded(group.best.answer, NOTE_ANSWER_CHARACTERS)
        verb = "says" if len(group.agents) == 1 else "say"
        parts.append(
            f"{_drafts(group.agents)} {verb} {answer}" if answer else f"{_drafts(group.agents)} cannot be compared"
        )
    return f"\n\n{'; '.join(parts)}."


def _drafts(agents: Sequence[int]) -> str:
    numbers = ", ".join(str(agent + 1) for agent in agents)
    return f"draft {numbers}" if len(agents) == 1 else f"drafts {numbers}"


def _reason(stage: Stage, best: Work) -> StopReason:
    """Why the run ends, seen from its best draft."""
    return stage.stopped or stage.softened or best.ended.entry.stop_reason


def _say(stage: Stage, work: Work) -> None:
    """Stream an agent's own words as the run's answer."""
    asked = stage.question.top_logprobs
    if asked is not None and work.logprobs:
        stage.emit(AnswerDelta(text=work.ended.text, logprobs=trimmed(work.logprobs, asked), at=stage.now()))
        return
    for piece in work.pieces:
        stage.emit(AnswerDelta(text=piece, at=stage.now()))


def _unfinished(stage: Stage, works: Sequence[Work]) -> Outcome:
    """Nobody finished: the longest partial answer is better than none."""
    best = max(works, key=lambda work: (len(work.ended.text), -work.ended.agent), default=None)
    if best is None or not best.ended.text:
        reason = stage.stopped or stage.softened or _common(works)
        return Outcome(mode="contemplating", answer="", stop_reason=reason)
    _say(stage, best)
    reason = stage.stopped or best.ended.entry.stop_reason
    return Outcome(mode="contemplating", answer=best.ended.text, stop_reason=reason, rests_on=(best.ended.agent,))


def _common(works: Sequence[Work]) -> StopReason:
    reasons = [work.ended.entry.stop_reason for work in works]
    return max(reasons, key=reasons.count, default="length")
