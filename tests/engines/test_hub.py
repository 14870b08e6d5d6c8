"""Models of the hub: which file, whose licence, and what goes wrong. No network: the hub is a fake.

1. A good quantisation is chosen; a wish for another, or for a file, is kept; eyes are not a model.
2. The licence is shown before the first download, and only then; no means no.
3. A split model is downloaded whole.
4. No GGUF, no such quantisation, no hub: errors that say what to do.
"""

from __future__ import annotations

import logging

import pytest

from helicon.engines import ModelSpec, parse_spec
from helicon.engines.hub import Repository, _TheHub, all_shards, choose_file, fetch
from helicon.errors import BadModelFile, BadOption, EngineUnavailable, UnknownModel

FILES = ("README.md", "M-Q8_0.gguf", "M-Q4_K_M.gguf", "M-Q5_K_M.gguf", "mmproj-M-f16.gguf", "model.safetensors")


class FakeHub:
    """A repository in memory, which notes what was downloaded."""

    def __init__(self, *files: str, licence: str = "apache-2.0") -> None:
        self.repository = Repository(files=files, licence=licence)
        self.here = set[str]()
        self.downloads = list[str]()

    def look(self, repository: str) -> Repository:
        return self.repository

    def cached(self, repository: str, file: str) -> str | None:
        return f"/cache/{file}" if file in self.here else None

    def download(self, repository: str, file: str) -> str:
        if file not in self.here:
            self.downloads.append(file)
            self.here.add(file)
        return f"/cache/{file}"


@pytest.mark.parametrize(
    ("pick", "file"),
    [
        ("", "M-Q4_K_M.gguf"),
        ("Q8_0", "M-Q8_0.gguf"),
        ("q5_k_m", "M-Q5_K_M.gguf"),
        ("M-Q8_0.gguf", "M-Q8_0.gguf"),
    ],
)
def test_the_file_that_is_chosen(pick: str, file: str) -> None:
    assert choose_file("org/name", FILES, pick) == file


def test_q4_k_is_not_q4_k_m() -> None:
    assert choose_file("o/n", ("M-Q4_K_M.gguf", "M-Q4_K.gguf"), "Q4_K") == "M-Q4_K.gguf"


def test_without_a_favourite_any_model_will_do() -> None:
    assert choose_file("o/n", ("only-odd.gguf", "mmproj-x.gguf"), "") == "only-odd.gguf"


def test_nothing_that_fits() -> None:
    with pytest.raises(UnknownModel, match=r"has no 'Q2_K'; expected one of M-Q4_K_M\.gguf"):
        choose_file("o/n", FILES, "Q2_K")
    with pytest.raises(BadModelFile, match="has no GGUF file"):
        choose_file("o/n", ("model.safetensors", "pytorch_model.bin"), "")


def test_split_models_come_whole() -> None:
    parts = tuple(f"Q4/M-Q4_K_M-0000{part}-of-00003.gguf" for part in (1, 2, 3))
    assert choose_file("o/n", parts[::-1], "") == parts[0]
    assert all_shards(parts[0], parts) == list(parts)
    with pytest.raises(BadModelFile, match="00002-of-00003"):
        all_shards(parts[0], (parts[0], parts[2]))


async def test_the_licence_is_shown_before_the_first_download_only() -> None:
    hub, shown = FakeHub(*FILES, licence="gemma"), list[str]()

    def confirm(text: str) -> bool:
        assert hub.downloads == []
        shown.append(text)
        return True

    spec = parse_spec("hf:org/name:Q8_0,slots=2,ctx=4096")
    for _ in range(2):
        found = await fetch(spec, confirm=confirm, hub=hub)
        assert found == ModelSpec(kind="file", place="/cache/M-Q8_0.gguf", slots=2, context=4096)
    assert shown == ["hf:org/name: downloading M-Q8_0.gguf for the first time. Licence: gemma."]
    assert hub.downloads == ["M-Q8_0.gguf"]


async def test_no_means_no() -> None:
    hub = FakeHub(*FILES)
    with pytest.raises(BadOption, match="was not downloaded, as wished"):
        await fetch(parse_spec("hf:org/name"), confirm=lambda _: False, hub=hub)
    assert hub.downloads == []


async def test_without_anybody_to_ask_the_licence_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "helicon"):
        await fetch(parse_spec("hf:org/name"), hub=FakeHub(*FILES, licence=""))
    assert "Licence: unknown" in caplog.text


async def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: object, **options: object) -> None:
        raise ConnectionError("[Errno 101] Network is unreachable")

    monkeypatch.setattr("huggingface_hub.HfApi.model_info", fail)
    with pytest.raises(EngineUnavailable, match=r"cannot be reached for hf:org/name: .*unreachable") as caught:
        _TheHub().look("org/name")
    assert "GGUF file that is already here" in str(caught.value)
