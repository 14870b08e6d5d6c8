"""The types of the page's own modules, by ``tsc --checkJs`` in strict mode (``types/tsconfig.json``).

Runs where ``npm install`` was run in ``tests/web/types``; ``make test`` does it where there is npm.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent / "types"
COMPILER = FOLDER / "node_modules" / "typescript" / "bin" / "tsc"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(not COMPILER.exists(), reason="run `npm install` in tests/web/types first"),
]


def test_the_modules_are_well_typed() -> None:
    done = subprocess.run(["node", COMPILER, "-p", "."], cwd=FOLDER, capture_output=True, text=True, check=False)
    assert done.stdout == ""
    assert done.returncode == 0
