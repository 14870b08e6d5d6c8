"""What a mode hands to the run: an answer and why it ended."""

from __future__ import annotations

from dataclasses import dataclass

from helicon.ledger import StopReason
from helicon.messages import Mode
from helicon.modes.agent import Work


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The end of a mode; becomes ``RunEnded``."""

    mode: Mode
    answer: str
    stop_reason: StopReason
    rests_on: tuple[int, ...] = ()


def of_one(mode: Mode, work: Work) -> Outcome:
    """The outcome of a single agent.

    Raises:
        HeliconError: the agent's own, when it failed.
    """
    if work.error is not None:
        raise work.error
    reason = work.ended.entry.stop_reason
    if reason == "budget" and not work.finished:
        reason = "length"  # the run's own bound cut the answer itself
    rests_on = (work.ended.agent,) if work.ended.text else ()
    return Outcome(mode=mode, answer=work.ended.text, stop_reason=reason, rests_on=rests_on)
