"""Thinking: one agent whose thought is bounded, or ended early once its answer has settled, and its answer."""

from __future__ import annotations

from helicon.modes.agent import Assignment, Work, bounds, run_agent, speak
from helicon.modes.call import Sink
from helicon.modes.compression_trials import trials_for
from helicon.modes.outcome import Outcome, of_one
from helicon.modes.stage import Stage, derived_seed


async def think(stage: Stage) -> Outcome:
    """Think, then answer; raises the engine's error when it fails."""
    stage.round += 1
    work = await think_once(stage, speak(stage, stage.question.top_logprobs))
    return of_one("thinking", work)


async def think_once(stage: Stage, sink: Sink, *, top_logprobs: int | None = None) -> Work:
    """One thinking agent in the stage's round; ``top_logprobs`` beyond what the question asks for."""
    messages = stage.question.messages
    wished = [top for top in (top_logprobs, stage.question.top_logprobs) if top is not None]
    split, trials = trials_for(stage, await bounds(stage, messages, thinking=True), agent=0, round=stage.round)
    work = Assignment(
        agent=0,
        round=stage.round,
        seed=derived_seed(stage.seed, stage.round, 0),
        messages=messages,
        thinking=True,
        bounds=split,
        top_logprobs=max(wished) if wished else None,
    )
    return await run_agent(stage, work, sink, trials=trials)
