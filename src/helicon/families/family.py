"""What a family of models is: facts that no weights tell, one value per family."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from helicon.messages import Sampling

Switch: TypeAlias = Literal["kwarg", "effort", "prompt", "always", "none"]
"""How thinking is switched: a chat-template kwarg, ``reasoning_effort``, words in the prompt,
not at all because it always thinks, or not at all because it never does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delimiters:
    """Where a thought begins and ends in raw text."""

    open: str
    close: str
    answer: str = ""
    """A header that opens the answer after the thought (gpt-oss's final channel)."""
    answer_close: str = ""
    """What ends an answer opened by ``answer``, where the engine may show it (Kimi K3)."""
    preopened: bool = False
    """The prompt already ends inside the thought, so the opener may be missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Facts about a line of models."""

    name: str
    """The key, for example ``qwen3``."""
    title: str
    """As people write it, for example ``Qwen 3``."""
    patterns: tuple[str, ...]
    """Regular expressions, case-insensitive, searched in a model's name."""
    architectures: tuple[str, ...] = ()
    """``general.architecture`` values of GGUF files, or ``model_type`` of configs."""
    template_marks: tuple[str, ...] = ()
    """Strings that only this family's chat templates contain."""
    switch: Switch = "none"
    kwargs: tuple[str, ...] = ()
    """Template kwargs that switch thinking, all set together."""
    thinks_by_default: bool = False
    efforts: tuple[str, ...] = ()
    """``reasoning_effort`` values it knows, weakest first."""
    delimiters: tuple[Delimiters, ...] = ()
    """The first is the usual one."""
    thinking_sampling: Sampling = Sampling()
    instant_sampling: Sampling = Sampling()
    composes: bool = True
    """Whether it can judge drafts, plan, and write one text from several."""
    closing: str = "\n\nThe time for thinking is over; the answer follows from the work above.\n"
    """Said inside a thought that is cut, so that the model turns to its answer."""
    licence: str = ""
    """SPDX id or the licence's name; per-model exceptions stand in ``notes``."""
    notes: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """Where each fact comes from."""
