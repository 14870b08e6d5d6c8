"""GLM: 4.5 to 5.x with a thinking switch, and the plain GLM 4."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.families.tags import THINK
from helicon.messages import Sampling

_MARKS = ("[gMASK]<sop>", "[gMASK]\\n<sop>")

FAMILY = Family(
    name="glm",
    title="GLM 4.5 and later",
    patterns=(r"glm-?4[._][5-9]", r"glm-?[5-9]", r"glm_?moe"),
    architectures=("glm4moe", "glm4_moe", "glm4v_moe", "glm_moe_dsa", "glm5", "glm-dsa"),
    template_marks=_MARKS,
    switch="kwarg",
    kwargs=("enable_thinking",),
    thinks_by_default=True,
    delimiters=(THINK,),
    thinking_sampling=Sampling(temperature=1.0, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=1.0, top_p=0.95, top_k=0, min_p=0.0),
    licence="MIT",
    notes=(
        "4.5 was published with temperature 0.6; 4.6 and later with 1.0 and top_p 0.95.",
        "From 4.7 on, earlier thoughts may be kept with clear_thinking=false.",
        "5.2 also reads reasoning_effort from none to max.",
        "The licence of 5.3 and later was not verified.",
    ),
    sources=(
        "chat templates: ggml-org/llama.cpp models/templates/glm_4_5.jinja and GLM-4.6.jinja",
        "sampling: docs.together.ai/docs/glm-5-quickstart and modelparams.dev z-ai/glm-5-turbo",
        "effort: docs.anyfast.ai glm-5.2",
    ),
)

GLM4 = Family(
    name="glm4",
    title="GLM 4",
    patterns=(r"glm-?4(?![._][5-9])",),
    architectures=("chatglm", "glm4", "glm"),
    template_marks=_MARKS,
    switch="none",
    thinking_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    licence="MIT",
    notes=("The 2024 releases (glm-4-9b) stand under the GLM-4 licence instead: registration for commerce.",),
    sources=("licence: huggingface.co/THUDM/GLM-4-9B-0414/discussions/2", "sampling: from general knowledge"),
)
