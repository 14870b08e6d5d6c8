"""The house's own rules, read off the source.

1. Imports go down the list of CONTRIBUTING.md, never up.
2. A package's ``__all__`` names what is there.
3. No handler swallows a cancellation: neither a bare ``except`` nor ``except BaseException`` without a ``raise``.
4. A stream of our own is iterated inside ``aclosing``, so that leaving early closes it at once.
5. The values at the top level import nothing that waits, talks or validates.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "helicon"
LAYERS = ["cli", "server", "web", "evals", "training", "modes", "store", "engines", "families", "audit", "values"]
"""From the rim to the middle."""
VALUES = {"budgets", "errors", "events", "ledger", "messages", "svg_text", "timeline", "timeline_fold", "timeline_svg"}
FILES = sorted(PACKAGE.rglob("*.py"))
PACKAGES = ["helicon", *(f"helicon.{name}" for name in LAYERS if name != "values")]


def layer(parts: tuple[str, ...]) -> str | None:
    """The layer of a module given as the parts after ``helicon``; ``None`` for the package's own doors."""
    if not parts or parts[0] in ("__init__", "__main__"):
        return None
    return "values" if parts[0] in VALUES or parts[0] == "lazy" else parts[0]


def imports(tree: ast.AST) -> Iterator[tuple[str, ...]]:
    for node in ast.walk(tree):
        names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        for name in names:
            if name.startswith("helicon."):
                yield tuple(name.split(".")[1:])


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_down(path: Path) -> None:
    here = layer(path.relative_to(PACKAGE).with_suffix("").parts)
    if here is None:
        return
    for parts in imports(ast.parse(path.read_text(encoding="utf-8"))):
        there = layer(parts)
        assert there is not None, f"{path} imports the package's own door"
        assert LAYERS.index(here) <= LAYERS.index(there), f"{here} imports {'.'.join(parts)}"


@pytest.mark.parametrize("name", PACKAGES)
def test_public_names_exist(name: str) -> None:
    if name == "helicon.training":
        pytest.importorskip("torch")
    module = importlib.import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        assert getattr(module, public) is not None or public == "__version__"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_no_handler_swallows_a_cancellation(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ExceptHandler):
            continue
        assert node.type is not None, f"{path}:{node.lineno}: a bare except"
        broad = isinstance(node.type, ast.Name) and node.type.id == "BaseException"
        raises = any(isinstance(inner, ast.Raise) for inner in ast.walk(node))
        assert raises or not broad, f"{path}:{node.lineno}: except BaseException without a raise"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_streams_are_iterated_inside_aclosing(path: Path) -> None:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.AsyncFor) and isinstance(node.iter, ast.Call):
            called = node.iter.func
            name = called.attr if isinstance(called, ast.Attribute) else getattr(called, "id", "")
            assert name.startswith("iter_"), f"{path}:{node.lineno}: put {name}(...) into `async with aclosing`"


@pytest.mark.parametrize("name", sorted(VALUES))
def test_values_do_no_io(name: str) -> None:
    tree = ast.parse((PACKAGE / f"{name}.py").read_text(encoding="utf-8"))
    outside = {
        (node.module or "").split(".")[0] if isinstance(node, ast.ImportFrom) else node.names[0].name.split(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom | ast.Import)
    }
    allowed = {"__future__", "collections", "dataclasses", "functools", "helicon", "types", "typing"}
    assert outside <= allowed, f"{name}.py imports {sorted(outside - allowed)}"
