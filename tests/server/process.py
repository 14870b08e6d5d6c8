"""A server in a process of its own, on a scripted engine: ``python -m tests.server.process SETTINGS-AS-JSON``.

Prints its address when it is ready. A question that contains ``long`` is answered for minutes, one with
``brief`` for about half a second; of ``uneven`` every second agent thinks for minutes.
"""

from __future__ import annotations

import itertools
import json
import sys

from helicon.engines.protocol import Request
from helicon.engines.scripted import Script, ScriptedEngine, script
from helicon.errors import HeliconError
from helicon.server import Settings, run, serve

_number = itertools.count()


def answer(request: Request) -> Script:
    words = next(message.text for message in reversed(request.messages) if message.role == "user")
    if "uneven" in words:
        place = next(_number)
        if place % 2:
            return script(" ".join(["word"] * 10_000), "x", delay_seconds=0.1)
        return script("Hm.", f"It is {place}.")
    if "long" in words:
        return script(" ".join(["word"] * 10_000), "x", delay_seconds=0.1)
    if "brief" in words:
        return script("", " ".join(["word"] * 10), delay_seconds=0.05)
    return script("Hm.", "It is 42.")


async def main(settings: Settings) -> None:
    await serve(settings, [ScriptedEngine(answer)], on_ready=lambda url: print(url, flush=True))


if __name__ == "__main__":
    try:
        run(main(Settings(**json.loads(sys.argv[1]))))
    except HeliconError as error:
        sys.exit(f"{type(error).__name__}: {error}")
