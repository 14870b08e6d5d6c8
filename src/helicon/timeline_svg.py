"""A timeline as one self-contained SVG: light and dark, readable on a phone and by a screen reader.

Pure: ``svg(timeline(events))`` is the file's text. It holds no script, no font and no address. The drawing
is narrow (480 units) and stacks an agent's words above its bar, so that it can be scaled to a phone's width
and still be read. Model text is data here: it is escaped, and characters that XML or a reader's eye cannot
take (controls, direction marks) are left out. Its style would reach the page that it is pasted into: show
it as an image.
"""

from __future__ import annotations

from dataclasses import dataclass

from helicon.svg_text import escaped, fitting, joined, measured, one_line, wrapped
from helicon.timeline import NOBODY, Lane, Phase, Segment, Timeline, Turn, duration, ticks

WIDTH = 480
SHOWN = 640
"""Its natural width in pixels, where nothing else says how wide it is shown."""
MARGIN = 18
BAR = WIDTH - 2 * MARGIN
LANE = 42
"""The height of one agent."""
BAR_TOP = 22
LINE = 19
MOST_TEXT = 400
"""Characters of the answer that are shown."""
MOST_LANES = 200
BOLD = 1.17
"""How much wider bold text is."""
HEIGHTS: dict[Phase, float] = {"waiting": 2, "reading": 4, "thinking": 10, "answering": 10}
WORDS = {"finished": "finished", "stopped": "was stopped", "failed": "failed", "running": "was still at work"}

STYLE = """\
svg{background:#fbfaf7;font-family:system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;font-size:14px}
text{fill:#22211e;white-space:pre}
.paper{fill:#fbfaf7}.q{font-size:17px;font-weight:650}.soft{fill:#6a675f}.small{font-size:12px}.b{font-weight:600}
.end{text-anchor:end}.mid{text-anchor:middle}.num{font-variant-numeric:tabular-nums}
.grid{stroke:#e2dfd6;stroke-width:1}.round{stroke:#6a675f;stroke-width:1;stroke-dasharray:1 4}
.waiting{fill:#b9b5a9}.reading{fill:#b9b5a9}.thinking{fill:#8aa4c8}.answering{fill:#2f6a5a}
.halo{stroke:#fbfaf7;stroke-width:4;stroke-linejoin:round;paint-order:stroke}
.faded{opacity:.5}.decided{stroke:#b8680f;stroke-width:1.75}.flag{fill:#b8680f}text.flag{fill:#9a560a}
.mark{fill:none;stroke-width:1.9;stroke-linecap:round;stroke-linejoin:round}
.finished{stroke:#2f6a5a}.stopped{stroke:#6a675f}.failed{stroke:#a3362a}.running{stroke:#b8680f}
@media (pointer:coarse){svg{width:100%;height:auto}}
@media (prefers-color-scheme:dark){
svg{background:#171816}.halo{stroke:#171816}
text{fill:#e6e4dd}.paper{fill:#171816}.soft{fill:#a09d93}.grid{stroke:#32332f}.round{stroke:#a09d93}
.waiting{fill:#54554f}.reading{fill:#6d6e67}.thinking{fill:#6f8db8}.answering{fill:#86c5b0}
.decided{stroke:#e6a95a}.flag,text.flag{fill:#e6a95a}
.finished{stroke:#86c5b0}.stopped{stroke:#a09d93}.failed{stroke:#ef9a8d}.running{stroke:#e6a95a}}"""

MARKS = {
    "finished": "M1 6l3.2 3.4L10 2.2",
    "stopped": "M1.5 6h8",
    "failed": "M2 2.5l7 7m0-7l-7 7",
    "running": "M5.5 1.5v5m0 3.4v.1",
}
"""How a lane ended, in a box of 11 units."""


def svg(run: Timeline) -> str:
    """The drawing as the text of an SVG file."""
    drawing = _Drawing(run)
    drawing.head()
    if run.lanes:
        drawing.chart()
    drawing.answer()
    return drawing.finish()


