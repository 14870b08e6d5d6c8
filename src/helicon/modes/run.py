"""A run: one question on one engine, as a stream of events.

``Run`` validates, starts the mode's driver in a task, and hands its events on in order. It decides
nothing about modes, and opens or closes no engine.

    async with Run(question, engine) as run:
        async for event in run:
            ...
        print(run.result.answer)

Whoever only wants to see every event on the way to the result needs no task of its own for that: ``Run.play``.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self, assert_never
from uuid import uuid4

from helicon.errors import BadMessages, BadOption, HeliconError, Unsupported
from helicon.events import Event, Result, RunEnded, RunStarted
from helicon.ledger import StopReason
from helicon.modes.outcome import Outcome
from helicon.modes.stage import Stage, Stopped, ended

if TYPE_CHECKING:
    from types import TracebackType

    from helicon.engines.protocol import Capabilities, Engine
    from helicon.messages import Question
    from helicon.modes.earlier import Earlier

MAX_BACKLOG = 512
"""Events that wait for a consumer before the engine's streams are left unread; about 128 KiB."""
SEED_BITS = 31
"""Of a drawn seed: engines differ in what they take, and all take these."""


class Run:
    """One question's run on one engine; an asynchronous context manager and the iterator of its events.

    Input errors raise from the iteration before any answer. When the engine fails and no answer
    could be made, ``RunEnded`` with ``stop_reason="error"`` comes, and then the error raises.
    """

    def __init__(
        self,
        question: Question,
        engine: Engine,
        *,
        run_id: str | None = None,
        capabilities: Capabilities | None = None,
        earlier: Sequence[Event] = (),
    ) -> None:
        """
        Args:
            capabilities: what a probe of this engine found; ``None`` asks the engine.
            earlier: the events of a run of the same question that was interrupted, up to anywhere. This run
                takes its seed and goes on from it: agents that had ended there are not run again, decisions
                that were taken there come out the same, and what it cost is in this run's ledger, once. Its
                events come first, with their times; the clock goes on from the last of them (``RunResumed``).
                What unfinished agents had used is counted as ``helicon.modes.earlier`` says.

        Raises:
            BadOption: ``earlier`` is of another question, or does not begin with its first event.
        """
        self.question = question
        self.engine = engine
        self.capabilities = capabilities
        self.run_id = run_id or f"run_{uuid4().hex}"
        self._events: deque[Event] = deque()
        self._sink: Callable[[Event], None] | None = None
        """Takes the events instead of the iteration."""
        self._waiter: asyncio.Future[None] | None = None
        self._done = False
        self._stage: Stage | None = None
        self._driver: asyncio.Task[None] | None = None
        self._error: BaseException | None = None
        self._early: StopReason | None = None
        self._asked = False
        """Before it began."""
        self._earlier: Earlier | None = None
        if earlier:
            from helicon.modes.earlier import Earlier

            self._earlier = Earlier(earlier, question)

    async def __aenter__(self) -> Self:
        """Start the run."""
        stage = self._set()
        self._driver = asyncio.create_task(self._drive(stage))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Cancel what still runs, and wait until the engine's calls are closed."""
        self.cancel()
        if self._driver is not None:
            await ended(self._driver)

    def __aiter__(self) -> Self:
        """The run itself; it has one consumer."""
        return self

    async def __anext__(self) -> Event:
        """The next event.

        Raises:
            HeliconError: the run failed; raised once, after the last event.
        """
        if self._driver is None:
            raise RuntimeError("a Run is iterated inside `async with Run(...) as run:`")
        while not self._events and not self._done:
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        if self._events:
            if self._stage is not None and len(self._events) == MAX_BACKLOG // 2:
                self._stage.room.set()
            return self._events.popleft()
        error, self._error = self._error, None
        if error is not None:
            raise error
        raise StopAsyncIteration

    def cancel(self, reason: StopReason = "cancelled") -> None:
        """Stop everything at once; the agents' ends and ``RunEnded`` still come."""
        if self._stage is None:
            self._early = reason
        else:
            self._stage.stop(reason)

    def decide_now(self) -> None:
        """Answer from what is there: the running agents end, and those that have finished decide.

        Where nobody has finished, thoughts are closed and answered. An answer that has begun is said to its end.
        The run's stop reason is ``asked``, and so is the rule of a vote that was open; asking again changes nothing.
        """
        if self._stage is None:
            self._asked = True
        else:
            self._stage.soften("asked")

    def stop_agent(self, agent: int) -> None:
        """End one agent of the round that runs now, as ``cancelled``; the others go on, and nobody takes its place.

        When it was the last one that ran, the run concludes with what has finished. An agent that does not run
        is left as it is, one that has yet to begin in this round will not.
        """
        if self._stage is not None:
            self._stage.strike(agent)

    @property
    def waiting(self) -> bool:
        """Whether the next event has to be waited for; the end of the run has not."""
        return not self._events and not self._done

    @property
    def result(self) -> Result:
        """The value so far, the events not yet consumed included."""
        return self._stage.fold.result if self._stage else Result(run_id=self.run_id)

    async def play(self, sink: Callable[[Event], None]) -> Result:
        """The whole run in one wait, in place of ``async with``: each event goes to ``sink`` as it comes.

        Cancelling the caller ends the engine's calls, and waits until they are closed and counted.

        Raises:
            HeliconError: the run failed; after its last event.
        """
        if self._stage is not None:
            raise RuntimeError("this Run was started already; a Run runs once")
        self._sink = sink
        driver = self._driver = asyncio.create_task(self._drive(self._set()))
        try:
            await asyncio.wait((driver,))
        finally:
            if not driver.done():
                self.cancel()
                await ended(driver)
        error, self._error = self._error, None
        if error is not None:
            raise error
        return self.result

    async def finish(self) -> Result:
        """Consume what is left, and return the final value; raises what the iteration raises."""
        async for _ in self:
            pass
        return self.result

    def _set(self) -> Stage:
        """The stage, ready to be driven."""
        deliver = self._sink or self._deliver
        if self._earlier is not None:
            from helicon.modes.resuming import ResumedStage

            stage: Stage = ResumedStage(self.question, self.engine, earlier=self._earlier, deliver=deliver)
        else:
            seed = self.question.seed if self.question.seed is not None else secrets.randbits(SEED_BITS)
            stage = Stage(self.question, self.engine, seed=seed, deliver=deliver)
        self._stage = stage
        if self._asked:
            stage.soften("asked")
        if self._early:
            stage.stop(self._early)
        return stage

    def _deliver(self, event: Event) -> None:
        # A deque and one future: half the cost of asyncio.Queue for the one consumer that a run has.
        self._events.append(event)
        if self._stage is not None and len(self._events) >= MAX_BACKLOG:
            self._stage.room.clear()
        if self._waiter is not None:
            self._wake()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    # the driver

    async def _drive(self, stage: Stage) -> None:
        """The task behind the run: never raises, always ends the queue."""
        try:
            check(self.question, self.engine)
            await self._play(stage)
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - the boundary: it is recorded, and raised to the consumer
            self._error = error
        finally:
            stage.close()
            self._done = True
            self._wake()

    async def _play(self, stage: Stage) -> None:
        stage.emit(
            RunStarted(
                run_id=self.run_id,
                mode=self.question.mode,
                model=self.engine.info.name,
                seed=stage.seed,
                created=stage.created,
                question=self.question.text,
                at=stage.now(),
            )
        )
        stage.start_deadline()
        try:
            known = self.capabilities
            stage.capabilities = known if known is not None else await stage.guard(self.engine.probe())
            check_abilities(self.question, stage)
            outcome = await play_mode(stage)
        except Stopped:
            so_far = stage.fold.result
            outcome = Outcome(mode=so_far.mode, answer=so_far.answer, stop_reason=stage.stopped or "cancelled")
        except Exception as error:
            so_far = stage.fold.result
            self._end(stage, Outcome(mode=so_far.mode, answer=so_far.answer, stop_reason="error"), _words(error))
            raise
        self._end(stage, outcome)

    def _end(self, stage: Stage, outcome: Outcome, error: str = "") -> None:
        if stage.resumed:
            stage.finish()
        stage.emit(
            RunEnded(
                answer=outcome.answer,
                stop_reason=outcome.stop_reason,
                ledger=stage.fold.ledger,
                mode=outcome.mode,
                rests_on=outcome.rests_on,
                error=error,
                at=stage.now(),
            )
        )


