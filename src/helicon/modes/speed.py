"""How fast an engine is, learned from the calls that were made on it. ``Speed`` is pure.

A batch of streams makes one token each per step, and a step takes longer with more streams: about
``alone + more * streams`` seconds. Both numbers come from a least-squares line through the calls so
far, older ones counting less. What else runs on the engine at the same time is part of the figure.
``pace_of`` keeps one ``Speed`` per engine for as long as that lives; nothing is written anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from math import ceil
from time import monotonic
from typing import Any
from weakref import WeakKeyDictionary

KEPT = 0.9
"""Of an older call's weight, per call that comes after it."""
REMEMBERED = 32
"""Lengths of answers and of whole chains that are kept."""
LEAST_TOKENS = 2
"""Generated tokens from which a call says something about speed."""
SOUND_TOKENS = 16
"""From which it says as much as any other."""
PRIOR_FIRST_SECONDS = 0.5
PRIOR_STEP_SECONDS = 0.05
PRIOR_CHAIN_TOKENS = 256
PRIOR_ANSWER_TOKENS = 48


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """One call that ended or was ended."""

    streams: float
    """Calls at the engine while it ran, itself included, on average."""
    first_seconds: float | None
    """From its begin to its first token; ``None`` = none came."""
    seconds: float
    """From its begin to its end."""
    tokens: int
    """Generated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What is known of an engine's speed."""

    calls: int = 0
    """Calls that said something."""
    first_mean: float = PRIOR_FIRST_SECONDS
    first_spread: float = 0.0
    """Mean absolute deviation of the time to the first token."""
    chains: tuple[int, ...] = ()
    """Tokens of the latest chains of thought with their answers, those that ended by themselves."""
    answers: tuple[int, ...] = ()
    """Tokens of their answers."""
    w: float = 0.0
    wn: float = 0.0
    wnn: float = 0.0
    wy: float = 0.0
    wny: float = 0.0
    """Weighted sums over calls: of 1, streams, streams squared, seconds per token, and their product."""

    @property
    def measured(self) -> bool:
        """Whether any call has been timed."""
        return self.calls > 0

    @property
    def first_seconds(self) -> float:
        """Within which the first token mostly comes."""
        return self.first_mean + 2 * self.first_spread

    @property
    def chain_tokens(self) -> int:
        """That four chains of five do not exceed."""
        return _quantile(self.chains, 0.8, PRIOR_CHAIN_TOKENS)

    @property
    def usual_tokens(self) -> int:
        """That half of the chains do not exceed."""
        return _quantile(self.chains, 0.5, PRIOR_CHAIN_TOKENS)

    @property
    def answer_tokens(self) -> int:
        """That four answers of five do not exceed."""
        return _quantile(self.answers, 0.8, PRIOR_ANSWER_TOKENS)

    def step_seconds(self, streams: int) -> float:
        """Seconds per token of each of so many streams; never less for more of them."""
        if not self.w:
            return PRIOR_STEP_SECONDS * streams
        mean_n, mean_y = self.wn / self.w, self.wy / self.w
        spread = self.wnn / self.w - mean_n**2
        if spread < 0.05 * mean_n**2:  # seen at one load only: more would wait for each other, fewer gain nothing
            return mean_y * max(1.0, streams / mean_n)
        more = max(0.0, (self.wny / self.w - mean_n * mean_y) / spread)
        alone = mean_y - more * mean_n
        if alone < 0:
            alone, more = 0.0, mean_y / mean_n
        return alone + more * streams

    def after(self, call: Timed) -> Speed:
        """With one more call."""
        if call.first_seconds is None or call.tokens < LEAST_TOKENS:
            return self
        step = max(0.0, call.seconds - call.first_seconds) / (call.tokens - 1)
        n, weight = max(1.0, call.streams), min(1.0, call.tokens / SOUND_TOKENS)
        if not self.measured:
            mean, spread = call.first_seconds, call.first_seconds / 4
        else:
            off = abs(call.first_seconds - self.first_mean)
            mean = KEPT * self.first_mean + (1 - KEPT) * call.first_seconds
            spread = KEPT * self.first_spread + (1 - KEPT) * off
        return replace(
            self,
            calls=self.calls + 1,
            first_mean=mean,
            first_spread=spread,
            w=KEPT * self.w + weight,
            wn=KEPT * self.wn + weight * n,
            wnn=KEPT * self.wnn + weight * n * n,
            wy=KEPT * self.wy + weight * step,
            wny=KEPT * self.wny + weight * n * step,
        )

    def said(self, *, chain: int, answer: int) -> Speed:
        """With the length of one more chain that ended by itself."""
        return replace(self, chains=(*self.chains, chain)[-REMEMBERED:], answers=(*self.answers, answer)[-REMEMBERED:])


def _quantile(values: tuple[int, ...], share: float, prior: int) -> int:
    """Nearest rank."""
    return sorted(values)[max(0, ceil(share * len(values)) - 1)] if values else prior


@dataclass(slots=True)
class Pace:
    """The speed of one engine while this process uses it."""

    speed: Speed = field(default_factory=Speed)
    running: int = 0
    """Calls at this moment."""
    _busy: float = 0.0
    """Calls times seconds, so far."""
    _since: float = field(default_factory=monotonic)

    def begin(self) -> tuple[float, float]:
        """A call begins; what it gets is for ``end``."""
        now = self._turn(1)
        return now, self._busy

    def end(self, began: tuple[float, float], *, first_seconds: float | None, tokens: int) -> None:
        """A call ended."""
        now = self._turn(-1)
        seconds = now - began[0]
        streams = (self._busy - began[1]) / seconds if seconds > 0 else 1.0
        self.speed = self.speed.after(
            Timed(streams=streams, first_seconds=first_seconds, seconds=seconds, tokens=tokens)
        )

    def _turn(self, change: int) -> float:
        now = monotonic()
        self._busy += self.running * (now - self._since)
        self._since = now
        self.running += change
        return now


_PACES: WeakKeyDictionary[Any, Pace] = WeakKeyDictionary()


def pace_of(engine: object) -> Pace:
    """The pace of this engine, kept while it lives; a fresh one where it cannot be kept."""
    try:
        return _PACES.get(engine) or _PACES.setdefault(engine, Pace())
    except TypeError:  # it can be neither hashed nor referred to weakly
        return Pace()
