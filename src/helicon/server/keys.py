"""What one key may do: the words behind it in the key file. Values and one parser; no I/O, no clock.

::

    hk-0123456789abcdef                    everything
    hk-fedcba9876543210 running=2 tokens_per_minute=20000 expires=2027-06-30
    sha256:9f86d0...    routes=metrics
    hk-lost000000000000 revoked
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import UTC, datetime

from helicon.errors import SetupError

ROUTES = ("chat", "models", "metrics", "page")
"""The areas of a key without ``routes=``."""
AREAS = (*ROUTES, "engines")
"""The areas that ``routes=`` chooses from, joined by ``+``. ``engines`` (adding and removing models from the page)
makes this server read files and call addresses, so a key has it only where its line says so."""
UNKNOWN_ROUTES = "nowhere"
"""The area of paths that lead nowhere: open to every key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Bounds of one key; ``None`` is none. The windows slide."""

    routes: tuple[str, ...] = ROUTES
    expires: float | None = None
    """Seconds of the epoch from which on it opens nothing."""
    revoked: bool = False
    running: int | None = None
    """Requests at once, waiting ones included; ``None`` is the usual share."""
    requests_per_minute: int | None = None
    tokens_per_minute: int | None = None
    """Tokens that the engine read or wrote for it: prompts less what was cached, thinking and answers."""
    tokens_per_day: int | None = None
    money_per_day: float | None = None
    """In the currency of the engines' prices."""


ANYTHING = Rules()
COUNTS = ("running", "requests_per_minute", "tokens_per_minute", "tokens_per_day")
WORDS = ", ".join(f"{one.name}=..." if one.name != "revoked" else "revoked" for one in fields(Rules))


def parse_rules(words: Sequence[str], *, place: str) -> Rules:
    """The rules that ``words`` say; ``place`` names the key in messages, without showing it.

    Raises:
        SetupError: an unknown or doubled word, or a value of a wrong form.
    """
    given: dict[str, object] = {}
    for word in words:
        name, mark, value = word.partition("=")
        if name in given:
            raise SetupError(f"{place} says {name!r} twice; expected once.")
        if name == "revoked" and not mark:
            given[name] = True
        elif name == "routes" and mark:
            given[name] = _routes(value, place)
        elif name == "expires" and mark:
            given[name] = _moment(value, place)
        elif name in COUNTS and mark:
            given[name] = _count(name, value, place)
        elif name == "money_per_day" and mark:
            given[name] = _money(value, place)
        else:
            raise SetupError(f"{place} is followed by a word that is not known; expected one of {WORDS}.")
    return Rules(**given)  # type: ignore[arg-type]


def _routes(value: str, place: str) -> tuple[str, ...]:
    routes = tuple(value.split("+"))
    if not set(routes) <= set(AREAS):
        raise SetupError(f"routes of {place} is {value!r}; expected one or more of {'+'.join(AREAS)}.")
    return routes


def _moment(value: str, place: str) -> float:
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        raise SetupError(
            f"expires of {place} is {value!r}; expected a date as 2027-06-30 or 2027-06-30T12:00+02:00."
        ) from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _count(name: str, value: str, place: str) -> int:
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 16 and int(value)):
        raise SetupError(f"{name} of {place} is {value[:40]!r}; expected a whole number above 0.")
    return int(value)


def _money(value: str, place: str) -> float:
    try:
        amount = float(value)
    except ValueError:
        amount = 0.0
    if not 0 < amount < 1e12:
        raise SetupError(f"money_per_day of {place} is {value[:40]!r}; expected a number above 0.")
    return amount
