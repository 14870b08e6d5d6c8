"""The HTTP side of an engine: one pooled session over TCP or a UNIX socket, and its failures in our words.

Knows requests and replies as bytes and statuses; what they mean is ``wire``'s and ``reading``'s.
No cookies, no redirects, no proxy on the way to this machine itself.
"""

from __future__ import annotations

import asyncio
import io
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.request import getproxies, proxy_bypass

import aiohttp
from yarl import URL

from helicon.engines.timeouts import DEFAULT_TIMEOUTS, Timeouts, longer
from helicon.errors import BadOption, EngineDied, EngineError, EngineProtocol, EngineTimeout, EngineUnavailable

MAX_REPLY_BYTES = 16 * 1024 * 1024
_LARGE = 1 << 20
_CLOSING = {"Connection": "close"}
_UNSENT = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole reply, not streamed."""

    status: int
    body: str
    headers: Mapping[str, str]

    @property
    def json(self) -> Any:
        """The body read as JSON; ``None`` where it is none."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


def split_url(url: str) -> tuple[URL, URL]:
    """The root and the ``/v1`` base of an endpoint, from either; a path of its own is kept as the base.

    Raises:
        BadOption: it is no http(s) URL.
    """
    try:
        given = URL(url).with_fragment(None).with_query(None)
        host = given.host
    except ValueError as error:
        raise BadOption(f"{url!r} is no URL: {error}.") from error
    if given.scheme not in ("http", "https") or not host:
        raise BadOption(f"{url!r} is no engine's address; expected http(s)://host[:port][/v1].")
    path = given.path.rstrip("/")
    if not path:
        return given.with_path("/"), given.with_path("/v1")
    root = path.removesuffix("/v1")
    return given.with_path(root or "/"), given.with_path(path)


