"""One text from several drafts: the call that writes it, its marks read as they stream, and whose words to take.

A composition that fails or says nothing is taken back; the caller then lets a draft speak.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from helicon.errors import HeliconError
from helicon.events import AnswerDelta, AnswerReset, CallEnded, Source, SourcesMarked, TokenLogprob
from helicon.ledger import StopReason
from helicon.modes import prompts, rounds, sources
from helicon.modes.agent import Assignment, Work, bounds, request_of, trimmed
from helicon.modes.call import Call
from helicon.modes.comparing import compare
from helicon.modes.outcome import Outcome
from helicon.modes.sources import MarkReader
from helicon.modes.stage import NOBODY, Stage, Stopped, derived_seed


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A text that one call wrote."""

    text: str
    """As readers see it: marks renamed, unknown ones taken out."""
    sources: tuple[Source, ...]
    unknown: tuple[str, ...]
    rests_on: tuple[int, ...]
    stop_reason: StopReason


async def compose(
    stage: Stage, text: str, agents: Sequence[int], *, labels: Sequence[int] | None = None
) -> Composed | None:
    """Ask for the text that the prompt ``text`` describes, and stream it as the run's answer.

    ``agents`` are those behind marks 1, 2, ...; ``labels`` what readers see in their place. ``None``
    when no call can be made now, or when it failed; what was streamed is then withdrawn.
    """
    left = stage.tokens_left
    if stage.ending() or stage.softened or (left is not None and left < rounds.LEAST_SHARE):
        return None
    written = stage.synthesis()
    if written is not None:
        return _written_before(stage, agents, labels, *written)
    reader = MarkReader(agents, labels=labels)
    asked = stage.question.top_logprobs

    def say(piece: str, logprobs: tuple[TokenLogprob, ...]) -> None:
        shown = reader.decode(piece)
        if shown or logprobs:
            stage.emit(AnswerDelta(text=shown, logprobs=trimmed(logprobs, asked), at=stage.now()))

    messages = stage.question.with_text(text)
    try:
        work = Assignment(
            agent=NOBODY,
            round=stage.round,
            seed=derived_seed(stage.seed, stage.round + 1, NOBODY),
            messages=messages,
            thinking=False,
            bounds=await bounds(stage, messages, thinking=False),
            top_logprobs=asked,
        )
        call = Call(stage, request_of(stage, work), say, kind="synthesis", agent=NOBODY, round=stage.round)
        await call.run()
    except (Stopped, HeliconError):  # what was said so far stays
        return None
    failed = call.error is not None or not "".join(call.answer).strip()
    rest = "" if failed else reader.flush()
    if rest:
        stage.emit(AnswerDelta(text=rest, at=stage.now()))
    stage.emit(CallEnded(entry=call.entry, at=stage.now()))
    if failed:
        if call.answer:
            stage.emit(AnswerReset(reason="the synthesis failed", at=stage.now()))
        return None
    return _composed(reader, agents, reader.unknown, call.stop_reason)


def _composed(reader: MarkReader, agents: Sequence[int], unknown: Sequence[str], reason: StopReason) -> Composed:
    return Composed(
        text=reader.text,
        sources=sources.statements(reader.text, reader.marks),
        unknown=tuple(unknown),
        rests_on=sources.rests_on(reader.text, reader.marks, agents),
        stop_reason=reason,
    )


def _written_before(
    stage: Stage, agents: Sequence[int], labels: Sequence[int] | None, text: str, reason: StopReason
) -> Composed | None:
    """What an interrupted run had composed; its marks are read as readers see them."""
    behind = dict(zip(labels or range(1, len(agents) + 1), agents, strict=True))
    shown = range(1, max(behind, default=0) + 1)
    reader = MarkReader([behind.get(label, NOBODY) for label in shown], labels=shown)
    reader.decode(text)
    reader.flush()
    marked = stage.told(SourcesMarked)
    return _composed(reader, agents, marked.unknown if marked else (), reason) if text.strip() else None


async def open_ended(
    stage: Stage, written: Sequence[rounds.Written], works: Mapping[int, Work], leader: Work
) -> Outcome | Work:
    """What ends a contemplation whose drafts cannot be compared as answers.

    The model compares them. A clear winner is returned, to speak in its own words. Otherwise a
    synthesis is written from those that the best one does not clearly beat, and its outcome
    returned. Where neither can be done, it is the best draft found so far, ``leader`` at first.
    """
    picked = rounds.pick_drafts(written, seed=derived_seed(stage.seed, stage.round + 1, NOBODY))
    compared = await compare(stage, picked)
    best = leader
    if compared is not None:
        best = works[compared.best.agent]
        if compared.clear:
            return best
        picked = [draft for draft in picked if draft in compared.contenders]
    agents = [draft.agent for draft in picked]
    able = stage.engine.info.family.composes
    text = prompts.synthesis(stage.question.text, rounds.as_drafts(picked), marks=able)
    spoken = await compose(stage, text, agents, labels=[agent + 1 for agent in agents])
    if spoken is None:
        return best
    mark(stage, spoken.sources, spoken.unknown)
    return Outcome(mode="contemplating", answer=spoken.text, stop_reason=spoken.stop_reason, rests_on=spoken.rests_on)


def mark(stage: Stage, found: Sequence[Source], unknown: Sequence[str] = ()) -> None:
    """Say what the answer's statements rest on, if anything is known of it."""
    if found or unknown:
        stage.emit(SourcesMarked(sources=tuple(found), unknown=tuple(unknown), at=stage.now()))
