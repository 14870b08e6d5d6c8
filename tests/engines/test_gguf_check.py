"""Model files: what a header says, and what is wrong with a file.

1. A good file is described: architecture, name, licence, template, context, sizes.
2. Missing, empty, a folder, another format: ``BadModelFile`` says what it is and what to do.
3. Pickles are named as such and never opened further.
4. No file passes in which a tensor ends beyond the file, at whatever byte it was cut.
5. Whatever is done to a header, the outcome is a description or ``BadModelFile``.
6. The table of block sizes agrees with the ``gguf`` package and with the engine.
"""

from __future__ import annotations

import random
import struct
from pathlib import Path

import gguf
import pytest
import xllamacpp
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines import check_file
from helicon.engines.gguf import BLOCKS, read_header
from helicon.errors import BadModelFile
from tests.toy import CONTEXT, HEADS, LAYERS, TEMPLATE, WIDTH


def test_a_good_file_is_described(toy_gguf: Path) -> None:
    file = check_file(toy_gguf)
    assert (file.architecture, file.name, file.licence, file.context) == ("llama", "toy", "apache-2.0", CONTEXT)
    assert file.template == TEMPLATE
    assert file.kv_width == LAYERS * HEADS * (WIDTH // HEADS) * 2
    assert file.vocabulary == 262
    assert 400_000 < file.weight_bytes < toy_gguf.stat().st_size
    assert file.shards == (toy_gguf,)
    assert not file.is_projector


@pytest.mark.parametrize(
    ("name", "head", "words"),
    [
        ("empty.gguf", b"", "is empty"),
        ("page.gguf", b"<!DOCTYPE html>", "web page"),
        ("pointer.gguf", b"version https://git-lfs.github.com/spec/v1", "git lfs pull"),
        ("model.safetensors", struct.pack("<Q", 99) + b'{"a":1}', "safetensors file; expected a GGUF file. To use"),
        ("model.bin", b"PK\x03\x04 and more bytes", "pickle"),
        ("model.pt", b"\x80\x02}q\x00(X\x05\x00\x00\x00abc", "pickle"),
        ("model.ckpt", b"whatever it is in here", "pickle"),
        ("old.gguf", b"lmgg\x01\x00\x00\x00 and more", "old format"),
        ("noise.gguf", b"0123456789abcdef", "begins with b'0123'"),
        ("short.gguf", b"GGUF\x03\x00\x00\x00", "cut short"),
        ("v1.gguf", b"GGUF\x01\x00\x00\x00" + bytes(16), "of version 1"),
        ("big.gguf", b"GGUF\x00\x00\x00\x03" + bytes(16), "big-endian"),
        ("none.gguf", b"GGUF\x03\x00\x00\x00" + bytes(16), "does not name its architecture"),
        ("many.gguf", b"GGUF\x03\x00\x00\x00" + b"\xff" * 16, "claims"),
    ],
)
def test_what_is_no_model_says_what_it_is(tmp_path: Path, name: str, head: bytes, words: str) -> None:
    path = tmp_path / name
    path.write_bytes(head)
    with pytest.raises(BadModelFile) as caught:
        check_file(path)
    assert words in str(caught.value)
    assert name in str(caught.value)


def test_other_formats_are_told_how_to_convert(tmp_path: Path) -> None:
    path = tmp_path / "pytorch_model.bin"
    path.write_bytes(b"PK\x03\x04")
    with pytest.raises(BadModelFile, match=r"convert_hf_to_gguf\.py"):
        check_file(path)


def test_missing_files_and_folders(tmp_path: Path) -> None:
    with pytest.raises(BadModelFile, match="there is no file"):
        check_file(tmp_path / "gone.gguf")
    with pytest.raises(BadModelFile, match=r"is a folder; expected a GGUF file\. To use safetensors"):
        check_file(tmp_path)
    (tmp_path / "inside.gguf").touch()
    with pytest.raises(BadModelFile, match=r"Name one of its files: inside\.gguf"):
        check_file(tmp_path)
    with pytest.raises(BadModelFile, match="NUL"):
        check_file("a\0b.gguf")


def test_a_file_cut_anywhere_is_refused(toy_gguf: Path, tmp_path: Path) -> None:
    whole = toy_gguf.read_bytes()
    cuts = {1, 4, 8, 23, 24, 25, *range(100, len(whole), 7919), len(whole) - 1}
    for cut in cuts:
        path = tmp_path / "cut.gguf"
        path.write_bytes(whole[:cut])
        with pytest.raises(BadModelFile):
            check_file(path)


def test_a_file_cut_in_its_weights_says_where(toy_gguf: Path, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(toy_gguf.read_bytes()[:-100])
    with pytest.raises(BadModelFile, match=r"is cut short: tensor '.+' ends at byte [\d,]+ and the file has [\d,]+"):
        check_file(path)


def test_split_models(toy_gguf: Path, tmp_path: Path) -> None:
    whole = toy_gguf.read_bytes()
    first, second = (tmp_path / f"big-0000{part}-of-00002.gguf" for part in (1, 2))
    first.write_bytes(whole)
    with pytest.raises(BadModelFile, match=r"there is no file .*00002-of-00002"):
        check_file(first)
    second.write_bytes(whole)
    assert check_file(first).shards == (first, second)
    assert check_file(first).weight_bytes == 2 * check_file(toy_gguf).weight_bytes
    with pytest.raises(BadModelFile, match=r"expected the first, 'big-00001-of-00002\.gguf'"):
        check_file(second)


def _survives(data: bytes) -> None:
    try:
        header = read_header(data, Path("m.gguf"))
    except BadModelFile:
        return
    assert header.weight_bytes <= len(data)


def test_no_mutation_of_a_header_does_any_harm(toy_gguf: Path) -> None:
    whole = toy_gguf.read_bytes()
    draw = random.Random(5)
    edges = [0, 1, 2, 3, 31, 32, 255, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1]
    for _ in range(1500):
        data = bytearray(whole)
        for _ in range(draw.choice((1, 1, 1, 3))):
            at = draw.randrange(4, 9000)
            if draw.random() < 0.5:
                data[at] = draw.randrange(256)
            else:
                size = draw.choice((4, 8))
                data[at : at + size] = (draw.choice(edges) % 2 ** (8 * size)).to_bytes(size, "little")
        _survives(bytes(data))


@given(st.binary(max_size=300))
def test_noise_behind_the_magic_does_no_harm(noise: bytes) -> None:
    _survives(b"GGUF\x03\x00\x00\x00" + noise)


@given(st.integers(0, 5), st.integers(0, 5), st.binary(max_size=200))
def test_noise_behind_small_counts_does_no_harm(tensors: int, keys: int, noise: bytes) -> None:
    _survives(b"GGUF\x03\x00\x00\x00" + struct.pack("<QQ", tensors, keys) + noise)


def test_arrays_of_arrays_end(tmp_path: Path) -> None:
    nested = struct.pack("<IQ", 9, 1) * 50
    key = struct.pack("<Q", 1) + b"k" + struct.pack("<I", 9)
    with pytest.raises(BadModelFile, match="array of the unknown type"):
        read_header(b"GGUF\x03\x00\x00\x00" + struct.pack("<QQ", 0, 1) + key + nested, tmp_path)


def test_block_sizes_agree_with_others() -> None:
    known = {int(kind): size for kind, size in gguf.GGML_QUANT_SIZES.items()}
    assert {kind: size for kind, size in BLOCKS.items() if size is not None} == known
    engine = {int(kind) for kind in xllamacpp.ggml_type if not kind.name.endswith("COUNT")}
    assert engine == set(BLOCKS)
