"""The web page, in a real browser.

Contract:
1. A question goes to ``/v1/chat/completions`` as ``MODEL@MODE``, streamed, with the conversation so far.
2. Thinking, agents, votes, the answer, the ledger and auto's reason are shown, while they come; how early a
   thought may end is chosen beside the mode.
3. Stop and Escape close the connection; what was said stays, and the next question works.
4. Every failure is said in words with a next step; the question stays in the box.
5. A key is asked for only after a 401, and kept nowhere but in memory.
6. Whatever a model says stays text: no script runs, nothing leaves the origin.
7. The page works by keyboard alone, speaks its state, and fits 360 pixels.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from helicon.events import AgentEnded, AgentStarted, AnswerDelta, ConsensusChanged, Event, RoundStarted, ThoughtProbed
from helicon.web import assets
from tests.web.conftest import Tab
from tests.web.fake import Wire, serving
from tests.web.scripts import contemplation, single

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAYLOADS = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<img src=https://evil.example/a.png>",
    "![x](https://evil.example/b.png)",
    "[click](javascript:window.pwned=1)",
    "[x]: https://evil.example/c.png\n![x][x]",
    "<svg onload=window.pwned=1></svg>",
    "<iframe src=https://evil.example/></iframe>",
    "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
    "<object data=https://evil.example/d></object>",
    "<link rel=stylesheet href=https://evil.example/e.css>",
    "<style>@import 'https://evil.example/f.css'</style>",
    "<meta http-equiv=refresh content='0;url=https://evil.example/'>",
    "<base href=https://evil.example/>",
    "<form action=https://evil.example/><input autofocus onfocus=window.pwned=1></form>",
    "<details open ontoggle=window.pwned=1>",
    "</p></article></main><script>window.pwned=1</script>",
    "$\\href{javascript:window.pwned=1}{x}$",
    "&lt;img src=x onerror=window.pwned=1&gt;",
    "<a href='data:text/html,<script>opener.pwned=1</script>' target=_blank>x</a>",
]


async def ask(page: Page, text: str, mode: str = "auto") -> None:
    await page.get_by_label(mode, exact=True).check(force=True)
    await page.get_by_label("Your question").fill(text)
    await page.get_by_role("button", name="Send").click()


async def test_how_early_a_thought_may_end_is_chosen_beside_the_mode(tab: Tab) -> None:
    probed = ThoughtProbed(agent=0, thinking=40, answer="20", probability=0.99, decision="exit", reason="sure")
    script = single("thinking", "4 times 5 is 20.", "20")
    script.insert(-3, (0.0, probed))
    wire = Wire(script=script)
    with serving(wire.app()) as url:
        page = await tab.open(url)
        choice = page.get_by_label("How early a thought may end")
        await page.get_by_label("instant", exact=True).check(force=True)
        await expect(choice).to_be_hidden()
        await page.get_by_label("thinking", exact=True).check(force=True)
        await expect(choice).to_have_value("safe")
        await choice.select_option("strong")
        await ask(page, "4 * 5?", "thinking")
        await expect(page.locator(".work > summary")).to_have_text(re.compile("ended early"))
    assert wire.asked[0]["helicon"] == {"events": True, "compression": "strong"}


@pytest.mark.parametrize("mode", ["instant", "thinking"])
async def test_a_question_is_answered_with_its_thinking_and_its_ledger(tab: Tab, mode: str) -> None:
    thinking = "4 times 5 is 20." if mode == "thinking" else ""
    wire = Wire(script=single("thinking" if thinking else "instant", thinking, "20"))
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "4 * 5?", mode)
        await expect(page.locator(".ledger")).to_contain_text("Answer tokens")
        await expect(page.locator(".answer")).to_have_text("20")
        if thinking:
            await expect(page.locator(".work > .thought")).to_have_text(re.compile("4 times 5 is 20"))
        else:
            await expect(page.locator(".work")).to_be_hidden()
    asked = wire.asked[0]
    assert asked["model"] == f"nano@{mode}"
    assert asked["messages"] == [{"role": "user", "content": "4 * 5?"}]
    assert (asked["stream"], asked["stream_options"]) == (True, {"include_usage": True})
    assert tab.strangers(url) == []


async def test_the_conversation_goes_along_and_a_new_one_starts_empty(tab: Tab) -> None:
    wire = Wire(script=single("instant", "", "20"))
    with serving(wire.app()) as url:
        page = await tab.open(url)
        for number in (1, 2):
            await ask(page, f"question {number}")
            await expect(page.locator(".ledger div")).to_have_count(5 * number)
        await page.get_by_role("button", name="New conversation").click()
        await expect(page.locator("article")).to_have_count(0)
        await ask(page, "question 3")
        await expect(page.locator(".ledger div")).to_have_count(5)
    turns = [{"role": "user", "content": "question 1"}, {"role": "assistant", "content": "20"}]
    assert wire.asked[1]["messages"] == [*turns, {"role": "user", "content": "question 2"}]
    assert wire.asked[2]["messages"] == [{"role": "user", "content": "question 3"}]


async def test_agents_and_votes_are_seen_while_they_come(tab: Tab) -> None:
    script = contemplation(["12", "12", "13", "12"], agents=6, answer="It is 12.", thought="3 * 4", pause=0.4)
    wire = Wire(script=script)
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "3 * 4?", "contemplating")
        rows = page.locator(".agents > li")
        await expect(rows).to_have_count(6)
        await expect(rows.nth(5)).to_contain_text("thinking: 3 * 4")
        await expect(page.get_by_role("button", name="Stop")).to_be_visible()
        await expect(page.locator(".ledger")).to_contain_text("of these cancelled")
        await expect(rows.nth(0)).to_contain_text("12")
        await expect(rows.nth(0)).to_contain_text("110 tokens")
        await expect(rows.nth(5)).to_contain_text("decided without it")
        votes = page.locator(".votes > li")
        await expect(votes).to_have_text([re.compile("A12.*3 votes"), re.compile("B13.*1 vote")])
        await expect(page.locator(".rule")).to_contain_text("Decided early")
        await expect(page.locator(".work > summary")).to_have_text("4 of 6 agents answered · 2 stopped early")
        await expect(page.locator(".answer")).to_have_text("It is 12.")
        await rows.nth(2).locator("summary").click()
        await expect(rows.nth(2).locator(".thought")).to_have_text("3 * 4")
        await expect(rows.nth(2).locator(".draft")).to_have_text("So 13")
        words = await page.locator(".ledger").inner_text()
        assert re.sub(r"\s+", " ", words) == (
            "Mode contemplating Agents 6 Prompt tokens 300 Thinking tokens 600 Answer tokens 40 "
            "of these cancelled 200 Seconds 2.3"
        )


async def test_auto_says_which_mode_it_chose_and_why(tab: Tab) -> None:
    wire = Wire(script=single("thinking", "Hm.", "20", reason="the question has two steps"))
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "4 * 5?")
        await expect(page.locator(".reason")).to_have_text("Why this mode: the question has two steps")
        await expect(page.locator(".ledger")).to_contain_text("thinking")
    assert wire.asked[0]["model"] == "nano@auto"


async def test_a_reply_without_structured_events_is_shown_too(tab: Tab) -> None:
    wire = Wire(script=single("thinking", "não é difícil 🙂", "vinte e três – 23 €"), plain=True, cut=3)
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "20 + 3?", "thinking")
        await expect(page.locator(".ledger")).to_contain_text("Answer tokens")
        await expect(page.locator(".answer")).to_have_text("vinte e três – 23 €")
        await expect(page.locator(".work > .thought")).to_have_text("não é difícil 🙂 ")


@pytest.mark.parametrize("way", ["button", "escape"])
async def test_stop_closes_the_connection_and_keeps_what_was_said(tab: Tab, way: str) -> None:
    said = single("thinking", "Hm.", "20")[:4]
    wire = Wire(script=[*said, (0.0, AnswerDelta(text="Twen")), (20.0, AnswerDelta(text="ty"))])
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "4 * 5?", "thinking")
        await expect(page.locator(".answer")).to_have_text("Twen")
        if way == "button":
            await page.get_by_role("button", name="Stop").click()
        else:
            await page.keyboard.press("Escape")
        await expect(page.locator(".note")).to_contain_text("Stopped")
        await expect(page.locator(".answer")).to_have_text("Twen")
        await expect(page.get_by_role("status")).to_have_text("Stopped")
        for _ in range(50):
            if wire.left:
                break
            await page.wait_for_timeout(100)
        assert wire.left == 1
        wire.script = single("instant", "", "20")
        await ask(page, "again", "instant")
        await expect(page.locator(".answer").nth(1)).to_have_text("20")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"status": 429, "error": "the queue is full."}, "the queue is full. Wait 7 seconds, then send it again."),
        ({"status": 404, "error": "unknown model 'nano'."}, "unknown model 'nano'. Choose another model."),
        ({"script": [], "error": "the engine died."}, "the engine died. What came before this is kept."),
        ({"script": [], "breaks": True}, "The connection broke before the answer was complete."),
    ],
)
async def test_a_failure_is_said_in_words_and_the_question_stays(
    tab: Tab, change: dict[str, object], words: str
) -> None:
    wire = Wire()
    for name, value in change.items():
        setattr(wire, name, value)
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "4 * 5?")
        await expect(page.locator(".failure")).to_contain_text(words)
        await expect(page.get_by_role("status")).to_have_text("Failed")
        await expect(page.get_by_label("Your question")).to_have_value("4 * 5?")
        await expect(page.get_by_role("button", name="Send")).to_be_visible()
        await expect(page.locator("#key-form")).to_be_hidden()


async def test_a_server_that_is_gone_is_said_so(tab: Tab) -> None:
    with serving(Wire().app()) as url:
        page = await tab.open(url)
    await ask(page, "4 * 5?")
    await expect(page.locator(".failure")).to_contain_text("The server does not answer. Check that it still runs")


async def test_a_key_is_asked_for_after_a_401_and_kept_in_memory_only(tab: Tab) -> None:
    wire = Wire(key="open sesame", script=single("instant", "", "20"))
    with serving(wire.app()) as url:
        page = tab.page
        await page.goto(url)
        field = page.get_by_label(re.compile("asks for an API key"))
        await expect(field).to_be_focused()
        await page.keyboard.type("wrong")
        await page.keyboard.press("Enter")
        await expect(field).to_have_value("")
        await expect(field).to_be_visible()
        await field.fill("open sesame")
        await page.get_by_role("button", name="Use this key").click()
        await expect(page.locator("#key-form")).to_be_hidden()
        await ask(page, "4 * 5?")
        await expect(page.locator(".answer")).to_have_text("20")
        kept = await page.evaluate("[localStorage.length, sessionStorage.length, document.cookie, location.href]")
        assert kept == [0, 0, "", f"{url}/"]


async def test_what_a_model_says_stays_text(tab: Tab) -> None:
    answer = "\n".join(PAYLOADS)
    wire = Wire(script=contemplation(PAYLOADS, agents=len(PAYLOADS), answer=answer, thought=answer))
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, answer, "contemplating")
        await expect(page.locator(".ledger")).to_contain_text("Answer tokens")
        for row in await page.locator(".agents details > summary").all():
            await row.click()
        assert await page.locator(".answer").text_content() == answer
        assert await page.locator(".question").text_content() == answer
        assert await page.locator(".agents .thought").all_text_contents() == [answer] * len(PAYLOADS)
        assert await page.locator(".agents .found").all_text_contents() == PAYLOADS
        assert await page.locator(".votes .found").all_text_contents() == PAYLOADS
        wire.script, wire.error = single("thinking", "Hm.", "20", reason=answer), answer
        await ask(page, "4 * 5?")
        await expect(page.locator(".failure strong")).to_have_text(answer)
        assert await page.locator(".reason").all_text_contents() == ["", f"Why this mode: {answer}"]
        assert await page.evaluate("typeof window.pwned") == "undefined"
        assert await page.locator("img, svg, iframe, object, embed, a, base, style, main script").count() == 0
        assert page.url == f"{url}/"
    assert tab.strangers(url) == []
    paths = {asked.removeprefix(url) for asked in tab.requests if not asked.startswith("data:")}
    assert paths == {*assets(), "/v1/models", "/v1/chat/completions"} - {"/index.html"}


async def test_the_page_works_by_keyboard_alone(tab: Tab) -> None:
    wire = Wire(script=single("thinking", "Hm.", "20"))
    with serving(wire.app()) as url:
        page = await tab.open(url)
        box = page.get_by_label("Your question")
        await expect(box).to_be_focused()
        await page.keyboard.type("4 * 5")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("= ?")
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("auto", exact=True)).to_be_focused()
        await page.keyboard.press("ArrowRight")
        await page.keyboard.press("ArrowRight")
        await expect(page.get_by_label("thinking", exact=True)).to_be_checked()
        await page.keyboard.press("Shift+Tab")
        await box.dispatch_event("keydown", {"key": "Enter", "isComposing": True})
        assert wire.asked == []
        await page.keyboard.press("Enter")
        await expect(page.locator(".answer")).to_have_text("20")
        await expect(box).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await expect(page.locator(".work > .thought")).to_be_focused()
        await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Enter")
        await expect(page.locator(".work > .thought")).to_be_hidden()
    assert wire.asked[0]["messages"][0]["content"] == "4 * 5\n= ?"
    assert wire.asked[0]["model"] == "nano@thinking"


async def test_the_state_is_spoken_and_every_control_has_a_name(tab: Tab) -> None:
    wire = Wire(script=single("thinking", "Hm.", "20", pause=0.5))
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "4 * 5?", "thinking")
        await expect(page.get_by_role("status")).to_have_text("Thinking")
        await expect(page.get_by_role("log")).to_have_attribute("aria-busy", "true")
        await expect(page.get_by_role("status")).to_have_text("Answer ready")
        await expect(page.get_by_role("log")).to_have_attribute("aria-busy", "false")
        names = "[...document.querySelectorAll('input, select, textarea')].map((e) => e.labels.length)"
        assert set(await page.evaluate(names)) == {1}
        await expect(page.get_by_role("radiogroup").or_(page.get_by_role("group", name="Mode"))).to_be_visible()
        await expect(page.get_by_role("combobox", name="Model")).to_have_value("nano")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_the_page_fits_a_narrow_phone(tab: Tab, scheme: str) -> None:
    long = "m" * 400
    wire = Wire(script=contemplation([long, long], agents=3, answer=long, thought=long))
    page = tab.page
    await page.set_viewport_size({"width": 360, "height": 640})
    await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    with serving(wire.app()) as url:
        await tab.open(url)
        await ask(page, long, "contemplating")
        await expect(page.locator(".ledger")).to_contain_text("Answer tokens")
        assert await page.evaluate("document.documentElement.scrollWidth") == 360
        lightness = await page.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/)[0]")
        assert (int(lightness) < 60) == (scheme == "dark")


async def test_another_model_offers_its_own_modes(tab: Tab) -> None:
    wire = Wire(script=single("instant", "", "20"))
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await page.get_by_label("Model").select_option("other")
        await ask(page, "4 * 5?", "instant")
        await expect(page.locator(".answer")).to_have_text("20")
    assert wire.asked[0]["model"] == "other@instant"


async def test_a_new_conversation_stops_the_run_of_the_old_one(tab: Tab) -> None:
    said = single("thinking", "Hm.", "20")[:4]
    wire = Wire(script=[*said, (0.0, AnswerDelta(text="Twen")), (20.0, AnswerDelta(text="ty"))])
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "4 * 5?", "thinking")
        await expect(page.locator(".answer")).to_have_text("Twen")
        await page.get_by_role("button", name="New conversation").click()
        wire.script = single("instant", "", "8")
        await ask(page, "2 * 4?", "instant")
        await expect(page.locator(".answer")).to_have_text("8")
        await expect(page.locator("article")).to_have_count(1)
    assert wire.left == 1
    assert wire.asked[1]["messages"] == [{"role": "user", "content": "2 * 4?"}]


async def test_a_later_round_keeps_the_thoughts_and_the_draft_of_the_earlier_one(tab: Tab) -> None:
    first = contemplation(["12", "13"], agents=2, answer="", thought="3 * 4")[:-2]
    later = contemplation(["12", "12"], agents=2, answer="It is 12.", thought="12 it is")[2:]
    wire = Wire(script=[*first, (0.0, RoundStarted(round=2, agents=2)), *[(0.0, _second(event)) for _, event in later]])
    with serving(wire.app()) as url:
        page = await tab.open(url)
        await ask(page, "3 * 4?", "contemplating")
        await expect(page.locator(".work > summary")).to_have_text("2 of 2 agents answered · 2 rounds")
        row = page.locator(".agents > li").nth(1)
        await row.locator("summary").click()
        await expect(row.locator(".thought")).not_to_be_empty()
        assert await row.locator(".thought").text_content() == "3 * 4\n\nDraft: So 13\n\nRound 2\n12 it is"
        await expect(row.locator(".draft")).to_have_text("So 12")
        await expect(row).to_contain_text("220 tokens")


def _second(event: Event) -> Event:
    return replace(event, round=2) if isinstance(event, AgentStarted | AgentEnded | ConsensusChanged) else event
