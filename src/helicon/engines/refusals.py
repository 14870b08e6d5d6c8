"""An engine's refusals as errors of ours: pure functions of status, headers and body.

Texts of engines are foreign: they are cut to a line, freed of control characters, and a key that an
engine repeats is blotted out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from time import time
from typing import Any, TypedDict

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

MAX_RETRY_AFTER_SECONDS = 86_400.0
KEY_HINT = "Name its key by host under [keys] in helicon.toml; 'helicon config' shows what is read."

_CONTEXT = re.compile(
    r"exceed_context_size|context_length_exceeded|(maximum|model'?s?|available|loaded with)[^.]{0,40}context"
    r"|context (length|size|window|the overflows)|longer than the model|prompt is too long",
    re.IGNORECASE,
)
_LIMIT = re.compile(r"context\s+(?:length|size|window)[^0-9]{0,40}(\d+)", re.IGNORECASE)
_IMAGE_ABILITY = re.compile(r"mmproj|image input|image_url|multimodal|vision|does not support images?", re.IGNORECASE)
_IMAGE_BYTES = re.compile(r"(load|decode|open|identify|process|invalid|corrupt)[^.]{0,30}image", re.IGNORECASE)
_MEMORY = re.compile(r"more system memory|out of memory|insufficient memory|failed to allocate", re.IGNORECASE)
_ABILITY = re.compile(r"not supported|does not support|unsupported|not implemented", re.IGNORECASE)
_MODEL = re.compile(r"\bmodel\b.*(not found|does not exist|not exist|unknown|no such)", re.IGNORECASE | re.DOTALL)


class _Wait(TypedDict):
    hint: str
    retry_after_seconds: float | None


def from_reply(
    status: int,
    body: str,
    *,
    place: str,
    model: str,
    headers: Mapping[str, str] | None = None,
    key: str | None = None,
    has_images: bool = False,
) -> HeliconError:
    """The error that says what an HTTP reply other than 200 means."""
    headers = headers or {}
    told = _parse(body)
    text = clean(said(told) or ("" if looks_like_html(body, headers) else body), key=key)
    found = _by_words(told, text, place=place, has_images=has_images, status=status)
    if found is not None:
        return found
    quoted = f": {text}" if text else "."
    if status in (401, 403):
        return EngineRefused(f"the engine at {place} wants a key, or another one ({status}){quoted}", hint=KEY_HINT)
    if status == 404:
        if _MODEL.search(text):
            return UnknownModel(f"the engine at {place} has no model {model!r}{quoted}", hint="See 'helicon models'.")
        return EngineProtocol(f"nothing speaks OpenAI's protocol at {place} (404){quoted}", hint=URL_HINT)
    if status in (429, 529):
        return EngineBusy(f"the engine at {place} has no room now ({status}){quoted}", **_wait(headers))
    if status == 503:
        if "loading" in text.casefold():
            return EngineUnavailable(f"the engine at {place} is still loading its model.", **_wait(headers))
        return EngineBusy(f"the engine at {place} has no room now ({status}){quoted}", **_wait(headers))
    if status in (408, 504):
        return EngineTimeout(f"something before the engine at {place} gave up waiting ({status}){quoted}")
    if status == 502:
        return EngineUnavailable(f"nobody answers behind {place} ({status}){quoted}", **_wait(headers))
    if 300 <= status < 400:
        return EngineProtocol(f"{place} sends on to another address ({status}).", hint=URL_HINT)
    if looks_like_html(body, headers):
        return html(place, status)
    return EngineRefused(f"the engine at {place} refused the request ({status}){quoted}")


URL_HINT = "Check the URL: it usually ends in /v1, and the model's name follows after '#'."


def html(place: str, status: int) -> EngineProtocol:
    """What answers is a web page."""
    return EngineProtocol(f"{place} answers with a web page ({status}); expected an engine's JSON.", hint=URL_HINT)


def from_stream(error: Any, *, place: str, key: str | None = None, has_images: bool = False) -> HeliconError:
    """The error that says what an error object inside a stream means."""
    told = error if isinstance(error, dict) else {"error": error}
    text = clean(said(told), key=key)
    status = _number(told.get("error"), "code") or 500
    found = _by_words(told, text, place=place, has_images=has_images, status=status)
    if found is not None:
        return found
    if status in (429, 503):
        return EngineBusy(f"the engine at {place} has no room now ({status}): {text}")
    return EngineRefused(f"the engine at {place} broke off with an error: {text or 'no reason given'}")


def _by_words(told: Any, text: str, *, place: str, has_images: bool, status: int) -> HeliconError | None:
    """Errors that only their words tell apart; engines differ in the status they give them."""
    if status in (401, 403, 429):
        return None
    inner = told.get("error") if isinstance(told, dict) else None
    kind = f"{inner.get('type', '')} {inner.get('code', '')} " if isinstance(inner, dict) else ""
    if _CONTEXT.search(kind + text):
        prompt, limit = _number(inner, "n_prompt_tokens"), _number(inner, "n_ctx")
        return too_long(prompt, limit, text)
    if has_images and _IMAGE_BYTES.search(text):
        return BadImage(f"the engine at {place} cannot read the image: {text}")
    if has_images and _IMAGE_ABILITY.search(text):
        return Unsupported(
            f"the engine at {place} cannot see images: {text}",
            hint="Use a model with eyes; for a GGUF file name its second file with mmproj=FILE.",
        )
    if _MEMORY.search(text):
        return OutOfMemory(f"the model does not fit into the memory of the engine at {place}: {text}")
    if status in (400, 422, 501) and _ABILITY.search(text):
        return Unsupported(f"the engine at {place} cannot do this: {text}")
    return None


def too_long(prompt: int | None, limit: int | None, text: str) -> PromptTooLong:
    """With both numbers wherever they can be found."""
    if limit is None and (match := _LIMIT.search(text)):
        limit = int(match[1])
    if prompt is None:
        others = [int(number) for number in re.findall(r"\d{2,}", text) if int(number) != limit]
        above = [number for number in others if limit is None or number > limit]
        prompt = max(above or others, default=None)
    if limit is None and prompt is not None:
        smaller = [int(number) for number in re.findall(r"\d{2,}", text) if int(number) < prompt]
        limit = max(smaller, default=None)
    hint = "Shorten the conversation, or use a model or a setting with a larger context (ctx= for a GGUF file)."
    if prompt is None or limit is None:
        return PromptTooLong(f"the prompt is longer than the model's context: {text}", hint=hint)
    return PromptTooLong(f"the prompt needs {prompt} tokens; the model's context has {limit}.", hint=hint)


def said(told: Any) -> str:
    """The message of an error body, in any of the shapes in use."""
    if isinstance(told, str):
        return told
    if not isinstance(told, dict):
        return ""
    for name in ("error", "message", "detail", "error_msg"):
        value = told.get(name)
        if isinstance(value, dict):
            return said({"message": value.get("message") or value.get("type") or ""})
        if isinstance(value, str) and value:
            return value
        if isinstance(value, list) and value:  # FastAPI's list of complaints
            return json.dumps(value, ensure_ascii=False, default=str)
    return ""


def clean(text: str, *, key: str | None = None, limit: int = 300) -> str:
    """Foreign text as one line of at most ``limit`` characters, without the key."""
    if key:
        text = text.replace(key, "***")
    flat = " ".join("".join(c if c.isprintable() else " " for c in text[: 4 * limit]).split())
    return flat if len(flat) <= limit else f"{flat[: limit - 3]}..."


def looks_like_html(body: str, headers: Mapping[str, str]) -> bool:
    """Whether a reply is a web page, by its type or its first letters."""
    kind = headers.get("Content-Type", "").casefold()
    return "text/html" in kind or body.lstrip()[:64].casefold().startswith(("<!doctype", "<html"))


def retry_after(headers: Mapping[str, str]) -> float | None:
    """``Retry-After`` in seconds from now, given as a number or a date; at most a day."""
    told = headers.get("Retry-After", "").strip()
    try:
        seconds = float(told)
    except ValueError:
        seconds = _until(told)
    return min(seconds, MAX_RETRY_AFTER_SECONDS) if seconds >= 0 else None


def _until(date: str) -> float:
    """Seconds until an HTTP date, 0 when it has passed; below 0 where it is no date."""
    try:
        when = parsedate_to_datetime(date)
    except ValueError:
        return -1.0
    return max(0.0, when.timestamp() - time())


def _wait(headers: Mapping[str, str]) -> _Wait:
    """The hint and the value of an error that says when to come again."""
    seconds = retry_after(headers)
    hint = "Try again in a moment." if seconds is None else f"Try again in {seconds:.0f} seconds."
    return {"hint": hint, "retry_after_seconds": seconds}


def _parse(body: str) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


def _number(inner: Any, name: str) -> int | None:
    value = inner.get(name) if isinstance(inner, dict) else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None
