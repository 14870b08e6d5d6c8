"""The web page's files, read once when the server starts and served from memory: no path is looked up later."""

from __future__ import annotations

from helicon.web import HEADERS, assets

PAGE_HEADERS = tuple(
    (name.encode(), value.encode()) for name, value in HEADERS.items() if name != "x-content-type-options"
)
"""``nosniff`` is on every reply already."""


def load_pages() -> dict[str, tuple[bytes, bytes]]:
    """Body and media type by URL path."""
    return {path: (file.read_bytes(), media_type.encode()) for path, (file, media_type) in assets().items()}
