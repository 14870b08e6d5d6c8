"""Who a request of the page is: a key's cookie session, a key itself, or the one person of a server without keys.

A session is a random token in a cookie; only its hash is kept. It stands for its key: at each request the key's
rules are looked at anew, so a revoked, expired or removed key ends its sessions at once.
"""

from __future__ import annotations

import hashlib
import secrets
import time
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from helicon.errors import Unauthorized
from helicon.server.auth import Headers, KeyRing, judge
from helicon.server.errors import KeyLimit
from helicon.server.http import Header
from helicon.server.limits import Window

if TYPE_CHECKING:
    from helicon.server.shelf import Shelf

LOCAL = "local"
"""The owner of everything on a server without keys."""
SESSION_SECONDS = 30 * 86400
KNOWN_SECONDS = 5.0
"""A token is looked up again after this, so that a logout at another process counts too."""
MOST_KNOWN = 10_000
WRONG_PER_MINUTE = 10
"""Wrong keys from one address."""
MOST_ADDRESSES = 1000


@dataclass(frozen=True, slots=True)
class Person:
    """Who asks."""

    owner: str
    key: int | None = None
    """The number of the key; ``None`` where the server has none."""


class Sessions:
    """The sessions of one server."""

    def __init__(self, keys: KeyRing, shelf: Shelf) -> None:
        self._keys = keys
        self._shelf = shelf
        self._numbers = {key.owner: number for number, key in enumerate(keys.keys)}
        self._known: OrderedDict[str, tuple[str, float]] = OrderedDict()
        """Owner and when it was looked up, by hash."""
        self._wrong: OrderedDict[str, Window] = OrderedDict()

    @property
    def asked(self) -> bool:
        """Whether anybody has to say who they are."""
        return bool(self._keys)

    async def person(self, headers: Headers, port: int, area: str) -> Person:
        """Who asks, if they may do so in this area.

        Raises:
            Unauthorized: nobody that is known.
            HttpRefusal: 403, their key is for other areas.
            StoreError: sessions cannot be looked up now.
        """
        if not self._keys:
            return Person(LOCAL)
        headers = list(headers)
        if any(name == b"authorization" for name, _ in headers):
            number = self._keys.check(headers, area)
            assert number is not None
            judge(self._keys.keys[number].rules, area)
            return Person(self._keys.keys[number].owner, number)
        if (token := cookie_of(headers, port)) is None:
            raise Unauthorized(
                "nobody is logged in here.", hint="Log in on the page, or send 'Authorization: Bearer KEY'."
            )
        owner = await self._owner(_hash(token))
        known = self._numbers.get(owner) if owner is not None else None
        if owner is None or known is None:
            raise Unauthorized("this login has ended.", hint="Log in again.")
        judge(self._keys.keys[known].rules, area)
        return Person(owner, known)

    async def _owner(self, hashed: str) -> str | None:
        known = self._known.get(hashed)
        if known is not None and time.monotonic() - known[1] < KNOWN_SECONDS:
            return known[0]
        owner = await self._shelf.ask(self._shelf.library.session, hashed, time.time())
        if owner is None:
            self._known.pop(hashed, None)
            return None
        self._known[hashed] = (owner, time.monotonic())
        while len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
        return owner

    async def begin(self, written: str, address: str) -> tuple[Person, str]:
        """Log in with a key; the person and the token of the cookie.

        Raises:
            Unauthorized: the key is wrong, revoked or expired.
            KeyLimit: too many wrong ones came from this address.
            StoreError: the session cannot be kept.
        """
        window = self._window(address)
        now = time.monotonic()
        if window.room(now) <= 0:
            seconds = window.wait_seconds(now)
            raise KeyLimit(
                "too many wrong keys came from your address.",
                hint=f"Try again in {seconds} s.",
                retry_after_seconds=seconds,
            )
        number = self._keys.number_of(written.strip().encode("utf-8", "replace"))
        if number is None:
            window.add(1, now)
            raise Unauthorized("the key is wrong.", hint="Check it, or ask the owner of this server for one.")
        key = self._keys.keys[number]
        judge(key.rules, "page")
        token = secrets.token_urlsafe(32)
        await self._shelf.ask(self._shelf.library.add_session, _hash(token), key.owner, time.time() + SESSION_SECONDS)
        return Person(key.owner, number), token

    def _window(self, address: str) -> Window:
        window = self._wrong.pop(address, None) or Window(WRONG_PER_MINUTE, 60)
        self._wrong[address] = window
        while len(self._wrong) > MOST_ADDRESSES:
            self._wrong.popitem(last=False)
        return window

    async def end(self, headers: Headers, port: int) -> None:
        """Log out: the token opens nothing any more."""
        if (token := cookie_of(headers, port)) is not None:
            hashed = _hash(token)
            self._known.pop(hashed, None)
            await self._shelf.ask(self._shelf.library.end_session, hashed)

    async def end_all(self, owner: str) -> None:
        """Log out everywhere."""
        for hashed in [hashed for hashed, (known, _) in self._known.items() if known == owner]:
            del self._known[hashed]
        await self._shelf.ask(self._shelf.library.end_sessions, owner)

    def may(self, person: Person, area: str) -> bool:
        """Whether their key has that area; everybody may on a server without keys."""
        return person.key is None or area in self._keys.keys[person.key].rules.routes


def cookie_name(port: int) -> str:
    """Cookies do not tell ports apart, so the name does."""
    return f"helicon_{port}"


def set_cookie(port: int, token: str, *, seconds: int = SESSION_SECONDS) -> Header:
    """The header that gives a browser its token; an empty token takes it back."""
    value = f"{cookie_name(port)}={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Strict"
    return (b"set-cookie", value.encode())


def cookie_of(headers: Headers, port: int) -> str | None:
    """The session token of a request."""
    for name, value in headers:
        if name == b"cookie":
            for part in value.decode("latin-1").split(";"):
                given, _, token = part.strip().partition("=")
                if given == cookie_name(port) and token:
                    return token[:200]
    return None


def _hash(token: str) -> str:
    return "sha256:" + hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
