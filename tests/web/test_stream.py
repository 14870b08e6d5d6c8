"""The tab's one stream, against a real HTTP server that misbehaves.

Contract:
1. Whatever breaks a connection, wherever it cuts a character or a frame, a run comes whole: nothing is lost, nothing
   doubled. A gap is asked for again; frames that came before are passed over; ``reset`` folds anew.
2. A silent connection is dead after the watchdog's time, and a doubtful one is made again when the tab wakes up.
3. Runs that are watched together share one connection; a run that is over is fetched once, without the stream.
4. A refused stream is not asked for again; one missing run does not keep the others waiting.
5. A hidden tab keeps what comes and draws it once it is shown; it gives back a connection that watches nothing.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from tests.web.conftest import Tab
from tests.web.harness import app, serving

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

WORDS = [f"não {number} 🙂 " for number in range(60)]
TEXT = "".join(WORDS)
FAST = {"firstWait": 20, "longestWait": 100, "check": 50, "silence": 25_000, "gather": 20}


def log(words: list[str] = WORDS) -> list[dict[str, Any]]:
    """The events of one run of a single thought."""
    start = {
        "type": "run_started",
        "run_id": "r",
        "mode": "thinking",
        "model": "m",
        "seed": 1,
        "created": 0.0,
        "at": 0.0,
    }
    said = [
        {"type": "thinking_delta", "agent": 0, "text": word, "at": 0.1 + 0.01 * at} for at, word in enumerate(words)
    ]
    end = {"answer": "42", "stop_reason": "stop", "ledger": {"entries": []}, "mode": "thinking", "error": "", "at": 1.0}
    begin = {"type": "agent_started", "agent": 0, "round": 1, "seed": 1, "at": 0.0}
    return [start, begin, *said, {"type": "run_ended", "rests_on": [0], **end}]


@dataclass
class Broken:
    """A server of ``/api/stream`` whose every connection goes as its number says."""

    way: Callable[[Broken, int, dict[str, int]], AsyncIterator[bytes]]
    runs: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"r": log()})
    asked: list[dict[str, int]] = field(default_factory=list)
    """Runs and the numbers that each connection asked to go on from."""
    fetched: list[str] = field(default_factory=list)
    status: int = 200

    def routes(self) -> list[Route]:
        """The stream and the stored runs."""
        return [Route("/api/stream", self.stream), Route("/api/runs/{id}", self.run)]

    async def stream(self, request: Request) -> Response:
        wanted = {run: int(start) for run, start in (one.rsplit(":", 1) for one in request.query_params.getlist("run"))}
        self.asked.append(wanted)
        if self.status != 200 or not set(wanted) <= set(self.runs):
            return JSONResponse({"error": {"message": "no"}}, self.status if self.status != 200 else 404)
        return StreamingResponse(self.way(self, len(self.asked) - 1, wanted), media_type="text/event-stream")

    async def run(self, request: Request) -> Response:
        name = request.path_params["id"]
        self.fetched.append(name)
        if name not in self.runs:
            return JSONResponse({"error": {"message": "no such run"}}, 404)
        events = self.runs[name]
        return JSONResponse({"run": {"id": name, "state": "done", "length": len(events)}, "events": events})

    def frame(self, run: str, start: int, end: int, **more: Any) -> bytes:
        """A frame of a run's events."""
        return sse("run", {"run": run, "from": start, "to": end, "events": self.runs[run][start:end], **more})

    def rest(self, wanted: dict[str, int], step: int = 7) -> bytes:
        """Everything that is missing, and the ends."""
        data = b""
        for run, start in wanted.items():
            length = len(self.runs[run])
            data += b"".join(self.frame(run, at, min(at + step, length)) for at in range(start, length, step))
            data += sse("end", {"run": run, "length": length, "state": "done", "message": None})
        return data


def sse(event: str, data: Any) -> bytes:
    """One server-sent event."""
    return f"event: {event}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


HELLO = sse("hello", {"now": 0})


async def stay() -> None:
    """Keep a connection open, for longer than a test."""
    await asyncio.sleep(30)


