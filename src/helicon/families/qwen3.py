"""Qwen 3: the hybrid models of April 2025, the 2507 pair, and 3.5 and later."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.families.tags import THINK, THINK_PREOPENED
from helicon.messages import Sampling

_CARD = "model card huggingface.co/Qwen/{}: section Best Practices"
_ARCHITECTURES = ("qwen3", "qwen3moe", "qwen3_moe", "qwen3vl", "qwen3vlmoe", "qwen3_vl", "qwen3_vl_moe")
_NEXT = ("qwen3next", "qwen3_next")
_SIZES = "Apache-2.0 holds for the open sizes; names with max, plus, turbo or flash are services."

THINKING_2507 = Family(
    name="qwen3-2507-thinking",
    title="Qwen 3 Thinking 2507",
    patterns=(r"qwen-?3.*thinking.*2507", r"qwen-?3-?(next|vl|omni).*thinking"),
    architectures=(*_ARCHITECTURES, *_NEXT),
    switch="always",
    thinks_by_default=True,
    delimiters=(THINK_PREOPENED,),
    thinking_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=20, min_p=0.0),
    instant_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=20, min_p=0.0),
    licence="Apache-2.0",
    notes=("The template opens the thought, so the text holds only the closing tag.", _SIZES),
    sources=(_CARD.format("Qwen3-30B-A3B-Thinking-2507"),),
)

INSTRUCT_2507 = Family(
    name="qwen3-2507-instruct",
    title="Qwen 3 Instruct 2507",
    patterns=(r"qwen-?3.*instruct.*2507", r"qwen-?3-?(next|vl|omni|coder).*instruct", r"qwen-?3-?coder"),
    architectures=(*_ARCHITECTURES, *_NEXT),
    switch="none",
    thinking_sampling=Sampling(temperature=0.7, top_p=0.8, top_k=20, min_p=0.0),
    instant_sampling=Sampling(temperature=0.7, top_p=0.8, top_k=20, min_p=0.0),
    licence="Apache-2.0",
    notes=("It never thinks between tags; a thinking mode needs its own prompt.", _SIZES),
    sources=(_CARD.format("Qwen3-30B-A3B-Instruct-2507"),),
)

LATER = Family(
    name="qwen3.5",
    title="Qwen 3.5 and later",
    patterns=(r"qwen-?3[._][5-9]",),
    architectures=("qwen35", "qwen35moe", "qwen3_5", "qwen3_5_text", "qwen3_5_moe", "qwen3_5_moe_text"),
    switch="kwarg",
    kwargs=("enable_thinking",),
    thinks_by_default=True,
    delimiters=(THINK_PREOPENED,),
    thinking_sampling=Sampling(temperature=1.0, top_p=0.95, top_k=20, min_p=0.0, presence_penalty=1.5),
    instant_sampling=Sampling(temperature=0.7, top_p=0.8, top_k=20, min_p=0.0, presence_penalty=1.5),
    licence="Apache-2.0",
    notes=(
        "No /think and /no_think words.",
        "The smallest sizes (0.8B) think only when asked to.",
        "For precise coding the card prefers temperature 0.6 without a presence penalty.",
        _SIZES,
    ),
    sources=(
        _CARD.format("Qwen3.5-35B-A3B") + " (four rows by use)",
        "model card huggingface.co/Qwen/Qwen3.5-0.8B: thinking off by default there",
    ),
)

HYBRID = Family(
    name="qwen3",
    title="Qwen 3",
    patterns=(r"qwen-?3(?![._][5-9])",),
    architectures=_ARCHITECTURES,
    switch="kwarg",
    kwargs=("enable_thinking",),
    thinks_by_default=True,
    delimiters=(THINK,),
    thinking_sampling=Sampling(temperature=0.6, top_p=0.95, top_k=20, min_p=0.0),
    instant_sampling=Sampling(temperature=0.7, top_p=0.8, top_k=20, min_p=0.0),
    licence="Apache-2.0",
    notes=(
        "The words /think and /no_think in a turn also switch, where thinking is enabled.",
        "Greedy decoding runs into repetitions; the card allows a presence penalty up to 2.",
        "Switched off, the prompt holds an empty thought and the text starts with the answer.",
        _SIZES,
    ),
    sources=(_CARD.format("Qwen3-8B"),),
)
