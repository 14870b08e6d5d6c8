"""One agent: a chain of thought from its question to its answer, over one or two calls of the engine.

The thought is bounded by the engine where its probe found a budget field. Where it found none, the
thought is cut at the bound and the agent is asked once more to answer: with the thought prefilled
and closed where the engine can continue one, otherwise with thinking switched off. The same second
call answers a thought that a deadline or the loop guard cut, or that ended without an answer, and one that
was finished in a run that was interrupted before its answer was.
A failing engine is data here (``Work.error``); the driver decides what it means.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from helicon.budgets import ANSWER_RESERVE, Budget, Split, split
from helicon.engines.protocol import Request
from helicon.errors import HeliconError
from helicon.events import AgentEnded, AgentStarted, AnswerDelta, CallEnded, DraftDelta, TokenLogprob
from helicon.ledger import CallKind, StopReason, Tokens, total
from helicon.messages import Message, ToolCall
from helicon.modes import confidence
from helicon.modes.call import Call, Sink
from helicon.modes.stage import FALLBACK_SAMPLING, Stage, Stopped, derived_seed

if TYPE_CHECKING:
    from helicon.modes.compression_trials import Trials
    from helicon.modes.earlier import Thought

FORCED: tuple[StopReason, ...] = ("budget", "deadline", "asked")
"""Why a thought may be closed from outside and answered."""
NATIVE_SLACK = 32
"""Thinking tokens beyond its budget at which a bound that the engine should keep is enforced here."""
CONTEXT_MARGIN = 16
"""Tokens of the context left unused: templates add a few to the counted prompt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """What one agent does in one round."""

    agent: int
    round: int
    seed: int
    messages: tuple[Message, ...]
    thinking: bool
    bounds: Split
    """Tokens of all its calls together."""
    kind: CallKind = "agent"
    hint: str = ""
    top_logprobs: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What one agent did."""

    ended: AgentEnded
    pieces: tuple[str, ...] = field(default=(), repr=False)
    """The answer text as it came."""
    logprobs: tuple[TokenLogprob, ...] = field(default=(), repr=False)
    """Of the answer."""
    tokens: Tokens = Tokens()
    """Of all its calls."""
    tool_calls: tuple[ToolCall, ...] = ()
    finished: bool = False
    """It came to an end of its own, with an answer: only then it votes."""
    error: HeliconError | None = field(default=None, repr=False)

    @property
    def forced(self) -> bool:
        """Its thought was closed from outside."""
        return self.ended.entry.stop_reason in FORCED

    @property
    def certainty(self) -> float | None:
        """Geometric mean probability of its answer's tokens, where the engine gave them."""
        return self.ended.certainty


def speak(stage: Stage, top_logprobs: int | None) -> Sink:
    """A sink that streams the run's own answer."""

    def sink(text: str, logprobs: tuple[TokenLogprob, ...]) -> None:
        shown = trimmed(logprobs, top_logprobs)
        stage.emit(AnswerDelta(text=text, logprobs=shown, at=stage.now()))

    return sink


def draft(stage: Stage, agent: int) -> Sink:
    """A sink that streams one agent's draft."""

    def sink(text: str, _: tuple[TokenLogprob, ...]) -> None:
        if text:
            stage.emit(DraftDelta(agent=agent, text=text, at=stage.now()))

    return sink


def trimmed(logprobs: tuple[TokenLogprob, ...], top: int | None) -> tuple[TokenLogprob, ...]:
    """No more log-probabilities than the question asked for."""
    if top is None:
        return ()
    return tuple(replace(token, top=token.top[:top]) for token in logprobs)


async def bounds(stage: Stage, messages: tuple[Message, ...], *, thinking: bool, tokens: int | None = None) -> Split:
    """One agent's tokens: its budget, ``tokens`` (its share of the run's), and what the context leaves.

    The engine counts the prompt only where the context could matter: a prompt has at most one
    token per byte, so most questions need no count.
    """
    budget = stage.question.budget
    if not thinking:
        budget = replace(budget, thinking_tokens=0)
    room = await _room(stage, messages, budget)
    limits = [limit for limit in (tokens, stage.tokens_left) if limit is not None]
    most = max(1, min(limits)) if limits else None
    return split(budget if budget.total_tokens == most else replace(budget, total_tokens=most), room=room)


