"""What one route of the page's API is, and how a request to it is let in, read and answered.

A request passes its ``Door`` first (``Host``, ``Origin``, the form of its body), then here: no page of another site,
a known person with the route's area, a query and a body that fit their models. Handlers get a ``Visit`` and the
checked values, and return what is sent as JSON, or send something else themselves and return ``None``.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from pydantic import BaseModel, ValidationError

from helicon.server.core import Exchange
from helicon.server.door import header
from helicon.server.errors import BadRequest, HttpRefusal
from helicon.server.http import JSON, Header, Send, reply_with
from helicon.server.limits import read_body
from helicon.server.replies import dumps
from helicon.server.requests import problem
from helicon.server.sessions import Person

if TYPE_CHECKING:
    from helicon.server.desk import Desk

PRIVATE: tuple[Header, ...] = (
    (b"cache-control", b"no-store"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"vary", b"cookie, authorization"),
)
"""On every reply: nobody else keeps it, and no page of another origin reads it as an image or a script."""


class Nothing(BaseModel):
    """No fields."""

    model_config = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent."""

    value: Any
    status: int = 200
    headers: tuple[Header, ...] = ()


@dataclass(eq=False, slots=True)
class Visit:
    """One request of a known person."""

    desk: Desk
    exchange: Exchange
    person: Person

    @property
    def owner(self) -> str:
        """Whose things these are."""
        return self.person.owner

    @property
    def send(self) -> Send:
        """For handlers that answer themselves."""
        return self.exchange.send

    def part(self, name: str) -> str:
        """A part of the path."""
        value: str = self.exchange.scope["path_params"][name]
        return value


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    does: str
    """In one line, for the document of the API."""
    handler: Callable[[Visit, Any, Any], Awaitable[Answer | None]]
    """Gets the visit, the query and the body."""
    query: type[BaseModel] = Nothing
    body: type[BaseModel] | None = None
    """``None``: no body is read; the handler may read one itself."""
    reply: type[BaseModel] | None = None
    """``None``: it is no JSON, or empty."""
    status: int = 200
    media_type: str = "application/json"
    """Of a reply that is no JSON."""
    area: str = "page"
    public: bool = False
    """Whoever is not known may ask too."""
    refusals: tuple[int, ...] = field(default=())
    """Statuses beside those that every route has."""


async def perform(desk: Desk, operations: Mapping[str, Operation], x: Exchange) -> None:
    """Answer one request whose method and form the door has judged.

    Raises:
        HeliconError: whatever is wrong before a reply begins.
    """
    operation = operations[x.scope["method"]]
    refuse_foreign(x)
    headers = x.scope["headers"]
    if operation.public:
        person = Person("")
    else:
        person = await desk.sessions.person(headers, port_of(x), operation.area)
    query = _query(operation.query, x.scope["query_string"])
    body = None
    if operation.body is not None:
        settings = desk.core.settings
        raw = await read_body(x.scope, x.receive, limit=settings.max_body, seconds=settings.body_seconds)
        body = checked(operation.body, raw)
    answer = await operation.handler(Visit(desk, x, person), query, body)
    if answer is not None:
        data = b"" if answer.value is None else dumps(answer.value)
        await reply_with(x.send, answer.status, data, JSON, *PRIVATE, *answer.headers)


def refuse_foreign(x: Exchange) -> None:
    """Let no page of another site or port in, with or without an ``Origin``.

    Raises:
        HttpRefusal: 403, the browser says that another page asks.
    """
    site = header(x.scope, b"sec-fetch-site")
    if site in (b"", b"same-origin", b"none"):
        return
    if header(x.scope, b"origin"):
        return  # the door knows it: the server's own, or an allowed one
    raise HttpRefusal(
        "a web page of another site may not use this server.",
        hint="Open the page at this server's own address.",
        status=403,
        code="foreign_site",
    )


def port_of(x: Exchange) -> int:
    """The port this instance listens on."""
    server = x.scope.get("server")
    return int(server[1]) if server and server[1] else 0


def checked(model: type[BaseModel], raw: bytes) -> Any:
    """A body as its model.

    Raises:
        BadRequest: no JSON, an unknown field, a wrong type or range; it names the field.
    """
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise problem(error, model, "docs/app.md") from None


def _query(model: type[BaseModel], raw: bytes) -> Any:
    given: dict[str, Any] = {}
    try:
        pairs = parse_qsl(raw.decode("utf-8"), keep_blank_values=True, max_num_fields=100)
    except ValueError as error:
        raise BadRequest(f"the query of the address cannot be read: {error}.", code="invalid_query") from None
    many = {name for name, one in model.model_fields.items() if "list" in str(one.annotation)}
    for name, value in pairs:
        if name in many:
            given.setdefault(name, []).append(value)
        elif name in given:
            raise BadRequest(f"{name} is given twice in the address; expected once.", param=name)
        else:
            given[name] = value
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise problem(error, model, "docs/app.md") from None
