"""How Helicon's errors look on OpenAI's wire: status, error object, headers.

One table, one pure function. Anything that is no ``HeliconError`` is a fault of ours: it is logged
where it is caught and answered with a fixed sentence, so that no exception text reaches a client.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Any

from helicon import errors as e


class BadRequest(e.BadOption):
    """A field of a request body that is wrong; ``param`` names it as OpenAI does (``messages[0].content``)."""

    def __init__(self, message: str, *, hint: str = "", param: str | None = None, code: str = "invalid_value") -> None:
        super().__init__(message, hint=hint)
        self.param = param
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (self.message, self.hint, self.param, self.code))


def _rebuild(message: str, hint: str, param: str | None, code: str) -> BadRequest:
    return BadRequest(message, hint=hint, param=param, code=code)


class HttpRefusal(e.InputError):
    """A request refused for its form before any field of it is read: method, path, size, origin, time."""

    def __init__(self, message: str, *, hint: str = "", status: int = 400, code: str = "bad_request") -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.code = code

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_refusal, (self.message, self.hint, self.status, self.code))


def _rebuild_refusal(message: str, hint: str, status: int, code: str) -> HttpRefusal:
    return HttpRefusal(message, hint=hint, status=status, code=code)


class KeyLimit(e.ServerBusy):
    """A key has used what it may use in its minute or day."""

    def __init__(self, message: str, *, hint: str = "", retry_after_seconds: int = 1) -> None:
        super().__init__(message, hint=hint)
        self.retry_after_seconds = retry_after_seconds
        """Until there is room again."""

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild_limit, (self.message, self.hint, self.retry_after_seconds))


def _rebuild_limit(message: str, hint: str, retry_after_seconds: int) -> KeyLimit:
    return KeyLimit(message, hint=hint, retry_after_seconds=retry_after_seconds)


class ShuttingDown(e.HeliconError):
    """The server is ending; another replica, or the same one a moment later, can answer."""

    retryable = True
    next_step = "Send the request again in a moment."


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the table."""

    status: int
    type: str
    code: str


INVALID = "invalid_request_error"
KINDS: dict[type[BaseException], Kind] = {
    e.UnknownModel: Kind(404, INVALID, "model_not_found"),
    e.UnknownMode: Kind(400, INVALID, "unknown_mode"),
    e.BadOption: Kind(400, INVALID, "invalid_value"),
    e.BadMessages: Kind(400, INVALID, "invalid_messages"),
    e.PromptTooLong: Kind(400, INVALID, "context_length_exceeded"),
    e.BadImage: Kind(400, INVALID, "invalid_image"),
    e.ForbiddenAddress: Kind(400, INVALID, "forbidden_address"),
    e.Unsupported: Kind(400, INVALID, "unsupported"),
    e.BadModelFile: Kind(503, "server_error", "bad_model_file"),
    e.InputError: Kind(400, INVALID, "invalid_request"),
    e.EngineUnavailable: Kind(503, "server_error", "engine_unavailable"),
    e.EngineTimeout: Kind(504, "server_error", "engine_timeout"),
    e.EngineBusy: Kind(503, "server_error", "engine_busy"),
    e.EngineRefused: Kind(502, "server_error", "engine_refused"),
    e.EngineProtocol: Kind(502, "server_error", "engine_protocol"),
    e.EngineDied: Kind(502, "server_error", "engine_died"),
    e.OutOfMemory: Kind(503, "server_error", "out_of_memory"),
    e.EngineError: Kind(502, "server_error", "engine_error"),
    e.ServerBusy: Kind(429, "rate_limit_error", "server_busy"),
    KeyLimit: Kind(429, "rate_limit_error", "rate_limit_exceeded"),
    e.Unauthorized: Kind(401, "authentication_error", "invalid_api_key"),
    e.StoreError: Kind(503, "server_error", "store_error"),
    e.SetupError: Kind(503, "server_error", "setup_error"),
    ShuttingDown: Kind(503, "server_error", "server_shutdown"),
}
FAULT = Kind(500, "server_error", "internal_error")
FAULT_MESSAGE = "Helicon failed while it worked on this request. The server's log has the details."


@dataclass(frozen=True, slots=True)
class Reply:
    """What is sent for an error."""

    status: int
    error: dict[str, Any]
    """OpenAI's error object: message, type, param, code."""
    headers: tuple[tuple[bytes, bytes], ...] = ()


def kind_of(error: BaseException) -> Kind:
    """The row for ``error``: its own class or the nearest parent in the table."""
    if isinstance(error, HttpRefusal):
        return Kind(error.status, INVALID, error.code)
    for parent in type(error).__mro__:
        if parent in KINDS:
            return KINDS[parent]
    return FAULT


def reply_for(error: BaseException, *, retry_after_seconds: int | None = None) -> Reply:
    """Status, error object and headers for ``error``."""
    kind = kind_of(error)
    message = str(error) if isinstance(error, e.HeliconError) and kind is not FAULT else FAULT_MESSAGE
    body = {
        "message": message,
        "type": kind.type,
        "param": getattr(error, "param", None),
        "code": error.code if isinstance(error, BadRequest) else kind.code,
    }
    headers: list[tuple[bytes, bytes]] = []
    if kind.status in (429, 503):
        told = error.retry_after_seconds if isinstance(error, KeyLimit | e.EngineError) else None
        seconds = max(1, ceil(told)) if told is not None else retry_after_seconds or 1
        headers.append((b"retry-after", str(seconds).encode()))
    if kind.status == 429 or kind.status >= 500:
        retryable = isinstance(error, e.HeliconError) and error.retryable
        headers.append((b"x-should-retry", b"true" if retryable else b"false"))
    if kind.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    if isinstance(error, ShuttingDown) or kind.status == 408:
        headers.append((b"connection", b"close"))
    return Reply(kind.status, body, tuple(headers))
