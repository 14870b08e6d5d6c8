"""The web page: where its files are, and the headers they are served with.

The page is plain HTML, CSS and ES modules without a build step. It speaks the same HTTP as any other
client, and asks for ``helicon.events`` to see every agent. This module does no I/O beyond naming
files; ``helicon.server`` serves them.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)
"""Own files only, nothing inline, no string ever becomes HTML or script."""

HEADERS: dict[str, str] = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-cache",
}
"""For the page and each of its files, whatever the address they are served on."""

_MEDIA_TYPES = {".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript"}


def assets() -> dict[str, tuple[Path, str]]:
    """Each URL path of the page with its file and media type; ``/`` is the page itself."""
    found = {
        f"/{file.name}": (file, _MEDIA_TYPES[file.suffix])
        for file in sorted(FOLDER.iterdir())
        if file.suffix in _MEDIA_TYPES
    }
    return {"/": found["/index.html"], **found}


__all__ = ["CONTENT_SECURITY_POLICY", "FOLDER", "HEADERS", "assets"]
