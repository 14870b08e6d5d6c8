"""The rows of the knowledge base, as values."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Literal

from helicon.audit.knowledge.patterns import Index, compiled, word
from helicon.audit.values import Confidence, Licence

STALE_AFTER_DAYS = 60


@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """One row of families.yaml: names that share a licence."""

    family: str
    vendor: str
    version: str
    names: tuple[str, ...]
    orgs: tuple[str, ...]
    """As on the Hub; the first is that of canonical ids."""
    licence: str
    """Id of a licence, or ``unknown``."""
    base: tuple[str, ...]
    """Licences that travel from its bases."""
    bases: tuple[str, ...]
    declared: str
    ids: tuple[str, ...]
    not_names: tuple[str, ...]
    modalities: tuple[str, ...]
    vision_names: tuple[str, ...]
    provider: str
    """The service, where the row is one of API names."""
    bare: Literal["always", "never", "api"]
    """Whether the name alone, without organisation or provider, means the model."""
    hub_only: bool
    exact_org: bool
    """Whether only the listed organisations count: the name says nothing elsewhere."""
    canonical: str
    rename: Mapping[str, str]
    exclude: tuple[str, ...]
    released: str
    confidence: Confidence
    source: str
    as_of: str
    note: str

    @property
    def api(self) -> bool:
        return bool(self.provider) and not self.hub_only and self.licence.endswith("api")

    def sees(self, name: str) -> bool:
        """Whether a model of this name takes pictures."""
        return "vision" in self.modalities or any(compiled(one).match(name) for one in self.vision_names)


@dataclass(frozen=True, slots=True)
class Tag:
    """One name of Ollama's library."""

    name: str
    default: str
    sizes: Mapping[str, str]
    model: str
    """Hub id with ``{size}``."""
    plain: bool
    """Whether the name is a common word: without a tag it means nothing outside Ollama's own commands."""
    derived: bool
    """Whether the library's model is somebody's fine-tune of ``model``."""
    note: str


@dataclass(frozen=True, slots=True)
class Mislabelled:
    """A repository of the Hub whose licence tag is not its licence."""

    id: str
    declared: str
    concluded: tuple[str, ...]
    base: str
    evidence: str
    source: str
    confidence: Confidence
    as_of: str


@dataclass(frozen=True, slots=True)
class Brought:
    """Models that a package brings or downloads."""

    package: str
    ecosystem: str
    models: tuple[str, ...]
    when: str
    version: str
    """A range such as ``<1``; empty for all."""
    confidence: Confidence
    source: str
    as_of: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """One model that could replace another."""

    id: str
    tasks: tuple[str, ...]
    parameters: float
    """Billions, all of them."""
    active: float
    """Billions used for a token."""
    context: int
    """Tokens."""
    kv_bytes: float
    """Bytes of cache per token at 16 bits; 0 where it is not known or there is none."""
    languages: str
    modalities: tuple[str, ...]
    confidence: Confidence
    sources: Mapping[str, str]
    """Source of each value."""
    as_of: str
    note: str


@dataclass(frozen=True, slots=True)
class Closings:
    """Dates of closing and removals, from litellm's catalogues."""

    as_of: str
    source: str
    dates: Mapping[str, str]
    """Name -> ISO date; names in lower case, with and without their provider."""
    removed: Mapping[str, tuple[str, str]]
    """Name -> last version that lists it, and its closing date there or empty."""
    listed: frozenset[str]
    """Every name of the newest catalogue."""


@dataclass(frozen=True, slots=True)
class Territories:
    groups: Mapping[str, frozenset[str]]
    names: Mapping[str, str]
    codes: frozenset[str]

    def members(self, territories: tuple[str, ...]) -> frozenset[str]:
        """The country codes of a licence's list: groups written out."""
        return frozenset().union(*(self.groups.get(one, frozenset({one})) for one in territories))

    def said(self, territories: tuple[str, ...]) -> str:
        return ", ".join(self.names.get(one, one) for one in territories)


@dataclass(frozen=True, eq=False)
class Knowledge:
    """Everything known, loaded once."""

    as_of: str
    """The oldest date on which a whole table was checked."""
    licences: Mapping[str, Licence]
    released: Mapping[str, str]
    """Licence -> the release date of its version."""
    families: tuple[Family, ...]
    tags: Mapping[str, Tag]
    mislabelled: Mapping[str, Mislabelled]
    providers: Mapping[str, str]
    bedrock_vendors: frozenset[str]
    bedrock_regions: frozenset[str]
    mirrors: frozenset[str]
    suffixes: frozenset[str]
    host_suffixes: frozenset[str]
    not_models: frozenset[str]
    not_organisations: frozenset[str]
    not_endings: tuple[str, ...]
    not_words: tuple[str, ...]
    aliases: Mapping[str, str]
    packages: Mapping[str, tuple[Brought, ...]]
    candidates: tuple[Candidate, ...]
    candidates_as_of: str
    closings: Closings
    territories: Territories
    memo: dict[object, object] = field(default_factory=dict, repr=False)
    """What the resolver has already worked out."""

    @cached_property
    def index(self) -> Index[Family]:
        index: Index[Family] = Index()
        for family in self.families:
            index.add(family.names, family)
        return index

    @cached_property
    def orgs(self) -> Mapping[str, str]:
        """Organisation in lower case -> as it is written."""
        return {org.lower(): org for family in self.families for org in family.orgs}

    @cached_property
    def words(self) -> tuple[str, ...]:
        """A text without any of these (in lower case) names no model that is known; shortest set, sorted."""
        tags = {word(name) for name in (*self.tags, *self.aliases)}
        words = {one for one in self.index.words() | tags if len(one) > 1}
        return tuple(sorted(one for one in words if not any(other != one and other in one for other in words)))

    @cached_property
    def licence_names(self) -> Mapping[str, str]:
        """Tag, SPDX id, LicenseRef, name or id in lower case -> id of the licence."""
        names: dict[str, str] = {}
        for one in self.licences.values():
            for text in (one.id, one.name, one.spdx, one.licenseref, one.tag):
                if text:
                    names.setdefault(text.lower(), one.id)
        return names

    def licence_of(self, text: str) -> str:
        """The id of the licence that a tag or a header states; empty where it is none that is known."""
        plain = re.sub(r"[\s_]+", "-", text.strip().lower()).removeprefix("licenseref-")
        for key in (text.strip().lower(), plain, plain.removesuffix("-license"), plain.replace("-license", "", 1)):
            if key in self.licence_names:
                return self.licence_names[key]
        return ""

    def stale(self, today: date) -> bool:
        """Whether it is older than 60 days."""
        return (today - date.fromisoformat(self.as_of)).days > STALE_AFTER_DAYS
