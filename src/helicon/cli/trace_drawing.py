"""A timeline in the terminal: one lane per agent on a shared axis, the decision as a line through them.

Pure functions of a ``Timeline`` and a size; rich is imported when something is drawn. Every phase has a
glyph of its own beside its colour, so that nothing is lost without colours, and ASCII glyphs where the
terminal speaks no UTF-8.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from helicon.cli.drawing import head, styled
from helicon.cli.plain import clean, one_line
from helicon.cli.trace_places import short
from helicon.timeline import NOBODY, Lane, Phase, Timeline, duration, ticks

if TYPE_CHECKING:
    from rich.text import Text

GLYPHS: dict[Phase, str] = {"waiting": "·", "reading": "╌", "thinking": "━", "answering": "█"}
PLAIN_GLYPHS: dict[Phase, str] = {"waiting": ".", "reading": "-", "thinking": "=", "answering": "#"}
STYLES: dict[Phase, str] = {"waiting": "dim", "reading": "dim", "thinking": "cyan", "answering": "green"}
ENDS = {"finished": ("✓", "green"), "stopped": ("–", "dim"), "failed": ("✗", "red"), "running": ("?", "yellow")}
PLAIN_ENDS = {"finished": "+", "stopped": "-", "failed": "x", "running": "?"}
WIDE = 76
"""Columns from which an agent's answer stands beside its lane; below that, under it."""
MOST_COLUMNS = 132
LABEL = 4
QUESTION_LINES = 3


