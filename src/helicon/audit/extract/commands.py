"""Command lines: shell, Dockerfile, Makefile, and commands inside other files.

A line is split into words as a shell does it, in one pass; nothing is expanded but ``${VAR:-default}``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from helicon.audit.extract.page import Page
from helicon.audit.extract.placing import HUB, plausible
from helicon.audit.extract.strings import string
from helicon.audit.values import Kind

WORD = re.compile(
    r"""(?P<comment>(?:(?<=[ \t\n])|^)\#[^\n]*)|(?P<end>[;&|\n()])|(?P<join>\\\r?\n)"""
    r"""|(?P<word>(?:[^\s"'\\;&|()\#$]++|(?<!\s)\#|\$\{[^}\n]*+\}?|\$\(?|"[^"\\]*+(?:\\.[^"\\]*+)*+"?|'[^']*+'?|\\.?)++)|\#""",
    re.MULTILINE | re.DOTALL,
)
ASSIGNED = re.compile(r"(?:(?:export|ENV|ARG|set|local)\b)?([A-Za-z_][A-Za-z0-9_]{0,80})[:?+]?=(.*)", re.DOTALL)
PULLS = ("pull", "run", "show", "create", "push")
LISTERS = frozenset({"RUN", "CMD", "ENTRYPOINT", "sudo", "exec", "then", "do", "else", "if", "nohup", "time", "@", "-"})
HUB_OPTIONS = ("-hf", "--hf-repo", "-hfr", "-hfv", "--hf-repo-v", "-hfd", "--hf-repo-draft")
MODEL_OPTIONS = (
    "--model", "--models", "--model-path", "--model-id", "--model-name", "--model_name_or_path", "--model_name",
    "--model_path", "--model-name-or-path", "--base-model", "--base_model", "--embedding-model", "--draft-model",
    "--speculative-model", "--speculative_model", "--reranker-model", "--model_id", "--hf-model", "--llm",
    "--model-repo", "--hf_model", "--pretrained", "--pretrained_model_name_or_path",
)  # fmt: skip
MODELS_OF = {"vllm": ("serve", "chat"), "llm": ("-m",), "lms": ("get", "load"), "mlc_llm": ("chat", "serve"),
             "text-generation-launcher": (), "spacy": ("download",)}  # fmt: skip


@dataclass(slots=True)
class Said:
    """A word, without its quotes, and where its text begins."""

    text: str
    offset: int


def commands(page: Page) -> None:
    """Every command of the text."""
    line: list[Said] = []
    for token in WORD.finditer(page.text):
        kind = token.lastgroup
        if kind == "word":
            line.append(_unquoted(token.group(), token.start()))
        elif kind == "comment":
            page.prose(token.group(), token.start(), "commented")
        elif kind == "end":
            _command(page, line)
            line = []
    _command(page, line)


def _unquoted(raw: str, offset: int) -> Said:
    if len(raw) > 1 and raw[0] in "\"'" and raw.find(raw[0], 1) in (-1, len(raw) - 1):
        return Said(raw[1:-1] if raw[-1] == raw[0] else raw[1:], offset + 1)
    return Said(raw, offset)


def _command(page: Page, line: list[Said]) -> None:
    if not line:
        return
    names = [word.text.rpartition("/")[2].lstrip("@-") or word.text for word in line]
    taken = _by_name(page, line, names)
    command = next((name for name in names if name not in LISTERS and "=" not in name), "")[:80]
    for index, word in enumerate(line):
        if index in taken:
            continue
        before = line[index - 1].text if index else ""
        option, equals, value = word.text.partition("=")
        if option.startswith("-") and equals:
            _option(page, option, Said(value.strip("\"'"), word.offset + len(option) + 1 + (value[:1] in "\"'")))
        elif before.startswith("-") and before.partition("=")[0] == before and not word.text.startswith("-"):
            _option(page, before, word, command)
        elif not word.text.startswith("-"):
            _other(page, word, "" if page.nested else command)


def _by_name(page: Page, line: list[Said], names: list[str]) -> set[int]:
    """Models that stand after the name of a known program; the places that are done with."""
    taken: set[int] = set()
    for index, name in enumerate(names):
        after = names[index + 1] if index + 1 < len(names) else ""
        if name == "ollama" and after in PULLS:
            taken |= _first(page, line, index + 2, "ollama", f"ollama {after}")
        elif (name in ("hf", "huggingface-cli") and after == "download") or name == "hfdownloader":
            if not any(word.text.startswith(("dataset", "space", "--repo-type=dataset")) for word in line[index:]):
                taken |= _first(page, line, index + 2, "hub", f"{name} download")
        elif name == "docker" and after == "model":
            taken |= _first(page, line, index + 3, "image", "docker model")
        elif name in MODELS_OF and after in MODELS_OF[name]:
            taken |= _first(page, line, index + 2, None, f"{name} {after}")
        elif name == "FROM" and index == 0:
            kind: Kind = "ollama" if page.path.lower().endswith("modelfile") else "image"
            taken |= _first(page, line, 1, kind, "FROM")
    return taken


def _first(page: Page, line: list[Said], start: int, kind: Kind | None, symbol: str) -> set[int]:
    """The first word that is no option."""
    for index in range(start, len(line)):
        word = line[index]
        if word.text.startswith("-"):
            continue
        if kind == "image" and not (word.text.startswith(("nvcr.io/nim/", "ai/", "hf.co/")) or plausible(word.text)):
            return {index}
        if "$" in word.text:
            string(page, word.text, word.offset, symbol)
            return {index}
        if kind is None:
            kind = "hub" if HUB.fullmatch(word.text) else "text"
        if any(map(str.isalnum, word.text)) and not word.text.startswith(("{", "%", "<")):
            page.add(word.text, word.offset, symbol, kind=kind)
        return {index}
    return set()


def _option(page: Page, option: str, word: Said, command: str = "") -> None:
    if option in HUB_OPTIONS:
        found: Kind | None = "hub" if "/" in word.text and "$" not in word.text else None
        page.add(word.text, word.offset, option, kind=found)
    elif option in MODEL_OPTIONS or (option == "-m" and command in ("llm", "ollama", "lms", "aichat")):
        hub = bool(HUB.fullmatch(word.text)) and not word.text.startswith(("models/", "data/", "output", "ckpt"))
        if "$" in word.text:
            string(page, word.text, word.offset, option.lstrip("-"))
        else:
            page.add(word.text, word.offset, option, kind="hub" if hub and "://" not in word.text else None, sure=True)
    else:
        _other(page, word, option)


def _other(page: Page, word: Said, symbol: str) -> None:
    """A word somewhere: an assignment, a string with words of its own, a name."""
    assigned = ASSIGNED.match(word.text)
    if assigned:
        value = assigned.group(2)
        plain = value.strip("\"'")
        offset = word.offset + assigned.start(2) + (len(value) - len(value.lstrip("\"'")))
        string(page, plain, offset, assigned.group(1))
    elif any(map(str.isspace, word.text)) or "$" in word.text:
        string(page, word.text, word.offset, symbol, lines=True)
    else:
        page.add(word.text, word.offset, symbol)
