"""The stage of a run that goes on from an interrupted one.

The modes run as ever, and take the same decisions from the same agents' work. What differs is where that
comes from: as long as everything that is asked for is in the interrupted run, nothing asks the engine
(the run is *on the tape*). The first thing that is not there takes the run *live*: whatever the tape
still holds is said, then ``RunResumed``, and the engine is asked.

On the tape the clock shows when things happened there, and a decision that comes out as it did then has
its own time; live, it goes on from the moment at which that run was cut. So times never go back, a
deadline counts what both runs took, and the time between them counts for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import ClassVar, TypeVar

from helicon.engines.protocol import Engine
from helicon.events import AgentEnded, AnswerDelta, CallEnded, DraftDelta, Event, RunResumed, ThinkingDelta
from helicon.ledger import StopReason
from helicon.messages import Question
from helicon.modes.agent import Assignment, Work
from helicon.modes.call import Sink
from helicon.modes.earlier import DECISIONS, Earlier, Lost, Step, Thought, Turn
from helicon.modes.stage import NOBODY, Stage

E = TypeVar("E", bound=Event)


class ResumedStage(Stage):
    """A stage with an interrupted run behind it."""

    resumed: ClassVar[bool] = True

    def __init__(
        self, question: Question, engine: Engine, *, earlier: Earlier, deliver: Callable[[Event], None]
    ) -> None:
        super().__init__(question, engine, seed=earlier.started.seed, deliver=deliver)
        self._earlier = earlier
        self._place = 0
        """Steps of the tape that are said or passed."""
        self._clock: float | None = 0.0
        """On the tape; ``None`` once the run is live."""
        self._live_round = 0
        """The round in which the run went live: what the tape holds of later ones is void."""
        self._lost = list(earlier.lost)
        """Not in the ledger yet."""
        self._began -= earlier.at

    def now(self) -> float:
        """Seconds that both runs took so far."""
        return super().now() if self._clock is None else self._clock

    def emit(self, event: Event) -> None:
        """One event; on the tape a decision that is also there has its time."""
        if self._clock is not None and isinstance(event, DECISIONS):
            place = self._find(event)
            if place is not None:
                event = self._earlier.steps[place].event
                self._play(place)
        super().emit(event)

    def go_live(self) -> None:
        """Say what is left of the tape, and what was lost with the interruption."""
        if self._clock is None:
            return
        earlier, self._live_round = self._earlier, self.round
        self._play(len(earlier.steps) - 1)
        self._clock = None
        super().emit(RunResumed(run_id=earlier.started.run_id, agents=earlier.carried, at=earlier.at))
        self._lose([lost for lost in self._lost if self._whole(lost.turn) is None])

    def finish(self) -> None:
        """The whole tape is said, and everything that was lost."""
        self.go_live()
        self._lose(list(self._lost))

    def carried(self, work: Assignment, sink: Sink) -> Work | None:
        """What this agent did in the interrupted run, said again; ``None`` when it has to be run."""
        place = self._earlier.places.get((work.agent, work.round))
        if place is None or (self._clock is None and work.round > self._live_round):
            self.go_live()
            return None
        turn = self._earlier.turns[work.agent, work.round]
        done = turn.work
        if self._clock is not None and place >= self._place:
            self._play(place - 1, sink)
            silent = not any(isinstance(event, DraftDelta | AnswerDelta) for event in turn.steps)
            if silent and done.ended.text:  # it was held back, or nobody read it
                sink(done.ended.text, done.logprobs)
            self._play(place)
        return done

    def whole_thought(self, work: Assignment) -> Thought | None:
        """The thought that this agent had finished there without its answer, said again, if it can be answered now."""
        turn = self._earlier.turns.get((work.agent, work.round))
        thought = self._whole(turn) if work.thinking else None
        if thought is not None:
            self.emit(ThinkingDelta(agent=work.agent, text=thought.text, at=self.now()))
            self._lose([one for one in self._lost if one.turn is turn])
        return thought

    def heard(self, votes: int) -> list[list[int]]:
        """Agents of this round that are carried over, in the order in which they ended, as they were heard there."""
        return self._earlier.heard(self.round, votes) if self._clock is not None else []

    def told(self, kind: type[E]) -> E | None:
        """The next event of this kind on the tape."""
        if self._clock is None:
            return None
        rest = (step.event for step in self._earlier.steps[self._place :])
        return next((event for event in rest if isinstance(event, kind)), None)

    def synthesis(self) -> tuple[str, StopReason] | None:
        """The text that was composed there, said again, and how it ended; ``None`` when it has to be written."""
        found = self._earlier.synthesis
        if found is None or self._clock is None or found.place < self._place:
            return None
        self._play(found.place - 1)
        for delta in found.deltas:
            self._clock = max(self._clock, delta.at)
            super().emit(replace(delta, at=self._clock))
        self._play(found.place)
        return "".join(delta.text for delta in found.deltas), found.entry.stop_reason

    # what was lost

    def _whole(self, turn: Turn | None) -> Thought | None:
        """The finished thought of a turn, where it can be answered now."""
        if turn is None or not self.capabilities.prefill_thinking or turn.round > self._live_round:
            return None
        return turn.thought

    def _lose(self, calls: Sequence[Lost]) -> None:
        """Put what these calls had used into the ledger."""
        for lost in calls:
            self._lost.remove(lost)
            entry = self.entry(
                lost.kind,
                agent=lost.turn.agent if lost.turn else NOBODY,
                round=lost.turn.round if lost.turn else self.round,
                tokens=lost.tokens,
                seconds=max(0.0, self._earlier.at - lost.since),
                reason="interrupted",
                estimated=True,
            )
            self.emit(CallEnded(entry=entry, at=self.now()))

    # the tape

    def _find(self, event: Event) -> int | None:
        """Where the tape has this decision, whatever its time."""
        for place in range(self._place, len(self._earlier.steps)):
            there = self._earlier.steps[place].event
            if type(there) is type(event) and replace(there, at=event.at) == event:
                return place
        return None

    def _play(self, last: int, sink: Sink | None = None) -> None:
        """Say the tape's steps up to ``last``; the text of an agent that speaks for all goes through ``sink``."""
        while self._place <= last:
            step = self._earlier.steps[self._place]
            self._place += 1
            assert self._clock is not None
            self._clock = max(self._clock, step.event.at)  # merged deltas may have changed places
            if step.said:
                self._say(step, sink)

    def _say(self, step: Step, sink: Sink | None) -> None:
        event = step.event
        if isinstance(event, CallEnded | AgentEnded) and event.entry.stop_reason in ("asked", "deadline"):
            self.softened = self.softened or event.entry.stop_reason
        if isinstance(event, AnswerDelta):
            if sink is not None:
                sink(event.text, event.logprobs)
        elif step.turn is None or step.turn.round <= self.round:
            super().emit(event if event.at >= self.now() else replace(event, at=self.now()))
        elif isinstance(event, CallEnded | AgentEnded):  # of a round that this run does not come to
            super().emit(CallEnded(entry=event.entry, at=event.at))
