"""A page of its own for parts of the page: the shipped files, and this folder's under ``/harness``."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Route

from helicon.web import FOLDER, HEADERS, MEDIA_TYPES

HERE = Path(__file__).parent


async def file(request: Request) -> Response:
    """One file of the page or of the harness, with the headers that the server sends."""
    name = request.path_params["path"]
    place = HERE / name.removeprefix("harness/") if name.startswith("harness/") else FOLDER / name
    if place.suffix not in MEDIA_TYPES or not place.is_file():
        return Response(status_code=404)
    return FileResponse(place, media_type=MEDIA_TYPES[place.suffix], headers=HEADERS)


def app(*more: BaseRoute) -> Starlette:
    """The harness with further routes before its files."""
    return Starlette(routes=[*more, Route("/{path:path}", file)])
