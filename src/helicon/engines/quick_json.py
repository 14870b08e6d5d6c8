"""JSON of an engine's chunks, by the quickest parser at hand.

A stream has one value per token, so parsing shows in the speed of small models. pydantic's parser takes a third of
the time, but loading it takes longer than a short answer: it is used where the process has loaded it anyway.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def parse(text: str) -> Any:
    """The value, or ``None`` where ``text`` is no JSON."""
    loaded = sys.modules.get("pydantic_core")
    try:
        # Half loaded, in another thread's import, it may not have the name yet.
        return (getattr(loaded, "from_json", None) or json.loads)(text)
    except (ValueError, RecursionError):
        return None


def parse_all(texts: list[str]) -> list[Any]:
    """``parse`` of each, at the price of one where they are as many whole objects as they look."""
    if len(texts) > 2 and all(text.startswith("{") and text.endswith("}") for text in texts):
        values = parse(f"[{','.join(texts)}]")
        if isinstance(values, list) and len(values) == len(texts):
            return values
    return [parse(text) for text in texts]
