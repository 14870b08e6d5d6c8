"""The unmodified ``openai`` package for JavaScript, against a live server (``js/sdk.mjs`` is the client).

Runs where ``node`` is and ``npm install`` was run in ``tests/server/js``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from helicon.engines.scripted import ScriptedEngine
from helicon.server.auth import KeyRing
from tests.server.live import serving, wait_until
from tests.server.test_sdk_python import KEY, answer

FOLDER = Path(__file__).parent / "js"

pytestmark = [
    pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed"),
    pytest.mark.skipif(
        not (FOLDER / "node_modules" / "openai").exists(), reason="run `npm install` in tests/server/js first"
    ),
]


def test_the_javascript_package_works_unmodified() -> None:
    engine = ScriptedEngine(answer)
    with serving([engine], keys=KeyRing.of([KEY])) as server:
        done = subprocess.run(
            ["node", "sdk.mjs", f"{server.url}/v1", KEY], cwd=FOLDER, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stderr
        wait_until(lambda: engine.counts.running == 0)
    seen = json.loads(done.stdout)
    assert seen["whole"] == {
        "content": "It is 42.",
        "thinking": "17 + 25 is 42.",
        "reasoning_tokens": 5,
        "mode": "thinking",
    }
    assert seen["streamed"]["content"].startswith("It is 42.")
    assert "[agent 1] thinks aloud:" in seen["streamed"]["thinking"]
    assert seen["streamed"]["finish"] == "stop"
    assert seen["streamed"]["usage"]["completion_tokens_details"]["reasoning_tokens"] == 15
    assert seen["tool"]["function"] == {"name": "weather", "arguments": '{"city": "Bern"}'}
    assert "scripted@auto" in seen["models"]
    assert seen["unknown"] == {"kind": "NotFoundError", "status": 404, "code": "model_not_found"}
    assert seen["wrong"] == {"kind": "BadRequestError", "status": 400, "code": "invalid_value"}
    assert seen["key"]["status"] == 401
    assert seen["death"]["code"] == "engine_died"
    assert seen["left"] == 5
    assert engine.counts.cancelled == 1
