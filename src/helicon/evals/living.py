"""Policies confirmed: the same questions and seeds, really run on the engine, into the same pool.

A replay is exact about decisions and silent about the engine: what cancelling costs, how trials slow a
thought, what a second takes. Here the modes themselves run, one question after the other, policies in
turn, so that noise of the machine meets all alike. ``replaying`` shows both side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic

from helicon.budgets import Budget
from helicon.engines.protocol import Engine
from helicon.errors import BadOption, EngineError
from helicon.evals.files import PoolWriter
from helicon.evals.pool import Asked, Lived
from helicon.evals.questions import Half, half_of
from helicon.evals.recording import Plan, Progress, header_of
from helicon.evals.scoring import is_right
from helicon.evals.spec import read_spec
from helicon.events import AgentEnded, AgentStarted, CallEnded, ConsensusChanged, Event
from helicon.messages import Question, as_compression, as_effort, user
from helicon.modes import Run, read_answer

NAMES = ("instant", "single", "compressed", "contemplating", "auto")
"""Policies that are modes, so that they can run live."""


@dataclass(frozen=True, slots=True)
class Setup:
    """How a policy runs live."""

    name: str
    question: Question
    """Without its words and seed."""


def setup_of(text: str, budget: Budget) -> Setup:
    """The mode behind a policy's name.

    Raises:
        BadOption: no mode does that, or a dial of it is only a replay's.
    """
    spec = read_spec(text)
    dials = dict(spec.dials)
    plain = Question(messages=(), budget=budget, compression="off")
    match spec.name:
        case "instant":
            asked = replace(plain, mode="instant")
        case "single":
            asked = replace(plain, mode="thinking")
        case "compressed":
            asked = replace(plain, mode="thinking", compression=as_compression(dials.pop("level", "safe")))
        case "contemplating":
            asked = replace(plain, mode="contemplating", effort=as_effort(dials.pop("effort", "medium")))
        case "auto":
            effort = as_effort(dials.pop("effort", "medium"))
            asked = replace(plain, mode="auto", compression="safe", effort=effort)
        case _:
            raise BadOption(f"the policy {text!r} cannot run live; expected one of {', '.join(NAMES)}.")
    if dials or (spec.count is not None and spec.name != "contemplating"):
        raise BadOption(
            f"the policy {text!r} cannot run live with {next(iter(dials), 'a number of chains')!r}.",
            hint="Live, a mode's own dials hold: compressed:level=..., contemplating@N:effort=...",
        )
    if spec.count is not None:
        asked = replace(asked, budget=replace(budget, agents=spec.count))
    return Setup(spec.text, asked)


async def live(
    path: Path,
    engine: Engine,
    policies: Sequence[str],
    *,
    version: str,
    half: Half = "all",
    count: int | None = None,
    report: Callable[[Progress], None] | None = None,
) -> Progress:
    """Run the policies on the pool's questions, those that did not run yet.

    Raises:
        BadOption: a policy that is no mode, or a pool of another model or sampling.
        SetupError: another process writes the pool.
        EngineError: the engine failed.
    """
    _must_exist(path)
    able = await engine.probe()
    with PoolWriter(path) as writer:
        if writer.header is None:
            raise BadOption(f"{path} has no questions yet.", hint=f"Record it first: helicon eval record {path}")
        budget = Budget(**writer.header.budget)
        setups = [setup_of(text, budget) for text in policies]
        now = header_of(engine, able, Plan(questions=(), budget=budget, seed=writer.header.seed), version)
        if clash := writer.header.clash(now):
            raise BadOption(f"{path} was recorded with {clash}.", hint="Open the model that it was recorded with.")
        asked = [line for line in writer.lines if isinstance(line, Asked) and half in ("all", half_of(line.id))][:count]
        done = {(line.id, line.policy) for line in writer.lines if isinstance(line, Lived)}
        progress = Progress(total=len(asked) * len(setups))
        for question in asked:
            for setup in setups:
                progress.done += 1
                if (question.id, setup.name) in done:
                    continue
                lived = await run_once(engine, question, setup)
                writer.write(lived)
                progress.fresh += 1
                progress.right += lived.right
                progress.tokens += lived.total
                if report is not None:
                    report(progress)
            if progress.fresh:
                writer.flush()
        return progress


def _must_exist(path: Path) -> None:
    """A writer would make the file; here that would be a slip of the pen."""
    if not path.exists():
        raise BadOption(f"there is no pool {path}.", hint=f"Record it first: helicon eval record {path}")


async def run_once(engine: Engine, asked: Asked, setup: Setup) -> Lived:
    """One question by one policy.

    Raises:
        EngineError: the engine failed.
    """
    question = replace(setup.question, messages=(user(asked.question),), seed=asked.seed)
    began, path, rule = monotonic(), Longest(), ""
    async with Run(question, engine) as run:
        async for event in run:
            path.feed(event)
            if isinstance(event, ConsensusChanged) and event.decided:
                rule = event.rule
    result = run.result
    if result.stop_reason == "error":
        raise EngineError(result.error)
    answer = read_answer(result.answer)
    return Lived(
        id=asked.id,
        policy=setup.name,
        answer=answer,
        right=is_right(asked.scorer, asked.answer, answer=answer, text=result.answer),
        total=result.ledger.tokens.generated,
        sequential=path.longest,
        agents=max(1, len(result.agents)),
        seconds=round(monotonic() - began, 4),
        rule=rule or result.stop_reason or "",
    )


class Longest:
    """The longest path of a run in tokens: an agent begins where the last one before it ended."""

    def __init__(self) -> None:
        self.longest = 0
        self._last = 0
        self._at: dict[int, int] = {}

    def feed(self, event: Event) -> None:
        """Take one more event."""
        match event:
            case AgentStarted():
                self._at[event.agent] = self._last
            case CallEnded(entry=entry) if entry.agent in self._at and entry.kind not in ("probe", "prime"):
                self._at[entry.agent] += entry.tokens.generated
            case AgentEnded(entry=entry):
                self._last = self._at.get(event.agent, 0) + entry.tokens.generated
                self.longest = max(self.longest, self._last)
            case CallEnded(entry=entry) if entry.kind == "synthesis":
                self.longest += entry.tokens.generated
            case _:
                pass
