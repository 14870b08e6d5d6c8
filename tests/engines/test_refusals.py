"""What engines' refusals mean.

1. A prompt past the context is PromptTooLong with both numbers, in every engine's wording.
2. Images without eyes are Unsupported, a bad image is BadImage, whatever the status.
3. Keys, load, waiting and missing routes have their own errors; Retry-After is told and kept, up to a day.
4. Foreign text is one short line without control characters and without the key.
"""

from __future__ import annotations

import json
from email.utils import formatdate
from time import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helicon.engines.refusals import clean, from_reply, from_stream, retry_after
from helicon.errors import (
    BadImage,
    EngineBusy,
    EngineProtocol,
    EngineRefused,
    EngineTimeout,
    EngineUnavailable,
    HeliconError,
    OutOfMemory,
    PromptTooLong,
    UnknownModel,
    Unsupported,
)

PLACE = "http://engine/v1"


def refused(status: int, body: Any, *, has_images: bool = False, **headers: str) -> HeliconError:
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return from_reply(status, text, place=PLACE, model="m", headers=named, key="secret-key", has_images=has_images)


def message(text: str, **more: Any) -> dict[str, Any]:
    return {"error": {"message": text, **more}}


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, message("request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
                      type="exceed_context_size_error", n_prompt_tokens=9000, n_ctx=8192)),
        (400, message("This model's maximum context length is 8192 tokens. However, you requested 9100 tokens "
                      "(9000 in the messages, 100 in the completion).", code="context_length_exceeded")),
        (400, {"object": "error", "message": "The input (9000 tokens) is longer than the model's context length "
               "(8192 tokens)."}),
        (400, message("Requested token count exceeds the model's maximum context length of 8192 tokens. "
                      "You requested a total of 9000 tokens")),
        (500, message("Trying to keep the first 9000 tokens when context the overflows. However, the model is "
                      "loaded with context length of only 8192 tokens")),
    ],
)  # fmt: skip
def test_a_prompt_past_the_context(status: int, body: Any) -> None:
    error = refused(status, body)
    assert isinstance(error, PromptTooLong)
    assert "8192" in str(error)
    assert "9000" in str(error) or "9100" in str(error)


def test_context_without_numbers() -> None:
    assert isinstance(refused(400, message("prompt is too long", code="context_length_exceeded")), PromptTooLong)


@pytest.mark.parametrize(
    ("status", "text", "kind"),
    [
        (500, "image input is not supported - hint: you may need to provide the mmproj", Unsupported),
        (400, "this model is not a multimodal model", Unsupported),
        (400, "Failed to load image or audio file", BadImage),
        (400, "cannot identify image file <_io.BytesIO object at 0x7f00>", BadImage),
    ],
)
def test_images(status: int, text: str, kind: type[HeliconError]) -> None:
    assert type(refused(status, message(text), has_images=True)) is kind
    without = refused(status, message(text))
    assert not isinstance(without, BadImage)


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, message("Invalid API Key"), EngineRefused),
        (403, {"detail": "Forbidden"}, EngineRefused),
        (404, message("model 'm' not found, try pulling it first"), UnknownModel),
        (404, message("The model `m` does not exist."), UnknownModel),
        (404, {"detail": "Not Found"}, EngineProtocol),
        (404, "<html><body>Not Found</body></html>", EngineProtocol),
        (405, "<!DOCTYPE html><p>no", EngineProtocol),
        (302, "", EngineProtocol),
        (429, message("slow down"), EngineBusy),
        (503, message("Loading model"), EngineUnavailable),
        (503, message("queue full"), EngineBusy),
        (502, "<html>Bad Gateway</html>", EngineUnavailable),
        (504, "", EngineTimeout),
        (500, message("model requires more system memory (9 GiB) than is available (2 GiB)"), OutOfMemory),
        (400, message("model does not support tools"), Unsupported),
        (400, message("temperature must be positive"), EngineRefused),
        (422, {"detail": [{"loc": ["body"], "msg": "extra fields"}]}, EngineRefused),
        (500, "Internal Server Error", EngineRefused),
        (500, {"error": "text alone"}, EngineRefused),
    ],
)
def test_statuses(status: int, body: Any, kind: type[HeliconError]) -> None:
    error = refused(status, body)
    assert type(error) is kind
    assert PLACE in error.message or "memory" in error.message


def test_a_wrong_key_names_the_remedy_and_not_the_key() -> None:
    error = refused(401, message("Incorrect API key provided: secret-key."))
    assert "helicon.toml" in error.hint
    assert "secret-key" not in str(error)


def test_retry_after() -> None:
    assert "7 seconds" in refused(429, "", Retry_After="7").hint
    assert "90 seconds" in refused(503, "", Retry_After="90").hint
    busy = refused(429, "", Retry_After="7.5")
    assert isinstance(busy, EngineBusy)
    assert busy.retry_after_seconds == 7.5
    soon = retry_after({"Retry-After": formatdate(time() + 30, usegmt=True)})
    assert soon is not None
    assert 0 <= soon <= 31
    assert retry_after({"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0
    assert retry_after({"Retry-After": "9" * 30}) == 86_400
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({"Retry-After": "nan"}) is None
    assert retry_after({"Retry-After": "-1"}) is None
    assert retry_after({}) is None


def test_errors_inside_a_stream() -> None:
    assert isinstance(from_stream(message("boom", code=500), place=PLACE), EngineRefused)
    assert isinstance(from_stream({"error": "boom"}, place=PLACE), EngineRefused)
    assert isinstance(from_stream(message("exceeds the context size (10 tokens)"), place=PLACE), PromptTooLong)
    assert isinstance(from_stream(message("overloaded", code=503), place=PLACE), EngineBusy)


JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "message", "detail", "type"]), inner),
    max_leaves=8,
)


@given(st.integers(300, 599), st.text() | JSON)
def test_any_refusal_has_a_meaning(status: int, body: Any) -> None:
    error = refused(status, body if isinstance(body, str) else json.dumps(body))
    assert isinstance(error, HeliconError)
    assert "\n" not in str(error)
    assert len(str(error)) < 800


@given(st.text())
def test_foreign_text_is_one_clean_line(text: str) -> None:
    line = clean(text + "secret-key" + text, key="secret-key")
    assert line.isprintable()
    assert len(line) <= 300
    assert "secret-key" not in line
