"""What a client reads when something behind the server goes wrong: the place, what happened, what to do next.

1. An endpoint that is down, slow, a web page, refuses, is busy, or is broken off before or in the middle of its words.
2. An ``image_url`` to a private address, or of another scheme: refused with the address and the way out.
3. A model that does not fit into its engine's memory.
"""

from __future__ import annotations

import asyncio
import re

import pytest

from helicon.engines.scripted import ScriptedEngine, script
from tests.engines.upstream import Asked, Wire, upstream
from tests.server.live import serving
from tests.server.test_bad_input import image
from tests.server.test_endpoints import ask, behind

# what the endpoint does: (words of the message, words of the next step)
TOLD = {
    "page": (r"127\.0\.0\.1:\d+.*web page", "Check the URL"),
    "refuse": (r"the engine at http://127\.0\.0\.1:\d+.* refused the request \(422\).*no such thing", "log"),
    "busy": (r"the engine at http://127\.0\.0\.1:\d+.* 429|no room", "again"),
    "silent": (r"127\.0\.0\.1:\d+.* 1 s", "."),
    "cut": (r"127\.0\.0\.1:\d+", "."),
    "reset": (r"127\.0\.0\.1:\d+", "."),
    "close": (r"127\.0\.0\.1:\d+", "."),
    "stall": (r"127\.0\.0\.1:\d+.* 1 s", "."),
}


@pytest.mark.parametrize("stream", [False, True], ids=["whole", "streamed"])
async def test_an_endpoint_at_its_worst_is_told_in_words(stream: bool) -> None:
    async with behind() as (live, _):
        for words, (message, step) in TOLD.items():
            reply = await ask(live, words, stream=stream)
            error = reply.chunks[-1]["error"] if reply.status == 200 else reply.error
            assert re.search(message, error["message"]), (words, error["message"])
            assert step in error["message"], (words, error["message"])
            assert error["message"].endswith("."), (words, error["message"])
            assert "Traceback" not in error["message"]
            assert "Error(" not in error["message"]
    async with behind("http://127.0.0.1:1/v1") as (live, _):
        error = (await ask(live, "hi", stream=stream)).error
    assert "127.0.0.1:1" in error["message"]
    assert error["message"].endswith(".")


@pytest.mark.parametrize(
    ("url", "words"),
    [
        (
            "http://127.0.0.1:80/a.png",
            "leads to 127.0.0.1, which must not be fetched: it is in 127.0.0.0/8.",
        ),
        (
            "http://169.254.169.254/",
            "169.254.169.254, which must not be fetched: it is in 169.254.0.0/16.",
        ),
        ("http://2130706433/a.png", "'2130706433' leads to 127.0.0.1, which must not be fetched"),
        ("file:///etc/passwd", "has the scheme 'file'; expected http or https."),
        ("http://me:secret@example.com/a.png", "holds credentials; expected none."),
        ("http://127.0.0.1:22/", "asks for port 22; expected one of [80, 443]."),
    ],
)
def test_a_private_picture_is_refused_in_words(url: str, words: str) -> None:
    with serving([ScriptedEngine([script("", "A cat.")])]) as server:
        reply = server.chat({**image(url), "stream": True})
    assert (reply.status, reply.error["code"]) == (400, "forbidden_address")
    assert words in reply.error["message"]
    assert "secret" not in reply.error["message"]
    if "expected" not in words:
        assert "inline as a data URI" in reply.error["message"]


async def test_a_model_that_does_not_fit_is_told() -> None:
    async def full(asked: Asked, wire: Wire) -> None:
        message = "CUDA out of memory. Tried to allocate 20.00 GiB"
        await wire.reply({"error": {"message": message, "type": "server_error"}}, status=500)

    async with upstream(full) as seen, behind(seen.url) as (live, _):
        reply = await ask(live, "hi", stream=False)
    await asyncio.sleep(0)
    assert (reply.status, reply.error["code"]) == (503, "out_of_memory")
    assert "does not fit into the memory of the engine at http://127.0.0.1:" in reply.error["message"]
    assert "smaller model" in reply.error["message"]
    assert reply.headers["x-should-retry"] == "false"
