"""Long runs as stored events, made up: what a larger model's contemplation looks like, and how fast it may come.

Nothing here is measured. The words are those of agents that solve one small puzzle; answers, ends and times are given.
"""

from __future__ import annotations

from random import Random
from typing import Any

Stored = dict[str, Any]

QUESTION = "Three friends split 126. Ana pays twice what Bea pays, Caio pays 18 more than Bea. What does Ana pay?"
SENTENCES = (
    "Let Bea pay b, so Ana pays 2b and Caio pays b + 18.",
    "Together that is 4b + 18, which has to be 126.",
    "So 4b = 108, and b = 27.",
    "Then Ana pays 2 * 27 = 54, Bea 27, and Caio 45.",
    "Check: 54 + 27 + 45 = 126, which fits.",
    "The question asks for Ana's share, not for Bea's.",
    "Another way: take the 18 away first, 126 - 18 = 108.",
    "108 in four equal parts is 27, and Ana has two of them.",
    "Is the 18 more than Bea or more than Ana? It says Bea.",
    "If it were more than Ana, 5b + 18 = 126 would give b = 21.6.",
)
WRONG = "If it were more than Ana, 5b = 108, so b = 21.6 and Ana pays 43.2."


def entry(
    agent: int, *, round: int, thinking: int, answer: int, seconds: float, stop: str, kind: str = "agent"
) -> Stored:
    """One line of the ledger; the first agent reads the prompt, the others find it read."""
    tokens = {"prompt": 84, "cached": 0 if agent <= 0 else 72, "thinking": thinking, "answer": answer}
    return {
        "kind": kind,
        "agent": agent,
        "round": round,
        "tokens": tokens,
        "seconds": seconds,
        "stop_reason": stop,
        "model": "made-up-8b",
        "money": 0.0,
        "estimated": False,
    }


class Making:
    """Events on their way into a run."""

    def __init__(self, agents: int, *, seed: int = 1, mode: str = "contemplating") -> None:
        self.random = Random(seed)
        self.events: list[Stored] = []
        self.entries: list[Stored] = []
        self.agents = agents
        self.told = {agent: self.words(agent) for agent in range(agents)}
        start = {"run_id": f"run_made_{agents}_{seed}", "mode": mode, "model": "made-up-8b", "seed": seed}
        self.add("run_started", 0.0, **start, created=1_795_000_000.0, question=QUESTION)

    def add(self, kind: str, at: float, **fields: Any) -> None:
        """One event."""
        self.events.append({"type": kind, **fields, "at": round(at, 4)})

    def begin(self, agents: range | list[int], at: float, *, number: int = 1, most: int = 0, reason: str = "") -> None:
        """A round and its first agents."""
        self.add("round_started", at, round=number, agents=most or len(agents), reason=reason)
        for agent in agents:
            hint = "" if agent == 0 else "Check the result before you answer."
            self.add("agent_started", at + 0.05 + agent * 0.002, agent=agent, round=number, seed=agent, hint=hint)

    def speak(self, agents: list[int], start: float, end: float, *, step: float = 0.08) -> None:
        """Thinking of several agents, frame by frame, one sentence after the other."""
        at = start
        while at < end:
            for agent in agents:
                self.add(
                    "thinking_delta",
                    at + agent * 0.0007,
                    agent=agent,
                    text="".join(next(self.told[agent]) for _ in range(3)),
                )
            at += step

    def words(self, agent: int) -> Any:
        """The words of one agent's thought, without end."""
        while True:
            order = list(SENTENCES[:4]) + self.random.sample(SENTENCES[4:], 4)
            for sentence in order:
                for word in sentence.split():
                    yield word + " "
                yield "\n" if self.random.random() < 0.4 else ""

    def answer(
        self, agent: int, at: float, said: str, *, number: int = 1, thinking: int = 420, kind: str = "agent"
    ) -> None:
        """An agent's draft and end."""
        if said != "54":
            self.add("thinking_delta", at - 0.2, agent=agent, text="\n" + WRONG)
        text = f"Bea pays b, Ana 2b, Caio b + 18.\nAnswer: {said}"
        for place, piece in enumerate((text[:20], text[20:])):
            self.add("draft_delta", at - 0.1 + 0.05 * place, agent=agent, text=piece)
        cost = entry(agent, round=number, thinking=thinking, answer=24, seconds=at, stop="stop", kind=kind)
        self.end(agent, at, cost, answer=said, text=text, number=number)

    def end(
        self, agent: int, at: float, cost: Stored, *, answer: str = "", text: str = "", error: str = "", number: int = 1
    ) -> None:
        """An agent's end."""
        self.entries.append(cost)
        confidence = 12 + self.random.random() if answer else None
        certainty = 0.8 + 0.19 * self.random.random() if answer else None
        shown = {"answer": answer, "text": text, "confidence": confidence, "certainty": certainty, "entry": cost}
        self.add("agent_ended", at, agent=agent, round=number, **shown, error=error)

    def vote(self, at: float, groups: dict[str, list[int]], *, running: int, number: int = 1, rule: str = "") -> None:
        """Where the vote stands; the heaviest first."""
        ranked = sorted(groups.items(), key=lambda group: -len(group[1]))
        self.add(
            "consensus_changed",
            at,
            round=number,
            leader=ranked[0][0],
            votes=[[answer, float(len(agents))] for answer, agents in ranked],
            finished=sum(len(agents) for agents in groups.values()),
            running=running,
            probability=0.97 if rule else 0.7,
            decided=bool(rule),
            rule=rule,
            voters=[sorted(agents) for _, agents in ranked],
        )

    def over(
        self, at: float, answer: str, *, stop: str = "stop", rests_on: list[int], mode: str = "contemplating"
    ) -> list[Stored]:
        """The answer and the end; all events in the order of their times."""
        self.add("answer_delta", at - 0.02, text=answer, logprobs=[])
        ending = {"answer": answer, "stop_reason": stop, "ledger": {"entries": self.entries}, "mode": mode}
        self.add("run_ended", at, **ending, rests_on=rests_on, error="")
        return sorted(self.events, key=lambda event: event["at"])


