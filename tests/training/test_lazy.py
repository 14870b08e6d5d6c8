"""Importing the package needs nothing heavy, and names what is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import helicon.training
from helicon.training.extra import MissingExtra, need


def test_torch_is_not_imported() -> None:
    code = (
        "import sys, helicon.training as t; t.make_question('product', 1); t.NanoConfig();"
        " print({'torch', 'numpy', 'reasoning_gym', 'gguf'} & set(sys.modules))"
    )
    found = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert found.stdout.strip() == "set()"


def test_a_missing_package_names_the_extra() -> None:
    with pytest.raises(MissingExtra, match=r"'no_such_package'.*helicon\[train\]"):
        need("no_such_package")


def test_public_names_exist() -> None:
    from helicon.training import _HOME

    assert sorted(_HOME) == sorted(helicon.training.__all__)
    with pytest.raises(AttributeError, match="nothing_here"):
        _ = helicon.training.nothing_here
