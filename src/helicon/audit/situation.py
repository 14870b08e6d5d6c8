"""Whose audit it is: a small TOML file, and what follows from it.

Every key may be left out; what is not known is asked for in the findings that it would decide. The keys stand in
``helicon.audit.keys``.
"""

from __future__ import annotations

import difflib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date, timedelta
from pathlib import Path

from helicon.audit.keys import BY_PATH, KEYS, TABLES, Key, shown
from helicon.errors import BadOption

MAX_BYTES = 64 * 1024
HEADER = re.compile(r"\s*\[\s*([A-Za-z0-9_-]{1,80})\s*(?:\.\s*([A-Za-z0-9_-]{1,80})\s*)?\]")
ASSIGNED = re.compile(r"""\s*["']?([A-Za-z0-9_-]{1,80})["']?\s*(?:\.\s*["']?([A-Za-z0-9_-]{1,80})["']?\s*)?=""")
START = "Write one with 'helicon audit init'."


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of who uses the models, and how. ``None`` and empty mean: not said."""

    kind: str | None = None
    principal_place: str | None = None
    domicile: str | None = None
    countries: tuple[str, ...] | None = None
    purpose: str | None = None
    environment: str | None = None
    end_user_only: bool | None = None
    product: str | None = None
    modalities: tuple[str, ...] | None = None
    ships_weights: bool | None = None
    ships_derived_models: bool | None = None
    model_name: str | None = None
    hosts_for_others: bool | None = None
    trains_on_outputs: bool | None = None
    ships_models_trained_on_outputs: bool | None = None
    confidential_inputs: bool | None = None
    military: bool | None = None
    users_now: int | None = None
    users_group_now: int | None = None
    users_months: tuple[tuple[str, int], ...] = ()
    users_affiliates_included: bool | None = None
    revenue_currency: str | None = None
    revenue_usd_rate: float | None = None
    revenue_monthly: float | None = None
    revenue_yearly: float | None = None
    revenue_product_monthly: float | None = None
    revenue_product_yearly: float | None = None
    source: str = field(default="", compare=False)
    """The file it came from."""

    @property
    def place(self) -> str | None:
        """The country that decides: of domicile for a person, of the principal place of business for a company."""
        if self.kind == "person":
            return self.domicile
        if self.kind == "company":
            return self.principal_place
        return self.principal_place or self.domicile

    @property
    def commercial(self) -> bool | None:
        return None if self.purpose is None else self.purpose == "commercial"

    def month(self, before: str) -> int | None:
        """The users in the calendar month before a date."""
        last = date.fromisoformat(before).replace(day=1) - timedelta(days=1)
        return dict(self.users_months).get(f"{last:%Y-%m}")

    def dollars(self, amount: float | None) -> float | None:
        """An amount of the file in US dollars."""
        return None if amount is None else amount * (self.revenue_usd_rate or 1.0)

    def values(self) -> dict[str, object]:
        """What was said, by the paths of the keys."""
        found = {key.path: getattr(self, key.field) for key in KEYS}
        return {path: value for path, value in found.items() if value is not None and (path != "users.months" or value)}


def read(path: Path) -> Situation:
    """The situation of a file; ``BadOption`` names the file, the line and what was expected."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise BadOption(f"The situation file {path} cannot be read: {error.strerror or error}.", hint=START) from error
    return parse(data, str(path))


