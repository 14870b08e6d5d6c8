"""Text for people: Markdown, reStructuredText, plain. Words are only said; fenced code is an example."""

from __future__ import annotations

import re

from helicon.audit.extract.page import MAX_NESTED, Page

FENCE = re.compile(r"[ \t]{0,12}(`{3,}|~{3,})[ \t]{0,4}([\w+-]{0,20})")


def markdown(page: Page) -> None:
    """Words, and fenced code by its language."""
    lines = page.text.split("\n")
    fence, language, first = "", "", 0
    for number, line in enumerate(lines):
        found = FENCE.match(line) if "```" in line or "~~~" in line else None
        if fence:
            if found and found.group(1).startswith(fence) and not found.group(2):
                _code(page, lines, first, number, language)
                fence = ""
        elif found:
            fence, language, first = found.group(1), found.group(2).lower(), number + 1
        else:
            page.prose(line, page.starts[number], "doc")
    if fence:
        _code(page, lines, first, len(lines), language)


def _code(page: Page, lines: list[str], first: int, last: int, language: str) -> None:
    from helicon.audit.extract.kinds import of_fence

    read = of_fence(language)
    text = "\n".join(lines[first:last])
    if read is None or page.nested >= MAX_NESTED:
        for number in range(first, last):
            page.prose(lines[number], page.starts[number], "doc")
        return
    places = [(page.place(number, 0)[0], page.place(number, 0)[1] - 1) for number in range(first, last)]
    part = page.part(text, places or [page.place(first, 0)], role="example")
    part.reasons = []  # an excerpt need not be whole
    read(part)


def plain(page: Page) -> None:
    """Words only."""
    page.prose(page.text, 0, "doc")
