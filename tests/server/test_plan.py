"""Delegation over HTTP.

1. ``helicon.delegate`` and ``helicon.plan`` reach the run; the reply's block has the plan and the sources.
2. A plan that cannot be run is a 400 that names what is wrong.
3. A plain client reads of the plan and of the comparison of drafts in the thinking.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from helicon.engines.protocol import Request
from helicon.engines.scripted import Script, ScriptedEngine, script
from helicon.modes import prompts
from tests.server.live import LiveServer, serving

ESSAY = "There is much to say about rivers, about how they rise and where they end, and about the people on them. " * 4


def reply(request: Request) -> Script:
    text = request.messages[-1].text
    if text.endswith(prompts.ASSEMBLY_CLOSING):
        return script("", "First 42 [1], then 84 [2].")
    if text.endswith(prompts.JUDGEMENT_CLOSING):
        return script("", "Verdict: A")
    if text.endswith(prompts.SYNTHESIS_CLOSING):
        return script("", "Rivers rise [1].")
    if "rivers" in text:
        return script("Hm.", f"{request.seed}: {ESSAY}")
    return script("Hm.", "It is 84." if "Double" in text else "It is 42.")


@pytest.fixture(scope="module")
def live() -> Iterator[LiveServer]:
    with serving([ScriptedEngine(reply)]) as server:
        yield server


def body(words: str, **options: Any) -> dict[str, Any]:
    messages = [{"role": "user", "content": words}]
    return {"model": "scripted@contemplating", "messages": messages, "helicon": options}


PLANS: list[list[Any]] = [["A?", "Double {1}."], ["A?", {"text": "Double {1}.", "needs": [1]}]]


@pytest.mark.parametrize("plan", PLANS)
def test_a_plan_is_followed_and_told(live: LiveServer, plan: list[Any]) -> None:
    found = live.chat(body("Two things", plan=plan)).json()
    assert found["choices"][0]["message"]["content"] == "First 42 [1], then 84 [2]."
    block = found["helicon"]
    assert block["plan"] == [{"text": "A?", "needs": []}, {"text": "Double {1}.", "needs": [1]}]
    assert block["sources"] == [
        {"start": 0, "end": 8, "agents": [0]},
        {"start": 14, "end": 21, "agents": [1]},
    ]
    thinking = found["choices"][0]["message"]["reasoning_content"]
    assert thinking.startswith("The request is divided into 2 parts: given by the caller.\n1. A?\n2. Double {1}.\n")


def test_the_switch(live: LiveServer) -> None:
    words = "1. What is 17 + 25? 2. What is 6 * 7?"
    assert len(live.chat(body(words)).json()["helicon"]["plan"]) == 2
    assert live.chat(body(words, delegate="off")).json()["helicon"]["plan"] is None


def test_compared_drafts_are_told(live: LiveServer) -> None:
    found = live.chat(body("Tell me of rivers", agents=2, rounds=1)).json()
    comparison = found["helicon"]["comparison"]
    assert (comparison["pairs"], comparison["flipped"], comparison["position_bias"]) == (1, 1, 1.0)
    thinking = found["choices"][0]["message"]["reasoning_content"]
    assert "leads by little; 1 of 1 verdicts turned with the order." in thinking


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"plan": []}, "the plan has 0 parts"),
        ({"plan": ["A?"] * 17}, "the plan has 17 parts"),
        ({"plan": ["A?", 7]}, "part 2 of the plan is 7"),
        ({"plan": ["Double {1}."]}, "needs part 1"),
        ({"plan": ["A?"], "delegate": "off"}, "delegate is 'off'"),
        ({"plan": ["A?"], "mode": "thinking"}, "helicon.mode"),
        ({"plan": "A?"}, "helicon.plan"),
        ({"delegate": "maybe"}, "delegate is 'maybe'; expected one of auto, off, on."),
    ],
)
def test_what_cannot_be_run_is_a_400(live: LiveServer, options: dict[str, Any], named: str) -> None:
    answer = live.chat(body("Two things", **options))
    assert answer.status == 400
    assert named in answer.json()["error"]["message"]
