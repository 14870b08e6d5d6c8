"""Model files: read a GGUF header, say what is wrong with a file before native code sees it.

Standard library only, and nothing is loaded: the header is walked through a memory map, so that
a broken or hostile file ends in ``BadModelFile`` and never in a crash of the loader. Tensor data
is not looked at, only that it lies within the file. Format:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import mmap
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
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
_SHARD = re.compile(r"-(\d{5})-of-(\d{5})\.gguf$")
CONVERT = "convert it with llama.cpp's convert_hf_to_gguf.py, or choose a GGUF file of the same model"
_PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """What a GGUF file says of itself."""

    path: Path
    architecture: str
    name: str = ""
    licence: str = ""
    template: str | None = None
    """The chat template, where the file has one."""
    context: int | None = None
    """Tokens it was trained for."""
    layers: int = 0
    kv_width: int = 0
    """Numbers kept per token, all layers' keys and values together."""
    vocabulary: int = 0
    weight_bytes: int = 0
    """Tensor data, all shards together."""
    shards: tuple[Path, ...] = ()
    """Every file of the model, this one first."""

    @property
    def is_projector(self) -> bool:
        """Whether this is the picture half of a model (``mmproj``), which cannot answer alone."""
        return self.architecture == "clip"


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


def check_file(path: Path | str) -> ModelFile:
    """Read the header of a GGUF file and of its further shards.

    Raises:
        BadModelFile: missing, empty, a folder, another format, damaged, or cut short.
    """
    path = Path(path)
    _check_kind(path)
    metadata, weight_bytes, vocabulary = _read_header(path)
    shards = _shards(path)
    for shard in shards[1:]:
        _check_kind(shard)
        weight_bytes += _read_header(shard)[1]
    return _describe(path, metadata, weight_bytes, vocabulary, shards)


def _check_kind(path: Path) -> None:
    if "\0" in str(path):
        raise BadModelFile(f"{str(path)!r} is no file name: it holds a NUL; expected the path of a GGUF file.")
    try:
        if path.is_dir():
            inside = sorted(item.name for item in path.glob("*.gguf"))[:3]
            hint = f"Name one of its files: {', '.join(inside)}." if inside else f"To use safetensors, {CONVERT}."
            raise BadModelFile(f"{str(path)!r} is a folder; expected a GGUF file.", hint=hint)
        if not path.exists():
            raise BadModelFile(f"there is no file {str(path)!r}; expected a GGUF file.", hint="Check the path.")
        with path.open("rb") as file:
            head = file.read(16)
    except OSError as error:
        raise BadModelFile(f"{str(path)!r} cannot be read: {error.strerror or error}.") from error
    if not head:
        raise BadModelFile(f"{str(path)!r} is empty; expected a GGUF file.", hint="Download it again.")
    if head[:4] == b"GGUF":
        return
    raise BadModelFile(f"{str(path)!r} is {_other_format(path, head)}; expected a GGUF file.", hint=_hint(head))


def _is_pickle(path: Path, head: bytes) -> bool:
    return head[:2] == b"PK" or head[:1] == b"\x80" or path.suffix.lower() in _PICKLES


def _other_format(path: Path, head: bytes) -> str:
    if path.suffix.lower() == ".safetensors" or head[8:9] == b"{":
        return "a safetensors file"
    if _is_pickle(path, head):
        return "a pickle file (PyTorch), which can run code and is never opened"
    if head[:4] in (b"lmgg", b"ggml", b"fmgg", b"tjgg", b"algg"):
        return "in llama.cpp's old format before GGUF"
    if head.lstrip()[:1] == b"<":
        return "a web page (a download that failed?)"
    if head[:7] == b"version":
        return "a Git LFS pointer, not the file itself"
    return f"no GGUF file: it begins with {head[:4]!r}"


def _hint(head: bytes) -> str:
    if head[:7] == b"version":
        return "Fetch the file itself with git lfs pull."
    if head.lstrip()[:1] == b"<":
        return "Download the file itself."
    return f"To use its model, {CONVERT}."


def _read_header(path: Path) -> tuple[dict[str, Value], int, int]:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return read_header(data, path)
    except (OSError, ValueError) as error:
        if isinstance(error, BadModelFile):
            raise
        raise BadModelFile(f"{str(path)!r} cannot be read: {error}.") from error


def read_header(data: mmap.mmap | bytes, path: Path) -> tuple[dict[str, Value], int, int]:
    """A header's metadata, the bytes of its tensors, and its vocabulary's size.

    Raises:
        BadModelFile: see ``check_file``.
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
    return metadata, weight_bytes, tokens[0] if isinstance(tokens, tuple) and tokens else 0


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


def _shards(path: Path) -> tuple[Path, ...]:
    """Every file of a model that is split as ``name-00001-of-00003.gguf``."""
    found = _SHARD.search(path.name)
    if not found or found[1] == "00000":
        return (path,)
    stem, total = path.name[: found.start()], int(found[2])
    if found[1] != "00001":
        first = f"{stem}-00001-of-{found[2]}.gguf"
        raise BadModelFile(f"{str(path)!r} is one part of a split model; expected the first, {first!r}.")
    return tuple(path.with_name(f"{stem}-{part:05d}-of-{found[2]}.gguf") for part in range(1, total + 1))


def _describe(
    path: Path, metadata: Mapping[str, Value], weight_bytes: int, vocabulary: int, shards: tuple[Path, ...]
) -> ModelFile:
    architecture = _text(metadata, "general.architecture")
    if not architecture:
        raise BadModelFile(f"{str(path)!r} does not name its architecture (general.architecture); it is no model.")
    layers = _whole(metadata, f"{architecture}.block_count")
    return ModelFile(
        path=path,
        architecture=architecture,
        name=_text(metadata, "general.name") or path.stem,
        licence=_text(metadata, "general.license"),
        template=_text(metadata, "tokenizer.chat_template") or None,
        context=_whole(metadata, f"{architecture}.context_length") or None,
        layers=layers,
        kv_width=_kv_width(metadata, architecture, layers),
        vocabulary=vocabulary,
        weight_bytes=weight_bytes,
        shards=shards,
    )


def _text(metadata: Mapping[str, Value], key: str) -> str:
    value = metadata.get(key, "")
    return value if isinstance(value, str) else ""


def _whole(metadata: Mapping[str, Value], key: str) -> int:
    value = metadata.get(key, 0)
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1 << 32 else 0


def _kv_width(metadata: Mapping[str, Value], architecture: str, layers: int) -> int:
    """Numbers per token in the key-value cache: an upper bound where layers slide or share."""
    heads = _whole(metadata, f"{architecture}.attention.head_count")
    width = _whole(metadata, f"{architecture}.embedding_length")
    default = width // heads if heads else 0
    key = _whole(metadata, f"{architecture}.attention.key_length") or default
    value = _whole(metadata, f"{architecture}.attention.value_length") or default
    per_layer = metadata.get(f"{architecture}.attention.head_count_kv", heads)
    if isinstance(per_layer, tuple):
        return sum(max(0, count) for count in per_layer[:layers]) * (key + value)
    return layers * (per_layer if isinstance(per_layer, int) else heads) * (key + value)
