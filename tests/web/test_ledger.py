"""The ledger: what messages, conversations and months used.

Contract:
1. Its sums are the API's, by kind, by model and mode, by day; cancelled work is among them.
2. The plot is drawn, follows the theme, and the same figures stand in tables for those who do not see it.
3. Ranges are days of UTC; an empty range says so.
4. The CSV opens safely in a spreadsheet: no cell becomes a formula.
5. Money is shown where prices are set.
6. A conversation's own account opens from its menu.
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from helicon.engines import Engine, ScriptedEngine, open_engine
from helicon.engines.protocol import Request
from helicon.engines.scripted import INFO, Script, script
from tests.server.live import LiveServer, serving, wait_until
from tests.web.windows import Window, window

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")


def spoken(_: Request) -> Script:
    return script("17 and 25 make 42.", "It is 42.", logprob=-0.01)


def ask(live: LiveServer, text: str, mode: str = "thinking", model: str = "") -> str:
    """Ask in a new conversation, wait until it is accounted for; gives the conversation back."""
    before = account(live)["totals"]["runs"]
    made = live.request("POST", "/api/conversations", {"model": model, "mode": mode}).json()["id"]
    body: dict[str, Any] = {"parent": None, "text": text, "images": [], "model": model, "mode": mode}
    reply = live.request("POST", f"/api/conversations/{made}/messages", body)
    assert reply.status == 201, reply.body
    wait_until(lambda: account(live)["totals"]["runs"] == before + 1)
    assert isinstance(made, str)
    return made


def account(live: LiveServer) -> Any:
    return live.request("GET", "/api/ledger").json()


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server with a free and a priced model, each asked in two modes."""
    free = ScriptedEngine(spoken, info=replace(INFO, name="=cmd|' /C calc'!A0"))
    priced = ScriptedEngine(spoken, info=replace(INFO, name="priced", price_prompt=2000.0, price_generated=9000.0))
    with serving([free, priced], data=str(tmp_path_factory.mktemp("data"))) as server:
        for model in ("=cmd|' /C calc'!A0", "priced"):
            ask(server, "What is 17 + 25?", "thinking", model)
            ask(server, "What is 17 + 25?", "instant", model)
        yield server


@pytest_asyncio.fixture(loop_scope="module")
async def shown(browser: Browser, live: LiveServer) -> AsyncIterator[Window]:
    async with window(browser, live.url) as opened:
        await opened.go("#/ledger")
        yield opened


async def test_the_sums_are_those_of_the_api(shown: Window, live: LiveServer) -> None:
    totals = account(live)["totals"]
    figures = shown.page.locator(".ledger-totals")
    whole = totals["prompt"] + totals["thinking"] + totals["answer"]
    await expect(figures).to_contain_text(f"{whole:,}")
    await expect(figures).to_contain_text(f"{totals['thinking'] + totals['answer']:,} of them written")
    foot = shown.page.locator(".ledger-table tfoot td")
    assert (await foot.nth(0).inner_text()) == str(totals["runs"])
    assert await shown.page.locator(".ledger-table").first.locator("tbody tr").count() == 4
    await shown.speaks()


async def test_the_plot_is_drawn_and_stands_in_the_tables_too(shown: Window) -> None:
    page = shown.page
    await expect(page.locator(".plot canvas")).to_be_visible()
    assert await page.locator(".plot").get_attribute("aria-label")
    painted = """(() => {
        const canvas = document.querySelector('.plot canvas');
        if (!canvas) return [];
        const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
        const colours = new Set();
        for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 250) colours.add(data.slice(at, at + 3).join());
        return [...colours];
    })()"""
    await shown.until(f"{painted}.includes('47,106,90')")
    await page.emulate_media(color_scheme="dark")
    await shown.until(f"{painted}.includes('165,219,200')")
    await page.locator(".plot-head").get_by_role("radio", name="Money").check()
    await expect(page.locator(".plot-legend")).to_contain_text("priced")
    await page.get_by_text("Day by day").click()
    days = page.get_by_role("region", name="Day by day")
    await expect(days.locator("tbody tr")).to_have_count(1)


async def test_ranges_are_picked_and_an_empty_one_says_so(shown: Window) -> None:
    page = shown.page
    for name in ("This month", "7 days", "12 months"):
        await page.get_by_role("radio", name=name).check()
        await expect(page.get_by_role("radio", name=name)).to_be_checked()
        await expect(page.locator(".ledger-totals")).to_be_visible()
    await page.get_by_role("radio", name="Other…").check()
    await page.get_by_label("From", exact=True).fill("2001-01-01")
    await page.get_by_label("To", exact=True).fill("2001-02-01")
    await expect(page.get_by_text("Nothing was used in this time.")).to_be_visible()
    await expect(page.locator(".ledger-table")).to_have_count(0)


