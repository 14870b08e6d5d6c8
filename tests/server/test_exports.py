"""The public names of the server and the store are those in ``__all__``, and importing them is cheap until used."""

from __future__ import annotations

import subprocess
import sys

import pytest

import helicon.server
import helicon.store


@pytest.mark.parametrize("package", [helicon.server, helicon.store])
def test_every_public_name_exists(package: object) -> None:
    names: list[str] = package.__all__  # type: ignore[attr-defined]
    assert len(names) == len(set(names))
    for name in names:
        assert getattr(package, name)
    with pytest.raises(AttributeError):
        _ = package.nothing  # type: ignore[attr-defined]


def test_importing_the_packages_imports_nothing_heavy() -> None:
    code = "import sys, helicon.server, helicon.store; print([m for m in HEAVY if m in sys.modules])"
    heavy = ["starlette", "uvicorn", "pydantic", "aiohttp", "sqlalchemy", "prometheus_client"]
    done = subprocess.run(
        [sys.executable, "-c", code.replace("HEAVY", repr(heavy))], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