@dataclass(slots=True, init=False)
class _Drawing:
    run: Timeline
    parts: list[str]
    y: float

    def __init__(self, run: Timeline) -> None:
        self.run = run
        self.parts = []
        self.y = MARGIN + 16.0

    def text(self, x: float, y: float, words: str, kind: str = "") -> None:
        self.parts.append(f'<text x="{_n(x)}" y="{_n(y)}"{_class(kind)}>{escaped(words)}</text>')

    def x(self, at: float) -> float:
        """Where a moment stands."""
        return MARGIN + (BAR * at / self.run.seconds if self.run.seconds > 0 else 0.0)

    def head(self) -> None:
        """The question and the facts."""
        run = self.run
        for line in wrapped(run.question or "A run", BAR, 17 * BOLD, 3):
            self.text(MARGIN, self.y, line, "q")
            self.y += 23
        mode = run.mode if run.mode == run.asked_mode or not run.asked_mode else f"auto chose {run.mode}"
        facts = [mode, run.model, f"{len(run.agents)} agents" if len(run.agents) > 1 else "", run.parts]
        facts += [f"{run.tokens.generated:,} tokens", duration(run.seconds)]
        for line in joined([one_line(fact) for fact in facts if fact], BAR, 12):
            self.text(MARGIN, self.y, line, "soft small")
            self.y += LINE
        decision = run.decision
        if decision is not None:
            leader = f": {one_line(decision.leader)}" if decision.leader else ""
            words = f"Decided at {duration(decision.at)}{leader}"
            self.y += 6
            for number, line in enumerate(wrapped(words, BAR, 14 * BOLD, 2)):
                self.text(MARGIN, self.y, line, "flag b" if number == 0 else "flag")
                self.y += LINE
            why = decision.reason[:1].upper() + decision.reason[1:]
            spared = f" · {decision.running} no longer needed" if decision.running else ""
            self.text(MARGIN, self.y, fitting(why + spared, BAR, 12), "soft small")
            self.y += LINE
        self.y += 8

    def chart(self) -> None:
        """The axis and the lanes, the decision through them."""
        run = self.run
        lanes = run.lanes[:MOST_LANES]
        top = self.y + 6
        bottom = top + 8 + LANE * len(lanes)
        self._axis(top, bottom)
        self.y = top + 8
        for lane in lanes:
            self._bars(lane)
            self.y += LANE
        if run.decision is not None:
            x = _n(self.x(run.decision.at))
            self.parts.append(f'<path class="flag" d="M{x} {_n(top + 1)}l-4.5 -7h9z"/>')
            self.parts.append(f'<path class="decided" d="M{x} {_n(top)}V{_n(bottom)}"/>')
        self.y = top + 8
        for lane in lanes:  # over the lines, which would run through the words
            self._words(lane)
            self.y += LANE
        self.y = bottom
        if len(run.lanes) > len(lanes):
            self.text(MARGIN, self.y + 14, f"and {len(run.lanes) - len(lanes)} more", "soft small")
            self.y += LINE
        self._legend()

    def _axis(self, top: float, bottom: float) -> None:
        run = self.run
        free = 0.0
        for tick in ticks(run.seconds, 6):
            x, label = self.x(tick), _tick(tick)
            self.parts.append(f'<path class="grid" d="M{_n(x)} {_n(top)}V{_n(bottom)}"/>')
            near = run.decision is not None and abs(self.x(run.decision.at) - x) < 26
            anchor = "" if x < MARGIN + 12 else " end" if x > WIDTH - MARGIN - 12 else " mid"
            if x >= free and not near:
                self.text(x, top - 6, label, "soft small num" + anchor)
                free = x + measured(label, 12) + 12
        for mark in run.marks:
            if mark.kind == "round" and mark.at > 0 and not mark.text.startswith("round 1"):
                x = self.x(mark.at)
                self.parts.append(f'<path class="round" d="M{_n(x)} {_n(top)}V{_n(bottom)}"><title>')
                self.parts.append(f"{escaped(mark.text)}</title></path>")

    def _words(self, lane: Lane) -> None:
        """Whose lane, how it ended, its answer, and what it cost."""
        turn, y = lane.last, self.y
        name = "all" if lane.agent == NOBODY else str(lane.agent + 1)
        self.text(MARGIN, y + 14, name, "halo soft small b num")
        left = MARGIN + max(20.0, measured(name, 12) + 10)
        mark = MARKS[turn.state]
        self.parts.append(
            f'<path class="mark {turn.state}" transform="translate({_n(left)} {_n(y + 3.5)})" d="{mark}"/>'
        )
        left += 18
        numbers = f"{lane.tokens.generated or lane.tokens.prompt:,} tokens"
        if turn.confidence is not None:
            numbers += f" · {turn.confidence:.2f}"
        self.text(WIDTH - MARGIN, y + 14, numbers, "halo soft small num end")
        room = WIDTH - MARGIN - measured(numbers, 12) - 14 - left
        words = turn.note if turn.state != "finished" or not turn.answer else turn.answer
        self.text(left, y + 14, fitting(words, room, 14), "halo soft" if turn.state != "finished" else "halo")

    def _bars(self, lane: Lane) -> None:
        """What the agent did when; a tick where it was cut off."""
        y = self.y
        kind = _class("faded" if lane.last.state == "stopped" else "")
        self.parts.append(f"<g{kind}><title>{escaped(sentence(lane))}</title>")
        for segment in lane.segments:
            self._bar(segment, y + BAR_TOP)
        for part in lane.turns:
            if part.state in ("stopped", "failed"):
                x = self.x(part.end)
                self.parts.append(f'<path class="mark {part.state}" d="M{_n(x)} {_n(y + BAR_TOP - 2)}v14"/>')
        self.parts.append("</g>")

    def _bar(self, segment: Segment, top: float) -> None:
        height = HEIGHTS[segment.phase]
        x, width = self.x(segment.start), max(0.8, self.x(segment.end) - self.x(segment.start))
        radius = 2 if height > 4 and width > 4 else 0
        self.parts.append(
            f'<rect class="{segment.phase}" x="{_n(x)}" y="{_n(top + 5 - height / 2)}" width="{_n(width)}" '
            f'height="{_n(height)}"{f" rx={chr(34)}{radius}{chr(34)}" if radius else ""}/>'
        )

    def _legend(self) -> None:
        used = {segment.phase for lane in self.run.lanes for segment in lane.segments}
        self.y += 20
        x = float(MARGIN)
        for phase, height in HEIGHTS.items():
            if phase not in used:
                continue
            top = _n(self.y - 4 - height / 2)
            self.parts.append(f'<rect class="{phase}" x="{_n(x)}" y="{top}" width="18" height="{_n(height)}"/>')
            self.text(x + 24, self.y, phase, "soft small")
            x += 24 + measured(phase, 12) + 18
        note = "tokens" + (" · confidence" if any(lane.last.confidence is not None for lane in self.run.lanes) else "")
        if x + measured(note, 12) > WIDTH - MARGIN:
            self.y += LINE
        self.text(WIDTH - MARGIN, self.y, note, "soft small end")
        self.y += 12

    def answer(self) -> None:
        """The first lines of the answer."""
        words = self.run.answer.strip()
        if not words:
            return
        self.y += 18
        self.text(MARGIN, self.y, "Answer", "soft small b")
        self.y += LINE + 2
        shown = words if len(words) <= MOST_TEXT else words[:MOST_TEXT] + "…"
        lines = [line for part in shown.splitlines() for line in (wrapped(part, BAR, 14, 12) if part.strip() else [])]
        for line in lines[:12]:
            self.text(MARGIN, self.y, line)
            self.y += LINE

    def finish(self) -> str:
        """The whole file."""
        run, height = self.run, round(self.y + 6)
        title = one_line(run.question) or "A run"
        parts = "\n".join(self.parts)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{SHOWN}" '
            f'height="{round(height * SHOWN / WIDTH)}" style="max-width:100%;height:auto" role="img" '
            f'aria-labelledby="title desc">\n'
            f'<title id="title">{escaped(title)}</title>\n<desc id="desc">{escaped(described(run))}</desc>\n'
            f"<style>{STYLE}</style>\n"
            f'<rect class="paper" width="{WIDTH}" height="{height}"/>\n{parts}\n</svg>\n'
        )


