"""The two simplest ways to ask: ``ask`` for scripts and notebooks, ``stream`` for events.

Both open the engine and close it again; to ask more than once, open it yourself and use ``Run``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import fields
from pathlib import Path
from typing import Any, TypeAlias

from helicon.budgets import Budget
from helicon.errors import BadImage, BadMessages, BadOption
from helicon.events import Event, Fold, Result
from helicon.messages import Image, Message, Question, Sampling, as_compression, as_delegation, as_effort, as_mode, user
from helicon.modes.planning import parse_plan, plan_of

Picture: TypeAlias = Image | bytes | str | Path
"""An image, its bytes, or the path of its file."""

_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)


def ask(question: str | Sequence[Message], *, model: str = "nano", **options: Any) -> Result:
    """Ask once and wait for the whole result.

        >>> import helicon
        >>> helicon.ask("What is 17 + 25?", mode="thinking").answer

    ``model`` is what ``--model`` takes; the options are those of ``make_question``.

    Raises:
        HeliconError: see ``helicon.errors``.
    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(_ask(make_question(question, **options), model))
    raise RuntimeError("helicon.ask waits, but an event loop is running here; use `async with helicon.Run(...)`.")


async def stream(
    question: str | Sequence[Message], *, model: str = "nano", **options: Any
) -> AsyncGenerator[Event, None]:
    """Ask once, and yield the run's events as they come; close it (``aclosing``) to stop early."""
    async with aclosing(_events(make_question(question, **options), model)) as events:
        async for event in events:
            yield event


async def _ask(question: Question, model: str) -> Result:
    fold = Fold()
    async with aclosing(_events(question, model)) as events:
        async for event in events:
            fold.feed(event)
    return fold.result


async def _events(question: Question, model: str) -> AsyncGenerator[Event, None]:
    from helicon.engines import open_engine
    from helicon.modes.run import Run

    engine = await open_engine(model)
    try:
        async with Run(question, engine) as run:
            async for event in run:
                yield event
    finally:
        await engine.close()


def make_question(
    question: str | Sequence[Message],
    *,
    mode: str = "auto",
    budget_tokens: int | None = None,
    total_tokens: int | None = None,
    max_tokens: int | None = None,
    agents: int | None = None,
    rounds: int | None = None,
    deadline: float | None = None,
    compression: str = "safe",
    effort: str = "medium",
    delegate: str = "auto",
    plan: str | Sequence[Any] | None = None,
    seed: int | None = None,
    images: Sequence[Picture] = (),
    **sampling: Any,
) -> Question:
    """A ``Question`` from plain values; further names are those of ``Sampling``, such as ``temperature``.

    ``plan`` is a list of parts (texts, ``SubQuestion``, or dictionaries with ``text`` and ``needs``), or the
    text that ``parse_plan`` reads.

    Raises:
        InputError: a value of a wrong type or range, an unknown mode or option, an unreadable image.
    """
    known = {field.name for field in fields(Sampling)}
    for name in sampling:
        if name not in known:
            raise BadOption(f"unknown option {name!r}; expected a mode's option or one of {', '.join(sorted(known))}.")
    pictures = [as_image(image) for image in images]
    if isinstance(question, str):
        messages: tuple[Message, ...] = (user(question, *pictures),)
    else:
        messages = tuple(question)
        if not messages:
            raise BadMessages("the conversation is empty; expected at least one user message.")
        if pictures:
            last = messages[-1]
            messages = (*messages[:-1], Message(role=last.role, parts=(*last.parts, *pictures)))
    return Question(
        messages=messages,
        mode=as_mode(mode),
        budget=Budget(
            thinking_tokens=budget_tokens,
            total_tokens=total_tokens,
            max_tokens=max_tokens,
            deadline_seconds=deadline,
            agents=agents,
            rounds=rounds,
        ),
        compression=as_compression(compression),
        effort=as_effort(effort),
        delegate=as_delegation(delegate),
        plan=None if plan is None else parse_plan(plan) if isinstance(plan, str) else plan_of(plan),
        sampling=Sampling(**sampling),
        seed=seed,
    )


def as_image(picture: Picture) -> Image:
    """An image with its type, told from its first bytes.

    Raises:
        BadImage: the file cannot be read, or the bytes are none of PNG, JPEG, GIF, WebP.
    """
    if isinstance(picture, Image):
        return picture
    if isinstance(picture, bytes):
        data, name = picture, f"{len(picture)} bytes"
    else:
        try:
            data, name = Path(picture).read_bytes(), repr(str(picture))
        except OSError as error:
            raise BadImage(f"the image {str(picture)!r} cannot be read: {error.strerror}.") from error
    for magic, media_type in _MAGIC:
        if data.startswith(magic):
            return Image(data=data, media_type=media_type)
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Image(data=data, media_type="image/webp")
    raise BadImage(f"{name} is no image; expected PNG, JPEG, GIF or WebP.")
