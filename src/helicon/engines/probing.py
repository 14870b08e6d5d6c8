"""Finding out what an engine can do (being extended)."""

from __future__ import annotations
from typing import TYPE_CHECKING
from helicon.engines.protocol import Capabilities

if TYPE_CHECKING:
    from helicon.engines.openai_client import OpenAIEngine


async def probe(engine: OpenAIEngine) -> Capabilities:
    """A first form: what the dialect says."""
    d = engine.dialect
    return Capabilities(
        thinking=engine.info.family.switch,
        budget_field=d.budget_fields[0] if d.budget_fields else None,
        prefill_answer=d.prefill != "none",
        prefill_thinking=d.prefill_thinking,
        logprobs=d.logprobs,
        tools=True,
        json_schema=True,
        end_thinking=d.end_thinking,
    )
