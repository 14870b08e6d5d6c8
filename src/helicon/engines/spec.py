"""Model specs: how people name a model, as a value.

::

    nano                                             the model in the package
    ./Qwen3-4B-Q4_K_M.gguf,mmproj=eyes.gguf,ctx=16384,slots=4
    http://localhost:11434/v1#gemma4:12b             a name at an OpenAI-compatible endpoint
    hf:org/name:Q5_K_M,slots=2                       a model of the Hugging Face hub (quant or file after ':')

Reads the text only: whether the file, the endpoint or the repository exists is ``open_engine``'s business.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias
from urllib.parse import urlsplit

from helicon.errors import BadOption, UnknownModel

NANO_FILE = Path(__file__).with_name("nano.gguf")
SpecKind: TypeAlias = Literal["nano", "file", "endpoint", "hub"]
MAX_SLOTS = 64
MAX_CONTEXT = 1 << 24
FORMS = "nano, a path ending in .gguf, URL#name, or hf:org/name"

_OPTION = re.compile(r",\s*([A-Za-z_]+)=")
_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+", re.ASCII)
_WEIGHT_SUFFIXES = (".gguf", ".safetensors", ".pt", ".pth", ".bin", ".ckpt", ".onnx", ".ggml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSpec:
    """One model as somebody named it."""

    kind: SpecKind
    place: str
    """A path, a URL without its fragment, or ``org/name``."""
    name: str = ""
    """The model's name at an endpoint; empty = the only one there."""
    pick: str = ""
    """A quantisation or a file name within a hub repository."""
    mmproj: str | None = None
    """The file of the model's eyes."""
    context: int | None = None
    """Tokens of one request (``ctx=``)."""
    slots: int | None = None
    """Requests that run at once (``slots=``)."""

    @property
    def label(self) -> str:
        """The short name that clients use."""
        if self.kind == "endpoint":
            return self.name or self.place
        return self.kind if self.kind == "nano" else re.sub(r"\.gguf$", "", Path(self.place).name)


def parse_spec(text: str) -> ModelSpec:
    """``text`` as a spec.

    Raises:
        UnknownModel: it has none of the four forms.
        BadOption: an option is unknown or out of range, or a URL carries a password.
    """
    text = text.strip()
    if not text:
        raise UnknownModel(f"the model's name is empty; expected {FORMS}.")
    if re.match(r"https?://", text, re.IGNORECASE):
        return _endpoint(text)
    place, options = _options(text)
    if not place:
        raise UnknownModel(f"{text!r} names no model; expected {FORMS}.")
    if place.startswith("hf:"):
        repository, _, pick = place[3:].partition(":")
        if not _REPOSITORY.fullmatch(repository):
            raise UnknownModel(f"{text!r} names no repository; expected hf:org/name, hf:org/name:QUANT or :FILE.gguf.")
        return _with(ModelSpec(kind="hub", place=repository, pick=pick), options)
    if place == "nano":
        return _with(ModelSpec(kind="nano", place=str(NANO_FILE)), options)
    path = Path(os.path.expanduser(place))
    if path.suffix.lower() in _WEIGHT_SUFFIXES or path.is_absolute() or place.startswith((".", "~")) or _exists(path):
        return _with(ModelSpec(kind="file", place=str(path)), options)
    raise UnknownModel(f"unknown model {text!r}; expected {FORMS}.", hint=_guess(place))


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _guess(place: str) -> str:
    if _REPOSITORY.fullmatch(place):
        return f"For a repository of the Hugging Face hub, write hf:{place}."
    if re.match(r"(localhost|[\d.]+|[\w.-]+):\d+", place):
        return f"For an endpoint, write http://{place}."
    return "See what can be used here with 'helicon models'."


def _endpoint(text: str) -> ModelSpec:
    place, _, name = text.partition("#")
    try:
        parts = urlsplit(place)
        port = parts.port
    except ValueError as error:
        raise BadOption(f"{text!r} is no URL: {error}; expected for example http://localhost:11434/v1#name.") from error
    if not parts.hostname or port == 0:
        raise BadOption(f"{text!r} is no URL; expected for example http://localhost:11434/v1#name.")
    if parts.username is not None or parts.password is not None:
        raise BadOption(
            f"the URL of {parts.hostname!r} carries a user or password; expected none.",
            hint="Give the key apart from the URL.",
        )
    if parts.query:
        raise BadOption(f"the URL of {parts.hostname!r} carries a query; expected for example {_bare(place)}#name.")
    return ModelSpec(kind="endpoint", place=place.rstrip("/"), name=name)


def _bare(place: str) -> str:
    return place.partition("?")[0]


def _options(text: str) -> tuple[str, dict[str, str]]:
    """Split ``place,name=value,...``; a comma without ``name=`` behind it belongs to the place."""
    marks = list(_OPTION.finditer(text))
    if not marks or _exists(Path(text)):
        return text, {}
    options: dict[str, str] = {}
    for mark, following in zip(marks, [*marks[1:], None], strict=True):
        name = mark[1].lower()
        if name not in ("mmproj", "ctx", "slots"):
            raise BadOption(f"unknown option {mark[1]!r} in {text!r}; expected mmproj=FILE, ctx=TOKENS or slots=N.")
        if name in options:
            raise BadOption(f"option {name!r} is given twice in {text!r}; expected once.")
        options[name] = text[mark.end() : following.start() if following else None].strip()
    return text[: marks[0].start()], options


def _with(spec: ModelSpec, options: dict[str, str]) -> ModelSpec:
    mmproj = options.get("mmproj")
    if mmproj == "":
        raise BadOption("mmproj is empty; expected the path of the model's mmproj GGUF file.")
    return ModelSpec(
        kind=spec.kind,
        place=spec.place,
        pick=spec.pick,
        mmproj=os.path.expanduser(mmproj) if mmproj else None,
        context=_whole(options, "ctx", 256, MAX_CONTEXT),
        slots=_whole(options, "slots", 1, MAX_SLOTS),
    )


def _whole(options: dict[str, str], name: str, least: int, most: int) -> int | None:
    text = options.get(name)
    if text is None:
        return None
    if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
        raise BadOption(f"{name} is {text!r}; expected a whole number from {least} to {most}.")
    return int(text)
