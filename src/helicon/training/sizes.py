"""The sizes of a nano network, known without torch."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class NanoConfig:
    """The sizes of one network."""

    vocabulary: int = 1280
    width: int = 192
    layers: int = 6
    heads: int = 4
    kv_heads: int = 2
    head_width: int = 64
    feed_forward: int = 512
    rope_theta: float = 10000.0
    norm_epsilon: float = 1e-6
    context: int = 8192
    """Announced to the engine; training rows are far shorter."""

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Self:
        return cls(**values)
