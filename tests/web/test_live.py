"""The page on Helicon's own server.

Contract:
1. The three modes and auto are asked and shown through the real wire, with each agent's part.
2. Stop ends the generation at the engine.
3. An engine that fails, before or after the first word, is said in words.
4. A server with keys serves the page, and the page asks for a key.
5. ``helicon serve`` on a real engine answers the page; nothing leaves the origin.
"""

from __future__ import annotations

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from helicon.engines import ScriptedEngine
from helicon.engines.protocol import Request
from helicon.engines.scripted import Script, script
from helicon.server import KeyRing
from tests.server.live import serving, wait_until
from tests.web.conftest import Tab
from tests.web.test_page import ask

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import expect

pytestmark = pytest.mark.asyncio(loop_scope="module")


def arithmetic(request: Request) -> Script:
    """Every agent finds 42."""
    return script("17 and 25 make 42.", "The answer is 42.", logprob=-0.01)


@pytest.mark.parametrize("mode", ["instant", "thinking", "contemplating", "auto"])
async def test_every_mode_is_asked_and_shown(tab: Tab, mode: str) -> None:
    with serving([ScriptedEngine(arithmetic)]) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", mode)
        await expect(page.locator(".ledger")).to_contain_text("Answer tokens")
        await expect(page.locator(".answer")).to_contain_text("42")
        await expect(page.get_by_role("status")).to_have_text("Answer ready")
        if mode == "contemplating":
            assert await page.locator(".agents > li").count() > 1
            await expect(page.locator(".votes > li").first).to_contain_text("42")
            await expect(page.locator(".work > summary")).to_contain_text("agents answered")
        if mode == "thinking":
            await expect(page.locator(".work > .thought")).to_have_text("17 and 25 make 42.")
        if mode == "auto":
            await expect(page.locator(".reason")).to_contain_text("Why this mode:")
        await ask(page, "And again?", mode)
        await expect(page.locator(".ledger")).to_have_count(2)
        await expect(page.locator(".ledger").nth(1)).to_contain_text("Answer tokens")
    assert tab.strangers(live.url) == []


@pytest.mark.parametrize("mode", ["thinking", "contemplating"])
async def test_stop_ends_the_generation_at_the_engine(tab: Tab, mode: str) -> None:
    engine = ScriptedEngine([script("Hm. " * 1000, "42", delay_seconds=0.05)])
    with serving([engine]) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", mode)
        await expect(page.locator(".thought, .state").filter(has_text="Hm. Hm.").first).to_be_visible()
        assert engine.counts.running > 0
        await page.get_by_role("button", name="Stop").click()
        await expect(page.locator(".note")).to_contain_text("Stopped")
        wait_until(lambda: engine.counts.running == 0, 5.0)
        await expect(page.get_by_role("button", name="Send")).to_be_visible()


@pytest.mark.parametrize("words", [0, 3])
async def test_an_engine_that_fails_is_said_in_words(tab: Tab, words: int) -> None:
    with serving([ScriptedEngine([script("one two three four", "5", fault="die", fault_after=words)])]) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", "thinking")
        await expect(page.locator(".failure")).to_contain_text("ended in the middle of its stream")
        await expect(page.get_by_label("Your question")).to_have_value("What is 17 + 25?")


async def test_a_server_with_keys_serves_the_page_which_asks_for_one(tab: Tab) -> None:
    keys = KeyRing.from_text("a-key-of-this-test\n", source="this test")
    with serving([ScriptedEngine(arithmetic)], keys=keys) as live:
        page = tab.page
        await page.goto(live.url)
        await page.get_by_label(re.compile("asks for an API key")).fill("a-key-of-this-test")
        await page.get_by_role("button", name="Use this key").click()
        await page.wait_for_selector("#modes input", state="attached")
        await ask(page, "What is 17 + 25?", "instant")
        await expect(page.locator(".answer")).to_contain_text("42")


async def test_helicon_serve_on_a_real_engine_answers_the_page(tab: Tab, nano: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "helicon", "serve", "--model", str(nano), "--port", "0"]
    serve = await asyncio.create_subprocess_exec(
        *command,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**os.environ, "HOME": str(tmp_path)},
    )
    assert serve.stdout
    try:
        said = b""
        while not (found := re.search(rb"http://127\.0\.0\.1:[0-9]+", said)):
            line = await asyncio.wait_for(serve.stdout.readline(), 60)
            assert line, said.decode()
            said += line
        url = found[0].decode()
        page = await tab.open(url)
        await ask(page, "What is 17 + 25?", "contemplating")
        if nano.stem == "toy":  # noise never comes to an end
            await expect(page.locator(".live .state").filter(has_text="thinking: ").first).to_be_visible()
            await page.get_by_role("button", name="Stop").click()
            await expect(page.locator(".note")).to_contain_text("Stopped")
        else:
            await expect(page.locator(".ledger")).to_contain_text("Answer tokens", timeout=60_000)
        assert await page.locator(".agents > li").count() > 1
        assert tab.strangers(url) == []
    finally:
        serve.terminate()
        await asyncio.wait_for(serve.communicate(), 30)
