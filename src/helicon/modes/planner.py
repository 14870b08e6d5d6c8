"""How a contemplation uses the seconds it is given: agents at once, agents in all, lengths. Pure.

Whether another round fits is decided in ``rounds``, which knows how long the last one took. From the
engine's measured speed the planner takes the most agents that end in time beside each other.
Whatever it plans, two timers keep the deadline (``stage``): thoughts are closed in time to be
answered, and everything ends just before the last second is over. A plan is made anew whenever
agents could begin, so that it follows the clock and what was learned meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from helicon.modes.policy import Policy
from helicon.modes.speed import Speed

SLACK = 1.25
"""Of a chain's predicted seconds: machines have other work too."""
LEAST_CLOSING_SHARE = 0.1
MOST_CLOSING_SHARE = 0.4
"""Of the seconds left, for closing thoughts and answering."""
LEAST_THOUGHT = 8
"""Thinking tokens below which there is no thought."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What fits into the seconds left."""

    in_flight: int
    """Agents at the same time, at least 1."""
    agents: int
    """Agents that may still begin in this round, at least 1."""
    thinking_tokens: int
    """Of one agent that begins now: later its thought would be closed anyway. 0 = only an answer fits."""
    closing_seconds: float
    """Before the end, when thoughts are closed."""
    fits: bool
    """Whether a usual chain that begins now ends in time by itself. One more may be tried then: beside a
    finished one it risks some tokens, but not the deadline."""


def plan(policy: Policy, *, seconds: float, speed: Speed) -> Plan:
    """Divide ``seconds``, counted from now to the moment at which everything is ended."""
    seconds = max(0.0, seconds)
    in_flight = next((n for n in range(policy.in_flight, 1, -1) if chain_seconds(speed, n) <= seconds), 1)
    likely = likely_seconds(speed, in_flight)
    fits = likely <= seconds
    agents = min(policy.agents, in_flight * (int(seconds / likely) if fits and likely > 0 else 1))
    closing = closing_seconds(speed, in_flight, seconds)
    step = speed.step_seconds(in_flight)
    room = (seconds - closing - speed.first_mean) / step if step > 0 else float(10**7)
    thinking = int(min(10**7, room))
    return Plan(
        in_flight=in_flight,
        agents=agents,
        thinking_tokens=thinking if thinking >= LEAST_THOUGHT else 0,
        closing_seconds=closing,
        fits=fits,
    )


def chain_seconds(speed: Speed, streams: int) -> float:
    """One chain beside ``streams - 1`` others, from its begin to the end of its answer, most likely."""
    return SLACK * (speed.first_seconds + speed.chain_tokens * speed.step_seconds(streams))


def likely_seconds(speed: Speed, streams: int) -> float:
    """One usual chain beside ``streams - 1`` others."""
    return speed.first_mean + speed.usual_tokens * speed.step_seconds(streams)


def closing_seconds(speed: Speed, streams: int, seconds: float) -> float:
    """For closing the thoughts of so many streams and hearing their answers."""
    wished = SLACK * (speed.first_mean + speed.answer_tokens * speed.step_seconds(streams))
    return min(max(wished, LEAST_CLOSING_SHARE * seconds), MOST_CLOSING_SHARE * seconds)


def narrowed(policy: Policy, plan: Plan, started: int) -> Policy:
    """The policy within the plan, for a round in which ``started`` agents have begun."""
    return replace(
        policy,
        in_flight=min(policy.in_flight, plan.in_flight),
        agents=min(policy.agents, started + plan.agents),
    )
