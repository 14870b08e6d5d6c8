"""Event lists of whole runs, as the modes make them, for the page to show."""

from __future__ import annotations

from helicon.events import (
    AgentEnded,
    AgentStarted,
    AnswerDelta,
    ConsensusChanged,
    DraftDelta,
    Event,
    ModeChosen,
    RoundStarted,
    RunEnded,
    RunStarted,
    ThinkingDelta,
)
from helicon.ledger import Entry, Ledger, StopReason, Tokens
from helicon.messages import Mode

Script = list[tuple[float, Event]]


def entry(agent: int, stop_reason: StopReason = "stop", *, thinking: int = 100, answer: int = 10) -> Entry:
    """One call of 50 prompt tokens."""
    tokens = Tokens(prompt=50, thinking=thinking, answer=answer)
    return Entry(kind="agent", agent=agent, round=1, tokens=tokens, seconds=1.0, stop_reason=stop_reason)


def single(mode: Mode, thinking: str, answer: str, *, pause: float = 0.0, reason: str = "") -> Script:
    """An instant or thinking run; ``pause`` seconds lie between thinking and answer."""
    cost = entry(0, thinking=100 if thinking else 0)
    start = RunStarted(run_id="r", mode="auto" if reason else mode, model="nano", seed=1, created=0.0)
    script: Script = [(0.0, start)]
    if reason:
        script.append((0.0, ModeChosen(mode=mode, reason=reason)))
    script += [(0.0, RoundStarted(round=1, agents=1)), (0.0, AgentStarted(agent=0, round=1, seed=1))]
    script += [(0.0, ThinkingDelta(agent=0, text=word + " ")) for word in thinking.split()]
    script += [(pause, AnswerDelta(text=answer[:1])), (pause, AnswerDelta(text=answer[1:], at=1.2))]
    end = AgentEnded(agent=0, round=1, answer=answer, text=answer, confidence=None, entry=cost, at=1.2)
    script += [
        (0.0, end),
        (0.0, RunEnded(answer=answer, stop_reason="stop", ledger=Ledger((cost,)), mode=mode, at=1.2)),
    ]
    return script


def contemplation(answers: list[str], *, agents: int, answer: str, thought: str = "Hm.", pause: float = 0.0) -> Script:
    """``agents`` think, the first ``len(answers)`` finish in turn, the rest is cut off by the consensus."""
    script: Script = [(0.0, RunStarted(run_id="r", mode="contemplating", model="nano", seed=1, created=0.0))]
    script.append((0.0, RoundStarted(round=1, agents=agents)))
    costs = []
    for agent in range(agents):
        script.append((0.0, AgentStarted(agent=agent, round=1, seed=agent)))
        script.append((0.0, ThinkingDelta(agent=agent, text=thought)))
    votes: dict[str, float] = {}
    for agent, found in enumerate(answers):
        costs.append(entry(agent))
        votes[found] = votes.get(found, 0.0) + 1.0
        script.append((pause, DraftDelta(agent=agent, text=f"So {found}")))
        end = AgentEnded(
            agent=agent, round=1, answer=found, text=f"So {found}", confidence=0.9, entry=costs[-1], at=2.0
        )
        decided = agent == len(answers) - 1
        ranked = tuple(sorted(votes.items(), key=lambda vote: -vote[1]))
        standing = ConsensusChanged(
            round=1,
            leader=ranked[0][0],
            votes=ranked,
            finished=agent + 1,
            running=agents - agent - 1,
            probability=0.97,
            decided=decided,
            rule="beta" if decided else "",
            at=2.0,
        )
        script += [(0.0, end), (0.0, standing)]
    for agent in range(len(answers), agents):
        costs.append(entry(agent, "consensus", answer=0))
        cut = AgentEnded(agent=agent, round=1, answer="", text="", confidence=None, entry=costs[-1], at=2.1)
        script.append((0.0, cut))
    script.append((0.0, AnswerDelta(text=answer, at=2.2)))
    ledger = Ledger(tuple(costs))
    script.append((0.0, RunEnded(answer=answer, stop_reason="stop", ledger=ledger, mode="contemplating", at=2.3)))
    return script