def without_secrets(url: URL) -> str:
    """A URL as it may be shown: no user, password or query."""
    return str(url.with_user(None).with_query(None).with_fragment(None)).rstrip("/")


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Http:
    """One engine's connections."""

    def __init__(
        self,
        base_url: str,
        *,
        key: str | None = None,
        socket_path: str | None = None,
        timeouts: Timeouts = DEFAULT_TIMEOUTS,
    ) -> None:
        self.root, self.base = split_url(base_url)
        self.place = without_secrets(self.base) if socket_path is None else "its socket"
        self.key = key
        self.timeouts = timeouts
        self._socket_path = socket_path
        self._sessions: dict[bool, aiohttp.ClientSession] = {}
        """By whether every request has a fresh connection."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False
        self._chat = self.base / "chat/completions"
        self._headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"

    def __repr__(self) -> str:
        return f"Http({self.place!r})"

    def url(self, path: str) -> URL:
        """A path below the root, such as ``/props`` or ``/v1/models`` (then below the base)."""
        path, _, query = path.partition("?")
        url = self.base / path.removeprefix("/v1/") if path.startswith("/v1/") else self.root / path.lstrip("/")
        return url.with_query(query) if query else url

    @property
    def proxy(self) -> str | None:
        """The environment's proxy for this engine; none on the way to this machine itself."""
        host = self.root.host or ""
        if self._socket_path is not None or is_loopback(host) or proxy_bypass(host):
            return None
        return getproxies().get(self.root.scheme)

    def _open_session(self, *, fresh: bool = False) -> aiohttp.ClientSession:
        """The session with the kept connections, or the one that makes a fresh connection for every request."""
        if self._closed:
            raise EngineUnavailable(f"the engine at {self.place} was closed.", hint="Open it again.")
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._sessions = {}
            self._loop = loop
        session = self._sessions.get(fresh)
        if session is None or session.closed:
            connector: aiohttp.BaseConnector
            if self._socket_path is not None:
                connector = aiohttp.UnixConnector(self._socket_path, limit=0, force_close=fresh)
            else:
                connector = aiohttp.TCPConnector(limit=0, force_close=fresh)
            session = self._sessions[fresh] = aiohttp.ClientSession(
                connector=connector,
                headers=self._headers,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(total=None, sock_connect=self.timeouts.connect),
                proxy=self.proxy,
            )
        return session

    async def stream(self, body: bytes, *, keep: bool = True) -> aiohttp.ClientResponse:
        """Send a chat request; the reply's head has arrived when this returns. The caller closes the reply.

        A connection that ends before any byte of a reply (a kept-alive one that the engine was just closing)
        is tried once more on a fresh one. ``keep``: the connection may serve another request afterwards.

        Raises:
            EngineError: nobody answers, in time or at all.
        """
        headers = None if keep else _CLOSING
        for again in (False, True):
            session = self._open_session(fresh=again or not keep)
            data: Any = body if len(body) < _LARGE else io.BytesIO(body)
            try:
                async with asyncio.timeout(self.timeouts.first_byte):
                    return await session.post(self._chat, data=data, headers=headers, allow_redirects=False)
            except _UNSENT as error:
                if again or isinstance(error, aiohttp.ClientConnectorError):
                    raise self.failure(error) from error
            except (aiohttp.ClientError, TimeoutError, ValueError) as error:
                raise self.failure(error) from error
        raise AssertionError("the second attempt returns or raises")

    async def call(self, method: str, path: str, body: Any = None, *, seconds: float = 30.0) -> Reply:
        """A small request without a stream: ``path`` is below the root.

        Raises:
            EngineError: nobody answers within ``seconds``, or the reply is larger than 16 MiB.
        """
        data = None if body is None else json.dumps(body).encode()
        try:
            async with asyncio.timeout(seconds):
                try:
                    return await self._once(method, path, data)
                except _UNSENT as error:
                    if isinstance(error, aiohttp.ClientConnectorError):
                        raise
                    return await self._once(method, path, data, fresh=True)
        except TimeoutError as error:
            if isinstance(error, aiohttp.ConnectionTimeoutError):
                raise self.failure(error) from error
            raise EngineTimeout(f"{path} at {self.place} took more than {seconds:g} seconds.") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise self.failure(error) from error

    async def _once(self, method: str, path: str, data: bytes | None, *, fresh: bool = False) -> Reply:
        session = self._open_session(fresh=fresh)
        async with session.request(method, self.url(path), data=data, allow_redirects=False) as response:
            return await self.whole(response)

    async def whole(self, response: aiohttp.ClientResponse) -> Reply:
        """The rest of a reply.

        Raises:
            EngineProtocol: it is larger than 16 MiB.
        """
        pieces, size = [], 0
        async for piece in response.content.iter_any():
            size += len(piece)
            if size > MAX_REPLY_BYTES:
                response.close()
                raise EngineProtocol(f"{self.place} answers with more than {MAX_REPLY_BYTES >> 20} MiB.")
            pieces.append(piece)
        return Reply(response.status, b"".join(pieces).decode("utf-8", "replace"), response.headers)

    def failure(self, error: BaseException) -> EngineError:
        """What went wrong below HTTP, in our words."""
        place, timeouts = self.place, self.timeouts
        if isinstance(error, aiohttp.ConnectionTimeoutError):
            return EngineTimeout(
                f"{place} did not take the connection within {timeouts.connect:g} seconds.",
                hint=f"Check the address, or wait longer with {longer('connect')}.",
            )
        if isinstance(error, TimeoutError):
            return EngineTimeout(
                f"{place} was silent for {timeouts.first_byte:g} seconds after the request.",
                hint=f"The engine may be overloaded, or load its model; wait longer with {longer('first_byte')}.",
            )
        if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
            return EngineProtocol(
                f"{place} has no TLS that this machine trusts.", hint="Check the URL and certificate."
            )
        if isinstance(error, aiohttp.ClientConnectorError):
            return EngineUnavailable(
                f"nobody answers at {place} ({error.os_error.strerror or type(error.os_error).__name__}).",
                hint="Start the engine, or check its address; 'helicon models' shows those that run here.",
            )
        if isinstance(error, aiohttp.ClientResponseError):
            return EngineProtocol(f"{place} does not speak HTTP as engines do.", hint="Check the port.")
        return EngineDied(f"the engine at {place} closed the connection without an answer.", hint="Ask again.")

    async def close(self) -> None:
        """Close every connection; a second call does nothing."""
        self._closed = True
        sessions, self._sessions = self._sessions, {}
        if self._loop is asyncio.get_running_loop():
            for session in sessions.values():
                await session.close()
