"""The web page: where its files are, and the headers they are served with.

The page is plain HTML, CSS and ES modules without a build step; ``lib/`` holds the vendored libraries
(``scripts/vendor.py``). This module does no I/O beyond naming files; ``helicon.server.pages`` serves them.
"""

from __future__ import annotations

from pathlib import Path

FOLDER = Path(__file__).parent

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "font-src 'self'",
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
    "permissions-policy": ", ".join(
        (
            "camera=(self)",  # a photograph as part of a question
            *(
                f"{name}=()"
                for name in (
                    "accelerometer",
                    "autoplay",
                    "browsing-topics",
                    "display-capture",
                    "encrypted-media",
                    "geolocation",
                    "gyroscope",
                    "hid",
                    "magnetometer",
                    "microphone",
                    "midi",
                    "payment",
                    "publickey-credentials-get",
                    "screen-wake-lock",
                    "serial",
                    "usb",
                    "xr-spatial-tracking",
                )
            ),
        )
    ),
}
"""For the page and each of its files, whatever the address they are served on."""

MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".mjs": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is served: a file with another ending is not part of the page."""


def assets() -> dict[str, tuple[Path, str]]:
    """Each file of the page with its media type, by its path in the folder: ``index.html``, ``lib/ui.js``..."""
    return {
        file.relative_to(FOLDER).as_posix(): (file, MEDIA_TYPES[file.suffix])
        for file in sorted(FOLDER.rglob("*"))
        if file.suffix in MEDIA_TYPES and file.is_file()
    }


def languages() -> tuple[str, ...]:
    """The languages that the page speaks: one file each in ``lang/``, English first."""
    found = sorted(file.stem for file in (FOLDER / "lang").glob("*.js"))
    return tuple(sorted(found, key=lambda name: name != "en"))


__all__ = ["CONTENT_SECURITY_POLICY", "FOLDER", "HEADERS", "MEDIA_TYPES", "assets", "languages"]
