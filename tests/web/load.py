"""The page's view of a run under load, measured in a browser: frames per second, and how long typing waits.

``measure(page)`` serves a made-up run of many agents over the page's own stream at a given pace, types into a box
beside it, and reads what the page saw. ``benchmarks/page.py`` and a test use it.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from tests.web import runs
from tests.web.harness import app, serving

if TYPE_CHECKING:
    from playwright.async_api import CDPSession, Page

FRAME_SECONDS = 0.04
"""The hub merges what comes within this time."""


@dataclass(frozen=True, kw_only=True)
class Load:
    """What the page saw; times in milliseconds."""

    frames_per_second: float
    slowest_frame: float
    frame_95: float
    """The 95th percentile of the time between two frames."""
    inputs: int
    input_median: float
    """From a key to the frame after it."""
    input_slowest: float
    long_tasks: int
    """Longer than 50 ms."""
    longest_task: float
    tokens: int
    seconds: float
    busy: float
    """CPU time of the page's main thread for each second, in milliseconds; unlike the rest, it does not depend on
    what else the machine does."""


def stream_of(events: list[runs.Stored]) -> Route:
    """``/api/stream`` with one run, ``load``, each event at its own time."""

    async def pieces(start: int) -> AsyncIterator[bytes]:
        yield b'event: hello\ndata: {"now": 0}\n\n'
        if start < 0:
            await asyncio.sleep(60)
        began = time.monotonic()
        at = start
        while at < len(events):
            now = time.monotonic() - began
            end = at
            while end < len(events) and events[end]["at"] <= now:
                end += 1
            if end > at:
                frame = {"run": "load", "from": at, "to": end, "events": events[at:end]}
                yield f"event: run\ndata: {json.dumps(frame)}\n\n".encode()
                at = end
            await asyncio.sleep(FRAME_SECONDS)
        await asyncio.sleep(60)

    async def stream(request: Request) -> Response:
        asked = request.query_params.get("run")
        start = int(asked.rsplit(":", 1)[1]) if asked else -1
        return StreamingResponse(pieces(start), media_type="text/event-stream")

    return Route("/api/stream", stream)


async def measure(
    page: Page, *, agents: int = 16, rate: int = 3000, seconds: float = 8.0, open_lane: bool = True
) -> Load:
    """Let ``agents`` think at ``rate`` tokens a second together, and measure for some seconds of it."""
    events = runs.flood(agents, rate=rate, seconds=seconds + 4)
    with serving(app(stream_of(events))) as url:
        await page.goto(f"{url}/harness/load.html")
        await page.wait_for_selector("html[data-ready]")
        await page.evaluate("load.begin()")
        await page.wait_for_function("n => document.querySelectorAll('.lane').length === n", arg=agents)
        if open_lane:
            await page.locator(".lane-button").nth(1).click()
        await page.locator("#box").focus()
        await asyncio.sleep(0.5)
        session = await page.context.new_cdp_session(page)
        await session.send("Performance.enable", {"timeDomain": "threadTicks"})
        before, began = await _cpu(session), time.monotonic()
        await page.evaluate("load.start()")
        while time.monotonic() < began + seconds:
            await page.keyboard.press("a")
            await asyncio.sleep(0.1)
        seen = await page.evaluate("load.stop()")
        busy = 1000 * (await _cpu(session) - before) / (time.monotonic() - began)
        return Load(**seen, busy=busy)


async def _cpu(session: CDPSession) -> float:
    """Seconds that the page's main thread has worked."""
    found = await session.send("Performance.getMetrics")
    return float(next(one["value"] for one in found["metrics"] if one["name"] == "TaskDuration"))
