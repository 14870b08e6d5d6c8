"""The deadline of a contemplation on its way: asks the planner, follows its plan, learns lengths.

Where nothing is known of the engine's speed yet, one agent goes ahead and is watched for its first
``PILOT_TOKENS`` tokens; then everybody else is planned for. Without a deadline nothing here acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from helicon.budgets import Split
from helicon.modes.agent import Work
from helicon.modes.call import Call
from helicon.modes.planner import Plan, narrowed, plan
from helicon.modes.policy import Policy
from helicon.modes.speed import Speed, Timed, pace_of
from helicon.modes.stage import Stage

PILOT_TOKENS = 16
LATE_SHARE = 0.3
"""Of the deadline, after which a silent pilot gets a companion."""
GLANCE_SECONDS = 0.01
"""Between two looks at the pilot."""


class Timetable:
    """What one contemplation's deadline asks for."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.pace = pace_of(stage.engine)
        self.plan: Plan | None = None
        """The latest one."""
        self._heard = False
        """An agent has ended: no pilot is needed any more."""

    @property
    def glance_seconds(self) -> float | None:
        """How soon to look again though no agent has ended; ``None`` = no need to."""
        if self.stage.seconds_to_end is None or self._heard or self._speed() is not None:
            return None
        return GLANCE_SECONDS

    def policy(self, policy: Policy, *, started: int, idle: bool) -> Policy:
        """The policy that time allows now.

        ``started`` agents of the round have begun; ``idle`` says that nobody runs and nobody has finished.
        """
        seconds = self.stage.seconds_to_end
        if seconds is None:
            return policy
        speed = self._speed()
        if speed is None:
            late = self.stage.now() > LATE_SHARE * (self.stage.now() + seconds)
            return policy if self._heard else replace(policy, in_flight=2 if late else 1)
        self.plan = plan(policy, seconds=seconds, speed=speed)
        self.stage.keep_for_closing(self.plan.closing_seconds)
        if not self.plan.fits and not idle:
            return replace(policy, agents=started)
        return narrowed(policy, self.plan, started)

    def bounds(self, bounds: Split) -> Split:
        """An agent's tokens within the plan: its thought is bounded where the clock would close it anyway."""
        if self.plan is None or self.plan.thinking_tokens >= bounds.thinking:
            return bounds
        return replace(bounds, thinking=self.plan.thinking_tokens)

    def learn(self, works: Sequence[Work]) -> None:
        """Remember how long the chains were that ended by themselves."""
        self._heard = self._heard or bool(works)
        for work in works:
            if work.finished and not work.forced:
                self.pace.speed = self.pace.speed.said(chain=work.tokens.generated, answer=work.tokens.answer)

    def _speed(self) -> Speed | None:
        """What is known of the engine, the agents that run now included; ``None`` = nothing yet."""
        speed = self.pace.speed
        if speed.measured:
            return speed
        for call in self.stage.calls:
            if isinstance(call, Call) and call.began is not None and call.first is not None:
                timed = Timed(
                    streams=max(1, self.pace.running),
                    first_seconds=call.first - call.began,
                    seconds=self.stage.now() - call.began,
                    tokens=call.tokens.generated,
                )
                if call.tokens.generated >= PILOT_TOKENS:
                    return speed.after(timed)
        return None
