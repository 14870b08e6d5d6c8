"""Mistral: Small 4 with reasoning effort, Magistral, and the plain models (Codestral, Devstral, Ministral)."""

from __future__ import annotations

from helicon.families.family import Delimiters, Family
from helicon.families.tags import THINK
from helicon.messages import Sampling

_BRACKETS = Delimiters(open="[THINK]", close="[/THINK]")

EFFORT = Family(
    name="mistral-effort",
    title="Mistral Small 4 and Medium 3.5",
    patterns=(r"mistral-small-(4|26\d\d)", r"mistral-medium-3[._]5"),
    architectures=("mistral4",),
    template_marks=("[MODEL_SETTINGS]",),
    switch="effort",
    thinks_by_default=False,
    efforts=("none", "high"),
    delimiters=(_BRACKETS,),
    thinking_sampling=Sampling(temperature=0.7, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.3, top_p=1.0, top_k=0, min_p=0.0),
    licence="Apache-2.0",
    notes=("Medium 3.5 stands under a modified MIT licence: no rights above 20 M USD of monthly revenue.",),
    sources=(
        "effort none and high: docs.ai-stats.phaseo.app model migration to Mistral Small 4",
        "sampling: model card mistralai/Mistral-Small-4-119B-2603 (from general knowledge)",
    ),
)

MAGISTRAL = Family(
    name="magistral",
    title="Magistral",
    patterns=(r"magistral",),
    architectures=(),
    template_marks=("[THINK]",),
    switch="prompt",
    thinks_by_default=True,
    delimiters=(_BRACKETS, THINK),
    thinking_sampling=Sampling(temperature=0.7, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.15, top_p=1.0, top_k=0, min_p=0.0),
    licence="Apache-2.0",
    notes=(
        "The system prompt of the card asks for the thought; without it the model answers at once.",
        "The first release (2506) wrote think tags, later ones brackets.",
    ),
    sources=("model card huggingface.co/mistralai/Magistral-Small-2509: Sampling parameters, system prompt",),
)

PLAIN = Family(
    name="mistral",
    title="Mistral",
    patterns=(r"mi[sx]tral", r"codestral", r"devstral", r"mathstral", r"ministral", r"pixtral", r"voxtral"),
    architectures=("mistral", "mistral3", "mixtral", "ministral", "ministral3"),
    template_marks=("[SYSTEM_PROMPT]", "[AVAILABLE_TOOLS]"),
    switch="none",
    thinking_sampling=Sampling(temperature=0.3, top_p=1.0, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.15, top_p=1.0, top_k=0, min_p=0.0),
    licence="Apache-2.0",
    notes=(
        "Codestral 22B: Mistral Non-Production License. Large 2, Pixtral Large, Ministral 8B 2410, Small 2409: "
        "Mistral Research License. Devstral 2 123B: modified MIT with a revenue bound.",
    ),
    sources=(
        "licences: docs.mistral.ai/getting-started/open_weight_models",
        "temperature 0.15: model card mistralai/Mistral-Small-3.2-24B-Instruct-2506",
    ),
)
