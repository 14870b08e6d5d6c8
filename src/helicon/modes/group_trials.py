"""The trial answers of all agents of a round, read together; the decisions are ``probing``'s.

Each agent's trials are made as compression makes them, only later and seldom: nothing happens before
a thought is long. A probe is complete when every agent that thinks long enough has tried once more.
When the probes settle the vote, a finished agent speaks for the answer if there is one; otherwise one
running agent that holds it closes its thought and answers. All others end.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from helicon.modes.agent import Assignment, Work
from helicon.modes.ballots import key
from helicon.modes.call import Call
from helicon.modes.compression import Decision, Level, Trial, obstacle
from helicon.modes.compression_trials import Spot, Trials
from helicon.modes.policy import Probing
from helicon.modes.probing import NO_ANSWER, Probed, probe
from helicon.modes.stage import Stage


class AgentTrials(Trials):
    """One agent's trials, which decide nothing about it alone."""

    def __init__(self, board: Board, *, agent: int, round: int) -> None:
        rule = board.rule
        never = 10**6
        level = Level(
            first=rule.after,
            gap=rule.every,
            growth=1.0,
            share=rule.cost,
            sure=1.0,
            sure_in_a_row=never,
            same_in_a_row=never,
        )
        super().__init__(board.stage, level, agent=agent, round=round)
        self.given_up = False
        self._board = board
        self._last: tuple[Call, Spot] | None = None

    @property
    def latest(self) -> str:
        """Its last trial's answer; empty when that gave none."""
        return self.made[-1].answer if self.made and self.made[-1].usable else ""

    @property
    def trying(self) -> bool:
        """Whether its thought is long enough for trials, and more of them may come."""
        thought = self._earlier + (self._main.tokens.thinking if self._main is not None else 0)
        return not self._over and thought >= self.level.first

    def give_up(self) -> None:
        """End the agent: its vote is not needed any more."""
        self.given_up = self._over = True
        if self._main is not None:
            self._main.stop("consensus")

    def speak(self) -> bool:
        """Close the thought where its last trial was made, and answer; ``False`` when it has ended meanwhile."""
        if self._last is None:
            return False
        main, spot = self._last
        if not (main is self._main and (main.in_thought or main.reason == "trial")):
            return False
        self.settled = spot.thought.rstrip("\n")
        self._over = True
        main.close_thought("settled")
        return True

    def _look(self, piece: str) -> None:
        if self.given_up and self._main is not None:
            self._main.stop("consensus")
            return
        super()._look(piece)

    def _act(self, main: Call, spot: Spot, *, slow: bool) -> None:
        self._last = main, spot
        if self.given_up:
            return
        self._say(spot.at, self.made[-1], Decision("go_on", "its answer counts among those of all agents"))
        self._board.tried(self)


class Board:
    """The latest answers of one round's agents."""

    def __init__(self, stage: Stage, rule: Probing, *, settled: Callable[[frozenset[int]], None]) -> None:
        """
        Args:
            settled: told when the probes settled the vote, with the finished agents that hold the answer; where
                there are none, ``speaker`` is about to give it.
        """
        self.stage = stage
        self.rule = rule
        self.seen = Probed()
        self.speaker: int | None = None
        """The agent that was asked to answer for all."""
        self._settled = settled
        self._agents: dict[int, AgentTrials] = {}
        self._finished: dict[int, str] = {}
        self._answers: list[str] = []
        """Every answer seen; a group's number is the place of its first."""
        self._tried: set[int] = set()
        self._task: asyncio.Task[None] | None = None

    def trials(self, work: Assignment) -> AgentTrials | None:
        """The trials of an agent that begins; ``None`` when its thought cannot become long enough."""
        if work.bounds.thinking <= self.rule.after:
            return None
        made = self._agents[work.agent] = AgentTrials(self, agent=work.agent, round=work.round)
        return made

    def ended(self, works: Iterable[Work]) -> None:
        """Agents ended, and their votes were counted."""
        for work in works:
            agent = work.ended.agent
            self._agents.pop(agent, None)
            self._tried.discard(agent)
            if agent == self.speaker:
                self.speaker = None
            if work.finished:
                self._finished[agent] = key(work)

    def tried(self, trials: AgentTrials) -> None:
        """An agent made a trial; once all did, it is a probe."""
        self._tried.add(trials.agent)
        thinking = {agent for agent, one in self._agents.items() if one.trying}
        busy = self._task is not None and not self._task.done()
        if self._task is not None and not busy:
            self._task.result()
        if not busy and self.speaker is None and not self.seen.settled and thinking <= self._tried:
            self._tried.clear()
            self._task = asyncio.create_task(self._probe())

    async def close(self) -> None:
        """Wait for a probe that is being read."""
        if self._task is not None:
            task, self._task = self._task, None
            task.cancel()
            await asyncio.wait([task])
            if not task.cancelled():
                task.result()

    async def _probe(self) -> None:
        running = {agent: one.latest for agent, one in self._agents.items() if one.made and not one.given_up}
        groups = await self._groups([*self._finished.values(), *running.values()])
        latest = {agent: groups.get(answer, NO_ANSWER) for agent, answer in {**self._finished, **running}.items()}
        self.seen = probe(self.rule, self.seen, latest, running.keys())
        if self.stage.ending():
            return
        if self.seen.settled:
            self._settle(latest)
            return
        for agent in self.seen.outsiders:
            if agent in self._agents:
                self._agents[agent].give_up()

    def _settle(self, latest: dict[int, int]) -> None:
        """Let one speak for the leading answer, and end the others."""
        holders = [agent for agent, found in latest.items() if found == self.seen.leader]
        done = frozenset(agent for agent in holders if agent in self._finished)
        if done:
            self._settled(done)
            return
        ranked = sorted(holders, key=lambda agent: (-_sureness(self._agents.get(agent)), agent))
        self.speaker = next((a for a in ranked if a in self._agents and self._agents[a].speak()), None)
        if self.speaker is None:
            return
        for agent, one in self._agents.items():
            if agent != self.speaker:
                one.give_up()
        self._settled(done)

    async def _groups(self, answers: list[str]) -> dict[str, int]:
        """The group of each answer that says something."""
        from helicon.modes.answers import group

        known = set(self._answers)
        self._answers += [answer for answer in dict.fromkeys(answers) if answer and answer not in known]
        numbers = await asyncio.to_thread(group, list(self._answers))
        first = {number: place for place, number in reversed(list(enumerate(numbers)))}
        return {answer: first[number] for answer, number in zip(self._answers, numbers, strict=True)}


def _sureness(trials: AgentTrials | None) -> float:
    last: Trial | None = trials.made[-1] if trials is not None and trials.made else None
    return (last.probability or 0.0) if last is not None else -1.0


def board_for(stage: Stage, rule: Probing | None, *, settled: Callable[[frozenset[int]], None]) -> Board | None:
    """The board of a round; ``None`` where trials are not wanted or cannot be made."""
    if rule is None or stage.question.compression == "off" or obstacle(stage.question, stage.capabilities):
        return None
    return Board(stage, rule, settled=settled)
