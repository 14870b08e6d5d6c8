"""A policy's name, taken apart, and its dials as values: ``NAME[@N][:key=value]...``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from helicon.errors import BadOption
from helicon.evals.votes import SCORES, Score

Dials: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Spec:
    """A policy's name, taken apart."""

    text: str
    name: str
    count: int | None
    dials: Dials = field(default_factory=dict)

    def whole(self, key: str, usual: int, least: int = 1) -> int:
        """A dial that is a whole number."""
        said = self.dials.get(key)
        if said is None:
            return usual
        if not said.isdecimal() or int(said) < least:
            raise BadOption(f"the policy {self.text!r}: {key} is {said!r}; expected a whole number from {least} on.")
        return int(said)

    def share(self, key: str, usual: float) -> float:
        """A dial from 0 to 1."""
        said = self.dials.get(key)
        try:
            value = usual if said is None else float(said)
        except ValueError:
            value = -1.0
        if not 0 <= value <= 1:
            raise BadOption(f"the policy {self.text!r}: {key} is {said!r}; expected a number from 0 to 1.")
        return value

    def score(self, usual: Score | None) -> Score | None:
        """Which confidence weighs."""
        said = self.dials.get("score")
        if said is None:
            return usual
        for score in SCORES:
            if said == score:
                return score
        raise BadOption(f"the policy {self.text!r}: score is {said!r}; expected one of {', '.join(SCORES)}.")


def read_spec(text: str) -> Spec:
    """Take a policy's name apart.

    Raises:
        BadOption: a part has a wrong form.
    """
    head, *parts = text.strip().split(":")
    name, at, number = head.partition("@")
    if at and (not number.isdecimal() or int(number) < 1):
        raise BadOption(f"the policy {text!r} has {number!r} chains; expected a whole number, like majority@16.")
    dials: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or not key or not value:
            raise BadOption(f"the policy {text!r}: the part {part!r} is no KEY=VALUE.")
        if key in dials:
            raise BadOption(f"the policy {text!r} names the dial {key!r} twice.")
        dials[key] = value
    return Spec(text.strip(), name, int(number) if number else None, dials)
