"""Reading the data files: a table is a mapping whose every access is checked.

A fault of these files is ours, so it ends in a ``SetupError`` that names the file, the row and the key.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from importlib import resources
from typing import Any, Literal, TypeVar, cast, get_args

import yaml  # type: ignore[import-untyped, unused-ignore]

from helicon.audit.values import Confidence
from helicon.errors import SetupError

Choice = TypeVar("Choice", bound=str)
Missing = Literal["missing"]
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Table:
    """A mapping out of a data file that knows where it stands."""

    def __init__(self, place: str, values: object) -> None:
        if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
            raise fault(place, f"is {type(values).__name__}, expected a mapping with names as keys")
        self.place = place
        self.values: dict[str, Any] = values

    def text(self, key: str, default: str | None = None) -> str:
        value = self.values.get(key, default)
        if isinstance(value, date):  # YAML's own dates
            value = value.isoformat()
        if not isinstance(value, str):
            raise fault(self.place, f"{key} is {value!r}, expected a text")
        return value

    def flag(self, key: str, default: bool = False) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise fault(self.place, f"{key} is {value!r}, expected true or false")
        return value

    def number(self, key: str, default: float | None = None) -> float:
        value = self.values.get(key, default)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise fault(self.place, f"{key} is {value!r}, expected a number")
        return float(value)

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
            raise fault(self.place, f"{key} is {value!r}, expected a list of texts")
        return tuple(value)

    def mapping(self, key: str) -> Mapping[str, str]:
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise fault(self.place, f"{key} is {value!r}, expected a mapping")
        return {str(name): str(one) for name, one in value.items()}

    def choice(self, key: str, allowed: tuple[Choice, ...], default: Choice | None = None) -> Choice:
        value = self.values.get(key, default)
        if value not in allowed:
            raise fault(self.place, f"{key} is {value!r}, expected one of {', '.join(allowed)}")
        return cast(Choice, value)

    def confidence(self, default: Confidence | None = None) -> Confidence:
        return self.choice("confidence", get_args(Confidence), default)

    def tables(self, key: str, name: str = "id") -> Iterator[Table]:
        """The mappings of a list, each called by its ``name``."""
        value = self.values.get(key, [])
        if not isinstance(value, list):
            raise fault(self.place, f"{key} is {value!r}, expected a list")
        for at, one in enumerate(value):
            called = one.get(name, at) if isinstance(one, dict) else at
            yield Table(f"{self.place}: {key}: {called}", one)

    def named(self, key: str) -> Iterator[tuple[str, Table]]:
        """The mappings of a mapping, with their names."""
        for name, one in Table(f"{self.place}: {key}", self.values.get(key)).values.items():
            yield name, Table(f"{self.place}: {name}", one)

    def only(self, *keys: str) -> None:
        """No other keys than these."""
        for key in self.values:
            if key not in keys:
                raise fault(self.place, f"has the key {key!r}, expected one of {', '.join(keys)}")


def fault(place: str, what: str) -> SetupError:
    return SetupError(f"The knowledge base is damaged: {place} {what}.", hint="Install helicon again.")


def raw(name: str) -> bytes:
    return resources.files("helicon.audit.knowledge").joinpath("data", name).read_bytes()


def table(name: str) -> Table:
    """A YAML or JSON file of the data folder; its ``schema`` is its kind and version."""
    data = json.loads(raw(name)) if name.endswith(".json") else yaml.load(raw(name), Loader=LOADER)
    found = Table(name, data)
    kind = name.partition(".")[0]
    if found.text("schema") != f"helicon-{kind}/1":
        raise fault(name, f"has the schema {found.text('schema')!r}, expected 'helicon-{kind}/1'")
    return found
