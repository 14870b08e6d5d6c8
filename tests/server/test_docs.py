"""The tables of docs/http.md say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from helicon.server.errors import FAULT, KINDS
from helicon.server.requests import ChatRequest, HeliconOptions
from helicon.server.wire import EFFORTS

PAGE = (Path(__file__).parents[2] / "docs" / "http.md").read_text("utf-8")


def rows(name: str) -> list[list[str]]:
    """The cells of the table between ``<!-- name -->`` and ``<!-- end -->``."""
    found = re.search(rf"<!-- {name} -->\n(.*?)<!-- end -->", PAGE, re.DOTALL)
    assert found is not None
    lines = found[1].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_the_table_of_efforts() -> None:
    wanted = []
    for name, rule in EFFORTS.items():
        thinks = rule.mode != "instant"
        tokens = str(rule.thinking_tokens or "default") if thinks else "-"
        effort = rule.effort if rule.mode == "contemplating" else "-"
        wanted.append([f"`{name}`", rule.mode, tokens, effort])
    assert rows("efforts") == wanted


def test_the_table_of_options() -> None:
    assert [row[0].strip("`") for row in rows("options")] == list(HeliconOptions.model_fields)


def test_every_field_is_named() -> None:
    for name in ChatRequest.model_fields:
        assert f"`{name}`" in PAGE or name in ("modalities", "audio")


def test_the_table_of_errors() -> None:
    told = {
        (int(status), kind, code.strip().rpartition(" ")[2])
        for statuses, kind, codes in rows("errors")
        for status in statuses.split(",")
        for code in codes.split(",")
    }
    for row in [*KINDS.values(), FAULT]:
        assert (row.status, row.type, row.code) in told
