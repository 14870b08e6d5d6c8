"""What each agent of a round is given to read, its seed and its bounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from helicon.ledger import CallKind
from helicon.messages import Message, Question
from helicon.modes import prompts, rounds
from helicon.modes.agent import Assignment, bounds
from helicon.modes.confidence import TOP
from helicon.modes.stage import NOBODY, Stage, derived_seed


def openings(question: Question, agents: Sequence[int]) -> dict[int, tuple[Message, ...]]:
    """What each agent of a first round reads: the question with its hint."""
    return {agent: question.with_text(prompts.with_hint(question.text, agent)) for agent in agents}


def refinements(
    question: Question, agents: Sequence[int], written: Sequence[rounds.Written], *, seed: int, round: int, subset: int
) -> dict[int, tuple[Message, ...]]:
    """What each agent of the later round ``round`` reads: the question and a digest of the round before.

    ``subset`` drafts of its own for each agent, or 0 for one digest that all read.
    """

    def digest(agent: int) -> list[rounds.Written]:
        if subset:
            return rounds.pick_subset(written, seed=derived_seed(seed, round, agent), size=subset)
        return rounds.pick_drafts(written, seed=derived_seed(seed, round - 1, NOBODY))

    return {
        agent: question.with_text(prompts.refinement(question.text, rounds.as_drafts(digest(agent))))
        for agent in agents
    }


async def assignments(
    stage: Stage, messages: Mapping[int, tuple[Message, ...]], *, share: int | None, kind: CallKind, weighted: bool
) -> list[Assignment]:
    """The agents of the stage's round, in order; ``share`` bounds the tokens of each."""
    longest = max(messages.values(), key=lambda turns: sum(len(turn.text) for turn in turns))
    each = await bounds(stage, longest, thinking=True, tokens=share)
    asked = stage.question.top_logprobs
    top = max(TOP, asked or 0) if weighted else asked
    return [
        Assignment(
            agent=agent,
            round=stage.round,
            seed=derived_seed(stage.seed, stage.round, agent),
            messages=messages[agent],
            thinking=True,
            bounds=each,
            kind=kind,
            hint=prompts.HINTS[agent % len(prompts.HINTS)] if kind == "agent" else "",
            top_logprobs=top,
        )
        for agent in sorted(messages)
    ]
