"""Optional dependencies of training, asked for by name and late."""

from __future__ import annotations

import importlib
from typing import Any


class MissingExtra(ImportError):
    """A package that only training needs is not installed."""

    def __init__(self, package: str) -> None:
        super().__init__(
            f"training needs {package!r}, which is not installed: "
            "install Helicon with its 'train' extra, pip install 'helicon[train]'"
        )
        self.package = package


def need(package: str) -> Any:
    """The module ``package``; typed as Any because the runtime never sees it.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package.split(".")[0]:
            raise
        raise MissingExtra(package) from error
