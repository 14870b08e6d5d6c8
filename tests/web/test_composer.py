"""The box that questions are typed into, and the frame around it.

Contract:
1. Enter sends, Shift+Enter starts a line, an input method keeps its Enter; on a touch screen Enter starts a line.
2. A draft belongs to its conversation and survives a reload.
3. Mode and model are beside the input; effort and budgets are one click away, explained, and reach the server.
4. Pictures come by file, paste or drop, are shown and can be removed; a model that cannot see says so before sending.
5. Shortcuts work, and `?` lists them; everything can be reached by the keyboard.
6. The page speaks English and Brazilian Portuguese, has a light and a dark theme, a login where keys are configured,
   and says when conversations cannot be kept.
"""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

import pytest

from helicon.engines import ScriptedEngine
from helicon.server import KeyRing
from tests.server.live import serving
from tests.web.chatting import PHONE, ask, choose, echoing, ended, named, quick, reply, slow, stored, whole
from tests.web.conftest import Shot, Tab

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Browser, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


PNG = (
    b"\x89PNG\r\n\x1a\n"
    + chunk(b"IHDR", struct.pack(">IIBBBBB", 2, 2, 8, 2, 0, 0, 0))
    + chunk(b"IDAT", zlib.compress(b"\0" + b"\xff\xcc\0" * 2 + b"\0" + b"\0\x80\x80" * 2))
    + chunk(b"IEND", b"")
)
DRAWN = """() => new Promise((done) => { const canvas = document.createElement("canvas");
  canvas.width = 64; canvas.height = 48;
  const pen = canvas.getContext("2d"); pen.fillStyle = "teal"; pen.fillRect(0, 0, 64, 48); pen.fillStyle = "gold";
  pen.beginPath(); pen.arc(32, 24, 16, 0, 7); pen.fill(); canvas.toBlob((blob) => { const carried = new DataTransfer();
  carried.items.add(new File([blob], "sun.png", {type: "image/png"})); done(carried); }); })"""


async def test_enter_sends_and_an_input_method_keeps_its_enter(tab: Tab, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        box = page.locator("#question")
        await page.keyboard.type("4 * 5")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("= ?")
        await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
        await box.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True})
        await expect(box).to_have_value("4 * 5\n= ?")
        assert stored(live) == []
        await page.keyboard.press("Enter")
        await ended(page)
        [kept] = stored(live)
        assert whole(live, kept["id"])["messages"][0]["text"] == "4 * 5\n= ?"
        await expect(box).to_be_focused()


async def test_on_a_touch_screen_enter_starts_a_line(browser: Browser, shot: Shot, tmp_path: Path) -> None:
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = await context.new_page()
    with serving([quick()], data=str(tmp_path)) as live:
        await page.goto(live.url)
        await page.locator("#question").tap()
        await page.keyboard.type("One")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Two")
        await expect(page.locator("#question")).to_have_value("One\nTwo")
        await shot(page)
        await page.get_by_role("button", name="Send", exact=True).tap()
        await ended(page)
        await shot(page, "answered")
        await page.get_by_role("button", name=re.compile("^Mode: ")).tap()
        await shot(page, "modes")
    await context.close()


async def test_drafts_belong_to_their_conversation_and_survive_a_reload(tab: Tab, tmp_path: Path) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        box = page.locator("#question")
        await ask(page, "What is 17 + 25?")
        await ended(page)
        await box.fill("a follow-up")
        await page.get_by_role("button", name="New chat", exact=True).click()
        await expect(box).to_have_value("")
        await box.fill("something new")
        await page.get_by_role("link", name="What is 17 + 25?").click()
        await expect(box).to_have_value("a follow-up")
        await page.reload()
        await expect(box).to_have_value("a follow-up")
        await page.goto(live.url)
        await expect(box).to_have_value("something new")