async def _room(stage: Stage, messages: tuple[Message, ...], budget: Budget) -> int | None:
    context = stage.capabilities.context
    if context is None:
        return None
    most = sum(len(message.text.encode("utf-8", "replace")) + 32 for message in messages)
    most += sum(len(call.arguments) + 64 for message in messages for call in message.tool_calls)
    most += sum(len(json.dumps(tool, default=str)) for tool in stage.question.tools)
    if not any(message.images for message in messages) and most + split(budget).total <= context:
        return None
    counted = await stage.guard(stage.engine.count(Request(messages=messages, tools=stage.question.tools)))
    prompt = counted if counted is not None else most // 3
    left = context - prompt - CONTEXT_MARGIN
    return left if left > 0 else None


def request_of(stage: Stage, work: Assignment) -> Request:
    """The first call of an assignment."""
    question, family, able = stage.question, stage.engine.info.family, stage.capabilities
    defaults = family.thinking_sampling if work.thinking else family.instant_sampling
    thinking = work.thinking and work.bounds.thinking > 0
    native = able.budget_field is not None
    return Request(
        messages=work.messages,
        thinking=thinking,
        thinking_budget=work.bounds.thinking if native or not thinking else None,
        max_tokens=_max_tokens(stage, work),
        sampling=question.sampling.over(defaults).over(FALLBACK_SAMPLING),
        seed=work.seed,
        stop=question.stop,
        tools=question.tools,
        tool_choice=question.tool_choice,
        response_format=question.response_format,
        top_logprobs=work.top_logprobs,
    )


def _max_tokens(stage: Stage, work: Assignment) -> int | None:
    """Unbounded instant answers stay unbounded: the split's own total is only a default."""
    budget = stage.question.budget
    if work.thinking or budget.max_tokens or budget.total_tokens or stage.tokens_left is not None:
        return work.bounds.total
    return None


def closing_request(
    stage: Stage, work: Assignment, first: Request, thought: str, spent: int, *, closing: str | None = None
) -> Request:
    """The second call: the answer to a thought that was cut; ``closing`` ends it, ``None`` = the family's words."""
    left = max(1, work.bounds.total - spent)
    if stage.softened:
        left = min(left, ANSWER_RESERVE)
    plain = replace(first, max_tokens=left, slot=None)
    if stage.capabilities.prefill_thinking and thought:
        # Still a thinking request: the thought is the model's own, only closed for it.
        words = stage.engine.info.family.closing if closing is None else closing
        return replace(plain, thinking_budget=None, prefill_thinking=thought + words, prefill_answer="")
    return replace(plain, thinking=False, thinking_budget=0)


def going_on_request(stage: Stage, work: Assignment, first: Request, thought: str, spent: Tokens) -> Request | None:
    """The call that goes on with a thought which was cut for a trial; ``None`` when it may think no further."""
    if stage.softened or spent.thinking >= work.bounds.thinking:
        return None
    return replace(
        first,
        max_tokens=max(1, work.bounds.total - spent.generated),
        thinking_budget=None,
        prefill_thinking=thought,
        seed=derived_seed(work.seed, work.round + 1, spent.thinking),
        slot=None,
    )


async def run_agent(
    stage: Stage, work: Assignment, sink: Sink, *, placed: Request | None = None, trials: Trials | None = None
) -> Work:
    """Run one assignment to its end; never raises for the engine's failures.

    ``placed`` is the assignment's request after ``Engine.share_prefix``. ``trials`` may end its thought early.
    """
    if stage.resumed and (carried := stage.carried(work, sink)) is not None:
        return carried
    stage.emit(AgentStarted(agent=work.agent, round=work.round, seed=work.seed, hint=work.hint, at=stage.now()))
    request = placed or request_of(stage, work)
    if stage.resumed and (whole := stage.whole_thought(work)) is not None:
        return await _answered(stage, work, request, sink, whole)
    if stage.softened:  # the deadline is near: no thought would end in time
        reserve = min(request.max_tokens or ANSWER_RESERVE, ANSWER_RESERVE)
        request = replace(request, thinking=False, thinking_budget=0, max_tokens=reserve)
    calls, begun = await _think(stage, work, request, sink, trials)
    last = calls[-1]
    if not begun or not _needs_closing(last):
        return _done(stage, work, calls, None)
    cut_by = last.reason
    if cut_by == "trial":  # its end was told before the trial
        cut_by = stage.softened or "budget"
    else:
        stage.emit(CallEnded(entry=last.entry, at=stage.now()))
    if trials is not None and trials.settled is not None:
        thought, cut_by = trials.settled, "settled"
    else:
        thought = "".join(piece for call in calls for piece in call.thinking)
    second = closing_request(stage, work, request, thought, _tokens(calls).generated)
    calls.append(Call(stage, second, sink, kind="close", agent=work.agent, round=work.round))
    await _begins(calls[-1])
    return _done(stage, work, calls, cut_by or "stop")


