"""The web page's files, read and compressed once when the server starts and served from memory.

``/`` is the page. It names its modules and styles under ``/assets/VERSION/``, where VERSION is a hash of all
files: those replies never change and are kept by the browser for good, so that a second visit asks for the
page alone, and a page of one version never gets a module of another. The page itself is asked for anew each
time (``no-cache`` with an ETag: 304 where nothing changed). The modules that the first paint needs are named
in the page's head (``modulepreload``), so that they come at once instead of one import after another.
No path is looked up later: what is not in the table is not there.
"""

from __future__ import annotations

import gzip
import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from helicon.server.http import Header
from helicon.web import HEADERS, assets

PAGE = "index.html"

PAGE_HEADERS: tuple[Header, ...] = tuple(
    (name.encode(), value.encode()) for name, value in HEADERS.items() if name != "x-content-type-options"
)
"""``nosniff`` is on every reply already."""

FOR_GOOD: Header = (b"cache-control", b"public, max-age=31536000, immutable")
ASK_ANEW: Header = (b"cache-control", b"no-cache")

_STATIC_IMPORT = re.compile(r"""^(?:import|export)\b[^;"']*?["'](\.{1,2}/[^"']+)["']""", re.MULTILINE)
_VENDORED_IMPORT = re.compile(r"""\bfrom\s*["'](\.{1,2}/[^"']+)["']""")
_REFERENCE = re.compile(r"""\b(src|href)="(?![a-z]+:|/|#)([^"]+)\"""")
_ENTRY = re.compile(r"""<script\b[^>]*\btype="module"[^>]*\bsrc="([^"]+)\"""")


@dataclass(frozen=True, slots=True)
class Page:
    """One file as it is sent."""

    body: bytes
    packed: bytes
    """The same under gzip; empty where that would not be smaller."""
    media_type: bytes
    etag: bytes
    caching: Header

    def reply(self, headers: Iterable[Header]) -> tuple[int, bytes, bytes, tuple[Header, ...]]:
        """Status, body, media type and further headers for a request with these headers."""
        given = dict(headers)
        packed = bool(self.packed) and takes_gzip(given.get(b"accept-encoding", b""))
        etag = self.etag[:-1] + b'-gzip"' if packed else self.etag
        said: tuple[Header, ...] = (*PAGE_HEADERS, self.caching, (b"etag", etag), (b"vary", b"accept-encoding"))
        if etag in [known.strip().removeprefix(b"W/") for known in given.get(b"if-none-match", b"").split(b",")]:
            return 304, b"", self.media_type, said
        if packed:
            return 200, self.packed, self.media_type, (*said, (b"content-encoding", b"gzip"))
        return 200, self.body, self.media_type, said


def takes_gzip(accepted: bytes) -> bool:
    """Whether an ``Accept-Encoding`` header allows gzip."""
    for part in accepted.lower().split(b","):
        name, _, weight = part.partition(b";")
        if name.strip() in (b"gzip", b"*"):
            return re.fullmatch(rb"\s*q\s*=\s*0(\.0*)?\s*", weight) is None
    return False


def load_pages() -> dict[str, Page]:
    """Every file by its URL path."""
    files = {name: (file.read_bytes(), media_type) for name, (file, media_type) in assets().items()}
    return pages_of(files)


def pages_of(files: Mapping[str, tuple[bytes, str]]) -> dict[str, Page]:
    """The table of what is served, from each file's body and media type by its name."""
    whole = hashlib.sha256()
    for name, (body, _) in sorted(files.items()):
        whole.update(name.encode() + b"\0" + hashlib.sha256(body).digest())
    version = whole.hexdigest()[:16]
    found = {
        f"/assets/{version}/{name}": _page(body, media_type, FOR_GOOD)
        for name, (body, media_type) in files.items()
        if not name.endswith(".html")
    }
    body, media_type = files[PAGE]
    modules = {name: text.decode() for name, (text, _) in files.items() if name.endswith(".js")}
    shown = _page(_versioned(body.decode(), modules, version).encode(), media_type, ASK_ANEW)
    return {"/": shown, f"/{PAGE}": shown, **found}


def static_imports(modules: Mapping[str, str], entry: str) -> list[str]:
    """Every module that ``entry`` needs before it can run, itself first; ``import()`` is not followed."""
    order = [entry]
    for name in order:
        pattern = _VENDORED_IMPORT if name.startswith("lib/") else _STATIC_IMPORT
        for path in pattern.findall(modules[name]):
            wanted = posixpath.normpath(posixpath.join(posixpath.dirname(name), path))
            if wanted in modules and wanted not in order:
                order.append(wanted)
    return order


def _versioned(page: str, modules: Mapping[str, str], version: str) -> str:
    """The page with every file under its version, and the modules of the first paint named in its head."""
    entry = _ENTRY.search(page)
    wanted = [name for name in static_imports(modules, entry[1]) if name != entry[1]] if entry else []
    links = "".join(f'<link rel="modulepreload" href="{name}">\n  ' for name in wanted)
    page = page.replace("</head>", f"  {links.rstrip()}\n</head>" if links else "</head>")
    return _REFERENCE.sub(rf'\1="assets/{version}/\2"', page)


def _page(body: bytes, media_type: str, caching: Header) -> Page:
    packed = gzip.compress(body, 9, mtime=0)
    return Page(
        body=body,
        packed=packed if len(packed) < len(body) else b"",
        media_type=media_type.encode(),
        etag=b'"' + hashlib.sha256(body).hexdigest()[:32].encode() + b'"',
        caching=caching,
    )
