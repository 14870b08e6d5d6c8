"""GGUF headers: walk one from its bytes, without ever leaving the file.

Standard library only; nothing is loaded, and tensor data is not looked at, only that it lies within the
file. Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import TypeAlias

from helicon.errors import BadModelFile

Value: TypeAlias = int | float | bool | str | tuple[int, ...]

# ggml type number -> (weights in a block, bytes of a block); None where the size is not published.
BLOCKS: Mapping[int, tuple[int, int] | None] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 40),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292),
    16: (256, 66), 17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82),
    23: (256, 136), 24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2),
    34: (256, 54), 35: (256, 66), 39: (32, 17), 40: (64, 36), 41: (128, 18), 42: None,
}  # fmt: skip
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_KEPT_ARRAY = 1024
"""Longer arrays (vocabularies) are walked over, not kept."""
_MOST_KEYS, _MOST_TENSORS, _MOST_KEY_BYTES = 65_536, 1_000_000, 65_535


class _Reader:
    """A cursor that cannot leave its file."""

    def __init__(self, data: mmap.mmap | bytes, path: Path) -> None:
        self.data = data
        self.size = len(data)
        self.at = 0
        self.path = path

    def bad(self, what: str) -> BadModelFile:
        return BadModelFile(f"{str(self.path)!r} is a damaged GGUF file: {what}.", hint="Download it again.")

    def skip(self, count: int, what: str) -> int:
        start = self.at
        if count < 0 or count > self.size - start:
            raise self.bad(f"{what} at byte {start} needs {count} bytes and {self.size - start} are left")
        self.at = start + count
        return start

    def scalar(self, form: str, what: str) -> int | float | bool:
        start = self.skip(struct.calcsize(form), what)
        value: int | float | bool = struct.unpack_from(form, self.data, start)[0]
        return value

    def whole(self, form: str, what: str) -> int:
        return int(self.scalar(form, what))

    def text(self, what: str) -> str:
        length = self.whole("<Q", what)
        start = self.skip(length, what)
        return bytes(self.data[start : start + length]).decode("utf-8", errors="replace")

    def value(self, kind: int, what: str, depth: int = 0) -> Value | None:
        if kind == _STRING:
            return self.text(what)
        if kind in _SCALARS:
            return self.scalar(_SCALARS[kind], what)
        if kind != _ARRAY:
            raise self.bad(f"{what} has the unknown value type {kind}")
        inner, count = self.whole("<I", what), self.whole("<Q", what)
        if inner in _SCALARS:
            size = struct.calcsize(_SCALARS[inner])
            start = self.skip(count * size, what)
            if count > _KEPT_ARRAY or inner in (6, 12):
                return None
            return tuple(int(item) for (item,) in struct.iter_unpack(_SCALARS[inner], self.data[start : self.at]))
        if inner == _STRING:
            self._walk_strings(count, what)
            return (count,)  # only the length is of use: a vocabulary's size
        if inner != _ARRAY or depth > 2:
            raise self.bad(f"{what} is an array of the unknown type {inner}")
        self._bound(count, 12, what)
        for _ in range(count):
            self.value(_ARRAY, what, depth + 1)
        return None

    def _bound(self, count: int, least: int, what: str) -> None:
        if count * least > self.size - self.at:
            raise self.bad(f"{what} claims {count} entries, more than the file can hold")

    def _walk_strings(self, count: int, what: str) -> None:
        self._bound(count, 8, what)
        at, size, data, length_at = self.at, self.size, self.data, struct.Struct("<Q").unpack_from
        for _ in range(count):
            if at + 8 > size:
                raise self.bad(f"{what} ends outside the file")
            at += 8 + length_at(data, at)[0]
        if at > size:
            raise self.bad(f"{what} ends outside the file")
        self.at = at


@dataclass(frozen=True, slots=True)
class Header:
    """What a header says."""

    metadata: Mapping[str, Value]
    """Without long arrays; an array of strings is kept as its length."""
    weight_bytes: int
    """Of all tensors."""
    vocabulary: int


def read_header(data: mmap.mmap | bytes, path: Path) -> Header:
    """Read a header; ``path`` is named in errors only.

    Raises:
        BadModelFile: it is damaged, or a tensor does not lie within the file.
    """
    reader = _Reader(data, path)
    if reader.size < 24 or data[:4] != b"GGUF":
        raise reader.bad("its head is cut short")
    reader.at = 4
    version = reader.whole("<I", "the version")
    if version not in (2, 3):
        kind = "big-endian" if version & 0xFFFF == 0 else f"of version {version}"
        raise BadModelFile(f"{str(path)!r} is a GGUF file {kind}; expected version 2 or 3, little-endian.")
    tensors, keys = reader.whole("<Q", "the tensor count"), reader.whole("<Q", "the key count")
    if tensors > _MOST_TENSORS or keys > _MOST_KEYS:
        raise reader.bad(f"it claims {tensors} tensors and {keys} keys")
    metadata: dict[str, Value] = {}
    for _ in range(keys):
        key = reader.text("a key")
        if len(key) > _MOST_KEY_BYTES:
            raise reader.bad(f"a key has {len(key)} letters")
        value = reader.value(reader.whole("<I", f"the type of {key[:80]!r}"), f"the value of {key[:80]!r}")
        if value is not None:
            metadata[key] = value
    weight_bytes = _check_tensors(reader, tensors, metadata)
    tokens = metadata.get("tokenizer.ggml.tokens")
    return Header(metadata, weight_bytes, tokens[0] if isinstance(tokens, tuple) and tokens else 0)


def _check_tensors(reader: _Reader, count: int, metadata: Mapping[str, Value]) -> int:
    """Walk the tensor table; return the bytes it describes."""
    alignment = metadata.get("general.alignment", 32)
    if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1) or alignment > 1 << 20:
        raise reader.bad(f"its alignment is {alignment!r}; expected a power of two")
    spans: list[tuple[int, int, str]] = []
    for _ in range(count):
        name = reader.text("a tensor's name")[:80]
        dimensions = reader.whole("<I", f"tensor {name!r}")
        if not 1 <= dimensions <= 4:
            raise reader.bad(f"tensor {name!r} has {dimensions} dimensions")
        shape = [reader.whole("<Q", f"tensor {name!r}") for _ in range(dimensions)]
        kind, offset = reader.whole("<I", f"tensor {name!r}"), reader.whole("<Q", f"tensor {name!r}")
        spans.append((offset, _tensor_bytes(reader, name, shape, kind), name))
        if offset % alignment:
            raise reader.bad(f"tensor {name!r} lies at {offset}, which is no multiple of {alignment}")
    start = -(-reader.at // alignment) * alignment
    for offset, size, name in spans:
        if start + offset + size > reader.size:
            raise BadModelFile(
                f"{str(reader.path)!r} is cut short: tensor {name!r} ends at byte {start + offset + size:,} "
                f"and the file has {reader.size:,}.",
                hint="Download it again.",
            )
    spans.sort()
    for (offset, size, name), (following, _, other) in pairwise(spans):
        if offset + size > following:
            raise reader.bad(f"tensors {name!r} and {other!r} overlap")
    return sum(size for _, size, _ in spans)


def _tensor_bytes(reader: _Reader, name: str, shape: list[int], kind: int) -> int:
    if kind not in BLOCKS:
        raise reader.bad(f"tensor {name!r} has the unknown type {kind}")
    weights = 1
    for size in shape:
        weights *= size
    if weights <= 0 or weights >= 1 << 62:
        raise reader.bad(f"tensor {name!r} has the shape {shape}")
    block = BLOCKS[kind]
    if block is None:
        return weights // 8  # at least a bit per weight
    if shape[0] % block[0]:
        raise reader.bad(f"tensor {name!r} has rows of {shape[0]} weights, no multiple of {block[0]}")
    return weights // block[0] * block[1]
