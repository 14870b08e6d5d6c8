"""Pictures of the page in real use, for README and docs/page.md: ``python benchmarks/page_shots.py``.

Starts ``helicon serve`` on nano in a folder of its own, asks real questions, and drives the system's Chromium through
the page: a first visit, a thought, a contemplation in the middle and at its end, a comparison, the ledger, the
settings. Writes ``docs/images/page-*.png``, each of at most 256 colours. Every answer, count and vote is real; only
their days are spread over the last weeks, because a ledger of one afternoon is one bar.
"""

from __future__ import annotations

import asyncio
import json
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from random import Random
from typing import Any
from urllib.request import Request, urlopen

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

IMAGES = Path(__file__).resolve().parents[1] / "docs" / "images"
LARGEST = 150 * 1024
PATIENCE_SECONDS = 120.0
DAY = 86_400
PUZZLES = (
    "Fill the gaps with + and - so that 9 _ 14 _ 10 _ 12 = 25.",
    "Place the digits 2, 5, 3 into __ * _ = 160, each once.",
    "Use 3, 7, 8 and 9 once each to make 24.",
    "Fill the gaps with + and - so that 17 _ 5 _ 8 _ 11 = 31.",
)
EARLIER = (
    ("The price is 180. There is 20% off. How much do I pay?", "thinking"),
    ("Sort these numbers: 41, 7, 93, 18, 60.", "thinking"),
    ("Which is cheaper per lemon: 4 for 1.70 or 3 for 1.10?", "auto"),
    ("Emma is poorer than Vera. Sam is poorer than Emma. Who is the poorest?", "thinking"),
    ("For which y is 6y - 9 = 345?", "contemplating"),
    ("What is 37 * 24 + 158?", "contemplating"),
    ("Count the es in cheese.", "instant"),
    ("What is 128 - 20 * 3?", "auto"),
    ("Place the digits 2, 5, 3 into __ * _ = 160, each once.", "contemplating"),
    ("Which weekday is 100 days after a Monday?", "thinking"),
    ("The price is 64. There is 25% off. How much do I pay?", "contemplating"),
    ("What is 17 * 23?", "thinking"),
)


class Server:
    """A server under way; ``ask`` is one request of its API."""

    def __init__(self, url: str, folder: Path) -> None:
        self.url = url
        self.folder = folder

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = Request(self.url + path, data, {"content-type": "application/json"}, method=method)
        with urlopen(request, timeout=PATIENCE_SECONDS) as reply:
            return json.loads(reply.read() or b"null")

    def question(self, text: str, mode: str, seed: int) -> None:
        """Ask in a conversation of its own, and wait for the end."""
        made = self.ask("POST", "/api/conversations", {"model": "nano", "mode": mode})["id"]
        body = {"text": text, "model": "nano", "mode": mode, "options": {"seed": seed}}
        run = self.ask("POST", f"/api/conversations/{made}/messages", body)["run"]
        while self.ask("GET", f"/api/runs/{run}")["run"]["state"] == "running":
            time.sleep(0.05)

    def compared(self, text: str, seed: int, winner: int) -> None:
        """A comparison of two modes, and a vote for one of the answers."""
        modes = ("thinking", "contemplating")
        entries = [{"model": "nano", "mode": mode, "options": {"seed": seed}} for mode in modes]
        made = self.ask("POST", "/api/comparisons", {"text": text, "images": [], "entries": entries, "blind": True})
        for run in made["runs"]:
            while self.ask("GET", f"/api/runs/{run}")["run"]["state"] == "running":
                time.sleep(0.05)
        there = f"/api/comparisons/{made['conversation']['id']}/vote"
        self.ask("POST", there, {"winner": made["messages"][1 + winner]["id"]})

    def spread(self, days: int) -> None:
        """Move what happened so far to earlier days, each conversation as a whole."""
        random = Random("days")
        with sqlite3.connect(self.folder / "helicon.sqlite3") as database:
            for (one,) in database.execute("SELECT id FROM conversations ORDER BY number").fetchall():
                back = DAY * random.randrange(1, days) + random.randrange(DAY // 3)
                database.execute("UPDATE page_runs SET created = created - ? WHERE conversation = ?", (back, one))
                moved = "UPDATE conversations SET created = created - ?, updated = updated - ? WHERE id = ?"
                database.execute(moved, (back, back, one))


@contextmanager
def serving() -> Iterator[Server]:
    """``helicon serve`` on nano, with conversations in a folder that is removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "helicon", "serve", "--model", "nano", "--port", "0", "--data", folder]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if found := re.search(r"http://[\d.]+:\d+", line):
                    yield Server(found[0], Path(folder))
                    break
        finally:
            process.terminate()
            process.wait(PATIENCE_SECONDS)


@asynccontextmanager
async def window(browser: Browser, url: str, *, phone: bool = False, dark: bool = False) -> AsyncIterator[Page]:
    """A fresh profile with the page in it."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
        color_scheme="dark" if dark else "light",
        locale="en-GB",
        is_mobile=phone,
        has_touch=phone,
    )
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(".shell")
    yield page
    await context.close()


