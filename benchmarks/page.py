"""The page's figures: weight, first paint, 16 agents streaming, a long conversation, a large library.

    python benchmarks/page.py [--repeats 5] [--seconds 8]

Drives the system's Chromium, headless and without a GPU, against the real server on nano. Frames a second stand beside
those of an empty page in the same browser, because software rendering on a busy machine misses frames by itself.
What 10,000 conversations cost the database is ``library.py``; here it is the whole way to the list on the page.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from playwright.async_api import Browser, async_playwright

from common import ROOT, percentile, table, write

sys.path.insert(0, str(ROOT))

from tests.web.load import measure as measure_load

from helicon.store import Conversation, Imported, StoredMessage, open_library

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")
CONVERSATIONS, TURNS = 10_000, 2_000
PAINT = """() => new Promise((done) => {
  const found = () => performance.getEntriesByName("first-contentful-paint")[0]?.startTime;
  const look = () => (found() ? done(found()) : setTimeout(look, 20));
  look();
})"""
SCROLL = """(seconds) => new Promise((done) => {
  const place = [...document.querySelectorAll("*")].filter((node) => node.scrollHeight > node.clientHeight + 2000
    && /auto|scroll/.test(getComputedStyle(node).overflowY)).sort((a, b) => b.scrollHeight - a.scrollHeight)[0]
    ?? document.scrollingElement;
  const times = [];
  const began = performance.now();
  let last = began, step = -60;
  const frame = (now) => {
    times.push(now - last);
    last = now;
    if (place.scrollTop <= 0) step = 60;
    place.scrollTop += step;
    if (now - began < seconds * 1000) requestAnimationFrame(frame);
    else done({ times: times.slice(1), height: place.scrollHeight });
  };
  requestAnimationFrame(frame);
})"""
EMPTY = """(seconds) => new Promise((done) => {
  let frames = 0;
  const began = performance.now();
  const frame = (now) => {
    frames += 1;
    if (now - began < seconds * 1000) requestAnimationFrame(frame);
    else done(frames / seconds);
  };
  requestAnimationFrame(frame);
})"""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """``helicon serve`` on nano with its conversations in ``folder``."""
    command = [sys.executable, "-m", "helicon", "serve", "--model", "nano", "--port", "0", "--data", str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield next(found[0] for line in process.stdout if (found := re.search(r"http://[\d.]+:\d+", line)))
    finally:
        process.terminate()
        process.wait(30)


def fill(folder: Path) -> str:
    """Many conversations and one long one; the long one's id."""
    now = time.time()

    def chat(name: str, turns: int, back: float) -> Imported:
        conversation = Conversation(
            id=f"c_{name}",
            owner="local",
            title=f"Conversation {name}",
            created=now - back,
            updated=now - back,
            current=f"m_{name}_{turns - 1}",
            source=f"bench:{name}",
        )
        messages, parent = [], None
        for n in range(turns):
            words = f"Message {n} of {name}: the *quick* fox adds {n} and {n + 1}. " + "It goes on for a while. " * 6
            one = StoredMessage(
                id=f"m_{name}_{n}",
                conversation=conversation.id,
                parent=parent,
                role="assistant" if n % 2 else "user",
                text=words,
                created=now - back + n / 1000,
            )
            messages.append(one)
            parent = one.id
        return Imported(conversation=conversation, messages=tuple(messages))

    library = open_library(str(folder / "helicon.sqlite3"))
    try:
        library.import_conversations("local", (chat(f"n{n}", 4, 60.0 * n + 60) for n in range(CONVERSATIONS)))
        library.import_conversations("local", [chat("long", TURNS, 0)])
        return library.conversations("local", limit=1).items[0].conversation.id
    finally:
        library.close()


async def first_visit(browser: Browser, url: str) -> tuple[float, int, int]:
    """Milliseconds to the first paint of a cold profile; the bytes and the number of its requests."""
    context = await browser.new_context()
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Network.enable")
    received: list[int] = []
    session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    await page.goto(url)
    painted = float(await page.evaluate(PAINT))
    await page.wait_for_selector("textarea")
    await page.wait_for_timeout(300)
    await context.close()
    return painted, sum(received), len(received)


