"""How names of models are spelled: cleaned, split, stripped of what only names a format.

Every function is linear in a text that :func:`clean` has bounded.
"""

from __future__ import annotations

import re

from helicon.audit.knowledge import Knowledge

MAX_NAME = 300
"""Longer texts name no model."""
VERSION_POINT = re.compile(r"(?<=[0-9])p(?=[0-9])")
BITS = re.compile(
    r"(?:i?q[1-8](?:[_-][0-9a-z]+)*|tq[12][_-]0|[0-9]+(?:\.[0-9]+)?bpw|[0-9]+g|[0-9]+-?bits?|iq[1-4][_-][a-z]+)"
)
"""Precisions such as ``Q4_K_M``, ``4.0bpw``, ``4-bit``."""
SIZE = re.compile(r"(?<![a-z0-9.])(?:[0-9]{1,3}x)?[0-9]{1,4}(?:\.[0-9]{1,2})?[bm](?![a-z0-9])")
FILES = (
    ".gguf", ".ggml", ".safetensors", ".onnx", ".bin", ".pt", ".pth", ".ckpt", ".tflite", ".mlmodel", ".h5", ".keras",
    ".engine", ".npz", ".pkl", ".llamafile",
)  # fmt: skip
OTHER_FILES = (
    ".json", ".jsonl", ".yaml", ".yml", ".toml", ".md", ".mdx", ".rst", ".txt", ".csv", ".py", ".pyi", ".ipynb", ".js",
    ".jsx", ".mjs", ".ts", ".tsx", ".vue", ".go", ".rs", ".java", ".kt", ".cs", ".rb", ".php", ".c", ".cc", ".cpp",
    ".h", ".sh", ".ps1", ".bat", ".html", ".css", ".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp", ".pdf", ".zip",
    ".gz", ".tar", ".whl", ".lock", ".log", ".sql", ".parquet", ".jinja", ".j2", ".tmpl", ".tpl", ".prompt", ".proto",
    ".git", ".com", ".org", ".io", ".dev", ".ai", ".net",
)  # fmt: skip
"""Endings of files that hold no weights, and of hosts."""
EDGES = " \t\r\n\"'`“”‘’«»()[]{}<>,;!?"


def clean(text: str) -> str:
    """The text without what stands around a name; empty where it cannot be one."""
    if len(text) > 8 * MAX_NAME:
        return ""
    plain = text.strip(EDGES).rstrip(".:")
    if (
        not plain
        or len(plain) > MAX_NAME
        or any(character.isspace() or not character.isprintable() for character in plain)
    ):
        return ""
    return plain


def normal(name: str) -> str:
    """A name as the patterns see it: lower case, hyphens, points in versions."""
    plain = name.lower().replace("_", "-").replace(" ", "-")
    return VERSION_POINT.sub(".", plain).replace("llama-v", "llama-")


def squash(name: str) -> str:
    """A name without its separators, for comparing spellings: ``qwen-2.5-7b`` and ``Qwen2.5-7B`` are one."""
    return "".join(character for character in normal(name) if character.isalnum())


def revision(name: str) -> tuple[str, str]:
    """``org/name@revision`` in its two parts; the second is empty where there is none."""
    head, at, tail = name.partition("@")
    return (head, tail) if at and head else (name, "")


def without_file(name: str) -> str:
    """The name of a file of weights without its folder and its ending."""
    last = name.replace("\\", "/").rpartition("/")[2]
    lowered = last.lower()
    for ending in FILES:
        if lowered.endswith(ending):
            last = last[: -len(ending)]
            break
    head, dash, tail = last.rpartition("-of-")
    if dash and tail.isdigit() and "-" in head:  # model-00001-of-00004
        last = head.rpartition("-")[0]
    return last


def stripped(name: str, knowledge: Knowledge, *, hosts: bool = False) -> str:
    """The name without endings that only say format, precision, conversion (or, with ``hosts``, who serves it)."""
    for _ in range(12):
        shorter = _shorter(name, knowledge, hosts)
        if shorter == name:
            return name
        name = shorter
    return name


def _shorter(name: str, knowledge: Knowledge, hosts: bool) -> str:
    for separator in "-._":
        head, found, tail = name.rpartition(separator)
        if not found or len(head) < 3:
            continue
        ending = tail.lower()
        if ending in knowledge.suffixes or BITS.fullmatch(ending) or (hosts and ending in knowledge.host_suffixes):
            return head
    return _precision(name)


def _precision(name: str) -> str:
    """Without a precision that has separators of its own: ``.Q4_K_M``, ``-4-bit``."""
    lowered = name.lower()
    for at in range(max(1, len(name) - 16), len(name)):
        if lowered[at - 1] in "-._" and BITS.fullmatch(lowered, at):
            return name[: at - 1]
    return name


def unversioned(name: str) -> str:
    """The name without a version at its end: ``silero_vad_v6`` is a ``silero_vad``."""
    head, dash, tail = name.replace("_", "-").rpartition("-")
    return head if dash and tail[:1] in ("v", "V") and tail[1:].replace(".", "").isdigit() else name


def size(name: str) -> str:
    """The number of parameters that a name states: ``8b``, ``8x7b``, ``270m``; empty where it states none."""
    found = SIZE.search(normal(name))
    return found.group() if found else ""


def starts(name: str) -> list[int]:
    """Where the words of a normal name begin."""
    return [0, *(at + 1 for at, character in enumerate(name) if character in "-./" and at + 1 < len(name))]
