"""Helicon: three modes of thought for any open-weight model, on hardware you own.

    import helicon

    print(helicon.ask("What is 17 + 25?", mode="thinking").answer)

Names are imported when first used; ``import helicon`` itself costs a few milliseconds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from helicon.lazy import exports

if TYPE_CHECKING:
    from helicon.budgets import Budget as Budget
    from helicon.engines import open_engine as open_engine
    from helicon.errors import HeliconError as HeliconError
    from helicon.events import Event as Event
    from helicon.events import Result as Result
    from helicon.events import replay as replay
    from helicon.messages import Image as Image
    from helicon.messages import Message as Message
    from helicon.messages import Question as Question
    from helicon.messages import Sampling as Sampling
    from helicon.messages import SubQuestion as SubQuestion
    from helicon.messages import system as system
    from helicon.messages import user as user
    from helicon.modes import Run as Run
    from helicon.modes import ask as ask
    from helicon.modes import stream as stream

_named, __dir__, _names = exports(
    __name__,
    {
        "budgets": ("Budget",),
        "engines": ("open_engine",),
        "errors": ("HeliconError",),
        "events": ("Event", "Result", "replay"),
        "messages": ("Image", "Message", "Question", "Sampling", "SubQuestion", "system", "user"),
        "modes": ("Run", "ask", "stream"),
    },
)
__all__ = sorted([*_names, "__version__"])


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("helicon")
    return _named(name)
