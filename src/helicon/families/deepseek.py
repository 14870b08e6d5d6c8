"""DeepSeek: R1 and its distillations, V3.1 and V3.2, V4."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.families.tags import THINK, THINK_PREOPENED
from helicon.messages import Sampling

_MARKS = ("<｜Assistant｜>",)
_BOTH = ("thinking", "enable_thinking")

V4 = Family(
    name="deepseek-v4",
    title="DeepSeek V4",
    patterns=(r"deepseek[-_ ]?v?4",),
    architectures=("deepseek4", "deepseek_v4"),
    template_marks=_MARKS,
    switch="kwarg",
    kwargs=_BOTH,
    thinks_by_default=True,
    efforts=("low", "high", "max"),
    delimiters=(THINK_PREOPENED,),
    thinking_sampling=Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0),
    licence="MIT",
    notes=("Engines differ in the kwarg's name, so both are set.",),
    sources=(
        "modes and kwargs: docs.proxy.worv.ai/thinking (vLLM's deepseek_v4 encoder)",
        "default on, sampling 1.0 and 1.0: modelparams.dev deepseek-v4-pro",
    ),
)

V3 = Family(
    name="deepseek-v3",
    title="DeepSeek V3.1 and V3.2",
    patterns=(r"deepseek[-_ ]?v?3[._][12]",),
    architectures=("deepseek_v32", "deepseek32", "deepseek2", "deepseek_v3"),
    template_marks=_MARKS,
    switch="kwarg",
    kwargs=_BOTH,
    thinks_by_default=False,
    delimiters=(THINK_PREOPENED,),
    thinking_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    licence="MIT",
    notes=(
        "The template's kwarg is called thinking; engines that rename it read enable_thinking, so both are set.",
        "Switched off, the prompt ends with the closing tag and the text holds no tag at all.",
        "The first V3 (December 2024) has no switch and stands under the DeepSeek Model License.",
    ),
    sources=(
        "chat template: ggml-org/llama.cpp models/templates/deepseek-ai-DeepSeek-V3.1.jinja",
        "sampling: generation_config.json of deepseek-ai/DeepSeek-V3.1",
    ),
)

R1 = Family(
    name="deepseek-r1",
    title="DeepSeek R1",
    patterns=(r"deepseek[-_ ]?r1", r"\br1-distill", r"deepseek-reasoner"),
    architectures=("deepseek2", "deepseek_v3"),
    template_marks=_MARKS,
    switch="always",
    thinks_by_default=True,
    delimiters=(THINK_PREOPENED, THINK),
    thinking_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    licence="MIT",
    notes=(
        "The opener may be missing: newer templates write it in the prompt.",
        "Distillations into Llama keep the Llama 3.1 (8B) or 3.3 (70B) Community License beside MIT.",
        "The card advises against a system prompt.",
    ),
    sources=("model card huggingface.co/deepseek-ai/DeepSeek-R1: Usage Recommendations",),
)
