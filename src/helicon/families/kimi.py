"""Kimi: K2 Instruct, K2 Thinking, K2.5 to K2.7, K3."""

from __future__ import annotations

from helicon.families.family import Delimiters, Family
from helicon.families.tags import THINK, THINK_PREOPENED
from helicon.messages import Sampling

_GLYPHS = Delimiters(open="◁think▷", close="◁/think▷")
_MARKS = ("<|im_middle|>",)
_LICENCE = "Modified MIT (Kimi K2)"
_TEMPLATE = "chat template: ggml-org/llama.cpp models/templates/{}"

K3 = Family(
    name="kimi-k3",
    title="Kimi K3",
    patterns=(r"kimi-?k3",),
    architectures=("kimi-k3", "kimi_k3"),
    template_marks=("`thinking_effort`", "<|open|>"),
    switch="kwarg",
    kwargs=("thinking",),
    thinks_by_default=True,
    delimiters=(
        Delimiters(
            open="<|open|>think<|sep|>",
            close="<|close|>think<|sep|>",
            answer="<|open|>response<|sep|>",
            answer_close="<|close|>response<|sep|>",
            preopened=True,
        ),
    ),
    thinking_sampling=Sampling(temperature=1.0, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    licence="Kimi K3 License",
    notes=(
        "The kwarg thinking_effort takes low, medium, high or max.",
        "The licence has a further condition for model services.",
    ),
    sources=(_TEMPLATE.format("Kimi-K3.jinja"), "licence: raw.githubusercontent.com/MoonshotAI/Kimi-K3/main/LICENSE"),
)

K2_5 = Family(
    name="kimi-k2.5",
    title="Kimi K2.5 to K2.7",
    patterns=(r"kimi-?k2[._][5-9]",),
    architectures=("kimi_k25", "kimi-k25"),
    template_marks=_MARKS,
    switch="kwarg",
    kwargs=("thinking",),
    thinks_by_default=True,
    delimiters=(THINK_PREOPENED,),
    thinking_sampling=Sampling(temperature=1.0, top_p=0.95, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0),
    licence=_LICENCE,
    notes=("The name must be shown above 100 M monthly users or 20 M USD of monthly revenue.",),
    sources=("platform.kimi.ai/docs/api/models-overview and docs/guide/benchmark-best-practice",),
)

K2_THINKING = Family(
    name="kimi-k2-thinking",
    title="Kimi K2 Thinking",
    patterns=(r"kimi-?k2-?thinking", r"kimi-(vl|dev)"),
    architectures=("kimi_k2", "deepseek2"),
    template_marks=_MARKS,
    switch="always",
    thinks_by_default=True,
    delimiters=(THINK, _GLYPHS),
    thinking_sampling=Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=1.0, top_p=1.0, top_k=0, min_p=0.0),
    licence=_LICENCE,
    notes=("The template uses think tags; other Kimi models and some engines' documents name the glyphs.",),
    sources=(
        _TEMPLATE.format("moonshotai-Kimi-K2-Thinking.jinja"),
        "glyphs: SGLang's documentation of reasoning parsers",
        "temperature: platform.kimi.ai/docs/api/models-overview",
    ),
)

K2 = Family(
    name="kimi-k2",
    title="Kimi K2 Instruct",
    patterns=(r"kimi",),
    architectures=("kimi_k2", "deepseek2"),
    template_marks=_MARKS,
    switch="none",
    thinking_sampling=Sampling(temperature=0.6, top_p=1.0, top_k=0, min_p=0.0),
    instant_sampling=Sampling(temperature=0.6, top_p=1.0, top_k=0, min_p=0.0),
    licence=_LICENCE,
    notes=(),
    sources=(_TEMPLATE.format("moonshotai-Kimi-K2.jinja"), "temperature 0.6: README of MoonshotAI/Kimi-K2"),
)
