"""Windows of the page in every size and scheme, its own modules for pure questions, and screenshots as artefacts."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tests.server.live import PATIENCE_SECONDS
from tests.web.conftest import ARTEFACTS

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page


@dataclass
class Window:
    """A page and what went wrong on it."""

    page: Page
    url: str
    """Of its server."""
    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    """Script errors and refusals by the content security policy."""

    async def go(self, route: str) -> Page:
        """Show a route such as ``#/ledger`` and wait until the shell is there."""
        await self.page.goto(f"{self.url}/{route}")
        await self.page.wait_for_selector(".shell, .login")
        return self.page

    async def shoot(self, name: str) -> None:
        """Keep a screenshot."""
        ARTEFACTS.mkdir(parents=True, exist_ok=True)
        await self.page.screenshot(path=ARTEFACTS / f"{name}.png")

    async def module(self, path: str, expression: str) -> Any:
        """The value of ``expression``, in which ``m`` is the page's module at ``path``."""
        where = "new URL(path, document.querySelector('script[type=module]').src)"
        return await self.page.evaluate(f"(path) => import({where}).then((m) => ({expression}))", path)

    async def until(self, expression: str) -> None:
        """Wait until an expression is true: the page's policy forbids what Playwright's own wait does."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while not await self.page.evaluate(expression):
            assert time.monotonic() < ends, f"it did not happen within {PATIENCE_SECONDS:g} s: {expression}"
            await asyncio.sleep(0.05)

    async def fits(self) -> None:
        """Nothing sticks out to the side."""
        found = await self.page.evaluate(
            "() => [...document.querySelectorAll('html, .main, .other')]"
            ".filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.className || one.tagName)"
        )
        assert found == [], f"wider than the window: {found}"

    async def speaks(self) -> None:
        """No key of the language files stands where words should be."""
        text = await self.page.inner_text("body")
        areas = ("compare.", "ledger.", "settings.", "parts.", "mode.")
        bare = [word for word in text.split() if word.startswith(areas)]
        assert bare == [], f"keys without words: {bare}"


@asynccontextmanager
async def window(
    browser: Browser,
    url: str,
    *,
    phone: bool = False,
    dark: bool = False,
    language: str = "en-GB",
    bypass_csp: bool = False,
) -> AsyncIterator[Window]:
    """A fresh browser profile with one page; errors on it fail the test, and so does a request to anybody else."""
    context = await browser.new_context(
        viewport={"width": 390, "height": 844} if phone else {"width": 1280, "height": 800},
        color_scheme="dark" if dark else "light",
        locale=language,
        timezone_id="UTC",
        is_mobile=phone,
        has_touch=phone,
        bypass_csp=bypass_csp,
        accept_downloads=True,
    )
    context.set_default_timeout(20_000)
    opened = Window(await context.new_page(), url)
    opened.page.on("request", lambda request: opened.requests.append(request.url))
    opened.page.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.page.on(
        "console", lambda line: opened.errors.append(line.text) if "Content Security Policy" in line.text else None
    )
    try:
        yield opened
    finally:
        await context.close()
    own = urlsplit(url).netloc
    foreign = [asked for asked in opened.requests if urlsplit(asked).netloc not in (own, "")]
    assert foreign == [], f"requests that left the page's server: {foreign}"
    assert opened.errors == []
