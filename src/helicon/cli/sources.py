"""Where each setting's value comes from.

The first that speaks wins: option, environment, ``./helicon.toml``, ``helicon.toml`` in the user's
configuration folder, default. An unknown key in a file is an error that names the nearest right one;
an environment variable that names no setting is only reported by ``strangers``, because other programs
may use the prefix too.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helicon.cli.kinds import PREFIX, Setting, from_value, from_words, nearest
from helicon.cli.settings import BY_NAME, SETTINGS
from helicon.errors import BadOption, SetupError

FILE = "helicon.toml"
ELSEWHERE = ("HELICON_API_KEYS",)
"""Variables of this program that are no settings: keys are never shown, so they have no row."""


@dataclass(frozen=True, slots=True)
class Found:
    """One setting's value and where it stands."""

    setting: Setting
    value: Any
    source: str
    """``option``, the variable's name, the file's path, or ``default``."""

    @property
    def shown(self) -> Any:
        """The value as it may be printed and stored as JSON: paths as text, secrets hidden."""
        if self.setting.kind == "table":
            return dict.fromkeys(self.value, "***") if self.setting.secret else dict(self.value)
        if isinstance(self.value, tuple):
            return [str(item) for item in self.value]
        return str(self.value) if isinstance(self.value, Path) else self.value


class Settings:
    """All settings of one call: ``settings["port"]`` is the value, ``settings.found("port")`` tells its source."""

    def __init__(self, found: Mapping[str, Found]) -> None:
        self._found = dict(found)

    def __getitem__(self, name: str) -> Any:
        return self._found[name].value

    def __iter__(self) -> Iterator[Found]:
        return iter(self._found.values())

    def found(self, name: str) -> Found:
        """The value with its source."""
        return self._found[name]

    def given(self, name: str) -> bool:
        """Whether somebody set it, in any place."""
        return self._found[name].source != "default"


def load(
    options: Mapping[str, Any] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    user_folder: Path | None = None,
) -> Settings:
    """Settle every setting.

    ``options`` are the values from the command line, already checked, ``None`` or ``()`` where not given.

    Raises:
        BadOption: an unknown key or a wrong value in a file or variable, which the message names.
        SetupError: a file that cannot be read or is no TOML.
    """
    options = options or {}
    environment = os.environ if environment is None else environment
    files = [(folder or Path()) / FILE, (user_folder or user_configuration(environment)) / FILE]
    read = [(path, read_file(path)) for path in files if _is_there(path)]
    return Settings({setting.name: _settle(setting, options, environment, read) for setting in SETTINGS})


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a folder that nobody may look into
        return False


def _settle(
    setting: Setting,
    options: Mapping[str, Any],
    environment: Mapping[str, str],
    files: list[tuple[Path, dict[str, Any]]],
) -> Found:
    if options.get(setting.name) not in (None, ()):
        return Found(setting, options[setting.name], "option")
    if words := environment.get(setting.variable):
        return Found(setting, from_words(setting, words, f"the variable {setting.variable}"), setting.variable)
    for path, values in files:
        if setting.name in values:
            return Found(setting, values[setting.name], str(path))
    default = user_data(environment) if setting.name == "data" else setting.default
    return Found(setting, default, "default")


def read_file(path: Path) -> dict[str, Any]:
    """The checked values of one ``helicon.toml``.

    Raises:
        BadOption: an unknown key, or a value of a wrong type or range.
        SetupError: the file cannot be read, or is no TOML.
    """
    import tomllib

    try:
        with path.open("rb") as file:
            stored = tomllib.load(file)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SetupError(f"{path} is no valid TOML: {error}.", hint="Correct the file, or remove it.") from error
    except OSError as error:
        raise SetupError(f"{path} cannot be read: {error.strerror}.") from error
    values: dict[str, Any] = {}
    for key, value in stored.items():
        setting = BY_NAME.get(key)
        if setting is None:
            raise BadOption(f"{path} has an unknown key {key!r}.", hint=_did_you_mean(key, list(BY_NAME)))
        values[key] = from_value(setting, value, f"the key {key!r} in {path}", path.parent)
    return values


def _did_you_mean(name: str, names: list[str]) -> str:
    near = nearest(name, names)
    return f"Did you mean {near!r}?" if near else "Run 'helicon config' to see every key."


def user_configuration(environment: Mapping[str, str]) -> Path:
    """The folder of the user's own ``helicon.toml``."""
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/helicon").expanduser()
    base = environment.get("XDG_CONFIG_HOME")
    return (Path(base) if base else Path("~/.config").expanduser()) / "helicon"


def user_data(environment: Mapping[str, str]) -> Path:
    """The folder of the user's own data: conversations of the page."""
    if sys.platform == "darwin":
        return Path("~/Library/Application Support/helicon").expanduser()
    base = environment.get("XDG_DATA_HOME")
    return (Path(base) if base else Path("~/.local/share").expanduser()) / "helicon"


def strangers(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """Variables with our prefix that are no setting, each with the nearest right one or an empty text."""
    known = [setting.variable for setting in SETTINGS]
    odd = [name for name in environment if name.startswith(PREFIX) and name not in (*known, *ELSEWHERE)]
    return [
        (name, (near := nearest(name[len(PREFIX) :], list(BY_NAME))) and PREFIX + near.upper()) for name in sorted(odd)
    ]
