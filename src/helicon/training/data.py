"""Training rows: conversations packed into fixed rows and stored as 16-bit arrays.

A row holds whole documents, each closed by the pad token, which also fills the
rest. The top bit of a token says that it is to be learnt (assistant tokens).
One shard is a pure function of its number, so generation can be spread over
processes and repeated.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

from helicon.training.extra import need
from helicon.training.forms import FULL, SKILLS, conversation
from helicon.training.tokenizer import PAD, encode

LEARN = 0x8000
SHORT, LONG = 256, 512
"""Row lengths in tokens; a document longer than LONG is dropped."""


SKILL_SHARDS = 8
"""The first shards hold the mix that is about working things out."""


@dataclass(slots=True)
class Bin:
    """A row being filled."""

    tokens: list[int]


def pack(documents: list[list[int]], length: int, pad: int) -> list[list[int]]:
    """Documents into rows of ``length``: best fit among 64 open rows."""
    open_rows: list[Bin] = []
    done: list[list[int]] = []
    for document in documents:
        fitting = [b for b in open_rows if len(b.tokens) + len(document) <= length]
        if fitting:
            best = max(fitting, key=lambda b: len(b.tokens))
        else:
            if len(open_rows) >= 64:
                fullest = max(open_rows, key=lambda b: len(b.tokens))
                open_rows.remove(fullest)
                done.append(fullest.tokens)
            best = Bin([])
            open_rows.append(best)
        best.tokens.extend(document)
    done.extend(b.tokens for b in open_rows)
    return [row + [pad] * (length - len(row)) for row in done]


def make_shard(tokenizer: Any, number: int, count: int, *, careful: bool = False) -> tuple[Any, Any]:
    """Short and long rows (uint16) of ``count`` conversations, with lean or careful thoughts."""
    numpy = need("numpy")
    random = Random(f"train/{number}")
    mix = replace(SKILLS if number < SKILL_SHARDS else FULL, careful=careful)
    pad = tokenizer.token_to_id(PAD)
    short: list[list[int]] = []
    long: list[list[int]] = []
    for _ in range(count):
        ids, read = encode(tokenizer, conversation(random, mix))
        document = ids[:read] + [token | LEARN for token in ids[read:]] + [pad]
        if len(document) <= SHORT:
            short.append(document)
        elif len(document) <= LONG:
            long.append(document)
    rows = pack(short, SHORT, pad), pack(long, LONG, pad)
    return (
        numpy.array(rows[0], dtype=numpy.uint16).reshape(-1, SHORT),
        numpy.array(rows[1], dtype=numpy.uint16).reshape(-1, LONG),
    )


def write_shard(folder: Path, tokenizer: Any, number: int, count: int, *, careful: bool = False) -> Path:
    """Store one shard, whole or not at all."""
    numpy = need("numpy")
    path = folder / f"shard-{number:04d}.npz"
    if not path.exists():
        short, long = make_shard(tokenizer, number, count, careful=careful)
        part = folder / f"part-{number:04d}.npz"
        numpy.savez(part, short=short, long=long)
        part.rename(path)
    return path
