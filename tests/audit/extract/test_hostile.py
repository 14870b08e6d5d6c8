"""What a hostile tree may hold: every reader ends, crashes on nothing, and says what it did not read.

1. Bombs, deep nesting, broken files and one huge line end within seconds; nothing is expanded.
2. Any bytes under any name give mentions whose places exist in the file.
"""

from __future__ import annotations

import struct
import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.audit.extract import extract
from helicon.audit.extract.kinds import ENDINGS, NAMES, of_file

SECONDS = 20.0
"""Far more than it takes; machines are busy."""
PATHS = [*(f"a{ending}" for ending in ENDINGS), *NAMES, "requirements.txt", ".env", "a.gguf", "a.safetensors", "a.onnx",
         "a.pt", "run"]  # fmt: skip
BOMB = "a: &a [x,x]\n" + "".join(f"{b}: &{b} [*{a},*{a},*{a},*{a},*{a},*{a}]\n" for a, b in pairwise("abcdefghi"))
PIECES = ["model", "=", ": ", '"', "'", "`", "\n", "${", "}", "gpt-4o", "org/gemma-3-4b", "#", "//", "/*", "*/", "[",
          "{",
          "]", ",", "\\", "- ", "|", "ollama pull ", "--model ", "{{", '"""', "\t", "é", "\x00", "```sh",
          "<", "f"]  # fmt: skip


def strings(size: int = 100_000) -> dict[str, str]:
    half = size // 2
    return {
        "open quotes": '"\\' * half,
        "quotes": '"' * size,
        "brackets": "[" * size,
        "objects": '{"a":' * (size // 5),
        "parentheses": "(" * size,
        "minus": "x = " + "-" * size + "1",
        "comments": "/*" * half,
        "stars": "/*" + "*" * size,
        "hashes": "#" * size,
        "words": "model-" * (size // 6),
        "dollars": "${a:-" * (size // 5),
        "spaces": "model" + " " * size + "x",
        "long": "model=" + "gpt-4o " * (size // 7),
        "strings": 'a = "gpt-4o", "é"; ' * (size // 19),
        "backticks": "`" * size,
        "fences": "```\n" * (size // 4),
        "indent": "".join(" " * n + f"k{n}:\n" for n in range(400)),
        "bomb": BOMB,
    }


@pytest.mark.parametrize("name", strings())
def test_every_reader_ends(name: str) -> None:
    data = strings()[name].encode()
    for path in {of_file(path): path for path in PATHS}.values():
        started = time.monotonic()
        extract(path, data)
        assert time.monotonic() - started < SECONDS, path


def test_an_alias_bomb_is_not_expanded() -> None:
    found = extract("a.yaml", (BOMB + "model: gpt-4o\n").encode())
    assert [one.literal for one in found.mentions] == ["gpt-4o"]


def test_tags_of_yaml_are_not_obeyed() -> None:
    found = extract("a.yaml", b'a: !!python/object/apply:os.system ["touch /tmp/x"]\nmodel: gpt-4o\n')
    assert [one.literal for one in found.mentions] == ["gpt-4o"]
    assert found.reasons == ()


@pytest.mark.parametrize(
    ("path", "data", "reason"),
    [
        ("a.yaml", b"model: gpt-4o\nb: [\n", "no valid YAML"),
        ("a.py", b'model = "gpt-4o"\nprint "x"\n', "no Python that can be parsed, line 2"),
        ("a.json", b"[" * 300 + b'"x", {"model": "gpt-4o"}', "nested deeper"),
        ("a.ipynb", b'{"cells": 3}', "no cells"),
        ("a.sh", b"\xff\nollama pull mistral\n", "no UTF-8 from line 1"),
    ],
)
def test_broken_files_say_so(path: str, data: bytes, reason: str) -> None:
    assert any(reason in one for one in extract(path, data).reasons)


def test_a_broken_file_still_gives_what_it_names() -> None:
    for path, data in (("a.yaml", b"model: gpt-4o\nb: [\n"), ("a.py", b'model = "gpt-4o"\nprint "x"\n')):
        assert [(one.literal, one.line) for one in extract(path, data).mentions] == [("gpt-4o", 1)]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_encodings_with_a_mark(encoding: str) -> None:
    found = extract("a.yaml", "model: gpt-4o\n".encode(encoding))
    assert [(one.literal, one.line, one.column) for one in found.mentions] == [("gpt-4o", 1, 8)]


def gguf(*pairs: tuple[str, str]) -> bytes:
    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value.encode())) + value.encode()

    parts = b"".join(text(key) + struct.pack("<I", 8) + text(value) for key, value in pairs)
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + parts


def test_headers() -> None:
    data = gguf(
        ("general.architecture", "llama"),
        ("general.license", "llama3.1"),
        ("general.base_model.0.repo_url", "https://huggingface.co/meta-llama/Llama-3.1-8B"),
    )
    one = extract("w/a.gguf", data).mentions[0]
    assert (one.line, one.literal, one.role, one.kind) == (0, "FILE", "file", "gguf")
    assert (one.declared, one.base) == ("llama3.1", "meta-llama/Llama-3.1-8B")
    meta = b'{"__metadata__": {"license": "mit", "base_model": "Qwen/Qwen3-8B"}}'
    tensors = extract("a.safetensors", struct.pack("<Q", len(meta)) + meta).mentions[0]
    assert (tensors.declared, tensors.base) == ("mit", "Qwen/Qwen3-8B")
    pair = b"\x0a\x07license\x12\x03mit"
    assert extract("a.onnx", b"\x08\x07\x72" + bytes([len(pair)]) + pair).mentions[0].declared == "mit"
    assert extract("a.pt", b"cos\nsystem\n").mentions[0].note == "a pickle is code, it was not opened"


def test_truncated_headers() -> None:
    data = gguf(("general.architecture", "llama"), ("general.license", "mit"))
    for length in range(len(data)):
        found = extract("a.gguf", data[:length])
        assert len(found.mentions) == len(found.reasons) == 1
    for data in (b"", b"\xff" * 40, struct.pack("<Q", 1 << 60) + b"{", b"GGUF\x03\0\0\0" + b"\xff" * 60):
        for path in ("a.gguf", "a.safetensors", "a.onnx"):
            assert len(extract(path, data).mentions) == 1


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PATHS), st.one_of(st.binary(max_size=300), st.lists(st.sampled_from(PIECES)).map("".join)))
def test_no_bytes_crash_a_reader(path: str, data: bytes | str) -> None:
    raw = data.encode() if isinstance(data, str) else data
    lines = raw.count(b"\n") + raw.count(b"\r") + 1
    for one in extract(path, raw).mentions:
        assert 0 <= one.line <= lines
        assert one.column >= 0
