"""The last words of a contemplation: whose draft speaks, what is said about the others, and the synthesis.

Unanimous drafts: the best agent's own words. Dissent: the same, and a closing line that says which
drafts they rest on and what the others say. Drafts without a short answer: a synthesis, streamed
from one more call, which names its drafts. Where that call cannot be made, the best draft speaks.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from helicon.events import AnswerDelta, AnswerReset, CallEnded
from helicon.ledger import StopReason
from helicon.modes import prompts, rounds
from helicon.modes.agent import Assignment, Work, bounds, request_of, speak, trimmed
from helicon.modes.ballots import comparable
from helicon.modes.call import Call
from helicon.modes.consensus import Standing
from helicon.modes.outcome import Outcome
from helicon.modes.stage import NOBODY, Stage, Stopped, derived_seed

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
    spoken = await _synthesise(stage, written)
    if spoken is not None:
        return spoken
    _say(stage, best)
    return Outcome(
        mode="contemplating", answer=best.ended.text, stop_reason=_reason(stage, best), rests_on=(best.ended.agent,)
    )


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


def cited(text: str, shown: Sequence[int]) -> tuple[int, ...]:
    """Agents whose drafts a synthesis names as ``[1], [3]``: in its last line with citations, else anywhere.

    ``shown`` are the agents in the digest's order. A synthesis that names none rests on all.
    """
    lines = [numbers for line in text.splitlines() if (numbers := re.findall(r"\[(\d{1,2})\]", line))]
    numbers = lines[-1] if lines else []
    agents = {shown[int(number) - 1] for number in numbers if 1 <= int(number) <= len(shown)}
    return tuple(sorted(agents)) or tuple(sorted(shown))


def _reason(stage: Stage, best: Work) -> StopReason:
    """Why the run ends, seen from its best draft."""
    if stage.stopped:
        return stage.stopped
    if stage.softened:
        return "deadline"
    return best.ended.entry.stop_reason


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
        reason = stage.stopped or ("deadline" if stage.softened else _common(works))
        return Outcome(mode="contemplating", answer="", stop_reason=reason)
    _say(stage, best)
    reason = stage.stopped or best.ended.entry.stop_reason
    return Outcome(mode="contemplating", answer=best.ended.text, stop_reason=reason, rests_on=(best.ended.agent,))


def _common(works: Sequence[Work]) -> StopReason:
    reasons = [work.ended.entry.stop_reason for work in works]
    return max(reasons, key=reasons.count, default="length")


async def _synthesise(stage: Stage, written: Sequence[rounds.Written]) -> Outcome | None:
    """One more call over the drafts; ``None`` when it cannot be made or fails."""
    left = stage.tokens_left
    if stage.stopped or stage.softened or (left is not None and left < rounds.LEAST_SHARE):
        return None
    picked = rounds.pick_drafts(written, seed=derived_seed(stage.seed, stage.round + 1, NOBODY))
    text = prompts.synthesis(stage.question.text, rounds.as_drafts(picked))
    messages = stage.question.with_text(text)
    try:
        work = Assignment(
            agent=NOBODY,
            round=stage.round,
            seed=derived_seed(stage.seed, stage.round + 1, NOBODY),
            messages=messages,
            thinking=False,
            bounds=await bounds(stage, messages, thinking=False),
            top_logprobs=stage.question.top_logprobs,
        )
        sink = speak(stage, stage.question.top_logprobs)
        call = Call(stage, request_of(stage, work), sink, kind="synthesis", agent=NOBODY, round=stage.round)
        await call.run()
    except Stopped:
        return None
    stage.emit(CallEnded(entry=call.entry, at=stage.now()))
    answer = "".join(call.answer)
    if call.error is not None or not answer.strip():
        if answer:
            stage.emit(AnswerReset(reason="the synthesis failed", at=stage.now()))
        return None
    return Outcome(
        mode="contemplating",
        answer=answer,
        stop_reason=call.stop_reason,
        rests_on=cited(answer, [draft.agent for draft in picked]),
    )
