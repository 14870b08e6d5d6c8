"""The unmodified ``openai`` package for JavaScript, against a live server (``js/sdk.mjs`` is the client).

Runs where ``node`` is and ``npm install`` was run in ``tests/server/js``.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from helicon.engines import Engine, open_engine
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


def test_the_javascript_package_asks_nano_in_every_mode(nano: Path) -> None:
    script = (
        "import OpenAI from 'openai';"
        "const client = new OpenAI({ baseURL: process.argv[1], apiKey: 'none' });"
        "const said = {};"
        "for (const mode of ['instant', 'thinking', 'contemplating']) {"
        "  const reply = await client.chat.completions.create({"
        "    model: `nano@${mode}`, seed: 1, max_completion_tokens: 300,"
        "    messages: [{ role: 'user', content: 'What is 17 + 25?' }] });"
        "  said[mode] = { text: reply.choices[0].message.content,"
        "    reasoning: reply.usage.completion_tokens_details.reasoning_tokens, mode: reply.helicon.mode };"
        "}"
        "console.log(JSON.stringify(said));"
    )

    async def opened() -> list[Engine]:
        return [await open_engine("nano")]

    assert nano.exists()
    with serving(opened) as server:
        command = ["node", "--input-type=module", "-e", script, f"{server.url}/v1"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    for mode in ("instant", "thinking", "contemplating"):
        assert said[mode]["mode"] == mode
        assert said[mode]["text"].strip()
        assert (said[mode]["reasoning"] > 0) == (mode != "instant")
