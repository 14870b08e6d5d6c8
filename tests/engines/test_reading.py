"""Chunks read into deltas.

1. Thinking and answer come apart by the engine's field for thoughts, else by the family's delimiters.
2. Counts are the engine's where it gives them; thinking ends where the answer begins.
3. Without counts every delta is one token, marked as estimated, until the final usage tells better.
4. Tool calls come whole, however their fragments are cut.
5. Any JSON is read or refused as malformed; running counts never fall.
6. The short way of plain chunks gives what the long way gives.
"""

from __future__ import annotations

import contextlib
import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines.protocol import AnswerText, Delta, Finish, Prefill, Running, ThinkingText, ToolCallDelta
from helicon.engines.reading import Malformed, Reader
from helicon.families import Delimiters, Splitter
from helicon.ledger import Tokens
from helicon.messages import ToolCall
from tests.engines.upstream import said

THINK = (Delimiters(open="<think>", close="</think>"),)


def read(*chunks: Any, splitter: Splitter | None = None, budget: int | None = None) -> list[Delta]:
    reader = Reader(splitter=splitter, thinking_budget=budget)
    deltas = [delta for chunk in chunks for delta in reader.read(chunk)]
    deltas += reader.end()
    finish = reader.finish()
    return [*deltas, finish] if finish else deltas


def texts(deltas: list[Delta]) -> tuple[str, str]:
    thinking = "".join(delta.text for delta in deltas if isinstance(delta, ThinkingText))
    return thinking, "".join(delta.text for delta in deltas if isinstance(delta, AnswerText))


def timed(predicted: int, prompt: int = 20, cached: int = 5) -> dict[str, Any]:
    return {"timings": {"predicted_n": predicted, "prompt_n": prompt - cached, "cache_n": cached}}


def test_llama_cpp_counts_every_step() -> None:
    deltas = read(
        {"choices": [{"index": 0, "delta": {"role": "assistant", "content": None}, "finish_reason": None}],
         "prompt_progress": {"total": 20, "cache": 5, "processed": 12}},
        said(thought="Hm", **timed(1)),
        said(thought=".", **timed(2)),
        said("4", **timed(4)),  # the third token was the closing tag
        said(finish="stop"),
        {"choices": [], "usage": {"prompt_tokens": 20, "completion_tokens": 5}, **timed(5)},
    )  # fmt: skip
    assert deltas == [
        Prefill(12, 20),
        Running(Tokens(prompt=12, cached=5)),
        ThinkingText("Hm"),
        Running(Tokens(prompt=20, cached=5, thinking=1)),
        ThinkingText("."),
        Running(Tokens(prompt=20, cached=5, thinking=2)),
        AnswerText("4"),
        Running(Tokens(prompt=20, cached=5, thinking=3, answer=1)),
        Running(Tokens(prompt=20, cached=5, thinking=3, answer=2)),
        Finish("stop", Tokens(prompt=20, cached=5, thinking=3, answer=2)),
    ]


def test_a_budget_that_was_reached_is_told() -> None:
    thoughts = [said(thought="x", **timed(n)) for n in range(1, 4)]
    reached = read(*thoughts, said("4", **timed(5)), said(finish="stop"), budget=4)
    assert isinstance(reached[-1], Finish)
    assert reached[-1].budget_hit
    inside = read(*thoughts, said("4", **timed(5)), said(finish="stop"), budget=50)
    assert isinstance(inside[-1], Finish)
    assert not inside[-1].budget_hit


@pytest.mark.parametrize("name", ["reasoning_content", "reasoning"])
def test_both_names_of_the_field(name: str) -> None:
    chunk = {"choices": [{"index": 0, "delta": {name: "Hm", "content": ""}}]}
    assert texts(read(chunk, said("4", finish="stop"))) == ("Hm", "4")


def test_delimiters_separate_where_the_engine_does_not() -> None:
    deltas = read(said("<thi"), said("nk>H"), said("m</think>4"), said("2", finish="stop"), splitter=Splitter(THINK))
    assert texts(deltas) == ("Hm", "42")
    assert isinstance(deltas[-1], Finish)
    assert (deltas[-1].tokens.thinking, deltas[-1].estimated) == (2, True)


def test_an_engine_that_separates_keeps_tags_in_answers() -> None:
    deltas = read(said(thought="Hm"), said("the tag <think> opens"), said(finish="stop"), splitter=Splitter(THINK))
    assert texts(deltas) == ("Hm", "the tag <think> opens")


