"""Hostile text before a real browser (``payloads.py``): the Markdown component alone, then the whole page.

Contract, for each text wherever it comes from:
1. Nothing runs: no script, no handler, no dialog; the page's policy has nothing to refuse, because nothing is tried.
2. Nothing leaves: no request but to the page's own files and API, no navigation, no new window.
3. Nothing covers the page: what is outside of the answer stays visible and can be pressed.
4. The page answers again within 2 seconds.
5. Only known elements are made, and every link says where it leads.
6. All of it holds for answers and thoughts as they stream in, for agents, titles, folders, tags, names of files,
   imported conversations, and for a conversation that was exported as HTML, which has no policy of its own page.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from helicon.engines import ScriptedEngine
from helicon.engines.protocol import Request
from helicon.engines.scripted import Script, script
from tests.server.app_client import App
from tests.server.live import LiveServer
from tests.server.live import serving as serving_app
from tests.web.bench import bench
from tests.web.chatting import exported
from tests.web.harness import serving
from tests.web.payloads import HEAVY, LIGHT, PAYLOADS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = Path(__file__).parent
PATIENCE_SECONDS = 2.0
PARTS = 6
"""Conversations over which the texts are spread: the page shows the last 30 questions of one at once."""

FOUND = (HERE / "hostile" / "found.js").read_text("utf-8")
"""What should not be there below the elements that a selector names."""


@dataclass
class Watch:
    """Everything that a page did and should not have done."""

    page: Page
    origin: str
    seen: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)

    def begin(self) -> None:
        """Look from here on."""
        page = self.page
        page.on("dialog", self._dialog)
        page.on("popup", lambda popup: self.seen.append(f"a window: {popup.url}"))
        page.on("pageerror", lambda error: self.seen.append(f"an error: {error}"))
        page.on("download", lambda download: self.seen.append(f"a download: {download.url}"))
        page.on("framenavigated", lambda frame: self.seen.append(f"a navigation: {frame.url}"))
        page.on("frameattached", lambda frame: self.seen.append(f"a frame: {frame.url}"))
        page.on("console", self._console)
        page.on("request", self._request)

    async def _dialog(self, dialog: Any) -> None:
        self.seen.append(f"a dialog: {dialog.message}")
        await dialog.dismiss()

    def _console(self, line: Any) -> None:
        if "Security Policy" in line.text or "TrustedHTML" in line.text or line.type == "error":
            self.seen.append(f"the console: {line.text[:300]}")

    def _request(self, request: Any) -> None:
        url = request.url
        if url.startswith("data:image/"):
            return
        if not url.startswith(f"{self.origin}/"):
            self.seen.append(f"a request: {url[:300]}")
        self.files.append(url.removeprefix(self.origin))

    async def check(self) -> None:
        """Fail with what was seen, and with what scripts would have left."""
        if await self.page.evaluate("window.pwned !== undefined"):
            self.seen.append("a script ran")
        assert self.seen == []


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The component's bench."""
    with serving(bench(HERE / "markdown_bench.js")) as address:
        yield address


@pytest_asyncio.fixture(loop_scope="module")
async def watch(browser: Browser, url: str) -> AsyncIterator[Watch]:
    """The bench in a fresh browser profile, watched."""
    context = await browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(15_000)
    page = await context.new_page()
    await page.goto(url)
    await page.wait_for_selector(".markdown", state="attached")
    await page.evaluate(
        """() => {
          const bench = document.getElementById('bench');
          bench.style.cssText = 'position: absolute; inset-inline: 220px; inset-block-start: 120px';
          const guard = Object.assign(document.createElement('button'), { id: 'guard', textContent: 'Send' });
          guard.style.cssText = 'position: absolute; inset: 20px auto auto 20px; inline-size: 160px; block-size: 60px';
          document.body.prepend(guard);
          show('$x$');
        }"""
    )
    await page.locator("math").wait_for()
    watched = Watch(page, url)
    watched.begin()
    yield watched
    await context.close()


SHOW = """async ([text, streaming]) => {
  const began = performance.now();
  show(text, streaming);
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  document.body.getBoundingClientRect();
  return performance.now() - began;
}"""


