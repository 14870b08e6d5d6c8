"""Servers that the tests of this folder share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from tests.server.live import LiveServer, serving


@pytest.fixture(scope="module")
def server() -> Iterator[LiveServer]:
    """A server without keys whose scripted model thinks five words and answers three."""
    with serving([ScriptedEngine([script("17 + 25 is 42.", "It is 42.", logprob=-0.25)])]) as live:
        yield live
