"""What the server is told: one frozen value, checked before anything is opened."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field

from helicon.errors import SetupError
from helicon.server.auth import KeyRing

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Settings of one server. Times in seconds, sizes in bytes."""

    host: str = "127.0.0.1"
    port: int = 8400
    """0 takes any free port."""
    keys: KeyRing = field(default_factory=KeyRing)
    """Empty: no keys asked, and only loopback may be bound."""
    allowed_hosts: tuple[str, ...] = ()
    """Names clients may use for this server in ``Host``, besides loopback's. Empty on another address than
    loopback: any name, because there a key guards every route."""
    allowed_origins: tuple[str, ...] = ()
    """Web origins (``https://chat.example``) whose pages may call this server, besides its own."""
    database: str | None = None
    """A SQLAlchemy URL, or a path for SQLite: keeps the runs of /v1, and the page's conversations too. ``None``
    keeps no runs of /v1."""
    data: str | None = None
    """The folder in which the page's conversations are kept where there is no ``database``; ``None`` keeps them in
    memory. A folder that does not work does not stop the server: the page says why."""
    max_running: int = 16
    """Runs at once; the rest waits."""
    max_waiting: int = 64
    """Runs that may wait; beyond it a request is answered with 429."""
    max_body: int = 32 * MIB
    max_image: int = 10 * MIB
    max_import: int = 1024 * MIB
    """Of an export that is imported; it is read in pieces."""
    allow_image_urls: bool = True
    """Fetch ``http(s)`` pictures from public addresses; data URIs always work."""
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    stall_seconds: float = 30.0
    """A client that reads nothing for this long is cut off."""
    idle_seconds: float = 60.0
    """Keep-alive between two requests of one connection."""
    grace_seconds: float = 10.0
    """From the first SIGTERM to the end of the process."""
    max_headers: int = 100
    max_header_bytes: int = 32 * 1024

    def __post_init__(self) -> None:
        if not 0 <= self.port <= 65535:
            raise SetupError(f"port is {self.port!r}; expected a number from 0 to 65535.")
        for name in ("max_running", "max_body", "max_image"):
            if getattr(self, name) < 1:
                raise SetupError(f"{name} is {getattr(self, name)!r}; expected a whole number above 0.")
        if self.max_waiting < 0:
            raise SetupError(f"max_waiting is {self.max_waiting!r}; expected 0 or more.")
        if not self.keys and not is_loopback(self.host):
            raise SetupError(
                f"host {self.host!r} can be reached from other machines, and there is no key.",
                hint="Give keys with --api-key-file FILE or HELICON_API_KEYS, or bind to 127.0.0.1.",
            )


def is_loopback(host: str) -> bool:
    """Whether ``host``, as given to bind to, is this machine only. Names other than ``localhost`` are not."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
