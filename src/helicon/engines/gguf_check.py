"""Model files: read a GGUF header, say what is wrong with a file before native code sees it.

A broken or hostile file ends in ``BadModelFile`` and never in a crash of the loader; a file of another
format is told what it is and how to convert it. Headers are walked by ``helicon.engines.gguf``.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from helicon.engines.gguf import Header, Value, read_header
from helicon.errors import BadModelFile

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


def check_file(path: Path | str) -> ModelFile:
    """Read the header of a GGUF file and of its further shards.

    Raises:
        BadModelFile: missing, empty, a folder, another format, damaged, or cut short.
    """
    path = Path(path)
    _check_kind(path)
    header = _read_header(path)
    weight_bytes = header.weight_bytes
    shards = _shards(path)
    for shard in shards[1:]:
        _check_kind(shard)
        weight_bytes += _read_header(shard).weight_bytes
    return _describe(path, header, weight_bytes, shards)


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
        if not path.is_file():  # opening a pipe would wait for its writer
            raise BadModelFile(f"{str(path)!r} is a pipe, a socket or a device; expected a GGUF file.")
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


def _read_header(path: Path) -> Header:
    try:
        with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return read_header(data, path)
    except (OSError, ValueError) as error:
        if isinstance(error, BadModelFile):
            raise
        raise BadModelFile(f"{str(path)!r} cannot be read: {error}.") from error


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


def _describe(path: Path, header: Header, weight_bytes: int, shards: tuple[Path, ...]) -> ModelFile:
    metadata = header.metadata
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
        vocabulary=header.vocabulary,
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
