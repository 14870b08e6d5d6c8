"""The sidebar: a person's conversations, found, named, ordered, thrown away, taken in and taken out.

Contract:
1. Pinned ones come first, then the newest; more come as the list is scrolled.
2. A search finds words in titles and messages, whatever their accents, and marks them.
3. Renaming happens in place; folders and tags narrow the list; a deleted one comes back by one click.
4. An export of ChatGPT is taken in by the button or by dropping it, and what happened is reported.
5. A conversation is given out as Markdown, JSON, or one HTML file without scripts that loads nothing.
6. An incognito conversation says that it is one, is never written to disk, and ends at once.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from helicon.engines import ScriptedEngine
from helicon.engines.scripted import script
from tests.server.live import LiveServer, serving
from tests.web.chatting import PHONE, ask, echoing, ended, exported, quick, reply, stored
from tests.web.conftest import Shot, Tab

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")


def begin(live: LiveServer, *titles: str, **fields: object) -> list[str]:
    """Conversations with these titles, the last one newest."""
    made = [live.request("POST", "/api/conversations", {"title": title}).json()["id"] for title in titles]
    for one in made if fields else ():
        live.request("PATCH", f"/api/conversations/{one}", fields)
    return made


async def menu(page: Page, title: str, item: str) -> None:
    """Choose from the menu of a conversation in the list."""
    row = page.locator(".row-item", has=page.get_by_text(title, exact=True))
    await row.get_by_role("link").focus()
    await row.get_by_role("button").click()
    await page.get_by_role("menuitem", name=item).click()


async def test_pinned_ones_come_first_and_more_come_when_scrolled(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        begin(live, *(f"Talk {number}" for number in range(130)))
        page = await tab.open(live.url)
        await expect(page.locator(".row-title").first).to_have_text("Talk 129")
        assert await page.locator(".row-item").count() == 50
        await menu(page, "Talk 120", "Pin")
        await expect(page.locator(".row-title").first).to_have_text("Talk 120")
        await expect(page.locator(".list h2").first).to_have_text("Pinned")
        await shot(page)
        for _ in range(4):
            await page.locator(".list").evaluate("(list) => list.scrollTo(0, list.scrollHeight)")
            await page.wait_for_timeout(300)
        await expect(page.get_by_text("Talk 0", exact=True)).to_be_visible()
        assert await page.locator(".row-item").count() == 130


async def test_search_finds_words_and_marks_them(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Qual é a solução da equação?")
        await ended(page)
        begin(live, "Weather", "Solucao antiga")
        await page.keyboard.press("Control+k")
        await expect(page.get_by_label("Search all conversations")).to_be_focused()
        await page.keyboard.type("soluc")
        await expect(page.locator(".row-item")).to_have_count(2)
        marks = await page.locator(".row-item mark").all_text_contents()
        assert {one.lower() for one in marks} <= {"solução", "soluc", "soluçã", "soluç", "solucao"}
        await expect(page.locator(".row-snippet").first).to_be_visible()
        await shot(page)
        await page.keyboard.press("Escape")
        await expect(page.locator(".row-item")).to_have_count(3)
        await page.keyboard.type("nothing like this")
        await expect(page.locator(".list-note")).to_have_text("Nothing found.")


async def test_renaming_happens_in_place(tab: Tab, tmp_path: Path) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        begin(live, "Old name")
        page = await tab.open(live.url)
        await menu(page, "Old name", "Rename")
        await expect(page.get_by_label("New name")).to_be_focused()
        await page.keyboard.type("New name")
        await page.keyboard.press("Enter")
        await expect(page.locator(".row-title")).to_have_text("New name")
        await menu(page, "New name", "Rename")
        await page.keyboard.type("Never kept")
        await page.keyboard.press("Escape")
        await expect(page.locator(".row-title")).to_have_text("New name")
        await page.reload()
        await expect(page.locator(".row-title")).to_have_text("New name")


async def test_folders_and_tags_narrow_the_list(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        begin(live, "Sums", "Verbs", "Shopping")
        page = await tab.open(live.url)
        for title in ("Sums", "Verbs"):
            await menu(page, title, "Move to a folder")
            await page.get_by_role("combobox", name="Folder").fill("School")
            await shot(page, "dialog")
            await page.get_by_role("button", name="Save").click()
            await expect(page.locator("dialog")).to_have_count(0)
        await menu(page, "Sums", "Tags")
        await page.get_by_role("combobox", name="Tags").fill("maths, urgent")
        await page.keyboard.press("Enter")
        chips = page.get_by_role("group", name="Folders and tags")
        await chips.get_by_role("button", name="School").click()
        await expect(page.locator(".row-item")).to_have_count(2)
        await chips.get_by_role("button", name="maths").click()
        await expect(page.locator(".row-title")).to_have_text(["Sums"])
        await shot(page)
        await chips.get_by_role("button", name="School").click()
        await chips.get_by_role("button", name="maths").click()
        await expect(page.locator(".row-item")).to_have_count(3)


async def test_a_deleted_conversation_comes_back_by_one_click(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([quick()], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "What is 17 + 25?")
        await ended(page)
        await page.locator(".top").get_by_role("button", name=re.compile("^Actions")).click()
        await shot(page, "menu")
        await page.get_by_role("menuitem", name="Delete").click()
        await expect(page.locator(".toast")).to_contain_text("Deleted “What is 17 + 25?”.")
        await expect(page.locator(".row-item")).to_have_count(0)
        await expect(page.locator(".welcome")).to_be_visible()
        await shot(page)
        await page.get_by_role("button", name="Undo").click()
        await expect(page.locator(".row-title")).to_have_text("What is 17 + 25?")
        await expect(reply(page).locator(".answer")).to_have_text("It is 42.")


@pytest.mark.parametrize("way", ["button", "drop"])
async def test_an_export_is_taken_in_and_reported(tab: Tab, shot: Shot, tmp_path: Path, way: str) -> None:
    export = [exported("About rain", [("user", "Why does it rain?"), ("assistant", "Because **clouds** get heavy.")])]
    file = tmp_path / "conversations.json"
    file.write_text(json.dumps(export))
    with serving([quick()], data=str(tmp_path / "data")) as live:
        page = await tab.open(live.url)
        if way == "button":
            await page.locator("[data-import]").set_input_files(file)
        else:
            carried = await page.evaluate_handle(
                """(text) => { const carried = new DataTransfer();
                carried.items.add(new File([text], "conversations.json", {type: "application/json"}));
                return carried; }""",
                file.read_text(),
            )
            await page.dispatch_event(".thread", "drop", {"dataTransfer": carried})
        await expect(page.get_by_role("dialog")).to_contain_text("1 conversation is new.")
        await shot(page)
        await page.get_by_role("button", name="Done").click()
        await page.get_by_role("link", name="About rain").click()
        await expect(reply(page).locator("strong")).to_have_text("clouds")


async def test_a_file_that_is_no_export_is_refused_in_words(tab: Tab, tmp_path: Path) -> None:
    file = tmp_path / "holiday.json"
    file.write_text('{"beach": true}')
    with serving([quick()], data=str(tmp_path / "data")) as live:
        page = await tab.open(live.url)
        await page.locator("[data-import]").set_input_files(file)
        await expect(page.get_by_role("dialog")).to_contain_text("Nothing was imported")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)


async def test_a_conversation_is_given_out_in_three_formats(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    answer = (
        "A **bold** word.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```python\nprint(1)\n```\n\n<script>alert(1)</script>"
    )
    engine = ScriptedEngine([script("First I think.", answer, logprob=-0.01)])
    with serving([engine], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await ask(page, "Show me <b>formats</b>.", "Thinking")
        await ended(page)
        found = {}
        for name in ("Markdown", "JSON", "a web page"):
            await page.locator(".top").get_by_role("button", name=re.compile("^Actions")).click()
            async with page.expect_download() as waiting:
                await page.get_by_role("menuitem", name=f"Export as {name}").click()
            download = await waiting.value
            place = tmp_path / download.suggested_filename
            await download.save_as(place)
            found[place.suffix] = place
        assert "**bold**" in found[".md"].read_text()
        assert "**bold**" in json.dumps(json.loads(found[".json"].read_text()))
        text = found[".html"].read_text()
        assert "<script" not in text
        assert re.search(r"""http-equiv="content-security-policy" content="default-src 'none'""", text)
        other = await page.context.new_page()
        asked: list[str] = []
        other.on("request", lambda request: asked.append(request.url))
        await other.goto(found[".html"].as_uri())
        await expect(other.locator("strong").filter(has_text="bold")).to_be_visible()
        await expect(other.locator("details summary")).to_have_text("Thinking")
        await expect(other.locator("table td").first).to_have_text("1")
        assert asked == [found[".html"].as_uri()]
        paper = await other.evaluate("getComputedStyle(document.body).backgroundColor")
        assert paper == "rgb(251, 250, 247)"
        await shot(other)
        await other.close()