async def long_conversation(browser: Browser, url: str, one: str, seconds: float) -> dict[str, float]:
    """Frames while a conversation of many turns is scrolled."""
    context = await browser.new_context(viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    began = time.perf_counter()
    await page.goto(f"{url}/#/c/{one}")
    await page.wait_for_selector(f"text=Message {TURNS - 1} of long", timeout=60_000)
    opened = time.perf_counter() - began
    seen = await page.evaluate(SCROLL, seconds)
    await context.close()
    times = seen["times"]
    return {
        "opened_seconds": round(opened, 3),
        "frames_per_second": round(1000 * len(times) / sum(times), 1),
        "frame_95_ms": round(percentile(times, 0.95), 1),
    }


async def large_library(browser: Browser, url: str) -> dict[str, float]:
    """Milliseconds of the list and of searches, as the page's own requests take them."""
    context = await browser.new_context()
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector("textarea")
    script = """async (path) => {
      const began = performance.now();
      const reply = await fetch(path);
      await reply.json();
      return performance.now() - began;
    }"""
    lists = [float(await page.evaluate(script, "/api/conversations?limit=50")) for _ in range(30)]
    words = ("quick", "fox adds", "n4711", "conversation n99", "message 3")
    asked = [f"/api/conversations?limit=50&query={word.replace(' ', '%20')}" for word in words for _ in range(8)]
    searches = [float(await page.evaluate(script, path)) for path in asked]
    await context.close()
    return {
        "list_p50_ms": round(median(lists), 1),
        "list_p95_ms": round(percentile(lists, 0.95), 1),
        "search_p50_ms": round(median(searches), 1),
        "search_p95_ms": round(percentile(searches, 0.95), 1),
    }


async def empty_page(browser: Browser, seconds: float) -> float:
    """Frames a second of a page with nothing on it."""
    page = await browser.new_page()
    frames = float(await page.evaluate(EMPTY, seconds))
    await page.close()
    return round(frames, 1)


def lazily(paint_bytes: int) -> int:
    """What all files of the page would weigh compressed, those loaded only when needed included."""
    files = [file for file in (ROOT / "src" / "helicon" / "web").rglob("*") if file.suffix in (".js", ".css", ".html")]
    return max(paint_bytes, sum(len(gzip.compress(file.read_bytes(), 9)) for file in files))


async def run(options: argparse.Namespace, folder: Path) -> dict[str, Any]:
    chromium = next(path for name in ("chromium", "google-chrome") if (path := shutil.which(name)))
    one = fill(folder)
    async with async_playwright() as started:
        browser = await started.chromium.launch(executable_path=chromium, args=FLAGS)
        with serving(folder) as url:
            visits = [await first_visit(browser, url) for _ in range(options.repeats)]
            library = await large_library(browser, url)
            scrolled = await long_conversation(browser, url, one, options.seconds)
        empty = await empty_page(browser, 3)
        context = await browser.new_context(viewport={"width": 1280, "height": 800})
        load = asdict(await measure_load(await context.new_page(), seconds=options.seconds))
        await browser.close()
    return {
        "first_paint_ms": {"p50": round(median(v[0] for v in visits), 1), "all": [round(v[0], 1) for v in visits]},
        "first_visit_bytes": visits[0][1],
        "first_visit_requests": visits[0][2],
        "all_files_bytes": lazily(visits[0][1]),
        "library": {"conversations": CONVERSATIONS, **library},
        "long_conversation": {"messages": TURNS, **scrolled},
        "stream": {"agents": 16, "tokens_per_second": 3000, **load},
        "empty_page_frames_per_second": empty,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = asyncio.run(run(options, Path(folder)))
    stream, library, scrolled = results["stream"], results["library"], results["long_conversation"]
    table(
        [
            ("what", "figure"),
            ("first paint, cold", f"{results['first_paint_ms']['p50']:.0f} ms"),
            ("first visit", f"{results['first_visit_bytes'] / 1024:.0f} KiB, {results['first_visit_requests']} files"),
            (
                "16 agents, 3,000 tokens/s",
                f"{stream['frames_per_second']:.0f} frames/s, key {stream['input_median']:.0f} ms",
            ),
            ("an empty page", f"{results['empty_page_frames_per_second']:.0f} frames/s"),
            ("2,000 messages scrolled", f"{scrolled['frames_per_second']:.0f} frames/s"),
            ("list of 10,000", f"{library['list_p50_ms']:.0f} ms, p95 {library['list_p95_ms']:.0f} ms"),
            ("search in 10,000", f"{library['search_p50_ms']:.0f} ms, p95 {library['search_p95_ms']:.0f} ms"),
        ]
    )
    write("page", results)


if __name__ == "__main__":
    main()
