"""How the live view is drawn: agents as a table of one line each, thoughts as wrapped lines.

Pure functions of a board and a size; rich is imported when something is drawn.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from helicon.cli.board import AgentLine, Board
from helicon.cli.plain import Cleaner

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.text import Text

FRAMES, PLAIN_FRAMES = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏", "|/-\\"
MARKS = {"done": ("✓", "green"), "stopped": ("–", "dim"), "failed": ("✗", "red")}
PLAIN_MARKS = {"done": "+", "stopped": "-", "failed": "x"}


def spin(plain: bool) -> str:
    frames = PLAIN_FRAMES if plain else FRAMES
    return frames[int(time.monotonic() * 10) % len(frames)]


def styled(text: str, style: str = "") -> Text:
    from rich.text import Text

    return Text(text, style=style)


def agents_table(
    board: Board, width: int, height: int, *, plain: bool = False, tails: bool = True, most_columns: int = 120
) -> RenderableType:
    """One headline and one line per agent, never wider than ``width`` nor higher than ``height``."""
    from rich.console import Group
    from rich.table import Table

    width = min(width, most_columns)
    table = Table.grid(padding=(0, 1))
    table.add_column(justify="right", width=3)
    table.add_column(width=1)
    table.add_column(width=max(10, width - 22), no_wrap=True)
    table.add_column(justify="right", width=12, no_wrap=True)
    lines = board.lines
    room = max(1, height - 3)
    hidden = 0
    if len(lines) > room:
        lines = sorted(sorted(lines, key=lambda line: not line.running)[: room - 1], key=lambda line: line.agent)
        hidden = len(board.lines) - len(lines)
    for line in lines:
        mark, style = (spin(plain), "cyan") if line.running else MARKS[line.state]
        if plain and not line.running:
            mark = PLAIN_MARKS[line.state]
        words = _agent_words(line, max(10, width - 22), plain, tails)
        table.add_row(
            styled(str(line.agent + 1), "dim"), styled(mark, style), words, styled(f"{line.tokens:,} tok", "dim")
        )
    rows: list[RenderableType] = [styled(head(board.headline, width, plain), "bold"), table]
    if hidden:
        rows.append(styled(f"    and {hidden} more", "dim"))
    return Group(*rows)


def _agent_words(line: AgentLine, room: int, plain: bool, tails: bool) -> Text:
    part = f"part {line.part}: " if line.part else ""
    if not line.running:
        words = styled(head(part + line.answer, room, plain))
        if line.note:
            words = styled(head(f"{part}{line.answer}  {line.note}".strip(), room, plain), "dim")
        return words
    words = styled(f"{part}{line.state} ")
    if tails and line.tail:
        words.append(_tail(line.tail, room - len(part) - len(line.state) - 1, plain), style="dim")
    return words


def head(text: str, room: int, plain: bool) -> str:
    """The beginning of ``text`` in at most ``room`` columns."""
    from rich.cells import cell_len, set_cell_size

    dots = "..." if plain else "…"
    return text if cell_len(text) <= room else set_cell_size(text, room - len(dots)).rstrip() + dots


def _tail(text: str, room: int, plain: bool) -> str:
    """The end of ``text`` in at most ``room`` columns."""
    from rich.cells import cell_len

    text = " ".join(text.split())
    if cell_len(text) <= room:
        return text
    dots = "..." if plain else "…"
    cut = text[-max(1, room) :]
    while cut and cell_len(cut) + len(dots) > room:
        cut = cut[1:]
    return dots + cut


class Wrapper:
    """Breaks a stream of words into lines of at most ``width`` columns, indented by two."""

    def __init__(self, width: int) -> None:
        self.width = max(20, width)
        self.cleaner = Cleaner()
        self.begin()

    def begin(self) -> None:
        """Start a new text at the left margin."""
        self.word = ""
        self.column = 0

    def decode(self, text: str) -> str:
        """What can be written now; the last word waits until it is whole."""
        out: list[str] = []
        for char in self.cleaner.decode(text).replace("\t", "    "):
            if char in " \n":
                out.append(self._place())
                if char == "\n":
                    out.append("\n")
                    self.column = 0
                elif 0 < self.column < self.width:
                    out.append(" ")
                    self.column += 1
            else:
                self.word += char
                if len(self.word) >= self.width:
                    out.append(self._place())
        return "".join(out)

    def flush(self) -> str:
        """The last word."""
        return self._place()

    def _place(self) -> str:
        from rich.cells import cell_len

        word, self.word = self.word, ""
        if not word:
            return ""
        size = cell_len(word)
        lead = ""
        if self.column and self.column + size > self.width:
            lead, self.column = "\n", 0
        if not self.column:
            lead += "  "
        self.column += size
        return lead + word
