"""Engines opened as the settings say; nothing heavy is imported before one is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helicon.cli.sources import Settings
    from helicon.engines import Engine, ModelSpec


async def open_as_set(spec: ModelSpec | str, settings: Settings, *, confirm: Callable[[str], bool]) -> Engine:
    """Open one engine with the settings' keys and time-outs.

    Raises:
        HeliconError: see ``helicon.engines.open_engine``.
    """
    from helicon.engines import Timeouts, open_engine

    timeouts = Timeouts(
        connect=settings["connect_timeout"],
        first_byte=settings["first_byte_timeout"],
        idle=settings["idle_timeout"],
    )
    return await open_engine(spec, keys=settings["keys"], confirm=confirm, timeouts=timeouts)
