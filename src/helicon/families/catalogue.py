"""All known families, the particular before the general."""

from __future__ import annotations

from helicon.families import (
    deepseek,
    gemma3,
    gemma4,
    glm,
    gpt_oss,
    kimi,
    llama,
    mistral,
    muse_glimmer,
    nano,
    olmo,
    qwen3,
)
from helicon.families.family import Family

FAMILIES: tuple[Family, ...] = (
    nano.FAMILY,
    muse_glimmer.FAMILY,
    gpt_oss.FAMILY,
    kimi.K3,
    kimi.K2_5,
    kimi.K2_THINKING,
    kimi.K2,
    deepseek.V4,
    deepseek.R1,
    deepseek.V3,
    glm.FAMILY,
    glm.GLM4,
    gemma4.FAMILY,
    gemma3.FAMILY,
    olmo.THINK_FAMILY,
    olmo.INSTRUCT_FAMILY,
    mistral.EFFORT,
    mistral.MAGISTRAL,
    mistral.PLAIN,
    llama.LLAMA4,
    qwen3.LATER,
    qwen3.THINKING_2507,
    qwen3.INSTRUCT_2507,
    qwen3.HYBRID,
    llama.LLAMA3,
)
"""Where several fit, the first whose pattern is in the name is taken, else the last."""
