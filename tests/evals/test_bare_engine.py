"""The engine that benchmarks and recipes ask directly.

1. It serves the model under its name, with so many slots of so many tokens, and answers.
"""

from __future__ import annotations

import json
import urllib.request
from typing import Any

from helicon.engines.spec import NANO_FILE
from helicon.evals.bare_engine import bare_engine


def call(url: str, body: dict[str, Any] | None = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return json.load(reply)


def test_it_serves_the_model_and_answers() -> None:
    server = bare_engine(NANO_FILE, slots=2, context=256, threads=1)
    address = server.listening_address
    assert [slot["n_ctx"] for slot in call(f"{address}/slots")] == [256, 256]
    assert [model["id"] for model in call(f"{address}/v1/models")["data"]] == ["nano"]
    asked = {"messages": [{"role": "user", "content": "What is 2 + 3?"}], "max_tokens": 20}
    assert call(f"{address}/v1/chat/completions", asked)["usage"]["completion_tokens"] > 0
