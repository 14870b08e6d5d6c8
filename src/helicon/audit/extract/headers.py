"""Model files by their first bytes: GGUF, safetensors, ONNX. Weights are not loaded, pickles are not opened."""

from __future__ import annotations

import struct

from helicon.audit.extract.jsons import values
from helicon.audit.extract.placing import lasting, role_of
from helicon.audit.values import Kind, Mention

HEADER_BYTES = 1 << 20
"""How much of a file is enough."""
FIXED = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Sizes of GGUF's types; 8 is text, 9 a list."""
MAX_KEYS = 10_000
PICKLES = (".pt", ".pth", ".ckpt")
KINDS: dict[str, Kind] = {".gguf": "gguf", ".safetensors": "safetensors", ".onnx": "onnx"}


class Truncated(ValueError):
    """The bytes end before the header does, or are none."""


def kind_of_file(path: str) -> Kind | None:
    """The kind of a model file, by its name."""
    name = path.rpartition("/")[2].lower()
    for ending, kind in KINDS.items():
        if name.endswith(ending):
            return kind
    weights = name.endswith(".bin") and name.startswith(("pytorch_model", "ggml", "adapter_model"))
    return "pickle" if name.endswith(PICKLES) or weights else None


def header(path: str, data: bytes, kind: Kind) -> tuple[Mention, str]:
    """The mention of a model file, and what could not be read of it."""
    facts: dict[str, str] = {}
    reason = ""
    try:
        facts = {"gguf": _gguf, "safetensors": _safetensors, "onnx": _onnx}[kind](data) if kind != "pickle" else {}
    except Truncated as error:
        reason = str(error)
    bases = " ".join(value for key, value in sorted(facts.items()) if key.startswith("base") and value)
    note = "a pickle is code, it was not opened" if kind == "pickle" else ""
    literal = facts.get("name", "") or "FILE"
    role = lasting("file", role_of(path))
    mention = Mention(path, 0, 0, literal[:300], role, kind, "", note, facts.get("license", "")[:200], bases[:2000])
    return mention, reason


def _gguf(data: bytes) -> dict[str, str]:
    if data[:4] != b"GGUF":
        raise Truncated("no GGUF: it does not begin with the letters GGUF")
    facts: dict[str, str] = {}
    try:
        version, _tensors, keys = struct.unpack_from("<IQQ", data, 4)
        if not 2 <= version <= 3:
            raise Truncated(f"GGUF of version {version}, expected 2 or 3")
        at = 24
        for _ in range(min(keys, MAX_KEYS)):
            name, at = _text(data, at)
            kind = struct.unpack_from("<I", data, at)[0]
            value, at = _value(data, at + 4, kind)
            part = name.removeprefix("general.")
            if part == "license" or (part == "name" and "/" in value):
                facts[part] = value
            elif part.startswith("base_model.") and part.endswith(".repo_url"):
                facts["base" + part] = value.removeprefix("https://huggingface.co/")
    except (struct.error, IndexError, OverflowError) as error:
        if len(data) >= HEADER_BYTES or "license" in facts:
            return facts
        raise Truncated("a GGUF header that ends too early") from error
    return facts


def _text(data: bytes, at: int) -> tuple[str, int]:
    size = struct.unpack_from("<Q", data, at)[0]
    if at + 8 + size > len(data):
        raise IndexError(at)
    return data[at + 8 : at + 8 + size].decode("utf-8", "replace") if size < 4096 else "", at + 8 + size


def _value(data: bytes, at: int, kind: int) -> tuple[str, int]:
    if kind == 8:
        return _text(data, at)
    if kind == 9:
        inner, count = struct.unpack_from("<IQ", data, at)
        at += 12
        if inner in FIXED:
            return "", at + FIXED[inner] * count
        if inner != 8:
            raise Truncated(f"a GGUF list of type {inner}, expected texts or numbers")
        for _ in range(count):
            at = _text(data, at)[1]
        return "", at
    if kind not in FIXED:
        raise Truncated(f"a GGUF value of type {kind}, expected one from 0 to 12")
    if at + FIXED[kind] > len(data):
        raise IndexError(at)
    return "", at + FIXED[kind]


def _safetensors(data: bytes) -> dict[str, str]:
    if len(data) < 9:
        raise Truncated("a safetensors header that ends too early")
    size = struct.unpack_from("<Q", data)[0]
    if data[8:9] != b"{" or size > 100_000_000:
        raise Truncated("no safetensors: no JSON header follows its length")
    facts: dict[str, str] = {}
    for value in values(data[8 : 8 + min(size, HEADER_BYTES)].decode("utf-8", "replace")):
        if value.key or value.path[:1] != ("__metadata__",) or len(value.path) != 2:
            continue
        key = value.path[1].lower().rpartition(".")[2]
        if key in ("license", "modelspec_license"):
            facts["license"] = value.text
        elif key in ("base_model", "ss_base_model_version", "base_model_name_or_path") and "/" in value.text:
            facts["base" + key] = value.text
    if len(data) < min(8 + size, HEADER_BYTES):
        raise Truncated("a safetensors header that ends too early")
    return facts


def _onnx(data: bytes) -> dict[str, str]:
    """Its ``metadata_props`` (field 14), where they stand in the first bytes."""
    facts: dict[str, str] = {}
    at = 0
    if not data:
        raise Truncated("an empty file")
    while at < len(data):
        tag, at = _number(data, at)
        kind = tag & 7
        if kind == 0:
            at = _number(data, at)[1]
        elif kind in (1, 5):
            at += 8 if kind == 1 else 4
        elif kind == 2:
            size, at = _number(data, at)
            if tag >> 3 == 14 and size < 4096:
                key, value = _pair(data[at : at + size])
                if key.lower() in ("license", "licence"):
                    facts["license"] = value
                elif key.lower() == "base_model":
                    facts["base"] = value
            at += size
        else:
            raise Truncated("no ONNX: its first bytes are no protocol buffer")
    return facts


def _number(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if at >= len(data):
            return value, at
        value |= (data[at] & 127) << shift
        at += 1
        if data[at - 1] < 128:
            break
    return value, at


def _pair(data: bytes) -> tuple[str, str]:
    found = {1: "", 2: ""}
    at = 0
    while at < len(data):
        tag, at = _number(data, at)
        size, at = _number(data, at)
        found[tag >> 3] = data[at : at + size].decode("utf-8", "replace")
        at += size
    return found[1], found[2]
