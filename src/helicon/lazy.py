"""Packages that import their public names when these are first used, so that importing a package costs nothing."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, TypeAlias

Doors: TypeAlias = tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]


def exports(package: str, places: Mapping[str, Sequence[str]]) -> Doors:
    """A package's ``__getattr__``, ``__dir__`` and ``__all__``; ``places`` has the public names of each of its modules.

    Type checkers need the same imports under ``TYPE_CHECKING``.
    """
    modules = {name: module for module, names in places.items() for name in names}

    def get(name: str) -> Any:
        if name not in modules:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{modules[name]}"), name)

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *modules})

    return get, names, sorted(modules)
