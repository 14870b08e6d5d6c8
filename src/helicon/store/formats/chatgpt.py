"""ChatGPT's export: ``conversations.json``, or split as ``conversations-000.json``.

A conversation is a ``mapping`` of nodes; siblings are branches. The pieces of one answer (thoughts, tool calls, text)
are nodes one below the other there, and one message here. Hidden nodes are left out, their children move up.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from helicon.store.formats.fields import fence, json_note, list_in, object_in, paragraphs, text_in, time_in
from helicon.store.values import Conversation, ImageRef, Imported, Role, StoredFile, StoredMessage

Assets: TypeAlias = Callable[[str], StoredFile | None]
"""The file of an image pointer, where the export has it."""
CITED = re.compile("\ue200[^\ue201]{0,1000}\ue201")
"""Marks of citations, which mean something only on the page they came from."""
DROPPED = {"reasoning_recap", "user_editable_context", "model_editable_context"}
"""Content of no words of its own, or that was never shown."""


@dataclass(slots=True)
class _Draft:
    """A message on its way."""

    id: str
    parent: str | None
    role: Role
    created: float
    model: str
    text: list[str] = field(default_factory=list)
    thinking: list[str] = field(default_factory=list)
    images: list[ImageRef] = field(default_factory=list)


def imported(value: dict[str, Any], assets: Assets) -> Imported:
    """The conversation that an object of the export holds."""
    return _Reader(value, assets).read()


class _Reader:
    def __init__(self, value: dict[str, Any], assets: Assets) -> None:
        self._value = value
        self._nodes = {id: node for id, node in object_in(value, "mapping").items() if isinstance(node, dict)}
        self._assets = assets
        self._notes: Counter[str] = Counter()
        self._files: dict[str, StoredFile] = {}
        self._drafts: dict[str, _Draft] = {}
        self._place: dict[str, str | None] = {}
        """For each node the message that it became a part of, or the nearest one above."""

    def read(self) -> Imported:
        value = self._value
        children = self._children()
        self._walk(children)
        current = self._place.get(text_in(value, "current_node"))
        id = self._id()
        messages = tuple(self._message(draft, id) for draft in self._drafts.values())
        created = time_in(value, "create_time") or min((m.created for m in messages if m.created), default=0.0)
        conversation = Conversation(
            id=id,
            owner="",
            title=text_in(value, "title"),
            created=created,
            updated=time_in(value, "update_time") or max((m.created for m in messages), default=created),
            pinned=value.get("is_starred") is True,
            tags=("archived",) if value.get("is_archived") is True else (),
            model=text_in(value, "default_model_slug"),
            current=current,
            source=f"chatgpt:{id}" if id else "",
        )
        notes = [f"{note} ({count} times)" if count > 1 else note for note, count in self._notes.items()]
        return Imported(
            conversation=conversation, messages=messages, files=tuple(self._files.values()), notes=tuple(notes)
        )

    def _id(self) -> str:
        """The conversation's own id or, without one, one that its nodes give."""
        given = text_in(self._value, "conversation_id", "id")
        if given or not self._nodes:
            return given
        return hashlib.sha256("\n".join(sorted(self._nodes)).encode("utf-8", "replace")).hexdigest()[:32]

    def _children(self) -> dict[str | None, list[str]]:
        """The nodes below each node, in the export's order; below ``None`` those without a parent."""
        children: dict[str | None, list[str]] = {None: []}
        for id, node in self._nodes.items():
            parent = node.get("parent")
            children.setdefault(parent if isinstance(parent, str) and parent in self._nodes else None, []).append(id)
        for above, below in children.items():
            if above is not None:
                order = {
                    child: n
                    for n, child in enumerate(list_in(self._nodes[above], "children"))
                    if isinstance(child, str)
                }
                below.sort(key=lambda child: order.get(child, len(order)))
        return children

    def _walk(self, children: dict[str | None, list[str]]) -> None:
        waiting: list[tuple[str, str | None, bool]] = [(id, None, False) for id in reversed(children[None])]
        while waiting:
            id, above, alone = waiting.pop()
            self._place[id] = place = self._take(id, above, alone)
            below = children.get(id, [])
            waiting += [(child, place, len(below) == 1) for child in reversed(below)]
        if lost := len(self._nodes) - len(self._place):
            self._notes["a message that hangs on itself left out"] += lost

    def _take(self, id: str, above: str | None, alone: bool) -> str | None:
        """Make a message of a node or add it to the one above; returns where it is."""
        message = self._nodes[id].get("message")
        if not isinstance(message, dict) or _hidden(message):
            return above
        author = text_in(object_in(message, "author"), "role")
        role: Role = "user" if author == "user" else "system" if author == "system" else "assistant"
        parent = self._drafts[above] if above is not None else None
        model = text_in(object_in(message, "metadata"), "model_slug")
        created = time_in(message, "create_time") or (parent.created if parent else 0.0)
        together = role == "assistant" and alone and parent is not None and parent.role == "assistant"
        draft = _Draft(id=id, parent=above, role=role, created=created, model=model)
        self._content(draft, message, aside=author == "tool" or text_in(message, "recipient") not in ("", "all"))
        if not (draft.text or draft.thinking or draft.images):
            return above
        if together and parent is not None:
            parent.text += draft.text
            parent.thinking += draft.thinking
            parent.images += draft.images
            parent.model = parent.model or model
            return parent.id
        self._drafts[id] = draft
        return id

    def _content(self, draft: _Draft, message: dict[str, Any], *, aside: bool) -> None:
        """What a node says; ``aside`` where it was said to a tool or by one."""
        content = object_in(message, "content")
        kind = text_in(content, "content_type")
        said = draft.thinking if aside else draft.text
        match kind:
            case "text" | "multimodal_text" | "":
                for part in list_in(content, "parts"):
                    self._part(draft, said, part)
                if kind == "" and content and not list_in(content, "parts"):
                    self._keep(said, "content without a type", content)
            case "code":
                language = text_in(content, "language")
                body = text_in(content, "text")
                if body.strip():
                    said.append(fence(body, language if language.isalnum() and language != "unknown" else ""))
            case "execution_output":
                if text_in(content, "text").strip():
                    draft.thinking.append(fence(text_in(content, "text")))
            case "thoughts":
                for thought in list_in(content, "thoughts"):
                    draft.thinking.append(paragraphs(text_in(thought, "summary"), text_in(thought, "content")))
                draft.thinking = [text for text in draft.thinking if text]
            case "tether_quote" | "tether_browsing_display" | "sonic_webpage":
                quoted = paragraphs(
                    text_in(content, "title"), text_in(content, "url"), text_in(content, "text", "result")
                )
                if quoted:
                    draft.thinking.append(quoted)
            case _ if kind in DROPPED:
                pass
            case _:
                self._keep(said, f"content of the type {kind[:40]!r}", content)

    def _part(self, draft: _Draft, said: list[str], part: Any) -> None:
        if isinstance(part, str):
            if words := CITED.sub("", part).strip("\n"):
                said.append(words)
            return
        kind = text_in(part, "content_type")
        if kind == "image_asset_pointer":
            self._image(draft, said, part)
        elif kind == "audio_transcription":
            said.append(text_in(part, "text"))
        elif kind in ("audio_asset_pointer", "real_time_user_audio_video_asset_pointer"):
            self._notes["a recording left out"] += 1
        elif part is not None:
            self._keep(said, f"a part of the type {kind[:40]!r}", part)

    def _image(self, draft: _Draft, said: list[str], part: Any) -> None:
        pointer = text_in(part, "asset_pointer")
        file = self._assets(pointer)
        if file is None:
            self._notes["a picture that is not in the export"] += 1
            said.append(f"[picture that was not in the export: {pointer[:200]}]")
            return
        self._files[file.id] = file
        draft.images.append(ImageRef(file=file.id, media_type=file.media_type, name=file.name))

    def _keep(self, said: list[str], what: str, value: Any) -> None:
        self._notes[f"{what} kept as JSON"] += 1
        said.append(json_note(what, value))

    def _message(self, draft: _Draft, conversation: str) -> StoredMessage:
        return StoredMessage(
            id=draft.id,
            conversation=conversation,
            parent=draft.parent,
            role=draft.role,
            text=paragraphs(*draft.text),
            images=tuple(draft.images),
            thinking=paragraphs(*draft.thinking),
            created=draft.created,
            model=draft.model if draft.role == "assistant" else "",
            source=draft.id,
        )


def _hidden(message: dict[str, Any]) -> bool:
    weight = message.get("weight")
    unweighted = isinstance(weight, int | float) and weight == 0
    return unweighted or object_in(message, "metadata").get("is_visually_hidden_from_conversation") is True
