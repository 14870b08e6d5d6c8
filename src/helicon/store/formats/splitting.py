"""The objects of a JSON array, one after the other, from a file of any size. Values are parsed one by one.

Streaming parsers that are to be had build a path for every depth, so a file of brackets keeps them busy for minutes,
and they do not say where a file is broken. This one only counts brackets outside of strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from helicon.errors import InputError

LARGEST = 2**28
"""Bytes of one object; a conversation of a hundred pictures is a tenth."""
BLOCK = 2**20
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|["\[\]{}]', re.DOTALL)
"""A whole string, a bracket, or the quote of a string whose end is not there yet."""
_SPACE = re.compile(rb"[ \t\r\n]*")
_ARRAY = re.compile(rb'"conversations"\s*:\s*\[')
HEAD = 2**16
BOM = b"\xef\xbb\xbf"


class Splitter:
    """Reads a file from where it is."""

    def __init__(self, file: BinaryIO, name: str = "") -> None:
        self._file = file
        self._name = f"{name}: " if name else ""
        self._buffer = b""
        self._offset = 0
        """Of the buffer's first byte in the file."""
        self._at = 0
        self._whole = 0
        """Objects that were read."""

    def head(self) -> bytes:
        """The file's first bytes, without a mark of its encoding."""
        self._more(HEAD)
        if self._buffer.startswith(BOM):
            self._at = len(BOM)
        return self._buffer[self._at : self._at + HEAD]

    def objects(self, *, inside: bool = False) -> Iterator[dict[str, Any]]:
        """The objects of the array that the file is, or its only object.

        Args:
            inside: The array is the field ``conversations`` of an object whose other fields come before it.

        Raises:
            InputError: the file is broken; everything before has been given.
        """
        self.head()
        if inside:
            found = _ARRAY.search(self._buffer)
            if found is None:
                raise self._broken(self._at, 'expected "conversations"')
            self._at = found.end()
        elif self._next() == b"[":
            self._at += 1
        else:
            yield self._object()
            return
        after = b"["
        while (byte := self._next()) != b"]" or after == b",":
            if after == b"{":
                if byte != b",":
                    raise self._broken(self._at, 'expected "," or "]"')
                self._at, after = self._at + 1, b","
                continue
            yield self._object()
            after = b"{"

    def _object(self) -> dict[str, Any]:
        if self._next() != b"{":
            raise self._broken(self._at, "expected a conversation, an object in braces")
        end = self._end()
        data = self._buffer[self._at : end]
        try:
            value = json.loads(data.decode("utf-8", "replace"))
        except json.JSONDecodeError as error:
            raise self._broken(self._at + error.pos, error.msg) from error
        except RecursionError as error:
            raise self._broken(self._at, "it is nested too deeply") from error
        except ValueError as error:
            raise self._broken(self._at, str(error)) from error
        self._at = end
        self._whole += 1
        assert isinstance(value, dict)
        return value

    def _end(self) -> int:
        """Where the object that begins here ends in the buffer, which is filled up to there."""
        depth, place = 0, self._at
        while True:
            for match in _TOKEN.finditer(self._buffer, place):
                token = match[0]
                if token == b'"':
                    place = match.start()
                    break
                place = match.end()
                if token in b"{[":
                    depth += 1
                elif token in b"}]":
                    depth -= 1
                    if depth == 0:
                        return place
            else:
                place = len(self._buffer)
            skipped = self._at
            self._buffer, self._offset, self._at = self._buffer[skipped:], self._offset + skipped, 0
            place -= skipped
            if len(self._buffer) > LARGEST:
                raise self._broken(0, f"one object is larger than {LARGEST // 2**20} MiB")
            if not self._more(max(BLOCK, len(self._buffer))):
                raise self._broken(len(self._buffer), "the file ends in the middle of it")

    def _next(self) -> bytes:
        """The next byte that is no space; it stays."""
        while True:
            match = _SPACE.match(self._buffer, self._at)
            self._at = match.end() if match else self._at
            if self._at < len(self._buffer):
                return self._buffer[self._at : self._at + 1]
            self._buffer, self._offset, self._at = b"", self._offset + self._at, 0
            if not self._more(BLOCK):
                raise self._broken(0, "the file ends here")

    def _more(self, size: int) -> bool:
        data = self._file.read(size)
        self._buffer += data
        return bool(data)

    def _broken(self, place: int, reason: str) -> InputError:
        where = f"{self._name}near byte {self._offset + place:,} of the JSON, after {self._whole} whole conversations"
        return InputError(f"{where}: {reason}.", hint="Export it again; what came before is imported.")
