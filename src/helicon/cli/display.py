"""The terminal: thinking dimmed and agents' lines on stderr, the answer on stdout.

``Answer`` writes stdout. ``Quiet`` and ``Terminal`` are the two views of stderr; rich is imported
only by the latter. Neither decides anything about a run.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Protocol, TextIO

from helicon.cli.board import Board, ledger_line
from helicon.cli.drawing import Wrapper, agents_table, spin, styled
from helicon.cli.plain import Cleaner, clean, one_line
from helicon.events import (
    AnswerDelta,
    AnswerReset,
    Event,
    ModeChosen,
    PlanMade,
    Result,
    RunStarted,
    ThinkingDelta,
    ThoughtProbed,
)

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.live import Live

SHOW_CURSOR = "\x1b[?25h\x1b[0m"


class Answer:
    """The answer on stdout, ending in exactly one newline.

    On a terminal it is cleaned and may be withdrawn in words; piped, it is the model's text as it is,
    and in auto mode held back to the end, since what went down a pipe cannot be taken back.
    """

    def __init__(self, stream: TextIO, *, hold: bool) -> None:
        self.stream = stream
        self.terminal = stream.isatty()
        self.hold = hold and not self.terminal
        self.cleaner = Cleaner()
        self.sent = ""
        self.last = ""

    def feed(self, event: Event) -> None:
        """Write an answer's piece, or take note that it was withdrawn."""
        match event:
            case AnswerDelta():
                self.sent += event.text
                if not self.hold:
                    self._write(event.text)
            case AnswerReset():
                self.sent = ""
                if not self.hold:
                    self.end()
            case _:
                pass

    def finish(self, whole: str) -> None:
        """Write what of the whole answer is still missing, and end the line."""
        if self.hold:
            self._write(whole)
        elif whole.startswith(self.sent):
            self._write(whole[len(self.sent) :])
        self.end()

    def end(self) -> None:
        """End the line that is open, if one is."""
        if self.last and self.last != "\n":
            self.stream.write("\n")
            self.stream.flush()
        self.last = ""

    def _write(self, text: str) -> None:
        shown = text
        if self.terminal:
            shown = self.cleaner.decode(text)
            if not self.last:
                shown = shown.lstrip("\n")
        if shown:
            self.last = shown[-1]
            self.stream.write(shown)
            self.stream.flush()


class View(Protocol):
    """What happens on stderr."""

    def opening(self, model: str) -> None:
        """The engine is being started."""

    def feed(self, event: Event) -> None:
        """One event of the run, before the answer's writer sees it."""

    def note(self, words: str) -> None:
        """A line that matters even where nobody watches."""

    def ledger(self, result: Result) -> None:
        """What the run cost."""

    def close(self) -> None:
        """Leave the terminal as it was; a second call does nothing."""


CUT = ("length", "deadline")
"""Ends after which an answer may be half of one."""


class Quiet:
    """Nothing but what must be said."""

    def opening(self, model: str) -> None:
        """Says nothing."""

    def feed(self, event: Event) -> None:
        """Says nothing."""

    def note(self, words: str) -> None:
        """A plain line."""
        print(clean(words), file=sys.stderr, flush=True)

    def ledger(self, result: Result) -> None:
        """Says it only when the run was cut short, by the caller or so that its answer may not be whole."""
        if result.stop_reason == "cancelled" or (result.stop_reason in CUT and result.answer):
            self.note(ledger_line(result))

    def close(self) -> None:
        """Nothing to undo."""


