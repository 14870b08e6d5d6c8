"""Whether a request is divided, and how: the plan of a delegation.

A plan comes from the caller, from the request's words (``parts``), or from the model. Where none of
them gives at least two parts there is none, and the contemplation votes as usual.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from helicon.errors import HeliconError
from helicon.events import CallEnded, PlanMade, RoundStarted
from helicon.ledger import Ledger
from helicon.messages import MAX_PARTS, Question, SubQuestion
from helicon.modes import planning, prompts
from helicon.modes.agent import Assignment, bounds, request_of
from helicon.modes.call import Call
from helicon.modes.parts import Separated, separate
from helicon.modes.rounds import LEAST_SHARE
from helicon.modes.stage import NOBODY, Stage, Stopped, derived_seed

if TYPE_CHECKING:
    from helicon.engines.protocol import Engine

PLAN_TOKENS = 1024
"""Of the model's plan."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan made ahead of its run."""

    plan: PlanMade | None
    """``None`` = the request is one question."""
    ledger: Ledger
    """What the planning cost."""


def wanted(question: Question) -> str:
    """Why ``auto`` should divide this request at once; empty when nothing says so clearly."""
    if question.plan is not None:
        return "a plan is given"
    if question.delegate == "off" or question.tools or question.response_format or question.budget.agents == 1:
        return ""
    found = separate(question.text) if _fresh(question) else Separated()
    return found.reason if found.clear and found.listed else ""


async def make_plan(question: Question, engine: Engine) -> Planned:
    """The plan that a contemplation of ``question`` would follow, without running it.

    Edit its ``parts`` and ask again with ``plan=...``.

    Raises:
        HeliconError: the engine failed.
    """
    stage = Stage(question, engine, seed=question.seed or 0, deliver=lambda _: None)
    stage.start_deadline()
    try:
        stage.capabilities = await stage.guard(engine.probe())
        made = await plan_of(stage)
    except Stopped:
        made = None
    finally:
        stage.close()
    return Planned(plan=made, ledger=stage.fold.ledger)


async def plan_of(stage: Stage) -> PlanMade | None:
    """Find the plan of the stage's question and say it; ``None`` when the request is to be answered as one."""
    question = stage.question
    if question.plan is not None:
        return _made(stage, PlanMade(parts=question.plan, source="given", reason="given by the caller"))
    if question.delegate == "off" or question.tools or question.response_format:
        return None
    found, fresh = separate(question.text), _fresh(question)
    left = stage.tokens_left
    if left is not None and left // (len(found.parts) + 2) < LEAST_SHARE:
        return None
    if found.shared and not stage.engine.info.family.composes:
        return None
    if found.clear and fresh:
        return _made(stage, PlanMade(parts=found.parts, source="words", reason=found.reason))
    if not stage.engine.info.family.composes or not (found.parts or question.delegate == "on"):
        return None
    told = stage.told(PlanMade)
    if told is not None:
        return _made(stage, told)
    if stage.told(RoundStarted) is not None:
        return None  # the interrupted run had asked, and got none
    parts = await _ask_for_plan(stage)
    if len(parts) < 2:
        return None
    reason = f"{found.reason}; the model divided them" if found.parts else "the model sees parts"
    return _made(stage, PlanMade(parts=parts, source="model", reason=reason))


def _made(stage: Stage, made: PlanMade) -> PlanMade:
    made = replace(made, at=stage.now())
    stage.emit(made)
    return made


def _fresh(question: Question) -> bool:
    """Whether the conversation is the request alone, so that its parts cannot lean on earlier turns."""
    return sum(message.role != "system" for message in question.messages) == 1


async def _ask_for_plan(stage: Stage) -> tuple[SubQuestion, ...]:
    """The model's plan; empty when it made none that can be read in time."""
    stage.on_soften = lambda: _enough(stage)
    try:
        return planning.parse_plan(await _written_plan(stage))
    except (Stopped, HeliconError):
        if stage.stopped:
            raise Stopped from None
        return ()
    finally:
        stage.on_soften = stage.halted = None


def _enough(stage: Stage) -> bool:
    """There is no time left for a plan."""
    stage.halt(stage.softened or "deadline")
    return True


async def _written_plan(stage: Stage) -> str:
    messages = stage.question.with_text(prompts.planning(stage.question.text, MAX_PARTS))
    work = Assignment(
        agent=NOBODY,
        round=stage.round,
        seed=derived_seed(stage.seed, stage.round + 1, NOBODY),
        messages=messages,
        thinking=False,
        bounds=await bounds(stage, messages, thinking=False),
    )
    request = request_of(stage, work)
    request = replace(request, max_tokens=min(PLAN_TOKENS, request.max_tokens or PLAN_TOKENS), stop=())
    call = Call(stage, request, _silent, kind="plan", agent=NOBODY, round=stage.round)
    await call.run()
    stage.emit(CallEnded(entry=call.entry, at=stage.now()))
    return "".join(call.answer) if call.error is None else ""


def _silent(text: str, logprobs: object) -> None:
    """A plan is no answer."""