async def test_days_and_months_are_those_of_utc(shown: Window) -> None:
    now = "new Date('2026-03-01T00:30:00Z')"
    names = await shown.module("ledger/ranges.js", f"m.buckets(m.range('days7', {now}))")
    assert names[0] == "2026-02-23"
    assert names[-1] == "2026-03-01"
    months = await shown.module("ledger/ranges.js", f"m.buckets(m.range('months12', {now}))")
    assert (len(months), months[0], months[-1]) == (12, "2025-04", "2026-03")
    turned = "m.buckets(m.range('custom', new Date(), { from: '2026-02-03', to: '2026-02-01' }))"
    assert await shown.module("ledger/ranges.js", turned) == ["2026-02-01", "2026-02-02", "2026-02-03"]
    long = "m.range('custom', new Date(), { from: '2025-01-01', to: '2026-02-01' }).bucket"
    assert await shown.module("ledger/ranges.js", long) == "month"


async def test_the_csv_has_every_row_and_no_formula(shown: Window, live: LiveServer) -> None:
    async with shown.page.expect_download() as saving:
        await shown.page.get_by_role("button", name="Save as CSV").click()
    path = await (await saving.value).path()
    text = Path(path).read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(account(live)["rows"])
    assert {row["model"] for row in rows} == {"'=cmd|' /C calc'!A0", "priced"}
    assert sum(int(row["thinking"]) for row in rows) == account(live)["totals"]["thinking"]


@pytest.mark.parametrize("value", ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", " =1", '=a"b'])
async def test_what_could_be_a_formula_is_made_text(shown: Window, value: str) -> None:
    cell = await shown.module("ledger/csv.js", f"m.cell({json.dumps(value)})")
    read = next(csv.reader(io.StringIO(cell, newline="")))
    assert read[0] == "'" + value


@pytest.mark.parametrize("value", ["plain", "a, b", 'a "b"', "two\nlines", "-12.5", "não"])
async def test_other_text_stays_as_it_is(shown: Window, value: str) -> None:
    cell = await shown.module("ledger/csv.js", f"m.cell({json.dumps(value)})")
    assert next(csv.reader(io.StringIO(cell, newline=""))) == [value]


async def test_money_is_shown_where_prices_are_set(shown: Window, live: LiveServer) -> None:
    assert account(live)["totals"]["money"] > 0
    await expect(shown.page.locator(".ledger-totals")).to_contain_text("at the models' prices")
    await expect(shown.page.locator(".ledger-table thead").first).to_contain_text("Money")


async def test_a_conversation_has_its_own_account(browser: Browser, live: LiveServer) -> None:
    made = ask(live, "And what is 42 + 1?")
    async with window(browser, live.url) as opened:
        page = await opened.go(f"#/c/{made}")
        await page.locator(".top [aria-haspopup=menu]").first.click()
        await page.get_by_role("menuitem", name="What this conversation used").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog).to_contain_text("Thinking")
        await opened.shoot("ledger-conversation")
        await page.keyboard.press("Escape")
        await expect(dialog).to_have_count(0)


async def test_nothing_used_is_said_in_words(browser: Browser) -> None:
    with serving([ScriptedEngine(spoken)]) as live:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/ledger")
            await expect(page.get_by_text("Nothing was used in this time.")).to_be_visible()
            await expect(page.get_by_role("link", name="Ask something")).to_be_visible()


async def test_what_failed_can_be_tried_again(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        await opened.page.route("**/api/ledger*", lambda route: route.abort())
        page = await opened.go("#/ledger")
        await expect(page.locator(".ledger .failed")).to_contain_text("does not answer")
        await opened.page.unroute("**/api/ledger*")
        await page.get_by_role("button", name="Try again").click()
        await expect(page.locator(".ledger-totals")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
async def test_it_looks_right_everywhere(browser: Browser, live: LiveServer, phone: bool, dark: bool) -> None:
    async with window(browser, live.url, phone=phone, dark=dark, language="pt-BR" if dark else "en") as opened:
        page = await opened.go("#/ledger")
        await expect(page.locator(".plot canvas")).to_be_visible()
        await opened.fits()
        await opened.speaks()
        await opened.shoot(f"ledger-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")


async def test_nano_is_counted_by_its_engine(browser: Browser, nano: Path, tmp_path: Path) -> None:
    async def opened_engine() -> list[Engine]:
        return [await open_engine("nano")]

    assert nano.exists()
    with serving(opened_engine, data=str(tmp_path)) as live:
        began = time.time()
        ask(live, "What is 17 + 25?", "contemplating")
        totals = account(live)["totals"]
        assert 0 < totals["seconds"] <= time.time() - began
        async with window(browser, live.url) as opened:
            page = await opened.go("#/ledger")
            await expect(page.locator(".ledger-totals")).to_contain_text(f"{totals['thinking'] + totals['answer']:,}")
