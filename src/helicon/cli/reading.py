"""What people give on the shell: words from an argument or stdin, pictures from files, leave to download.

Every refusal is an ``InputError`` that names the value and the next step.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from helicon.budgets import Budget
from helicon.cli.plain import clean
from helicon.cli.sources import Settings
from helicon.errors import BadImage, BadMessages, BadOption
from helicon.messages import Image, Message, Question, SubQuestion, system, user

LARGEST_TEXT = 64 * 2**20
"""Bytes read from stdin at most; far above any model's context."""
LARGEST_IMAGE = 10 * 2**20
_UNREAD = re.compile("[\ud800-\udfff]")
"""What Python puts in the place of bytes that it could not read."""
MARKS = ((b"\x89PNG\r\n\x1a\n", "image/png"), (b"\xff\xd8\xff", "image/jpeg"), (b"GIF8", "image/gif"))
"""How files of each kind begin; WebP hides its name behind a length."""


def question_of(words: str, settings: Settings, *, stdin: BinaryIO | None = None) -> Question:
    """The question that a command line and its settings mean.

    Raises:
        BadMessages: no words, or words that are no UTF-8.
        BadImage: a picture that cannot be read.
    """
    text = read_stdin(stdin or sys.stdin.buffer) if words == "-" else checked_argument(words, "the question")
    messages: list[Message] = []
    if settings["system"]:
        messages.append(system(checked_argument(settings["system"], "the system message")))
    messages.append(user(text, *read_images(settings["image"])))
    return Question(
        messages=tuple(messages),
        mode=settings["mode"],
        budget=budget_of(settings),
        compression=settings["compression"],
        effort=settings["effort"],
        delegate=settings["delegate"],
        plan=read_plan(settings["plan"]) if settings["plan"] else None,
        seed=settings["seed"],
    )


def budget_of(settings: Settings) -> Budget:
    """The bounds that the settings give."""
    return Budget(
        thinking_tokens=settings["budget_tokens"],
        max_tokens=settings["max_tokens"],
        total_tokens=settings["total_tokens"],
        deadline_seconds=settings["deadline"],
        agents=settings["agents"],
        rounds=settings["rounds"],
    )


def checked_argument(words: str, what: str) -> str:
    """``words`` from a command line or a variable, which must be UTF-8 and not empty."""
    if (unread := _UNREAD.search(words)) is not None:
        try:
            words = os.fsencode(words).decode()  # a locale of ASCII alone does not read UTF-8
        except UnicodeError as error:
            raise BadMessages(
                f"{what} is no valid UTF-8: character {unread.start() + 1} cannot be read.",
                hint="Convert it to UTF-8, for example with iconv.",
            ) from error
    if not words.strip():
        raise BadMessages(f"{what} is empty; expected some words.", hint='For example: helicon ask "What is 17 * 23?"')
    return words


def read_stdin(stream: BinaryIO) -> str:
    """All of stdin as text, without the newline at its end."""
    data = stream.read(LARGEST_TEXT + 1)
    if len(data) > LARGEST_TEXT:
        raise BadMessages(f"stdin holds more than {LARGEST_TEXT // 2**20} MiB; expected a question.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadMessages(
            f"stdin is no valid UTF-8: byte {error.start + 1} is {data[error.start]:#04x}.",
            hint="Convert it first, for example: iconv -f latin1 -t utf-8 FILE | helicon ask -",
        ) from error
    if not text.strip():
        raise BadMessages("stdin is empty; expected a question.", hint="For example: helicon ask - < question.txt")
    return text.rstrip("\r\n")


def read_plan(path: Path) -> tuple[SubQuestion, ...]:
    """The plan in a file.

    Raises:
        BadOption: the file cannot be read, or holds no plan that can be run.
    """
    from helicon.modes.planning import parse_plan

    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no valid UTF-8"
        raise BadOption(f"the plan {str(path)!r} cannot be read: {reason}.") from error
    return parse_plan(text)


def read_images(paths: Sequence[Path]) -> tuple[Image, ...]:
    """The pictures in these files."""
    return tuple(read_image(path) for path in paths)


def read_image(path: Path) -> Image:
    """One picture, known by its first bytes."""
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_IMAGE + 1)
    except OSError as error:
        raise BadImage(f"the image {str(path)!r} cannot be read: {error.strerror}.") from error
    if len(data) > LARGEST_IMAGE:
        raise BadImage(f"the image {str(path)!r} is larger than {LARGEST_IMAGE // 2**20} MiB.", hint="Make it smaller.")
    if media_type := media_type_of(data):
        return Image(data, media_type)
    raise BadImage(
        f"the file {str(path)!r} is no image; expected PNG, JPEG, GIF or WebP.", hint="Convert it to one of these."
    )


def media_type_of(data: bytes) -> str:
    """What kind of picture these bytes begin; empty for any other."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for mark, kind in MARKS if data.startswith(mark)), "")


def tell_download(text: str) -> bool:
    """Say on stderr what is downloaded and under which licence; somebody at a terminal may refuse."""
    if sys.stdin.isatty() and sys.stderr.isatty():
        print(f"{clean(text)}\nDownload it? [y/N] ", end="", file=sys.stderr, flush=True)
        return sys.stdin.readline().strip().lower() in ("y", "yes")
    print(clean(text), file=sys.stderr, flush=True)
    return True
