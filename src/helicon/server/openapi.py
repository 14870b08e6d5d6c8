"""The document of the page's API in OpenAPI 3.1, made from the table of routes and the models of their bodies."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

import helicon
from helicon.server.api.operation import Nothing, Operation

REFERENCE = "#/components/schemas/{model}"
USUAL = {
    400: "The body or the address is wrong; the message names the field.",
    401: "Nobody is logged in, and no right key came.",
    403: "Another site's page asks, or the key is for other areas.",
    404: "There is no such thing here, or it is another person's.",
    409: "It cannot be done in this state; the code says why.",
    413: "The body is too large.",
    415: "The body is not application/json.",
    429: "There is no room now; Retry-After says when.",
    502: "The engine did not do its part.",
    503: "The database or the engine does not answer, or the server is ending.",
    504: "The engine was too slow.",
}
_PART = re.compile(r"\{(\w+)(?::\w+)?\}")


def document(operations: Sequence[Operation]) -> dict[str, Any]:
    """The whole document."""
    bodies = {one.body for one in operations if one.body is not None}
    replies = {one.reply for one in operations if one.reply is not None}
    wanted = sorted({*bodies, *replies}, key=lambda model: model.__name__)
    names, definitions = models_json_schema([(model, "validation") for model in wanted], ref_template=REFERENCE)
    schemas = dict(definitions.get("$defs", {})) | {"Error": ERROR}
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        shown = {model: names[model, "validation"] for model in (one.body, one.reply) if model is not None}
        paths.setdefault(_PART.sub(r"{\1}", one.path), {})[one.method.lower()] = _operation(one, shown)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Helicon's app API",
            "version": helicon.__version__,
            "description": "What the web page speaks. Models are asked by programs over OpenAI's wire under /v1.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "security": [{"key": []}, {"session": []}, {}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": "helicon_PORT"},
            },
        },
    }


ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"type": ["string", "null"]},
                "code": {"type": "string"},
            },
        }
    },
}


def _operation(one: Operation, shown: dict[type[BaseModel], Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "summary": one.does,
        "operationId": _name(one),
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
            for name in _PART.findall(one.path)
        ]
        + _query(one.query),
        "responses": _responses(one, shown),
    }
    if one.public:
        described["security"] = []
    if one.body is not None:
        described["requestBody"] = {"required": True, "content": {"application/json": {"schema": shown[one.body]}}}
    return described


def _responses(one: Operation, shown: dict[type[BaseModel], Any]) -> dict[str, Any]:
    media: dict[str, Any] = {one.media_type: {"schema": shown[one.reply]} if one.reply is not None else {}}
    usual = (400, 403, 503) if one.public else (400, 401, 403, 503)
    with_body = (413, 415) if one.body is not None or one.method in ("POST", "PUT", "PATCH") else ()
    refusals = sorted({*usual, *with_body, *one.refusals})
    wrong = {"application/json": {"schema": {"$ref": REFERENCE.format(model="Error")}}}
    return {str(one.status): {"description": one.does, "content": media}} | {
        str(status): {"description": USUAL[status], "content": wrong} for status in refusals
    }


def _query(model: type[BaseModel]) -> list[dict[str, Any]]:
    if model is Nothing:
        return []
    schema = model.model_json_schema()
    needed = schema.get("required", [])
    return [
        {"name": name, "in": "query", "required": name in needed, "schema": one}
        for name, one in schema["properties"].items()
    ]


def _name(one: Operation) -> str:
    words = [part for part in re.split(r"[/{}:._]+", one.path.removeprefix("/api")) if part not in ("", "path")]
    return "_".join([one.method.lower(), *words])
