"""A conversation as Markdown that a person reads: the branch one is on, thinking folded away.

What people and models wrote stays Markdown, and stays inside its section: a fence that was left open is closed, and
what would be HTML is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from helicon.store.formats.fields import fence
from helicon.store.values import Conversation, StoredMessage

NAMES = {"user": "You", "assistant": "Assistant", "system": "System"}
OPENS = re.compile(r" {0,3}(?P<marks>`{3,}|~{3,})(?P<rest>.*)")
SPAN = re.compile(r"(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
HTML = re.compile(r"<(?=[A-Za-z/!?])")
HEADING = re.compile(r"^( {0,3})(#{1,2})(?=[ \t]|$)")
SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")


def branch(messages: Iterable[StoredMessage], current: str | None) -> list[StoredMessage]:
    """The messages from the first to ``current``; where that is none of them, to the one that came last."""
    known = {message.id: message for message in messages}
    if not known:
        return []
    place = known.get(current or "") or list(known.values())[-1]
    path: dict[str, StoredMessage] = {}
    at: StoredMessage | None = place
    while at is not None and at.id not in path:
        path[at.id] = at
        at = known.get(at.parent or "")
    return list(path.values())[::-1]


def markdown(conversation: Conversation, messages: Sequence[StoredMessage]) -> str:
    """The branch that the conversation is on."""
    title = _line(conversation.title) or "Conversation"
    parts = [f"# {title}"]
    if conversation.created:
        parts.append(f"*{_date(conversation.created)}*")
    if conversation.system.strip():
        parts += ["## System", contained(conversation.system)]
    for message in branch(messages, conversation.current):
        parts.append(f"## {_heading(message)}")
        if message.thinking.strip():
            parts.append(f"<details>\n<summary>Thinking</summary>\n\n{fence(message.thinking)}\n\n</details>")
        parts += [f"*(picture: {_line(image.name) or image.media_type})*" for image in message.images]
        if message.text.strip():
            parts.append(contained(message.text))
        if message.error:
            parts.append(f"*(failed: {_line(message.error)})*")
        elif message.state in ("stopped", "interrupted"):
            parts.append(f"*({message.state})*")
    return "\n\n".join(parts) + "\n"


def contained(text: str) -> str:
    """A text that cannot leave its section: neither by a fence, nor by HTML, nor by a heading of ours."""
    lines: list[str] = []
    prose: list[str] = []
    marks = ""

    def settle() -> None:
        lines.extend(_prose(prose))
        prose.clear()

    for line in re.split(r"\r\n|\r|\n", text.strip("\r\n")):
        found = OPENS.fullmatch(line)
        if marks:
            lines.append(line)
            if found and found["marks"].startswith(marks) and not found["rest"].strip():
                marks = ""
        elif found and not (found["marks"][0] == "`" and "`" in found["rest"]):
            settle()
            lines.append(line)
            marks = found["marks"]
        else:
            prose.append(line)
    settle()
    if marks:
        lines.append(marks)
    return "\n".join(lines)


def _prose(lines: Sequence[str]) -> list[str]:
    """Lines outside of fences: headings two steps lower, HTML as text."""
    whole = "\n".join(HEADING.sub(r"\1##\2", line) for line in lines)
    pieces, at = [], 0
    for span in SPAN.finditer(whole):
        if "\n\n" in span[0]:
            continue  # a paragraph ends a code span
        pieces += [HTML.sub(r"\\<", whole[at : span.start()]), span[0]]
        at = span.end()
    pieces.append(HTML.sub(r"\\<", whole[at:]))
    return "".join(pieces).split("\n") if lines else []


def _heading(message: StoredMessage) -> str:
    name = NAMES[message.role]
    details = [part for part in (_line(message.model), _line(message.mode)) if part and message.role == "assistant"]
    return f"{name} ({', '.join(details)})" if details else name


def _line(text: str) -> str:
    """A text on one line, without a meaning in Markdown."""
    return SPECIAL.sub(r"\\\1", " ".join(text.split()))


def _date(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")
