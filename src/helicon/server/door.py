"""One route's door: every request is let in or refused here, in one order, and every error answered in one form.

The order: ``Host`` and ``Origin``, the method, its key, the body's form, the server's state, then the handler.
Authorisation is decided on the route that matched, never on a URL's text. Whatever goes wrong before a reply
begins is answered here in OpenAI's error form.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from helicon.errors import HeliconError
from helicon.server.core import Core, Exchange, shutting_down
from helicon.server.errors import HttpRefusal, reply_for
from helicon.server.http import Header, Scope, Send, reply_error, reply_with
from helicon.server.limits import Receive

log = logging.getLogger("helicon.server")

Handler = Callable[[Exchange], Awaitable[None]]
_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
"""No form of a foreign page can send what these need: JSON by its own name."""


@dataclass(frozen=True, slots=True)
class Door:
    """One route's rules and its handler; an ASGI application."""

    core: Core
    handler: Handler
    methods: tuple[str, ...]
    public: bool = False
    """No key is asked here: the route needs none, or its handler asks (``helicon.server.api``)."""
    while_draining: bool = False
    area: str = ""
    """What a key's ``routes`` name; see ``keys.AREAS``."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        cors: tuple[Header, ...] = ()
        try:
            self.core.door.check(scope["headers"])
            cors = _cors(self.core, scope)
            if scope["method"] == "OPTIONS" and cors:
                await reply_with(send, 204, b"", b"text/plain", *cors)
                return
            key = self._admit(scope)
            await self.handler(Exchange(self.core, scope, receive, _with(send, cors), key))
        except HeliconError as error:
            retry = self.core.gate.retry_after_seconds
            await reply_error(send, reply_for(error, retry_after_seconds=retry), *cors)
        except ConnectionError:
            return  # the client left; there is nobody to tell
        except Exception as error:
            log.exception("%s %s failed", scope["method"], scope["path"][:200])
            await reply_error(send, reply_for(error), *cors)

    def _admit(self, scope: Scope) -> int | None:
        key = None if self.public else self.core.settings.keys.check(scope["headers"], self.area)
        method = scope["method"]
        if method not in self.methods:
            raise HttpRefusal(
                f"{method} is not allowed here; expected {' or '.join(self.methods)}.", status=405, code="bad_method"
            )
        if method in _WITH_BODY and not _is_json(scope):
            raise HttpRefusal(
                "the request's Content-Type is not application/json.",
                hint="Send the header 'Content-Type: application/json'.",
                status=415,
                code="bad_content_type",
            )
        if method in _WITH_BODY and header(scope, b"content-encoding") not in (b"", b"identity"):
            raise HttpRefusal(
                "the request's body is compressed, which is not supported.",
                hint="Send it without Content-Encoding.",
                status=415,
                code="bad_content_encoding",
            )
        if self.core.draining and not self.while_draining:
            raise shutting_down()
        return key


def _is_json(scope: Scope) -> bool:
    return header(scope, b"content-type").partition(b";")[0].strip() == b"application/json"


def header(scope: Scope, wanted: bytes) -> bytes:
    """The first header of that name in lower case, empty where there is none."""
    for name, value in scope["headers"]:
        if name == wanted:
            found: bytes = value
            return found.lower()
    return b""


def _cors(core: Core, scope: Scope) -> tuple[Header, ...]:
    """What a page of an allowed foreign origin needs; nothing for everybody else."""
    if not core.door.origins:
        return ()
    asked = header(scope, b"access-control-request-headers") or b"authorization, content-type"
    for name, value in scope["headers"]:
        if name == b"origin" and value.decode("latin-1").lower() in core.door.origins:
            return (
                (b"access-control-allow-origin", value),
                (b"access-control-allow-headers", asked),
                (b"access-control-allow-methods", b"GET, POST, PUT, PATCH, DELETE"),
                (b"vary", b"origin"),
            )
    return ()


def _with(send: Send, headers: tuple[Header, ...]) -> Send:
    if not headers:
        return send

    async def sending(message: Scope) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message["headers"], *headers]
        await send(message)

    return sending
