"""The vendored libraries.

Contract:
1. The committed files are exactly those of ``VENDORED.json``; a changed, missing or unknown one is told by name.
2. Each package has its version, its licence and the hash of the archive it came from.
3. What is done to a file stops where it does not fit: a patch that is not found, an import that is not vendored.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from helicon.web import FOLDER

SCRIPT = Path(__file__).parents[2] / "scripts" / "vendor.py"


@pytest.fixture
def vendor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The script, over a copy of the folder."""
    spec = importlib.util.spec_from_file_location("vendor", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, "vendor", module)
    spec.loader.exec_module(module)
    copy = tmp_path / "lib"
    shutil.copytree(FOLDER / "lib", copy)
    monkeypatch.setattr(module, "LIB", copy)
    monkeypatch.setattr(module, "PINS", copy / "VENDORED.json")
    return module


def test_the_committed_files_are_the_pinned_ones() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "--check"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("path", "text", "told"),
    [
        ("preact.js", "changed", "preact.js is sha256:"),
        ("marked.js", None, "marked.js is missing"),
        ("new.js", "new", "new.js is not pinned"),
        ("temml/more.js", "new", "temml/more.js is not pinned"),
    ],
)
def test_a_file_that_differs_is_told(vendor: ModuleType, path: str, text: str | None, told: str) -> None:
    vendor.check()
    if text is None:
        (vendor.LIB / path).unlink()
    else:
        (vendor.LIB / path).write_text(text)
    with pytest.raises(vendor.VendorError, match=told):
        vendor.check()


def test_each_package_has_its_licence_and_its_pins(vendor: ModuleType) -> None:
    pins = json.loads(vendor.PINS.read_text("utf-8"))["packages"]
    assert [pin["name"] for pin in pins] == [package.name for package in vendor.PACKAGES]
    for pin in pins:
        assert pin["licence"] in {"MIT", "Apache-2.0", "BSD-3-Clause", "OFL-1.1"}
        assert pin["archive"].startswith("sha256:")
        assert pin["source"] == f"npm:{pin['name']}@{pin['version']}"
        licence = (vendor.LIB / vendor.licence_name(pin["name"])).read_text("utf-8")
        assert "opyright" in licence


def test_a_library_without_its_source_map_imports_its_neighbours(vendor: ModuleType) -> None:
    file = vendor.File("dist/x.mjs", "x.js", bare_imports=True)
    made = vendor.transform(
        file, b'import{h}from"preact";import{useRef}from "preact/hooks";\n//# sourceMappingURL=x.map'
    )
    assert made == b'import{h}from"./preact.js";import{useRef}from "./hooks.js";\n'
    script = vendor.transform(vendor.File("x.js", "x.js", exports="one"), b"var one=1;")
    assert script == b"var one=1;\nexport default one;\n"
    with pytest.raises(vendor.VendorError, match="imports 'react', which is not vendored"):
        vendor.transform(file, b'import x from"react";')
    patched = vendor.File("x.js", "x.js", patches=(("old", "new"),))
    with pytest.raises(vendor.VendorError, match="is there 2 times, expected 1"):
        vendor.transform(patched, b"old old")


def test_an_archive_with_another_hash_is_refused(
    vendor: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "package.tgz").write_bytes(b"something else")
    monkeypatch.setattr(
        vendor.subprocess, "run", lambda *_, **__: subprocess.CompletedProcess((), 0, stdout="[]", stderr="")
    )
    with pytest.raises(vendor.VendorError, match=r"expected sha256:0+: do not use it"):
        vendor.fetch("preact", "11.2.0", "sha256:" + "0" * 64, tmp_path)