class Terminal:
    """Thinking as it comes, or one live line per agent; then the ledger."""

    def __init__(self, console: Console, *, thinking: bool, answer_here: bool) -> None:
        self.console = console
        self.thinking = thinking
        self.answer_here = answer_here
        """The answer appears on this same terminal."""
        self.board = Board()
        self.wrapper = Wrapper(min(console.width, 100) - 2)
        self.waiting = ""
        self.live: Live | None = None
        self.open_thought = False
        self.answering = False

    def opening(self, model: str) -> None:
        """A spinner until the first event that shows something."""
        self._wait(f"starting {one_line(model)}")

    def feed(self, event: Event) -> None:
        """Show what the event changes."""
        self.board.feed(event)
        match event:
            case RunStarted():
                self._wait("thinking" if event.mode == "thinking" else "asking")
            case ModeChosen():
                self._line(f"{event.mode}: {one_line(event.reason)}" if event.reason else event.mode)
                self._wait("thinking")
            case PlanMade():
                self._line(f"divided into {len(event.parts)} parts: {one_line(event.reason)}")
                for number, part in enumerate(event.parts, start=1):
                    self._line(f"  {number}. {one_line(part.text)}")
            case ThinkingDelta() if self.board.mode != "contemplating":
                if self.thinking:
                    self._think(event.text)
            case ThoughtProbed(decision="exit") if self.thinking:
                self._line(f"ended early: {event.reason}")
            case AnswerReset():
                self._still()
                self._line(f"withdrawn: {one_line(event.reason)}")
                self.answering = False
            case AnswerDelta():
                if not self.answering and event.text:
                    self._begin_answer()
            case _ if self.board.mode == "contemplating" and self.board.agents and not self.answering:
                self._animate()

    def note(self, words: str) -> None:
        """A plain line, over whatever is animated."""
        self._still()
        self.console.print(clean(words), markup=False, highlight=False)

    def ledger(self, result: Result) -> None:
        """One dimmed line."""
        self._still()
        words = clean(ledger_line(result, self.console.width))
        self.console.print(words, style="dim", markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Stop every animation and show the cursor."""
        self._still()

    def _wait(self, words: str) -> None:
        if self.answering or self.open_thought or self.waiting == words or self.console.is_dumb_terminal:
            return
        self.waiting = words
        if self.live is None:
            self._start()

    def _animate(self) -> None:
        self.waiting = ""
        if self.console.is_dumb_terminal:
            return
        if self.live is None:
            self._start()

    def _start(self) -> None:
        from rich.live import Live

        self.live = Live(console=self.console, get_renderable=self._frame, refresh_per_second=10, redirect_stdout=False)
        self.live.start()

    def _still(self) -> None:
        """End the animation (a waiting line disappears, agents' lines stay) and the thought."""
        if self.live is not None:
            self.live.transient = bool(self.waiting)
            self.live.stop()
            self.live = None
        self.waiting = ""
        if self.open_thought:
            self.open_thought = False
            self._dim(self.wrapper.flush() + "\n\n")

    def _begin_answer(self) -> None:
        agents = self.live is not None and not self.waiting
        self._still()
        self.answering = True
        if agents and self.answer_here:
            self.console.print()

    def _line(self, words: str) -> None:
        self._still()
        self.console.print(words, style="dim", markup=False, highlight=False)

    def _think(self, text: str) -> None:
        if not self.open_thought:
            if not text.strip():
                return
            self._still()
            self.open_thought = True
            self.wrapper.begin()
            text = text.lstrip()
        self._dim(self.wrapper.decode(text))

    def _dim(self, text: str) -> None:
        if text:
            self.console.print(styled(text, "dim"), end="", soft_wrap=True)

    def _frame(self) -> RenderableType:
        plain = not self.console.encoding.lower().startswith("utf")
        if self.waiting:
            return styled(f"{spin(plain)} {self.waiting} ...", "dim")
        return agents_table(self.board, self.console.width, self.console.height, plain=plain, tails=self.thinking)


def view_for(stream: TextIO, *, thinking: bool, answer_here: bool) -> View:
    """The view that fits ``stream`` (stderr)."""
    if not stream.isatty():
        return Quiet()
    from rich.console import Console

    return Terminal(Console(file=stream, highlight=False), thinking=thinking, answer_here=answer_here)