def described(run: Timeline) -> str:
    """The drawing in sentences, for those who cannot see it."""
    said = [f"{len(run.agents)} agents over {duration(run.seconds)}." if run.lanes else "Nothing was drawn."]
    if run.decision:
        leader = f" for {one_line(run.decision.leader)}" if run.decision.leader else ""
        said.append(f"The outcome was decided at {duration(run.decision.at)}{leader}: {run.decision.reason}.")
    said += [sentence(lane) for lane in run.lanes[:MOST_LANES]]
    return " ".join(said)


def sentence(lane: Lane) -> str:
    """One lane in words."""
    name = "The calls of no agent" if lane.agent == NOBODY else f"Agent {lane.agent + 1}"
    parts = [f"{name}: {_turn(turn)}" for turn in lane.turns[-1:]] if len(lane.turns) == 1 else [f"{name}:"]
    if len(lane.turns) > 1:
        parts += [f"in round {turn.round} {_turn(turn)}" for turn in lane.turns]
    return "; ".join(parts).replace(":;", ":") + "."


def _turn(turn: Turn) -> str:
    answer = f" with {one_line(turn.answer)[:80]}" if turn.answer and turn.state == "finished" else ""
    note = f" ({turn.note})" if turn.note else ""
    return (
        f"{WORDS[turn.state]}{answer}{note} from {duration(turn.start)} to {duration(turn.end)} "
        f"after {turn.tokens.generated:,} tokens"
    )


def _tick(at: float) -> str:
    return duration(at) if at >= 99.5 else f"{at:.3f}".rstrip("0").rstrip(".") + " s"


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _class(kind: str) -> str:
    return f' class="{kind}"' if kind else ""
