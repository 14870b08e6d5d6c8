"""Instant: one agent with thinking switched off by its family's means."""

from __future__ import annotations

from helicon.modes.agent import Assignment, Work, bounds, run_agent, speak
from helicon.modes.call import Sink
from helicon.modes.outcome import Outcome, of_one
from helicon.modes.stage import Stage, derived_seed


async def instant(stage: Stage) -> Outcome:
    """Answer at once; raises the engine's error when it fails."""
    work = await answer_at_once(stage, speak(stage, stage.question.top_logprobs))
    return of_one("instant", work)


async def answer_at_once(stage: Stage, sink: Sink, *, agent: int = 0, top_logprobs: int | None = None) -> Work:
    """One instant agent in a round of its own; ``top_logprobs`` beyond what the question asks for."""
    stage.round = max(1, stage.round)
    messages = stage.question.messages
    wished = [top for top in (top_logprobs, stage.question.top_logprobs) if top is not None]
    work = Assignment(
        agent=agent,
        round=stage.round,
        seed=derived_seed(stage.seed, stage.round, agent),
        messages=messages,
        thinking=False,
        bounds=await bounds(stage, messages, thinking=False),
        top_logprobs=max(wished) if wished else None,
    )
    return await run_agent(stage, work, sink)
