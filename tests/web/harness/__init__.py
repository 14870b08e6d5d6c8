"""A page of its own for parts of the page: the shipped files, and this folder's under ``/harness``."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
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


@contextmanager
def serving(served: Any) -> Iterator[str]:
    """A live server in a thread; yields its address."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        config = uvicorn.Config(served, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            server.should_exit = server.force_exit = True
            thread.join(10)