async def shoot(page: Page, name: str) -> None:
    """Write one picture."""
    await page.wait_for_timeout(400)
    await keep(page, await page.screenshot(), name)


PALETTE = """async (data) => {
  const image = await createImageBitmap(await (await fetch(data)).blob());
  const canvas = new OffscreenCanvas(image.width, image.height);
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  const pixels = new Uint32Array(context.getImageData(0, 0, image.width, image.height).data.buffer);
  const count = new Map();
  for (const pixel of pixels) count.set(pixel, (count.get(pixel) ?? 0) + 1);
  const kept = [...count].sort((one, other) => other[1] - one[1]).slice(0, 256).map(([pixel]) => pixel);
  const parts = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];
  const colours = kept.map(parts);
  const near = new Map(kept.map((pixel, place) => [pixel, place]));
  for (const pixel of count.keys()) {
    if (near.has(pixel)) continue;
    const [red, green, blue] = parts(pixel);
    let best = 0;
    let least = Infinity;
    colours.forEach(([r, g, b], place) => {
      const far = 2 * (r - red) ** 2 + 4 * (g - green) ** 2 + (b - blue) ** 2;
      if (far < least) [best, least] = [place, far];
    });
    near.set(pixel, best);
  }
  let text = "";
  for (let at = 0; at < pixels.length; at += 8192) {
    text += String.fromCharCode(...[...pixels.subarray(at, at + 8192)].map((pixel) => near.get(pixel)));
  }
  return { width: image.width, height: image.height, colours: colours.flat(), pixels: btoa(text) };
}"""
"""The picture's most frequent colours, and for each pixel the place of the nearest one."""