@dataclass(frozen=True, slots=True)
class Frame:
    """The room of a drawing."""

    width: int
    plain: bool = False
    """ASCII alone."""
    words: int = 44
    """Columns that the longest words beside a lane would take."""

    @property
    def wide(self) -> bool:
        return self.width >= WIDE

    @property
    def beside(self) -> int:
        """Columns right of the bars."""
        return min(44, self.width * 2 // 5, max(31, self.words)) if self.wide else 0

    @property
    def bar(self) -> int:
        """Columns of the axis."""
        return max(8, self.width - LABEL - self.beside - (2 if self.wide else 0))

    def column(self, at: float, seconds: float) -> int:
        """The column of a moment."""
        return min(self.bar - 1, int(at / seconds * self.bar)) if seconds > 0 else 0


def cells(lane: Lane, seconds: float, width: int) -> list[Phase | None]:
    """The lane as ``width`` cells: in each the phase that fills most of it; an answer gets one at least."""
    filled: list[dict[Phase, float]] = [{} for _ in range(width)]
    if seconds <= 0:
        return [None] * width
    size = seconds / width
    for segment in lane.segments:
        first = min(width - 1, int(segment.start / size))
        last = min(width - 1, int(segment.end / size))
        for place in range(first, last + 1):
            inside = min(segment.end, (place + 1) * size) - max(segment.start, place * size)
            if inside > 0:
                filled[place][segment.phase] = filled[place].get(segment.phase, 0.0) + inside
    drawn: list[Phase | None] = []
    for cell in filled:
        most = sorted(cell.items(), key=lambda pair: pair[1])
        drawn.append(most[-1][0] if most else None)
    for segment in lane.segments:
        if segment.phase == "answering":
            place = min(width - 1, int((segment.start + segment.end) / 2 / size))
            if "answering" not in drawn[max(0, place - 1) : place + 2]:
                drawn[place] = "answering"
    return drawn


def drawing(run: Timeline, width: int, *, plain: bool = False) -> list[Text]:
    """The whole picture, line by line, none wider than ``width``."""
    words = max((len(_said(lane)) for lane in run.lanes), default=0) + 18
    frame = Frame(max(24, min(width, MOST_COLUMNS)), plain, words)
    lines = [*_heading(run, frame), styled("")]
    if run.lanes:
        lines += [*_axis(run, frame)]
        for lane in run.lanes:
            lines += _lane(lane, run, frame)
        lines += _decision(run, frame)
        lines += [styled(""), *_legend(run, frame)]
    return lines


def _heading(run: Timeline, frame: Frame) -> list[Text]:
    lines = [styled(line, "bold") for line in _wrapped(one_line(run.question), frame.width, QUESTION_LINES)]
    mode = run.mode if run.mode == run.asked_mode or not run.asked_mode else f"auto chose {run.mode}"
    agents = len(run.agents)
    facts = [mode, one_line(run.model)]
    facts.append(f"{agents} agents" if agents > 1 else "")
    facts.append(run.parts)
    facts.append(f"{run.rounds} rounds" if run.rounds > 1 and run.mode == "contemplating" else "")
    facts.append(moment(run.created) if run.created else "")
    facts.append(short(run.run_id) if run.run_id else "")
    joint = " | " if frame.plain else " · "
    lines += [styled(line, "dim") for line in _joined([fact for fact in facts if fact], joint, frame.width)]
    return lines


def _begun(words: str, style: str) -> Text:
    """A line whose beginning alone has that style."""
    return styled("").append(words, style=style)


def moment(created: float) -> str:
    """A time of this machine's clock, to the minute."""
    try:
        return datetime.fromtimestamp(created).strftime("%Y-%m-%d %H:%M")
    except (OverflowError, OSError, ValueError):
        return "?"


def _wrapped(words: str, width: int, most: int) -> list[str]:
    from textwrap import wrap

    from rich.cells import cell_len

    if not words:
        return []
    # textwrap counts characters; wide ones take two columns
    narrow = max(8, width * len(words) // max(1, cell_len(words)))
    lines = wrap(words, narrow) or [words]
    if len(lines) > most:
        lines = [*lines[: most - 1], " ".join(lines[most - 1 :])]
    return [head(line, width, False) for line in lines]


def _joined(parts: list[str], joint: str, width: int) -> list[str]:
    """The parts in as few lines as fit."""
    from rich.cells import cell_len

    lines: list[str] = []
    for part in parts:
        if lines and cell_len(lines[-1] + joint + part) <= width:
            lines[-1] += joint + part
        else:
            lines.append(head(part, width, False))
    return lines


def _axis(run: Timeline, frame: Frame) -> list[Text]:
    """The moments on one line."""
    row = [" "] * frame.bar
    free = 0
    for tick in ticks(run.seconds, max(2, frame.bar // 10)):
        label = _tick(tick)
        start = frame.column(tick, run.seconds)
        if start >= free and start + len(label) <= frame.bar:
            row[start : start + len(label)] = label
            free = start + len(label) + 2
    lines = ["".join(row)]
    starts = [mark for mark in run.marks if mark.kind == "round"]
    if len(starts) > 1:
        row, free = [" "] * frame.bar, 0
        for number, mark in enumerate(starts, start=1):
            place, label = frame.column(mark.at, run.seconds), f"round {number}"
            if place >= free and place + len(label) <= frame.bar:
                row[place : place + len(label)] = label
                free = place + len(label) + 1
        lines.append("".join(row))
    if frame.wide:
        lines[-1] += _columns(run, frame)
    return [styled(f"{' ' * LABEL}{line}".rstrip(), "dim") for line in lines]


def _columns(run: Timeline, frame: Frame) -> str:
    """The headlines of what stands beside the lanes."""
    sure = any(lane.last.confidence is not None for lane in run.lanes)
    numbers = "tokens" + ("  conf" if sure and frame.beside >= 30 else "")
    return "    answer" + " " * (frame.beside - 8 - len(numbers)) + numbers


def _tick(at: float) -> str:
    """A moment of the axis, without needless digits."""
    return duration(at) if at >= 99.5 else f"{at:.3f}".rstrip("0").rstrip(".") + " s"


def _lane(lane: Lane, run: Timeline, frame: Frame) -> list[Text]:
    label = "all" if lane.agent == NOBODY else str(lane.agent + 1)
    line = _begun(f"{label[: LABEL - 1]:>{LABEL - 1}} ", "dim")
    faded = lane.last.state == "stopped"
    at = frame.column(run.decision.at, run.seconds) if run.decision else -1
    glyphs = PLAIN_GLYPHS if frame.plain else GLYPHS
    for place, phase in enumerate(cells(lane, run.seconds, frame.bar)):
        if place == at:
            line.append("|" if frame.plain else "│" if phase is None else "┃", style="bold yellow")
        elif phase is None:
            line.append(" ")
        else:
            line.append(glyphs[phase], style=STYLES[phase] + (" dim" if faded and "dim" not in STYLES[phase] else ""))
    if frame.wide:
        line.append("  ")
        line.append(_words(lane, run, frame.beside, frame))
        return [line]
    under = styled(" " * LABEL)
    under.append(_words(lane, run, frame.width - LABEL, frame))
    return [line, under]


def _words(lane: Lane, run: Timeline, width: int, frame: Frame) -> Text:
    """How the lane ended, its answer, its tokens and confidence."""
    from rich.cells import cell_len

    turn = lane.last
    mark, style = ENDS[turn.state]
    numbers = f"{lane.tokens.generated or lane.tokens.prompt:>6,}" + ("" if frame.wide else " tok")
    if width >= 30 and frame.wide and any(each.last.confidence is not None for each in run.lanes):
        numbers += " " * 6 if turn.confidence is None else f" {turn.confidence:5.2f}"
    room = max(4, width - 3 - len(numbers))
    shown = head(_said(lane), room, frame.plain)
    line = _begun(f"{PLAIN_ENDS[turn.state] if frame.plain else mark} ", style)
    line.append(shown + " " * (room - cell_len(shown) + 1), style="dim" if turn.state == "stopped" else "")
    line.append(numbers, style="dim")
    return line


def _said(lane: Lane) -> str:
    """The answer of a lane that finished, the reason of one that did not."""
    turn = lane.last
    if turn.state != "finished":
        return one_line(turn.note or turn.answer)
    return one_line(f"{turn.answer}  {turn.note}")


def _decision(run: Timeline, frame: Frame) -> list[Text]:
    """Under the lanes: where the outcome stood from, and why."""
    decision = run.decision
    if decision is None:
        return []
    from rich.cells import cell_len

    joint = " | " if frame.plain else " · "
    column = LABEL + frame.column(decision.at, run.seconds)
    leader = one_line(decision.leader)
    words = f"decided at {duration(decision.at)}" + (f": {head(leader, 40, frame.plain)}" if leader else "")
    parts = [words, decision.reason]
    parts += [f"{decision.running} no longer needed"] if decision.running else []
    pointer = "^" if frame.plain else "▲"
    text = joint.join(part for part in parts if part)
    if column + 2 + cell_len(text) <= frame.width:
        line = _begun(" " * column + pointer + " ", "bold yellow")
        line.append(text)
        return [line]
    below = [styled(head(line, frame.width, frame.plain)) for line in _joined(parts, joint, frame.width - LABEL)]
    return [styled(" " * column + pointer, "bold yellow"), *(styled(" " * LABEL) + line for line in below)]


def _legend(run: Timeline, frame: Frame) -> list[Text]:
    used = {segment.phase for lane in run.lanes for segment in lane.segments}
    glyphs = PLAIN_GLYPHS if frame.plain else GLYPHS
    ends = {lane.last.state for lane in run.lanes}
    parts = [f"{glyphs[phase] * 2} {phase}" for phase in GLYPHS if phase in used]
    parts += [f"{PLAIN_ENDS[end] if frame.plain else ENDS[end][0]} {end}" for end in ENDS if end in ends]
    return [styled(line, "dim") for line in _joined(parts, "   ", frame.width)]


def answer_lines(run: Timeline, most: int) -> str:
    """The run's answer, cleaned, at most ``most`` lines of it."""
    lines = clean(run.answer).strip().splitlines()
    return "\n".join([*lines[:most], *(["..."] if len(lines) > most else [])])
