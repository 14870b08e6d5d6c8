"""The document of the page's API.

1. It is OpenAPI 3.1, every route is in it, and every reference in it leads somewhere.
2. docs/app.md names every route.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from helicon.engines.scripted import ScriptedEngine, script
from helicon.server.api import OPERATIONS
from tests.server.app_client import App
from tests.server.live import serving

PAGE = Path(__file__).parents[2] / "docs" / "app.md"
ROUTES = {(one.method, re.sub(r"\{(\w+):\w+\}", r"{\1}", one.path)) for one in OPERATIONS}


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def test_every_route_is_in_the_document() -> None:
    with serving([ScriptedEngine([script("", "x")])]) as server:
        document = App(server).get("/api/openapi.json")
        served = {route.path for route in server.app.routes if route.path.startswith("/api/")}
    assert document["openapi"].startswith("3.1")
    told = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert told == ROUTES
    assert {re.sub(r"\{(\w+):\w+\}", r"{\1}", path) for path in served} == {path for _, path in told}
    names = [one["operationId"] for methods in document["paths"].values() for one in methods.values()]
    assert len(names) == len(set(names))
    for reference in references(document):
        kind, name = reference.removeprefix("#/components/").split("/")
        assert name in document["components"][kind], reference
    for path, methods in document["paths"].items():
        for operation in methods.values():
            inside = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
            assert inside == set(re.findall(r"\{(\w+)\}", path))
    assert json.dumps(document, allow_nan=False)


def test_the_docs_name_every_route() -> None:
    words = PAGE.read_text("utf-8")
    for method, path in ROUTES:
        assert f"`{method} {path}`" in words
