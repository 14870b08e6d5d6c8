"""The family of a model that nothing is known about."""

from __future__ import annotations

from helicon.families.family import Family
from helicon.families.tags import THINK
from helicon.messages import Sampling

UNKNOWN = Family(
    name="unknown",
    title="Unknown",
    patterns=(),
    switch="none",
    delimiters=(THINK,),
    thinking_sampling=Sampling(temperature=0.7, top_p=0.95),
    instant_sampling=Sampling(temperature=0.7, top_p=0.95),
    notes=("Nothing is assumed but the think tags that most models write; a probe finds the rest.",),
    sources=("this package: a cautious middle of the other families",),
)
