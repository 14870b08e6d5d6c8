"""``helicon trace compare A B``: two runs side by side. A pure comparison, and its table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from helicon.cli.drawing import head, styled
from helicon.cli.plain import one_line
from helicon.cli.trace_drawing import moment
from helicon.cli.trace_list import record
from helicon.cli.trace_places import short
from helicon.cli.trace_text import Thought, spoken
from helicon.events import Result, replay
from helicon.timeline import Timeline, duration
from helicon.timeline_fold import timeline

if TYPE_CHECKING:
    from rich.text import Text

    from helicon.store import Summary, Trace

CONTEXT = 30
"""Characters shown on either side of the place where two thoughts part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two runs."""

    row: Summary
    run: Timeline
    result: Result
    thoughts: tuple[Thought, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """Where the same agent's thoughts stop being equal."""

    agent: int
    round: int
    after: str
    """The last words that both wrote."""
    one: str
    other: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two runs."""

    one: Side
    other: Side
    parting: Parting | None
    """Of the first agent whose thoughts differ."""

    @property
    def same(self) -> dict[str, bool]:
        """What is equal in both."""
        one, other = self.one, self.other
        return {
            "question": _words(one.row.question) == _words(other.row.question),
            "model": one.row.model == other.row.model,
            "mode": one.row.mode == other.row.mode,
            "seed": one.result.seed == other.result.seed,
            "answer": _words(settled(one.run)) == _words(settled(other.run)),
            "thoughts": self.parting is None and len(one.thoughts) == len(other.thoughts),
        }

    def record(self) -> dict[str, Any]:
        """The comparison as JSON."""
        parting = self.parting
        return {
            "a": self._side(self.one),
            "b": self._side(self.other),
            "same": self.same,
            "parting": parting
            and {
                "agent": parting.agent,
                "round": parting.round,
                "after": parting.after,
                "a": parting.one,
                "b": parting.other,
            },
        }

    def _side(self, side: Side) -> dict[str, Any]:
        decision = side.run.decision
        return {
            **record(side.row),
            "seed": side.result.seed,
            "short_answer": settled(side.run),
            "decided_at": decision.at if decision else None,
            "rounds": side.run.rounds,
            "agents": [
                {
                    "agent": lane.agent,
                    "state": lane.last.state,
                    "stop_reason": lane.last.reason or None,
                    "answer": lane.last.answer,
                    "tokens": lane.tokens.generated,
                    "seconds": lane.last.end - lane.turns[0].start,
                }
                for lane in side.run.agents
            ],
        }


def comparison(one: Trace, other: Trace) -> Comparison:
    """Compare two traces."""
    sides = [
        Side(
            row=trace.summary,
            run=timeline(trace.events),
            result=replay(trace.events),
            thoughts=tuple(spoken(trace.events).thoughts),
        )
        for trace in (one, other)
    ]
    return Comparison(one=sides[0], other=sides[1], parting=_parting(sides[0].thoughts, sides[1].thoughts))


def settled(run: Timeline) -> str:
    """The short answer that a run came to; its whole answer where it has none."""
    if run.decision and run.decision.leader:
        return one_line(run.decision.leader)
    for lane in run.agents:
        if lane.agent in run.rests_on or len(run.agents) == 1:
            return one_line(lane.last.answer)
    return one_line(run.answer)


def _words(text: str) -> str:
    return one_line(text).casefold()


def _parting(one: tuple[Thought, ...], other: tuple[Thought, ...]) -> Parting | None:
    others = {(thought.agent, thought.round): thought for thought in other}
    for mine in one:
        theirs = others.get((mine.agent, mine.round))
        if theirs is None:
            continue
        left, right = "".join(mine.thinking + mine.text), "".join(theirs.thinking + theirs.text)
        if left == right:
            continue
        at = next((n for n, (a, b) in enumerate(zip(left, right, strict=False)) if a != b), min(len(left), len(right)))
        return Parting(
            agent=mine.agent,
            round=mine.round,
            after=left[max(0, at - CONTEXT) : at],
            one=left[at : at + CONTEXT],
            other=right[at : at + CONTEXT],
        )
    return None


def table(found: Comparison, width: int, *, plain: bool = False) -> list[Text]:
    """The comparison in three columns, none of its lines wider than ``width``."""
    one, other, same = found.one, found.other, found.same
    rows = [
        ("", f"A  {short(one.row.id)}", f"B  {short(other.row.id)}", True),
        ("when", moment(one.row.created), moment(other.row.created), True),
        _pair("question", one.row.question, other.row.question, same["question"]),
        _pair("model", one.row.model, other.row.model, same["model"]),
        _pair("mode", _mode(one.row), _mode(other.row), same["mode"]),
        _pair("seed", str(one.result.seed), str(other.result.seed), same["seed"]),
        _pair("answer", settled(one.run), settled(other.run), same["answer"]),
        _counts("tokens", one.row.tokens.generated, other.row.tokens.generated),
        _pair("took", duration(one.run.seconds), duration(other.run.seconds), one.run.seconds == other.run.seconds),
        _pair("decided", _decided(one.run), _decided(other.run), _decided(one.run) == _decided(other.run)),
        _pair("ended", one.row.stop_reason or "cut", other.row.stop_reason or "cut", True),
    ]
    for number in range(max(len(one.run.agents), len(other.run.agents))):
        mine, theirs = _agent(one.run, number), _agent(other.run, number)
        rows.append((f"agent {number + 1}", mine, theirs, _answer_of(one.run, number) == _answer_of(other.run, number)))
    lines = _drawn([row for row in rows if row[1] or row[2]], width, plain)
    return [*lines, styled(""), *(_sentence(words, width) for words in _verdict(found))]


def _pair(name: str, one: str, other: str, same: bool) -> tuple[str, str, str, bool]:
    return (name, one_line(one), "same" if same and one == other and len(one) > 24 else one_line(other), same)


def _counts(name: str, one: int, other: int) -> tuple[str, str, str, bool]:
    change = f"  ({(other - one) / one:+.0%})" if one and one != other else ""
    return (name, f"{one:,}", f"{other:,}{change}", one == other)


def _mode(row: Summary) -> str:
    return row.mode if row.mode == row.asked_mode else f"auto chose {row.mode}"


def _decided(run: Timeline) -> str:
    return f"at {duration(run.decision.at)}, {run.decision.reason}" if run.decision else ""


def _agent(run: Timeline, number: int) -> str:
    if number >= len(run.agents):
        return "-"
    lane = run.agents[number]
    words = lane.last.note if lane.last.state != "finished" else one_line(lane.last.answer) or lane.last.state
    return f"{one_line(words)}  ({lane.tokens.generated:,} tok)"


def _answer_of(run: Timeline, number: int) -> str:
    return _words(run.agents[number].last.answer) if number < len(run.agents) else ""


def _drawn(rows: list[tuple[str, str, str, bool]], width: int, plain: bool) -> list[Text]:
    from rich.cells import cell_len, set_cell_size

    names = max(len(row[0]) for row in rows)
    room = max(8, (min(width, 120) - names - 6) // 2)
    left = min(room, max(cell_len(row[1]) for row in rows))
    lines = []
    for number, (name, one, other, same) in enumerate(rows):
        line = styled("").append(f"{name:<{names}}  ", style="dim")
        line.append(set_cell_size(head(one, left, plain), left) + "  ", style="" if number else "bold")
        line.append(("  " if same else "! " if plain else "≠ "), style="yellow")
        line.append(head(other, room, plain), style="bold" if not number else "dim" if other == "same" else "")
        lines.append(line)
    return lines


def _verdict(found: Comparison) -> list[str]:
    """What the table means, in sentences."""
    same = found.same
    if not same["question"]:
        return ["The questions differ."]
    said = ["Same question, same answer." if same["answer"] else "Same question, different answers."]
    if same["thoughts"]:
        said.append("Every thought is the same.")
    elif found.parting:
        parting = found.parting
        agent = f"Agent {parting.agent + 1}" + (f" in round {parting.round}" if parting.round > 1 else "")
        after = f"after {one_line(parting.after)!r}" if parting.after.strip() else "from the start"
        said.append(f"{agent} parts {after}: A goes on {one_line(parting.one)!r}, B {one_line(parting.other)!r}.")
    return said


def _sentence(words: str, width: int) -> Text:
    from textwrap import fill

    return styled(fill(words, max(20, min(width, 100))))
