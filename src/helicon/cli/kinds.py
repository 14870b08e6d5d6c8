"""Kinds of settings: what one setting is, and the check of one value.

It imports neither click nor anything that waits. The settings themselves stand in ``helicon.cli.settings``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

from helicon.errors import BadOption

Kind: TypeAlias = Literal["text", "texts", "choice", "whole", "number", "flag", "file", "files", "table"]
PREFIX = "HELICON_"
SEPARATOR = ";"
"""Between the members of a list in an environment variable (model specs hold commas, paths hold colons)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """One setting and everything that is known of it."""

    name: str
    kind: Kind
    help: str
    commands: tuple[str, ...]
    """Commands that have it as an option; empty when it lives in the environment and the file only."""
    default: Any = None
    """``None`` = not set: the program decides, as ``unset`` says."""
    unset: str = ""
    """What happens when nobody sets it, in a few words."""
    metavar: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None
    switch: str = ""
    """The option's spelling where it differs from the name, for example ``--thinking/--no-thinking``."""
    secret: bool = False
    """Shown as ``***``, and taken from no command line."""

    @property
    def option(self) -> str:
        """As it is written on a command line; empty where it is no option."""
        return (self.switch or "--" + self.name.replace("_", "-")) if self.commands else ""

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return PREFIX + self.name.upper()

    @property
    def many(self) -> bool:
        """Whether it may be given several times."""
        return self.kind in ("texts", "files")

    @property
    def expected(self) -> str:
        """What a value must be, in words."""
        if self.kind in ("whole", "number"):
            noun = "a whole number" if self.kind == "whole" else "a number"
            if self.least is not None and self.most is not None:
                return f"{noun} from {self.least:,} to {self.most:,}"
            return noun
        return {
            "text": "text",
            "texts": "a list of texts",
            "choice": "one of " + ", ".join(self.choices),
            "flag": "true or false",
            "file": "a path",
            "files": "a list of paths",
            "table": "a table of texts",
        }[self.kind]


def from_words(setting: Setting, words: str, place: str) -> Any:
    """A value written as text, on a command line or in the environment.

    Raises:
        BadOption: it is not what the setting expects; the message names ``place``.
    """
    if setting.many:
        return from_value(setting, [part for part in words.split(SEPARATOR) if part.strip()], place)
    match setting.kind:
        case "whole":
            return from_value(setting, _number(int, words), place)
        case "number":
            return from_value(setting, _number(float, words), place)
        case "flag":
            return from_value(setting, FLAG_WORDS.get(words.strip().lower(), words), place)
        case "table":
            return from_value(setting, _pairs(words, place), place)
        case _:
            return from_value(setting, words, place)


FLAG_WORDS = {
    word: value for value, said in ((True, "1 true yes on"), (False, "0 false no off")) for word in said.split()
}


def _number(kind: type[int] | type[float], words: str) -> int | float | str:
    try:
        return kind(words.strip().replace("_", ""))
    except ValueError:
        return words


def _pairs(words: str, place: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for number, part in enumerate(filter(None, words.split(SEPARATOR)), start=1):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise BadOption(f"{place}: part {number} has no NAME=VALUE form; expected NAME=VALUE{SEPARATOR}NAME=VALUE.")
        pairs[name.strip()] = value.strip()
    return pairs


def from_value(setting: Setting, value: Any, place: str, folder: Path | None = None) -> Any:
    """A value with a type, as a TOML file gives it; relative paths start at ``folder``.

    Raises:
        BadOption: it is not what the setting expects; the message names ``place``.
    """
    kind = setting.kind
    if kind in ("texts", "files") and isinstance(value, str):
        value = [value]
    if not _fits(setting, value):
        shown = "a value that is not shown" if setting.secret else repr(value)
        raise BadOption(f"{place} is {shown}; expected {setting.expected}.")
    match kind:
        case "file":
            return _path(value, folder)
        case "files":
            return tuple(_path(item, folder) for item in value)
        case "texts":
            return tuple(value)
        case "number":
            return float(value)
        case "table":
            return dict(value)
        case _:
            return value


def _fits(setting: Setting, value: Any) -> bool:
    match setting.kind:
        case "flag":
            return isinstance(value, bool)
        case "whole" | "number":
            kinds = int if setting.kind == "whole" else (int, float)
            if isinstance(value, bool) or not isinstance(value, kinds):
                return False
            least = setting.least if setting.least is not None else float("-inf")
            most = setting.most if setting.most is not None else float("inf")
            return least <= value <= most
        case "choice":
            return value in setting.choices
        case "text" | "file":
            return isinstance(value, str) and bool(value)
        case "texts" | "files":
            return isinstance(value, list) and all(isinstance(item, str) and item for item in value)
        case "table":
            return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _path(value: str, folder: Path | None) -> Path:
    path = Path(value).expanduser()
    return path if folder is None or path.is_absolute() else folder / path


def nearest(name: str, names: Sequence[str]) -> str:
    """The one of ``names`` most like ``name``; empty when none is."""
    from difflib import get_close_matches

    plain = name.lower().replace("-", "_")
    found = [n for n in names if n.lower() == plain] or get_close_matches(plain, names, n=1, cutoff=0.7)
    return found[0] if found else ""
