"""Gemma 1 to 3 and 3n: plain instruct models."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.messages import Sampling

_SAMPLING = Sampling(temperature=1.0, top_p=0.95, top_k=64, min_p=0.0)

FAMILY = Family(
    name="gemma3",
    title="Gemma 3",
    patterns=(r"gemma-?(1|2|3n?)(?!\d)", r"gemma-?(2|7)b", r"(code|med|pali|shield|function|translate)gemma"),
    architectures=("gemma", "gemma2", "gemma3", "gemma3n", "gemma3_text", "gemma3n_text"),
    template_marks=("<start_of_turn>",),
    switch="none",
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Gemma Terms of Use",
    notes=("The terms flow down to everybody who receives the model; a hosted service counts as distribution.",),
    sources=(
        "generation_config.json of google/gemma-3-27b-it",
        "licence: ai.google.dev/gemma/terms",
        "turn marker: chat template of google/gemma-3-4b-it",
    ),
)
