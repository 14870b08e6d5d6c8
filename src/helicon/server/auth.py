"""Who may ask: keys, the ``Host`` and ``Origin`` headers. Pure functions of headers; nothing is read but one key file.

Keys are kept as SHA-256 digests and compared in constant time over all keys. They never appear in a
message, a log or a ``repr``. Slow hashes are for passwords of people; keys are random and long.
What a key may do (its routes, its end, its limits) is in ``helicon.server.keys``.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

from helicon.errors import SetupError, Unauthorized
from helicon.server.errors import HttpRefusal
from helicon.server.keys import ANYTHING, AREAS, Rules, parse_rules

Headers = Iterable[tuple[bytes, bytes]]

MIN_KEY_CHARACTERS = 16
HASHED = "sha256:"
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "[::1]"})
_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_](?:[a-z0-9._-]*[a-z0-9_])?\.?)(?::(?P<port>\d{1,5}))?")
_HASH = re.compile(r"[0-9a-f]{64}")
_VISIBLE = re.compile(r"[!-~]+")


@dataclass(frozen=True, slots=True)
class Key:
    """One key, without the key."""

    digest: bytes = field(repr=False)
    rules: Rules = ANYTHING

    @property
    def owner(self) -> str:
        """Whose conversations it opens: the same for this key wherever it stands and whatever its rules say.
        The key and its digest cannot be found from it."""
        return "key_" + hashlib.sha256(b"helicon owner\0" + self.digest).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class KeyRing:
    """The keys that open this server, as SHA-256 digests; empty means that no key is asked."""

    keys: tuple[Key, ...] = ()

    def __len__(self) -> int:
        return len(self.keys)

    @classmethod
    def of(cls, lines: Iterable[str], *, source: str = "the given keys") -> KeyRing:
        """Keys as people write them: the key itself, or ``sha256:`` and its hex digest, and its rules behind it.

        Raises:
            SetupError: a key is too short or has characters that no header can carry, or its rules are wrong.
        """
        keys: list[Key] = []
        for number, line in enumerate(lines, start=1):
            place = f"key {number} of {source}"
            written, *words = line.split(" ")
            if words and not any("=" in word or word == "revoked" for word in words):
                written, words = line, []
            keys.append(Key(_digest(written, place), parse_rules([word for word in words if word], place=place)))
        return cls() + cls(tuple(keys))

    @classmethod
    def from_text(cls, text: str, *, source: str) -> KeyRing:
        """One key a line (or separated by commas); empty lines and ``#`` comments are left out."""
        lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
        keys = (" ".join(part.split()) for line in lines for part in line.split(","))
        return cls.of([key for key in keys if key], source=source)

    @classmethod
    def from_file(cls, path: Path) -> KeyRing:
        """The keys of a file.

        Raises:
            SetupError: it cannot be read, or holds no key.
        """
        try:
            text = path.read_text("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            raise SetupError(
                f"the key file {str(path)!r} cannot be read: {error}.", hint="Check --api-key-file."
            ) from error
        ring = cls.from_text(text, source=str(path))
        if not ring:
            raise SetupError(f"the key file {str(path)!r} holds no key.", hint="Write one key a line.")
        return ring

    def __add__(self, other: KeyRing) -> KeyRing:
        """Both together; a key that is in both counts once.

        Raises:
            SetupError: one key with two different rules.
        """
        merged: dict[bytes, Key] = {}
        for key in (*self.keys, *other.keys):
            if merged.setdefault(key.digest, key) != key:
                raise SetupError("the same key is given twice with different rules.", hint="Keep one of the two lines.")
        return KeyRing(tuple(merged.values()))

    def number_of(self, token: bytes) -> int | None:
        """Which of the keys ``token`` is, from 0. Takes the same time for every wrong one."""
        digest = hashlib.sha256(token).digest()
        found = None
        for number, known in enumerate(self.keys):
            if hmac.compare_digest(known.digest, digest):
                found = number
        return found

    def opens(self, token: bytes) -> bool:
        """Whether ``token`` is one of the keys."""
        return self.number_of(token) is not None

    def check(self, headers: Headers, area: str = "") -> int | None:
        """Let a request with a right ``Authorization: Bearer`` pass: the key's number, ``None`` where none is asked.

        ``area`` is what the matched route belongs to, see ``keys.AREAS``.

        Raises:
            Unauthorized: no such header, several, another scheme, a wrong, revoked or expired key.
            HttpRefusal: 403, a right key that is for other routes.
        """
        if not self.keys:
            return None
        given = [value for name, value in headers if name == b"authorization"]
        hint = "Send the header 'Authorization: Bearer KEY' with one of this server's keys."
        if len(given) != 1:
            raise Unauthorized("no API key was given." if not given else "more than one API key was given.", hint=hint)
        scheme, _, token = given[0].partition(b" ")
        number = self.number_of(token.strip()) if scheme.lower() == b"bearer" else None
        if number is None:
            raise Unauthorized("the API key is wrong.", hint=hint)
        if (rules := self.keys[number].rules) is not ANYTHING:
            judge(rules, area)
        return number


