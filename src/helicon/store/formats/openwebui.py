"""Open WebUI's export: an array of chats, each with a ``history`` of messages that name their parents.

Reasoning is inside the text there, as ``<details type="reasoning">``, and apart here.
"""

from __future__ import annotations

import hashlib
import html
import re
from collections import Counter
from typing import Any

from helicon.store.formats.fields import json_note, list_in, object_in, paragraphs, text_in, time_in
from helicon.store.formats.pictures import picture_in
from helicon.store.values import Conversation, ImageRef, Imported, Role, StoredFile, StoredMessage

BLOCK = re.compile(
    r"<details\b(?P<attributes>[^>]{0,2000})>\s*(?:<summary>[^<]{0,500}</summary>)?(?P<body>.*?)</details>\s*",
    re.DOTALL,
)
ASIDE = re.compile(r'type="(?:reasoning|tool_calls|code_interpreter)"')
RESULT = re.compile(r'\bresult="([^"]*)"')


def imported(value: dict[str, Any]) -> Imported:
    """The conversation that an object of the export holds."""
    return _Reader(value).read()


def split_thinking(content: str) -> tuple[str, str]:
    """The answer and the thinking of a text."""
    if "<details" not in content:
        return content, ""
    aside: list[str] = []

    def take(match: re.Match[str]) -> str:
        if not ASIDE.search(match["attributes"]):
            return match[0]
        lines = html.unescape(match["body"]).strip().splitlines()
        body = "\n".join(line.removeprefix("> ").removeprefix(">") for line in lines)
        result = RESULT.search(match["attributes"])
        aside.append(paragraphs(body, html.unescape(result[1]) if result else ""))
        return ""

    return BLOCK.sub(take, content).strip("\n"), paragraphs(*aside)


class _Reader:
    def __init__(self, value: dict[str, Any]) -> None:
        self._value = value
        self._chat = object_in(value, "chat") or value
        self._notes: Counter[str] = Counter()
        self._files: dict[str, StoredFile] = {}

    def read(self) -> Imported:
        value, chat = self._value, self._chat
        history = object_in(chat, "history")
        raw = {id: m for id, m in object_in(history, "messages").items() if isinstance(m, dict)}
        current: str | None = text_in(history, "currentId") or None
        if not raw:
            raw, current = _line(list_in(chat, "messages"))
        id = text_in(value, "id") or text_in(chat, "id")
        messages = tuple(self._message(key, message, raw, id) for key, message in raw.items())
        created = time_in(value, "created_at") or time_in(chat, "timestamp", "created_at")
        created = created or min((m.created for m in messages if m.created), default=0.0)
        title = text_in(chat, "title") or text_in(value, "title")
        models = [name for name in list_in(chat, "models") if isinstance(name, str)]
        folder = text_in(object_in(value, "folder"), "name") or text_in(value, "folder")
        folder = folder or (f"folder {text_in(value, 'folder_id')[:8]}" if text_in(value, "folder_id") else "")
        if not id:
            parts = [title, str(created), *list(raw)[:1], next((m.text for m in messages), "")]
            id = hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()[:32]
        conversation = Conversation(
            id=id,
            owner="",
            title=title,
            created=created,
            updated=time_in(value, "updated_at") or max((m.created for m in messages), default=created),
            pinned=value.get("pinned") is True,
            folder=folder,
            tags=self._tags(),
            system=text_in(chat, "system") or text_in(object_in(chat, "params"), "system"),
            model=models[0] if models else "",
            current=current if current in raw else None,
            source=f"openwebui:{id}",
        )
        notes = [f"{note} ({count} times)" if count > 1 else note for note, count in self._notes.items()]
        return Imported(
            conversation=conversation, messages=messages, files=tuple(self._files.values()), notes=tuple(notes)
        )

    def _tags(self) -> tuple[str, ...]:
        found = [*list_in(object_in(self._value, "meta"), "tags"), *list_in(self._chat, "tags")]
        names = {tag if isinstance(tag, str) else text_in(tag, "name") for tag in found}
        archived = {"archived"} if self._value.get("archived") is True else set()
        return tuple(sorted((names | archived) - {""}))

    def _message(self, key: str, message: dict[str, Any], raw: dict[str, Any], conversation: str) -> StoredMessage:
        author = text_in(message, "role")
        role: Role = "user" if author == "user" else "system" if author == "system" else "assistant"
        images: list[ImageRef] = []
        content, thinking = self._content(message.get("content"), images)
        if role == "assistant":
            content, inside = split_thinking(content)
            thinking = paragraphs(thinking, inside)
        for file in list_in(message, "files"):
            if text_in(file, "type") == "image":
                self._picture(text_in(file, "url"), text_in(file, "name"), images)
            else:
                self._notes["an attached file left out"] += 1
        parent = text_in(message, "parentId") or None
        failure = text_in(object_in(message, "error"), "content", "detail", "message") or text_in(message, "error")
        return StoredMessage(
            id=key,
            conversation=conversation,
            parent=parent if parent in raw and parent != key else None,
            role=role,
            text=content,
            images=tuple(images),
            thinking=thinking,
            created=time_in(message, "timestamp"),
            state="failed" if failure and not content else "done",
            model=text_in(message, "model") if role == "assistant" else "",
            error=failure,
            source=key,
        )

    def _content(self, content: Any, images: list[ImageRef]) -> tuple[str, str]:
        if isinstance(content, str):
            return content, ""
        said: list[str] = []
        for part in content if isinstance(content, list) else [content] if content is not None else []:
            kind = text_in(part, "type")
            if isinstance(part, str) or kind == "text":
                said.append(part if isinstance(part, str) else text_in(part, "text"))
            elif kind == "image_url":
                self._picture(text_in(object_in(part, "image_url"), "url"), "", images)
            else:
                self._notes[f"a part of the type {kind[:40]!r} kept as JSON"] += 1
                said.append(json_note(f"a part of the type {kind[:40]!r}", part))
        return paragraphs(*said), ""

    def _picture(self, url: str, name: str, images: list[ImageRef]) -> None:
        file = picture_in(url, name)
        if file is None:
            self._notes["a picture that is not in the export"] += 1
            return
        self._files[file.id] = file
        images.append(ImageRef(file=file.id, media_type=file.media_type, name=file.name))


def _line(messages: list[Any]) -> tuple[dict[str, Any], str | None]:
    """A list of messages as a tree of one branch."""
    raw: dict[str, Any] = {}
    above: str | None = None
    for n, message in enumerate(messages):
        if isinstance(message, dict):
            key = text_in(message, "id") or f"message-{n}"
            raw[key] = {**message, "parentId": above}
            above = key
    return raw, above
