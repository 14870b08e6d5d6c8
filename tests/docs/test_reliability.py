"""docs/reliability.md names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "reliability.md").read_text("utf-8")
NAMED = re.findall(r"`((?:\w+/)?test_\w+\.py)::(test_\w+)`", PAGE)


def test_every_named_test_exists() -> None:
    assert len(NAMED) > 60
    for file, name in NAMED:
        path = ROOT / "tests" / file
        assert path.exists(), file
        assert re.search(rf"^(?:async )?def {name}\(", path.read_text("utf-8"), re.MULTILINE), f"{file}::{name}"


def test_every_promise_names_a_test() -> None:
    rows = [line for line in PAGE.splitlines() if line.startswith("|") and not line.startswith(("| promise", "|---"))]
    assert rows
    for row in rows:
        assert "::test_" in row, row
