"""From mentions to models.

1. Hub ids in any case, with revisions; API names with and without providers; Bedrock, Vertex, Azure; Ollama, where the
   size decides; mirrors; images; addresses; files. The table is ``ids.tsv``.
2. What is no model gives nothing; what is unknown stays unknown and has no licence.
3. A copy has the licence of its original, a fine-tune that of the base its name or header states; where a declared
   licence differs, the model says so.
4. Deterministic, quick on any input, never a crash.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helicon.audit.knowledge import knowledge
from helicon.audit.resolve import group, resolve
from helicon.audit.values import Kind, Model
from tests.audit.saying import mention, model

LINES = (Path(__file__).parent / "ids.tsv").read_text(encoding="utf-8").splitlines()[1:]
ROWS = [tuple((line + "\t" * 4).split("\t")[:5]) for line in LINES]


def flags(found: Model) -> str:
    return " ".join([*(["api"] if found.api else []), *found.provenance])


def test_the_table_is_long_enough() -> None:
    assert len(ROWS) >= 300
    assert sum(row[2] == "-" for row in ROWS) >= 40


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]} {row[1]}"[:80])
def test_table(row: tuple[str, str, str, str, str]) -> None:
    kind, literal, wanted, licences, said = row
    assert kind in get_args(Kind)
    found = resolve(mention(literal, kind), knowledge())  # type: ignore[arg-type]
    if wanted == "-":
        assert found is None
        return
    assert found is not None
    assert (found.id if found.known else "?" + found.id) == wanted
    assert ("+".join(one.id for one in found.licences) or "-") == licences
    assert flags(found) == said
    if not found.known:
        assert found.licence is None
        assert found.bases == ()


def test_size_decides_the_licence_of_qwen() -> None:
    assert model("qwen2.5:3b").expression == "LicenseRef-qwen-research-2024"
    assert model("qwen2.5:7b").expression == "Apache-2.0"
    assert model("qwen2.5:72b").expression == "LicenseRef-scancode-qwen-2024"
    unclear = model("qwen2.5:special", "ollama")
    assert not unclear.known
    assert "depends on the size" in unclear.note


def test_gemma_terms_end_before_four() -> None:
    assert [model(f"google/gemma-{one}").expression for one in ("2-9b-it", "3-12b-it", "3n-E4B-it")] == [
        "LicenseRef-scancode-gemma-tou-2025-03-24"
    ] * 3
    assert model("google/gemma-4-31B-it").expression == "Apache-2.0"


def test_a_chain_of_bases() -> None:
    found = model("unsloth/DeepSeek-R1-Distill-Llama-8B-GGUF", "hub", declared="mit")
    assert found.bases == ("deepseek-ai/DeepSeek-R1-Distill-Llama-8B", "meta-llama/Llama-3.1-8B")
    assert found.expression == "MIT AND LicenseRef-scancode-llama-3.1-license-2024"
    assert set(found.provenance) == {"mirror", "base-licence", "mislabelled"}


def test_declared_and_concluded() -> None:
    right = model("bartowski/Llama-3.2-3B-Instruct-GGUF", "hub", declared="llama3.2")
    assert right.provenance == ("mirror",)
    wrong = model("bartowski/Llama-3.2-3B-Instruct-GGUF", "hub", declared="apache-2.0")
    assert wrong.provenance == ("mirror", "mislabelled")
    assert wrong.declared == "apache-2.0"
    assert wrong.licence == right.licence
    free = model("acme/Mistral-7B-Instruct-v0.2-legal", "hub", declared="cc-by-nc-4.0")
    assert free.licence is not None
    assert free.licence.id == "cc-by-nc-4.0"
    assert [one.id for one in free.also] == ["apache-2.0"]


def test_a_derivative_of_a_free_base_has_a_licence_of_its_own() -> None:
    found = model("acme/Mistral-7B-Instruct-v0.2-legal", "hub")
    assert found.licence is None
    assert found.expression == ""
    assert [one.id for one in found.also] == ["apache-2.0"]


def test_files_by_header_by_name_or_unknown() -> None:
    header = model("FILE", "gguf", path="models/bot.gguf", declared="mit", base="meta-llama/Llama-3.1-8B")
    assert header.id == "file:bot"
    assert header.bases == ("meta-llama/Llama-3.1-8B",)
    assert set(header.provenance) == {"base-licence", "mislabelled"}
    address = model("FILE", "safetensors", path="a/b.safetensors", base="https://huggingface.co/Qwen/Qwen2.5-3B")
    assert address.licence is not None
    assert address.licence.id == "qwen-research"
    named = model("FILE", "onnx", path="pkg/assets/silero_vad_v6.onnx")
    assert named.id == "snakers4/silero-vad"
    assert named.expression == "MIT"
    sharded = model("FILE", "safetensors", path="w/llama-2-7b-chat-00001-of-00003.safetensors")
    assert sharded.id == "meta-llama/Llama-2-7b-chat-hf"
    unknown = model("FILE", "pickle", path="weights/ranker.pt")
    assert unknown.id == "file:ranker"
    assert not unknown.known


def test_modalities_follow_the_model() -> None:
    assert "vision" in model("meta-llama/Llama-4-Scout-17B-16E-Instruct").modalities
    assert "vision" in model("meta-llama/Llama-3.2-11B-Vision-Instruct").modalities
    assert "vision" not in model("meta-llama/Llama-3.2-3B-Instruct").modalities
    assert "vision" in model("google/gemma-3-12b-it").modalities
    assert "vision" not in model("google/gemma-3-1b-it").modalities


def test_unresolved_mentions_name_their_variable() -> None:
    env = mention("MODEL_NAME", "env", role="unresolved")
    found = resolve(env, knowledge())
    assert found is not None
    assert found.id == "env:MODEL_NAME"
    named = resolve(mention("gpt-4o", "text", role="unresolved"), knowledge())
    assert named is not None
    assert named.id == "openai:gpt-4o"


def test_uses_are_grouped_and_sorted() -> None:
    uses = group(
        [
            mention("llama3.2", path="b.py"),
            mention("meta-llama/Llama-3.2-3B-Instruct", path="a.py"),
            mention("gpt-4o"),
            mention("application/json"),
            mention("faster-whisper==1.1.0", "package", path="requirements.txt"),
        ],
        knowledge(),
    )
    assert [use.model.id for use in uses] == [
        "meta-llama/Llama-3.2-3B-Instruct",
        "openai:gpt-4o",
        "snakers4/silero-vad",
        "Systran/faster-whisper-base.en",
        "Systran/faster-whisper-large-v3",
    ]
    assert [one.path for one in uses[0].mentions] == ["a.py", "b.py"]
    assert uses[2].roles == {"indirect"}
    assert "may bring it" in uses[2].mentions[0].note


def test_revisions_are_kept() -> None:
    (use,) = group([mention("Qwen/Qwen3-8B@abc123"), mention("Qwen/Qwen3-8B")], knowledge())
    assert use.model.id == "Qwen/Qwen3-8B"
    assert use.revisions == ("abc123",)


def test_services_keep_their_dates() -> None:
    found = model("claude-3-7-sonnet-20250219").lifecycle
    assert found is not None
    assert (found.state, found.date) == ("removed", "2026-02-19")
    assert model("gpt-3.5-turbo-instruct").lifecycle is not None
    assert model("meta-llama/Llama-3.2-1B").lifecycle is None


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("openai.GPT3Dot5Turbo", "openai:gpt-3.5-turbo"),
        ("openai.GPT4oMini", "openai:gpt-4o-mini"),
        ("openai.GPT3Babbage002", "openai:babbage-002"),
        ("openai.Whisper1", "openai:whisper-1"),
        ("OpenAiChatModelName.GPT_4_O_MINI", "openai:gpt-4o-mini"),
        ("anthropic.ModelClaude3_7SonnetLatest", "anthropic:claude-3-7-sonnet-latest"),
    ],
)
def test_constants_of_client_libraries(text: str, wanted: str) -> None:
    assert model(text, "api").id == wanted
    assert model(text, "text").id == wanted


@pytest.mark.parametrize(
    "text", ["os.Path", "Model.Name3", "re.IGNORECASE", "GPT4oMini", "np.Float32", "O3", "computer_use_preview"]
)
def test_other_identifiers_are_no_models(text: str) -> None:
    assert resolve(mention(text), knowledge()) is None


def test_the_answer_does_not_depend_on_what_was_asked_before() -> None:
    knowledge().memo.clear()
    first = [resolve(mention(row[1]), knowledge()) for row in ROWS]
    knowledge().memo.clear()
    again = [resolve(mention(row[1]), knowledge()) for row in reversed(ROWS)]
    assert first == again[::-1]


@pytest.mark.parametrize(
    "unit", ["a", "-", "a-", "llama-3-", "1b-", "q4_", "/", ":", ".", "@", "gpt-4", "%", "é", "x/", "-of-"]
)
@pytest.mark.parametrize("kind", ["text", "hub", "api", "ollama", "bedrock", "vertex", "azure", "image", "gguf", "url"])
def test_hostile_names_are_quick(unit: str, kind: Kind) -> None:
    for size in (290, 100_000):
        literal = (unit * (size // len(unit) + 1))[:size]
        began = time.perf_counter()
        resolve(mention(literal, kind, path=literal, declared=literal, base=literal), knowledge())
        assert time.perf_counter() - began < 1


ALPHABET = st.sampled_from(
    [*"abz019-_./:@ \n\x00é", "llama", "3.1", "8b", "-GGUF", "gpt-4", "qwen", "https://", "hf.co/", "arn:"]
)
WORDS = st.lists(ALPHABET, max_size=24).map("".join)


@settings(max_examples=400)
@given(
    literal=WORDS | st.text(max_size=60),
    kind=st.sampled_from(get_args(Kind)),
    declared=st.text(max_size=20),
    base=WORDS,
)
def test_any_mention_resolves_or_not(literal: str, kind: Kind, declared: str, base: str) -> None:
    found = resolve(mention(literal, kind, path=literal, declared=declared, base=base), knowledge())
    if found is not None:
        assert found.id
        assert found.known or (found.licence is None and not found.also)
        assert hash(found) == hash(found)
