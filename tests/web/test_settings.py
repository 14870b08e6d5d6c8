"""The settings.

Contract:
1. Models are listed with what was tried, why an ability is off, their health; one can be probed again.
2. A spec is judged while it is typed; adding opens and probes it, a refusal says why, an added one can be removed.
3. Defaults, appearance and language are kept at once, by the server, and hold after a reload and in new windows.
4. What is out of range is said and not kept.
5. Data goes in and out; the trash is emptied; everything is deleted only after the typed words.
6. Where keys are configured one can log out.
7. Nothing sticks out on a phone, and both languages have every word.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from helicon.engines import ScriptedEngine
from helicon.engines.protocol import Health, Request
from helicon.engines.scripted import ABLE, INFO, Script, script
from helicon.server import KeyRing
from tests.server.live import LiveServer, serving, wait_until
from tests.web.windows import Window, window

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import expect

if TYPE_CHECKING:
    from playwright.async_api import Browser

pytestmark = pytest.mark.asyncio(loop_scope="module")

SECTIONS = ("models", "defaults", "appearance", "shortcuts", "data", "about")


def spoken(_: Request) -> Script:
    return script("17 and 25 make 42.", "It is 42.", logprob=-0.01)


def engines() -> list[ScriptedEngine]:
    """One that is well, one without eyes and tools, one that is away."""
    blind = replace(ABLE, images=False, tools=False, notes=("tools: no call was made when one was required",))
    away = Health(ready=False, detail="nobody answers at http://127.0.0.1:9.")
    return [
        ScriptedEngine(spoken),
        ScriptedEngine(spoken, info=replace(INFO, name="blind"), capabilities=blind),
        ScriptedEngine(spoken, info=replace(INFO, name="away"), health=away),
    ]


@pytest.fixture
def live(tmp_path: Path) -> Iterator[LiveServer]:
    with serving(engines(), data=str(tmp_path / "data")) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def judging(browser: Browser) -> AsyncIterator[Window]:
    """A page whose modules are asked without being shown."""
    with serving(engines()) as server:
        async with window(browser, server.url) as opened:
            await opened.go("#/settings")
            yield opened


def preferences(live: LiveServer) -> Any:
    return live.request("GET", "/api/preferences").json()


async def test_models_say_what_they_can_and_why_not_more(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/models")
        await expect(page.locator(".model-card")).to_have_count(3)
        card = page.get_by_role("article", name="blind")
        await expect(card.locator(".chip.off")).to_have_count(2)
        await expect(card.locator(".chip", has_text="pictures")).to_contain_text(": no")
        await card.get_by_text("Why some are off").click()
        await expect(card.locator(".why")).to_contain_text("no call was made when one was required")
        away = page.get_by_role("article", name="away")
        await expect(away.locator(".health")).to_have_text("not ready")
        await expect(away).to_contain_text("nobody answers at http://127.0.0.1:9.")
        await card.get_by_role("button", name="Probe again").click()
        await expect(card.get_by_role("button", name="Probe again")).to_be_enabled()
        await expect(card.locator(".failed")).to_have_count(0)
        await opened.speaks()


@pytest.mark.parametrize(
    ("spec", "kind", "problem"),
    [
        ("http://localhost:11434/v1#gemma4:12b", "endpoint", ""),
        ("https://api.example.org/v1", "endpoint", ""),
        ("http://[::1]:8080/v1#m", "endpoint", ""),
        ("localhost:11434/v1#x", "endpoint", "noScheme"),
        ("http://user:secret@host/v1#x", "endpoint", "password"),
        ("http://host/v1?key=1#x", "endpoint", "query"),
        ("http://host/v1#", "endpoint", "noName"),
        ("http://", "endpoint", "url"),
        ("ftp://host/x.gguf", "", "scheme"),
        ("javascript:alert(1)", "", "unknown"),
        ("./Qwen3-4B-Q4_K_M.gguf", "file", ""),
        ("~/m.gguf,mmproj=eyes.gguf,ctx=16384,slots=4", "file", ""),
        ("./m.gguf,ctx=12", "file", "optionValue"),
        ("./m.gguf,layers=3", "file", "option"),
        ("./m.safetensors", "file", "notGguf"),
        ("/models/folder", "file", "notGguf"),
        ("hf:org/name:Q4_K_M", "hub", ""),
        ("hf:name", "hub", "hub"),
        ("org/name", "hub", "noPrefix"),
        ("nano", "nano", ""),
        ("gpt", "", "unknown"),
        ("  ", "", "empty"),
    ],
)
async def test_a_spec_is_judged_while_it_is_typed(judging: Window, spec: str, kind: str, problem: str) -> None:
    found = await judging.module("settings/spec.js", f"m.judge({json.dumps(spec)})")
    assert (found["kind"], found["problem"]) == (kind, problem)


@pytest.mark.parametrize(
    "spec", ["http://localhost:11434/v1#gemma4:12b", "./m.gguf,ctx=16384,slots=4", "hf:org/name:Q4", "nano"]
)
async def test_what_the_page_takes_the_engine_takes_too(judging: Window, spec: str) -> None:
    from helicon.engines.spec import parse_spec

    assert parse_spec(spec).kind == (await judging.module("settings/spec.js", f"m.judge({json.dumps(spec)})"))["kind"]


async def test_a_model_is_added_and_removed(browser: Browser, live: LiveServer) -> None:
    with serving([ScriptedEngine(spoken, info=replace(INFO, name="upstream"))]) as upstream:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/settings/models")
            box = page.get_by_label("An endpoint with the model's name")
            add = page.get_by_role("button", name="Add", exact=True)
            await expect(add).to_be_disabled()
            await box.fill(f"127.0.0.1:{upstream.port}/v1#upstream")
            await expect(page.locator(".add-model .help")).to_contain_text("begins with http://")
            await expect(box).to_have_attribute("aria-invalid", "true")
            await page.get_by_role("button", name="Use http://").click()
            await expect(page.locator(".add-model .help")).to_contain_text("An endpoint")
            await page.keyboard.press("Tab")
            await add.click()
            await expect(page.locator(".add-model .good")).to_contain_text("upstream", timeout=60_000)
            card = page.get_by_role("article", name="upstream")
            await expect(card).to_contain_text("added on this page")
            await card.get_by_role("button", name="Remove").click()
            dialog = page.get_by_role("dialog")
            await expect(dialog).to_contain_text("Remove upstream?")
            await dialog.get_by_role("button", name="Remove").click()
            await expect(card).to_have_count(0)
    assert len(live.request("GET", "/api/models").json()["models"]) == 3


async def test_what_cannot_be_added_says_why(browser: Browser, live: LiveServer, tmp_path: Path) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/models")
        box = page.get_by_label("An endpoint with the model's name")
        for spec, words in (("http://127.0.0.1:9/v1#x", "127.0.0.1:9"), (str(tmp_path / "none.gguf"), "none.gguf")):
            await box.fill(spec)
            await page.keyboard.press("Enter")
            await expect(page.locator(".add-model .failed")).to_contain_text(words, timeout=60_000)
            await expect(box).to_have_value(spec)
        await opened.shoot("settings-models-refused")


async def test_an_engines_command_fills_the_box(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/models")
        engine = page.locator(".howto details", has_text="Ollama")
        await engine.locator("summary").click()
        await expect(engine).to_contain_text("ollama pull")
        await engine.get_by_role("button", name="Copy").click()
        await expect(engine.get_by_role("button", name="Copied")).to_be_visible()
        await engine.get_by_role("button", name="Fill in").click()
        await expect(page.get_by_label("An endpoint with the model's name")).to_have_value(
            "http://localhost:11434/v1#gemma4:12b"
        )


async def test_defaults_are_kept_by_the_server(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/defaults")
        await page.get_by_label("Model", exact=True).select_option("blind")
        await page.get_by_role("radio", name="Thinking").check()
        await page.get_by_role("radio", name="high").check()
        await page.get_by_label("Seconds of a run").fill("90.5")
        await page.get_by_label("System prompt").fill("Answer in one line. ação")
        await page.get_by_label("System prompt").blur()
        await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        wait_until(lambda: preferences(live)["system"] == "Answer in one line. ação")
        kept = preferences(live)
        assert (kept["model"], kept["mode"]) == ("blind", "thinking")
        assert kept["options"]["effort"] == "high"
        assert kept["options"]["deadline_seconds"] == 90.5
        await page.reload()
        await expect(page.get_by_label("Seconds of a run")).to_have_value("90.5")
        await expect(page.get_by_role("radio", name="high")).to_be_checked()
        await page.get_by_label("Seconds of a run").fill("")
        await page.get_by_label("Seconds of a run").blur()
        wait_until(lambda: preferences(live)["options"].get("deadline_seconds") is None)


async def test_what_is_being_typed_survives_a_save(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/defaults")
        await page.get_by_label("System prompt").press_sequentially("Half a sent")
        live.request("PUT", "/api/preferences", {**preferences(live), "theme": "dark"})
        await opened.until("document.documentElement.dataset.theme === 'dark'")
        await expect(page.get_by_label("System prompt")).to_have_value("Half a sent")
        await page.get_by_label("System prompt").press_sequentially("ence")
        await page.get_by_label("System prompt").blur()
        wait_until(lambda: preferences(live)["system"] == "Half a sentence")
        assert preferences(live)["theme"] == "dark"


async def test_what_is_out_of_range_is_said_and_not_kept(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/defaults")
        field = page.locator(".bound", has_text="Agents")
        await field.locator("input").fill("65")
        await field.locator("input").blur()
        await expect(field.get_by_text("From 1 to 64.")).to_be_visible()
        assert preferences(live)["options"].get("agents") is None
        await field.locator("input").fill("12")
        await field.locator("input").blur()
        await expect(page.get_by_text("Saved", exact=True)).to_be_visible()
        assert preferences(live)["options"]["agents"] == 12


async def test_a_refused_change_is_taken_back(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/appearance")
        await page.route("**/api/preferences", lambda route: route.abort())
        await page.get_by_role("radio", name="dark").click()
        await expect(page.locator(".failed")).to_contain_text("does not answer")
        await expect(page.get_by_role("radio", name="as the system")).to_be_checked()


async def test_theme_and_language_change_at_once_in_every_window(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as first, window(browser, live.url) as second:
        page = await first.go("#/settings/appearance")
        other = await second.go("#/settings/appearance")
        await page.get_by_role("radio", name="dark").check()
        await first.until("getComputedStyle(document.body).backgroundColor === 'rgb(23, 24, 22)'")
        await second.until("document.documentElement.dataset.theme === 'dark'")
        await page.get_by_role("radio", name="Português (Brasil)").check()
        await expect(page.get_by_role("heading", name="Aparência")).to_be_visible()
        assert await page.get_attribute("html", "lang") == "pt-BR"
        await expect(other.get_by_role("heading", name="Aparência")).to_be_visible()
        await page.reload()
        await expect(page.get_by_role("heading", name="Aparência")).to_be_visible()
        await page.get_by_role("radio", name="Ctrl + Enter").check()
        await expect(page.get_by_text("Salvo", exact=True)).to_be_visible()
        assert preferences(live)["send_with"] == "ctrl+enter"


async def test_data_goes_in_and_out_and_away(browser: Browser, live: LiveServer, tmp_path: Path) -> None:
    def count(query: str = "") -> int:
        return len(live.request("GET", f"/api/conversations{query}").json()["items"])

    made = live.request("POST", "/api/conversations", {"title": "to be thrown away"}).json()["id"]
    kept = live.request("POST", "/api/conversations", {"title": "to be kept"}).json()["id"]
    question: dict[str, object] = {
        "parent": None,
        "text": "What is 17 + 25?",
        "images": [],
        "model": "scripted",
        "mode": "instant",
    }
    live.request("POST", f"/api/conversations/{kept}/messages", question)
    wait_until(lambda: live.request("GET", "/api/ledger").json()["totals"]["runs"] == 1)
    export = tmp_path / "conversations.json"
    export.write_bytes(live.request("GET", "/api/export").body)
    live.request("DELETE", f"/api/conversations/{made}")
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/data")
        await expect(page.locator(".place")).to_contain_text("helicon.sqlite3")
        await expect(page.get_by_text("The database works.")).to_be_visible()
        async with page.expect_download() as saving:
            await page.get_by_role("link", name="Save everything").click()
        saved = json.loads(Path(await (await saving.value).path()).read_text())
        assert "to be kept" in json.dumps(saved)
        await expect(page.get_by_text("1 deleted conversation.")).to_be_visible()
        await page.get_by_role("button", name="Empty the trash").click()
        await page.get_by_role("dialog").get_by_role("button", name="Delete for good").click()
        await expect(page.get_by_text("The trash is empty.")).to_be_visible()
        assert count("?deleted=1") == 0
        await page.locator(".import input[type=file]").set_input_files(export)
        await expect(page.locator(".import .good")).to_contain_text("already here")
        bad = tmp_path / "bad.json"
        bad.write_text("no export")
        await page.locator(".import input[type=file]").set_input_files(bad)
        await expect(page.locator(".import .failed")).to_be_visible()
        erase = page.get_by_role("button", name="Delete", exact=True)
        await expect(erase).to_be_disabled()
        await page.get_by_label("Type “delete everything” to confirm").fill("delete everythin")
        await expect(erase).to_be_disabled()
        await page.get_by_label("Type “delete everything” to confirm").fill("delete everything")
        await erase.click()
        await expect(page.get_by_text("Everything is deleted.")).to_be_visible()
        assert count() == 0


async def test_a_server_without_a_place_says_so(browser: Browser) -> None:
    with serving(engines()) as live:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/settings/data")
            await expect(page.get_by_text("cannot be used")).to_be_visible()
            await expect(page.locator(".settings")).to_contain_text("in memory only")


async def test_about_names_every_library_and_its_licence(browser: Browser, live: LiveServer) -> None:
    from helicon.web import FOLDER

    packages = json.loads((FOLDER / "lib" / "VENDORED.json").read_text())["packages"]
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/about")
        await expect(page.locator("tbody tr")).to_have_count(len(packages))
        for package in packages:
            row = page.locator("tbody tr", has=page.get_by_role("rowheader", name=package["name"], exact=True))
            await expect(row).to_contain_text(package["version"])
            await expect(row).to_contain_text(package["licence"])
        address = await page.get_by_role("link", name="OpenAPI").get_attribute("href")
        assert live.request("GET", str(address)).json()["openapi"].startswith("3.")


async def test_one_logs_out_where_keys_are_configured(browser: Browser, tmp_path: Path) -> None:
    with serving(engines(), keys=KeyRing.of(["first-key-of-the-test"]), data=str(tmp_path)) as live:
        async with window(browser, live.url) as opened:
            page = await opened.go("#/settings/session")
            await page.get_by_label("key").fill("first-key-of-the-test")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("heading", name="Session")).to_be_visible()
            await opened.shoot("settings-session")
            await page.locator(".settings-section").get_by_role("button", name="Log out").click()
            await expect(page.locator(".login")).to_be_visible()
            assert await page.evaluate("fetch('/api/conversations').then((reply) => reply.status)") == 401


async def test_without_keys_there_is_no_session_to_leave(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/session")
        await expect(page.get_by_role("heading", name="Models and engines")).to_be_visible()
        await expect(page.locator(".settings-nav a")).to_have_count(len(SECTIONS))


async def test_sections_are_reached_by_keyboard(browser: Browser, live: LiveServer) -> None:
    async with window(browser, live.url) as opened:
        page = await opened.go("#/settings/models")
        await page.locator(".settings-nav a").first.focus()
        await page.keyboard.press("Tab")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", name="Defaults")).to_be_visible()
        await page.locator(".settings-section .choice input:checked").first.focus()
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_role("radio", name="Instant")).to_be_checked()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("phone", [False, True], ids=["wide", "phone"])
async def test_every_section_looks_right_everywhere(
    browser: Browser, live: LiveServer, phone: bool, dark: bool
) -> None:
    async with window(browser, live.url, phone=phone, dark=dark, language="pt-BR" if dark else "en") as opened:
        for section in SECTIONS:
            page = await opened.go(f"#/settings/{section}")
            await expect(page.locator(".settings-section h2")).to_be_visible()
            await opened.fits()
            await opened.speaks()
            await opened.shoot(f"settings-{section}-{'phone' if phone else 'wide'}-{'dark' if dark else 'light'}")