async def seconds_to_show(page: Page, text: str, streaming: bool) -> float:
    """How long the page is busy; the best of a few times, because the machine may be busy too."""
    best = float("inf")
    for _ in range(4):
        best = min(best, await page.evaluate(SHOW, [text, streaming]) / 1000)
        if best < PATIENCE_SECONDS:
            break
        await page.evaluate(SHOW, ["", False])
    return best


COVERED = """() => {
  const box = document.getElementById('guard').getBoundingClientRect();
  const places = [[10, 10], [box.width / 2, box.height / 2], [box.width - 10, box.height - 10]];
  return places.some(([x, y]) => document.elementFromPoint(box.x + x, box.y + y)?.id !== 'guard');
}"""


@pytest.mark.parametrize("kind", PAYLOADS)
async def test_the_component_shows_it_and_nothing_else(
    watch: Watch, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    slowest: list[tuple[float, str]] = []
    for text in PAYLOADS[kind]:
        for part, streaming in ((text[: len(text) * 2 // 3], True), (text, True), (text, False)):
            took = await seconds_to_show(watch.page, part, streaming)
            slowest.append((took, repr(text[:60])))
            assert took < PATIENCE_SECONDS, f"{took:.1f} s for {text[:80]!r}"
        wrong = await watch.page.evaluate(FOUND, ".markdown")
        assert wrong == [], f"{wrong} of {text[:200]!r}"
        assert not await watch.page.evaluate(COVERED), f"covered by {text[:200]!r}"
        assert watch.seen == [], f"{watch.seen} of {text[:200]!r}"
    await watch.page.wait_for_timeout(300)
    await watch.check()
    known = ("/lib/highlight/", "/lib/temml/", "/favicon")
    assert [path for path in watch.files if not any(part in path for part in known)] == []
    took, text = max(slowest)
    with capsys.disabled():
        print(f"\n{len(PAYLOADS[kind])} {kind}: slowest {took:.2f} s, {text}")


@pytest.mark.parametrize(
    "deed",
    [
        "window.pwned = 1",
        "document.body.append(Object.assign(new Image(), { src: 'https://evil.example/x.png' }))",
        "document.querySelector('.markdown').innerHTML = '<b>x</b>'",
        "document.body.setAttribute('onclick', 'window.pwned=1')",
        "alert('x')",
        "fetch('https://evil.example').catch(() => {})",
        "location.href = '#/elsewhere'",
    ],
)
async def test_what_should_not_happen_would_be_seen(watch: Watch, deed: str) -> None:
    await watch.page.evaluate(f"setTimeout(() => {{ {deed} }})")
    await watch.page.wait_for_timeout(300)
    with pytest.raises(AssertionError):
        await watch.check()


WHOLE = (HERE / "hostile" / "whole.js").read_text("utf-8")
"""What should not be there on the whole page."""


def answering(request: Request) -> Script:
    """Thinks and says the text that the last question numbers."""
    said = " ".join(message.text for message in request.messages if message.role == "user")
    text = LIGHT[int((re.findall(r"show number (\d+)", said) or ["0"])[-1])]
    return script(text, text, logprob=-0.01)


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    """The real server, whose model says what is asked for by number."""
    with serving_app([ScriptedEngine(answering)]) as server:
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def seen(browser: Browser, live: LiveServer) -> AsyncIterator[Watch]:
    """The page in a fresh browser profile, watched from its first request on."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(20_000)
    watched = Watch(await context.new_page(), live.url)
    watched.begin()
    yield watched
    await context.close()


async def open_at(watch: Watch, route: str) -> None:
    """Show a route; its navigations are ours."""
    await watch.page.goto(f"{watch.origin}/{route}")
    await watch.page.reload()
    await watch.page.wait_for_selector(".shell")
    watch.seen = [one for one in watch.seen if not one.startswith(f"a navigation: {watch.origin}/")]


async def unfold(page: Page) -> None:
    """Open every thought, lane and section, as a curious person would."""
    for _ in range(3):
        for closed in (".stored", ".fold-line[aria-expanded=false]", ".lane-button[aria-expanded=false]", "summary"):
            await page.evaluate(
                """(closed) => {
                  for (const one of document.querySelectorAll(closed)) if (!one.parentElement.open) one.click();
                }""",
                closed,
            )
        await page.wait_for_timeout(150)


async def unharmed(watch: Watch) -> None:
    """Everything that is shown now is harmless, and the page still answers."""
    assert await watch.page.evaluate(FOUND, ".markdown") == []
    assert await watch.page.evaluate(WHOLE) == []
    best = float("inf")
    for _ in range(4):
        best = min(best, await watch.page.evaluate(FRAME) / 1000)
    assert best < PATIENCE_SECONDS
    await watch.check()


FRAME = """async () => {
  const began = performance.now();
  await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
  return performance.now() - began;
}"""


@pytest.mark.parametrize("part", range(PARTS))
async def test_answers_and_thoughts_that_stream_in(seen: Watch, live: LiveServer, part: int) -> None:
    app = App(live)
    place = await asyncio.to_thread(app.conversation, title="hostile")
    await open_at(seen, f"#/c/{place}")
    parent: str | None = None
    for number in range(part, len(LIGHT), PARTS):
        given = {"mode": "thinking", "parent": parent}
        made = await asyncio.to_thread(app.say, f"show number {number}", place, **given)
        await asyncio.to_thread(app.ended, made["run"])
        parent = made["assistant"]["id"]
    await seen.page.locator(f'[data-id="{parent}"] .deeds').wait_for()
    await unharmed(seen)
    await unfold(seen.page)
    await unharmed(seen)
    shown = await seen.page.locator(".message.reply .markdown").count()
    assert shown == len(range(part, len(LIGHT), PARTS))


async def test_agents_that_contemplate(seen: Watch, live: LiveServer) -> None:
    app = App(live)
    for number in range(0, len(LIGHT), 12):
        made = await asyncio.to_thread(
            app.say, f"show number {number}", mode="contemplating", options={"agents": 3, "rounds": 1}
        )
        await asyncio.to_thread(app.ended, made["run"])
        await open_at(seen, f"#/c/{made['user']['conversation']}")
        await seen.page.locator(".message.reply .deeds").wait_for()
        await unfold(seen.page)
        await unharmed(seen)


async def test_titles_folders_tags_and_imported_conversations(seen: Watch, live: LiveServer) -> None:
    app = App(live)
    old = [
        exported(text[:200] or "x", [("user", text), ("assistant", text)], begin=1.7e9 + number)
        | {"id": f"hostile-{number}", "conversation_id": f"hostile-{number}"}
        for number, text in enumerate(LIGHT)
    ]
    report = await asyncio.to_thread(app.post, "/api/import", old)
    assert report["imported"] == len(LIGHT)
    items = (await asyncio.to_thread(app.get, "/api/conversations?limit=500"))["items"]
    made = [one for one in items if one["source"].startswith("chatgpt:hostile")]
    for number, one in enumerate(made):
        word = " ".join(LIGHT[number].split())[:50] or "x"
        body = {"folder": word, "tags": [word]}
        await asyncio.to_thread(app.ask, "PATCH", f"/api/conversations/{one['id']}", body)
    await open_at(seen, "")
    rows = seen.page.locator(".row-title")
    await rows.first.wait_for()
    await seen.page.evaluate(
        """async () => {
          const buttons = () => [...document.querySelectorAll('button')];
          const more = () => buttons().find((one) => one.textContent.trim() === 'Show more');
          for (let times = 0; times < 6; times += 1) {
            more()?.click();
            await new Promise((done) => setTimeout(done, 200));
          }
        }"""
    )
    await unharmed(seen)
    for one in made[::6]:
        await open_at(seen, f"#/c/{one['id']}")
        await seen.page.locator(".message.reply .deeds").wait_for()
        await unfold(seen.page)
        await unharmed(seen)


async def test_names_of_files(seen: Watch, live: LiveServer) -> None:
    app = App(live)
    images = [
        {"data": PIXEL, "media_type": "image/png", "name": name}
        for name in (
            "<img src=x onerror=window.pwned=1>.png",
            '"><script>window.pwned=1</script>.png',
            "javascript:window.pwned=1",
            "safe\u202egnp.exe",
            "../../etc/passwd.svg",
            "https://evil.example/x.png",
        )
    ]
    for image in images:
        made = await asyncio.to_thread(app.say, "show number 0", images=[image], mode="instant")
        await asyncio.to_thread(app.ended, made["run"])
        await open_at(seen, f"#/c/{made['user']['conversation']}")
        await seen.page.locator(".message.reply .deeds").wait_for()
        picture = seen.page.locator(".pictures img")
        assert await picture.evaluate("(one) => one.decode().then(() => one.naturalWidth)") > 0
        await unharmed(seen)


async def test_a_conversation_exported_as_html(seen: Watch, live: LiveServer, browser: Browser, tmp_path: Path) -> None:
    app = App(live)
    turns = [turn for text in LIGHT for turn in (("user", text), ("assistant", text))]
    old = exported("</title><script>window.pwned=1</script>", turns) | {"id": "whole", "conversation_id": "whole"}
    await asyncio.to_thread(app.post, "/api/import", [old])
    items = (await asyncio.to_thread(app.get, "/api/conversations?limit=500"))["items"]
    [one] = [one for one in items if one["source"] == "chatgpt:whole"]
    await open_at(seen, f"#/c/{one['id']}")
    await seen.page.locator(".message.reply .deeds").last.wait_for()
    await seen.page.evaluate(
        """async (one) => {
          const make = URL.createObjectURL;
          URL.createObjectURL = (blob) => { window.made = blob; return make(blob); };
          HTMLAnchorElement.prototype.click = () => {};
          const main = document.querySelector('script[type=module]').src;
          const { exportConversation } = await import(new URL('chat/export.js', main));
          await exportConversation(one, 'html');
        }""",
        one,
    )
    text = await seen.page.evaluate("window.made.text()")
    assert len(text) > 20_000
    page_file = tmp_path / "exported.html"
    page_file.write_text(text, "utf-8")
    context = await browser.new_context()
    reader = Watch(await context.new_page(), "file:")
    await reader.page.goto(page_file.as_uri())
    reader.begin()
    await reader.page.reload()
    await reader.page.wait_for_timeout(500)
    reader.seen = [one for one in reader.seen if not one.startswith(("a navigation: file:", "a request: file:"))]
    await reader.check()
    unsafe = (
        r"<(?:script|iframe|object|embed|form|base|svg[^>]*onload)\b|\son\w+=\"|href=\"(?:javascript|data|vbscript)"
    )
    assert re.findall(unsafe, text) == []
    await context.close()


@pytest.mark.parametrize("number", range(0, len(HEAVY), 4))
async def test_large_texts_leave_the_page_usable(seen: Watch, live: LiveServer, number: int) -> None:
    app = App(live)
    text = HEAVY[number]
    old = exported("large", [("user", text), ("assistant", text)]) | {
        "id": f"big{number}",
        "conversation_id": f"big{number}",
    }
    await asyncio.to_thread(app.post, "/api/import", [old])
    items = (await asyncio.to_thread(app.get, "/api/conversations?limit=500"))["items"]
    [one] = [one for one in items if one["source"] == f"chatgpt:big{number}"]
    await open_at(seen, "")
    await seen.page.locator(".row-title").first.wait_for()
    took = await seen.page.evaluate(
        """async (id) => {
          location.hash = `#/c/${id}`;
          let longest = 0;
          const from = performance.now();
          while (performance.now() - from < 20000) {
            const began = performance.now();
            await new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
            longest = Math.max(longest, performance.now() - began);
            if (document.querySelector('.message.reply .deeds') && performance.now() - began < 200) break;
          }
          return longest;
        }""",
        one["id"],
    )
    assert took / 1000 < 3 * PATIENCE_SECONDS, f"{took / 1000:.1f} s for {text[:60]!r}"
    await seen.page.locator(".message.reply .deeds").wait_for()
    seen.seen = [said for said in seen.seen if not said.startswith(f"a navigation: {seen.origin}/")]
    await unharmed(seen)


PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