def contemplation(agents: int = 16, *, seed: int = 1) -> list[Stored]:
    """Most agree, two differ, one fails; the rest is stopped when nothing can overtake the leader."""
    run = Making(agents, seed=seed)
    run.begin(range(agents), 0.2)
    needed = agents // 2 + 1
    ends = [3.0 + 0.35 * place for place in range(needed + max(0, agents // 6))]
    order = list(range(agents))
    run.random.shuffle(order)
    groups: dict[str, list[int]] = {}
    failed = order.pop() if agents > 4 else None
    run.speak(list(range(agents)), 0.6, 2.4)
    run.speak(order, 2.45, ends[0] - 0.25)
    if failed is not None:
        cost = entry(failed, round=1, thinking=130, answer=0, seconds=1.4, stop="error")
        run.end(failed, 2.4, cost, error="the engine closed the connection in the middle of the stream.")
    for place, at in enumerate(ends):
        agent = order[place]
        going = [one for one in order[place:] if one != agent]
        said = "43.2" if place in (1, 4) and agents > 4 else "21.6" if place == 6 else "54"
        run.answer(agent, at, said, thinking=380 + 11 * place)
        groups.setdefault(said, []).append(agent)
        last = place == len(ends) - 1 and agents > 2
        running = len(going)
        run.vote(at + 0.02, groups, running=running, rule="lossless" if last else "" if going else "all_finished")
        if not last and going:
            run.speak(going, at + 0.03, ends[place + 1] - 0.25 if place + 1 < len(ends) else at + 0.04, step=0.12)
    over = ends[-1] + 0.05
    for agent in order[len(ends) :]:
        run.end(agent, over, entry(agent, round=1, thinking=360 + agent, answer=0, seconds=over, stop="consensus"))
    return run.over(over + 0.2, "Ana pays **54**.\n\nAnswer: 54", rests_on=sorted(groups["54"]))


def refined() -> list[Stored]:
    """No answer leads in the first round; a second one decides."""
    run = Making(6, seed=5)
    run.begin(range(6), 0.1)
    run.speak(list(range(6)), 0.4, 1.6)
    groups: dict[str, list[int]] = {}
    for agent, said in enumerate(["54", "43.2", "54", "27", "43.2", "21.6"]):
        run.answer(agent, 2.0 + 0.2 * agent, said)
        groups.setdefault(said, []).append(agent)
        run.vote(2.02 + 0.2 * agent, groups, running=5 - agent)
    run.begin([0, 1, 2, 3], 3.3, number=2, reason="no majority: the leading answer holds 33%")
    run.speak([0, 1, 2, 3], 3.6, 4.6)
    second: dict[str, list[int]] = {}
    for place, agent in enumerate([2, 0, 3]):
        run.answer(agent, 4.9 + 0.3 * place, "54", number=2, thinking=160, kind="refine")
        second.setdefault("54", []).append(agent)
        run.vote(4.92 + 0.3 * place, second, running=3 - place, number=2, rule="beta" if place == 2 else "")
    cost = entry(1, round=2, thinking=150, answer=0, seconds=2.0, stop="consensus", kind="refine")
    run.end(1, 5.56, cost, number=2)
    return run.over(5.8, "Ana pays 54.", rests_on=[0, 2, 3])


def compared() -> list[Stored]:
    """Open-ended drafts, compared in pairs, and a synthesis with sources."""
    run = Making(4, seed=7)
    run.begin(range(4), 0.1)
    run.speak(list(range(4)), 0.4, 2.4)
    for agent in range(4):
        text = f"Draft {agent + 1}: first say what fair is.\nEqual parts are simple; parts by income are just."
        run.add("draft_delta", 2.5 + 0.2 * agent, agent=agent, text=text)
        cost = entry(agent, round=1, thinking=300, answer=40, seconds=2.5, stop="stop")
        run.end(agent, 2.7 + 0.2 * agent, cost, text=text)
    votes = [["", 1.0]] * 4
    fields = {"round": 1, "leader": "", "votes": votes, "finished": 4, "running": 0, "probability": 0.5}
    run.add("consensus_changed", 3.4, **fields, decided=True, rule="all_finished", voters=[[0], [1], [2], [3]])
    for pair in range(12):
        run.entries.append(entry(-1, round=1, thinking=0, answer=6, seconds=0.1, stop="stop", kind="compare"))
        run.add("call_ended", 3.5 + 0.05 * pair, entry=run.entries[-1])
    ranking = [[2, 0.41], [0, 0.27], [3, 0.2], [1, 0.12]]
    run.add("drafts_compared", 4.2, round=1, ranking=ranking, pairs=6, flipped=2, first=2, unscored=0, clear=False)
    answer = "Say first what fair is. Equal parts are simple; parts by income are just."
    run.add("answer_delta", 4.4, text=answer[:24], logprobs=[])
    run.entries.append(entry(-1, round=1, thinking=0, answer=24, seconds=0.5, stop="stop", kind="synthesis"))
    run.add("call_ended", 4.9, entry=run.entries[-1])
    sources = [{"start": 0, "end": 23, "agents": [2]}, {"start": 24, "end": len(answer), "agents": [0, 3]}]
    run.add("sources_marked", 4.95, sources=sources, unknown=["[9]"])
    run.add(
        "run_ended",
        5.0,
        answer=answer,
        stop_reason="stop",
        ledger={"entries": run.entries},
        mode="contemplating",
        rests_on=[0, 2, 3],
        error="",
    )
    return sorted(run.events, key=lambda event: event["at"])


def thought(*, settled: bool = True) -> list[Stored]:
    """One chain; its trial answers settled."""
    run = Making(1, seed=2, mode="thinking")
    run.add("agent_started", 0.05, agent=0, round=1, seed=1, hint="")
    run.speak([0], 0.3, 4.1)
    if settled:
        for place, decision in enumerate(("go_on", "exit")):
            trial = {"agent": 0, "thinking": 96 + 60 * place, "answer": "54", "probability": 0.93 + 0.06 * place}
            run.add("thought_probed", 3.0 + place, **trial, decision=decision, reason="")
        run.entries.append(entry(0, round=1, thinking=312, answer=0, seconds=4.1, stop="settled"))
        run.add("call_ended", 4.15, entry=run.entries[-1])
    cost = entry(
        0,
        round=1,
        thinking=0 if settled else 312,
        answer=18,
        seconds=0.4,
        stop="stop",
        kind="close" if settled else "agent",
    )
    run.add("answer_delta", 4.3, text="Ana pays ", logprobs=[])
    run.end(0, 4.6, cost, answer="54", text="Ana pays 54.")
    run.events.sort(key=lambda event: event["at"])
    return run.over(4.62, "54.", rests_on=[0], mode="thinking")


def flood(agents: int = 16, *, rate: int = 3000, seconds: float = 10.0, frame: float = 0.04) -> list[Stored]:
    """Agents that think at ``rate`` tokens a second together, merged into frames as the hub merges them."""
    run = Making(agents, seed=3)
    run.begin(range(agents), 0.0)
    each = rate * frame / agents
    owed = 0.0
    at = 0.1
    while at < seconds:
        owed += each
        count = int(owed)
        owed -= count
        for agent in range(agents):
            run.add(
                "thinking_delta",
                at + agent * 0.0001,
                agent=agent,
                text="".join(next(run.told[agent]) for _ in range(count)),
            )
        at += frame
    return sorted(run.events, key=lambda event: event["at"])
