"""Packages that bring models."""

from __future__ import annotations

import pytest

from helicon.audit.knowledge import knowledge
from helicon.audit.packages import brings, expand
from tests.audit.saying import mention


@pytest.mark.parametrize(
    ("requirement", "first"),
    [
        ("faster-whisper", "snakers4/silero-vad"),
        ("faster-whisper==1.1.0", "snakers4/silero-vad"),
        ("Faster_Whisper >= 1.0, < 2", "snakers4/silero-vad"),
        ("KeyBERT[all]~=0.8", "sentence-transformers/all-MiniLM-L6-v2"),
        ("pyannote.audio", "pyannote/speaker-diarization-3.1"),
        ("@xenova/transformers", "Xenova/distilbert-base-uncased-finetuned-sst-2-english"),
    ],
)
def test_requirements(requirement: str, first: str) -> None:
    rows = brings(requirement, knowledge())
    assert rows
    assert rows[0].models[0] == first


@pytest.mark.parametrize("requirement", ["numpy", "", "-r other.txt", "git+https://x", "[x]", "faster-whisper-gui"])
def test_others_bring_nothing(requirement: str) -> None:
    assert brings(requirement, knowledge()) == ()


def test_version_ranges() -> None:
    assert brings("llmlingua==0.2.1", knowledge())
    assert brings("llmlingua", knowledge())
    assert not brings("llmlingua==1.0", knowledge())


def test_a_package_gives_indirect_mentions() -> None:
    found = expand(mention("keybert==0.8.5", "package", path="requirements.txt"), knowledge())
    assert {one.role for one in found} == {"indirect"}
    assert found[0].note == "keybert may bring it: KeyBERT() without a model"
    plain = mention("gpt-4o")
    assert expand(plain, knowledge()) == (plain,)
