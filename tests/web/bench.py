"""A page for one component: the real files and headers of the page, and one script of a test beside them."""

from __future__ import annotations

from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from helicon.server.pages import Page, pages_of
from helicon.web import assets

HTML = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title><link rel="icon" href="data:,">{styles}<script type="module" src="bench.js"></script>
</head><body><main id="bench"></main></body></html>"""


def bench(script: Path | str, *, name: str = "bench") -> Starlette:
    """An application that serves ``script`` as the entry module of an empty page."""
    files = {path: (file.read_bytes(), media_type) for path, (file, media_type) in assets().items()}
    styles = "".join(f'<link rel="stylesheet" href="css/{sheet}.css">' for sheet in ("base", "markdown"))
    source = script.read_text("utf-8") if isinstance(script, Path) else script
    files["index.html"] = (HTML.format(name=name, styles=styles).encode(), "text/html; charset=utf-8")
    files["bench.js"] = (source.encode(), "text/javascript; charset=utf-8")
    return Starlette(routes=[Route(path, _sent(page)) for path, page in pages_of(files).items()])


def _sent(page: Page):  # type: ignore[no-untyped-def]
    async def send(request: Request) -> Response:
        status, body, media_type, headers = page.reply(request.scope["headers"])
        said = {name.decode(): value.decode() for name, value in headers} | {"x-content-type-options": "nosniff"}
        return Response(body, status, said, media_type.decode())

    return send
