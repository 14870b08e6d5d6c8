"""The HTTP server: OpenAI's wire in front of Helicon's modes. Names are imported when first used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helicon.server.app import App as App
    from helicon.server.app import create_app as create_app
    from helicon.server.auth import KeyRing as KeyRing
    from helicon.server.models import Registry as Registry
    from helicon.server.models import registry_of as registry_of
    from helicon.server.serving import bind as bind
    from helicon.server.serving import run as run
    from helicon.server.serving import serve as serve
    from helicon.server.settings import Settings as Settings

_PLACES = {
    "app": ("App", "create_app"),
    "auth": ("KeyRing",),
    "models": ("Registry", "registry_of"),
    "serving": ("bind", "run", "serve"),
    "settings": ("Settings",),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = ["App", "KeyRing", "Registry", "Settings", "bind", "create_app", "registry_of", "run", "serve"]


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{module}"), name)
