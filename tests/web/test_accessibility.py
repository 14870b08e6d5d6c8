"""axe-core looks at every page and state of the page: no serious or critical finding.

It is a development dependency of this test alone (``tests/web/axe``), fetched by npm when it is not there, and put
into the page past its content security policy. Wide and phone, light and dark, English and Portuguese.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helicon.engines import ScriptedEngine
from helicon.engines.protocol import Health, Request
from helicon.engines.scripted import ABLE, INFO, Script, script
from helicon.server import KeyRing
from tests.server.live import LiveServer, serving, wait_until
from tests.web.windows import Window, window

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

FOLDER = Path(__file__).parent / "axe"
AXE = FOLDER / "node_modules" / "axe-core" / "axe.min.js"
ANSWER = """The new price is **144**.

## How

| step | value |
|---|---|
| price | 180 |
| off | 36 |

```python
print(180 * (1 - 0.2))
```

- It is $180 \\times 0.8 = 144$, see [the rule](https://example.org/).
"""


def answering(request: Request) -> Script:
    """Agents that do not all agree, and an answer with everything markdown has."""
    slow = 0.05 if "slowly" in str(request.messages[-1]) else 0.0
    odd = (request.seed or 0) % 4 == 0
    return script("20% of 180 is 36. " * 3, "It is 150." if odd else ANSWER, logprob=-0.01, delay_seconds=slow)


def engines() -> list[ScriptedEngine]:
    away = Health(ready=False, detail="nobody answers at http://127.0.0.1:9.")
    able = replace(ABLE, images=False, tools=False)
    return [
        ScriptedEngine(answering, capabilities=able),
        ScriptedEngine(answering, info=replace(INFO, name="away"), health=away),
    ]


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core."""
    if not AXE.exists():
        npm = shutil.which("npm")
        if npm is None:
            pytest.skip("no npm here to fetch axe-core with")
        command = [npm, "install", "--silent", "--no-audit", "--no-fund"]
        done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=300, check=False)
        if done.returncode or not AXE.exists():
            pytest.skip("npm could not fetch axe-core; run `npm install` in tests/web/axe")
    return AXE.read_text(encoding="utf-8")


def send(live: LiveServer, text: str, mode: str, conversation: str = "") -> tuple[str, str]:
    """Ask; gives the conversation and the run."""
    made = conversation or live.request("POST", "/api/conversations", {"title": ""}).json()["id"]
    body: dict[str, Any] = {"parent": None, "text": text, "images": [], "model": "scripted", "mode": mode}
    return made, str(live.request("POST", f"/api/conversations/{made}/messages", body).json()["run"])


