"""The page's vendored libraries: fetched, checked, reduced to the files that the page needs.

    python scripts/vendor.py             # make src/helicon/web/lib anew from the pinned packages
    python scripts/vendor.py --check     # offline: the files there are exactly those of VENDORED.json
    python scripts/vendor.py --refresh   # move every pin to the newest release, then look at the difference

`src/helicon/web/lib/VENDORED.json` holds each package's version, licence and hashes. `npm pack` fetches the
archive from the registry that npm is set up with; its SHA-256 must be the pinned one before anything in it is
read. What is done to a file is written in `PACKAGES` below: bare imports become relative ones, source map
comments go, and a patch whose text is not found exactly once stops the script, so that no refresh loses it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIB = Path(__file__).resolve().parent.parent / "src" / "helicon" / "web" / "lib"
PINS = LIB / "VENDORED.json"
OWN = {"ui.js", "VENDORED.json"}
"""Files of the folder that are not vendored; type declarations (`*.d.ts`) are not either."""

IMPORTS = {"preact": "./preact.js", "preact/hooks": "./hooks.js", "@preact/signals-core": "./signals-core.js"}
"""Where bare imports are found in the folder."""

LANGUAGES = [
    "bash",
    "c",
    "cpp",
    "csharp",
    "css",
    "diff",
    "go",
    "java",
    "javascript",
    "json",
    "python",
    "rust",
    "sql",
    "typescript",
    "xml",
    "yaml",
]


@dataclass(frozen=True)
class File:
    """One file taken from a package."""

    source: str
    target: str
    patches: tuple[tuple[str, str], ...] = ()
    """Text that must be there exactly once, and what it becomes."""
    exports: str = ""
    """A script's global that becomes the module's default export."""
    bare_imports: bool = False
    """It imports other vendored packages by name."""


@dataclass(frozen=True)
class Package:
    """What is taken from one package."""

    name: str
    licence: str
    files: tuple[File, ...]
    licence_file: str = "LICENSE"


# Preact's only way to turn a string into HTML; without it `dangerouslySetInnerHTML` does nothing.
_NO_HTML = (
    "h?(l||y&&(h.__html==y.__html||h.__html==t.innerHTML)||(t.innerHTML=h.__html),r.__k=[]):(y&&",
    "(y&&",
)

# What highlight.js writes into elements; the page asks for its tokens and never hands it an element.
_NO_HTML_OF_CODE = (
    ('includes unescaped HTML.",e.innerHTML)', 'includes unescaped HTML.",e.textContent)'),
    (";e.innerHTML=r.value,", ";e.textContent=i,"),
)

PACKAGES = (
    Package(
        "preact",
        "MIT",
        (
            File("dist/preact.mjs", "preact.js", patches=(_NO_HTML,)),
            File("hooks/dist/hooks.mjs", "hooks.js", bare_imports=True),
        ),
    ),
    Package("@preact/signals-core", "MIT", (File("dist/signals-core.mjs", "signals-core.js"),)),
    Package("@preact/signals", "MIT", (File("dist/signals.mjs", "signals.js", bare_imports=True),)),
    Package("htm", "Apache-2.0", (File("dist/htm.mjs", "htm.js"),)),
    Package("marked", "MIT", (File("lib/marked.esm.js", "marked.js"),)),
    Package(
        "temml",
        "MIT",
        (
            File("dist/temml.min.js", "temml/temml.js", exports="temml"),
            File("dist/Temml-Local.css", "temml/temml.css"),
            File("dist/Temml.woff2", "temml/Temml.woff2"),
        ),
    ),
    Package(
        "@fontsource/noto-sans-math",
        "OFL-1.1",
        (File("files/noto-sans-math-latin-400-normal.woff2", "temml/NotoSansMath.woff2"),),
    ),
    Package(
        "@highlightjs/cdn-assets",
        "BSD-3-Clause",
        (
            File("es/core.min.js", "highlight/core.js", patches=_NO_HTML_OF_CODE),
            *(File(f"es/languages/{name}.min.js", f"highlight/{name}.js") for name in LANGUAGES),
        ),
    ),
    Package(
        "uplot",
        "MIT",
        (
            File("dist/uPlot.iife.min.js", "uplot/uplot.js", exports="uPlot"),
            File("dist/uPlot.min.css", "uplot/uplot.css"),
        ),
    ),
)


class VendorError(Exception):
    """The folder cannot be made, or is not as pinned."""


def digest(data: bytes) -> str:
    """The data's SHA-256, with the algorithm as a prefix."""
    return "sha256:" + hashlib.sha256(data).hexdigest()


def licence_name(package: str) -> str:
    """The file in the folder that holds a package's licence."""
    return package.removeprefix("@").replace("/", "-") + ".LICENSE"