async def _answered(stage: Stage, work: Assignment, first: Request, sink: Sink, whole: Thought) -> Work:
    """The answer to a thought that an interrupted run had finished."""
    closing = None if whole.cut else "\n"
    request = closing_request(stage, work, first, whole.text, whole.tokens.generated, closing=closing)
    call = Call(stage, request, sink, kind="close", agent=work.agent, round=work.round)
    await _begins(call)
    done = _done(stage, work, [call], None)
    return replace(done, tokens=done.tokens + whole.tokens)


async def _think(
    stage: Stage, work: Assignment, request: Request, sink: Sink, trials: Trials | None
) -> tuple[list[Call], bool]:
    """The calls up to the end of the thought, and whether the last one could begin."""
    cut_at = None
    if request.thinking:
        cut_at = work.bounds.thinking + (NATIVE_SLACK if request.thinking_budget is not None else 0)
    calls = [Call(stage, request, sink, kind=work.kind, agent=work.agent, round=work.round, cut_at=cut_at)]
    if trials is None or not request.thinking:
        return calls, await _begins(calls[-1])
    try:
        trials.begin(calls[-1])
        begun = await _begins(calls[-1])
        while begun and calls[-1].reason == "trial":
            stage.emit(CallEnded(entry=calls[-1].entry, at=stage.now()))
            await trials.between()
            spent = _tokens(calls)
            further = going_on_request(stage, work, request, trials.thought, spent)
            if trials.settled is not None or further is None:
                break
            cut_at = work.bounds.thinking - spent.thinking
            calls.append(Call(stage, further, sink, kind=work.kind, agent=work.agent, round=work.round, cut_at=cut_at))
            trials.begin(calls[-1])
            begun = await _begins(calls[-1])
    finally:
        await trials.close()
    return calls, begun


def _tokens(calls: list[Call]) -> Tokens:
    return total(call.tokens for call in calls)


async def _begins(call: Call) -> bool:
    """Run the call; ``False`` when the whole run or this agent had been stopped before it began."""
    try:
        await call.run()
    except Stopped:
        call.reason = call.stage.ending() or "cancelled"
        return False
    return True


def _needs_closing(call: Call) -> bool:
    """A cut thought, or one that ended by itself and left no answer."""
    if call.wants_answer:
        return True
    spoke = "".join(call.answer).strip() or call.tool_calls
    return call.finish is not None and call.finish.reason == "stop" and bool(call.thinking) and not spoke


def _done(stage: Stage, work: Assignment, calls: list[Call], cut_by: StopReason | None) -> Work:
    """Say how the agent ended."""
    from helicon.modes.answers import read_answer

    last = calls[-1]
    pieces = tuple(piece for call in calls for piece in call.answer)
    text = "".join(pieces)
    tool_calls = tuple(call for made in calls for call in made.tool_calls)
    entry = last.entry
    natural = last.finish is not None and last.finish.reason in ("stop", "tool_calls")
    if natural and not tool_calls and cut_by in FORCED:
        entry = replace(entry, stop_reason=cut_by)
    scores = [score for call in calls for score in call.confidences]
    logprobs = tuple(token for call in calls for token in call.logprobs)
    finished = natural and bool(text.strip() or tool_calls)
    ended = AgentEnded(
        agent=work.agent,
        round=work.round,
        answer=read_answer(text) if natural else "",
        text=text,
        confidence=confidence.mean(scores),
        entry=entry,
        error=str(last.error) if last.error else "",
        certainty=confidence.certainty(logprobs) if logprobs else None,
        finished=finished,
        at=stage.now(),
    )
    stage.emit(ended)
    return Work(
        ended=ended,
        pieces=pieces,
        logprobs=logprobs,
        tokens=_tokens(calls),
        tool_calls=tool_calls,
        finished=finished,
        error=last.error,
    )
