"""Bytes of one file to mentions: ``extract(path, data)``. Nothing is imported, run or followed.

Where a part cannot be read, the rest is: ``Extracted.reasons`` says what was not.
"""

from __future__ import annotations

from dataclasses import dataclass

from helicon.audit.extract.headers import header, kind_of_file
from helicon.audit.extract.kinds import of_file
from helicon.audit.extract.page import Page
from helicon.audit.values import Mention

__all__ = ["Extracted", "decoded", "extract"]

MARKS = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Extracted:
    """What a file names, in its order, and why parts of it were not read."""

    mentions: tuple[Mention, ...]
    reasons: tuple[str, ...] = ()


def decoded(data: bytes) -> tuple[str, str]:
    """The text of bytes, and a reason where some of them are no text."""
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return data.decode(encoding, "replace"), ""
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return data.decode("utf-8", "replace"), f"bytes that are no UTF-8 from line {line}: they were passed over"


def extract(path: str, data: bytes) -> Extracted:
    """The mentions of one file. ``path`` is relative, with forward slashes; of a model file the head is enough."""
    weights = kind_of_file(path)
    if weights:
        mention, reason = header(path, data, weights)
        return Extracted((mention,), (reason,) if reason else ())
    text, reason = decoded(data)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    read = of_file(path, text[:100])
    if read is None or not text.strip():
        return Extracted(())
    page = Page(path, text)
    read(page)
    reasons = ([reason] if reason else []) + page.reasons
    return Extracted(tuple(dict.fromkeys(page.found)), tuple(reasons))