async def test_what_is_typed_while_an_answer_comes_is_not_sent_and_not_lost(tab: Tab, tmp_path: Path) -> None:
    with serving([slow(80)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Count.", "Instant")
        await expect(page.get_by_role("button", name="Stop")).to_be_visible()
        await page.locator("#question").fill("Next question")
        await page.keyboard.press("Enter")
        await ended(page)
        await expect(page.locator("#question")).to_have_value("Next question")
        await expect(page.locator(".message.reply")).to_have_count(1)


async def test_mode_and_model_are_beside_the_input(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([quick(), named("other", answer="The other answers.")], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await page.get_by_role("button", name="Model: scripted").click()
        await shot(page)
        await page.get_by_role("menuitemradio", name=re.compile("^other")).click()
        await ask(page, "Who are you?", "Thinking")
        await expect(reply(page).locator(".answer")).to_have_text("The other answers.")
        await ended(page)
        await page.reload()
        await expect(page.get_by_role("button", name="Model: other")).to_be_visible()
        await expect(page.get_by_role("radio", name="Thinking")).to_be_checked()


async def test_effort_and_budgets_are_one_click_away(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await choose(page, "Contemplating")
        await page.get_by_role("button", name="Effort and budgets").click()
        await page.get_by_role("radio", name="Low").check(force=True)
        await page.get_by_text("Limits and details").click()
        await page.get_by_label(re.compile("^Agents")).fill("2")
        await page.get_by_label(re.compile("^Agents")).press("Tab")
        await shot(page)
        await page.get_by_role("button", name="Done").click()
        await expect(page.get_by_role("button", name="Effort and budgets, 2 changed")).to_be_visible()
        await ask(page, "What is 17 + 25?")
        await ended(page)
        [kept] = stored(live)
        assert kept["options"] == {"effort": "low", "agents": 2}
        assert whole(live, kept["id"])["messages"][1]["summary"]["agents"] == 2
        await page.get_by_role("button", name="Effort and budgets").click()
        await page.get_by_role("button", name="Back to usual").click()
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="Effort and budgets", exact=True)).to_be_visible()


@pytest.mark.parametrize("way", ["file", "paste", "drop"])
async def test_pictures_are_shown_sent_and_removed(tab: Tab, shot: Shot, tmp_path: Path, way: str) -> None:
    with serving([named("seer")], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        if way == "file":
            async with page.expect_file_chooser() as waiting:
                await page.get_by_role("button", name="Add an image").click()
                await page.get_by_role("menuitem", name="Choose images").click()
            files = [tmp_path / "sun.png", tmp_path / "moon.png"]
            for file in files:
                file.write_bytes(PNG)
            await (await waiting.value).set_files(files)
            await page.get_by_role("button", name="Remove moon.png").click()
        else:
            carried = await page.evaluate_handle(DRAWN)
            if way == "drop":
                await page.dispatch_event(".composer", "drop", {"dataTransfer": carried})
            else:
                await page.evaluate(
                    """(carried) => document.getElementById("question").dispatchEvent(
                    new ClipboardEvent("paste", {clipboardData: carried, bubbles: true, cancelable: true}))""",
                    carried,
                )
        await expect(page.locator(".previews img")).to_have_count(1)
        await page.locator("#question").fill("What is this?")
        await shot(page, "preview")
        await page.keyboard.press("Enter")
        await ended(page)
        await expect(page.locator(".message.question .pictures img")).to_have_js_property("complete", True)
        assert await page.locator(".message.question .pictures img").evaluate("(image) => image.naturalWidth") > 0
        [kept] = stored(live)
        assert whole(live, kept["id"])["messages"][0]["images"][0]["media_type"] == "image/png"
        await shot(page)


async def test_a_model_that_cannot_see_says_so_before_sending(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([named("blind", images=False), named("seer")], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await page.dispatch_event(".composer", "drop", {"dataTransfer": await page.evaluate_handle(DRAWN)})
        await page.locator("#question").fill("What is this?")
        await expect(page.locator(".blind")).to_contain_text("blind cannot see images.")
        await expect(page.get_by_role("button", name="Send", exact=True)).to_be_disabled()
        await page.keyboard.press("Enter")
        assert stored(live) == []
        await shot(page)
        await page.locator(".blind").get_by_role("button", name="seer").click()
        await expect(page.locator(".blind")).to_have_count(0)
        await page.get_by_role("button", name="Send", exact=True).click()
        await ended(page)


async def test_shortcuts(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        box = page.locator("#question")
        for number, mode in enumerate(("Auto", "Instant", "Thinking", "Contemplating"), 1):
            await page.keyboard.press(f"Alt+{number}")
            await expect(page.get_by_role("radio", name=mode)).to_be_checked()
        await page.keyboard.press("Alt+2")
        await ask(page, "First?")
        await ended(page)
        await box.focus()
        await page.keyboard.press("ArrowUp")
        await expect(page.get_by_label("Edit your question")).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(page.get_by_label("Edit your question")).to_have_count(0)
        await page.locator(".thread").focus()
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("Keyboard shortcuts")
        await shot(page)
        await page.keyboard.press("Escape")
        await expect(page.locator(".thread")).to_be_focused()
        await page.keyboard.press("/")
        await expect(box).to_be_focused()
        await page.keyboard.press("Control+b")
        await expect(page.get_by_label("Search all conversations")).to_be_hidden()
        await page.keyboard.press("Control+k")
        await expect(page.get_by_label("Search all conversations")).to_be_focused()
        await page.keyboard.press("Control+Shift+o")
        await expect(page.locator(".welcome")).to_be_visible()
        await expect(box).to_be_focused()


async def test_a_whole_turn_by_keyboard_alone(tab: Tab, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)

        async def tab_to(name: str) -> None:
            for _ in range(60):
                await page.keyboard.press("Tab")
                at = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent.trim()"
                if re.search(name, str(await page.evaluate(at))):
                    return
            raise AssertionError(f"Tab does not come to {name!r}")

        await page.keyboard.type("First?")
        await page.keyboard.press("Enter")
        await ended(page)
        await tab_to("^Answer again$")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("menu")).to_be_visible()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("Enter")
        await expect(reply(page).locator(".versions")).to_contain_text("2 / 2")
        await ended(page)
        await tab_to("^Actions for ")
        await page.keyboard.press("Enter")
        await page.keyboard.press("r")
        await page.keyboard.press("Enter")
        await page.keyboard.type("Named by keys")
        await page.keyboard.press("Enter")
        await expect(page.locator(".row-title")).to_have_text("Named by keys")


async def test_brazilian_portuguese(browser: Browser, shot: Shot, tmp_path: Path) -> None:
    context = await browser.new_context(locale="pt-BR", viewport={"width": 1280, "height": 800})
    page = await context.new_page()
    with serving([quick()], data=str(tmp_path)) as live:
        await page.goto(live.url)
        await expect(page.get_by_placeholder("Pergunte alguma coisa")).to_be_visible()
        await expect(page.locator("html")).to_have_attribute("lang", "pt-BR")
        await shot(page, "welcome")
        await page.get_by_role("radio", name="Contemplar").check(force=True)
        await page.locator("#question").fill("Quanto é 17 + 25?")
        await page.keyboard.press("Enter")
        await expect(reply(page).locator(".answer")).to_have_text("It is 42.")
        await page.get_by_role("button", name="Enviar").wait_for()
        await shot(page)
        await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        await page.wait_for_timeout(400)
        await shot(page, "phone")
        assert await page.locator(".thread").evaluate("(box) => box.scrollWidth <= box.clientWidth")
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_welcome_in_both_themes(tab: Tab, shot: Shot, tmp_path: Path, scheme: str) -> None:
    page = tab.page
    await page.set_viewport_size({"width": 1280, "height": 800})
    with serving([quick()], data=str(tmp_path)) as live:
        live.request("PUT", "/api/preferences", {"theme": scheme})
        await tab.open(live.url)
        await expect(page.locator("html")).to_have_attribute("data-theme", scheme)
        lightness = await page.evaluate("Number(getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0])")
        assert (lightness < 60) == (scheme == "dark")
        await shot(page)


async def test_a_server_with_keys_asks_for_one_and_lets_out(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    keys = KeyRing.from_text("a-key-of-this-test\n", source="this test")
    with serving([quick()], keys=keys, data=str(tmp_path)) as live:
        page = tab.page
        await page.goto(live.url)
        await page.get_by_label("API key").fill("a-wrong-key")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("alert")).to_contain_text("not known here")
        await shot(page)
        await page.get_by_label("API key").fill("a-key-of-this-test")
        await page.get_by_role("button", name="Sign in").click()
        await ask(page, "What is 17 + 25?", "Instant")
        await ended(page)
        await page.reload()
        await expect(reply(page).locator(".answer")).to_have_text("It is 42.")
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_label("API key")).to_be_visible()


async def test_what_keeps_conversations_from_being_kept_is_said(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    (tmp_path / "helicon.sqlite3").write_bytes(b"this is no database, it is a letter to a friend" * 100)
    with serving([quick()], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await expect(page.locator(".banner.bad")).to_contain_text("Conversations cannot be kept now.")
        await shot(page)
        await ask(page, "What is 17 + 25?")
        await ended(page)