async def play_mode(stage: Stage) -> Outcome:
    """Run the question's mode."""
    match stage.question.mode:
        case "instant":
            from helicon.modes.instant import instant

            return await instant(stage)
        case "thinking":
            from helicon.modes.thinking import think

            return await think(stage)
        case "contemplating":
            from helicon.modes.contemplating import contemplate

            return await contemplate(stage)
        case "auto":
            from helicon.modes.auto import choose

            return await choose(stage)
        case _:
            assert_never(stage.question.mode)


def check(question: Question, engine: Engine) -> None:
    """What can be refused without asking the engine.

    Raises:
        BadMessages: there is no message, or the last one is not a user's or a tool's.
        BadOption: a bound in money for an engine without prices.
        Unsupported: the mode cannot do it.
    """
    if not question.messages:
        raise BadMessages("the conversation is empty; expected at least one user message.")
    last = question.messages[-1].role
    if last not in ("user", "tool"):
        raise BadMessages(f"the last message is of the role {last!r}; expected 'user' or 'tool'.")
    info = engine.info
    if question.budget.money is not None and info.price_prompt <= 0 and info.price_generated <= 0:
        raise BadOption(
            f"money is {question.budget.money!r}, but the model {info.name!r} has no prices.",
            hint="Set the model's prices, or bound the run by tokens or seconds.",
        )
    if question.mode == "contemplating":
        from helicon.modes.contemplating import check_contemplation

        check_contemplation(question)


def check_abilities(question: Question, stage: Stage) -> None:
    """What the engine's probe rules out.

    Raises:
        Unsupported: pictures for an engine that cannot see.
    """
    if not stage.capabilities.images and any(message.images for message in question.messages):
        raise Unsupported(
            f"the model {stage.engine.info.name!r} cannot see images.",
            hint="Ask a model with vision, for a GGUF file with its mmproj=FILE, or leave the images out.",
        )


def _words(error: Exception) -> str:
    return str(error) if isinstance(error, HeliconError) else f"{type(error).__name__}: {error}"
