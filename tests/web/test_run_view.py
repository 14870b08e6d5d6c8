"""The view of a run, in a real browser, fed with stored events.

Contract:
1. One thought is a line with its duration and tokens; it opens into bounded plain text, and says when it settled early.
2. A contemplation is one line that opens into the vote, a lane for each agent on one time axis, the moment of decision
   with its rule in words, rounds, the plan, comparisons, sources and where two thoughts part. It folds when it ends.
3. Groups of equal answers have letter, shape and colour; stopped lanes say what they had spent; failures say why.
4. Lanes are buttons: a click, Enter or the arrow keys reach every whole thought. On a phone one is open at a time.
5. One agent can be stopped and the vote ended at once; a server that cannot do so shows no such button.
6. A run replays through the same drawing, also from a file that was dropped; its end looks like the run's own.
7. The ledger's lines sum to the usage. Whatever a model says stays text. Both languages have every word.
8. Sixteen agents at 3,000 tokens a second leave the page more than half of its time.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from helicon.web import FOLDER
from tests.web import load, runs
from tests.web.conftest import Shot, Tab
from tests.web.harness import app, serving

pytest.importorskip("playwright.async_api", reason="the package playwright is not installed")
from playwright.async_api import Page, expect

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = [
    "<script>window.pwned=1</script>",
    "<img src=x onerror=window.pwned=1>",
    "<svg onload=window.pwned=1></svg>",
    "\u202e<a href=javascript:window.pwned=1>x</a>",
]


async def shown(tab: Tab, url: str, events: list[runs.Stored], **options: Any) -> Page:
    """The view of these events."""
    page = tab.page
    await page.goto(f"{url}/harness/run.html")
    await page.wait_for_selector("html[data-ready]")
    await page.evaluate("([events, options]) => harness.show(events, options)", [events, options])
    await page.wait_for_selector(".run-view, .replay")
    return page


def before(events: list[runs.Stored], at: float) -> list[runs.Stored]:
    """What has happened by then."""
    return [event for event in events if event["at"] <= at]


async def test_one_thought_is_a_line_that_opens(tab: Tab, shot: Shot) -> None:
    events = runs.thought()
    with serving(app()) as url:
        page = await shown(tab, url, before(events, 3.5), live=True, flows=False)
        line = page.locator(".fold-line")
        await expect(line).to_contain_text(re.compile(r"Thinking… 3\.\d s · ~\d+ tokens"))
        await expect(page.locator(".chain-tail")).not_to_be_empty()
        await shot(page, "live")
        await page.evaluate("events => { harness.feed(events); harness.over(); }", events[len(before(events, 3.5)) :])
        await expect(line).to_contain_text(re.compile(r"Thought for 4\.\d s · 312 tokens"))
        await expect(line).to_contain_text("ended early: its answer had settled")
        await expect(line).to_have_attribute("aria-expanded", "false")
        await line.focus()
        await page.keyboard.press("Enter")
        box = page.locator(".long-text")
        await expect(box).to_contain_text("Let Bea pay b, so Ana pays 2b")
        assert await box.evaluate("node => node.clientHeight") <= 20 * 16
        await expect(page.locator(".probes li").last).to_contain_text(
            "after 156 tokens: \u206854\u2069 (99%), and that was"
        )
        await shot(page, "opened")


async def test_a_contemplation_live_then_decided(tab: Tab, shot: Shot) -> None:
    events = runs.contemplation(16)
    now = before(events, 4.2)
    with serving(app()) as url:
        page = await shown(tab, url, now, live=True, flows=False)
        await expect(page.locator(".fold-line")).to_contain_text(
            re.compile(r"5\sof\s16\sagents\sdone\s· 4\.2\ss\s· ~[\d,]+\stokens")
        )
        rows = page.locator(".lane")
        await expect(rows).to_have_count(16)
        await expect(page.locator(".consensus")).to_have_attribute(
            "aria-label", "A, \u206854\u2069: 3 agents; B, \u206843.2\u2069: 1 agent; 11 undecided"
        )
        await expect(page.locator(".lane.is-thinking .lane-words").first).not_to_be_empty()
        await expect(page.locator(".lane.is-failed .lane-words")).to_contain_text("failed: ")
        await shot(page, "live")
        await page.evaluate("events => { harness.feed(events); harness.over(); }", events[len(now) :])
        line = page.locator(".fold-line")
        await expect(line).to_have_attribute("aria-expanded", "false")
        said = re.sub(r"\s", " ", await line.inner_text())
        assert re.search(r"8 of 16 agree · 4 stopped early · 1 failed · 6\.8 s · [\d,]+ tokens", said)
        await shot(page, "folded")
        await line.click()
        await expect(page.locator(".decision")).to_have_text(
            re.compile("Decided at 6.5 s: nothing can overtake \u206854\u2069.*4 agents were stopped there")
        )
        left = await page.locator(".decision-line i").evaluate("node => parseFloat(node.style.left)")
        fold = await page.evaluate("({decided: harness.fold.decision.at, at: harness.fold.at})")
        assert left == pytest.approx(100 * fold["decided"] / fold["at"], abs=0.01)
        stopped = page.locator(".lane.is-stopped")
        await expect(stopped).to_have_count(4)
        await expect(stopped.first.locator(".lane-words")).to_contain_text(
            re.compile(r"no longer needed · stopped after 36\d tokens")
        )
        await expect(page.locator(".vote-tick")).to_have_count(11)
        badges = page.locator(".lane-found .group-badge")
        letters = set(await badges.evaluate_all("nodes => nodes.map((node) => node.textContent.trim())"))
        shapes = set(await badges.evaluate_all("nodes => nodes.map((node) => node.firstElementChild.outerHTML)"))
        colours = set(await badges.evaluate_all("nodes => nodes.map((node) => getComputedStyle(node).fill)"))
        assert letters == {"A", "B", "C"}
        assert len(shapes) == len(colours) == 3
        await shot(page, "decided")


async def test_a_reader_who_is_in_it_keeps_it_open(tab: Tab) -> None:
    events = runs.contemplation(8)
    now = before(events, 3.2)
    with serving(app()) as url:
        page = await shown(tab, url, now, live=True, flows=False)
        await page.locator(".lane-button").nth(2).click()
        await page.evaluate("events => { harness.feed(events); harness.over(); }", events[len(now) :])
        await expect(page.locator(".decision")).to_be_visible()
        await expect(page.locator(".lane-detail")).to_be_visible()


async def test_lanes_open_by_click_and_keyboard_and_say_everything(tab: Tab) -> None:
    events = runs.contemplation(8)
    with serving(app()) as url:
        page = await shown(tab, url, events, open=True)
        lanes = page.locator(".lane-button")
        await lanes.nth(0).focus()
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        await expect(lanes.nth(2)).to_be_focused()
        await page.keyboard.press("End")
        await expect(lanes.nth(7)).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(lanes.nth(7)).to_have_attribute("aria-expanded", "true")
        agent = await page.evaluate(
            "[...harness.fold.lanes.values()].find((lane) => lane.agent === 7).last.thinking.text"
        )
        assert await page.locator(".lane-detail .long-text").first.evaluate("node => node.textContent") == agent
        await lanes.nth(0).click()
        await expect(page.locator(".lane-detail")).to_have_count(2)
        label = await lanes.nth(7).locator(".visually-hidden").text_content()
        assert label is not None
        assert re.match(r"Agent 8, finished, says \u2068[\d.]+\u2069, answer [AB], \d+ tokens, [\d.]+ s", label)
        await expect(page.locator(".lane-detail .figures").first).to_contain_text(
            re.compile(r"\d+ thinking \+ 24 answer")
        )


async def test_a_very_long_thought_is_laid_out_in_pieces(tab: Tab) -> None:
    events = before(runs.contemplation(2, seed=2), 0.5)
    text = "".join(f"Step {number} of many, and 🙂 none of them is short.\n" for number in range(8000))
    thought = {"type": "thinking_delta", "agent": 0, "text": text, "at": 0.6}
    with serving(app()) as url:
        page = await shown(tab, url, [*events, thought], live=True, open=True, flows=False)
        await page.locator(".lane-button").nth(0).click()
        box = page.locator(".lane-detail .long-text")
        assert await box.evaluate("node => node.textContent") == text
        assert await box.locator("p").count() > 80
        more = {"type": "thinking_delta", "agent": 0, "text": "And one more.", "at": 0.7}
        await page.evaluate("event => harness.feed([event])", more)
        await expect(box.locator("p").last).to_contain_text("And one more.")
        assert await box.evaluate("node => node.scrollHeight - node.scrollTop - node.clientHeight") < 40


async def test_where_they_disagree(tab: Tab) -> None:
    with serving(app()) as url:
        page = await shown(tab, url, runs.contemplation(16), open=True)
        card = page.locator(".disagreement")
        await expect(card.locator(".parting")).to_contain_text(re.compile(r"share \d+ steps, up to"))
        await expect(card.locator(".position").nth(0)).to_contain_text("Leading")
        await expect(card.locator(".position-answer").nth(0)).to_contain_text("54")
        await expect(card.locator(".position-answer").nth(1)).to_contain_text("43.2")
        await expect(card.locator(".position").nth(1)).to_contain_text(re.compile(r"agents \d+ and \d+"))
        ours, theirs = await card.locator(".is-parting").all_inner_texts()
        assert ours != theirs


async def test_groups_sources_and_rankings_mark_their_lanes(tab: Tab, shot: Shot) -> None:
    with serving(app()) as url:
        page = await shown(tab, url, runs.contemplation(8), open=True)
        await page.locator(".legend-item").nth(1).click()
        await expect(page.locator(".lane.is-marked")).to_have_count(2)
        await expect(page.locator(".lane.is-faded")).to_have_count(6)
        await page.locator(".legend-item").nth(1).click()
        await expect(page.locator(".lane.is-marked")).to_have_count(0)
        page = await shown(tab, url, runs.compared(), open=True)
        await expect(page.locator(".comparison")).to_contain_text(
            "6 pairs were judged in both orders. 2 verdicts (33%)"
        )
        await expect(page.locator(".lane-rank")).to_have_text(["no. 2", "no. 4", "no. 1", "no. 3"])
        await expect(page.locator(".sources")).to_contain_text("1 mark named no draft")
        await expect(page.locator(".consensus, .decision")).to_have_count(0)
        await page.locator(".source").nth(1).focus()
        await expect(page.locator(".lane.is-marked")).to_have_count(2)
        await expect(page.locator(".is-nobody")).to_contain_text("Comparison · Synthesis")
        await shot(page)


async def test_rounds_are_bands_with_their_reason(tab: Tab, shot: Shot) -> None:
    with serving(app()) as url:
        page = await shown(tab, url, runs.refined(), open=True)
        titles = page.locator(".band-title")
        await expect(titles).to_have_text(
            [re.compile("Round 1"), re.compile("Round 2.*no majority: the leading answer")]
        )
        await expect(page.locator(".band").nth(0).locator(".lane")).to_have_count(6)
        await expect(page.locator(".band").nth(1).locator(".lane")).to_have_count(4)
        await expect(page.locator(".decision-line")).to_have_count(1)
        await expect(page.locator(".fold-line")).to_contain_text(re.compile(r"2\srounds"))
        await shot(page)


async def test_a_divided_request_shows_its_plan(tab: Tab, shot: Shot) -> None:
    plan = {"parts": [{"text": "What is 17 + 25?", "needs": []}, {"text": "What is {1} + 2?", "needs": [1]}]}
    made = runs.Making(4)
    made.add("plan_made", 0.1, **plan, source="words", reason="its words show 2 numbered parts")
    for number, agents in ((1, [0, 2]), (2, [1, 3])):
        made.begin(agents, 0.2 + number, number=number, reason=f"part {number}")
        made.speak(agents, 0.4 + number, 0.8 + number)
        for agent in agents:
            made.answer(agent, 1.0 + number + agent / 100, "54", number=number, kind="part")
    with serving(app()) as url:
        page = await shown(tab, url, made.over(4.0, "1. 42\n\n2. 44", rests_on=[0, 1]), open=True)
        await expect(page.locator(".plan-note")).to_contain_text("The words of the request show 2 parts")
        await expect(page.locator(".band-title")).to_contain_text([re.compile(r"Part 1: .*17 \+ 25"), "needs part 1"])
        await expect(page.locator(".band").nth(1).locator(".lane-who b")).to_have_text(["2", "4"])
        await expect(page.locator(".fold-line")).to_contain_text(re.compile(r"2\sparts"))
        await shot(page)


async def test_auto_says_what_it_chose_and_why_it_went_on(tab: Tab) -> None:
    events = runs.contemplation(4)
    start = {**events[0], "mode": "auto"}
    chosen = {"type": "mode_chosen", "mode": "thinking", "reason": "looks hard", "confidence": None, "at": 0.01}
    reset = {"type": "answer_reset", "reason": "not sure", "at": 0.02}
    then = {**chosen, "mode": "contemplating", "reason": "the answer itself says that it is not sure", "at": 0.03}
    with serving(app()) as url:
        page = await shown(tab, url, [start, chosen, reset, then, *events[1:]])
        await expect(page.locator(".choices li")).to_have_text(
            [re.compile("Auto chose thinking.*looks hard"), re.compile("Then it went on to contemplating.*not sure")]
        )


async def test_the_ledger_sums_to_the_usage(tab: Tab) -> None:
    events = runs.compared()
    entries = events[-1]["ledger"]["entries"]
    with serving(app()) as url:
        page = await shown(tab, url, events, open=True)
        await page.locator(".costs summary").click()
        await expect(page.locator(".costs tbody tr")).to_have_count(6)
        cells = await page.locator(".costs tfoot td").all_inner_texts()
        sums = [sum(entry["tokens"][kind] for entry in entries) for kind in ("prompt", "cached", "thinking", "answer")]
        assert [int(cell.replace(",", "")) for cell in cells[:4]] == sums


async def test_one_agent_is_stopped_and_the_vote_ended_at_once(tab: Tab) -> None:
    asked: list[str] = []

    async def command(request: Request) -> Response:
        asked.append(request.url.path)
        assert request.headers["content-type"] == "application/json"
        able = "decide" not in request.url.path
        return JSONResponse({} if able else {"error": {"message": "no"}}, 202 if able else 404)

    routes = [
        Route("/api/runs/{id}/agents/{agent}/stop", command, methods=["POST"]),
        Route("/api/runs/{id}/decide", command, methods=["POST"]),
    ]
    events = before(runs.contemplation(8), 4.0)
    with serving(app(*routes)) as url:
        page = await shown(tab, url, events, live=True, flows=False, message={"run": "run_7"})
        running = page.locator(".lane.is-thinking .lane-button").first
        number = await running.locator("b").inner_text()
        await running.click()
        await page.get_by_role("button", name=f"Stop agent {number}").click()
        decide = page.get_by_role("button", name="Decide now")
        await decide.click()
        await expect(decide).to_have_count(0)
        assert asked == [f"/api/runs/run_7/agents/{int(number) - 1}/stop", "/api/runs/run_7/decide"]


async def test_a_replay_ends_like_the_run(tab: Tab, shot: Shot) -> None:
    events = runs.contemplation(8)
    whole = "[...document.querySelectorAll('.deliberation-body')].map((node) => node.innerText).join()"
    with serving(app()) as url:
        page = await shown(tab, url, events, open=True)
        own = await page.evaluate(whole)
        await page.evaluate("events => harness.replay(events)", events)
        await page.get_by_role("combobox", name="Speed").select_option("2")
        await expect(page.locator(".lane").first).to_be_visible()
        await expect(page.locator(".lane.is-thinking").first).to_be_visible()
        await page.get_by_role("button", name="Pause").click()
        time = page.get_by_role("slider")
        at = float(await time.input_value())
        await page.wait_for_timeout(300)
        assert float(await time.input_value()) == at
        await time.fill("3.2")
        await expect(page.locator(".lane.is-finished")).to_have_count(1)
        await shot(page)
        await time.fill("1")
        await expect(page.locator(".lane.is-finished")).to_have_count(0)
        await expect(page.locator(".transport-time")).to_have_text(re.compile(r"^1 s / "))
        await page.get_by_role("combobox", name="Speed").select_option("10")
        await page.get_by_role("button", name="Play").click()
        await expect(page.locator(".decision")).to_be_visible()
        await expect(page.get_by_role("button", name="Play")).to_be_visible()
        assert await page.evaluate(whole) == own


async def test_a_trace_file_plays_without_a_server(tab: Tab, tmp_path: Path) -> None:
    lines = [json.dumps(event) for event in [{"type": "trace", "version": 1}, *runs.contemplation(4)]]
    trace = tmp_path / "shared.jsonl"
    trace.write_text("\n".join([*lines, *lines, '{"type": "run_st']), "utf-8")
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}", "utf-8")
    with serving(app()) as url:
        page = tab.page
        await page.goto(f"{url}/harness/run.html")
        await page.wait_for_selector("html[data-ready]")
        await page.evaluate("harness.drop()")
        await page.locator("input[type=file]").set_input_files(wrong)
        await expect(page.get_by_role("alert")).to_contain_text("There is no run in wrong.json")
        tab.requests.clear()
        await page.locator("input[type=file]").set_input_files(trace)
        await expect(page.locator(".trace-question")).to_contain_text("Three friends")
        await expect(page.get_by_role("combobox", name="Which run").locator("option")).to_have_count(2)
        await page.get_by_role("combobox", name="Speed").select_option("10")
        await expect(page.locator(".replayed-answer")).to_contain_text("Ana pays")
        assert tab.requests == []


async def test_what_a_model_says_stays_text(tab: Tab) -> None:
    text = "\n".join(HOSTILE)
    made = runs.Making(4)
    made.begin(range(4), 0.1, reason=text)
    made.add("mode_chosen", 0.05, mode="contemplating", reason=text, confidence=None)
    groups: dict[str, list[int]] = {}
    for agent, said in enumerate(HOSTILE):
        made.add("thinking_delta", 0.5, agent=agent, text=text)
        made.add("draft_delta", 0.6, agent=agent, text=text)
        cost = runs.entry(agent, round=1, thinking=9, answer=9, seconds=1, stop="stop")
        made.end(agent, 1.0 + agent, cost, answer=said, text=text, error=text if agent == 3 else "")
        if agent < 3:
            groups[said] = [agent]
    made.vote(5.0, groups, running=0, rule="beta")
    events = made.over(5.5, text, rests_on=[0])
    events[0]["mode"] = "auto"
    with serving(app()) as url:
        page = await shown(tab, url, events, open=True)
        for lane in await page.locator(".lane-button").all():
            await lane.click()
        await expect(page.locator(".lane-detail")).to_have_count(4)
        shown_text = text.replace("\u202e", "⟦U+202E⟧")  # what would turn the line around is made visible
        assert await page.locator(".lane-detail .draft").first.evaluate("node => node.textContent") == shown_text
        assert await page.evaluate("typeof window.pwned") == "undefined"
        assert await page.locator("#stage :is(script, img, iframe, object, embed, a, base, style)").count() == 0
        assert tab.strangers(url) == []


TRACES = {
    "two": runs.contemplation(2, seed=2),
    "eight": runs.contemplation(8),
    "sixteen": runs.contemplation(16),
    "rounds": runs.refined(),
    "drafts": runs.compared(),
    "thought": runs.thought(),
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 390, 1280])
async def test_it_fits_every_width_in_both_themes(tab: Tab, shot: Shot, width: int, scheme: Any) -> None:
    page = tab.page
    await page.set_viewport_size({"width": width, "height": 844 if width < 500 else 800})
    await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    with serving(app()) as url:
        for name, events in TRACES.items():
            await shown(tab, url, events, open=True)
            if name != "thought":
                await page.locator(".lane-button").nth(0).click()
                await page.locator(".lane-button").nth(1).click()
                await expect(page.locator(".lane-detail")).to_have_count(1 if width < 500 else 2)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            await shot(page, name)
            await shown(tab, url, before(events, events[-1]["at"] * 0.7), live=True, flows=False)
            assert await page.evaluate("document.documentElement.scrollWidth") <= width, name
            await shot(page, f"{name}-live")


async def test_it_speaks_portuguese(tab: Tab, shot: Shot) -> None:
    with serving(app()) as url:
        page = tab.page
        await page.goto(f"{url}/harness/run.html")
        await page.wait_for_selector("html[data-ready]")
        await page.evaluate("harness.speak('pt-BR')")
        await page.evaluate("events => harness.show(events, { open: true })", runs.contemplation(16))
        await expect(page.locator(".decision")).to_contain_text("nada mais pode ultrapassar \u206854\u2069")
        await expect(page.locator(".fold-line")).to_contain_text(re.compile(r"8\sde\s16\sconcordam"))
        await page.evaluate("harness.speak('en')")
        await expect(page.locator(".decision")).to_contain_text("nothing can overtake \u206854\u2069")
        await page.evaluate("harness.speak('pt-BR')")
        await expect(page.locator(".fold-line")).to_contain_text(re.compile(r"8\sde\s16\sconcordam"))
        await shot(page)


async def test_every_word_is_there(tab: Tab) -> None:
    sources = "\n".join(file.read_text("utf-8") for file in sorted((FOLDER / "run").glob("*.js")))
    keys = set(re.findall(r'"(run\.[a-zA-Z._]+)"', sources))
    stems = set(re.findall(r"`(run\.[a-zA-Z._]+)\$\{", sources))
    assert len(keys) > 60
    with serving(app()) as url:
        await tab.page.goto(f"{url}/harness/run.html")
        for language in ("en", "pt-BR"):
            words = await tab.page.evaluate(
                f"import('/lang/{language}.js').then((found) => Object.keys(found.default))"
            )
            assert keys - set(words) == set(), language
            for stem in stems:
                assert any(word.startswith(stem) for word in words), (language, stem)
            for rule in ("beta", "lossless", "share", "short", "probe", "all_finished", "deadline", "budget", "asked"):
                assert {f"run.rule.{rule}", f"run.rule.{rule}.open"} <= set(words), (language, rule)


async def test_sixteen_agents_at_full_speed_leave_the_page_time(tab: Tab) -> None:
    found = await load.measure(tab.page, seconds=5)
    print(found)
    assert found.tokens > 10_000
    assert found.busy < 500, found
