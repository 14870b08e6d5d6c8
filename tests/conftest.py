"""Fixtures that every folder shares: model files and real engines.

``toy_gguf`` is noise in the shape of a model; ``nano`` is the model in the package. Engines are
started per test (about a fifth of a second), because each belongs to its test's event loop.
"""

from __future__ import annotations

import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

import helicon

settings.register_profile("helicon", deadline=None)  # a slow machine is no failure
settings.load_profile("helicon")

# A shell that starts us in the background has Ctrl-C ignored, and so would every process started here.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

if TYPE_CHECKING:
    from helicon.engines import EmbeddedEngine

NANO_FILE = Path(helicon.__file__).parent / "engines" / "nano.gguf"


@pytest.fixture(scope="session")
def toy_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random-weight model file (see ``tests/toy.py``)."""
    from tests.toy import write_toy

    return write_toy(tmp_path_factory.mktemp("toy") / "toy.gguf")


@pytest.fixture(scope="session")
def endless_gguf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A toy that speaks until it is stopped."""
    from tests.toy import write_toy

    return write_toy(tmp_path_factory.mktemp("endless") / "endless.gguf", endless=True)


@pytest.fixture(scope="session")
def nano() -> Path:
    """The packaged nano."""
    assert NANO_FILE.exists(), "src/helicon/engines/nano.gguf is missing; make it with recipes/nano/run.py"
    return NANO_FILE


@pytest.fixture
async def toy_engine(toy_gguf: Path) -> AsyncIterator[EmbeddedEngine]:
    """A real embedded engine on the toy."""
    from helicon.engines import EmbeddedEngine, parse_spec

    engine = await EmbeddedEngine.start(parse_spec(str(toy_gguf)))
    try:
        yield engine
    finally:
        await engine.close()


@pytest.fixture
async def nano_engine(nano: Path) -> AsyncIterator[EmbeddedEngine]:
    """A real embedded engine on nano."""
    from helicon.engines import EmbeddedEngine, open_engine

    engine = await open_engine("nano" if nano == NANO_FILE else str(nano))
    assert isinstance(engine, EmbeddedEngine)
    try:
        yield engine
    finally:
        await engine.close()
