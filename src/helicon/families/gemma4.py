"""Gemma 4: thinking in a channel, off unless asked for."""

from __future__ import annotations

from helicon.families.family import Delimiters, Family
from helicon.messages import Sampling

_SAMPLING = Sampling(temperature=1.0, top_p=0.95, top_k=64, min_p=0.0)

FAMILY = Family(
    name="gemma4",
    title="Gemma 4",
    patterns=(r"gemma-?4(?!b)",),
    architectures=("gemma4", "gemma4_text", "gemma4n"),
    template_marks=("<|turn>model", "'<|turn>'", "<|channel>thought"),
    switch="kwarg",
    kwargs=("enable_thinking",),
    thinks_by_default=False,
    delimiters=(Delimiters(open="<|channel>thought", close="<channel|>"),),
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Apache-2.0",
    notes=(
        "The kwarg writes <|think|> at the top of the system turn.",
        "The larger sizes may write an empty thought although it is switched off.",
        "Thoughts are to be left out of the history.",
    ),
    sources=(
        "chat template: ggml-org/llama.cpp models/templates/gemma4.jinja",
        "sampling: Gemma 4 quick reference gemma4pro.xyz/zh/guide, as in the model card google/gemma-4-31B-it",
        "licence: ai.google.dev/gemma/apache_2",
    ),
)