async def indexed(context: BrowserContext, png: bytes) -> bytes:
    """The picture with at most 256 colours, as a PNG with a palette."""
    page = await context.new_page()
    found = await page.evaluate(PALETTE, "data:image/png;base64," + b64encode(png).decode())
    await page.close()
    width, height, pixels = found["width"], found["height"], b64decode(found["pixels"])
    rows = b"".join(b"\0" + pixels[start : start + width] for start in range(0, width * height, width))
    head = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    parts = ((b"IHDR", head), (b"PLTE", bytes(found["colours"])), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


async def keep(page: Page, png: bytes, name: str) -> None:
    """Store a picture."""
    path = IMAGES / f"page-{name}.png"
    IMAGES.mkdir(parents=True, exist_ok=True)
    path.write_bytes(await indexed(page.context, png))
    size = path.stat().st_size
    print(f"{path.relative_to(IMAGES.parents[1])}  {size / 1024:.0f} KiB")
    if size > LARGEST:
        raise SystemExit(f"{path.name} has {size} bytes; expected at most {LARGEST}.")


async def ask(page: Page, text: str, mode: str) -> None:
    """Choose a mode, type a question and send it."""
    await page.locator("#question").wait_for()
    radio = page.get_by_role("radio", name=mode, exact=True)
    if await radio.count():
        await radio.check(force=True)
    else:
        await page.get_by_role("button", name=re.compile("^Mode: ")).click()
        await page.get_by_role("menuitemradio", name=re.compile(f"^{mode}")).click()
    await page.locator("#question").fill(text)
    await page.locator("button.send").click()
    await page.wait_for_selector(".run-view, article")


async def ended(page: Page) -> None:
    await page.wait_for_selector("button.cost", timeout=PATIENCE_SECONDS * 1000)
    await page.evaluate("document.activeElement.blur()")


async def in_the_middle(browser: Browser, url: str) -> None:
    """A contemplation while agents think and some have voted; asked again where the machine was too fast."""
    for attempt in range(20):
        async with window(browser, url) as page:
            await ask(page, PUZZLES[attempt % len(PUZZLES)], "Contemplating")
            while not await page.locator("button.cost").count():
                votes = await page.locator(".lane.is-finished").count()
                running = await page.locator(".lane.is-thinking, .lane.is-answering, .lane.is-running").count()
                if votes and running > 2:
                    picture = await page.screenshot()
                    if not await page.locator("button.cost").count():
                        await keep(page, picture, "contemplating")
                        return
    raise SystemExit("nano was always done before the picture was taken.")


async def main() -> None:
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        raise SystemExit("no Chromium on this machine; on Debian: apt-get install chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        with serving() as server:
            async with window(browser, server.url) as page:
                await shoot(page, "first-visit")
            await asyncio.to_thread(use, server)
            await photograph(browser, server)
        await browser.close()


def use(server: Server) -> None:
    """What people might have asked over some weeks."""
    for round_ in range(3):
        for place, (text, mode) in enumerate(EARLIER):
            server.question(text, mode, seed=100 * round_ + place)
    for place in range(9):
        server.compared(EARLIER[place][0], place, winner=0 if place in (2, 6) else 1)
    server.spread(28)


async def photograph(browser: Browser, server: Server) -> None:
    """Every picture but that of the first visit."""
    await in_the_middle(browser, server.url)
    async with window(browser, server.url) as page:
        await ask(page, "Emma is poorer than Vera. Sam is poorer than Emma. Who is the poorest?", "Thinking")
        await ended(page)
        await page.locator(".run-view [aria-expanded=false]").first.click()
        await shoot(page, "thinking")
    async with window(browser, server.url, dark=True) as page:
        await ask(page, PUZZLES[0], "Contemplating")
        await ended(page)
        await page.locator(".run-view [aria-expanded=false]").first.click()
        await shoot(page, "contemplated")
    async with window(browser, server.url, phone=True) as page:
        await ask(page, PUZZLES[1], "Contemplating")
        await ended(page)
        await page.locator(".run-view [aria-expanded=false]").first.click()
        await shoot(page, "phone")
    async with window(browser, f"{server.url}/#/compare") as page:
        await page.get_by_label("Question for all of them").fill("What is 37 * 24 + 158?")
        await page.get_by_role("button", name="Add another").click()
        await page.get_by_label("Mode of C").select_option("instant")
        await page.get_by_role("button", name="Compare", exact=True).click()
        await page.locator(".vote-buttons").wait_for(timeout=PATIENCE_SECONDS * 1000)
        await shoot(page, "compare")
        await page.goto(f"{server.url}/#/compare")
        await page.locator(".standings").scroll_into_view_if_needed()
        await page.locator(".votes-section").evaluate("(one) => one.scrollIntoView({ block: 'center' })")
        await shoot(page, "votes")
    async with window(browser, f"{server.url}/#/ledger") as page:
        await page.locator(".plot canvas").wait_for()
        await shoot(page, "ledger")
    async with window(browser, f"{server.url}/#/settings/models") as page:
        await page.locator(".model-card").wait_for()
        await shoot(page, "settings")


if __name__ == "__main__":
    asyncio.run(main())
