"""Model specs: how people name a model.

1. The four forms parse to values: nano, a file, an endpoint, a hub repository.
2. Options (mmproj, ctx, slots) belong to models that we start; commas in paths and URLs are kept.
3. What is no spec is an error that names it and the forms; a near miss gets a hint.
4. A key in a URL is refused, and not repeated.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines import ModelSpec, parse_spec
from helicon.engines.spec import NANO_FILE
from helicon.errors import BadOption, UnknownModel


def test_nano_is_the_file_in_the_package() -> None:
    assert parse_spec("nano") == ModelSpec(kind="nano", place=str(NANO_FILE))
    assert parse_spec(" nano,slots=2 ").slots == 2
    assert NANO_FILE.name == "nano.gguf"


def test_a_file_with_its_options() -> None:
    spec = parse_spec("./Qwen3-4B-Q4_K_M.gguf,mmproj=eyes.gguf,ctx=16384,slots=4")
    assert (spec.kind, spec.place) == ("file", "Qwen3-4B-Q4_K_M.gguf")
    assert (spec.mmproj, spec.context, spec.slots) == ("eyes.gguf", 16384, 4)
    assert spec.label == "Qwen3-4B-Q4_K_M"


def test_commas_and_equal_signs_in_the_names_of_files(tmp_path: Path) -> None:
    odd = tmp_path / "a,b,ctx=9.gguf"
    odd.touch()
    assert parse_spec(str(odd)).place == str(odd)
    assert parse_spec("./a, b.gguf").place == "a, b.gguf"


def test_weights_of_another_format_are_files_too_so_that_the_check_can_say_what_to_do() -> None:
    assert parse_spec("pytorch_model.bin").kind == "file"


def test_an_endpoint_and_the_name_of_its_model() -> None:
    spec = parse_spec("http://localhost:11434/v1/#gemma4:12b")
    assert (spec.kind, spec.place, spec.name) == ("endpoint", "http://localhost:11434/v1", "gemma4:12b")
    assert spec.label == "gemma4:12b"
    assert parse_spec("https://api.example.org/v1").name == ""
    assert parse_spec("http://h/v1#org/model,ctx=1").name == "org/model,ctx=1"


def test_a_repository_of_the_hub() -> None:
    assert parse_spec("hf:org/name") == ModelSpec(kind="hub", place="org/name")
    spec = parse_spec("hf:org/name-GGUF:Q5_K_M,slots=2")
    assert (spec.place, spec.pick, spec.slots) == ("org/name-GGUF", "Q5_K_M", 2)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("qwen3", "unknown model 'qwen3'; expected nano, a path ending in .gguf, URL#name, or hf:org/name"),
        ("org/name", "write hf:org/name"),
        ("localhost:8080", "write http://localhost:8080"),
        ("hf:name", "names no repository"),
        ("ftp://host/model", "unknown model"),
    ],
)
def test_what_is_no_model(text: str, words: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        parse_spec(text)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a.gguf,foo=2", "unknown option 'foo'"),
        ("a.gguf,ctx=12", "ctx is '12'; expected a whole number from 256"),
        ("a.gguf,slots=0", "slots is '0'"),
        ("a.gguf,slots=٣", "slots is '٣'"),
        ("a.gguf,slots=1,slots=2", "given twice"),
        ("a.gguf,mmproj=", "mmproj is empty"),
        ("http://", "is no URL"),
        ("http://host:99999/v1", "is no URL"),
        ("http://host/v1?key=abc", "carries a query"),
    ],
)
def test_bad_options(text: str, words: str) -> None:
    with pytest.raises(BadOption) as caught:
        parse_spec(text)
    assert words in str(caught.value)


def test_a_password_in_a_url_is_refused_and_not_repeated() -> None:
    for url in ("https://user:canary@host/v1#m", "https://canary@host/v1", "https://host/v1?api_key=canary"):
        with pytest.raises(BadOption) as caught:
            parse_spec(url)
        assert "canary" not in str(caught.value)


@given(st.text(max_size=200))
def test_any_text_is_a_spec_or_a_typed_error(text: str) -> None:
    with suppress(UnknownModel, BadOption):
        assert parse_spec(text).place
