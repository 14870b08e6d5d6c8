"""Fetching what a stranger names, without reaching anything private.

A name is resolved once, every address it has is judged, and the connection goes to exactly a judged
address: judged again on the socket at the moment of connecting, so that neither a rebinding resolver nor
an odd spelling of an address gets past. Redirects start over. No proxies, no cookies, no credentials.

What this does not cover: a public address that forwards into a private network, and this machine's own
public address.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import SplitResult, urljoin, urlsplit

from helicon.errors import BadImage, ForbiddenAddress

if TYPE_CHECKING:
    import aiohttp
    from aiohttp.abc import ResolveResult

IPv4: TypeAlias = ipaddress.IPv4Address
IPv6: TypeAlias = ipaddress.IPv6Address

# IANA's special-purpose registries, and addresses clouds use for themselves.
_FORBIDDEN_V4 = tuple(
    ipaddress.IPv4Network(net)
    for net in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.31.196.0/24",
        "192.52.193.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "192.175.48.0/24",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GLOBAL_V6 = ipaddress.IPv6Network("2000::/3")
_FORBIDDEN_V6 = tuple(
    ipaddress.IPv6Network(net) for net in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_CREDENTIALS = re.compile(r"(?<=//)[^/?#]*@")
"""Never shown: what stands in a message also stands in logs."""
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)


def forbidden(address: str) -> str:
    """Why ``address`` (as a resolver gives it) must not be reached; empty when it may be."""
    if "%" in address:
        return "it has a scope"
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return "it is no address"
    return _forbidden_v4(ip) if isinstance(ip, IPv4) else _forbidden_v6(ip)


def _forbidden_v4(ip: IPv4) -> str:
    return next((f"it is in {net}" for net in _FORBIDDEN_V4 if ip in net), "")


def _forbidden_v6(ip: IPv6) -> str:
    number = int(ip)
    if ip in _MAPPED or ip in _NAT64:
        return _forbidden_v4(IPv4(number & 0xFFFFFFFF))
    if ip not in _GLOBAL_V6:
        return f"it is outside {_GLOBAL_V6}"
    if (number >> 32) & 0xFFFFFFFF in _ISATAP and (reason := _forbidden_v4(IPv4(number & 0xFFFFFFFF))):
        return reason
    return next((f"it is in {net}" for net in _FORBIDDEN_V6 if ip in net), "")


Judge: TypeAlias = Callable[[str], str]
Lookup: TypeAlias = Callable[[str, int], "asyncio.Future[list[str]]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What may be fetched. The defaults are the guard; tests replace them to show that it is what holds."""

    judge: Judge = forbidden
    ports: frozenset[int] | None = frozenset({80, 443})
    """``None`` allows any."""
    max_bytes: int = 10 * 1024 * 1024
    seconds: float = 15.0
    """For the whole fetch, redirects included."""
    redirects: int = 5
    resolve: Callable[[str, int], object] | None = field(default=None, repr=False)
    """An async function from host and port to a list of addresses; ``None`` asks the system."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """What came."""

    data: bytes = field(repr=False)
    media_type: str
    url: str
    """The last one, after redirects."""


async def fetch(url: str, policy: Policy | None = None) -> Fetched:
    """The bytes at ``url``.

    Raises:
        ForbiddenAddress: the scheme, port, spelling or address is not allowed, at any redirect.
        BadImage: nothing could be fetched: no answer, an error status, too large, too slow.
    """
    import aiohttp

    policy = policy or Policy()
    try:
        async with asyncio.timeout(policy.seconds):
            return await _follow(url, policy)
    except TimeoutError as error:
        raise BadImage(f"{_short(url)} did not answer within {policy.seconds:g} s.") from error
    except (aiohttp.ClientError, OSError, UnicodeError, ValueError) as error:
        if isinstance(error, ForbiddenAddress | BadImage):
            raise
        cause = error.__cause__ or error.__context__
        if isinstance(cause, ForbiddenAddress):
            raise cause from None
        raise BadImage(f"{_short(url)} cannot be fetched: the connection failed.", hint="Send it inline.") from error


async def _follow(url: str, policy: Policy) -> Fetched:
    for _ in range(policy.redirects + 1):
        parts = check_url(url, policy)
        addresses = await _judged(parts, policy)
        found = await _get(url, addresses, policy)
        if isinstance(found, Fetched):
            return found
        url = urljoin(url, found)
    raise BadImage(f"{_short(url)} is behind more than {policy.redirects} redirects.")


def check_url(url: str, policy: Policy) -> SplitResult:
    """The parts of a URL whose form is allowed.

    Raises:
        ForbiddenAddress: another scheme than http(s), credentials, a port or a spelling that is not allowed.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ForbiddenAddress(f"{_short(url)} is no URL: {error}.") from error
    if parts.scheme not in ("http", "https"):
        raise ForbiddenAddress(f"{_short(url)} has the scheme {parts.scheme!r}; expected http or https.")
    if any(character <= " " or character in "\\\x7f" for character in url):
        raise ForbiddenAddress(f"{_short(url)} holds characters no URL has.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise ForbiddenAddress(f"{_short(url)} holds credentials; expected none.")
    if not parts.hostname:
        raise ForbiddenAddress(f"{_short(url)} has no host.")
    if policy.ports is not None and (port or (443 if parts.scheme == "https" else 80)) not in policy.ports:
        raise ForbiddenAddress(f"{_short(url)} asks for port {port}; expected one of {sorted(policy.ports)}.")
    return parts


async def _judged(parts: SplitResult, policy: Policy) -> list[str]:
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if policy.resolve is not None:
        found: list[str] = await policy.resolve(host, port)  # type: ignore[misc]
    else:
        infos = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        found = [str(info[4][0]) for info in infos]
    for address in found:
        if reason := policy.judge(address):
            raise ForbiddenAddress(
                f"{_short(parts.hostname or parts.netloc)} leads to {address}, which must not be fetched: {reason}.",
                hint="Send the picture inline as a data URI.",
            )
    if not found:
        raise BadImage(f"{_short(parts.hostname or parts.netloc)} has no address.")
    return found


async def _get(url: str, addresses: list[str], policy: Policy) -> Fetched | str:
    """One request to one of ``addresses``: the body, or where a redirect leads."""
    import aiohttp

    connector = aiohttp.TCPConnector(
        resolver=_pinned(addresses), use_dns_cache=False, force_close=True, socket_factory=_judging(policy.judge)
    )
    async with (
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False, trust_env=False
        ) as session,
        session.get(
            url, allow_redirects=False, headers={"accept": "image/*", "accept-encoding": "identity"}
        ) as response,
    ):
        if response.status in (301, 302, 303, 307, 308) and "location" in response.headers:
            return response.headers["location"]
        if response.status != 200:
            raise BadImage(f"{_short(url)} answered with status {response.status}; expected 200.")
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise BadImage(f"{_short(url)} answered compressed, which was not asked for.")
        data = bytearray()
        async for chunk in response.content.iter_any():
            data += chunk
            if len(data) > policy.max_bytes:
                raise BadImage(f"{_short(url)} is larger than {policy.max_bytes} bytes.")
        return Fetched(bytes(data), response.content_type, url)


def _pinned(addresses: list[str]) -> aiohttp.abc.AbstractResolver:
    """A resolver that knows only ``addresses``, whatever it is asked."""
    from aiohttp.abc import AbstractResolver

    class Pinned(AbstractResolver):
        async def resolve(
            self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
        ) -> list[ResolveResult]:
            return [
                {
                    "hostname": host,
                    "host": address,
                    "port": port,
                    "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                    "proto": 0,
                    "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
                }
                for address in addresses
            ]

        async def close(self) -> None:
            return

    return Pinned()


def _judging(judge: Judge) -> Callable[[tuple[object, ...]], socket.socket]:
    """A maker of sockets that refuses the address it is about to connect to."""

    def make(info: tuple[object, ...]) -> socket.socket:
        family, kind, protocol, _, address = info
        assert isinstance(address, tuple)
        if reason := judge(str(address[0])):
            raise ForbiddenAddress(f"{address[0]} must not be fetched: {reason}.")
        return socket.socket(family, kind, protocol)  # type: ignore[arg-type]

    return make


def _short(url: str) -> str:
    url = _CREDENTIALS.sub("...@", url)
    return repr(url if len(url) <= 120 else url[:117] + "...")