async def opened(tab: Tab, url: str, **times: int) -> Page:
    """The harness with a stream that has begun."""
    await tab.page.goto(f"{url}/harness/stream.html")
    await tab.page.wait_for_selector("html[data-ready]")
    await tab.page.evaluate("times => tab.begin(times)", {**FAST, **times})
    return tab.page


async def whole(page: Page, run: str = "r") -> None:
    """Wait for the end of a run, and see that it came exactly."""
    await page.wait_for_function("run => tab.state(run).state === 'done'", arg=run)
    state = await page.evaluate("run => tab.state(run)", run)
    assert state["thinking"] == TEXT
    assert (state["answer"], state["over"], state["length"]) == ("42", True, len(log()))


async def test_a_connection_that_breaks_anywhere_loses_nothing(tab: Tab) -> None:
    async def breaks(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        data = server.rest(wanted)
        if number < 8:
            yield data[: 900 + 37 * number]
            await asyncio.sleep(0.05)  # what is on its way when a connection breaks may be lost with it
            raise ConnectionError("as this test wants it")
        yield data
        await stay()

    server = Broken(breaks)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true})")
        await whole(page)
        starts = [wanted["r"] for wanted in server.asked if wanted]
        assert starts == sorted(starts)
        assert len(set(starts)) > 3
        assert "connecting" in await page.evaluate("tab.states")
        await page.wait_for_function("() => tab.states.at(-1) === 'online' && tab.since.value === 0")


async def test_bytes_come_one_by_one(tab: Tab) -> None:
    async def drips(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        data = (b": hb\r\n\r\n" + HELLO + server.rest(wanted)).replace(b"\n\n", b"\r\n\r\n")
        for at in range(0, len(data), 3):
            yield data[at : at + 3]
        await stay()

    with serving(app(*Broken(drips).routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true})")
        await whole(page)


async def test_a_gap_is_asked_for_again_and_what_came_before_is_passed_over(tab: Tab) -> None:
    async def skips(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        start = wanted.get("r")
        if start == 0:
            yield (
                server.frame("r", 0, 10)
                + server.frame("r", 4, 12)
                + server.frame("r", 0, 12)
                + server.frame("r", 20, 30)
            )
        elif start is not None:
            yield server.rest({"r": 0}, step=9)
        await stay()

    server = Broken(skips)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true})")
        await whole(page)
        assert [wanted["r"] for wanted in server.asked if wanted] == [0, 12]


async def test_a_gap_that_stays_is_filled_from_what_is_stored(tab: Tab) -> None:
    async def skips(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        if wanted:
            yield server.frame("r", 20, 30)
        await stay()

    server = Broken(skips)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true})")
        await whole(page)
        assert server.fetched == ["r"]


async def test_an_end_beyond_what_came_is_a_gap_too(tab: Tab) -> None:
    async def hurries(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        if wanted.get("r") == 0:
            length = len(server.runs["r"])
            yield server.frame("r", 0, 5) + sse("end", {"run": "r", "length": length, "state": "done", "message": None})
        elif wanted:
            yield server.rest(wanted)
        await stay()

    server = Broken(hurries)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true})")
        await whole(page)
        assert len(await page.evaluate("tab.heard.end")) == 1


async def test_reset_folds_anew(tab: Tab) -> None:
    async def resets(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        if wanted.get("r") == 0:
            yield server.frame("r", 0, 40)
            return
        if wanted:
            yield server.frame("r", 0, 3, reset=True) + server.rest({"r": 3})
        await stay()

    server = Broken(resets)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true})")
        await whole(page)
        assert [wanted["r"] for wanted in server.asked if wanted] == [0, 40]


async def test_a_silent_connection_is_made_again(tab: Tab) -> None:
    async def falls_silent(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        if wanted.get("r") == 0:
            yield server.frame("r", 0, 9)
            await stay()
        yield server.rest(wanted)
        for _ in range(100):
            await asyncio.sleep(0.1)
            yield b": hb\n\n"

    server = Broken(falls_silent)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url, silence=600)
        await page.evaluate("tab.watch('r', {live: true})")
        await whole(page)
        connections = len(server.asked)
        await page.wait_for_timeout(1500)
        assert len(server.asked) == connections  # a heartbeat is enough


