"""Muse Glimmer and Muse Spark Open: channels addressed to self and to user, tuned by strength, never off."""

from __future__ import annotations

from helicon.families.family import Delimiters, Family
from helicon.messages import Sampling

_SELF = "to=self<|message|>"
_USER = "to=user<|message|>"
_TURN = "<|start|>assistant "
_SAMPLING = Sampling(temperature=1.0, top_p=0.95, top_k=64, min_p=0.0)

FAMILY = Family(
    name="muse-glimmer",
    title="Muse Glimmer",
    patterns=(r"muse[-_ ]?glimmer", r"muse[-_ ]?spark[-_ ]?open"),
    architectures=("muse-glimmer", "muse_glimmer", "muse_glimmer_text"),
    template_marks=("<atem:function_calls>", "Reasoning strength: "),
    switch="effort",
    kwargs=("reasoning_strength",),
    thinks_by_default=True,
    efforts=("low", "medium", "high", "xhigh"),
    delimiters=(
        Delimiters(open=" " + _SELF, close="<|eom|>", answer=_TURN + _USER, answer_close="<|eot|>"),
        Delimiters(open=_TURN + _SELF, close="<|eom|>", answer=" " + _USER),
        Delimiters(open=_SELF, close="<|eom|>", answer=_USER),
    ),
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Apache-2.0",
    notes=(
        "Thinking cannot be off. The strength is the kwarg reasoning_strength (a word of efforts, default high) or a "
        "line 'Reasoning strength: low' in the system prompt.",
        "The card warns against greedy decoding.",
        "Muse Spark Open has the same channels but its own Muse Model License; show 'Built with Muse Spark Open'.",
    ),
    sources=(
        "channels: github.com/ggml-org/llama.cpp/pull/27475 and pull/26841",
        "sampling and efforts: recipes.vllm.ai/meta-models/Muse-Glimmer-30B",
        "licence: github.com/unslothai/unsloth/discussions/8336",
    ),
)
