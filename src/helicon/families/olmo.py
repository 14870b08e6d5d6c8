"""OLMo 2 and 3: separate checkpoints for thinking and for instruction following, no switch."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.families.tags import THINK, THINK_PREOPENED
from helicon.messages import Sampling

_SAMPLING = Sampling(temperature=0.6, top_p=0.95, top_k=0, min_p=0.0)

THINK_FAMILY = Family(
    name="olmo-think",
    title="OLMo 3 Think",
    patterns=(r"olmo-?3.*think",),
    architectures=("olmo3", "olmo2"),
    switch="always",
    thinks_by_default=True,
    delimiters=(THINK_PREOPENED, THINK),
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Apache-2.0",
    notes=("Only a budget or closing the thought shortens it.",),
    sources=("Olmo 3 report arxiv.org/abs/2512.13961; sampling: model card allenai/Olmo-3-7B-Think",),
)

INSTRUCT_FAMILY = Family(
    name="olmo",
    title="OLMo 2 and 3 Instruct",
    patterns=(r"olmo",),
    architectures=("olmo3", "olmo2", "olmo", "olmoe"),
    switch="none",
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    licence="Apache-2.0",
    notes=("Some OLMo 2 Instruct cards add that training data contain outputs under the Gemma terms.",),
    sources=("licence and sampling: model card allenai/Olmo-3-7B-Instruct (from general knowledge)",),
)
