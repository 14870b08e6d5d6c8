"""JSON of chunks: the same value by either parser, and ``None`` for what is none."""

from __future__ import annotations

import json
import sys

import pydantic_core
import pytest

from helicon.engines.quick_json import parse, parse_all


@pytest.fixture(params=["plain", "pydantic"], autouse=True)
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "plain":
        monkeypatch.delitem(sys.modules, "pydantic_core")
    else:
        assert sys.modules["pydantic_core"] is pydantic_core


@pytest.mark.parametrize("value", [None, 1.5, [], {"choices": [{"delta": {"content": "é\U0001f600\n"}, "index": 0}]}])
def test_values(value: object) -> None:
    assert parse(json.dumps(value)) == value
    assert parse(json.dumps(value, ensure_ascii=False)) == value


@pytest.mark.parametrize("text", ["", "{", "one", '{"a": 1} x', "[" * 100_000])
def test_no_json(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    "texts",
    [
        [],
        ["1", "{", "{}"],
        ['{"a": 1}', '{"b": "}, {"}', "{}"],
        ['{"a": 1}', '{"b": 2', "{}"],
        ['{"a": 1},{"b": 2}', "{}", "{}"],
        ['{"a": "}', '{"}', "{}"],
    ],
)
def test_many_are_read_as_each_alone(texts: list[str]) -> None:
    assert parse_all(texts) == [parse(text) for text in texts]