async def test_a_doubtful_connection_is_made_again_when_the_tab_wakes_up(tab: Tab) -> None:
    async def sleeps(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        if wanted.get("r") == 0:
            yield server.frame("r", 0, 9)
            await stay()
        yield server.rest(wanted)
        await stay()

    with serving(app(*Broken(sleeps).routes())) as url:
        page = await opened(tab, url, doubt=200)
        await page.evaluate("tab.watch('r', {live: true})")
        await page.wait_for_function("() => tab.state('r').length === 9")
        await page.evaluate("tab.hide(true)")
        await page.wait_for_timeout(400)
        await page.evaluate("tab.hide(false)")
        await whole(page)


async def test_runs_watched_together_share_a_connection_and_a_finished_one_needs_none(tab: Tab) -> None:
    async def serves(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO + server.rest(wanted)
        await stay()

    server = Broken(serves, runs={"r": log(), "s": log(), "old": log()})
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.wait_for_function("() => tab.heard.hello.length === 1")
        await page.evaluate(
            "tab.watch('r', {live: true}), tab.watch('s', {live: true}), tab.watch('r'), tab.watch('old')"
        )
        for run in ("r", "s", "old"):
            await whole(page, run)
        assert server.asked == [{}, {"r": 0, "s": 0}]
        assert server.fetched == ["old"]
        await page.evaluate("tab.drop('r'), tab.watch('r', {live: false})")
        await whole(page)
        assert server.fetched == ["old", "r"]


async def test_a_missing_run_does_not_keep_the_others_waiting(tab: Tab) -> None:
    async def serves(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO + server.rest(wanted)
        await stay()

    server = Broken(serves)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true}), tab.watch('gone', {live: true})")
        await whole(page)
        await page.wait_for_function("() => tab.state('gone').state === 'missing'")


async def test_a_refused_stream_is_not_asked_for_again(tab: Tab) -> None:
    async def never(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield b""

    server = Broken(never, status=401)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url)
        await page.wait_for_function("() => tab.heard.denied.length === 1")
        await page.wait_for_timeout(300)
        assert len(server.asked) == 1


async def test_a_server_that_is_away_is_waited_for_longer_and_longer(tab: Tab) -> None:
    async def serves(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO + server.rest(wanted)
        await stay()

    server = Broken(serves, status=503)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url, firstWait=60, longestWait=400)
        await page.evaluate("tab.watch('r', {live: true})")
        await page.wait_for_function("() => tab.states.includes('offline') && tab.since.value > 0")
        await page.wait_for_timeout(1500)
        assert 4 < len(server.asked) < 14
        server.status = 200
        await whole(page)
        assert await page.evaluate("tab.states.at(-1)") == "online"


async def test_a_hidden_tab_keeps_what_comes_and_draws_it_once(tab: Tab) -> None:
    async def trickles(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        for at in range(wanted.get("r", 40), 40):
            yield server.frame("r", at, at + 1)
            await asyncio.sleep(0.01)
        await stay()

    with serving(app(*Broken(trickles).routes())) as url:
        page = await opened(tab, url)
        await page.evaluate("tab.watch('r', {live: true})")
        await page.wait_for_function("() => tab.state('r').length > 3")
        await page.evaluate("tab.hide(true)")
        await page.wait_for_timeout(100)
        drawn = await page.evaluate("tab.drawn.r")
        await page.wait_for_timeout(800)
        assert await page.evaluate("tab.drawn.r") == drawn
        await page.evaluate("tab.hide(false)")
        await page.wait_for_function("() => tab.state('r').length === 40")
        assert await page.evaluate("tab.drawn.r") == drawn + 1


async def test_a_hidden_tab_gives_back_a_connection_that_watches_nothing(tab: Tab) -> None:
    async def serves(server: Broken, number: int, wanted: dict[str, int]) -> AsyncIterator[bytes]:
        yield HELLO
        await stay()

    server = Broken(serves)
    with serving(app(*server.routes())) as url:
        page = await opened(tab, url, idle=150)
        await page.wait_for_function("() => tab.heard.hello.length === 1")
        await page.evaluate("tab.hide(true)")
        await page.wait_for_timeout(600)
        assert len(server.asked) == 1
        await page.evaluate("tab.hide(false)")
        await page.wait_for_function("() => tab.heard.hello.length === 2")
