"""Any export as a stream of conversations: which format, and whether it is inside a .zip, is found out.

Nothing is unpacked to a disk, and no name of an archive is used as a path.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, Any, BinaryIO, cast

from helicon.errors import InputError
from helicon.store.formats import chatgpt, helicon_json, openwebui
from helicon.store.formats.pictures import LARGEST, picture
from helicon.store.formats.splitting import Splitter
from helicon.store.values import Conversation, Imported, StoredFile

OWN = re.compile(rb'\s*\{\s*"format"\s*:\s*"helicon-conversations"\s*,\s*"version"\s*:\s*(\d{1,9})')
MEMBER = re.compile(r"(?:^|/)(?:conversations|chat-export|helicon)[^/]*\.json$", re.IGNORECASE)
POINTER = re.compile(r"(?:file-service|sediment)://(?P<id>file[-_][A-Za-z0-9_-]{1,120})")
ASSET = re.compile(r"(?:^|/)(?P<id>file[-_][A-Za-z0-9]{4,80})[^/]*$")
MOST_MEMBERS = 100_000
MOST_BYTES = 4 * 2**30
"""Of an archive's conversations, unpacked."""
MOST_RATIO = 200
"""Unpacked to packed, of a file larger than ``SMALL``; texts have about 5."""
SMALL = 2**24


def read_export(file: BinaryIO) -> Iterator[Imported]:
    """The conversations of an export of ChatGPT, Open WebUI or Helicon; the file can be of any size.

    Args:
        file: JSON, or the export's .zip; it can be read at any place.

    Raises:
        InputError: the file is none of these, or is broken; the conversations before the broken place have been given.
    """
    start = file.read(4)
    file.seek(0)
    if start.startswith(b"PK"):
        yield from _read_zip(file)
    else:
        yield from _read_json(file, "", _no_assets)


def _no_assets(_pointer: str) -> StoredFile | None:
    return None


def _read_json(file: BinaryIO, name: str, assets: chatgpt.Assets) -> Iterator[Imported]:
    splitter = Splitter(file, name)
    head = splitter.head()
    if not head.strip():
        raise InputError("the file is empty; expected an export of ChatGPT, Open WebUI or Helicon.")
    if head.lstrip()[:1] not in (b"[", b"{"):
        raise InputError("the file is no JSON; expected an export of ChatGPT, Open WebUI or Helicon, or its .zip.")
    own = OWN.match(head)
    if own and int(own[1]) > helicon_json.VERSION:
        raise InputError(
            f"the export has version {int(own[1])}; this Helicon reads up to version {helicon_json.VERSION}.",
            hint="Import it with the Helicon that wrote it, or a newer one.",
        )
    for value in splitter.objects(inside=bool(own)):
        yield _imported(value, own=bool(own), assets=assets)


def _imported(value: dict[str, Any], *, own: bool, assets: chatgpt.Assets) -> Imported:
    if own:
        return helicon_json.imported(value)
    if isinstance(value.get("mapping"), dict):
        return chatgpt.imported(value, assets)
    chat = value.get("chat") if isinstance(value.get("chat"), dict) else value
    if isinstance(chat, dict) and (isinstance(chat.get("history"), dict) or isinstance(chat.get("messages"), list)):
        return openwebui.imported(value)
    return Imported(conversation=Conversation(id="", owner=""), notes=("an object that is no conversation left out",))


def _read_zip(file: BinaryIO) -> Iterator[Imported]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            if len(members) > MOST_MEMBERS:
                raise InputError(f"the .zip holds {len(members)} files; expected at most {MOST_MEMBERS}.")
            found = sorted((m for m in members if MEMBER.search(m.filename)), key=lambda member: member.filename)
            if not found:
                raise InputError("the .zip holds no conversations; expected a file 'conversations.json' in it.")
            assets = _Assets(archive, members)
            left = MOST_BYTES
            for member in found:
                if member.flag_bits & 1:
                    raise InputError("the .zip is encrypted.", hint="Unpack it and import the JSON file.")
                with archive.open(member) as opened:
                    bounded = _Bounded(opened, member, left)
                    yield from _read_json(cast(BinaryIO, bounded), member.filename[-80:], assets)
                    left -= bounded.read_bytes
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        reason = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"the .zip cannot be read: {reason}.", hint="Download it again.") from error


class _Bounded:
    """A member that is read as far as its size is believable."""

    def __init__(self, opened: IO[bytes], member: zipfile.ZipInfo, left: int) -> None:
        self._opened = opened
        self._left = min(left, max(SMALL, member.compress_size * MOST_RATIO))
        self._name = member.filename[-80:]
        self.read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        data = self._opened.read(size)
        self.read_bytes += len(data)
        if self.read_bytes > self._left:
            raise InputError(
                f"{self._name!r} in the .zip unpacks to more than {self._left // 2**20} MiB; it is not read on.",
                hint="If it is a real export, unpack it and import the JSON file.",
            )
        return data


class _Assets:
    """Pictures of an archive by the pointers of its messages."""

    def __init__(self, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._members = {match["id"]: member for member in members if (match := ASSET.search(member.filename))}

    def __call__(self, pointer: str) -> StoredFile | None:
        match = POINTER.match(pointer)
        member = self._members.get(match["id"]) if match else None
        if member is None or member.file_size > LARGEST:
            return None
        try:
            with self._archive.open(member) as opened:
                data = opened.read(LARGEST + 1)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError):
            return None
        return picture(data, member.filename.rsplit("/", 1)[-1])