def test_newlines_of_the_template_are_no_text() -> None:
    empty = read(said(thought="\n\n"), said("\n\n4"), said("\n2"), said(finish="stop"))
    assert texts(empty) == ("", "4\n2")
    assert isinstance(empty[-1], Finish)
    assert empty[-1].tokens.thinking == 0
    reader = Reader(trim_answer=False)
    assert texts([*reader.read(said("\n1."))]) == ("", "\n1."), "given text goes on with its own newline"


def test_held_back_text_comes_out_at_the_end() -> None:
    assert texts(read(said("a <thi"), said(finish="length"), splitter=Splitter(THINK))) == ("", "a <thi")
    assert texts(read(said("a <thi"), splitter=Splitter(THINK))) == ("", "a <thi"), "also when it broke off"


def test_without_counts_deltas_are_counted() -> None:
    deltas = read(said(thought="a"), said(thought="b"), said("c"))
    assert deltas[-1] == Running(Tokens(thinking=2, answer=1), estimated=True)


def test_a_final_usage_replaces_the_estimate() -> None:
    usage = {"choices": [], "usage": {"prompt_tokens": 9, "completion_tokens": 40}}
    deltas = read(said(thought="a"), said("b"), said(finish="stop"), usage)
    assert deltas[-1] == Finish("stop", Tokens(prompt=9, thinking=20, answer=20))
    told = {"prompt_tokens": 9, "completion_tokens": 40, "completion_tokens_details": {"reasoning_tokens": 31},
            "prompt_tokens_details": {"cached_tokens": 8}}  # fmt: skip
    deltas = read(said(thought="a"), said("b"), said(finish="stop"), {"choices": [], "usage": told})
    assert deltas[-1] == Finish("stop", Tokens(prompt=9, cached=8, thinking=31, answer=9))


def test_continuous_usage_counts_while_running() -> None:
    def used(count: int) -> dict[str, Any]:
        return {"usage": {"prompt_tokens": 9, "completion_tokens": count}}

    deltas = read(said(thought="ab", **used(2)), said(thought="c", **used(3)), said("d", **used(5)))
    assert deltas[-1] == Running(Tokens(prompt=9, thinking=4, answer=1))


def test_no_reason_no_finish() -> None:
    assert not any(isinstance(delta, Finish) for delta in read(said("4")))


