"""Pictures of a request: from data URIs and URLs to checked bytes.

Only what begins like a PNG, JPEG, GIF or WebP is a picture here, whatever its label says. Decoding the
pixels is the engine's business.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Iterable
from dataclasses import replace

from helicon.errors import BadImage, ForbiddenAddress
from helicon.messages import Image
from helicon.server.ssrf import Policy, fetch
from helicon.server.wire import ImageRef

MAX_IMAGES = 32
_LARGE = 1024 * 1024
"""Data URIs above this many characters are decoded off the event loop."""


def media_type_of(data: bytes) -> str:
    """The media type that the first bytes show; empty for anything but the four kinds."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return ""


def as_image(data: bytes, param: str, *, max_bytes: int) -> Image:
    """Bytes as a picture.

    Raises:
        BadImage: too large, or none of the four kinds.
    """
    if len(data) > max_bytes:
        raise BadImage(f"{param} holds {len(data)} bytes; expected at most {max_bytes}.", hint="Make it smaller.")
    media_type = media_type_of(data)
    if not media_type or len(data) < 16:
        raise BadImage(f"{param} is no picture: its bytes begin with {data[:8]!r}; expected PNG, JPEG, GIF or WebP.")
    return Image(data, media_type)


def from_data_uri(uri: str, param: str, *, max_bytes: int) -> Image:
    """The picture in a ``data:`` URI.

    Raises:
        BadImage: not base64, too large, or no picture.
    """
    header, comma, payload = uri.partition(",")
    if not comma or not header.lower().endswith(";base64"):
        raise BadImage(f"{param} is no base64 data URI; expected 'data:image/png;base64,...'.")
    return as_image(decode(payload, param, max_bytes=max_bytes), param, max_bytes=max_bytes)


def decode(payload: str, param: str, *, max_bytes: int) -> bytes:
    """Bytes out of base64.

    Raises:
        BadImage: it is none, or too large.
    """
    if len(payload) > max_bytes * 4 // 3 + 4:
        raise BadImage(f"{param} holds more than {max_bytes} bytes.", hint="Make the picture smaller.")
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadImage(f"{param} is no valid base64: {error}.") from error


async def read_images(
    references: Iterable[ImageRef], *, allow_urls: bool, max_bytes: int, policy: Policy | None = None
) -> dict[ImageRef, Image]:
    """Every referenced picture, read.

    Raises:
        BadImage: one is no picture, too large, or cannot be fetched.
        ForbiddenAddress: a URL leads where this server must not go; nothing was sent there.
    """
    distinct = list(dict.fromkeys(references))
    if len(distinct) > MAX_IMAGES:
        raise BadImage(f"{len(distinct)} pictures came; expected at most {MAX_IMAGES}.")
    fetching = replace(policy or Policy(), max_bytes=max_bytes)
    return {ref: await _read(ref, allow_urls=allow_urls, policy=fetching) for ref in distinct}


async def _read(ref: ImageRef, *, allow_urls: bool, policy: Policy) -> Image:
    if ref.url[:5].lower() == "data:":
        if len(ref.url) > _LARGE:
            return await asyncio.to_thread(from_data_uri, ref.url, ref.param, max_bytes=policy.max_bytes)
        return from_data_uri(ref.url, ref.param, max_bytes=policy.max_bytes)
    if not allow_urls:
        raise ForbiddenAddress(
            f"{ref.param} is a URL, and this server fetches none.", hint="Send the picture inline as a data URI."
        )
    fetched = await fetch(ref.url, policy)
    return as_image(fetched.data, ref.param, max_bytes=policy.max_bytes)
