"""Pictures inside exports: only what its first bytes show to be one. Pure."""

from __future__ import annotations

import base64
import hashlib
import re

from helicon.store.values import StoredFile

LARGEST = 20 * 2**20
"""Bytes of one picture."""
DATA = re.compile(r"data:image/[a-z0-9.+-]{1,40};base64,", re.IGNORECASE)


def media_type_of(data: bytes) -> str:
    """What a picture's first bytes say; empty for anything that is none of the four kinds."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def picture(data: bytes, name: str = "") -> StoredFile | None:
    """A file named after its content; ``None`` for bytes that are no picture, or too many."""
    kind = media_type_of(data)
    if not kind or len(data) > LARGEST:
        return None
    id = hashlib.sha256(data).hexdigest()
    return StoredFile(id=id, owner="", data=data, media_type=kind, name=name[:200])


def picture_in(url: str, name: str = "") -> StoredFile | None:
    """The picture of a data URI or of plain base64."""
    match = DATA.match(url)
    body = url[match.end() :] if match else url
    if len(body) > LARGEST * 4 // 3 + 4 or (not match and url[:5].lower() in ("http:", "https", "data:")):
        return None
    try:
        return picture(base64.b64decode(body, validate=True), name)
    except ValueError:
        return None