async def test_an_incognito_conversation_is_never_written(tab: Tab, shot: Shot, tmp_path: Path) -> None:
    with serving([ScriptedEngine(echoing)], data=str(tmp_path)) as live:
        page = await tab.open(live.url)
        await page.get_by_role("button", name="New incognito chat").click()
        await expect(page.locator(".badge-secret")).to_have_text("Incognito")
        await shot(page, "welcome")
        await page.locator("#question").fill("half-written xylophone")
        await page.reload()
        await expect(page.locator("#question")).to_have_value("")
        await ask(page, "My secret is xylophone")
        await ended(page)
        await expect(page.locator(".badge-secret")).to_be_visible()
        await shot(page)
        assert all(b"xylophone" not in file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
        await page.locator(".top").get_by_role("button", name=re.compile("^Actions")).click()
        await page.get_by_role("menuitem", name="End and erase").click()
        await expect(page.locator(".toast")).to_contain_text("gone")
        assert stored(live) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_sidebar_is_a_drawer_on_a_phone(tab: Tab, shot: Shot, tmp_path: Path, scheme: str) -> None:
    page = tab.page
    await page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    with serving([quick()], data=str(tmp_path)) as live:
        begin(live, *(f"A conversation about the number {number}" for number in range(8)))
        await tab.open(live.url)
        await expect(page.get_by_role("button", name="New chat", exact=True)).to_be_hidden()
        await page.get_by_role("button", name="Open the sidebar").click()
        await expect(page.get_by_role("button", name="New chat", exact=True)).to_be_in_viewport(ratio=1)
        await page.wait_for_timeout(300)
        await shot(page)
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("button", name="New chat", exact=True)).to_be_hidden()
