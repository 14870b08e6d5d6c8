"""A headless Chromium for the page's tests: the system's own, nothing is downloaded."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import urlsplit

import pytest
import pytest_asyncio

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page

ARTEFACTS = Path(__file__).parents[2] / "artefacts" / "page"
"""Screenshots of the last test run, to be looked at."""

Shot: TypeAlias = Callable[..., Awaitable[None]]
"""``await shot(page, "name")``"""

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


@dataclass
class Tab:
    """A page and what happened on it."""

    page: Page
    requests: list[str] = field(default_factory=list)
    """Every address that the page asked for."""
    errors: list[str] = field(default_factory=list)
    """Script errors, refusals by the content security policy, dialogs."""

    async def open(self, url: str) -> Page:
        """Load the page and wait until it is ready for a question."""
        await self.page.goto(url)
        await self.page.wait_for_selector("#question")
        return self.page

    def strangers(self, url: str) -> list[str]:
        """Requests that left the origin of ``url``."""
        own = urlsplit(url).netloc
        return [asked for asked in self.requests if urlsplit(asked).netloc != own and not asked.startswith("data:")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    """One browser per test module."""
    playwright = pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium on this machine; on Debian: apt-get install chromium")
    playwright.expect.set_options(timeout=20_000)
    async with playwright.async_playwright() as started:
        opened = await started.chromium.launch(executable_path=path, args=FLAGS)
        yield opened
        await opened.close()


@pytest_asyncio.fixture(loop_scope="module")
async def tab(browser: Browser) -> AsyncIterator[Tab]:
    """A fresh page without any history; script errors fail the test."""
    context = await browser.new_context(viewport={"width": 1000, "height": 800})
    context.set_default_timeout(15_000)
    opened = Tab(await context.new_page())
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.page.on(
        "console", lambda line: opened.errors.append(line.text) if "Content Security Policy" in line.text else None
    )
    yield opened
    await context.close()
    assert opened.errors == []


@pytest.fixture
def shot(request: pytest.FixtureRequest) -> Shot:
    """Keeps a picture of the page among the artefacts, named after the test."""
    test = re.sub(r"[^a-z0-9]+", "-", request.node.name.removeprefix("test_").lower()).strip("-")

    async def take(page: Page, name: str = "") -> None:
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=ARTEFACTS / f"{test}{'-' if name else ''}{name}.png")

    return take
