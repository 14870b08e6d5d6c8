"""Llama 3 and 4: plain instruct models."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.messages import Sampling

_SAMPLING = Sampling(temperature=0.6, top_p=0.9, top_k=0, min_p=0.0)

LLAMA4 = Family(
    name="llama4",
    title="Llama 4",
    patterns=(r"llama-?4",),
    architectures=("llama4", "llama4_text"),
    template_marks=("<|header_start|>",),
    switch="none",
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Llama 4 Community License",
    notes=(
        "The use policy grants nothing to individuals or companies at home in the European Union.",
        "Products that contain it show 'Built with Llama'.",
    ),
    sources=("github.com/meta-llama/llama-models models/llama4/LICENSE and USE_POLICY.md; generation_config.json",),
)

LLAMA3 = Family(
    name="llama3",
    title="Llama 3",
    patterns=(r"llama-?3",),
    architectures=(),
    template_marks=("<|start_header_id|>",),
    switch="none",
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Llama 3.x Community License",
    notes=(
        "Each of 3, 3.1, 3.2 and 3.3 has its own licence text.",
        "A GGUF whose architecture is called llama need not be a Llama: many makers use that layout.",
    ),
    sources=(
        "github.com/meta-llama/llama-models models/llama3_1/LICENSE",
        "generation_config.json of meta-llama/Llama-3.1-8B-Instruct",
    ),
)
