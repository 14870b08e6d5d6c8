"""What people do on the page, and engines that answer them: for the tests of the chat."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from helicon.engines import ScriptedEngine
from helicon.engines.protocol import Request
from helicon.engines.scripted import ABLE, INFO, Script, script
from tests.server.live import LiveServer

if TYPE_CHECKING:
    from playwright.async_api import Locator, Page

WORDS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
WIDE = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}


def quick(answer: str = "It is **42**.", thinking: str = "17 and 25 make 42.") -> ScriptedEngine:
    """Answers everything alike, at once."""
    return ScriptedEngine([script(thinking, answer, logprob=-0.01)])


def echoing(request: Request) -> Script:
    """The answer repeats the last question, so that a test knows which one it sees."""
    return script("Let me see.", f"You asked: {request.messages[-1].text}", logprob=-0.01)


def slow(words: int = 120, *, delay_seconds: float = 0.05, thinking: str = "Hm. Let me think.") -> ScriptedEngine:
    """An answer of numbered words, so that a gap or a doubled word shows."""
    answer = " ".join(f"w{number}" for number in range(words))
    return ScriptedEngine([script(thinking, answer, delay_seconds=delay_seconds, logprob=-0.01)])


def named(name: str, *, images: bool = True, answer: str = "It is 42.") -> ScriptedEngine:
    """A second model beside others."""
    return ScriptedEngine(
        [script("Hm.", answer, logprob=-0.01)],
        info=replace(INFO, name=name),
        capabilities=replace(ABLE, images=images),
    )


def numbered(text: str | None) -> list[int]:
    """The numbers of the words of ``slow`` in a text, in their order."""
    return [int(number) for number in re.findall(r"\bw(\d+)\b", text or "")]


async def choose(page: Page, mode: str) -> None:
    """Choose a mode as people do: by its button, on a phone from the menu."""
    await page.locator("#question").wait_for()
    radio = page.get_by_role("radio", name=mode, exact=True)
    if await radio.count():
        await radio.check(force=True)
        return
    await page.get_by_role("button", name=re.compile("^Mode: ")).click()
    await page.get_by_role("menuitemradio", name=re.compile(f"^{mode}")).click()


async def ask(page: Page, question: str, mode: str = "") -> None:
    """Type a question and send it."""
    if mode:
        await choose(page, mode)
    await page.locator("#question").fill(question)
    await page.get_by_role("button", name="Send", exact=True).click()


def reply(page: Page, at: int = -1) -> Locator:
    """One of the answers that are shown."""
    return page.locator(".message.reply").nth(at) if at >= 0 else page.locator(".message.reply").last


async def ended(page: Page) -> None:
    """Wait until nothing runs."""
    await page.get_by_role("button", name="Send", exact=True).wait_for()
    await reply(page).locator(".deeds").wait_for()


def stored(live: LiveServer, **asked: str) -> list[dict[str, Any]]:
    """The conversations that the server lists."""
    query = "&".join(f"{name}={value}" for name, value in asked.items())
    items: list[dict[str, Any]] = live.request("GET", f"/api/conversations?{query}").json()["items"]
    return items


def whole(live: LiveServer, conversation: str) -> dict[str, Any]:
    """A conversation with its messages, as the server has it."""
    found: dict[str, Any] = live.request("GET", f"/api/conversations/{conversation}").json()
    return found


def exported(title: str, turns: Sequence[tuple[str, str]], *, begin: float = 1_700_000_000.0) -> dict[str, Any]:
    """A conversation as ChatGPT exports it."""
    mapping: dict[str, Any] = {"root": {"id": "root", "parent": None, "children": [], "message": None}}
    last = "root"
    for number, (role, text) in enumerate(turns):
        name = f"m{number}"
        mapping[last]["children"] = [name]
        mapping[name] = {
            "id": name,
            "parent": last,
            "children": [],
            "message": {
                "id": name,
                "author": {"role": role, "name": None, "metadata": {}},
                "create_time": begin + number,
                "content": {"content_type": "text", "parts": [text]},
                "status": "finished_successfully",
                "weight": 1.0,
                "recipient": "all",
                "metadata": {},
            },
        }
        last = name
    return {
        "id": f"gpt-{title}",
        "conversation_id": f"gpt-{title}",
        "title": title,
        "create_time": begin,
        "update_time": begin + len(turns),
        "mapping": mapping,
        "current_node": last,
    }
