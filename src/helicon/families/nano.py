"""Nano: the small model inside the package."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.families.tags import THINK
from helicon.messages import Sampling

_SAMPLING = Sampling(temperature=0.7, top_p=1.0, top_k=0, min_p=0.0)

FAMILY = Family(
    name="nano",
    title="Nano",
    patterns=(r"(^|[/\\#])(helicon[-_ ]?)?nano([.@:]|$)",),
    architectures=("qwen3",),
    template_marks=("helicon-nano",),
    switch="kwarg",
    kwargs=("enable_thinking",),
    thinks_by_default=True,
    delimiters=(THINK,),
    thinking_sampling=_SAMPLING,
    instant_sampling=_SAMPLING,
    composes=False,  # it is trained on single tasks
    closing="\n",  # other words inside a thought are outside what it was trained on
    licence="Apache-2.0",
    notes=("Made for the tasks named in its model card; outside of them it says so.",),
    sources=("this package: recipes/nano, whose evaluation uses the same sampling in every mode",),
)
