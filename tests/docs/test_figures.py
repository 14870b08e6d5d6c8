"""The README's figures are those of ``benchmarks/results``: nobody typed them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_the_readme_shows_the_stored_results() -> None:
    done = subprocess.run([sys.executable, "benchmarks/readme.py", "--check"], cwd=ROOT, check=False)
    assert done.returncode == 0, "README.md differs from benchmarks/results; run: python benchmarks/readme.py"
