"""Closings: the table, how it is rebuilt from wheels, and what a day makes of it."""

from __future__ import annotations

import json
import zipfile
from datetime import date
from importlib import resources
from pathlib import Path

import pytest

from helicon.audit.knowledge import knowledge
from helicon.audit.knowledge.refresh import build, catalogue, main, plain, version
from helicon.audit.lifecycle import lifecycle, phase
from helicon.audit.values import Lifecycle, Model
from tests.audit.saying import model

NAME = "litellm/model_prices_and_context_window_backup.json"


def wheel(folder: Path, number: str, entries: dict[str, object]) -> Path:
    path = folder / f"litellm-{number}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(NAME, json.dumps({"sample_spec": {}, **entries}))
    return path


def test_the_table_is_compact_and_dated() -> None:
    file = resources.files("helicon.audit.knowledge").joinpath("data", "lifecycle.json")
    assert len(file.read_bytes()) < 400_000
    closings = knowledge().closings
    assert len(closings.dates) > 500
    assert len(closings.removed) > 300
    assert len(closings.listed) > 4000
    date.fromisoformat(closings.as_of)
    assert closings.source.startswith("litellm ")


@pytest.mark.parametrize(
    ("found", "today", "wanted"),
    [
        (Lifecycle("deprecated", "2026-11-28"), "2026-11-28", "retired"),
        (Lifecycle("deprecated", "2026-11-29"), "2026-11-28", "closing"),
        (Lifecycle("deprecated", "2027-02-26"), "2026-11-28", "closing"),
        (Lifecycle("deprecated", "2027-02-27"), "2026-11-28", "later"),
        (Lifecycle("removed", "2026-01-01"), "2026-11-28", "retired"),
        (Lifecycle("removed"), "2026-11-28", "removed"),
        (Lifecycle("removed", "2027-01-01"), "2026-11-28", "removed"),
        (Lifecycle("listed"), "2026-11-28", "listed"),
    ],
)
def test_phases(found: Lifecycle, today: str, wanted: str) -> None:
    assert phase(found, date.fromisoformat(today)) == wanted


def test_names_of_services_are_found_in_the_catalogue() -> None:
    for literal in ("gpt-3.5-turbo-instruct", "azure/gpt-4o", "deepseek-reasoner", "gemini/gemini-2.5-pro"):
        found = model(literal).lifecycle
        assert found is not None
        assert found.state == "deprecated", literal
    for literal in ("claude-3-7-sonnet-latest", "gemini-2.0-flash", "o1-mini", "text-davinci-003"):
        found = model(literal).lifecycle
        assert found is not None
        assert found.state == "removed", literal
    assert lifecycle(Model(id="openai:never-heard", known=True, api=True), knowledge()) is None
    assert lifecycle(Model(id="meta-llama/Llama-3.1-8B", known=True), knowledge()) is None


def test_the_table_is_rebuilt_from_wheels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = wheel(tmp_path, "1.60.0", {"gpt-old": {"deprecation_date": "2025-01-01"}, "gpt-stays": {}, "Gone/X": {}})
    middle = wheel(tmp_path, "1.70.0", {"gpt-old": {}, "gpt-stays": {}})
    new = wheel(
        tmp_path,
        "1.109.1",
        {
            "gpt-stays": {"deprecation_date": "2027-01-01"},
            "1024-x-1024/50-steps/bedrock/canvas": {"deprecation_date": "2026-09-30"},
            "broken": {"deprecation_date": "soon"},
        },
    )
    target = tmp_path / "lifecycle.json"
    main([str(new), str(old), str(middle), "--as-of", "2026-11-28", "--output", str(target)])
    table = json.loads(target.read_text(encoding="utf-8"))
    assert table["source"].startswith("litellm 1.109.1 (MIT)")
    assert table["dates"] == {"bedrock/canvas": "2026-09-30", "gpt-stays": "2027-01-01"}
    assert table["removed"] == {"gone/x": ["1.60.0", ""], "gpt-old": ["1.70.0", "2025-01-01"]}
    assert table["listed"] == ["bedrock/canvas", "broken", "gpt-stays"]
    assert table["compared_with"] == ["1.60.0", "1.70.0"]
    assert "2 dates, 2 removed, 3 listed" in capsys.readouterr().out


def test_versions_order_as_numbers() -> None:
    assert version(Path("litellm-1.109.1-x.whl")) > version(Path("litellm-1.90.0-x.whl"))
    with pytest.raises(SystemExit, match="does not say its version"):
        version(Path("other.whl"))
    assert plain("hd/1024-x-1792/Azure/dall-e-3") == "azure/dall-e-3"


def test_a_wheel_without_a_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "litellm-1.0.0.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")
    with pytest.raises(SystemExit, match="holds no catalogue"):
        catalogue(path)
    plain_file = tmp_path / "litellm-2.0.0.json"
    plain_file.write_text('{"a": {"mode": "chat"}, "sample_spec": {}, "b": 3}', encoding="utf-8")
    assert list(catalogue(plain_file)) == ["a"]
    assert build([("2.0.0", catalogue(plain_file))], "2026-01-01")["removed"] == {}