@pytest.mark.parametrize(
    ("told", "reason"),
    [("stop", "stop"), ("eos", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("new", "stop")],
)
def test_finish_reasons(told: str, reason: str) -> None:
    last = read(said("4", finish=told))[-1]
    assert isinstance(last, Finish)
    assert last.reason == reason


def test_logprobs_go_with_their_text() -> None:
    entry = {"token": "4", "logprob": -0.1, "top_logprobs": [{"token": "4", "logprob": -0.1}]}
    held = said()
    held["choices"][0]["logprobs"] = {"content": [entry]}
    spoken = said("42")
    spoken["choices"][0]["logprobs"] = {"content": [entry]}
    (answer,) = [delta for delta in read(held, spoken) if isinstance(delta, AnswerText)]
    assert [logprob.token for logprob in answer.logprobs] == ["4", "4"]
    assert answer.logprobs[0].top == (("4", -0.1),)


def fragments(*parts: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    return {"choices": [{"index": 0, "delta": {"tool_calls": list(parts)}, "finish_reason": finish}]}


def test_tool_calls_are_assembled() -> None:
    deltas = read(
        fragments({"index": 0, "id": "c1", "function": {"name": "clock", "arguments": ""}}),
        fragments({"index": 0, "function": {"arguments": '{"zo'}}),
        fragments({"index": 0, "function": {"arguments": 'ne": 1}'}}),
        fragments({"index": 1, "id": "c2", "function": {"name": "sum", "arguments": "{}"}}),
        said(finish="tool_calls"),
    )
    calls = [delta.call for delta in deltas if isinstance(delta, ToolCallDelta)]
    assert calls == [
        ToolCall(id="c1", name="clock", arguments='{"zone": 1}'),
        ToolCall(id="c2", name="sum", arguments="{}"),
    ]
    assert isinstance(deltas[-1], Finish)
    assert deltas[-1].reason == "tool_calls"


def test_a_call_without_id_gets_one_and_stop_means_tool_calls() -> None:
    deltas = read(fragments({"function": {"name": "clock", "arguments": {"a": 1}}}, finish="stop"))
    (call,) = [delta.call for delta in deltas if isinstance(delta, ToolCallDelta)]
    assert call == ToolCall(id="call_0", name="clock", arguments='{"a": 1}')
    assert isinstance(deltas[-1], Finish)
    assert deltas[-1].reason == "tool_calls"


def test_parts_as_mistral_sends_them() -> None:
    parts = [{"type": "thinking", "thinking": [{"type": "text", "text": "Hm"}]}, {"type": "text", "text": "4"}]
    chunk = {"choices": [{"index": 0, "delta": {"content": parts}, "finish_reason": "stop"}]}
    assert texts(read(chunk)) == ("Hm", "4")


def test_a_reply_that_was_not_streamed() -> None:
    message = {"role": "assistant", "content": "4", "reasoning_content": "Hm"}
    whole = {"choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
             "usage": {"prompt_tokens": 3, "completion_tokens": 2}}  # fmt: skip
    deltas = read(whole)
    assert texts(deltas) == ("Hm", "4")
    assert isinstance(deltas[-1], Finish)
    assert deltas[-1].tokens.generated == 2


@pytest.mark.parametrize(
    "chunk",
    [None, [], 7, "text", {"choices": 3}, {"choices": [3]}, {"choices": [{"delta": {"content": 3}}]},
     {"choices": [{"delta": {"tool_calls": 1}}]}, {"timings": {"predicted_n": "x"}}, {"usage": [1]},
     {"choices": [{"delta": {"content": "x"}, "logprobs": {"content": [{}]}}]}],
)  # fmt: skip
def test_wrong_shapes_are_malformed(chunk: Any) -> None:
    with pytest.raises(Malformed):
        Reader().read(chunk)


NAMES = "choices delta content reasoning tool_calls index function usage timings predicted_n completion_tokens"
MORE_NAMES = "finish_reason logprobs prompt_progress message"
JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(f"{NAMES} {MORE_NAMES}".split()), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.lists(JSON, max_size=4))
def test_any_json_is_read_or_malformed(chunks: list[Any]) -> None:
    reader = Reader(splitter=Splitter(THINK))
    for chunk in chunks:
        try:
            reader.read(chunk)
        except Malformed:
            continue
    reader.end()
    reader.finish()


@given(
    st.text(alphabet="<think>/a b", max_size=40),
    st.lists(st.integers(0, 1000), max_size=8),
    st.booleans(),
)
def test_the_cut_of_chunks_changes_no_text(text: str, cuts: list[int], counted: bool) -> None:
    edges = [0, *sorted(cut % (len(text) + 1) for cut in cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(edges) if a < b]
    chunks = [said(piece, **(timed(number + 1) if counted else {})) for number, piece in enumerate(pieces)]
    deltas = read(*chunks, said(finish="stop"), splitter=Splitter(THINK))
    assert texts(deltas) == texts(read(said(text), said(finish="stop"), splitter=Splitter(THINK)))
    running = [delta.tokens for delta in deltas if isinstance(delta, Running)]
    assert running == sorted(running, key=lambda tokens: tokens.generated)
    if counted and pieces:
        assert isinstance(deltas[-1], Finish)
        assert deltas[-1].tokens.generated == len(pieces)


PLAIN = [
    said(content="a"),
    said(content="b"),
    said(content=""),
    {"choices": [{"index": 0, "delta": {"content": ["c"]}}]},
    said(content="d", reasoning_content="e"),
    {**said(content="f"), "usage": {"prompt_tokens": 3, "completion_tokens": 9}},
    {**said(content="g"), "timings": {"predicted_n": 4}},
    {"choices": []},
    {"choices": [{"delta": {"content": "h"}, "index": 1}]},
    {"choices": [{"delta": {"content": "i"}, "finish_reason": "stop"}]},
    {"error": "j"},
    "k",
    None,
]


@given(st.lists(st.sampled_from(PLAIN), max_size=8))
def test_the_short_way_gives_what_the_long_way_gives(chunks: list[Any]) -> None:
    first = {**said(content="The "), "id": "chatcmpl-1"}
    long, short = Reader(), Reader()
    for chunk in [first, *chunks]:
        expected: list[Delta] = []
        found: list[Delta] = []
        for reader, deltas in ((long, expected), (short, found)):
            text = reader.plain(chunk) if reader is short else None
            if text is not None:
                deltas.append(AnswerText(text))
            else:
                with contextlib.suppress(Malformed):
                    reader.take(chunk, deltas)
            reader.count(deltas)
        assert found == expected
    assert short.finish() == long.finish()
    assert short.valid == long.valid