def _digest(written: str, place: str) -> bytes:
    if written.startswith(HASHED):
        hexed = written.removeprefix(HASHED).lower()
        if not _HASH.fullmatch(hexed):
            raise SetupError(f"{place}: after {HASHED!r} 64 hexadecimal digits are expected.")
        return bytes.fromhex(hexed)
    if len(written) < MIN_KEY_CHARACTERS or not _VISIBLE.fullmatch(written):
        raise SetupError(
            f"{place} has {len(written)} characters or some that are not visible ASCII; "
            f"expected at least {MIN_KEY_CHARACTERS}.",
            hint="Make one with: python -c \"import secrets; print('hk-' + secrets.token_urlsafe(32))\"",
        )
    return hashlib.sha256(written.encode()).digest()


def judge(rules: Rules, area: str) -> None:
    """Let a right key pass where it may do this now.

    Raises:
        Unauthorized: it was revoked, or has expired.
        HttpRefusal: 403, it is for other routes.
    """
    ask = "Ask the owner of this server for another key."
    if rules.revoked:
        raise Unauthorized("this API key was revoked.", hint=ask)
    if rules.expires is not None and time.time() >= rules.expires:
        raise Unauthorized("this API key has expired.", hint=ask)
    if area in AREAS and area not in rules.routes:
        raise HttpRefusal(
            f"this API key is for {' and '.join(rules.routes)} only, not for {area}.",
            hint=ask,
            status=403,
            code="key_routes",
        )


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Which ``Host`` and ``Origin`` headers may come in, so that no foreign web page can use this server."""

    hosts: frozenset[str] | None
    """Lower-case names without port; ``None`` lets every well-formed name in."""
    origins: frozenset[str] = frozenset()

    def check(self, headers: Headers) -> None:
        """Judge one request's headers.

        Raises:
            HttpRefusal: 400 for a missing or malformed ``Host``, 421 for a foreign one, 403 for a foreign ``Origin``.
        """
        hosts: list[bytes] = []
        origins: list[bytes] = []
        for name, value in headers:
            if name == b"host":
                hosts.append(value)
            elif name == b"origin":
                origins.append(value)
        if len(hosts) != 1:
            raise HttpRefusal(f"{len(hosts)} Host headers came; expected one.", code="bad_host")
        host = hosts[0].decode("latin-1").lower()
        parsed = _HOST.fullmatch(host)
        if parsed is None:
            raise HttpRefusal("the Host header is malformed; expected NAME or NAME:PORT.", code="bad_host")
        if self.hosts is not None and parsed["name"].rstrip(".") not in self.hosts:
            raise HttpRefusal(
                f"this server does not answer to the name {parsed['name'][:80]!r}.",
                hint="Use its address, or allow the name with --allow-host.",
                status=421,
                code="foreign_host",
            )
        if origins and not self._known(origins, host):
            raise HttpRefusal(
                "a web page of another origin may not use this server.",
                hint="Allow it with --allow-origin if it is yours.",
                status=403,
                code="foreign_origin",
            )

    def _known(self, origins: list[bytes], host: str) -> bool:
        if len(origins) != 1:
            return False
        origin = origins[0].decode("latin-1").lower()
        return origin in self.origins or origin in (f"http://{host}", f"https://{host}")


def doorkeeper(*, loopback: bool, allowed_hosts: Iterable[str] = (), allowed_origins: Iterable[str] = ()) -> Doorkeeper:
    """The rules of a server: on loopback only loopback's names and the allowed ones; elsewhere, where keys
    guard every route, the allowed ones or, when none are named, any.

    Raises:
        SetupError: an allowed host or origin is malformed.
    """
    names = set()
    for name in allowed_hosts:
        if not (parsed := _HOST.fullmatch(name.lower())):
            raise SetupError(f"allowed host {name!r} is no name; expected for example 'helicon.example'.")
        names.add(parsed["name"].rstrip("."))
    origins = set()
    for origin in allowed_origins:
        parts = urlsplit(origin.lower().rstrip("/"))
        if parts.scheme not in ("http", "https") or not parts.netloc or parts.path or parts.query:
            raise SetupError(f"allowed origin {origin!r} is none; expected for example 'https://chat.example'.")
        origins.add(f"{parts.scheme}://{parts.netloc}")
    hosts = frozenset(names | LOOPBACK_NAMES) if loopback or names else None
    return Doorkeeper(hosts, frozenset(origins))
