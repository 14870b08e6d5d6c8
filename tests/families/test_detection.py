"""A model's family is found from what the engine reports, then from the name.

1. Names as people write them find their family.
2. A template's marks count more than the architecture, the architecture more than the name.
3. A family that the template contradicts gives way to one that it does not.
4. Nothing known is ``UNKNOWN``, with the switch that the template shows; nothing raises.
5. Every family states its sources, and its facts hang together.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.families import FAMILIES, UNKNOWN, Family, detect

NAMES = {
    "nano": "nano",
    "./nano.gguf": "nano",
    "nano@thinking": "nano",
    "helicon-nano": "nano",
    "NVIDIA-Nemotron-Nano-9B": "unknown",
    "Qwen/Qwen3-8B": "qwen3",
    "./Qwen3-4B-Q4_K_M.gguf": "qwen3",
    "qwen3:4b": "qwen3",
    "Qwen/Qwen3-30B-A3B-Thinking-2507": "qwen3-2507-thinking",
    "Qwen3-Next-80B-A3B-Thinking": "qwen3-2507-thinking",
    "Qwen/Qwen3-4B-Instruct-2507": "qwen3-2507-instruct",
    "Qwen3-Coder-30B-A3B-Instruct-GGUF": "qwen3-2507-instruct",
    "Qwen/Qwen3.5-35B-A3B": "qwen3.5",
    "qwen3.6:27b": "qwen3.5",
    "Qwen3.8-27B-UD-Q4_K_XL.gguf": "qwen3.5",
    "google/gemma-3-27b-it": "gemma3",
    "gemma3n:e4b": "gemma3",
    "gemma4:12b": "gemma4",
    "google/gemma-4-31B-it": "gemma4",
    "deepseek-r1:8b": "deepseek-r1",
    "DeepSeek-R1-Distill-Llama-8B": "deepseek-r1",
    "deepseek-ai/DeepSeek-V3.1-Terminus": "deepseek-v3",
    "deepseek-ai/DeepSeek-V3.2": "deepseek-v3",
    "deepseek-ai/DeepSeek-V4-Pro": "deepseek-v4",
    "zai-org/GLM-4.5-Air": "glm",
    "zai-org/GLM-4.7-Flash": "glm",
    "zai-org/GLM-5.2": "glm",
    "THUDM/GLM-4-9B-0414": "glm4",
    "allenai/Olmo-3-7B-Think": "olmo-think",
    "allenai/Olmo-3.1-32B-Think": "olmo-think",
    "allenai/OLMo-2-1124-7B-Instruct": "olmo",
    "mistralai/Mistral-Small-4-119B-2603": "mistral-effort",
    "mistralai/Magistral-Small-2509": "magistral",
    "codestral:22b": "mistral",
    "mistralai/Mixtral-8x7B-Instruct-v0.1": "mistral",
    "meta-llama/Llama-3.1-8B-Instruct": "llama3",
    "llama3.2:3b": "llama3",
    "meta-llama/Llama-4-Scout-17B-16E": "llama4",
    "openai/gpt-oss-20b": "gpt-oss",
    "moonshotai/Kimi-K2-Instruct-0905": "kimi-k2",
    "moonshotai/Kimi-K2-Thinking": "kimi-k2-thinking",
    "moonshotai/Kimi-K2.5": "kimi-k2.5",
    "moonshotai/Kimi-K3": "kimi-k3",
    "meta-models/Muse-Glimmer-30B": "muse-glimmer",
    "something-else-7b": "unknown",
}

HYBRID_TEMPLATE = "{%- if enable_thinking is defined and enable_thinking is false %}<think>\n\n</think>{%- endif %}"


@pytest.mark.parametrize(("name", "family"), NAMES.items())
def test_names(name: str, family: str) -> None:
    assert detect(name=name).name == family


@pytest.mark.parametrize(
    ("name", "architecture", "template", "family"),
    [
        ("gemma-like", "llama", "<start_of_turn>user", "gemma3"),
        ("llama-3-renamed", "gpt-oss", None, "gpt-oss"),
        ("my-model", "gemma4", None, "gemma4"),
        ("my-model", "qwen3", None, "qwen3"),
        ("my-model", "qwen3moe", None, "qwen3"),
        ("my-model", "qwen3", "'<|im_start|>assistant\\n<think>\\n'", "qwen3-2507-thinking"),
        ("my-model", "qwen3", "'<|im_start|>assistant\\n'", "qwen3-2507-instruct"),
        ("my-model", "qwen3", HYBRID_TEMPLATE, "qwen3"),
        ("qwen3:4b", "qwen3", "'<|im_start|>assistant\\n<think>\\n'", "qwen3-2507-thinking"),
        ("Qwen3-4B-Thinking-2507-merged", "qwen3", HYBRID_TEMPLATE, "qwen3"),
        ("nano", "qwen3", HYBRID_TEMPLATE, "nano"),
        ("DeepSeek-R1-Distill-Llama-8B", "llama", "<｜Assistant｜><think>\\n", "deepseek-r1"),
        ("unnamed", "deepseek2", "<｜Assistant｜>{% if not thinking is defined %}", "deepseek-v3"),
        ("DeepSeek-R1-0528-Qwen3-8B", "qwen3", "<｜Assistant｜>", "deepseek-r1"),
        ("Kimi-K2-Thinking", "deepseek2", "<|im_middle|><think>{{rc}}</think>", "kimi-k2-thinking"),
        ("Olmo-3-7B-Think", "olmo2", "<|im_start|>assistant\\n<think>", "olmo-think"),
        ("x", "olmo2", None, "olmo"),
        ("Meta-Llama-3-8B", "llama", "<|start_header_id|>", "llama3"),
        ("tinyllama", "llama", None, "unknown"),
        (
            "glm",
            "glm4moe",
            "[gMASK]<sop>{{ '</think>' if (enable_thinking is defined and not enable_thinking) }}",
            "glm",
        ),
        ("glm", "glm4", "[gMASK]<sop>", "glm4"),
    ],
)
def test_what_the_engine_reports_comes_first(
    name: str, architecture: str | None, template: str | None, family: str
) -> None:
    assert detect(name=name, architecture=architecture, template=template).name == family


def test_unknown_takes_the_switch_from_the_template() -> None:
    assert detect(name="x") == UNKNOWN
    found = detect(name="x", architecture="smollm3", template="{% if enable_thinking %}<think>{% endif %}")
    assert (found.name, found.switch, found.kwargs) == ("unknown", "kwarg", ("enable_thinking",))


@given(st.text(), st.none() | st.text(), st.none() | st.text())
def test_nothing_raises(name: str, architecture: str | None, template: str | None) -> None:
    assert isinstance(detect(name=name, architecture=architecture, template=template), Family)


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_facts_hang_together(family: Family) -> None:
    assert family.sources
    assert family.licence
    assert all(re.compile(pattern) for pattern in family.patterns)
    assert bool(family.kwargs) == (family.switch == "kwarg") or family.switch == "effort"
    assert family.switch == "none" or family.delimiters
    assert family.thinks_by_default or family.switch != "always"
    assert family.switch != "effort" or family.efforts
    for sampling in (family.thinking_sampling, family.instant_sampling):
        assert sampling.temperature is not None
        assert sampling.temperature > 0
        assert sampling.min_p is not None, "engines have a default of their own"


def test_names_are_unique() -> None:
    assert len({family.name for family in FAMILIES}) == len(FAMILIES)
