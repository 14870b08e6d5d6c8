"""Exports as the programs write them, small."""

from __future__ import annotations

import base64
from typing import Any

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def node(
    id: str, parent: str | None, role: str = "", parts: Any = (), kind: str = "text", **message: Any
) -> dict[str, Any]:
    """A node of ChatGPT's ``mapping``; without a role it carries no message."""
    content = {"content_type": kind, **({"parts": parts} if isinstance(parts, list | tuple) else parts)}
    body = {"id": id, "author": {"role": role}, "content": content, "weight": 1.0, "recipient": "all", "metadata": {}}
    return {"id": id, "parent": parent, "children": [], "message": {**body, **message} if role else None}


def chatgpt(id: str, *nodes: dict[str, Any], current: str = "", **fields: Any) -> dict[str, Any]:
    """A conversation of ChatGPT's export."""
    mapping = {one["id"]: one for one in nodes}
    for one in nodes:
        if one["parent"] in mapping:
            mapping[one["parent"]]["children"].append(one["id"])
    return {
        "title": f"Title {id}",
        "create_time": 1700000000.5,
        "update_time": 1700000100.5,
        "mapping": mapping,
        "current_node": current or nodes[-1]["id"],
        "conversation_id": id,
        "id": id,
        "default_model_slug": "gpt-4o",
        **fields,
    }


def simple(id: str, turns: int = 1) -> dict[str, Any]:
    """Questions and answers in one line."""
    nodes = [node(f"{id}-root", None)]
    for n in range(turns):
        nodes.append(
            node(f"{id}-q{n}", nodes[-1]["id"], "user", [f"question {n} of {id}"], create_time=1700000000.0 + n)
        )
        nodes.append(node(f"{id}-a{n}", nodes[-1]["id"], "assistant", [f"answer {n}"]))
    return chatgpt(id, *nodes)


def openwebui(id: str, *messages: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """A chat of Open WebUI's export."""
    history = {"currentId": messages[-1]["id"] if messages else None, "messages": {m["id"]: m for m in messages}}
    chat = {"title": f"Chat {id}", "models": ["llama3"], "history": history, "messages": list(messages)}
    return {"id": id, "chat": chat, "meta": {"tags": ["work"]}, "pinned": True, "created_at": 1700000000, **fields}


def turn(id: str, parent: str | None, role: str, content: Any, **fields: Any) -> dict[str, Any]:
    """A message of Open WebUI's."""
    return {
        "id": id,
        "parentId": parent,
        "childrenIds": [],
        "role": role,
        "content": content,
        "timestamp": 1700000001,
        **fields,
    }