def fetch(name: str, version: str, pinned: str | None, folder: Path) -> tuple[str, str, dict[str, bytes]]:
    """The version, the archive's hash and its files; refuses an archive that is not the pinned one."""
    command = ["npm", "pack", f"{name}@{version}", "--json", "--ignore-scripts", "--pack-destination", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise VendorError(f"npm could not fetch {name}@{version}: {done.stderr.strip()[-400:]}")
    archive = next(path for path in folder.iterdir() if path.suffix == ".tgz")
    data = archive.read_bytes()
    found = digest(data)
    if pinned is not None and found != pinned:
        raise VendorError(f"the archive of {name}@{version} is {found}, expected {pinned}: do not use it.")
    files = {}
    with tarfile.open(archive) as opened:
        for member in opened.getmembers():
            content = opened.extractfile(member) if member.isfile() else None
            if content is not None:
                files[member.name.partition("/")[2]] = content.read()
    return str(json.loads(files["package.json"])["version"]), found, files


def transform(file: File, data: bytes) -> bytes:
    """The file as the page uses it."""
    if not file.target.endswith((".js", ".css")):
        return data
    text = data.decode("utf-8")
    text = re.sub(r"\n?//# sourceMappingURL=\S*\s*$", "\n", text)
    for old, new in file.patches:
        if text.count(old) != 1:
            raise VendorError(f"{file.target}: the patched text is there {text.count(old)} times, expected 1: {old!r}")
        text = text.replace(old, new)
    if file.bare_imports:
        text = re.sub(
            r"""(\bfrom\s*)"([^"./][^"\n]*)\"""", lambda found: f'{found[1]}"{_relative(file, found[2])}"', text
        )
    if file.exports:
        text = text.rstrip() + f"\nexport default {file.exports};\n"
    return text.rstrip().encode() + b"\n"


def _relative(file: File, name: str) -> str:
    if name not in IMPORTS:
        raise VendorError(f"{file.target} imports {name!r}, which is not vendored; expected one of {list(IMPORTS)}.")
    return IMPORTS[name]


def vendor(*, refresh: bool) -> None:
    """Write the folder's files; with `refresh` the newest releases, which become the pins."""
    pins = {pin["name"]: pin for pin in read_pins()} if PINS.exists() else {}
    written: list[dict[str, Any]] = []
    for package in PACKAGES:
        pin = None if refresh else pins.get(package.name)
        with tempfile.TemporaryDirectory() as folder:
            version, found, files = fetch(
                package.name, pin["version"] if pin else "latest", pin["archive"] if pin else None, Path(folder)
            )
        hashes = {}
        for file in package.files:
            data = transform(file, files[file.source])
            put(file.target, data)
            hashes[file.target] = {"from": file.source, "hash": digest(data)}
        target = licence_name(package.name)
        put(target, files[package.licence_file])
        hashes[target] = {"from": package.licence_file, "hash": digest(files[package.licence_file])}
        written.append(
            {
                "name": package.name,
                "version": version,
                "licence": package.licence,
                "source": f"npm:{package.name}@{version}",
                "archive": found,
                "files": hashes,
            }
        )
        print(f"{package.name} {version}: {', '.join(file.target for file in package.files)}")
    PINS.write_text(json.dumps({"packages": written}, indent=2) + "\n", "utf-8")
    check()


def put(target: str, data: bytes) -> None:
    """Write a file of the folder."""
    path = LIB / target
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def read_pins() -> list[dict[str, Any]]:
    """The packages of `VENDORED.json`."""
    pins: list[dict[str, Any]] = json.loads(PINS.read_text("utf-8"))["packages"]
    return pins


def check() -> None:
    """Compare the folder with its pins, without any network.

    Raises:
        VendorError: a file is missing, changed or not pinned.
    """
    expected = {target: file["hash"] for pin in read_pins() for target, file in pin["files"].items()}
    there = {
        path.relative_to(LIB).as_posix()
        for path in LIB.rglob("*")
        if path.is_file() and not path.name.endswith(".d.ts")
    } - OWN
    problems = [f"{name} is not pinned" for name in sorted(there - set(expected))]
    for name, pinned in sorted(expected.items()):
        if name not in there:
            problems.append(f"{name} is missing")
        elif (found := digest((LIB / name).read_bytes())) != pinned:
            problems.append(f"{name} is {found}, expected {pinned}")
    if problems:
        raise VendorError("; ".join(problems) + ". Run: python scripts/vendor.py")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description="Fetch or check the page's vendored libraries.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--check", action="store_true", help="compare the files with their pins, offline")
    what.add_argument("--refresh", action="store_true", help="move the pins to the newest releases")
    given = parser.parse_args()
    try:
        if given.check:
            check()
        else:
            vendor(refresh=given.refresh)
    except VendorError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
