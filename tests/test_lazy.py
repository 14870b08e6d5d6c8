"""Packages that import their names when these are first used.

1. A name comes from its module, which is imported then and not before.  2. ``dir`` and ``__all__`` show every name.
3. An unknown name is refused as Python does it.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

import helicon
from helicon import engines, evals, modes, store
from helicon.lazy import exports


def test_a_module_is_imported_with_its_first_name() -> None:
    program = """
import sys, helicon.modes
assert "helicon.modes.planning" not in sys.modules
from helicon.modes import parse_plan
assert parse_plan is sys.modules["helicon.modes.planning"].parse_plan
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


@pytest.mark.parametrize("package", [engines, evals, modes, store])
def test_every_name_is_shown(package: object) -> None:
    assert set(getattr(package, "__all__")) <= set(dir(package))  # noqa: B009 - mypy takes it for a module
    assert "__name__" in dir(package)


def test_an_unknown_name_is_refused() -> None:
    get, _, names = exports("helicon.modes", {"planning": ["parse_plan"]})
    assert names == ["parse_plan"]
    with pytest.raises(AttributeError, match=r"module 'helicon.modes' has no attribute 'plan'"):
        get("plan")
    assert not hasattr(helicon, "nonsense")
