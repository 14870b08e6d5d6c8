"""Replies at the level of ASGI messages: bodies, errors, the headers every reply has."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

from helicon.server.errors import Reply
from helicon.server.replies import dumps

Scope: TypeAlias = MutableMapping[str, Any]
Send: TypeAlias = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Header: TypeAlias = tuple[bytes, bytes]

JSON = b"application/json"
NOSNIFF: Header = (b"x-content-type-options", b"nosniff")


async def reply_with(send: Send, status: int, body: bytes, media_type: bytes, *headers: Header) -> None:
    """Send a whole reply."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", media_type),
                (b"content-length", b"%d" % len(body)),
                NOSNIFF,
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def reply_error(send: Send, reply: Reply, *headers: Header) -> None:
    """Send OpenAI's error object."""
    await reply_with(send, reply.status, dumps({"error": reply.error}), JSON, *reply.headers, *headers)