def ended(live: LiveServer, run: str) -> bool:
    return bool(live.request("GET", f"/api/runs/{run}").json()["run"]["state"] != "running")


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server that was used: conversations in every mode, comparisons with and without a vote."""
    with serving(engines(), data=str(tmp_path_factory.mktemp("data"))) as server:
        for mode in ("instant", "thinking", "contemplating"):
            _, run = send(server, f"({mode}) The price is 180. There is 20% off. How much do I pay?", mode)
            wait_until(partial(ended, server, run))
        for blind in (False, True):
            entries: list[dict[str, Any]] = [
                {"model": "scripted", "mode": mode, "options": {}} for mode in ("instant", "thinking")
            ]
            body = {"text": "What is 17 + 25?", "images": [], "entries": entries, "blind": blind}
            made = server.request("POST", "/api/comparisons", body).json()
            if not blind:
                path = f"/api/comparisons/{made['conversation']['id']}/vote"
                server.request("POST", path, {"winner": made["messages"][1]["id"]})
        yield server


def titled(live: LiveServer, words: str) -> str:
    """The id of the newest conversation whose title has these words."""
    items = live.request("GET", "/api/conversations").json()["items"]
    return str(next(one["id"] for one in items if words in one["title"]))


async def findings(page: Page) -> list[str]:
    """What axe-core holds for serious or critical, in words."""
    found: dict[str, Any] = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


@asynccontextmanager
async def looked_at(browser: Browser, live: LiveServer, axe: str, look: str) -> AsyncIterator[Window]:
    phone, dark = look.split("-")
    async with window(
        browser, live.url, phone=phone == "phone", dark=dark == "dark", language="pt-BR" if dark == "dark" else "en",
        bypass_csp=True,
    ) as opened:  # fmt: skip
        await opened.page.add_init_script(axe)
        yield opened


async def welcome(page: Page, live: LiveServer) -> None:
    await page.wait_for_selector("#question")


async def menu(page: Page, live: LiveServer) -> None:
    await page.locator("[aria-haspopup=menu]:visible").first.click()


async def listed(page: Page, live: LiveServer) -> None:
    await page.evaluate("document.activeElement.blur()")
    await page.keyboard.press("?")
    await page.wait_for_selector("dialog[open]")


async def bounds(page: Page, live: LiveServer) -> None:
    await page.locator(".options-button").click()
    await page.wait_for_selector("dialog[open]")


async def drawer(page: Page, live: LiveServer) -> None:
    opener = page.locator(".opener")
    if await opener.is_visible():
        await opener.click()


async def unfolded(page: Page, live: LiveServer) -> None:
    await page.wait_for_selector(".run-view")
    for button in await page.locator(".run-view [aria-expanded=false]:visible").all():
        if await button.is_visible():
            await button.click()


async def custom(page: Page, live: LiveServer) -> None:
    await page.wait_for_selector(".ledger-table")
    await page.locator(".ledger-daily summary").click()
    await page.locator(".ledger-range input").last.check()


async def wrong(page: Page, live: LiveServer) -> None:
    await page.locator(".add-model input").fill("localhost:1/v1#x")
    for summary in await page.locator(".settings-section summary").all():
        await summary.click()


async def voted(page: Page, live: LiveServer) -> None:
    await page.wait_for_selector(".standings")
    await page.locator(".pairs summary").click()


async def answered(page: Page, live: LiveServer) -> None:
    await page.wait_for_selector(".vote-bar")


async def there(page: Page, live: LiveServer) -> None:
    await page.wait_for_selector("main")


Prepare = Callable[[Page, LiveServer], Awaitable[None]]
STATES: dict[str, tuple[str, Prepare]] = {
    "welcome": ("#/", welcome),
    "incognito": ("#/incognito", welcome),
    "menu": ("#/", menu),
    "shortcuts": ("#/", listed),
    "options": ("#/", bounds),
    "drawer": ("#/", drawer),
    "instant": ("#/c/(instant)", welcome),
    "thinking": ("#/c/(thinking)", unfolded),
    "contemplating": ("#/c/(contemplating)", unfolded),
    "missing": ("#/c/nobody-has-this", there),
    "compare": ("#/compare", voted),
    "comparison": ("#/compare/What is", answered),
    "ledger": ("#/ledger", custom),
    "models": ("#/settings/models", wrong),
    "defaults": ("#/settings/defaults", there),
    "appearance": ("#/settings/appearance", there),
    "keyboard": ("#/settings/shortcuts", there),
    "data": ("#/settings/data", there),
    "about": ("#/settings/about", there),
}


@pytest.mark.parametrize("look", ["wide-light", "wide-dark", "phone-light", "phone-dark"])
async def test_no_page_has_a_serious_finding(browser: Browser, live: LiveServer, axe: str, look: str) -> None:
    wrongs: dict[str, list[str]] = {}
    async with looked_at(browser, live, axe, look) as opened:
        for name, (route, prepare) in STATES.items():
            path, _, words = route.rpartition("/")
            if path in ("#/c", "#/compare") and words and not words.startswith("nobody"):
                route = f"{path}/{titled(live, words)}"
            await opened.page.goto("about:blank")
            page = await opened.go(route)
            await prepare(page, live)
            await page.wait_for_timeout(400)
            if found := await findings(page):
                wrongs[name] = found
    assert wrongs == {}


@pytest.mark.parametrize("look", ["wide-light", "phone-dark"])
async def test_a_running_contemplation_has_none(browser: Browser, live: LiveServer, axe: str, look: str) -> None:
    made, run = send(live, "Please think slowly: what is 180 less 20%?", "contemplating")
    async with looked_at(browser, live, axe, look) as opened:
        page = await opened.go(f"#/c/{made}")
        await expect(page.locator(".run-view")).to_be_visible()
        assert await findings(page) == []
        live.request("POST", f"/api/runs/{run}/stop", {})


async def test_the_login_has_none(browser: Browser, axe: str) -> None:
    with serving(engines(), keys=KeyRing.of(["first-key-of-the-test"])) as live:
        for look in ("wide-light", "phone-dark"):
            async with looked_at(browser, live, axe, look) as opened:
                page = await opened.go("")
                await expect(page.locator(".login")).to_be_visible()
                assert await findings(page) == []
