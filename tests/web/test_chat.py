"""Asking on the page, against a live server and the scripted engine.

Contract:
1. A question is one request; everything after it comes by the stream: a reload in the middle, a second window and a
   lost network show the same answer without a gap or a doubled word.
2. A typed question is never lost: what the server did not confirm stays, and sending it again is harmless.
3. Stop ends the generation at the engine within half a second, from any window, before the first word too.
4. Edited and repeated questions are branches that arrows lead to; a branch begins at any message.
5. The end is followed until somebody scrolls; what is added above does not move what is being read.
6. States are spoken, words are not; the focus never moves by itself.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from helicon.engines import ScriptedEngine
from helicon.engines.scripted import script
from tests.server.live import serving, wait_until
from tests.web.chatting import (
    PHONE,
    ask,
    echoing,
    ended,
    exported,
    named,
    numbered,
    quick,
    reply,
    slow,
    stored,
    whole,
)
from tests.web.conftest import Shot, Tab

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Route, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.parametrize("mode", ["Instant", "Thinking", "Contemplating", "Auto"])
async def test_every_mode_is_asked_and_shown(tab: Tab, tmp_path: Path, shot: Shot, mode: str) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", mode)
        await ended(page)
        await expect(reply(page).locator(".answer")).to_have_text("It is 42.")
        await expect(reply(page).locator(".answer strong")).to_have_text("42")
        await expect(reply(page).locator("button.cost")).to_contain_text("tokens")
        await expect(page.get_by_role("heading", level=1)).to_have_text("What is 17 + 25?")
        assert await page.title() == "What is 17 + 25? · Helicon"
        [kept] = stored(live)
        assert page.url.endswith(f"#/c/{kept['id']}")
        assert whole(live, kept["id"])["messages"][1]["mode"] == mode.lower()
        await ask(page, "And again?")
        await expect(page.locator(".message.reply")).to_have_count(2)
        await ended(page)
        await shot(page)
    assert tab.strangers(live.url) == []


async def test_the_cost_of_an_answer_is_one_click_away(tab: Tab, tmp_path: Path) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", "Thinking")
        await ended(page)
        await reply(page).locator("button.cost").click()
        await expect(page.locator(".cost-card")).to_contain_text("Thinking tokens")
        await expect(page.locator(".cost-card")).to_contain_text("scripted")
        await page.keyboard.press("Escape")
        await expect(page.locator(".cost-card")).to_have_count(0)


async def test_a_reload_in_the_middle_goes_on_without_a_gap(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    with serving([slow(100)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Count.", "Thinking")
        await expect(reply(page).locator(".answer")).to_contain_text("w10")
        await page.reload()
        await expect(reply(page).locator(".answer")).to_contain_text("w20")
        await expect(page.get_by_role("button", name="Stop")).to_be_visible()
        await shot(page)
        await ended(page)
        assert numbered(await reply(page).locator(".answer").text_content()) == list(range(100))
        await page.reload()
        await expect(reply(page).locator(".answer")).to_contain_text("w99")
        assert numbered(await reply(page).locator(".answer").text_content()) == list(range(100))


async def test_a_second_window_sees_the_same_and_can_stop_it(tab: Tab, tmp_path: Path) -> None:
    engine = slow(2000)
    with serving([engine], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        other = await page.context.new_page()
        await other.goto(live.url)
        await ask(page, "Count.", "Thinking")
        await other.get_by_role("link", name="Count.").click()
        await expect(reply(other).locator(".answer")).to_contain_text("w5")
        await other.get_by_role("button", name="Stop").click()
        await expect(reply(page).locator(".ending")).to_contain_text("Stopped.")
        await expect(reply(other).locator(".ending")).to_contain_text("Stopped.")
        wait_until(lambda: engine.counts.running == 0, 5.0)
        assert (
            await reply(page).locator(".answer").text_content() == await reply(other).locator(".answer").text_content()
        )


async def test_a_question_of_another_window_appears(tab: Tab, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "First?")
        await ended(page)
        other = await page.context.new_page()
        await other.goto(page.url)
        await expect(reply(other)).to_contain_text("You asked: First?")
        await ask(other, "Second?")
        await expect(reply(page)).to_contain_text("You asked: Second?")


async def test_a_lost_network_is_said_and_made_up_for(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    with serving([slow(150)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Count.", "Thinking")
        await expect(reply(page).locator(".answer")).to_contain_text("w5")
        await page.context.set_offline(True)
        await expect(page.locator(".banner")).to_contain_text("cannot be reached")
        await shot(page)
        await asyncio.sleep(1.0)
        await page.context.set_offline(False)
        await expect(page.locator(".banner")).to_have_count(0)
        await ended(page)
        assert numbered(await reply(page).locator(".answer").text_content()) == list(range(150))


async def test_a_question_that_was_not_heard_is_kept_and_sent_again(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "First?")
        await ended(page)
        await page.route("**/messages", lambda route: route.abort())
        await ask(page, "Second?")
        await expect(page.locator(".unsent .ending")).to_contain_text("Not sent.")
        await shot(page)
        await page.unroute("**/messages")
        await page.get_by_role("button", name="Send again").click()
        await expect(page.locator(".unsent")).to_have_count(0)
        await ended(page)
        await expect(reply(page)).to_contain_text("You asked: Second?")


async def test_a_question_whose_reply_was_lost_is_there_once(tab: Tab, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "First?")
        await ended(page)

        async def lose_reply(route: Route) -> None:
            await route.fetch()  # the server hears it, this page hears nothing
            await route.abort()

        await page.route("**/messages", lose_reply)
        await ask(page, "Second?")
        await expect(reply(page)).to_contain_text("You asked: Second?")
        await expect(page.locator(".unsent")).to_have_count(0)
        [kept] = stored(live)
        asked = [one["text"] for one in whole(live, kept["id"])["messages"] if one["role"] == "user"]
        assert asked == ["First?", "Second?"]


async def test_an_unsent_question_survives_a_reload_and_can_be_edited(tab: Tab, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "First?")
        await ended(page)
        await page.route("**/messages", lambda route: route.abort())
        await ask(page, "Second?")
        await expect(page.locator(".unsent")).to_contain_text("Not sent.")
        await page.reload()
        await expect(page.locator(".unsent")).to_contain_text("Second?")
        await page.unroute("**/messages")
        await page.locator(".unsent").get_by_role("button", name="Edit").click()
        await expect(page.locator("#question")).to_have_value("Second?")
        await expect(page.locator(".unsent")).to_have_count(0)


@pytest.mark.parametrize("mode", ["Thinking", "Contemplating"])
async def test_stop_ends_the_generation_at_the_engine(tab: Tab, tmp_path: Path, mode: str) -> None:
    engine = ScriptedEngine([script("Hm. " * 1000, "42", delay_seconds=0.05)])
    with serving([engine], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", mode)
        await expect(page.get_by_role("button", name="Stop")).to_be_visible()
        await asyncio.to_thread(wait_until, lambda: engine.counts.running > 0)
        await page.get_by_role("button", name="Stop").click()
        began = time.monotonic()
        await asyncio.to_thread(wait_until, lambda: engine.counts.running == 0, 5.0)
        assert time.monotonic() - began < 0.5
        await expect(page.get_by_role("button", name="Send")).to_be_visible()
        await expect(reply(page).locator(".ending")).to_contain_text("Stopped.")


async def test_stop_before_the_first_word_and_by_escape(tab: Tab, tmp_path: Path) -> None:
    engine = ScriptedEngine([script("Hm.", "42", first_delay_seconds=30)])
    with serving([engine], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", "Instant")
        await expect(page.get_by_role("button", name="Stop")).to_be_visible()
        await page.keyboard.press("Escape")
        await expect(reply(page).locator(".ending")).to_contain_text("Stopped.")
        assert engine.counts.running == 0


async def test_a_stop_that_is_lost_is_asked_again(tab: Tab, tmp_path: Path) -> None:
    engine = slow(2000)
    with serving([engine], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Count.", "Thinking")
        await expect(reply(page).locator(".answer")).to_contain_text("w3")
        lost: list[str] = []

        async def lose(route: Route) -> None:
            lost.append(route.request.url)
            if len(lost) < 3:
                await route.abort()
            else:
                await route.continue_()

        await page.route("**/stop", lose)
        await page.get_by_role("button", name="Stop").click()
        await expect(reply(page).locator(".ending")).to_contain_text("Stopped.")
        assert len(lost) == 3


async def test_editing_a_question_makes_a_branch_that_arrows_lead_to(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "First?")
        await ended(page)
        question = page.locator(".message.question").first
        await question.hover()
        await question.get_by_role("button", name="Edit and ask again").click()
        await page.get_by_label("Edit your question").fill("First, edited?")
        await shot(page, "editor")
        await page.keyboard.press("Enter")
        await expect(reply(page)).to_contain_text("You asked: First, edited?")
        await ended(page)
        await expect(question.locator(".versions")).to_contain_text("2 / 2")
        await question.get_by_role("button", name="Previous version").click()
        await expect(reply(page)).to_contain_text("You asked: First?")
        await expect(question.locator(".versions")).to_contain_text("1 / 2")
        await shot(page, "versions")
        await page.reload()
        await expect(page.locator(".message.question .versions")).to_contain_text("1 / 2")


async def test_answering_again_in_another_mode_and_by_another_model(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    with serving([quick(), named("other", answer="The other says 42.")], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", "Instant")
        await ended(page)
        await reply(page).get_by_role("button", name="Answer again").click()
        await shot(page, "menu")
        await page.get_by_role("menuitem", name="Thinking").click()
        await expect(reply(page).locator(".versions")).to_contain_text("2 / 2")
        await ended(page)
        await expect(reply(page).locator(".cost")).to_contain_text("Thinking")
        await reply(page).get_by_role("button", name="Answer again").click()
        await page.get_by_role("menuitem", name="other").click()
        await expect(reply(page).locator(".answer")).to_have_text("The other says 42.")
        await ended(page)
        await expect(reply(page).locator(".versions")).to_contain_text("3 / 3")
        await reply(page).get_by_role("button", name="Previous version").click()
        await expect(reply(page).locator(".answer")).to_have_text("It is 42.")


async def test_a_branch_begins_at_any_message(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        for question in ("One?", "Two?"):
            await ask(page, question)
            await expect(reply(page)).to_contain_text(f"You asked: {question}")
            await ended(page)
        first = reply(page, 0)
        await first.hover()
        await first.get_by_role("button", name="Branch from here").click()
        await expect(page.locator(".branching")).to_be_visible()
        await expect(page.locator(".message.reply")).to_have_count(1)
        await shot(page)
        await page.locator(".branching").get_by_role("button", name="Cancel").click()
        await expect(page.locator(".message.reply")).to_have_count(2)
        await first.hover()
        await first.get_by_role("button", name="Branch from here").click()
        await ask(page, "Instead?")
        await expect(reply(page)).to_contain_text("You asked: Instead?")
        await expect(page.locator(".message.question").nth(1).locator(".versions")).to_contain_text("2 / 2")


async def test_a_failing_engine_is_said_with_what_to_do_next(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    broken = script("one two three", "5", fault="die", fault_after=3)
    with serving([ScriptedEngine([broken, script("Hm.", "It is 5.", logprob=-0.01)])], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 2 + 3?", "Thinking")
        await expect(reply(page).locator(".ending")).to_contain_text("ended in the middle of its stream")
        await shot(page)
        await reply(page).get_by_role("button", name="Try again").click()
        await expect(reply(page).locator(".answer")).to_have_text("It is 5.")


async def test_what_a_stopping_server_interrupted_can_go_on(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([slow(2000)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Count.", "Thinking")
        await expect(reply(page).locator(".answer")).to_contain_text("w5")
        hash_ = page.url.partition("#")[2]
    with serving([quick()], data=str(tmp_path)) as live:
        await page.goto(f"{live.url}/#{hash_}")
        await expect(reply(page).locator(".ending")).to_contain_text("Interrupted.")
        await expect(reply(page).locator(".answer")).to_contain_text("w5")
        await shot(page)
        await reply(page).get_by_role("button", name="Go on").click()
        await ended(page)
        await expect(reply(page).locator(".answer")).to_contain_text("42")


async def test_a_long_conversation_shows_its_end_and_the_rest_on_demand(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    turns = [("user" if n % 2 == 0 else "assistant", f"Message number {n}. " + "Word. " * 40) for n in range(2000)]
    with serving([quick()], data=str(tmp_path)) as live:
        assert live.request("POST", "/api/import", [exported("Long", turns)]).json()["imported"] == 1
        [kept] = stored(live)
        page = await tab.open(f"{live.url}/#/c/{kept['id']}")
        await expect(reply(page)).to_contain_text("Message number 1999.")
        await expect(reply(page)).to_be_in_viewport()
        assert await page.locator(".message").count() == 60
        thread = page.locator(".thread")
        await thread.hover()
        for _ in range(3):
            shown = await page.locator(".message").count()
            await thread.evaluate("(box) => box.scrollTo(0, 0)")
            await expect(page.locator(".message").nth(shown + 10)).to_be_attached()
        assert await thread.evaluate("(box) => box.scrollTop") > 0
        await expect(page.get_by_role("button", name="Jump to latest")).to_be_visible()
        await shot(page)
        await page.get_by_role("button", name="Jump to latest").click()
        await expect(reply(page)).to_be_in_viewport()
        await expect(page.get_by_role("button", name="Jump to latest")).to_have_count(0)


async def test_the_end_is_followed_until_somebody_scrolls(tab: Tab, tmp_path: Path) -> None:
    with serving([slow(1500, delay_seconds=0.004)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Count.", "Instant")
        await expect(reply(page).locator(".answer")).to_contain_text("w500")
        distance = "(box) => box.scrollHeight - box.scrollTop - box.clientHeight"
        thread = page.locator(".thread")
        assert await thread.evaluate(distance) < 60
        await thread.hover()
        await page.mouse.wheel(0, -400)
        await expect(page.get_by_role("button", name="Jump to latest")).to_be_visible()
        place = await thread.evaluate("(box) => box.scrollTop")
        await expect(reply(page).locator(".answer")).to_contain_text("w900")
        assert abs(await thread.evaluate("(box) => box.scrollTop") - place) < 5
        await page.get_by_role("button", name="Jump to latest").click()
        await ended(page)
        assert await thread.evaluate(distance) < 60


async def test_the_question_stays_in_sight_while_agents_think(tab: Tab, tmp_path: Path, shot: Shot) -> None:
    engine = ScriptedEngine([script("Hm, so. " * 300, "It is 42.", delay_seconds=0.03)])
    with serving([engine], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?", "Contemplating")
        await expect(page.get_by_role("button", name="Stop")).to_be_visible()
        await asyncio.sleep(1.5)
        await expect(page.locator(".message.question")).to_be_in_viewport()
        await shot(page)
        await page.get_by_role("button", name="Stop").click()
        await ended(page)


async def test_states_are_spoken_and_the_focus_stays(tab: Tab, tmp_path: Path) -> None:
    with serving([slow(60)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        box = page.locator("#question")
        await expect(box).to_be_focused()
        await box.fill("Count.")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("log")).to_have_attribute("aria-busy", "true")
        await expect(page.locator("#status")).not_to_be_empty()
        await expect(page.locator("#status")).to_have_text("Answer ready")
        await expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")
        await expect(box).to_be_focused()
        unnamed = """[...document.querySelectorAll("button, input, textarea, select, a")].filter((one) =>
          !(one.getAttribute("aria-label") || one.textContent.trim() || one.labels?.length || one.hidden))"""
        assert await page.evaluate(f"{unnamed}.length") == 0


async def test_an_answer_that_ends_elsewhere_is_told(tab: Tab, tmp_path: Path) -> None:
    with serving([slow(60)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Count.", "Thinking")
        await expect(reply(page).locator(".answer")).to_contain_text("w3")
        await page.get_by_role("button", name="New chat", exact=True).click()
        await expect(page.locator(".toast")).to_contain_text("An answer is ready in “Count.”")
        await page.locator(".toast").get_by_role("button", name="Open").click()
        await expect(reply(page).locator(".answer")).to_contain_text("w59")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_chat_on_a_phone(tab: Tab, tmp_path: Path, shot: Shot, scheme: str) -> None:
    page = tab.page
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    with serving(
        [
            quick(
                "| a | b |\n|---|---|\n| 1 | 2 |\n\n"
                "```python\nprint('a long line of code that scrolls in itself, not the page')\n```"
            )
        ],
        data=str(tmp_path),
    ) as live:
        await tab.open(live.url)
        await shot(page, "welcome")
        await ask(page, "What is 17 + 25? " + "m" * 300, "Thinking")
        await ended(page)
        await shot(page, "answer")
        assert await page.evaluate("document.documentElement.scrollWidth") == 390
        assert await page.locator(".thread").evaluate("(box) => box.scrollWidth <= box.clientWidth")
        await page.set_viewport_size({"width": 360, "height": 640})
        assert await page.locator(".thread").evaluate("(box) => box.scrollWidth <= box.clientWidth")


async def test_nano_answers_an_example_of_the_welcome_page(tab: Tab, shot: Shot, nano: Path, tmp_path: Path) -> None:
    from helicon.engines import open_engine

    if nano.stem == "toy":
        pytest.skip("noise never comes to an end")

    async def engines() -> list[object]:
        return [await open_engine(str(nano))]

    with serving(engines, data=str(tmp_path)) as live:  # type: ignore[arg-type]
        page = await tab.open(live.url)
        await page.get_by_role("button", name="Place the digits 2, 5, 3").click()
        await expect(page.get_by_role("radio", name="Contemplating")).to_be_checked()
        await page.keyboard.press("Enter")
        await expect(reply(page).locator(".answer")).to_contain_text("160", timeout=60_000)
        await ended(page)
        await shot(page)
    assert tab.strangers(live.url) == []
