"""The engines' public names.

1. Every name in ``__all__`` is there, and every one that type checkers see is in ``__all__``.
2. Importing the package, or the protocol's values, loads no HTTP client, no native code and no pydantic.
3. The host imports nothing of Helicon.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import helicon.engines

HEAVY = ("aiohttp", "pydantic", "xllamacpp", "huggingface_hub", "rich", "sympy", "starlette")


def test_every_public_name_is_there() -> None:
    for name in helicon.engines.__all__:
        assert getattr(helicon.engines, name) is not None
        assert name in dir(helicon.engines)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = helicon.engines.nothing


def test_type_checkers_see_the_same_names() -> None:
    tree = ast.parse(Path(helicon.engines.__file__).read_text(encoding="utf-8"))
    seen = {alias.asname for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    assert seen - {None} == set(helicon.engines.__all__)


def loaded_by(code: str) -> set[str]:
    """Top-level modules that a fresh process has after running ``code``."""
    command = [sys.executable, "-c", f"import sys; {code}; print(*{{m.split('.')[0] for m in sys.modules}})"]
    return set(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split())


def test_nothing_heavy_is_imported_early() -> None:
    code = "import helicon.engines; from helicon.engines import Request, parse_spec, check_file, discover, open_engine"
    assert not loaded_by(code) & set(HEAVY)


def test_the_host_imports_nothing_of_helicon() -> None:
    path = Path(helicon.engines.__file__).with_name("child.py")
    imports = [
        node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.ImportFrom)
    ]
    assert not [node for node in imports if (node.module or "").startswith("helicon")]
