"""Jupyter notebooks: code cells as Python and commands, the others as prose. Outputs are left out."""

from __future__ import annotations

from dataclasses import dataclass, field

from helicon.audit.extract.commands import commands
from helicon.audit.extract.jsons import values
from helicon.audit.extract.page import Page
from helicon.audit.extract.prose import markdown
from helicon.audit.extract.python import python


@dataclass
class Cell:
    kind: str = ""
    lines: list[tuple[str, int]] = field(default_factory=list)
    """Each line of the source, and its offset in the notebook."""


def notebook(page: Page) -> None:
    """Every cell. Columns count from the beginning of the cell's line in the notebook's own."""
    cells: dict[str, Cell] = {}
    for value in values(page.text, page):
        path = value.path
        if value.key or len(path) < 3 or path[0] not in ("cells", "worksheets") or "outputs" in path:
            continue
        name = ".".join(path[: path.index("source")] if "source" in path else path[:-1])
        cell = cells.setdefault(name, Cell())
        if path[-1] == "cell_type":
            cell.kind = value.text
        elif "source" in path or "input" in path:
            cell.lines += [(line, value.offset) for line in value.text.removesuffix("\n").split("\n")]
    if not cells and page.text.strip():
        page.unread("no cells of a notebook were found")
    for cell in cells.values():
        _cell(page, cell)


def _cell(page: Page, cell: Cell) -> None:
    places = [(page.where(offset)[0], page.where(offset)[1] - 1) for _, offset in cell.lines]
    lines = [line for line, _ in cell.lines]
    if cell.kind != "code":
        markdown(page.part("\n".join(lines), places))
        return
    magic = [line.lstrip().startswith(("!", "%")) for line in lines]
    if any(magic):
        said = [" " + line.lstrip()[1:] if one else "" for line, one in zip(lines, magic, strict=True)]
        whole = lines[0].startswith("%%bash") or lines[0].startswith("%%sh")
        commands(page.part("\n".join(lines[1:] if whole else said), places[1:] if whole else places))
        if whole:
            return
        lines = [_quiet(line) if one else line for line, one in zip(lines, magic, strict=True)]
    python(page.part("\n".join(lines), places))


def _quiet(line: str) -> str:
    """A line of a magic command as Python that says nothing."""
    return line[: len(line) - len(line.lstrip())] + "pass"
