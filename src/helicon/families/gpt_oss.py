"""gpt-oss: thinking in the analysis channel, tuned by effort, never off."""

from __future__ import annotations

from helicon.families.family import Delimiters, Family
from helicon.messages import Sampling

_ANALYSIS = "<|channel|>analysis<|message|>"
_FINAL = "<|channel|>final<|message|>"
_TURN = "<|start|>assistant"
_SAMPLING = Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0)

FAMILY = Family(
    name="gpt-oss",
    title="gpt-oss",
    patterns=(r"gpt-?oss",),
    architectures=("gpt-oss", "gpt_oss", "gptoss"),
    template_marks=("<|channel|>analysis",),
    switch="effort",
    thinks_by_default=True,
    efforts=("low", "medium", "high"),
    delimiters=(
        Delimiters(open=_ANALYSIS, close="<|end|>", answer=_TURN + _FINAL, answer_close="<|return|>"),
        Delimiters(open=_TURN + _ANALYSIS, close="<|end|>", answer=_FINAL),
    ),
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Apache-2.0",
    notes=(
        "Thinking cannot be off; low is the nearest.",
        "What bounds the thought must begin at the analysis header.",
    ),
    sources=(
        "response format: cookbook.openai.com/articles/openai-harmony",
        "sampling: github.com/openai/gpt-oss, Recommended Sampling Parameters",
        "licence: huggingface.co/openai/gpt-oss-20b",
    ),
)
