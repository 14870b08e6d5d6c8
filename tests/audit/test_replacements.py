"""Replacements: filtered by situation and memory, with what is lost, and no word on quality."""

from __future__ import annotations

import pytest

from helicon.audit.knowledge import knowledge
from helicon.audit.replacements import BITS, Answer, memory, replace, tasks
from helicon.audit.situation import Situation
from helicon.errors import BadOption
from tests.audit.saying import TODAY

GERMAN = Situation(kind="company", principal_place="DE", purpose="commercial", product="contains")


def answer(name: str = "", **more: object) -> Answer:
    return replace(name, knowledge=knowledge(), today=TODAY, **more)  # type: ignore[arg-type]


def ids(found: Answer) -> list[str]:
    return [one.candidate.id for one in found.replacements]


def test_memory_follows_the_stated_formula() -> None:
    one = next(one for one in knowledge().candidates if one.id == "Qwen/Qwen3-8B")
    four = memory(one, 4, 8192)
    assert four.weights == pytest.approx(8.2 * 4 / 8 * 1.05)
    assert four.cache == pytest.approx(2 * 36 * 8 * 128 * 2 * 8192 / 1e9)
    assert four.total == pytest.approx(four.weights + (four.cache or 0) + 0.5)
    assert memory(one, 16, 8192).weights == pytest.approx(four.weights * 4)
    assert memory(one, 4, 10**9).context == one.context
    hybrid = next(one for one in knowledge().candidates if not one.kv_bytes)
    assert memory(hybrid, 4, 8192).cache is None


def test_for_a_german_company_instead_of_llama_4() -> None:
    found = answer("meta-llama/Llama-4-Scout-17B-16E-Instruct", situation=GERMAN, memory_gb=24)
    assert "google/gemma-4-31B-it" in ids(found)
    assert "meta-llama/Llama-3.2-11B-Vision-Instruct" not in ids(found)
    assert any("principal place of business DE" in why for _, why in found.rejected)
    assert any("more than 24 GB" in why for _, why in found.rejected)
    for one in found.replacements:
        assert one.fits in BITS
        assert next(size.total for size in one.memory if size.bits == one.fits) <= 24
        assert one.model.confidence != "recalled"
    qwen = next(one for one in found.replacements if one.candidate.id == "Qwen/Qwen3-32B")
    assert "no vision" in qwen.lost
    assert any("context of" in one for one in qwen.lost)
    assert any("permissive licence" in one for one in qwen.gained)


def test_a_service_is_replaced_by_weights_one_runs() -> None:
    found = answer("gpt-3.5-turbo", task="chat", memory_gb=16)
    assert found.replaced is not None
    assert found.replaced.api
    assert all("you run it yourself, or find a host" in one.lost for one in found.replacements)


def test_a_non_commercial_model_for_commerce_is_left_out() -> None:
    found = answer(task="code", situation=Situation(purpose="commercial", environment="production"))
    assert "mistralai/Codestral-22B-v0.1" not in ids(found)
    assert any(name == "mistralai/Codestral-22B-v0.1" for name, _ in found.rejected)


def test_tasks_and_unknown_ones() -> None:
    assert {"chat", "code", "embedding", "transcription", "vision"} <= set(tasks(knowledge()))
    assert ids(answer(task="embedding"))
    assert ids(answer("openai/whisper-large-v3")) == [
        one for one in ids(answer(task="transcription")) if one != "openai/whisper-large-v3"
    ]
    with pytest.raises(BadOption, match=r"The task is 'cooking', expected one of chat"):
        answer(task="cooking")


def test_every_candidate_is_known_dated_and_sourced() -> None:
    for one in knowledge().candidates:
        found = answer(task=one.tasks[0])
        assert one.id in ids(found) or one.id in [name for name, _ in found.rejected]
        assert {"parameters", "context", "languages"} <= set(one.sources)
        assert 0 < one.active <= one.parameters
        assert one.as_of
    assert answer(task="chat").as_of == knowledge().candidates_as_of


def test_fewest_open_questions_first_and_always_the_same() -> None:
    found = answer(task="chat", situation=GERMAN)
    open_questions = [len(one.open_questions) for one in found.replacements]
    assert open_questions == sorted(open_questions)
    assert ids(found) == ids(answer(task="chat", situation=GERMAN))
