"""Comparing models and modes.

Contract:
1. Two to four answers stream side by side, each with its way of thinking and its cost; a reload loses nothing.
2. Blind: neither names nor modes, thinking or cost are anywhere in the page before the vote; afterwards all are.
3. A vote stands; all votes add up to a table with intervals, which says plainly when they are too few to tell.
4. Pictures go only to models that can see, which is said before sending. Stop ends every answer at its engine.
5. On a phone there is one answer at a time, by tabs or by swiping; by keyboard everything works.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from helicon.engines import Engine, ScriptedEngine, open_engine
from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, INFO, Script, script
from tests.server.live import LiveServer, serving, wait_until
from tests.web.windows import window

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Page, expect

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def quick(_: Request) -> Script:
    return script("17 and 25 make 42.", "It is **42**.", logprob=-0.01)


def slow(_: Request) -> Script:
    return script("Let me see, slowly. " * 10, "It is forty-two, said slowly and at length.", delay_seconds=0.05)


def named(name: str, scripts: Any = quick, **able: Any) -> ScriptedEngine:
    return ScriptedEngine(scripts, info=replace(INFO, name=name), capabilities=replace(ABLE, **able))


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveServer]:
    with serving([named("swift"), named("steady", slow)], data=str(tmp_path)) as server:
        yield server


async def begin(page: Page, text: str = "What is 17 + 25?", *, blind: bool = False) -> None:
    """Fill the form and send it."""
    await page.get_by_label("Question for all of them").fill(text)
    await page.get_by_label("Mode of B").select_option("thinking")
    if blind:
        await page.get_by_role("checkbox", name="Blind").check()
    await page.get_by_role("button", name="Compare", exact=True).click()
    await expect(page.locator(".contender")).to_have_count(2)


def compare(live: LiveServer, modes: tuple[str, ...], *, model: str = "swift", blind: bool = False) -> list[Any]:
    """A comparison by the API alone: its messages, once they are whole."""
    entries = [{"model": model, "mode": mode, "options": {}} for mode in modes]
    body = {"text": "What is 17 + 25?", "images": [], "entries": entries, "blind": blind}
    made = live.request("POST", "/api/comparisons", body).json()
    path = f"/api/conversations/{made['conversation']['id']}"

    def answers() -> list[Any]:
        return [one for one in live.request("GET", path).json()["messages"] if one["role"] == "assistant"]

    wait_until(lambda: all(one["state"] != "running" for one in answers()))
    return answers()


def cast(live: LiveServer, winner: Any) -> None:
    path = f"/api/comparisons/{winner['conversation']}/vote"
    assert live.request("POST", path, {"winner": winner["id"]}).status == 200


async def test_answers_stream_side_by_side_and_the_vote_stands(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/compare")
        await begin(page)
        first, second = page.locator(".contender").nth(0), page.locator(".contender").nth(1)
        await expect(first).to_contain_text("swift")
        await expect(first.locator(".column-answer strong")).to_have_text("42")
        await expect(page.locator(".vote-bar")).to_contain_text("1 answer is still being written.")
        await expect(second).to_have_attribute("aria-busy", "true")
        await expect(second.locator(".column-answer")).to_contain_text("It is forty-two,")
        await opened.shoot("compare-live")
        await expect(second).to_have_attribute("aria-busy", "false")
        await expect(second.locator(".column-cost")).to_contain_text("Thinking")
        await page.reload()
        await expect(second.locator(".column-answer")).to_have_text("It is forty-two, said slowly and at length.")
        await expect(first.locator(".run-view")).to_be_visible()
        await page.get_by_role("group", name="Which answer is best?").get_by_role("button", name="A · swift").click()
        await expect(page.locator(".vote-bar")).to_contain_text("You chose A · swift")
        await expect(first).to_contain_text("Your choice")
        await page.reload()
        await expect(first).to_contain_text("Your choice")
        await expect(page.locator(".vote-buttons")).to_have_count(0)
        await page.get_by_role("link", name="See all votes").click()
        await expect(page.locator(".standings tbody tr")).to_have_count(2)
        await expect(page.locator(".past")).to_contain_text("What is 17 + 25?")
        await opened.speaks()


async def test_a_reload_in_the_middle_goes_on(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/compare")
        await begin(page)
        await page.reload()
        second = page.locator(".contender").nth(1)
        await expect(second).to_have_attribute("aria-busy", "true")
        await expect(second.locator(".column-answer")).to_have_text("It is forty-two, said slowly and at length.")
        await expect(page.locator(".vote-buttons")).to_be_visible()


async def test_blind_hides_who_answers_until_the_vote(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/compare")
        await begin(page, blind=True)
        await expect(page.locator(".vote-buttons")).to_be_visible()
        shown = await page.locator(".comparison").inner_text()
        for told in ("swift", "steady", "Auto", "Thinking", "17 and 25", "Let me see"):
            assert told not in shown
        await expect(page.locator(".column-cost, .run-view")).to_have_count(0)
        await expect(page.locator(".contender").first).to_contain_text("Name hidden until you vote")
        await opened.shoot("compare-blind")
        await page.get_by_role("button", name="Answer B").click()
        await expect(page.locator(".vote-bar")).to_contain_text("You chose B")
        assert sorted([await page.locator(".contender h2").nth(n).inner_text() for n in (0, 1)])[0].startswith("steady")
        await expect(page.locator(".column-cost")).to_have_count(2)
        await expect(page.locator(".run-view")).to_have_count(2)


async def test_two_votes_are_too_few_and_many_are_enough(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/compare")
        await expect(page.get_by_text("No votes yet.")).to_be_visible()
        for _ in range(2):
            cast(live, compare(live, ("instant", "thinking"))[1])
        await page.reload()
        await expect(page.locator(".verdict")).to_have_text("2 votes are too few to tell: the intervals overlap.")
        for _ in range(8):
            cast(live, compare(live, ("instant", "thinking"))[1])
        await page.reload()
        await expect(page.locator(".verdict")).to_contain_text("swift · Thinking is ahead after 10 votes")
        row = page.locator(".standings tbody tr").first
        await expect(row).to_contain_text("100%")
        name = await row.locator("svg").get_attribute("aria-label")
        low = re.fullmatch(r"between (\d+)% and 100%", str(name))
        assert low is not None
        assert int(low[1]) == 72  # Wilson, 10 of 10
        await page.get_by_text("Pair by pair").click()
        await expect(page.get_by_role("region", name="Pair by pair")).to_contain_text("against")
        await opened.shoot("compare-votes")


async def test_a_tie_and_none_good_can_be_said(browser: Browser, live: LiveServer) -> None:
    for button, words in (("Tie", "You called it a tie."), ("None is good", "You found none of them good.")):
        answers = compare(live, ("instant", "instant"))
        async with window(browser, live.url) as opened:
            page = await opened.go(f"#/compare/{answers[0]['conversation']}")
            await page.get_by_role("button", name=button).click()
            await expect(page.locator(".vote-bar")).to_contain_text(words)


async def test_stop_ends_every_answer_at_its_engine(browser: Browser) -> None:
    engine = named("endless", [script("Hm. " * 2000, "42", delay_seconds=0.05)])
    with serving([engine]) as live:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/compare")
            await begin(page)
            wait_until(lambda: engine.counts.running >= 2)
            await page.get_by_role("button", name="Stop all").click()
            assert wait_until(lambda: engine.counts.running == 0) < 5
            await expect(page.get_by_role("button", name="Tie")).to_be_visible()


async def test_pictures_go_only_to_models_that_see(browser: Browser, tmp_path: Path) -> None:
    engine = named("seer")
    with serving([engine, named("mole", images=False)]) as live:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/compare")
            (tmp_path / "dot.png").write_bytes(base64.b64decode(PIXEL))
            await page.locator(".compare-ask input[type=file]").set_input_files(tmp_path / "dot.png")
            await expect(page.locator(".picture img")).to_be_visible()
            await page.get_by_label("Question for all of them").fill("What is this?")
            await expect(page.get_by_role("alert").filter(has_text="Cannot see pictures: mole.")).to_be_visible()
            send = page.get_by_role("button", name="Compare", exact=True)
            await expect(send).to_be_disabled()
            await opened.shoot("compare-sightless")
            await page.get_by_label("Model of B").select_option("seer")
            await page.get_by_label("Mode of B").select_option("instant")
            await send.click()
            await expect(page.locator(".asked img")).to_be_visible()
            await expect(page.locator(".vote-buttons")).to_be_visible()
    assert engine.requests[0].messages[-1].images


async def test_two_to_four_take_part_and_twins_are_named(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/compare")
        rows = page.locator(".entries li")
        await expect(rows).to_have_count(2)
        for _ in range(2):
            await page.get_by_role("button", name="Add another").click()
        await expect(rows).to_have_count(4)
        await expect(page.get_by_role("button", name="Add another")).to_have_count(0)
        await page.get_by_label("Model of B").select_option("swift")
        await page.get_by_label("Mode of B").select_option("auto")
        await expect(page.get_by_text("Two of these are the same")).to_be_visible()
        await page.get_by_role("button", name="Leave B out").click()
        await expect(page.get_by_text("Two of these are the same")).to_have_count(0)
        await page.get_by_label("Question for all of them").fill("What is 17 + 25?")
        await page.get_by_role("button", name="Compare", exact=True).click()
        await expect(page.locator(".contender")).to_have_count(3)
        await expect(page.locator(".vote-buttons")).to_be_visible()
        await opened.fits()


async def test_a_failed_answer_says_why_and_cannot_win(browser: Browser) -> None:
    with serving([named("sound"), named("broken", [script("Hm.", "42", fault="die", fault_after=1)])]) as live:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/compare")
            await begin(page)
            await expect(page.locator(".contender").nth(1)).to_contain_text("ended in the middle of its stream")
            group = page.get_by_role("group", name="Which answer is best?")
            await expect(group.get_by_role("button", name="B · broken")).to_be_disabled()
            await expect(group.get_by_role("button", name="A · sound")).to_be_enabled()


async def test_on_a_phone_there_is_one_at_a_time(browser: Browser, live: LiveServer) -> None:
    answers = compare(live, ("instant", "thinking"))
    async with window(browser, live.url, phone=True) as opened:
        page = await opened.go(f"#/compare/{answers[0]['conversation']}")
        tabs = page.get_by_role("tab")
        await expect(tabs).to_have_count(2)
        second = page.locator(".contender").nth(1)
        await expect(second).not_to_be_in_viewport()
        await tabs.nth(1).click()
        await expect(second).to_be_in_viewport(ratio=0.9)
        await page.locator(".columns").evaluate("(row) => row.scrollTo({ left: 0, behavior: 'instant' })")
        await expect(tabs.nth(0)).to_have_attribute("aria-selected", "true")
        await tabs.nth(0).focus()
        await page.keyboard.press("ArrowRight")
        await expect(tabs.nth(1)).to_be_focused()
        await expect(second).to_be_in_viewport(ratio=0.9)
        await opened.fits()


async def test_by_keyboard_alone(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/compare")
        box = page.get_by_label("Question for all of them")
        await box.focus()
        await page.keyboard.type("What is 17 + 25?")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("Please.")
        await page.keyboard.press("Enter")
        await expect(page.locator(".vote-buttons")).to_be_visible()
        await expect(page.locator(".asked")).to_contain_text("What is 17 + 25?\nPlease.")
        await page.locator(".vote-buttons button").first.focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator(".vote-bar")).to_contain_text("You chose B")


async def test_a_comparison_is_deleted(browser: Browser, live: LiveServer) -> None:
    answers = compare(live, ("instant", "thinking"))
    async with window(browser, live.url) as opened:
        page = await opened.go(f"#/compare/{answers[0]['conversation']}")
        await page.get_by_role("button", name="Delete this comparison").click()
        await expect(page.get_by_text("None yet.")).to_be_visible()
        await expect(page.get_by_role("button", name="Undo")).to_be_visible()
        page = await opened.go(f"#/compare/{answers[0]['conversation']}")
        await expect(page.get_by_text("This comparison lies in the trash.")).to_be_visible()
        await page.get_by_role("button", name="Take it back").click()
        await expect(page.get_by_text("This comparison lies in the trash.")).to_have_count(0)
        page = await opened.go("#/compare/nobodys-comparison")
        await expect(page.locator(".comparison .failed")).to_be_visible()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
async def test_it_looks_right_everywhere(browser: Browser, live: LiveServer, phone: bool, dark: bool) -> None:
    cast(live, compare(live, ("instant", "thinking"))[1])
    cast(live, compare(live, ("instant", "contemplating"))[1])
    last = compare(live, ("instant", "thinking", "contemplating"))[0]["conversation"]
    name = f"{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}"
    async with window(browser, live.url, phone=phone, dark=dark, language="pt-BR" if dark else "en") as opened:
        page = await opened.go("#/compare")
        await expect(page.locator(".standings")).to_be_visible()
        await opened.fits()
        await opened.speaks()
        await opened.shoot(f"compare-{name}")
        page = await opened.go(f"#/compare/{last}")
        await expect(page.locator(".vote-buttons")).to_be_visible()
        await opened.fits()
        await opened.speaks()
        await opened.shoot(f"comparison-{name}")


async def test_nano_in_two_modes(browser: Browser, nano: Path, tmp_path: Path) -> None:
    async def opened_engine() -> list[Engine]:
        return [await open_engine("nano")]

    assert nano.exists()
    with serving(opened_engine, data=str(tmp_path)) as live:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/compare")
            await begin(page, "Sort these numbers: 41, 7, 93, 18, 60.")
            await expect(page.locator(".vote-buttons")).to_be_visible(timeout=60_000)
            for place in (0, 1):
                await expect(page.locator(".column-answer").nth(place)).to_contain_text("Answer:")
            await opened.shoot("compare-nano")
