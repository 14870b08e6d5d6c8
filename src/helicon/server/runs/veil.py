"""What may be seen of a run while its comparison is blind: the answer, and that it is being worked on. Pure.

Every line keeps its number and its time. Whatever tells the model, the mode or the agents becomes an empty piece of
thinking, which changes nothing that a reader folds.
"""

from __future__ import annotations

import json
from typing import Any

SEEN = frozenset({"answer_delta", "answer_reset"})


def veiled(line: str) -> str:
    """One event of a log, as JSON."""
    event: dict[str, Any] = json.loads(line)
    kind = event.get("type")
    if kind in SEEN:
        event.pop("logprobs", None)
    elif kind == "run_started":
        event |= {"mode": "auto", "model": "", "seed": 0}
    elif kind == "run_ended":
        event |= {
            "mode": "auto",
            "ledger": {"entries": []},
            "rests_on": [],
            "error": "failed" if event["error"] else "",
        }
    else:
        event = {"type": "thinking_delta", "agent": 0, "text": "", "at": event.get("at", 0.0)}
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))