def parse(data: bytes, name: str = "situation.toml") -> Situation:
    """The situation of a file's bytes."""
    text = _text(data, name)
    try:
        tree = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        what = "it is nested too deeply" if isinstance(error, RecursionError) else str(error)
        raise BadOption(f"{name} is no TOML: {shown_text(what)}.", hint=START) from error
    values: dict[str, object] = {}
    for path, value in _leaves(tree):
        key = BY_PATH.get(path)
        try:
            if key is None:
                raise BadOption(_unknown(path, value))
            values[key.field] = key.check(value)
        except BadOption as error:
            line = line_of(text, path, value)
            raise BadOption(f"{name}{f', line {line}' if line else ''}: {error.message}", hint=error.hint) from error
    situation = Situation(**values, source=name)  # type: ignore[arg-type]
    if not situation.values():
        raise BadOption(f'{name} is empty, expected at least one key such as kind = "company".', hint=START)
    _together(situation, text, name)
    return situation


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_BYTES:
        raise BadOption(f"{name} is larger than {MAX_BYTES // 1024} KiB, expected a small TOML file.", hint=START)
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadOption(f"{name} is UTF-16, expected UTF-8.", hint="Save it as UTF-8.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise BadOption(f"{name}, line {line}: a byte that is no UTF-8, expected UTF-8.") from error


def _leaves(tree: Mapping[str, object]) -> list[tuple[str, object]]:
    """Path and value of each key; tables that the file may have are entered."""
    found: list[tuple[str, object]] = []
    for name, value in tree.items():
        if name in TABLES and isinstance(value, dict):
            found += [(f"{name}.{inner}", one) for inner, one in value.items()]
        else:
            found.append((name, value))
    return found


def _unknown(path: str, value: object) -> str:
    known = [*BY_PATH, *(key.path.rpartition(".")[2] for key in KEYS)]
    near = difflib.get_close_matches(path[:80], known, n=1, cutoff=0.5)
    whole = next((key.path for key in KEYS if near and near[0] in (key.path, key.path.rpartition(".")[2])), "")
    if path in TABLES:
        return f"{path} is {shown(value)}, expected a table [{path}]."
    meant = f"Did you mean {whole!r}?" if whole else f"Expected one of {', '.join(BY_PATH)}."
    return f"there is no key {shown(path)}. {meant}"


def _together(situation: Situation, text: str, name: str) -> None:
    """What only the keys together can have wrong."""
    if situation.revenue_currency not in (None, "USD") and not situation.revenue_usd_rate:
        line = line_of(text, "revenue.currency", situation.revenue_currency)
        raise BadOption(
            f"{name}, line {line}: revenue.currency is {situation.revenue_currency!r}, and limits are in US dollars; "
            "expected revenue.usd_rate, the dollars of one unit."
        )


def line_of(text: str, path: str, value: object = None) -> int:
    """The line where a key stands; 0 where it is not found."""
    table, _, last = path.rpartition(".")
    inside = ""
    for number, line in enumerate(text.splitlines(), 1):
        header = HEADER.match(line)
        if header:
            inside = ".".join(part for part in header.groups() if part)
            if inside == path or (isinstance(value, dict) and inside.startswith(path + ".")):
                return number
            continue
        assigned = ASSIGNED.match(line)
        if assigned:
            full = ".".join(part for part in (inside, *assigned.groups()) if part)
            if full == path or (full.startswith(path + ".") and isinstance(value, dict)):
                return number
            if not table and inside == "" and assigned.group(1) == last:
                return number
    return 0


def shown_text(text: str) -> str:
    """A parser's message in one line, cut short."""
    plain = " ".join(text.split())
    return (plain if len(plain) <= 160 else plain[:157] + "...").rstrip(".")


def questions(situation: Situation | None = None) -> tuple[Key, ...]:
    """What ``audit init`` asks, in order; questions that an answer made pointless are left out."""
    said = situation or Situation()
    skip = {"company": "domicile", "person": "principal_place"}.get(said.kind or "", "")
    currency = said.revenue_currency in (None, "USD")
    return tuple(
        key
        for key in KEYS
        if key.path != skip
        and not (key.path == "revenue.usd_rate" and currency)
        and not (key.path == "model_name" and said.ships_derived_models is False)
    )


def toml(values: Mapping[str, object]) -> str:
    """A situation file with these values by path, each below what it decides; the others stand there commented."""
    lines = ["# Whose audit it is. Leave out what you do not know: the audit then asks.", ""]
    for table in ("", *TABLES):
        lines += [f"[{table}]", ""] if table else []
        for key in (one for one in KEYS if one.path.rpartition(".")[0] == table):
            last = key.path.rpartition(".")[2]
            lines += [f"# {key.doc}", f"# {last}: {key.expected}"]
            lines += [f"{last} = {_literal(values[key.path])}", ""] if key.path in values else [""]
    return "\n".join(lines).rstrip() + "\n"


def _literal(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple | list) and value and isinstance(value[0], tuple):
        return "{ " + ", ".join(f'"{month}" = {count}' for month, count in value) + " }"
    if isinstance(value, tuple | list):
        return "[" + ", ".join(json.dumps(one) for one in value) + "]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else repr(value)


assert {key.field for key in KEYS} == {one.name for one in fields(Situation)} - {"source"}
