# ruff: noqa: E402 - packages of the train extra are asked for before what needs them is imported
"""The stored chat template renders what the trainer's encoder writes.

1. Same text as our encoder, with and without thinking.  2. Content in parts is joined.
3. Thoughts of earlier turns are dropped.  4. A thought can be continued.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

jinja = pytest.importorskip("jinja2.sandbox")
pytest.importorskip("reasoning_gym")

from helicon.training import CHAT_TEMPLATE
from helicon.training.forms import conversation
from helicon.training.tokenizer import prompt_text


def render(messages: list[dict[str, Any]], **options: Any) -> str:
    """As transformers does it: blocks trimmed, loop controls on."""
    environment = jinja.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True)
    return str(environment.from_string(CHAT_TEMPLATE).render(messages=messages, **options))


def test_prompts_equal_the_encoders() -> None:
    random = Random(5)
    for _ in range(300):
        made = conversation(random)
        messages = [{"role": turn.role, "content": turn.content} for turn in made.turns]
        options = {} if made.thought is not None else {"enable_thinking": False}
        assert render(messages, add_generation_prompt=True, **options) == prompt_text(made)


def test_content_may_come_in_parts() -> None:
    parts = [{"type": "text", "text": "What is "}, {"type": "image_url"}, {"type": "text", "text": "2+2?"}]
    assert render([{"role": "user", "content": parts}]) == render([{"role": "user", "content": "What is 2+2?"}])
    assert render([{"role": "user", "content": None}]) == "<|im_start|>user\n<|im_end|>\n"


def test_earlier_thoughts_are_dropped() -> None:
    messages = [
        {"role": "user", "content": "2+2?"},
        {"role": "assistant", "content": "<think>\n2+2=4\n</think>\n\nAnswer: 4", "reasoning_content": "2+2=4"},
        {"role": "user", "content": "And 2+3?"},
    ]
    assert "<|im_start|>assistant\nAnswer: 4<|im_end|>\n" in render(messages)


def test_a_thought_can_be_continued() -> None:
    messages = [{"role": "user", "content": "2+2?"}, {"role": "assistant", "content": "", "reasoning_content": "2+"}]
    assert render(messages).endswith("<|im_start|>assistant\n<think>\n2+\n</think>\n\n<|im_end|>\n")
